"""Named losses as one function of a vector, compiled once."""

from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from .losses import (
    assign_flat,
    flatten,
    tensorflow_variables,
    value_and_gradients,
)


class Problem:
    """Named losses of some variables as a function of one vector θ, compiled once.

    `minimize_lbfgs` and `minimize_quasi_newton` make one for themselves. Make it by
    hand to minimize the same loss again and again without compiling anew: where data
    are tf.Variable objects, new values may be assigned to them in between.

    Args:
        losses: Callable () -> {name: scalar}.
        variables: List of tf.Variable objects to train, or a model's trainable ones.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        jit_compile: Whether XLA compiles the loss and its gradient.

    Raises:
        ValueError: If weights and losses have different names, if a variable does not
            influence the loss, or, when it is called, if XLA cannot compile the loss.
    """

    def __init__(self, losses, variables, *, weights=None, jit_compile=True):
        self.variables = variables
        self.names = [*losses(), "total"]
        self._trained = tensorflow_variables(variables)
        self._jit_compile = jit_compile

        @tf.function(jit_compile=jit_compile, autograph=False)
        def evaluate():
            values, grads = value_and_gradients(losses, self._trained, weights)
            return values, tf.concat([tf.reshape(g, (-1,)) for g in grads], axis=0)

        self._evaluate = evaluate.get_concrete_function()

    @property
    def theta(self):
        """The present values of the variables, one float64 vector; can be assigned."""
        return flatten(self._trained)

    @theta.setter
    def theta(self, theta):
        assign_flat(self._trained, theta)

    def __call__(self, theta):
        """The losses at θ with their weighted sum, which is last, and its gradient."""
        self.theta = theta
        with explain_xla(self._jit_compile):
            values, gradient = self._evaluate()
        return values.numpy(), gradient.numpy().astype(np.float64)


def as_problem(losses, variables, weights, jit_compile):
    """The problem that `losses` is already, or a new one."""
    if not isinstance(losses, Problem):
        return Problem(losses, variables, weights=weights, jit_compile=jit_compile)
    if variables is not None or weights is not None:
        raise ValueError(
            "`variables` and `weights` belong to the problem already. Received: a "
            "Problem, and one of them again. Leave them out."
        )
    return losses


@contextmanager
def explain_xla(jit_compile):
    """Turn XLA's own error, where it cannot compile a loss, into one with a remedy."""
    try:
        yield
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
        if not jit_compile:
            raise
        first = str(error).strip().splitlines()[0]
        raise ValueError(
            f"`losses` must be something that XLA can compile. Received: {first} "
            "Use jit_compile=False, or other operations."
        ) from error
