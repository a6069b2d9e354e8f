"""Nonlinear least squares: Levenberg–Marquardt with geodesic acceleration.

For residual vectors of a few thousand entries and parameters: JᵀJ is formed and
factorized. NumPy and SciPy only; the residuals and their Jacobian come as functions.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from .. import _checks
from .losses import check_finite
from .result import Result


def minimize_least_squares(
    residual, jacobian, theta, *, n_iterations, mu=0.1, max_trials=30
):
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
        A `Result`: its variables the vector found, its history {"total": mean squares
        at the start and after each step}, its state the last μ. It converged where no
        trial was taken.

    Raises:
        ValueError: If `n_iterations` is no positive whole number, or μ not positive.
        FloatingPointError: If the mean square is not finite at the start; later, such
            a trial is not taken.

    Reference: Transtrum and Sethna 2012, arXiv:1201.5885. Chapter: book/pinn/accuracy.
    """
    _checks.whole("n_iterations", n_iterations)
    _checks.positive("mu", mu)
    history, growth = [np.mean(np.square(residual(theta)))], 2.0
    check_finite(history)
    reason, n_evaluations = f"all {n_iterations} iterations done", 1
    for _ in range(n_iterations):
        r, jt = (np.asarray(a) for a in jacobian(theta))
        r = r.ravel()
        normal = dsyrk(1 / len(r), jt.T, trans=1, lower=1)  # lower triangle of JᵀJ/n
        for _ in range(max_trials):
            trial = _trial(residual, theta, r, jt, normal, mu)
            n_evaluations += 2
            if trial is not None and trial.mean < history[-1]:
                break
            mu, growth = mu * growth, 2 * growth
        else:
            reason = f"no lower loss was found in {max_trials} trials"
            break
        quality = (history[-1] - trial.mean) / trial.predicted
        if quality > 0.75:
            mu *= 0.2
        elif quality > 0.25:
            mu *= 0.5
        growth = 2.0
        theta = trial.theta
        history.append(trial.mean)
    return Result(
        variables=theta,
        history={"total": np.array(history)},
        converged=len(history) <= n_iterations,
        reason=reason,
        n_evaluations=n_evaluations,
        state=mu,
    )


class _Trial(NamedTuple):
    theta: np.ndarray
    mean: float  # mean square there
    predicted: float  # its decrease, by the linear model


def _trial(residual, theta, r, jt, normal, mu, h=0.1):
    """The step δ + a; None if it bends too much, or cannot be computed."""
    damped = normal + mu * np.eye(len(theta))
    try:
        factor = cho_factor(damped, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:  # μ is below the rounding of JᵀJ
        return None
    gradient = jt @ r / len(r)
    step = -cho_solve(factor, gradient, check_finite=False)
    ahead = np.ravel(residual(theta + h * step))
    second = 2 / h * ((ahead - r) / h - step @ jt)  # d²r/ds² along theta + s δ
    bend = -cho_solve(factor, jt @ second / len(r), check_finite=False) / 2
    if not 2 * np.linalg.norm(bend) <= 0.75 * np.linalg.norm(step):
        return None
    moved = theta + step + bend
    mean = np.mean(np.square(residual(moved)))
    return _Trial(moved, mean, step @ (mu * step - gradient))
