"""Random points in a space-time domain, as (n, 1) columns x and t.

The seed is explicit and the generator is NumPy's, so that one seed gives the same
points on every machine. Points are float32; `tf.cast` them for float64 work.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from .. import _checks

Range = tuple[float, float]


def interior(
    n: int, x_range: Range, t_range: Range, *, seed: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Collocation points, uniform in the domain.

    Args:
        n: Number of points.
        x_range: Ends (low, high) of the domain in space [m].
        t_range: Start and end (low, high) in time [s].
        seed: Seed of the generator, a whole number.

    Returns:
        x and t, each of shape (n, 1), float32.

    Raises:
        ValueError: If `n` is no positive whole number or a range is not (low, high).
    """
    rng = _generator(n, x_range, t_range, seed)
    return _column(rng.uniform(*x_range, n)), _column(rng.uniform(*t_range, n))


def boundary(
    n: int, x_range: Range, t_range: Range, *, seed: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Points on the two ends of the domain: x is low or high, t is uniform.

    Args:
        n: Number of points; the ends take turns, so both have n/2.
        x_range: Ends (low, high) of the domain in space [m].
        t_range: Start and end (low, high) in time [s].
        seed: Seed of the generator, a whole number.

    Returns:
        x and t, each of shape (n, 1), float32.

    Raises:
        ValueError: If `n` is no positive whole number or a range is not (low, high).
    """
    rng = _generator(n, x_range, t_range, seed)
    x = np.resize(np.asarray(x_range, float), n)
    return _column(x), _column(rng.uniform(*t_range, n))


def at_time(
    n: int, x_range: Range, t: float, *, seed: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Points at one instant: x is uniform, t is fixed (t = 0: initial points).

    Args:
        n: Number of points.
        x_range: Ends (low, high) of the domain in space [m].
        t: The instant [s].
        seed: Seed of the generator, a whole number.

    Returns:
        x and t, each of shape (n, 1), float32.

    Raises:
        ValueError: If `n` is no positive whole number or `x_range` is not (low, high).
    """
    rng = _generator(n, x_range, (0.0, 1.0), seed)
    return _column(rng.uniform(*x_range, n)), _column(np.full(n, t))


def _generator(n, x_range, t_range, seed):
    _checks.whole("n", n)
    _checks.interval("x_range", x_range)
    _checks.interval("t_range", t_range)
    return np.random.default_rng(seed)


def _column(values):
    return tf.constant(values.reshape(-1, 1), tf.float32)
