"""Derivatives of a network with respect to its inputs, carried through its layers.

The fast variant of `derivatives.partials`, for networks with tanh between the layers.
A layer is given its input h together with h_t, h_x and h_xx, and hands on the same four
of its output: a truncated Taylor series. One pass gives all derivatives, where nested
tapes go back and forth. Inside, arrays are features first, shape (width, n), so that
long rows of points fill the vector units of the processor.

Every function takes a network of `networks.mlp`, and then looks at its activations. Or
it takes kernels and biases in turn, as `networks.mlp(...).trainable_variables` and
`networks.stacked_mlp` give them, of which it only sees the shapes: they are taken to be
all weights of a network with tanh between the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras
import tensorflow as tf

from .. import _checks, networks
from .derivatives import Partials

Weights: TypeAlias = "keras.Sequential | Sequence[tf.Tensor | tf.Variable]"


def partials(weights: Weights, x: tf.Tensor, t: tf.Tensor) -> Partials:
    """Compute u, u_t, u_x and u_xx of a tanh network at given points.

    A linear map acts on each derivative alone. With a = tanh(z), a' = 1 − a²:
    a_t = a' z_t,  a_x = a' z_x,  a_xx = a' z_xx − 2 a a_x z_x.

    Args:
        weights: A network with two inputs, or its kernels and biases.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].

    Returns:
        Partials(u, u_t, u_x, u_xx), each of shape (n, n_outputs), or
        (n_seeds, n, n_outputs) for stacked networks.

    Raises:
        ValueError: If x or t is no column, the weights are those of another network,
            or the activation is not tanh where a network is given.

    Reference: Griewank and Walther 2008, chapter 13, doi:10.1137/1.9780898717761.
    Chapter: book/pinn/fast-derivatives.
    """
    layers = _layers(weights)
    z, z_x, z_t = _first_layer(x, t, *layers[0])
    z_xx = tf.zeros_like(z_x)
    for kernel, bias in layers[1:]:
        a = tf.tanh(z)
        slope = 1 - a * a
        a_t, a_x = slope * z_t, slope * z_x
        a_xx = slope * z_xx - 2 * a * a_x * z_x
        z, z_t, z_x, z_xx = kernel @ a + bias, kernel @ a_t, kernel @ a_x, kernel @ a_xx
    return Partials(*map(tf.linalg.matrix_transpose, (z, z_t, z_x, z_xx)))


def heat_partials(
    weights: Weights, x: tf.Tensor, t: tf.Tensor, *, nu: float | tf.Variable
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Compute u, u_x and u_t − ν u_xx of a tanh network: three streams, not four.

    u_t and u_xx enter many equations in this sum alone. It passes a layer as one
    stream q, with q(a) = a' q(z) + 2ν a a_x z_x.

    Args:
        weights: As `partials` takes them.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].
        nu: Viscosity ν [m²/s]; a float, or a scalar variable to be identified.

    Returns:
        u, u_x and u_t − ν u_xx, each of shape (n, 1), or (n_seeds, n, 1).

    Raises:
        ValueError: As `partials`.

    Reference: Li et al. 2024, doi:10.1038/s42256-024-00794-x, for the Laplacian.
    Chapter: book/pinn/fast-derivatives.
    """
    layers = _layers(weights, n_outputs=1)
    z, z_x, z_q = _first_layer(x, t, *layers[0])
    for kernel, bias in layers[1:]:
        a = tf.tanh(z)
        slope = 1 - a * a
        a_x = slope * z_x
        a_q = slope * z_q + 2 * nu * a * a_x * z_x
        z, z_x, z_q = kernel @ a + bias, kernel @ a_x, kernel @ a_q
    return tuple(map(tf.linalg.matrix_transpose, (z, z_x, z_q)))


