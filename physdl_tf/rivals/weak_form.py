"""Integrals against smooth test functions: the weak form of an equation, from samples.

Multiply u_t = F by a test function φ that vanishes with its derivatives at the ends of
its support, integrate over t, and integrate by parts:

    ∫ φ u_t dt = −∫ φ' u dt        ∫ φ u_tt dt = ∫ φ'' u dt

The derivative has moved from the data u, which are noisy, to φ, which is known.

Reference: Messenger and Bortz 2021, arXiv:2007.02848.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import _checks


def bumps(
    points: ArrayLike,
    *,
    n_functions: int,
    half_width: float,
    derivative: int = 0,
    power: int = 8,
) -> np.ndarray:
    """Quadrature weights of integrals against bump functions on one axis.

    φ_m(t) = (1 − s²)^p  for |s| < 1, else 0,   s = (t − t_m) / half_width

    Row m of the result is w_j φ_m^(k)(t_j), with the derivative's order k and the
    weights w_j of the trapezoidal rule. With V = bumps(...), V @ u
    approximates ∫ φ_m u dt for all m; on two axes use V_t @ u @ V_x.T. The centers t_m
    are equally spaced, and the first and the last support end at the ends of `points`.

    Args:
        points: Increasing sample points t_j, shape (n,), not necessarily equidistant.
        n_functions: Number of test functions, at least 2.
        half_width: Half the length of a support, in the units of `points`.
        derivative: Order k of the derivative, from 0 to power − 1.
        power: Exponent p; the larger, the smoother the function at its ends.

    Returns:
        NumPy float64 array, shape (n_functions, n).

    Raises:
        ValueError: If a number is out of range, `points` do not increase, a support
            does not fit between them, or a step between two points in it is too wide:
            at most half_width / p, and half as much where the steps are not equal.
    """
    points = np.asarray(points, np.float64)
    _checks.whole("n_functions", n_functions, minimum=2)
    _checks.whole("power", power)
    _checks.whole("derivative", derivative, minimum=0)
    if derivative >= power:
        raise ValueError(
            f"`derivative` must be below the power, or the function would jump at the "
            f"ends of its support. Received: derivative={derivative}, power={power}. "
            f"Use power={derivative + 4}."
        )
    if points.ndim != 1 or len(points) < 2 or not np.all(np.diff(points) > 0):
        raise ValueError(
            f"`points` must be one increasing axis of shape (n,). Received: shape "
            f"{points.shape}. Sort them, and give each axis by itself."
        )
    length = points[-1] - points[0]
    if not 0 < 2 * half_width <= length:
        raise ValueError(
            f"`half_width` must be positive and at most half of the axis. Received: "
            f"half_width={half_width:.3g} on an axis of length {length:.3g}. Use "
            f"half_width={length / 8:.3g}."
        )
    centers = np.linspace(points[0] + half_width, points[-1] - half_width, n_functions)
    s = (points - centers[:, None]) / half_width
    inside = np.abs(s) < 1
    steps = np.diff(points)
    # The trapezoidal rule is far better for smooth bumps where all steps are equal.
    parts = power if np.allclose(steps, steps[0], rtol=1e-3, atol=0) else 2 * power
    touched = np.any((s[:, 1:] > -1) & (s[:, :-1] < 1), axis=0)
    widest = steps[touched].max()
    if widest > half_width / parts:
        raise ValueError(
            f"`points` must have no step wider than half_width / {parts} = "
            f"{half_width / parts:.3g} in a support, or the integrals are inaccurate. "
            f"Received: a step of {widest:.3g}. Use half_width={parts * widest:.3g}, a "
            "smaller power, or each side of a gap by itself."
        )
    bump = np.polynomial.Polynomial([1, 0, -1]) ** power
    values = bump.deriv(derivative)(s) if derivative else bump(s)
    weights = np.gradient(points)  # trapezoidal rule: bumps vanish at both ends
    return np.where(inside, values / half_width**derivative, 0) * weights
