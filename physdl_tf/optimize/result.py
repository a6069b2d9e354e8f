"""What every minimizer returns."""

from typing import Any, NamedTuple

import numpy as np


class Result(NamedTuple):
    """What a minimization found, and how it went.

    Attributes:
        variables: What was trained: the list of tf.Variable objects, which hold the
            values found, or the vector θ where the minimizer takes one.
        history: {name: array} for each named loss, and "total" for their weighted sum.
        converged: Whether the minimizer's own criterion was met. A loop that simply
            ends after its iterations has none: False.
        reason: Why it stopped, in words.
        n_evaluations: Evaluations of the loss.
        state: What the same minimizer takes to continue: the inverse Hessian of
            `minimize_quasi_newton`, the damping of `minimize_least_squares`, else None.
    """

    variables: Any
    history: dict[str, np.ndarray]
    converged: bool
    reason: str
    n_evaluations: int
    state: Any = None
