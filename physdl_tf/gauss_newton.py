"""Nonlinear least squares: Levenberg–Marquardt with geodesic acceleration.

For residual vectors of a few thousand entries and parameters: JᵀJ is formed and
factorized. NumPy and SciPy only; the residuals and their Jacobian come as functions.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from . import _checks


def minimize(residual, jacobian, theta, *, n_iterations, mu=0.1, max_trials=30):
    """Minimize the mean square of a residual vector.

    Each trial solves (JᵀJ/n + μI) δ = −Jᵀr/n. The residual's second derivative along
    δ, from one more evaluation, bends the step: δ + a with (JᵀJ/n + μI) a = −Jᵀr''/2n.
    A trial is taken if the mean square falls and |a| is small beside |δ|; then μ is
    lowered if the linear model was right, else kept. After other trials it is raised.

    Args:
        residual: Callable theta -> r, n values, float64.
        jacobian: Callable theta -> (r, Jᵀ), with Jᵀ of shape (n_parameters, n).
        theta: Start, a float64 vector.
        n_iterations: Largest number of steps.
        mu: Damping μ > 0 at the start; hand on what was returned to continue.
        max_trials: Trials of a step, with growing μ, before giving up.

    Returns:
        The vector found, the last μ, and the array of mean squares at the start and
        after each step; shorter where no trial was taken.

    Raises:
        ValueError: If `n_iterations` is no positive whole number, or μ not positive.

    Reference: Transtrum and Sethna 2012, arXiv:1201.5885. Chapter: book/pinn/accuracy.
    """
    _checks.whole("n_iterations", n_iterations)
    _checks.positive("mu", mu)
    history, growth = [np.mean(np.square(residual(theta)))], 2.0
    for _ in range(n_iterations):
        r, jt = (np.asarray(a) for a in jacobian(theta))
        r = r.ravel()
        normal = dsyrk(1 / len(r), jt.T, trans=1, lower=1)  # lower triangle of JᵀJ/n
        for _ in range(max_trials):
            step, bend, predicted = _trial(residual, theta, r, jt, normal, mu)
            mean = np.mean(np.square(residual(theta + step + bend)))
            small = 2 * np.linalg.norm(bend) <= 0.75 * np.linalg.norm(step)
            if small and mean < history[-1]:
                break
            mu, growth = mu * growth, 2 * growth
        else:
            break
        quality = (history[-1] - mean) / predicted
        mu, growth = mu * (0.2 if quality > 0.75 else 0.5 if quality > 0.25 else 1), 2.0
        theta = theta + step + bend
        history.append(mean)
    return theta, mu, np.array(history)


def _trial(residual, theta, r, jt, normal, mu, h=0.1):
    """δ, a, and the decrease of the mean square that the linear model promises."""
    damped = normal + mu * np.eye(len(theta))
    factor = cho_factor(damped, lower=True, overwrite_a=True, check_finite=False)
    gradient = jt @ r / len(r)
    step = -cho_solve(factor, gradient, check_finite=False)
    ahead = np.ravel(residual(theta + h * step))
    second = 2 / h * ((ahead - r) / h - step @ jt)  # d²r/ds² along theta + s δ
    bend = -cho_solve(factor, jt @ second / len(r), check_finite=False) / 2
    return step, bend, step @ (mu * step - gradient)