def heat_jacobian(
    weights: Weights,
    x: tf.Tensor,
    t: tf.Tensor,
    *,
    nu: float,
    residual: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor],
) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute a residual at n points and its Jacobian with respect to all weights.

    Each layer makes three streams, z = W h + b, z_x = W h_x and z_q = W h_q, of those
    of `heat_partials`. One pass back gives ∂r/∂z, ∂r/∂z_x and ∂r/∂z_q behind each
    layer, for all points at once. The chain rule does the rest, point by point:

        ∂r/∂W = ∂r/∂z hᵀ + ∂r/∂z_x h_xᵀ + ∂r/∂z_q h_qᵀ        ∂r/∂b = ∂r/∂z

    Args:
        weights: As `partials` takes them, for one network.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].
        nu: Viscosity ν [m²/s].
        residual: Callable of u, u_x and u_t − ν u_xx, three (n, 1) columns, that
            returns the residual of each point as one (n, 1) column.

    Returns:
        Residuals, shape (n, 1), and the transposed Jacobian, shape (n_weights, n); the
        weights are in the order of `optimize.flatten`.

    Raises:
        ValueError: As `partials`.
    """
    points = _points(x, t)
    one, zero = tf.ones_like(points[:1]), tf.zeros_like(points[:1])
    h = points, tf.concat([one, zero], axis=0), tf.concat([zero, one], axis=0)
    inputs, outputs = [], []
    with tf.GradientTape() as tape:
        for kernel, bias in _layers(weights, n_outputs=1):
            z = [kernel @ h[0] + bias, kernel @ h[1], kernel @ h[2]]
            tape.watch(z)
            inputs.append(h)
            outputs.append(z)
            h = _heat_tanh(*z, nu=nu)
        r = residual(*map(tf.transpose, z))
    slopes = tape.gradient(r, outputs, unconnected_gradients="zero")
    rows = []
    for h, dr_dz in zip(inputs, slopes, strict=True):
        pairs = zip(h, dr_dz, strict=True)
        dr_dw = sum(a[:, None] * b for a, b in pairs)  # (in, out, n)
        rows += [tf.reshape(dr_dw, (-1, tf.shape(x)[0])), dr_dz[0]]
    return r, tf.concat(rows, axis=0)


def _heat_tanh(z, z_x, z_q, *, nu):
    """The three streams of `heat_partials` behind tanh: a, a_x and q(a)."""
    a = tf.tanh(z)
    slope = 1 - a * a
    a_x = slope * z_x
    return a, a_x, slope * z_q + 2 * nu * a * a_x * z_x


def _first_layer(x, t, kernel, bias):
    """Output of the first layer, and its slopes in x and t: the same everywhere."""
    return kernel @ _points(x, t) + bias, kernel[..., :1], kernel[..., 1:]


def _points(x, t):
    """The two columns as rows, shape (2, n)."""
    x, t = tf.convert_to_tensor(x), tf.convert_to_tensor(t)
    _checks.column("x", x)
    _checks.column("t", t)
    return tf.concat([tf.transpose(x), tf.transpose(t)], axis=0)


def _layers(weights, n_outputs=None):
    """Pairs of kernel, shape (out, in), and bias, shape (out, 1)."""
    if isinstance(weights, keras.Model):
        weights = _tanh_weights(weights)
    weights = [tf.convert_to_tensor(w) for w in weights]
    shapes = [tuple(w.shape) for w in weights]
    fits = len(weights) >= 4 and shapes[0][-2] == 2
    if not fits or n_outputs not in (None, shapes[-2][-1]):
        raise ValueError(
            "`weights` must be kernels and biases of a network of two inputs, one or "
            f"more hidden layers and {n_outputs or 'any number of'} output(s). "
            f"Received: shapes {shapes}. Use networks.mlp(2, {n_outputs or 3}, ...)."
        )
    return [
        (tf.linalg.matrix_transpose(w), tf.reshape(b, (*w.shape[:-2], -1, 1)))
        for w, b in zip(weights[::2], weights[1::2], strict=True)
    ]


def _tanh_weights(network):
    """Kernels and biases in turn of a network whose activations are checked."""
    layers = networks.dense_layers(network)
    found = [layer.activation.__name__ for layer in layers]
    if found != ["tanh"] * (len(layers) - 1) + ["linear"]:
        raise ValueError(
            "`weights` must be a network with tanh between the layers and a linear "
            f"output. Received: activations {found}. Use activation='tanh', or "
            "derivatives.partials, which takes any field."
        )
    return [w for layer in layers for w in (layer.kernel, layer.bias)]
