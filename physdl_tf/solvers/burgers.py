"""Burgers' equation: four steppers u -> u_next on periodic grids.

A viscosity may be a tensor or a variable, for example to be identified. Its bounds are
checked when the stepper is made and in each step. Within a tf.function, where nothing
can be raised, a viscosity beyond them counts as NaN, so that a training stops.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from .. import _checks
from .grids import PeriodicGrid


@dataclass(frozen=True, eq=False)
class BurgersFiniteVolume:
    """Burgers' equation u_t + (u²/2)_x = ν u_xx by a conservative finite-volume scheme.

    u_i ← u_i − Δt/Δx (F_{i+½} − F_{i−½})
    F_{i+½} = max( max(u_i, 0)², min(u_{i+1}, 0)² ) / 2 − ν (u_{i+1} − u_i) / Δx

    The first term is Godunov's flux, the exact flux between two constant states; the
    second is diffusion. The sum of u over the cells is conserved.

    Args:
        grid: A PeriodicGrid.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s]; a number, or a scalar tensor or variable.
        max_speed: Bound on |u| for which the step must be stable [m/s].

    Raises:
        ValueError: If a number is not positive, or C + 2d > 1.

    Good values: n = 128, dt = 1/256, nu = 0.01/π, max_speed = 1 on (−1, 1).
    Reference: LeVeque 2002, section 12.2, doi:10.1017/CBO9780511791253.
    """

    grid: PeriodicGrid
    dt: float
    nu: float | tf.Tensor | tf.Variable
    max_speed: float
    order = 1

    def __post_init__(self):
        _checks.explicit_step(self.grid.dx, self.dt, self.nu, self.max_speed)

    def __call__(self, u: tf.Tensor) -> tf.Tensor:
        """Advance the state u, shape (batch, n, 1), by one step."""
        _checks.state("u", u, self.grid.n)
        dx = self.grid.dx
        u_right = tf.roll(u, -1, axis=1)
        inflow = tf.maximum(tf.maximum(u, 0) ** 2, tf.minimum(u_right, 0) ** 2) / 2
        flux = inflow - _viscosity(self, u, 1) * (u_right - u) / dx
        return u - self.dt / dx * (flux - tf.roll(flux, 1, axis=1))

    def check(self, trajectory: tf.Tensor | np.ndarray) -> None:
        """Check that |u|, the speed, stays within `max_speed` in a trajectory."""
        _checks.speed("trajectory", trajectory, self.max_speed)


@dataclass(frozen=True, eq=False)
class BurgersMuscl:
    """Burgers' equation u_t + (u²/2)_x = ν u_xx by a second-order limited scheme.

    F_{i+½} = max( max(l, 0)², min(r, 0)² ) / 2 − ν (u_{i+1} − u_i) / Δx
    l = u_i + s_i / 2,  r = u_{i+1} − s_{i+1} / 2

    The slope s_i is the mean difference (u_{i+1} − u_{i−1}) / 2, but at most twice each
    one-sided difference, and zero where these differ in sign ("monotonized central").
    Two stages in time (Heun). The sum of u over the cells is conserved.

    With C = max_speed Δt/Δx and d = ν Δt/Δx², a stage makes no new extremes if
    2C + 2d ≤ 1.

    Args:
        grid: A PeriodicGrid.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s]; a number, or a scalar tensor or variable.
        max_speed: Bound on |u| for which the step must be stable [m/s].

    Raises:
        ValueError: If a number is not positive, or 2C + 2d > 1.

    Reference: LeVeque 2002, sections 6.12 and 12.8, doi:10.1017/CBO9780511791253.
    """

    grid: PeriodicGrid
    dt: float
    nu: float | tf.Tensor | tf.Variable
    max_speed: float
    order = 2

    def __post_init__(self):
        dx = self.grid.dx
        _checks.explicit_step(dx, self.dt, self.nu, self.max_speed, n_courant=2)

    def __call__(self, u: tf.Tensor) -> tf.Tensor:
        """Advance the state u, shape (batch, n, 1), by one step."""
        _checks.state("u", u, self.grid.n)
        stage = u + self.dt * self._rate(u)
        return (u + stage + self.dt * self._rate(stage)) / 2

    def check(self, trajectory: tf.Tensor | np.ndarray) -> None:
        """Check that |u|, the speed, stays within `max_speed` in a trajectory."""
        _checks.speed("trajectory", trajectory, self.max_speed)

    def _rate(self, u):
        dx = self.grid.dx
        ahead = tf.roll(u, -1, axis=1) - u
        slope = _limited(tf.roll(ahead, 1, axis=1), ahead)
        left, right = u + slope / 2, tf.roll(u - slope / 2, -1, axis=1)
        inflow = tf.maximum(tf.maximum(left, 0) ** 2, tf.minimum(right, 0) ** 2) / 2
        flux = inflow - _viscosity(self, u, 2) * ahead / dx
        return (tf.roll(flux, 1, axis=1) - flux) / dx


def _viscosity(stepper, u, n_courant):
    """The stepper's ν, from 0 to where n_courant C + 2d = 1."""
    dx, dt = stepper.grid.dx, stepper.dt
    largest = (1 - n_courant * stepper.max_speed * dt / dx) * dx**2 / (2 * dt)
    return _checks.bounded("nu", stepper.nu, (0, max(largest, 0.0)), u.dtype)


