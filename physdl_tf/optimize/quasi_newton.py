"""Minimization with a dense inverse Hessian: BFGS, and self-scaled Broyden.

For losses of a few thousand parameters at most: the matrix has a row and a column for
each.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf
from scipy.linalg.blas import dsymv, dsyr
from scipy.optimize import line_search

from .. import _checks
from .problem import Problem, as_problem, evaluate_finite, slope
from .result import Result, no_lower_loss


def minimize_quasi_newton(
    losses: Callable[[], Mapping[str, tf.Tensor]] | Problem,
    variables: Sequence[tf.Variable] | None = None,
    *,
    n_iterations: int,
    weights: Mapping[str, float] | None = None,
    inverse_hessian: np.ndarray | None = None,
    self_scaled: bool = True,
    jit_compile: bool = True,
) -> Result:
    """Minimize by quasi-Newton steps with a strong Wolfe line search, in place.

    Each step is s = −α H g; then H is updated such that H y = s, with y the change of
    the gradient. BFGS is one such update; the self-scaled Broyden method chooses one
    of a family, and a factor on H, from two numbers: b = sᵀH⁻¹s / yᵀs, h = yᵀHy / yᵀs.
    Where no step is found it starts anew with H = I, along the gradient.

    Args:
        losses: Callable () -> {name: scalar}; or a `Problem`, to compile only once for
            several calls, and then neither variables nor weights; it has its own
            `jit_compile`.
        variables: List of tf.Variable objects to train, best of float64; they hold the
            result.
        n_iterations: Largest number of steps.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        inverse_hessian: First H, symmetric; only its lower triangle is used. Missing:
            the identity, scaled after the first step. Hand on the result's `state` to
            continue.
        self_scaled: True for self-scaled Broyden, False for BFGS.
        jit_compile: Whether XLA compiles the loss.

    Returns:
        A `Result`, its history with the values at the start and after each step, its
        state the inverse Hessian H (lower triangle).

    Raises:
        ValueError: As `fit`, or if the matrix is of another size.
        TypeError: As `fit`.
        FloatingPointError: If loss or gradient is not finite. The variables then hold
            what the last complete step found.

    Reference: Urbán, Stefanou and Pons 2025, doi:10.1016/j.jcp.2024.113656.
    Chapter: book/pinn/accuracy.
    """
    _checks.whole("n_iterations", n_iterations)
    problem = as_problem(losses, variables, weights, jit_compile)
    theta, n_evaluations = problem.theta, 0
    rows: list[np.ndarray] = []

    def evaluate(theta):
        nonlocal n_evaluations
        n_evaluations += 1
        return evaluate_finite(problem, theta, max(len(rows) - 1, 0))

    fresh, before = inverse_hessian is None, None
    h = np.eye(len(theta)) if fresh else _copy(inverse_hessian, len(theta))
    converged, reason = False, f"all {n_iterations} iterations done"
    try:
        values, g = evaluate(theta)
        first = slope(g)
        rows.append(values)
        while len(rows) <= n_iterations:
            now = rows[-1][-1]
            if fresh:
                h = np.eye(len(theta), order="F")
                before = now + np.linalg.norm(g) / 2
            direction = -_times(h, g)
            found = _wolfe(evaluate, theta, direction, now, g, before)
            if found is None and not fresh:
                fresh = True
                continue
            if found is None:
                converged, reason = no_lower_loss(slope(g), first)
                break
            alpha, values, g_new = found
            s, y = alpha * direction, g_new - g
            if y @ s <= 0:  # by rounding only: the search asks for more curvature
                converged, reason = no_lower_loss(slope(g), first)
                break
            b = -alpha * (s @ g) / (y @ s)
            h = update(h, s, y, b, self_scaled=self_scaled, first=fresh)
            theta, g, before, fresh = theta + s, g_new, now, False
            rows.append(values)
    finally:
        problem.theta = theta
    return Result(
        variables=problem.variables,
        history=dict(zip(problem.names, np.array(rows).T, strict=True)),
        converged=converged,
        reason=reason,
        n_evaluations=n_evaluations,
        state=h,
    )


def _copy(h, n):
    h = np.array(h, np.float64, order="F")
    if h.shape != (n, n):
        raise ValueError(
            f"`inverse_hessian` must have a row and a column for each of {n} values. "
            f"Received: shape {h.shape}. Use the state of a result, or None."
        )
    return h


def update(
    h: np.ndarray,
    s: np.ndarray,
    y: np.ndarray,
    b: float,
    *,
    self_scaled: bool,
    first: bool = False,
) -> np.ndarray:
    """Update the inverse Hessian H such that H y = s.

    H ← (H − Hy (Hy)ᵀ / yᵀHy + φ yᵀHy v vᵀ) / τ + s sᵀ / yᵀs,  v = s/yᵀs − Hy/yᵀHy;
    BFGS is φ = τ = 1. Two rank-one updates of one triangle do it.

    Args:
        h: H, in Fortran order, lower triangle; overwritten.
        s: Step.
        y: Change of the gradient, with yᵀs > 0.
        b: sᵀH⁻¹s / yᵀs.
        self_scaled: True for self-scaled Broyden, False for BFGS.
        first: Whether H is an identity whose scale is arbitrary.

    Returns:
        The new H.
    """
    hy = _times(h, y)
    ys, yhy = y @ s, y @ hy
    if self_scaled:
        phi, tau = _scaling(b, yhy / ys, len(s), first)
    else:
        phi, tau = 1.0, yhy / ys if first else 1.0
    mixed = -phi / (ys * tau)
    matrix = [
        [phi * yhy / (ys**2 * tau) + 1 / ys, mixed],
        [mixed, (phi - 1) / (yhy * tau)],
    ]
    values, vectors = np.linalg.eigh(matrix)  # all that is added, in the basis s, Hy
    h *= 1 / tau
    for value, vector in zip(values, vectors.T @ np.stack([s, hy]), strict=True):
        h = dsyr(value, vector, lower=1, a=h, overwrite_a=1)
    return h


def _scaling(b, h, n, first):
    """φ and τ of the self-scaled Broyden method."""
    a = max(h * b - 1, 0.0)  # negative by rounding only
    rho = min(1.0, h * (1 - np.sqrt(a / (1 + a))))
    lowest = (rho - 1) / a if a else -np.inf  # a = 0: H is exact along s
    theta = max(lowest, min(1 / rho, (1 - b) / b))
    sigma = 1 + a * theta
    phi = (1 - theta) / sigma
    shrink = sigma ** (1 / (1 - n)) if n > 1 else 1.0
    if first:
        return phi, h / sigma
    if theta <= 0:  # b ≥ 1
        return phi, min(1 / b * shrink, sigma)
    return phi, shrink


def _times(h, g):
    return dsymv(1.0, h, g, lower=1)


def _wolfe(evaluate, theta, direction, f, g, before):
    """Step length, values and gradient there; None if none was found."""
    seen = {}

    def at(point):  # the search asks for value and gradient apart
        key = point.tobytes()
        if key not in seen:
            seen[key] = evaluate(point)
        return seen[key]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a failed search is answered by the caller
        alpha, *_, g_new = line_search(
            lambda point: float(at(point)[0][-1]),
            lambda point: at(point)[1],
            theta,
            direction,
            g,
            float(f),
            before,  # its first trial is a length like the last one
        )
    if g_new is None:
        return None
    return alpha, at(theta + alpha * direction)[0], g_new
