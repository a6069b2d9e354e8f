"""Tracking of particles in a ring: the 4D Hénon map, turn by turn, and its aperture.

One turn is one kick by a sextupole (of strength 1, by the choice of the unit of length)
and an octupole (strength μ), then a rotation of each plane by 2π times its tune Q:

    p_x ← p_x + x² − y² + μ (x³ − 3 x y²)        x ← x cos 2πQ_x + p_x sin 2πQ_x
    p_y ← p_y − 2 x y − μ (3 x² y − y³)        p_x ← p_x cos 2πQ_x − x sin 2πQ_x

and the same rotation for y, p_y. All coordinates are scaled [-].

Reference: Todesco and Giovannozzi 1996, doi:10.1103/PhysRevE.53.4067.
"""

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from .. import _checks
from ..solvers import final_state

LOST_RADIUS = 10.0  # a particle farther out, in the four coordinates, is lost
_RIPPLE_AMPLITUDES = 1e-4 * np.array([1, 0.218, 0.708, 0.254, 0.100, 0.078, 0.218])
_RIPPLE_HARMONICS = np.array([1, 2, 3, 6, 7, 10, 12])
_RIPPLE_PERIOD = 868.12  # turns

Values: TypeAlias = tf.Tensor | np.ndarray | float


@dataclass(frozen=True, eq=False)
class Turn:
    """One turn of the ring as a stepper: the kick, then the rotation. Symplectic.

    Args:
        q_x: Horizontal tune Q_x, turns of the phase per turn of the ring [-].
        q_y: Vertical tune Q_y [-].
        octupole: Strength μ of the octupole, relative to the sextupole's [-].
    """

    q_x: Values
    q_y: Values
    octupole: Values

    def __call__(self, state: Values, modulation: Values = 0.0) -> tf.Tensor:
        """Advance the state by one turn.

        Args:
            state: Coordinates x, p_x, y, p_y in the last axis, shape (..., 4).
            modulation: Relative change of both tunes in this turn, ε r(n), where they
                are modulated [-]. `solvers.rollout` takes one a turn as its `inputs`:
                ``rollout(turn, state, inputs=epsilon * ripple(n_turns))``.

        Returns:
            The state one turn later, of the same shape and float type.

        Raises:
            ValueError: If the last axis of `state` does not hold four coordinates.
        """
        state = tf.convert_to_tensor(state)
        if tuple(state.shape[-1:]) != (4,):
            raise ValueError(
                "`state` must hold x, p_x, y, p_y in its last axis. Received: "
                f"state.shape={tuple(state.shape)}. Make it with "
                "tf.stack([x, p_x, y, p_y], axis=-1)."
            )
        q_x, q_y, mu, r = (
            _cast(value, state.dtype)
            for value in (self.q_x, self.q_y, self.octupole, modulation)
        )
        rotations = _rotation((1 + r) * q_x), _rotation((1 + r) * q_y)
        return tf.stack(_turn(tf.unstack(state, axis=-1), *rotations, mu), axis=-1)


def ripple(n_turns: int) -> np.ndarray:
    """Relative modulation of both tunes, for a modulation strength ε of one.

    r(n) = Σ_k e_k cos(Ω_k n),  Q(n) = Q (1 + ε r(n)),  n = 0, 1, …

    Args:
        n_turns: Number of turns.

    Returns:
        r(n), a float64 array of shape (n_turns,).

    Raises:
        ValueError: If `n_turns` is no positive whole number.

    Reference: Giovannozzi, Scandale and Todesco 1998, doi:10.1103/PhysRevE.57.3432.
    """
    _checks.whole("n_turns", n_turns)
    phase = 2 * np.pi / _RIPPLE_PERIOD * np.arange(n_turns)[:, None] * _RIPPLE_HARMONICS
    return np.cos(phase) @ _RIPPLE_AMPLITUDES


