"""Derivatives of a network with respect to its inputs, by nested gradient tapes."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from .. import _checks
from ..networks import Field

# Activations whose second derivative is zero wherever it exists.
_PIECEWISE_LINEAR = {"Relu", "Relu6", "LeakyRelu"}


class Partials(NamedTuple):
    """A field and its derivatives at n points.

    Attributes:
        u: The field, shape (n, 1).
        u_t: Its first derivative in time, of the same shape.
        u_x: Its first derivative in space.
        u_xx: Its second derivative in space.
    """

    u: tf.Tensor
    u_t: tf.Tensor
    u_x: tf.Tensor
    u_xx: tf.Tensor


def derivative(tape: tf.GradientTape, u: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Derivative du/dx of one column by a recorded tape, point by point.

    Args:
        tape: A tf.GradientTape that watched `x` while `u` was computed.
        u: One column u(x), shape (n, 1). Each row may depend on its own x only.
        x: The coordinate, shape (n, 1).

    Returns:
        The derivative du/dx, shape (n, 1).

    Raises:
        ValueError: If `u` has several columns (TensorFlow would return the sum of
            their derivatives), or if `u` does not depend on `x` on this tape.
    """
    _checks.column("u", u)
    result = tape.gradient(u, x)
    if result is None:
        raise ValueError(
            "`u` must depend on its coordinate on this tape. Received: a gradient of "
            "None. Call tape.watch(x) before u is computed, and use both x and t in "
            "the field."
        )
    return result


def partials(field: Field, x: tf.Tensor, t: tf.Tensor) -> Partials:
    """Compute u, u_t, u_x and u_xx of a field at given points.

    Before that, TensorFlow traces the field once, to look for activations that have no
    second derivative. Outside of a tf.function it does so in each call, and takes
    longer than for the derivatives: compile what is called often.

    Args:
        field: Callable (x, t) -> u, one (n, 1) column; twice differentiable in x
            (tanh or sin, not relu) and a function of both x and t.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].

    Returns:
        Partials(u, u_t, u_x, u_xx), each of shape (n, 1).

    Raises:
        ValueError: If x or t is no column, if `field` returns anything but one column,
            ignores x or t, or contains a piecewise linear activation.
    """
    x, t = tf.convert_to_tensor(x), tf.convert_to_tensor(t)
    _checks.column("x", x)
    _checks.column("t", t)
    _refuse_piecewise_linear(field, x, t)
    with tf.GradientTape() as second:
        second.watch(x)
        with tf.GradientTape(persistent=True) as first:
            first.watch((x, t))
            u = field(x, t)
        u_x = derivative(first, u, x)
    u_t = derivative(first, u, t)
    u_xx = second.gradient(u_x, x, unconnected_gradients="zero")
    return Partials(u, u_t, u_x, u_xx)


def _refuse_piecewise_linear(field, x, t):
    """Trace the field once and look for activations without a second derivative."""
    graph = (
        tf.function(field, autograph=False)
        .get_concrete_function(x, t)
        .graph.as_graph_def()
    )
    nodes = list(graph.node)
    for function in graph.library.function:
        nodes += function.node_def
    found = sorted({node.op for node in nodes} & _PIECEWISE_LINEAR)
    if found:
        raise ValueError(
            f"`field` must be twice differentiable. Received: a field with {found[0]}, "
            'whose second derivative is zero. Use activation="tanh".'
        )
