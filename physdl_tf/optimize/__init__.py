"""Optimization: a first-order loop, L-BFGS, quasi-Newton and Gauss-Newton.

Nothing here knows about equations or grids. A loss is a callable without arguments that
returns named scalars, ``{"residual": ..., "boundary": ...}``; `weights` is a dictionary
with the same names. Data that change during training are tf.Variable objects. Only
Gauss-Newton takes another problem, a vector of residuals with its Jacobian, since that
is what it needs. Every minimizer returns a `Result`, and stops with a
FloatingPointError where the loss is not finite; only Gauss-Newton, once it has begun,
refuses such a step and tries a shorter one.
"""

from .first_order import compile_iterations, falling_adam, fit, minibatch
from .gauss_newton import minimize_least_squares
from .lbfgs import minimize_lbfgs
from .losses import (
    assign_flat,
    ensemble_mean_square,
    flatten,
    mean_square,
    weighted_sum,
)
from .misfits import compile_misfits
from .problem import Problem
from .quasi_newton import minimize_quasi_newton
from .result import Result

__all__ = [
    "Problem",
    "Result",
    "assign_flat",
    "compile_iterations",
    "compile_misfits",
    "ensemble_mean_square",
    "falling_adam",
    "fit",
    "flatten",
    "mean_square",
    "minibatch",
    "minimize_lbfgs",
    "minimize_least_squares",
    "minimize_quasi_newton",
    "weighted_sum",
]
