"""Named losses as one function of a vector, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from .losses import (
    assign_flat,
    check_finite,
    flatten,
    loss_names,
    tensorflow_variables,
    value_and_gradients,
)
from .xla import compiled


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

    Attributes:
        variables: The variables.
        names: Names of the losses, and "total".

    Raises:
        ValueError: If weights and losses have different names, if a variable does not
            influence the loss, if a loss is no scalar, or, when it is called, if XLA
            cannot compile the loss.
        TypeError: If the losses have no names, or `variables` is no list of them.
    """

    def __init__(
        self,
        losses: Callable[[], Mapping[str, tf.Tensor]],
        variables: Sequence[tf.Variable],
        *,
        weights: Mapping[str, float] | None = None,
        jit_compile: bool = True,
    ) -> None:
        """Trace the losses and their gradient."""
        self.variables = variables
        self.names = [*loss_names(losses), "total"]
        self._trained = tensorflow_variables(variables)

        def evaluate():
            values, grads = value_and_gradients(losses, self._trained, weights)
            return values, tf.concat([tf.reshape(g, (-1,)) for g in grads], axis=0)

        self._evaluate = compiled(evaluate, jit_compile=jit_compile)

    @property
    def theta(self) -> np.ndarray:
        """The present values of the variables, one float64 vector; can be assigned."""
        return flatten(self._trained)

    @theta.setter
    def theta(self, theta: np.ndarray) -> None:
        assign_flat(self._trained, theta)

    def __call__(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses at θ with their weighted sum, which is last, and its gradient.

        The variables then hold θ.
        """
        self.theta = theta
        values, gradient = self._evaluate()
        return values.numpy(), gradient.numpy().astype(np.float64)


def as_problem(
    losses: Callable[[], Mapping[str, tf.Tensor]] | Problem,
    variables: Sequence[tf.Variable] | None,
    weights: Mapping[str, float] | None,
    jit_compile: bool,
) -> Problem:
    """A Problem as it is, or a new one of losses, variables, weights, jit_compile."""
    if isinstance(losses, Problem):
        if variables is None and weights is None:
            return losses
        raise ValueError(
            "`variables` and `weights` belong to the problem already. Received: a "
            "Problem, and one of them again. Leave them out."
        )
    if variables is None:
        raise ValueError(
            "`variables` must be given with `losses`. Received: variables=None. Pass "
            "a list of tf.Variable objects, or a Problem alone."
        )
    return Problem(losses, variables, weights=weights, jit_compile=jit_compile)


def evaluate_finite(
    problem: Problem, theta: np.ndarray, done: int
) -> tuple[np.ndarray, np.ndarray]:
    """Losses and gradient of a problem at theta; not finite, `done` is in the error."""
    values, gradient = problem(theta)
    check_finite(values[-1], done)
    check_finite(slope(gradient), done, "gradient")
    return values, gradient


def slope(gradient: np.ndarray) -> float:
    """Largest entry of a gradient; nan if one is nan."""
    return float(np.abs(gradient).max())
