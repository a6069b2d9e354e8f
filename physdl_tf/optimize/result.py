"""What every minimizer returns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Result(NamedTuple):
    """What a minimization found, and how it went.

    Attributes:
        variables: What was trained: the list of tf.Variable objects, which hold the
            values found, or the vector θ where the minimizer takes one.
        history: {name: array} for each named loss, and "total" for their weighted sum.
        converged: Whether it stopped before its last iteration, since it found no lower
            loss, where the gradient is at most 1e-5 of the first one (in the largest
            entry). `fit` never looks: False.
        reason: Why it stopped, in words.
        n_evaluations: Evaluations of the loss, with its gradient but for
            `minimize_least_squares`, which counts residuals and not Jacobians.
        state: What the same minimizer takes to continue: the inverse Hessian of
            `minimize_quasi_newton`, the damping of `minimize_least_squares`, else None.
    """

    variables: Any
    history: dict[str, np.ndarray]
    converged: bool
    reason: str
    n_evaluations: int
    state: Any = None


def no_lower_loss(slope: float, first_slope: float) -> tuple[bool, str]:
    """Say if a minimizer that finds no lower loss has converged, and why it stopped.

    Args:
        slope: Largest entry of the gradient, |∂L/∂θ_i|.
        first_slope: The same at the start.

    Returns:
        What `Result` calls converged and reason.
    """
    if slope <= 1e-5 * first_slope:
        return True, "converged"
    return False, "no lower loss was found"
