"""Numbers that say how good a result is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import _checks


def relative_l2(u_pred: ArrayLike, u_ref: ArrayLike) -> float:
    """Relative L2 error ‖u_pred − u_ref‖₂ / ‖u_ref‖₂.

    Args:
        u_pred: Prediction, an array of any shape.
        u_ref: Reference, an array of the same shape, not all zero.

    Returns:
        The error, a float [-].

    Raises:
        ValueError: If the shapes differ or `u_ref` is zero everywhere.
    """
    u_pred, u_ref = np.asarray(u_pred), np.asarray(u_ref)
    _checks.same_shape("u_pred", u_pred, "u_ref", u_ref)
    norm = np.linalg.norm(u_ref)
    if norm == 0:
        raise ValueError(
            "`u_ref` must not be zero everywhere. Received: an all-zero reference. "
            "Use mean_absolute_error instead."
        )
    return float(np.linalg.norm(u_pred - u_ref) / norm)


def mean_absolute_error(u_pred: ArrayLike, u_ref: ArrayLike) -> float:
    """Mean absolute error, the mean of |u_pred − u_ref|.

    Args:
        u_pred: Prediction, an array of any shape.
        u_ref: Reference, an array of the same shape.

    Returns:
        The error, a float, in the unit of u.

    Raises:
        ValueError: If the shapes differ.
    """
    u_pred, u_ref = np.asarray(u_pred), np.asarray(u_ref)
    _checks.same_shape("u_pred", u_pred, "u_ref", u_ref)
    return float(np.mean(np.abs(u_pred - u_ref)))


def observed_order(step_sizes: ArrayLike, errors: ArrayLike) -> float:
    """Order p of a method: the slope of log(error) over log(step size).

    Args:
        step_sizes: At least two step sizes h > 0.
        errors: Their errors e > 0, as many; e ≈ C hᵖ.

    Returns:
        The fitted order p, a float [-].

    Raises:
        ValueError: If there are fewer than two pairs, the numbers differ, or a value is
            not positive.
    """
    h, e = np.asarray(step_sizes, float), np.asarray(errors, float)
    _checks.same_shape("step_sizes", h, "errors", e)
    if h.size < 2:
        raise ValueError(
            f"`step_sizes` must hold at least two values. Received: {h.size}. "
            "Run the method on two or more grids."
        )
    for name, values in (("step_sizes", h), ("errors", e)):
        if not np.all(values > 0):
            raise ValueError(
                f"`{name}` must be positive, since their logarithms are fitted. "
                f"Received: {values}. Leave out errors of zero, with their step sizes."
            )
    return float(np.polyfit(np.log(h), np.log(e), 1)[0])
