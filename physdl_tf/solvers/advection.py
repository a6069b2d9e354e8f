"""Linear advection: steppers u -> u_next on a periodic grid."""

from dataclasses import dataclass

import tensorflow as tf

from .. import _checks
from .grids import PeriodicGrid


@dataclass(frozen=True, eq=False)
class AdvectionUpwind:
    """Linear advection d_t + u d_x = 0 by the first-order upwind scheme.

    d_i ← d_i − Δt/Δx [ max(u_i, 0) (d_i − d_{i−1}) + min(u_i, 0) (d_{i+1} − d_i) ]

    Each cell looks to the side the flow comes from. Not in flux form: mass is conserved
    for a constant u only. At u = 0 the scheme has a kink, and a tape gives the sum of
    the two one-sided derivatives: start a search beside it.

    Args:
        grid: A PeriodicGrid.
        dt: Time step Δt [s].
        velocity: u [m/s], a number or a tensor that broadcasts with (batch, n, 1).
        max_speed: Bound on |u| for which the step must be stable [m/s]. Each step
            checks it. Within a tf.function, where nothing can be raised, a velocity
            beyond it counts as NaN, so that a training that leaves the bound stops.

    Raises:
        ValueError: If a number is not positive, if C > 1, or if a velocity of known
            value exceeds `max_speed`.

    Reference: LeVeque 2002, section 4.9, doi:10.1017/CBO9780511791253.
    Chapter: book/dp/advection.
    """

    grid: PeriodicGrid
    dt: float
    velocity: tf.Tensor | tf.Variable | float
    max_speed: float
    order = 1

    def __post_init__(self):
        _checks.explicit_step(self.grid.dx, self.dt, 0.0, self.max_speed)
        _within(self.max_speed, tf.cast(tf.convert_to_tensor(self.velocity), "float64"))

    def __call__(self, d: tf.Tensor) -> tf.Tensor:
        """Advance the density d, shape (batch, n, 1), by one step."""
        _checks.state("d", d, self.grid.n)
        u = _checks.coefficient("velocity", self.velocity, d.dtype)
        u = tf.convert_to_tensor(u, d.dtype)
        u = _within(self.max_speed, u)
        left, right = d - tf.roll(d, 1, axis=1), tf.roll(d, -1, axis=1) - d
        change = tf.maximum(u, 0) * left + tf.minimum(u, 0) * right
        return d - self.dt / self.grid.dx * change


def _within(max_speed, velocity):
    """The velocity; beyond its bound an error, or NaN where no value is known yet."""
    if not tf.is_symbolic_tensor(velocity):
        _checks.speed("velocity", velocity, max_speed)
        return velocity
    bound = max_speed * (1 + _checks.ROUNDING)
    return tf.where(tf.abs(velocity) <= bound, velocity, float("nan"))
