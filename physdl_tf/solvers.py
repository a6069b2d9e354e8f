"""Steppers u -> u_next on periodic grids, and their rollout.

A stepper is a frozen value that advances a state of shape (batch, n, 1) by one time
step. It checks itself when it is made: a step that would be unstable is refused there.
Floats fixed by the physics are Python numbers; what is to be trained is a tensor.

    Courant number C = |u| Δt/Δx,   diffusion number d = ν Δt/Δx²

Explicit upwind and finite-volume steppers need C + 2d ≤ 1 for all |u| up to
`max_speed`; semi-Lagrangian ones need d ≤ ½ only.
"""

from dataclasses import dataclass

import tensorflow as tf

from . import _checks
from .grids import Grid1D

_ROUNDING = 1e-5  # a float32 state may exceed the bound by rounding


@dataclass(frozen=True, eq=False)
class AdvectionUpwind:
    """Linear advection d_t + u d_x = 0 by the first-order upwind scheme.

    d_i ← d_i − Δt/Δx [ max(u_i, 0) (d_i − d_{i−1}) + min(u_i, 0) (d_{i+1} − d_i) ]

    Each cell looks to the side the flow comes from. Not in flux form: mass is conserved
    for a constant u only. At u = 0 the scheme has a kink, and a tape gives the sum of
    the two one-sided derivatives: start a search beside it.

    Args:
        grid: A Grid1D.
        dt: Time step Δt [s].
        velocity: u [m/s], a number or a tensor that broadcasts with (batch, n, 1).
        max_speed: Bound on |u| for which the step must be stable [m/s].

    Raises:
        ValueError: If a number is not positive, if C > 1, or if a velocity of known
            value exceeds `max_speed`.

    Reference: LeVeque 2002, section 4.9, doi:10.1017/CBO9780511791253.
    Chapter: book/dp/advection.
    """

    grid: Grid1D
    dt: float
    velocity: tf.Tensor | tf.Variable | float
    max_speed: float
    order = 1

    def __post_init__(self):
        _checks.explicit_step(self.grid.dx, self.dt, 0.0, self.max_speed)
        if not tf.is_symbolic_tensor(u := tf.convert_to_tensor(self.velocity)):
            _check_speed("velocity", u, self.max_speed)

    def __call__(self, d):
        """Advance the density d, shape (batch, n, 1), by one step."""
        _checks.state("d", d, self.grid.n)
        u = tf.cast(self.velocity, d.dtype)
        left, right = d - tf.roll(d, 1, axis=1), tf.roll(d, -1, axis=1) - d
        change = tf.maximum(u, 0) * left + tf.minimum(u, 0) * right
        return d - self.dt / self.grid.dx * change


@dataclass(frozen=True)
class BurgersFiniteVolume:
    """Burgers' equation u_t + (u²/2)_x = ν u_xx by a conservative finite-volume scheme.

    u_i ← u_i − Δt/Δx (F_{i+½} − F_{i−½})
    F_{i+½} = max( max(u_i, 0)², min(u_{i+1}, 0)² ) / 2 − ν (u_{i+1} − u_i) / Δx

    The first term is Godunov's flux, the exact flux between two constant states; the
    second is diffusion. The sum of u over the cells is conserved.

    Args:
        grid: A Grid1D.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s].
        max_speed: Bound on |u| for which the step must be stable [m/s].

    Raises:
        ValueError: If a number is not positive, or C + 2d > 1.

    Good values: n = 128, dt = 1/256, nu = 0.01/π, max_speed = 1 on (−1, 1).
    Reference: LeVeque 2002, section 12.2, doi:10.1017/CBO9780511791253.
    """

    grid: Grid1D
    dt: float
    nu: float
    max_speed: float
    order = 1
    state_is_speed = True  # so max_speed bounds |u|

    def __post_init__(self):
        _checks.explicit_step(self.grid.dx, self.dt, self.nu, self.max_speed)

    def __call__(self, u):
        """Advance the state u, shape (batch, n, 1), by one step."""
        _checks.state("u", u, self.grid.n)
        dx = self.grid.dx
        u_right = tf.roll(u, -1, axis=1)
        inflow = tf.maximum(tf.maximum(u, 0) ** 2, tf.minimum(u_right, 0) ** 2) / 2
        flux = inflow - self.nu * (u_right - u) / dx
        return u - self.dt / dx * (flux - tf.roll(flux, 1, axis=1))


