"""Nonlinear least squares: Levenberg–Marquardt with geodesic acceleration.

For residual vectors of a few thousand entries and parameters: JᵀJ is formed and
factorized. NumPy and SciPy only; the residuals and their Jacobian come as functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from .. import _checks
from .losses import check_finite
from .problem import slope
from .result import Result, no_lower_loss


def minimize_least_squares(
    residual: Callable[[np.ndarray], np.ndarray],
    jacobian: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    theta: np.ndarray,
    *,
    n_iterations: int,
    mu: float = 0.1,
    max_trials: int = 30,
) -> Result:
    """Minimize the mean square of a residual vector.

    Each trial solves (JᵀJ/n + μI) δ = −Jᵀr/n. The residual's second derivative along
    δ, from one more evaluation, bends the step: δ + a with (JᵀJ/n + μI) a = −Jᵀr''/2n.
    A trial is taken if the mean square falls and |a| is small beside |δ|; then μ is
    lowered if the linear model was right, else kept. After other trials, among them
    those whose matrix is singular to rounding, it is raised.

    Args:
        residual: Callable theta -> r, n values, float64.
        jacobian: Callable theta -> (r, Jᵀ), with Jᵀ of shape (n_parameters, n).
        theta: Start, a float64 vector.
        n_iterations: Largest number of steps.
        mu: Damping μ > 0 at the start; hand on the result's `state` to continue.
        max_trials: Trials of a step, with growing μ, before giving up.

    Returns:
        A `Result`, its variables the vector found, its state the μ for the next step;
        in its history, "total" has the mean squares at the start and after each step.

    Raises:
        ValueError: If a number of steps or trials is no positive whole number, μ not
            positive, θ no vector, or the second value of `jacobian` not of Jᵀ's shape.
        FloatingPointError: If the mean square is not finite at the start, or later the
            gradient; a trial that is not finite is not taken.

    Reference: Transtrum and Sethna 2012, arXiv:1201.5885. Chapter: book/pinn/accuracy.
    """
    _checks.whole("n_iterations", n_iterations)
    _checks.whole("max_trials", max_trials)
    _checks.positive("mu", mu)
    theta = np.asarray(theta)
    if theta.ndim != 1:
        raise ValueError(
            f"`theta` must be one vector. Received: theta.shape={theta.shape}. Use "
            "np.ravel(theta), or optimize.flatten(variables)."
        )
    n_evaluations = 0

    def counted(theta):
        nonlocal n_evaluations
        n_evaluations += 1
        return np.ravel(residual(theta))

    history, slopes = [np.mean(np.square(counted(theta)))], []
    check_finite(history)
    converged, reason = False, f"all {n_iterations} iterations done"
    for done in range(n_iterations):
        model = _linear_model(jacobian, theta)
        slopes.append(slope(model.gradient))
        check_finite(slopes[-1], done, "gradient")
        for k in range(max_trials):
            growth = 2.0 ** min(k * (k + 1) // 2, 900)  # finite
            trial = _trial(counted, theta, model, mu * growth)
            if trial is not None and trial.mean < history[-1]:
                break
        else:
            converged, reason = no_lower_loss(slopes[-1], slopes[0])
            break
        quality = (history[-1] - trial.mean) / trial.predicted
        mu = trial.mu * (0.2 if quality > 0.75 else 0.5 if quality > 0.25 else 1.0)
        theta = trial.theta
        history.append(trial.mean)
    return Result(
        variables=theta,
        history={"total": np.array(history)},
        converged=converged,
        reason=reason,
        n_evaluations=n_evaluations,
        state=mu,
    )


class _Model(NamedTuple):
    r: np.ndarray  # residual, (n,)
    jt: np.ndarray  # Jᵀ, (n_parameters, n)
    gradient: np.ndarray  # Jᵀr/n, half of the mean square's
    normal: np.ndarray  # JᵀJ/n, lower triangle


def _linear_model(jacobian, theta):
    r, jt = (np.asarray(a) for a in jacobian(theta))
    r = r.ravel()
    if jt.shape != (len(theta), len(r)):
        raise ValueError(
            "`jacobian` must return r and Jᵀ, of shape (n_parameters, n) = "
            f"{(len(theta), len(r))}. Received: shape {jt.shape}. Use J.T for "
            "J[i, k] = ∂r_i/∂θ_k."
        )
    normal = dsyrk(1 / len(r), jt.T, trans=1, lower=1)
    return _Model(r, jt, jt @ r / len(r), normal)


class _Trial(NamedTuple):
    theta: np.ndarray
    mean: float  # mean square there
    predicted: float  # its decrease, by the linear model
    mu: float


def _trial(residual, theta, model, mu, h=0.1):
    """The step δ + a; None if it bends too much, or cannot be computed."""
    r, jt, gradient, normal = model
    damped = normal + mu * np.eye(len(theta))
    try:
        factor = cho_factor(damped, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:  # μ is below the rounding of JᵀJ
        return None
    step = -cho_solve(factor, gradient, check_finite=False)
    ahead = residual(theta + h * step)
    second = 2 / h * ((ahead - r) / h - step @ jt)  # d²r/ds² along theta + s δ
    bend = -cho_solve(factor, jt @ second / len(r), check_finite=False) / 2
    if not 2 * np.linalg.norm(bend) <= 0.75 * np.linalg.norm(step):
        return None
    moved = theta + step + bend
    mean = np.mean(np.square(residual(moved)))
    return _Trial(moved, mean, step @ (mu * step - gradient), mu)
