"""Derivatives of a network with respect to its inputs, carried through its layers.

The fast variant of `derivatives.partials`, for networks with tanh between the layers.
A layer is given its input h together with h_t, h_x and h_xx, and hands on the same four
of its output: a truncated Taylor series. One pass gives all derivatives, where nested
tapes go back and forth. Inside, arrays are features first, shape (width, n), so that
long rows of points fill the vector units of the processor.
"""

import tensorflow as tf

from .. import _checks
from .derivatives import Partials


def partials(weights, x, t):
    """Compute u, u_t, u_x and u_xx of a tanh network at given points.

    A linear map acts on each derivative alone. With a = tanh(z), a' = 1 − a²:
    a_t = a' z_t,  a_x = a' z_x,  a_xx = a' z_xx − 2 a a_x z_x.

    Args:
        weights: Kernels and biases in turn, as `networks.mlp(...).trainable_variables`
            or `networks.stacked_mlp` give them; two inputs, one output. The activation
            is taken to be tanh; nothing here can check that.
        x: Positions, shape (n, 1) [m].
        t: Times, shape (n, 1) [s].

    Returns:
        Partials(u, u_t, u_x, u_xx), each of shape (n, 1), or (n_seeds, n, 1) for
        stacked networks.

    Raises:
        ValueError: If x or t is no column, or the weights are those of another network.

    Reference: Griewank and Walther 2008, chapter 13, doi:10.1137/1.9780898717761.
    Chapter: book/pinn/fast-derivatives.
    """
    layers = _layers(weights)
    z, z_x, z_t = _first_layer(*layers[0], x, t)
    z_xx = tf.zeros_like(z_x)
    for kernel, bias in layers[1:]:
        a = tf.tanh(z)
        slope = 1 - a * a
        a_t, a_x = slope * z_t, slope * z_x
        a_xx = slope * z_xx - 2 * a * a_x * z_x
        z, z_t, z_x, z_xx = kernel @ a + bias, kernel @ a_t, kernel @ a_x, kernel @ a_xx
    return Partials(*map(tf.linalg.matrix_transpose, (z, z_t, z_x, z_xx)))


def heat_partials(weights, x, t, *, nu):
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
    layers = _layers(weights)
    z, z_x, z_q = _first_layer(*layers[0], x, t)
    for kernel, bias in layers[1:]:
        a = tf.tanh(z)
        slope = 1 - a * a
        a_x = slope * z_x
        a_q = slope * z_q + 2 * nu * a * a_x * z_x
        z, z_x, z_q = kernel @ a + bias, kernel @ a_x, kernel @ a_q
    return tuple(map(tf.linalg.matrix_transpose, (z, z_x, z_q)))


def heat_jacobian(weights, x, t, *, nu, residual):
    """Compute a residual at n points and its Jacobian with respect to all weights.

    One pass back gives, for all points at once, how r depends on the three streams z
    behind each layer. Since z = W h + b, each row of J is then made of outer products:
    ∂r/∂W = Σ ∂r/∂z hᵀ over the streams, and ∂r/∂b = ∂r/∂z of the first stream.

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
    layers = _layers(weights)
    z, *slopes = _first_layer(*layers[0], x, t)
    streams = [z, *(tf.broadcast_to(slope, tf.shape(z)) for slope in slopes)]
    points = tf.transpose(tf.concat([x, t], axis=1))
    one = tf.ones_like(points[:1])
    h = [points, tf.concat([one, 0 * one], 0), tf.concat([0 * one, one], 0)]
    inputs, outputs = [h], [streams]
    with tf.GradientTape() as tape:
        tape.watch(streams)
        for kernel, bias in layers[1:]:
            z, z_x, z_q = streams
            a = tf.tanh(z)
            slope = 1 - a * a
            a_x = slope * z_x
            h = [a, a_x, slope * z_q + 2 * nu * a * a_x * z_x]
            streams = [kernel @ h[0] + bias, kernel @ h[1], kernel @ h[2]]
            tape.watch(streams)
            inputs.append(h)
            outputs.append(streams)
        r = residual(*map(tf.transpose, streams))
    rows = []
    backs = tape.gradient(r, outputs, unconnected_gradients="zero")
    for h, back in zip(inputs, backs, strict=True):
        kernel_rows = sum(b * a[:, None] for a, b in zip(h, back, strict=True))
        rows += [tf.reshape(kernel_rows, (-1, tf.shape(x)[0])), back[0]]
    return r, tf.concat(rows, axis=0)


def _first_layer(kernel, bias, x, t):
    """Output of the first layer and its derivatives, which are the same everywhere."""
    x, t = tf.convert_to_tensor(x), tf.convert_to_tensor(t)
    _checks.column("x", x)
    _checks.column("t", t)
    z = kernel @ tf.concat([tf.transpose(x), tf.transpose(t)], axis=0) + bias
    return z, kernel[..., :1], kernel[..., 1:]


def _layers(weights):
    """Pairs of kernel, shape (out, in), and bias, shape (out, 1)."""
    weights = [tf.convert_to_tensor(w) for w in weights]
    shapes = [tuple(w.shape) for w in weights]
    if len(weights) < 4 or shapes[0][-2] != 2 or shapes[-2][-1] != 1:
        raise ValueError(
            "`weights` must be kernels and biases of a network of two inputs, one or "
            f"more hidden layers and one output. Received: shapes {shapes}. Use "
            "networks.mlp(2, 1, ...).trainable_variables."
        )
    return [
        (tf.linalg.matrix_transpose(w), tf.reshape(b, (*w.shape[:-2], -1, 1)))
        for w, b in zip(weights[::2], weights[1::2], strict=True)
    ]
