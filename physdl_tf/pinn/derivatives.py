"""Derivatives of fields with respect to their coordinates, by nested gradient tapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from .. import _checks

Columns = tuple[tf.Tensor, ...]


def derivative(tape: tf.GradientTape, u: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Derivative du/dx of one column by a recorded tape, point by point.

    Args:
        tape: A tf.GradientTape that watched `x` while `u` was computed.
        u: One column u(x), shape (n, 1). Each row may depend on its own x only.
        x: The coordinate, shape (n, 1).

    Returns:
        The derivative du/dx, shape (n, 1).

    Raises:
        ValueError: If `u` is not one column of real numbers (TensorFlow would return
            the sum of the derivatives of several) with a row and the type of each x,
            or if `u` does not depend on `x` on this tape.
    """
    _checks.column("u", u)
    _checks.real("u", u)
    _checks.same_rows("u", u, "x", x)
    _checks.same_dtype("u", u, "x", x)
    result = tape.gradient(u, x)
    if result is None:
        raise ValueError(
            "`u` must depend on its coordinate on this tape. Received: a gradient of "
            "None. Call tape.watch(x) before u is computed, and use each coordinate in "
            "the field."
        )
    return result


def partials(
    field: Callable[..., tf.Tensor | Sequence[tf.Tensor]],
    wanted: str,
    **coordinates: tf.Tensor,
) -> Any:
    """A field and those of its partial derivatives that are wanted, at given points.

    ``u, u_t, u_x, u_xx = partials(field, "t x xx", x=x, t=t)`` for one component,
    ``(u, u_t, u_xx), (v, v_t, v_xx) = partials(pair, "t xx", x=x, t=t)`` for two.

    Args:
        field: Callable of the coordinates, in the order in which they are given here,
            that returns one (n, 1) column, or a tuple with one for each component.
            Each component is a function of all coordinates; twice differentiable
            (tanh or sin, not relu) where second derivatives are wanted.
        wanted: Names of derivatives, first or second ones: "t xx xy" stands for ∂u/∂t,
            ∂²u/∂x² and ∂²u/∂x∂y.
        **coordinates: Columns of shape (n, 1), each by a name of one letter.

    Returns:
        A tuple of u and its derivatives in the order of `wanted`, each of shape (n, 1).
        For a tuple of components a list with one such tuple each.

    Raises:
        ValueError: If a name is unknown, if coordinates and components are not (n, 1)
            columns of one type with equally many rows, if a component ignores a
            coordinate, or if a second derivative vanishes everywhere though the first
            one jumps. This last check needs known values: it is made outside of a
            tf.function, where every minimizer of `optimize` evaluates its losses once.
    """
    names = _checks.derivatives(wanted, coordinates)
    _checks.axes(field, coordinates)
    points = _checks.points(coordinates)
    watched = list(points.values())
    with tf.GradientTape(persistent=True) as second:
        second.watch(watched)
        with tf.GradientTape(persistent=True) as first:
            first.watch(watched)
            found = field(*watched)
        components = found if isinstance(found, tuple | list) else [found]
        slopes = [
            {a: derivative(first, u, points[a]) for a in sorted({n[0] for n in names})}
            for u in components
        ]

    def derived(slope, name):
        a, b = name[0], name[1:]
        if not b:
            return slope[a]
        return second.gradient(slope[a], points[b], unconnected_gradients="zero")

    rows = [
        (u, *(derived(slope, name) for name in names))
        for u, slope in zip(components, slopes, strict=True)
    ]
    if tf.executing_eagerly():
        _refuse_kinks(field, names, points, rows, slopes)
    return rows if isinstance(found, tuple | list) else rows[0]


def _refuse_kinks(field, names, points, rows, slopes):
    """Raise if some u_aa is zero at all points, but u_a is another where a is."""
    for i, name in enumerate(names, start=1):
        if name not in {2 * a for a in points}:
            continue
        a = name[0]
        for k, (row, slope) in enumerate(zip(rows, slopes, strict=True)):
            if tf.reduce_any(row[i] != 0):
                continue
            moved = points | {a: tf.reverse(points[a], [0])}
            found = partials(field, a, **moved)
            there = found[k][1] if isinstance(found, list) else found[1]
            jump = tf.reduce_max(tf.abs(there - slope[a]))
            if jump > 1e-3 * tf.reduce_max(tf.abs(slope[a])):
                raise ValueError(
                    "`field` must be twice differentiable where second derivatives "
                    f"are wanted. Received: ∂²u/∂{a}² = 0 at all points, and a ∂u/∂{a} "
                    f"that differs by {float(jump):.2g} between them. Use activation="
                    "'tanh', and no relu, abs or maximum."
                )
