"""Conditions built into an ansatz: whatever the network says, they hold exactly.

On an axis low ≤ s ≤ high each end may have a condition α u + β ∂u/∂s = 0. A smooth
function that satisfies it is a sum of one or two terms: with p for its value at an end
with β ≠ 0, and a weight w that satisfies the conditions with w = 1 at this end,

    u = p w(s) + (s − low)^k (s − high)^l R(s),

where k and l are 2 at an end with β ≠ 0, 1 at an end with u = 0, and 0 at a free one.
The network has one output for R, and one for each p, read with s moved to that end. On
several axes the terms multiply, and the network has as many outputs as products.
Conditions with other right-hand sides come from a known function g, which is added.

Reference: Lagaris, Likas and Fotiadis 1998, doi:10.1109/72.712178, for u = 0; Sukumar
and Srivastava 2022, doi:10.1016/j.cma.2021.114333, for other conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import keras
import numpy as np
import tensorflow as tf
from numpy.polynomial import Polynomial

from .. import _checks

Condition = tuple[float, float]
Factor = tuple[Polynomial, float | None, float | None]
DIRICHLET: Condition = (1.0, 0.0)
NEUMANN: Condition = (0.0, 1.0)


@dataclass(frozen=True)
class Axis:
    """What the conditions on one axis ask of the ansatz: see `interval`, `periodic`.

    Attributes:
        terms: Pairs of a weight, a polynomial in the coordinate, and where the network
            is read: None for the point itself, or the end to which it is moved.
        period: None, or the period, where the network is given cosine and sine.
    """

    terms: tuple[tuple[Polynomial, float | None], ...]
    period: float | None = None

    @property
    def n_inputs(self) -> int:
        """Inputs of the network for this axis."""
        return 1 if self.period is None else 2


FREE = Axis(((Polynomial([1.0]), None),))


def interval(
    bounds: tuple[float, float],
    *,
    low: Condition | None = None,
    high: Condition | None = None,
) -> Axis:
    """Conditions α u + β ∂u/∂s = 0 at the ends of an interval.

    Args:
        bounds: Ends (low, high) of the axis.
        low: Pair (α, β) at the low end; DIRICHLET is (1, 0), NEUMANN (0, 1), and None
            is no condition. The derivative is along the axis at both ends, not along
            the outer normal.
        high: The same at the high end.

    Returns:
        The axis, for `Ansatz`. A condition at the start in time is
        ``interval((0.0, t_end), low=DIRICHLET)``.

    Raises:
        ValueError: If `bounds` is no interval, or a pair is (0, 0).
    """
    _checks.interval("bounds", bounds)
    ends = list(zip(bounds, (low, high), strict=True))
    zeros = {s: 0 if pair is None else 2 if pair[1] else 1 for s, pair in ends}
    terms = []
    for s, pair in ends:
        if pair is None:
            continue
        if pair[0] == pair[1] == 0:
            raise ValueError(
                "A condition must be a pair (α, β) other than (0, 0). Received: (0, 0) "
                f"at {s}. Use DIRICHLET, NEUMANN, or None for a free end."
            )
        if zeros[s] == 2:
            other = bounds[0] + bounds[1] - s
            k, distance = zeros[other], s - other
            slope = -pair[0] / pair[1] - k / distance  # of the second factor, at s
            line = Polynomial([1 - slope * s, slope])
            terms.append((_power(other, k) * line / distance**k, s))
    low_power, high_power = (_power(s, zeros[s]) for s in bounds)
    return Axis((*terms, (low_power * high_power, None)))


def periodic(bounds: tuple[float, float]) -> Axis:
    """A periodic axis: the network is given cos and sin of 2π s / (high − low).

    Args:
        bounds: Ends (low, high) of one period.

    Returns:
        The axis, for `Ansatz`.

    Raises:
        ValueError: If `bounds` is no interval.
    """
    _checks.interval("bounds", bounds)
    return Axis(FREE.terms, period=bounds[1] - bounds[0])


@dataclass(frozen=True, eq=False)
class Ansatz:
    """A field that satisfies its conditions: u = g + Σ_j w_j N_j.

    A callable of the coordinates, one (n, 1) column each, for `derivatives.partials`;
    `taylor.partials` takes it, too, and carries the derivatives through its network.

    Args:
        network: A keras.Sequential with `n_inputs` inputs and `n_outputs` outputs; see
            `sizes`.
        axes: {name: Axis} of the coordinates, in their order.
        lift: None, or a callable of the coordinates that gives g, one column that
            satisfies the conditions with their own right-hand sides.

    Raises:
        ValueError: If the network has other sizes.
    """

    network: keras.Sequential
    axes: Mapping[str, Axis]
    lift: Callable[..., tf.Tensor] | None = None

    def __post_init__(self):
        found = self.network.input_shape[-1], self.network.output_shape[-1]
        if found != sizes(self.axes):
            raise ValueError(
                "`network` must have {} input(s) and {} output(s) for these axes. "
                "Received: one with {} and {}. Use networks.mlp(*conditions.sizes("
                "axes), ...).".format(*sizes(self.axes), *found)
            )

    def __call__(self, *coordinates: tf.Tensor) -> tf.Tensor:
        """The field at points, one (n, 1) column per axis."""
        u = self.lift(*coordinates) if self.lift else 0.0
        for j, factors in enumerate(self.products()):
            inputs, weight = [], 1.0
            for s, (polynomial, end, period) in zip(coordinates, factors, strict=True):
                weight = weight * horner(polynomial, s)
                at = (
                    s
                    if end is None
                    else tf.fill(tf.shape(s), tf.constant(end, s.dtype))
                )
                angle = at * (2 * np.pi / period) if period else None
                inputs += [tf.cos(angle), tf.sin(angle)] if period else [at]
            u = u + weight * self.network(tf.concat(inputs, axis=1))[:, j : j + 1]
        return u

    def products(self) -> list[tuple[Factor, ...]]:
        """For each output of the network, (weight, end, period) on each axis."""
        factors = [
            [(*term, axis.period) for term in axis.terms] for axis in self.axes.values()
        ]
        return list(product(*factors))


def sizes(axes: Mapping[str, Axis]) -> tuple[int, int]:
    """Numbers of inputs and outputs of a network for these `axes`."""
    n_inputs = sum(axis.n_inputs for axis in axes.values())
    return n_inputs, int(np.prod([len(axis.terms) for axis in axes.values()]))


def horner(polynomial: Polynomial, s: tf.Tensor) -> tf.Tensor:
    """Values of a `polynomial` at the points `s`."""
    *rest, value = polynomial.coef.tolist()
    value = tf.fill(tf.shape(s), tf.constant(value, s.dtype))
    for coefficient in reversed(rest):
        value = value * s + coefficient
    return value


def _power(root, exponent):
    return Polynomial([-root, 1.0]) ** exponent
