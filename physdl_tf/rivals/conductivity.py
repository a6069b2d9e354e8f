"""The conductivity of a rod from its temperatures, by a spline and least squares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import interpolate, optimize

from .. import _checks


def fit(
    rod: Any,
    points: np.ndarray,
    u: np.ndarray,
    scale: float,
    penalty: float,
    *,
    n_nodes: int = 13,
    n: int = 50,
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit ln k as a cubic spline, the solver inside a nonlinear least-squares problem.

    The sum of the mean square of (u_solved − u) / scale and of
    penalty · Σ (p_{i−1} − 2 p_i + p_{i+1})² / h⁴ over the values p of ln k at the
    nodes, h apart, is minimized from k = 0.1, its Jacobian by difference quotients.

    Args:
        rod: A problems.HeatRod, whose `solve` gives u for any conductivity.
        points: Times and places (t, x) of the measurements, shape (n_points, 2).
        u: Measured temperatures, shape (n_points,).
        scale: Standard deviation of u, in which misfits are counted.
        penalty: Weight of the curvature, zero or positive.
        n_nodes: Number of nodes, equally spaced from x = 0 to 1.
        n: Number of cells and steps of the solver.

    Returns:
        The conductivity, a callable of positions, an array.

    Raises:
        ValueError: If `scale` is not positive, `penalty` negative, or there are fewer
            than 4 nodes.

    Chapters: book/pinn/your-equation, book/dp/your-stepper.
    """
    _checks.positive("scale", scale)
    _checks.positive("penalty", penalty, zero_allowed=True)
    _checks.whole("n_nodes", n_nodes, 4)
    nodes = np.linspace(0, 1, n_nodes)

    def spline(p):
        return lambda x: np.exp(interpolate.CubicSpline(nodes, p)(x))

    def residuals(p):
        misfit = (rod.solve(spline(p), n)(points) - u) / (scale * np.sqrt(len(u)))
        return np.append(misfit, np.sqrt(penalty) * np.diff(p, 2) / nodes[1] ** 2)

    return spline(optimize.least_squares(residuals, np.full(n_nodes, np.log(0.1))).x)
