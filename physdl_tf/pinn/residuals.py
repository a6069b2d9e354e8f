"""Residuals of partial differential equations: zero wherever the field solves them.

Every residual takes a field, a callable (x, t) -> u that returns one (n, 1) column, and
the collocation points x and t, two (n, 1) columns. The last line of each function is
the equation.
"""

from __future__ import annotations

import tensorflow as tf

from .. import _checks
from ..networks import Field
from .derivatives import Columns, partials


def advection(
    field: Field, x: tf.Tensor, t: tf.Tensor, *, c: float | tf.Variable
) -> tf.Tensor:
    """Residual of the linear advection equation.

    r = u_t + c u_x

    Args:
        field: Callable (x, t) -> u, one (n, 1) column.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].
        c: Wave speed c [m/s]; a float, or a scalar variable to be identified.

    Returns:
        Residual r, shape (n, 1).

    Raises:
        ValueError: As `derivatives.partials`.

    Chapter: book/pinn/physical-losses.
    """
    _, u_t, u_x = partials(field, "t x", x=x, t=t)
    c = _checks.coefficient("c", c, u_t.dtype)
    return u_t + c * u_x


def burgers(
    field: Field, x: tf.Tensor, t: tf.Tensor, *, nu: float | tf.Variable
) -> tf.Tensor:
    """Residual of the viscous Burgers equation.

    r = u_t + u u_x − ν u_xx

    Args:
        field: Callable (x, t) -> u, one (n, 1) column; twice differentiable in x.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].
        nu: Viscosity ν ≥ 0 [m²/s]; a float, or a scalar variable to be identified.

    Returns:
        Residual r, shape (n, 1) [m/s²].

    Raises:
        ValueError: If `nu` is a negative number; as `derivatives.partials`.

    Reference: Raissi et al. 2019, section 3.1.1, doi:10.1016/j.jcp.2018.10.045.
    Chapter: book/pinn/physical-losses.
    """
    _checks.positive("nu", nu, zero_allowed=True)
    u, u_t, u_x, u_xx = partials(field, "t x xx", x=x, t=t)
    nu = _checks.coefficient("nu", nu, u.dtype)
    return u_t + u * u_x - nu * u_xx


def schrodinger(
    pair: list[Columns], *, lam_1: float | tf.Variable, lam_2: float | tf.Variable
) -> tf.Tensor:
    """Residual of the cubic Schrödinger equation, from a pair and its derivatives.

    r = i h_t + λ₁ h_xx + λ₂ |h|² h,  h = u + i v

    Args:
        pair: (u, u_t, u_xx) and (v, v_t, v_xx), as `taylor.partials` gives them for
            two outputs and "t xx", each of shape (..., n, 1).
        lam_1: Coefficient λ₁; a number, or a variable to be identified that
            broadcasts with the columns.
        lam_2: Coefficient λ₂, likewise.

    Returns:
        Real and imaginary part of r, shape (..., n, 2).

    Reference: Raissi et al. 2019, section 3.1.1, doi:10.1016/j.jcp.2018.10.045.
    Chapters: book/pinn/schrodinger, book/pinn/discovery.
    """
    (u, u_t, u_xx), (v, v_t, v_xx) = pair
    square = u**2 + v**2
    real = -v_t + lam_1 * u_xx + lam_2 * square * u
    imaginary = u_t + lam_1 * v_xx + lam_2 * square * v
    return tf.concat([real, imaginary], axis=-1)
