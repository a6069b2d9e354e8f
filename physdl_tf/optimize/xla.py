"""Functions compiled once, with XLA or without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf


def compiled(
    function: Callable, *signature: Any, jit_compile: bool, name: str = "losses"
) -> Callable:
    """Trace a function of tensors now, once, and compile it at its first call.

    Args:
        function: Callable of tensors.
        *signature: A tf.TensorSpec for each argument.
        jit_compile: Whether XLA compiles it.
        name: Argument that an error names.

    Returns:
        The compiled callable. It never traces again, nor warns of it.

    Raises:
        ValueError: If XLA cannot compile it; in part known only when it is called.
    """
    with explain_xla(jit_compile, name):
        graph = tf.function(function, jit_compile=jit_compile, autograph=False)
        traced = graph.get_concrete_function(*signature)

    def run(*args: Any) -> Any:
        with explain_xla(jit_compile, name):
            return traced(*args)

    return run


@contextmanager
def explain_xla(jit_compile: bool, name: str = "losses") -> Iterator[None]:
    """With jit_compile, turn XLA's error about `name` into one with a remedy."""
    try:
        yield
    except tf.errors.OpError as error:
        # Before the stack trace, whose paths may say anything.
        words = re.split("Stack trace|The op is created at", str(error))[0]
        if not (jit_compile and ("XLA" in words or "during context" in words)):
            raise
        words = re.sub(r"graph \S+", "the loss", words.splitlines()[0])
        raise ValueError(
            f"`{name}` must be something that XLA can compile. Received: {words} "
            "Use jit_compile=False, or other operations."
        ) from error