def turns_survived(
    x: Values,
    y: Values,
    *,
    q_x: Values,
    q_y: Values,
    octupole: Values,
    epsilon: Values = 0.0,
    n_turns: int,
) -> tf.Tensor:
    """Turns that particles survive which start at (x, y) with p_x = p_y = 0.

    A particle is lost when x² + p_x² + y² + p_y² > 100. All arguments but `n_turns`
    broadcast. With a modulation, cosines of the tunes are taken in each turn: give the
    settings axes of length 1 where only x and y vary. XLA compiles once for each
    combination of shapes.

    Args:
        x: Initial horizontal positions, float32 or float64, which sets the precision.
        y: Initial vertical positions.
        q_x: Horizontal tunes Q_x [-].
        q_y: Vertical tunes Q_y [-].
        octupole: Strengths μ of the octupole [-].
        epsilon: Strengths ε of the tunes' modulation, see `ripple` [-].
        n_turns: Largest number of turns; who survives them all gets `n_turns`.

    Returns:
        Number of completed turns, an int32 tensor of the common shape.

    Raises:
        ValueError: If `n_turns` is no positive whole number, if `x` is not of a
            float type, or if the shapes do not broadcast.
    """
    x = tf.convert_to_tensor(x)
    if x.dtype not in (tf.float32, tf.float64):
        raise ValueError(
            f"`x` must be float32 or float64. Received: x.dtype={x.dtype.name}. "
            "Use np.asarray(x, float), or tf.cast(x, tf.float32)."
        )
    values = [x, *(_cast(v, x.dtype) for v in (y, q_x, q_y, octupole, epsilon))]
    try:
        shape = np.broadcast_shapes(*(tuple(v.shape) for v in values))
    except ValueError as error:
        shapes = ", ".join(str(tuple(v.shape)) for v in values)
        raise ValueError(
            "`x`, `y`, `q_x`, `q_y`, `octupole`, `epsilon` must broadcast. Received: "
            f"shapes {shapes}. Give each axis one length, or 1."
        ) from error
    modulation = tf.constant(ripple(n_turns), x.dtype)
    x, y = (tf.broadcast_to(v, shape) for v in values[:2])
    track = _track(x.dtype, modulated=bool(np.any(values[-1])))
    return track(x, y, *values[2:], modulation)


def last_stable_radius(
    turns: tf.Tensor | np.ndarray, radii: np.ndarray, n_turns: int
) -> np.ndarray:
    """Largest radius on each ray before the first loss, seen from the center.

    Islands of stable motion beyond the first loss do not count.

    Args:
        turns: Turns survived, shape (..., angles, radii).
        radii: Positive, strictly increasing radii, shape (radii,), far enough for a
            loss on each ray.
        n_turns: Turns to survive.

    Returns:
        An array of shape (..., angles); zero where the first radius is lost.

    Raises:
        ValueError: If the last axis of `turns` has another length than `radii`, the
            radii are not positive and increasing, or a ray has no loss.
    """
    turns, radii = np.asarray(turns), np.asarray(radii)
    if radii.ndim != 1 or turns.ndim < 1 or turns.shape[-1] != len(radii):
        raise ValueError(
            "`turns` must have one entry per radius in its last axis. Received: "
            f"turns.shape={turns.shape}, radii.shape={radii.shape}. Track a grid of "
            "shape (angles, radii)."
        )
    if not np.all(np.diff(radii, prepend=0) > 0):
        raise ValueError(
            "`radii` must be positive and strictly increasing. Received: radii from "
            f"{radii[0]:.3g} to {radii[-1]:.3g}. If they decrease, use radii[::-1] and "
            "turns[..., ::-1]."
        )
    n_stable = np.logical_and.accumulate(turns >= n_turns, axis=-1).sum(axis=-1)
    open_rays = np.sum(n_stable == len(radii))
    if open_rays:
        raise ValueError(
            "`radii` must reach the first loss on each ray. Received: "
            f"{open_rays} of {n_stable.size} rays without a loss up to "
            f"{radii[-1]:.3g}. Track up to {1.5 * radii[-1]:.3g}, for example."
        )
    return np.concatenate([[0.0], radii])[n_stable]


