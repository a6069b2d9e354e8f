"""Steppers u -> u_next on periodic grids in two dimensions; see solvers for one."""

from dataclasses import dataclass

import tensorflow as tf

from . import _checks
from .grids import Grid1D


@dataclass(frozen=True)
class BurgersSemiLagrangian2D:
    """Burgers' equation in 2D by explicit diffusion, then semi-Lagrangian advection.

    ũ = u + ν Δt/Δx² (sum of the four neighbors − 4 u)
    u ← ũ(x − Δt ũ), by bilinear interpolation

    Both components of u = (u, v) are carried. Stable for any Courant number; the sum of
    u is not conserved.

    Args:
        grid: A Grid1D, the same for x and y.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s].

    Raises:
        ValueError: If a number is not positive, or ν Δt/Δx² > ¼.

    Reference: Thuerey et al. 2021, arXiv:2109.05237.
    """

    grid: Grid1D
    dt: float
    nu: float
    order = 1

    def __post_init__(self):
        _checks.explicit_diffusion(self.grid.dx, self.dt, self.nu, 0.25)

    def __call__(self, u):
        """Advance the state u, shape (batch, n, n, 2), by one step; axis 1 is x."""
        n, dx = self.grid.n, self.grid.dx
        neighbors = sum(tf.roll(u, shift, axis) for shift in (1, -1) for axis in (1, 2))
        u = u + self.nu * self.dt / dx**2 * (neighbors - 4 * u)
        index = tf.range(n, dtype=u.dtype)
        index = tf.stack(tf.meshgrid(index, index, indexing="ij"), axis=-1)
        departure = index - self.dt / dx * u  # in cells
        low = tf.floor(departure)
        weight = departure - low
        i, j = tf.unstack(tf.cast(low, tf.int32) % n, axis=-1)
        wx, wy = weight[..., :1], weight[..., 1:]
        # The four corners of a cell side by side, so that one look-up gets them all.
        above = tf.roll(u, -1, axis=2)
        corners = tf.concat([u, above, tf.roll(u, -1, 1), tf.roll(above, -1, 1)], -1)
        first = n * n * tf.reshape(tf.range(tf.shape(u)[0]), (-1, 1, 1))
        rows = tf.gather(tf.reshape(corners, (-1, 8)), first + i * n + j)
        at_00, at_01, at_10, at_11 = tf.split(tf.reshape(rows, corners.shape), 4, -1)
        left, right = at_00 + wy * (at_01 - at_00), at_10 + wy * (at_11 - at_10)
        return left + wx * (right - left)
