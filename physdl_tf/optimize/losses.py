"""Named losses, and the variables of a model as one vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from .. import _checks


def mean_square(a: ArrayLike, b: ArrayLike | None = None) -> tf.Tensor:
    """Mean square of `a`, or of the difference a − b.

    Args:
        a: A tensor of any shape.
        b: None, or a tensor of the same shape as `a`.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the shapes differ; nothing is broadcast. If `a` is complex, or of
            whole numbers.
    """
    a = tf.convert_to_tensor(a)
    _checks.real("a", a)
    if b is not None:
        b = tf.convert_to_tensor(b, a.dtype)
        _checks.same_shape("a", a, "b", b)
        a = a - b
    return tf.reduce_mean(tf.square(a))


def ensemble_mean_square(a: ArrayLike, b: ArrayLike | None = None) -> tf.Tensor:
    """Sum over the first axis, the members of an ensemble, of their mean squares.

    Trained with it, each member gets the gradient of its own mean square, whatever the
    number of members.

    Args:
        a: A tensor of shape (n_members, ...).
        b: None, or a tensor of the same shape, whose difference to `a` is taken.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the shapes differ.
    """
    a = tf.convert_to_tensor(a)
    return a.shape[0] * mean_square(a, b)


def weighted_sum(
    terms: Mapping[str, tf.Tensor], weights: Mapping[str, float] | None = None
) -> tf.Tensor:
    """Weighted sum of named scalars.

    Args:
        terms: Dictionary {name: scalar tensor}.
        weights: Dictionary {name: weight} with the same names, or None: all are 1.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the names differ, or a term is no scalar.
    """
    for name, term in terms.items():
        shape = tf.TensorShape(getattr(term, "shape", ()))
        if shape.rank not in (0, None):
            raise ValueError(
                f"`losses` must be scalars. Received: {name!r} of shape {shape}. Use "
                "tf.reduce_mean of it, or optimize.mean_square of a residual."
            )
    if weights is None:
        return tf.add_n(list(terms.values()))
    if set(weights) != set(terms):
        raise ValueError(
            f"`weights` must name the losses {sorted(terms)}. Received: weights for "
            f"{sorted(weights)}. Give one weight for each name."
        )
    return tf.add_n([weights[name] * term for name, term in terms.items()])


def flatten(variables: Sequence[tf.Variable]) -> np.ndarray:
    """All values of a list of variables in one float64 NumPy vector."""
    return np.concatenate([np.ravel(v.numpy()) for v in variables]).astype(np.float64)


def assign_flat(variables: Sequence[tf.Variable], values: np.ndarray) -> None:
    """Put a vector made by `flatten` back into the variables.

    Args:
        variables: List of tf.Variable objects, or a model's trainable ones.
        values: NumPy vector with as many values as the variables have together.

    Raises:
        ValueError: If the number of values differs.
    """
    variables = tensorflow_variables(variables)
    sizes = [int(np.prod(v.shape)) for v in variables]
    if len(values) != sum(sizes):
        raise ValueError(
            f"`values` must have {sum(sizes)} entries, as the variables. Received: "
            f"{len(values)}. Make it with optimize.flatten(variables)."
        )
    parts = np.split(np.asarray(values), np.cumsum(sizes)[:-1])
    for variable, part in zip(variables, parts, strict=True):
        variable.assign(
            part.reshape(variable.shape).astype(variable.dtype.as_numpy_dtype)
        )


def tensorflow_variables(variables: Sequence) -> list[tf.Variable]:
    """Accept Keras variables (of a model) and TensorFlow variables alike, in a list."""
    alone = isinstance(variables, tf.Variable | keras.Variable | keras.Model)
    found = [
        v.value if isinstance(v, keras.Variable) else v
        for v in ([] if alone else variables)
    ]
    wrong = [v for v in found if not isinstance(v, tf.Variable)]
    if wrong or not found:
        received = wrong[0] if wrong else variables
        how = "in it" if wrong else "alone" if alone else "without any"
        raise TypeError(
            "`variables` must be a list of tf.Variable objects. Received: "
            f"{type(received).__name__} {how}. Use [variable], or "
            "network.trainable_variables."
        )
    return found


def loss_names(losses: Callable[[], Mapping[str, tf.Tensor]]) -> list[str]:
    """Names of the losses, which are evaluated once; TypeError if they have none."""
    terms = losses() if callable(losses) else losses
    if not (callable(losses) and isinstance(terms, Mapping) and terms):
        returned = "a callable that returns " if callable(losses) else ""
        raise TypeError(
            "`losses` must be a callable () -> {name: scalar}. Received: "
            f"{returned}{type(terms).__name__}. Use lambda: {{'data': loss}}, where "
            "the loss is computed inside."
        )
    return list(terms)


def value_and_gradients(
    losses: Callable[[], Mapping[str, tf.Tensor]],
    variables: Sequence[tf.Variable],
    weights: Mapping[str, float] | None,
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Named losses, their weighted sum and its gradients, inside a tf.function.

    Args:
        losses: Callable () -> {name: scalar}.
        variables: List of tf.Variable objects.
        weights: Dictionary {name: weight}, or None.

    Returns:
        The losses and their sum in one tensor, the sum last, and a list of gradients.

    Raises:
        ValueError: If a variable does not influence the loss, or as `weighted_sum`.
    """
    with tf.GradientTape() as tape:
        terms = losses()
        total = weighted_sum(terms, weights)
    grads = tape.gradient(total, variables)
    for i, (grad, variable) in enumerate(zip(grads, variables, strict=True)):
        if grad is None:
            raise ValueError(
                f"`variables` must all influence the loss. Received: variables[{i}] "
                f"({variable.name}, shape {tuple(variable.shape)}) with a gradient of "
                "None. Leave it out, or add a loss term that depends on it."
            )
    return tf.stack([*terms.values(), total]), grads


def check_finite(values: ArrayLike, done: int = 0, what: str = "loss") -> None:
    """Raise FloatingPointError at the first of some values that is not finite.

    Args:
        values: One for each iteration.
        done: Number of iterations before them.
        what: What they are.
    """
    values = np.atleast_1d(values)
    finite = np.isfinite(values)
    if not finite.all():
        first = int(np.argmin(finite))
        raise FloatingPointError(
            f"`losses` must stay finite. Received: a {what} of {values[first]} at "
            f"iteration {done + first}. Use another start, or a smaller learning rate "
            "where there is one; check the data."
        )
