"""Derivatives of a network with respect to its inputs, carried through its layers.

The fast variant of `derivatives.partials`, for networks with tanh between the layers.
A layer is given its input h together with h_t, h_x and h_xx, and hands on the same four
of its output: a truncated Taylor series. One pass gives all derivatives, where nested
tapes go back and forth. Inside, arrays are features first, shape (width, n), so that
long rows of points fill the vector units of the processor.

Every function takes a network of `networks.mlp`, and then looks at its activations. Or
it takes kernels and biases in turn, tensors or the variables of `networks.stacked_mlp`,
and takes them for all weights of a network with tanh between the layers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf

from .. import _checks, networks
from . import derivatives
from .conditions import Ansatz, horner, sizes
from .derivatives import Columns

Weights: TypeAlias = "keras.Sequential | Sequence[tf.Tensor | tf.Variable]"


def partials(
    weights: Weights | Ansatz, wanted: str, **coordinates: tf.Tensor
) -> Columns | list[Columns]:
    """A tanh network and its partial derivatives, as `derivatives.partials` gives them.

    A linear map acts on each derivative alone. With a = tanh(z), a' = 1 − a²:
    a_x = a' z_x,  a_xy = a' z_xy − 2 a a_x z_y.

    Args:
        weights: A network with one input for each coordinate, or its kernels and
            biases; or a `conditions.Ansatz`.
        wanted: Names of derivatives, for example "t x xx".
        **coordinates: Columns of shape (n, 1), in the order of the inputs.

    Returns:
        A tuple of u and its derivatives, each of shape (n, 1), or (n_seeds, n, 1) for
        stacked networks; for a network of several outputs a list of such tuples.

    Raises:
        ValueError: If a name is unknown, if coordinates are not columns of one type
            and length, if the weights are those of another network or of another type,
            or if the activation is not tanh where a network is given.

    Reference: Griewank and Walther 2008, chapter 13, doi:10.1137/1.9780898717761.
    Chapter: book/pinn/fast-derivatives.
    """
    names = _checks.derivatives(wanted, coordinates)
    _checks.axes(weights, coordinates)
    points = _checks.points(coordinates)
    if isinstance(weights, Ansatz):
        return _ansatz(weights, names, points)
    rows = _rows(points)
    layers = _layers(weights, len(points), rows)
    units = np.eye(len(points))[:, :, None]  # slopes of the inputs, for all points
    slopes = {
        a: tf.constant(unit, rows.dtype)
        for a, unit in zip(points, units, strict=True)
        if a in "".join(names)
    }
    z = _through(layers, {"": rows} | slopes, names)
    columns = [tf.linalg.matrix_transpose(z[name]) for name in ["", *names]]
    n = columns[0].shape[-1]
    found = list(zip(*(tf.split(c, n, axis=-1) for c in columns), strict=True))
    return found if n > 1 else found[0]


def _through(layers, h, names):
    """Inputs of a network with their derivatives, to its outputs with theirs."""
    for i, (kernel, bias) in enumerate(layers):
        h = _tanh(h, names) if i else h
        h = {name: kernel @ value for name, value in h.items()}
        h[""] += bias
    return h


def _tanh(z, names):
    """What comes out of tanh: a, its slopes and its second derivatives."""
    a = tf.tanh(z[""])
    slope = 1 - a * a
    out = {"": a} | {name: slope * z[name] for name in z if len(name) == 1}
    for name in names:
        if len(name) == 2 and set(name) <= set(out):
            bend = -2 * a * out[name[0]] * z[name[1]]
            out[name] = bend + slope * z[name] if name in z else bend
    return out


def _ansatz(ansatz, names, points):
    """The derivatives of g + Σ_j w_j N_j, by the rule for products."""
    n_inputs, _ = sizes(ansatz.axes)
    layers = _layers(ansatz.network, n_inputs, _rows(points))
    total = {}
    if ansatz.lift is not None:
        columns = derivatives.partials(ansatz.lift, " ".join(names), **points)
        total = dict(zip(["", *names], map(tf.transpose, columns), strict=True))
    kernel, bias = layers[-1]
    for j, factors in enumerate(ansatz.products()):
        inputs, weight = [], {"": tf.constant(1.0, bias.dtype)}
        for (a, s), (polynomial, end, period) in zip(
            points.items(), factors, strict=True
        ):
            s = tf.transpose(s)
            axis = {k * a: horner(polynomial.deriv(k), s) for k in (0, 1, 2)}
            weight = _product(weight, axis, names)
            inputs += _inputs(a, s, end, period)
        rows = {
            name: tf.concat([f.get(name, tf.zeros_like(s)) for f in inputs], axis=0)
            for name in sorted(set().union(*inputs))
        }
        last = kernel[j : j + 1], bias[j : j + 1]
        term = _product(weight, _through([*layers[:-1], last], rows, names), names)
        total = {
            name: total[name] + term[name] if name in total else term[name]
            for name in ["", *names]
        }
    return tuple(tf.transpose(total[name]) for name in ["", *names])


def _inputs(a, s, end, period):
    """The network's inputs on one axis, each with its derivatives in a."""
    if end is not None:
        return [{"": tf.fill(tf.shape(s), tf.constant(end, s.dtype))}]
    if period is None:
        return [{"": s, a: tf.ones_like(s)}]
    k = 2 * np.pi / period
    cos, sin = tf.cos(k * s), tf.sin(k * s)
    return [
        {"": cos, a: -k * sin, 2 * a: -(k**2) * cos},
        {"": sin, a: k * cos, 2 * a: -(k**2) * sin},
    ]