def _limited(behind, ahead):
    """Monotonized central slope from the differences to both neighbors."""
    size = tf.minimum(
        2 * tf.minimum(tf.abs(behind), tf.abs(ahead)), tf.abs(behind + ahead) / 2
    )
    return tf.where(behind * ahead > 0, tf.sign(ahead) * size, tf.zeros_like(size))


@dataclass(frozen=True, eq=False)
class BurgersSemiLagrangian:
    """Burgers' equation by explicit diffusion, then semi-Lagrangian advection.

    ũ_i = u_i + ν Δt/Δx² (u_{i+1} − 2 u_i + u_{i−1})
    u_i ← ũ(x_i − Δt ũ_i), by linear interpolation

    The scheme of the published example. Stable for any Courant number, but it does not
    conserve the sum of u, so shocks may move at a wrong speed.

    Args:
        grid: A PeriodicGrid.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s]; a number, or a scalar tensor or variable.

    Raises:
        ValueError: If a number is not positive, or d > ½.

    Reference: Thuerey et al. 2021, arXiv:2109.05237. Chapter: book/dp/burgers.
    """

    grid: PeriodicGrid
    dt: float
    nu: float | tf.Tensor | tf.Variable
    order = 1

    def __post_init__(self):
        _checks.explicit_diffusion(self.grid.dx, self.dt, self.nu, 0.5)

    def __call__(self, u: tf.Tensor) -> tf.Tensor:
        """Advance the state u, shape (batch, n, 1), by one step."""
        _checks.state("u", u, self.grid.n)
        n, dx = self.grid.n, self.grid.dx
        curvature = tf.roll(u, -1, axis=1) - 2 * u + tf.roll(u, 1, axis=1)
        nu = _checks.bounded("nu", self.nu, (0, dx**2 / (2 * self.dt)), u.dtype)
        u = u + nu * self.dt / dx**2 * curvature
        index = tf.reshape(tf.range(n, dtype=u.dtype), (1, n, 1))
        departure = index - self.dt / dx * u  # in cells
        left = tf.floor(departure)
        weight = departure - left
        i = tf.cast(left, tf.int32)[..., 0] % n
        u_left = tf.gather(u, i, batch_dims=1)
        u_right = tf.gather(tf.roll(u, -1, axis=1), i, batch_dims=1)
        return u_left + weight * (u_right - u_left)


@dataclass(frozen=True, eq=False)
class BurgersSemiLagrangian2D:
    """Burgers' equation in 2D by explicit diffusion, then semi-Lagrangian advection.

    ũ = u + ν Δt/Δx² (sum of the four neighbors − 4 u)
    u ← ũ(x − Δt ũ), by bilinear interpolation

    Both components of u = (u, v) are carried. Stable for any Courant number; the sum of
    u is not conserved.

    Args:
        grid: A PeriodicGrid, the same for x and y.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s].

    Raises:
        ValueError: If a number is not positive, or ν Δt/Δx² > ¼.

    Reference: Thuerey et al. 2021, arXiv:2109.05237.
    """

    grid: PeriodicGrid
    dt: float
    nu: float | tf.Tensor | tf.Variable
    order = 1

    def __post_init__(self):
        _checks.explicit_diffusion(self.grid.dx, self.dt, self.nu, 0.25)

    def __call__(self, u: tf.Tensor) -> tf.Tensor:
        """Advance the state u, shape (batch, n, n, 2), by one step; axis 1 is x."""
        _checks.state("u", u, self.grid.n, n_axes=2)
        n, dx = self.grid.n, self.grid.dx
        neighbors = sum(tf.roll(u, shift, axis) for shift in (1, -1) for axis in (1, 2))
        nu = _checks.bounded("nu", self.nu, (0, dx**2 / (4 * self.dt)), u.dtype)
        u = u + nu * self.dt / dx**2 * (neighbors - 4 * u)
        index = tf.range(n, dtype=u.dtype)
        index = tf.stack(tf.meshgrid(index, index, indexing="ij"), axis=-1)
        return _bilinear(u, index - self.dt / dx * u)


def _bilinear(u, places):
    """A periodic u, shape (batch, n, n, 2), between its cells, at x, y in cells."""
    low = tf.floor(places)
    x, y = tf.split(places - low, 2, axis=-1)
    # The four corners of a cell side by side, so that one look-up gets them all.
    above = tf.roll(u, -1, axis=2)
    corners = tf.concat([u, above, tf.roll(u, -1, 1), tf.roll(above, -1, 1)], axis=-1)
    found = tf.gather_nd(corners, tf.cast(low, tf.int32) % u.shape[1], batch_dims=1)
    at_00, at_01, at_10, at_11 = tf.split(found, 4, axis=-1)
    left, right = at_00 + y * (at_01 - at_00), at_10 + y * (at_11 - at_10)
    return left + x * (right - left)
