"""Minimization with a dense inverse Hessian: BFGS, and self-scaled Broyden.

For losses of a few thousand parameters at most: the matrix has a row and a column for
each.
"""

import warnings

import numpy as np
from scipy.linalg.blas import dsymv, dsyr
from scipy.optimize import line_search

from .. import _checks
from .losses import check_finite
from .problem import as_problem
from .result import Result


def minimize_quasi_newton(
    losses,
    variables=None,
    *,
    n_iterations,
    weights=None,
    inverse_hessian=None,
    self_scaled=True,
    jit_compile=True,
):
    """Minimize by quasi-Newton steps with a strong Wolfe line search, in place.

    Each step is s = −α H g; then H is updated such that H y = s, with y the change of
    the gradient. BFGS is one such update; the self-scaled Broyden method chooses one
    of a family, and a factor on H, from two numbers: b = sᵀH⁻¹s / yᵀs, h = yᵀHy / yᵀs.

    Args:
        losses: Callable () -> {name: scalar}; or a `Problem`, to compile only once for
            several calls, and then neither variables nor weights.
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
        A `Result`: its history with the values at the start and after each step, its
        state the inverse Hessian H (lower triangle). It converged where no further
        step was found, even along the gradient: values then differ by rounding only.

    Raises:
        ValueError: As `fit`.
        FloatingPointError: If the loss is not finite. The variables then hold what the
            last complete step found.

    Reference: Urbán, Stefanou and Pons 2025, doi:10.1016/j.jcp.2024.113656.
    Chapter: book/pinn/accuracy.
    """
    _checks.whole("n_iterations", n_iterations)
    problem = as_problem(losses, variables, weights, jit_compile)
    theta, n_evaluations, rows = problem.theta, 0, []

    def value_and_gradient(theta):
        nonlocal n_evaluations
        values, gradient = problem(theta)
        check_finite(values[-1], max(len(rows) - 1, 0))
        n_evaluations += 1
        return values, gradient

    fresh = inverse_hessian is None
    h = np.asfortranarray(np.eye(len(theta)) if fresh else inverse_hessian, dtype=float)
    reason = f"all {n_iterations} iterations done"
    try:
        values, g = value_and_gradient(theta)
        rows.append(values)
        before = values[-1] + np.linalg.norm(g) / 2 if fresh else None
        for _ in range(n_iterations):
            now, direction = rows[-1][-1], -_times(h, g)
            step = _wolfe(value_and_gradient, theta, direction, now, g, before)
            if step is None:  # start anew, along the gradient
                h, fresh, direction = np.eye(len(theta), order="F"), True, -g
                before = now + np.linalg.norm(g) / 2
                step = _wolfe(value_and_gradient, theta, direction, now, g, before)
            if step is None:
                reason = "no lower loss was found, even along the gradient"
                break
            alpha, values, g_new = step
            s, y = alpha * direction, g_new - g
            if y @ s <= 0:
                reason = "the loss changes by rounding only"
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
        converged=len(rows) <= n_iterations,
        reason=reason,
        n_evaluations=n_evaluations,
        state=h,
    )


def update(h, s, y, b, *, self_scaled, first=False):
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
    phi, shrink = (1 - theta) / sigma, sigma ** (1 / (1 - n))
    if first:
        return phi, h / sigma
    if theta <= 0:  # b ≥ 1
        return phi, min(1 / b * shrink, sigma)
    return phi, shrink


def _times(h, g):
    return dsymv(1.0, h, g, lower=1)


def _wolfe(value_and_gradient, theta, direction, f, g, before):
    """Step length, values and gradient there; None if none was found."""
    seen = {}

    def evaluate(point):
        key = point.tobytes()
        if key not in seen:
            seen[key] = value_and_gradient(point)
        return seen[key]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a failed search is answered by the caller
        alpha, *_, g_new = line_search(
            lambda point: float(evaluate(point)[0][-1]),
            lambda point: evaluate(point)[1],
            theta,
            direction,
            g,
            float(f),
            before,  # its first trial is a length like the last one
        )
    if g_new is None:
        return None
    return alpha, evaluate(theta + alpha * direction)[0], g_new