def dynamic_aperture(radius: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Dynamic aperture D = (∫ r(α)⁴ sin 2α dα)^¼ over the first quadrant.

    The radius of the ball in phase space that has the volume of the stable region. Each
    ray stands for the sector around it; the sum is divided by that of ∫ sin 2α dα = 1,
    so that a constant radius is its own aperture.

    Args:
        radius: Last stable radius on each ray, shape (..., angles).
        angles: Strictly increasing angles α from 0 to π/2, shape (angles,) [rad].

    Returns:
        D, an array of shape (...).

    Raises:
        ValueError: If the last axis of `radius` has another length than `angles`, or
            fewer than two entries, or the angles are not such ones.

    Reference: Todesco and Giovannozzi 1996, doi:10.1103/PhysRevE.53.4067.
    """
    radius, angles = np.asarray(radius), np.asarray(angles)
    if angles.ndim != 1 or len(angles) < 2 or radius.shape[-1:] != angles.shape:
        raise ValueError(
            "`radius` must have one entry per angle, two or more, in its last axis. "
            f"Received: radius.shape={radius.shape}, angles.shape={angles.shape}. Use "
            "what last_stable_radius returns."
        )
    largest = np.pi / 2 * (1 + _checks.ROUNDING)
    if not (angles[0] >= 0 and angles[-1] <= largest and np.all(np.diff(angles) > 0)):
        raise ValueError(
            "`angles` must increase strictly within 0 and π/2 = 1.571. Received: "
            f"angles from {angles[0]:.3g} to {angles[-1]:.3g}. If they are degrees, "
            "use np.deg2rad(angles); if they decrease, angles[::-1], radius[..., ::-1]."
        )
    weight = np.gradient(angles) * np.sin(2 * angles)
    return (np.sum(radius**4 * weight, axis=-1) / np.sum(weight)) ** 0.25


def _cast(value, dtype):
    """As `tf.cast`, which by itself would round Python numbers to float32."""
    known = hasattr(value, "dtype")
    return tf.cast(value, dtype) if known else tf.convert_to_tensor(value, dtype)


def _turn(state, rotation_x, rotation_y, mu):
    """The map of `Turn`, on four tensors x, p_x, y, p_y."""
    x, p_x, y, p_y = state
    p_x = p_x + x**2 - y**2 + mu * (x**3 - 3 * x * y**2)
    p_y = p_y - 2 * x * y - mu * (3 * x**2 * y - y**3)
    return [*_rotate(x, p_x, *rotation_x), *_rotate(y, p_y, *rotation_y)]


def _rotate(x, p, cos, sin):
    return cos * x + sin * p, cos * p - sin * x


def _rotation(q):
    return tf.cos(2 * np.pi * q), tf.sin(2 * np.pi * q)


@cache
def _track(dtype, modulated):
    """Compiled loop over turns: (x, y, q_x, q_y, mu, epsilon, modulation) -> turns."""

    @tf.function(jit_compile=True, autograph=False)
    def track(x, y, q_x, q_y, mu, epsilon, modulation):
        rotations = _rotation(q_x), _rotation(q_y)

        # Four tensors: XLA is up to 20 times slower with one of shape (..., 4).
        def turn(state, r):
            survived, *particle = state
            factor = 1 + epsilon * r
            now = _rotation(factor * q_x), _rotation(factor * q_y)
            moved = _turn(particle, *(now if modulated else rotations), mu)
            # A lost particle stays where it was, and is lost again in each later turn,
            # since the rotation keeps the radius: nothing overflows.
            inside = tf.add_n([tf.square(z) for z in moved]) <= LOST_RADIUS**2
            kept = [tf.where(inside, *z) for z in zip(moved, particle, strict=True)]
            return [survived + tf.cast(inside, tf.int32), *kept]

        zero = tf.zeros_like(x)
        start = [tf.zeros_like(x, tf.int32), x, zero, y, zero]
        return final_state(turn, start, inputs=modulation)[0]

    # Traced once, for all shapes: TensorFlow would warn of retracing.
    return track.get_concrete_function(*[tf.TensorSpec(None, dtype)] * 7)