def _product(f, g, names):
    """The product f g with its derivatives; one that is missing is zero."""
    out = {"": f[""] * g[""]}
    for name in sorted({*names, *"".join(names)}):
        a, b = name[0], name[1:]
        parts = [(name, ""), ("", name)] + ([(a, b), (b, a)] if b else [])
        terms = [f[p] * g[q] for p, q in parts if p in f and q in g]
        out[name] = tf.add_n(terms) if terms else tf.zeros_like(out[""])
    return out


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
        nu: Viscosity ν ≥ 0 [m²/s]; a float, or a scalar variable to be identified.

    Returns:
        u, u_x and u_t − ν u_xx, each of shape (n, 1), or (n_seeds, n, 1).

    Raises:
        ValueError: If `nu` is a negative number; as `partials`.

    Reference: Li et al. 2024, doi:10.1038/s42256-024-00794-x, for the Laplacian.
    Chapter: book/pinn/fast-derivatives.
    """
    rows = _rows(_checks.points({"x": x, "t": t}))
    nu = _viscosity(nu, rows)
    layers = _layers(weights, 2, rows, n_outputs=1)
    kernel, bias = layers[0]  # its slopes in x and t are the same everywhere
    z, z_x, z_q = kernel @ rows + bias, kernel[..., :1], kernel[..., 1:]
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
        nu: Viscosity ν ≥ 0 [m²/s].
        residual: Callable of u, u_x and u_t − ν u_xx, three (n, 1) columns, that
            returns the residual of each point as one (n, 1) column.

    Returns:
        Residuals, shape (n, 1), and the transposed Jacobian, shape (n_weights, n); the
        weights are in the order of `optimize.flatten`.

    Raises:
        ValueError: If `nu` is a negative number; as `partials`.
    """
    rows = _rows(_checks.points({"x": x, "t": t}))
    nu = _viscosity(nu, rows)
    one, zero = tf.ones_like(rows[:1]), tf.zeros_like(rows[:1])
    h = rows, tf.concat([one, zero], axis=0), tf.concat([zero, one], axis=0)
    inputs, outputs = [], []
    with tf.GradientTape() as tape:
        for kernel, bias in _layers(weights, 2, rows, n_outputs=1):
            z = [kernel @ h[0] + bias, kernel @ h[1], kernel @ h[2]]
            tape.watch(z)
            inputs.append(h)
            outputs.append(z)
            h = _heat_tanh(*z, nu=nu)
        r = residual(*map(tf.transpose, z))
    slopes = tape.gradient(r, outputs, unconnected_gradients="zero")
    jacobian = []
    for h, dr_dz in zip(inputs, slopes, strict=True):
        pairs = zip(h, dr_dz, strict=True)
        dr_dw = sum(a[:, None] * b for a, b in pairs)  # (in, out, n)
        jacobian += [tf.reshape(dr_dw, (-1, tf.shape(x)[0])), dr_dz[0]]
    return r, tf.concat(jacobian, axis=0)


def _heat_tanh(z, z_x, z_q, *, nu):
    """The three streams of `heat_partials` behind tanh: a, a_x and q(a)."""
    a = tf.tanh(z)
    slope = 1 - a * a
    a_x = slope * z_x
    return a, a_x, slope * z_q + 2 * nu * a * a_x * z_x


def _viscosity(nu, rows):
    _checks.positive("nu", nu, zero_allowed=True)
    return _checks.coefficient("nu", nu, rows.dtype)


def _rows(points):
    """The columns as rows, shape (n_inputs, n)."""
    return tf.concat([tf.transpose(x) for x in points.values()], axis=0)


def _layers(weights, n_inputs, rows, n_outputs=None):
    """Pairs of kernel, shape (out, in), and bias, shape (out, 1), for such inputs."""
    if isinstance(weights, keras.Model):
        weights = _tanh_weights(weights)
    elif any(isinstance(w, keras.Variable) for w in weights):
        raise ValueError(
            "`weights` must be a network, or all its kernels and biases. Received: "
            "variables of a Keras network, where a frozen layer would be missing and "
            "the activations are unknown. Give the network itself."
        )
    weights = [tf.convert_to_tensor(w) for w in weights]
    shapes = [tuple(w.shape) for w in weights]
    widths = [n_inputs, *(shape[-1] for shape in shapes[::2])]
    chain = [s for a, b in itertools.pairwise(widths) for s in ((a, b), (b,))]
    found = [s[-len(c) :] for s, c in zip(shapes, chain, strict=False)]
    fits = len(shapes) == len(chain) >= 4 and n_outputs in (None, widths[-1])
    if not fits or found != chain:
        raise ValueError(
            f"`weights` must be kernels and biases of a network of {n_inputs} inputs, "
            f"one or more hidden layers and {n_outputs or 'any number of'} output(s). "
            f"Received: shapes {shapes}. Use networks.mlp({n_inputs}, "
            f"{n_outputs or 3}, ...)."
        )
    _checks.same_dtype("the coordinates", rows, "weights", weights[0])
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
