"""SciPy's L-BFGS-B for named losses of TensorFlow variables."""

import numpy as np
from scipy.optimize import minimize

from .. import _checks, progress
from .losses import check_finite
from .problem import as_problem
from .result import Result


def minimize_lbfgs(
    losses,
    variables=None,
    *,
    n_iterations,
    weights=None,
    label="L-BFGS iteration",
    jit_compile=True,
):
    """Minimize a weighted sum of named losses with SciPy's L-BFGS-B, in place.

    Loss and gradient are one compiled function. Line searches need accurate
    differences of the loss: use float64 variables where you can.

    Args:
        losses: Callable () -> {name: scalar}; or a `Problem`, to compile only once for
            several calls, and then neither variables nor weights.
        variables: List of tf.Variable objects to train; they hold the result.
        n_iterations: Largest number of iterations.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        label: What the progress line counts; None for no line.
        jit_compile: Whether XLA compiles the loss.

    Returns:
        A `Result`, its history with the values at the start and after each iteration.

    Raises:
        ValueError: As `fit`.
        FloatingPointError: If the loss is not finite. The variables then hold what the
            last complete iteration found.

    Reference: Byrd et al. 1995, doi:10.1137/0916069.
    """
    _checks.whole("n_iterations", n_iterations)
    problem = as_problem(losses, variables, weights, jit_compile)
    best, latest, rows = problem.theta, {}, []

    def total_and_gradient(theta):
        values, gradient = problem(theta)
        check_finite(values[-1], max(len(rows) - 1, 0))
        latest[theta.tobytes()] = values
        if not rows:
            rows.append(values)
        return float(values[-1]), gradient

    def after_iteration(theta):
        nonlocal best
        rows.append(latest[theta.tobytes()])
        latest.clear()
        best = theta.copy()
        if label and len(rows) % 100 == 1 and len(rows) <= n_iterations:
            progress.show(len(rows) - 1, n_iterations, label)

    options = {"maxiter": n_iterations, "maxfun": 10 * n_iterations, "maxcor": 50}
    try:
        found = minimize(
            total_and_gradient,
            best,
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options=options | {"ftol": 0.0, "gtol": 0.0},
        )
        best = found.x
    finally:
        problem.theta = best
    if label:
        progress.show(found.nit, n_iterations, label, ended=True)
    return Result(
        variables=problem.variables,
        history=dict(zip(problem.names, np.array(rows).T, strict=True)),
        converged=bool(found.success),
        reason=found.message,
        n_evaluations=int(found.nfev),
    )