@dataclass(frozen=True)
class BurgersSemiLagrangian:
    """Burgers' equation by explicit diffusion, then semi-Lagrangian advection.

    ũ_i = u_i + ν Δt/Δx² (u_{i+1} − 2 u_i + u_{i−1})
    u_i ← ũ(x_i − Δt ũ_i), by linear interpolation

    The scheme of the published example. Stable for any Courant number, but it does not
    conserve the sum of u, so shocks may move at a wrong speed.

    Args:
        grid: A Grid1D.
        dt: Time step Δt [s].
        nu: Viscosity ν ≥ 0 [m²/s].

    Raises:
        ValueError: If a number is not positive, or d > ½.

    Reference: Thuerey et al. 2021, arXiv:2109.05237. Chapter: book/dp/burgers.
    """

    grid: Grid1D
    dt: float
    nu: float
    order = 1

    def __post_init__(self):
        _checks.explicit_diffusion(self.grid.dx, self.dt, self.nu, 0.5)

    def __call__(self, u):
        """Advance the state u, shape (batch, n, 1), by one step."""
        _checks.state("u", u, self.grid.n)
        n, dx = self.grid.n, self.grid.dx
        curvature = tf.roll(u, -1, axis=1) - 2 * u + tf.roll(u, 1, axis=1)
        u = u + self.nu * self.dt / dx**2 * curvature
        index = tf.reshape(tf.range(n, dtype=u.dtype), (1, n, 1))
        departure = index - self.dt / dx * u  # in cells
        left = tf.floor(departure)
        weight = departure - left
        i = tf.cast(left, tf.int32)[..., 0] % n
        u_left = tf.gather(u, i, batch_dims=1)
        u_right = tf.gather(tf.roll(u, -1, axis=1), i, batch_dims=1)
        return u_left + weight * (u_right - u_left)


def rollout(stepper, u0, n_steps):
    """Apply a stepper again and again, and keep every state.

    u⁰ = u0,  uⁿ⁺¹ = stepper(uⁿ)

    Works with any callable u -> u, also inside tf.function, compiled by XLA, and under
    a gradient tape. Run eagerly, it checks the result with `check_rollout`; for a
    compiled rollout, call `check_rollout` on what comes back.

    Args:
        stepper: A callable that maps a state to the next.
        u0: Initial state, shape (batch, n, channels).
        n_steps: Number of steps, at least 1.

    Returns:
        The trajectory, shape (n_steps + 1, batch, n, channels), u0 included.

    Raises:
        ValueError: If `n_steps` is not a positive whole number, or as `check_rollout`.
    """
    _checks.whole("n_steps", n_steps)
    u0 = tf.convert_to_tensor(u0)
    later = tf.scan(lambda u, _: stepper(u), tf.range(n_steps), initializer=u0)
    trajectory = tf.concat([u0[None], later], axis=0)
    if tf.executing_eagerly():
        check_rollout(stepper, trajectory)
    return trajectory


def final_state(stepper, u0, n_steps):
    """The last state of `rollout`, without keeping the others.

    Args, raises: As `rollout`, but nothing is checked on the way.

    Returns:
        The state after `n_steps` steps, with the shape of u0.
    """
    _checks.whole("n_steps", n_steps)
    u0 = tf.convert_to_tensor(u0)
    return tf.while_loop(
        lambda i, u: i < n_steps,
        lambda i, u: (i + 1, stepper(u)),
        (0, u0),
        maximum_iterations=n_steps,
    )[1]


def check_rollout(stepper, trajectory):
    """Raise a clear error if a trajectory left what its stepper is stable for.

    Args:
        stepper: The stepper; its `max_speed`, where it bounds the state, is checked.
        trajectory: What `rollout` returned, with known values.

    Raises:
        ValueError: If a state is not finite, or |u| exceeds the stepper's `max_speed`.
    """
    finite = tf.reduce_all(tf.math.is_finite(trajectory), axis=[1, 2, 3])
    if not tf.reduce_all(finite):
        first = int(tf.argmin(tf.cast(finite, tf.int32)))
        raise ValueError(
            f"`trajectory` must be finite. Received: a state that is not, at step "
            f"{first}. Check the initial state, and that the step is stable for it."
        )
    if getattr(stepper, "state_is_speed", False):
        _check_speed("trajectory", trajectory, stepper.max_speed)


def _check_speed(name, u, max_speed):
    largest = float(tf.reduce_max(tf.abs(u)))
    if not largest <= max_speed * (1 + _ROUNDING):
        raise ValueError(
            f"`{name}` must stay within max_speed={max_speed:.3g}, for which the step "
            f"was checked. Received: |u| up to {largest:.3g}. Build the stepper with "
            f"max_speed={largest:.3g} and a smaller dt."
        )
