"""SciPy's L-BFGS-B for named losses of TensorFlow variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from .. import _checks, progress
from .problem import Problem, as_problem, evaluate_finite, slope
from .result import Result, no_lower_loss


def minimize_lbfgs(
    losses: Callable[[], Mapping[str, tf.Tensor]] | Problem,
    variables: Sequence[tf.Variable] | None = None,
    *,
    n_iterations: int,
    weights: Mapping[str, float] | None = None,
    label: str | None = "L-BFGS iteration",
    jit_compile: bool = True,
) -> Result:
    """Minimize a weighted sum of named losses with SciPy's L-BFGS-B, in place.

    Loss and gradient are one compiled function. Line searches need accurate
    differences of the loss: use float64 variables where you can.

    Args:
        losses: Callable () -> {name: scalar}; or a `Problem`, to compile only once for
            several calls, and then neither variables nor weights; it has its own
            `jit_compile`.
        variables: List of tf.Variable objects to train; they hold the result.
        n_iterations: Largest number of iterations.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        label: What the progress line counts; None for no line.
        jit_compile: Whether XLA compiles the loss.

    Returns:
        A `Result`, its history with the values at the start and after each iteration.

    Raises:
        ValueError: As `fit`.
        TypeError: As `fit`.
        FloatingPointError: If loss or gradient is not finite. The variables then hold
            what the last complete iteration found.

    Reference: Byrd et al. 1995, doi:10.1137/0916069.
    """
    _checks.whole("n_iterations", n_iterations)
    problem = as_problem(losses, variables, weights, jit_compile)
    theta, evaluated, complete = problem.theta, [], [0]

    def value(theta):
        values, gradient = evaluate_finite(problem, theta, len(complete) - 1)
        evaluated.append([*values, slope(gradient)])
        return float(values[-1]), gradient

    def after_iteration(found):
        nonlocal theta
        theta = found.copy()
        complete.append(len(evaluated) - 1)  # it ends with the point evaluated last
        done = len(complete) - 1
        if label and done % 100 == 0 and done < n_iterations:
            progress.show(done, n_iterations, label)

    try:
        found = minimize(
            value,
            theta,
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options={
                "maxiter": n_iterations,
                "maxfun": 10 * n_iterations,
                "maxcor": 50,  # steps that it remembers
                "ftol": 0.0,  # as far as rounding allows
                "gtol": 1e-150,  # squares of smaller gradients would vanish
            },
        )
    finally:
        problem.theta = theta
    *rows, slopes = np.array(evaluated)[complete].T
    if len(complete) > n_iterations:
        converged, reason = False, f"all {n_iterations} iterations done"
    elif found.status == 1:
        converged, reason = False, f"{found.nfev} evaluations done"
    else:
        converged, reason = no_lower_loss(slopes[-1], slopes[0])
    if label:
        progress.show(len(complete) - 1, n_iterations, label, ended=reason)
    return Result(
        variables=problem.variables,
        history=dict(zip(problem.names, rows, strict=True)),
        converged=converged,
        reason=reason,
        n_evaluations=int(found.nfev),
    )
