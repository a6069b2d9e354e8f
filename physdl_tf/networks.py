"""Networks, built from Keras layers, and ways to read them as fields (x, t) -> u."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from . import _checks

Field = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def mlp(
    n_inputs: int,
    n_outputs: int,
    *,
    width: int,
    depth: int,
    activation: str | Callable = "tanh",
    seed: int,
    dtype: str = "float32",
) -> keras.Sequential:
    """Fully connected network with `depth` hidden layers of `width` units.

    Input shape: (n, n_inputs). Output shape: (n, n_outputs). The output is linear.

    Args:
        n_inputs: Number of input columns.
        n_outputs: Number of output columns.
        width: Units in each hidden layer.
        depth: Number of hidden layers.
        activation: Name of a Keras activation, or a function such as keras.ops.sin;
            smooth ("tanh") where derivatives with respect to the inputs are taken.
        seed: Seed of the Glorot-uniform initial weights, from 0 to 999: layer i takes
            seed + 1000 i, so no two layers of any two seeds start alike. Biases start
            at zero.
        dtype: "float32" or "float64".

    Returns:
        A built network.

    Raises:
        ValueError: If a size is not a positive whole number, `seed` is out of range, or
            `dtype` is another.
    """
    sizes = {"n_inputs": n_inputs, "n_outputs": n_outputs, "width": width}
    for name, value in (sizes | {"depth": depth}).items():
        _checks.whole(name, value)
    _checks.whole("seed", seed, minimum=0)
    if seed > 999:
        raise ValueError(
            f"`seed` must be at most 999. Received: seed={seed}, whose layers would "
            f"start as other layers of seed {seed % 1000}. Use seed={seed % 1000}."
        )
    _checks.one_of("dtype", dtype, ("float32", "float64"))
    layers = [keras.Input((n_inputs,), dtype=dtype)]
    for i in range(depth + 1):
        layers.append(
            keras.layers.Dense(
                width if i < depth else n_outputs,
                activation=activation if i < depth else None,
                kernel_initializer=keras.initializers.GlorotUniform(seed + 1000 * i),
                dtype=dtype,
            )
        )
    return keras.Sequential(layers)


def stacked_mlp(
    n_inputs: int, n_outputs: int, *, width: int, depth: int, seeds: Sequence[int]
) -> list[tf.Variable]:
    """Weights of several tanh networks like `mlp`, one per seed, to be trained as one.

    One batched matrix product then evaluates all of them: see `apply_stacked`.

    Args:
        n_inputs: Number of input columns.
        n_outputs: Number of output columns.
        width: Units in each hidden layer.
        depth: Number of hidden layers.
        seeds: One seed for each network, as `mlp` takes it.

    Returns:
        Two variables for each layer, the kernels of shape (n_seeds, in, out) and the
        biases of shape (n_seeds, 1, out).

    Raises:
        ValueError: As `mlp`, or if there is no seed.
        TypeError: If `seeds` is a number.
    """
    _checks.sequence("seeds", seeds)
    _checks.whole("len(seeds)", len(seeds))
    members = [
        mlp(n_inputs, n_outputs, width=width, depth=depth, seed=seed) for seed in seeds
    ]
    layers = zip(*(member.get_weights() for member in members), strict=True)
    stacks = [np.stack([np.atleast_2d(w) for w in layer]) for layer in layers]
    return [tf.Variable(stack) for stack in stacks]


def apply_stacked(weights: Sequence[tf.Variable], z: tf.Tensor) -> tf.Tensor:
    """Outputs of stacked networks with tanh between the layers.

    Args:
        weights: What `stacked_mlp` returned.
        z: Inputs, shape (n_seeds, n, n_inputs), or (n, n_inputs) for all the same.

    Returns:
        Outputs, shape (n_seeds, n, n_outputs).
    """
    for i in range(0, len(weights), 2):
        z = z @ weights[i] + weights[i + 1]
        if i + 2 < len(weights):
            z = tf.tanh(z)
    return z


def unet(
    n_inputs: int,
    n_outputs: int,
    *,
    size: int,
    patch: int,
    channels: Sequence[int],
    seed: int,
) -> keras.Model:
    """U-Net: convolutions from fine to coarse and back, with skips at each level.

    Input shape: (n, size, size, n_inputs). Output shape: (n, size, size, n_outputs).
    The finest level works on patches of `patch` x `patch` pixels, each further one on
    half as many in both directions. The output is linear.

    Args:
        n_inputs: Channels of the input.
        n_outputs: Channels of the output.
        size: Pixels along each side, a multiple of patch · 2^(levels − 1).
        patch: Pixels along each side of a patch.
        channels: Channels of each level, the finest first, for example (32, 64, 96).
        seed: Seed of the He-normal initial weights, zero or positive: layer i takes
            1000 seed + i. Biases start at zero.

    Returns:
        A built network.

    Raises:
        ValueError: If a size or the seed is no such whole number, or does not fit.
        TypeError: If `channels` is a number.

    Reference: Ronneberger et al. 2015, arXiv:1505.04597; the activation is SiLU.
    """
    _checks.sequence("channels", channels)
    sizes = {"n_inputs": n_inputs, "n_outputs": n_outputs, "size": size, "patch": patch}
    sizes |= {"len(channels)": len(channels)}
    sizes |= {f"channels[{i}]": count for i, count in enumerate(channels)}
    for name, value in sizes.items():
        _checks.whole(name, value)
    if size % (patch * 2 ** (len(channels) - 1)):
        raise ValueError(
            f"`size` must be a multiple of patch · 2^(levels − 1) = "
            f"{patch * 2 ** (len(channels) - 1)}. Received: size={size}. Pad the "
            "images, or take fewer levels."
        )
    _checks.whole("seed", seed, minimum=0)

    # A configuration file may choose other ones.
    defaults = {"data_format": "channels_last", "dtype": "float32"}

    def convolution(i, h, n, width, stride=1, activation="silu", up=False):
        kind = keras.layers.Conv2DTranspose if up else keras.layers.Conv2D
        start = keras.initializers.HeNormal(1000 * seed + i)
        options = {"activation": activation, "kernel_initializer": start}
        return kind(n, width, stride, "same", **options, **defaults)(h)

    def step_up(i, h, n, width):  # linear, the reverse of a step down
        return convolution(i, h, n, width, width, activation=None, up=True)

    image = keras.Input((size, size, n_inputs), dtype="float32")
    h, skips = image, []
    for level, n in enumerate(channels):
        width = patch if level == 0 else 2
        h = convolution(2 * level, h, n, width, width)
        h = convolution(2 * level + 1, h, n, 3)
        skips.append(h)
    way_back = zip(channels[-2::-1], skips[-2::-1], strict=True)
    for level, (n, skip) in enumerate(way_back, start=len(channels)):
        h = step_up(2 * level, h, n, 2)
        h = keras.layers.Concatenate(dtype="float32")([h, skip])
        h = convolution(2 * level + 1, h, n, 3)
    last = 2 * (2 * len(channels) - 1)
    return keras.Model(image, step_up(last, h, n_outputs, patch))


def as_field(network: Callable[[tf.Tensor], tf.Tensor]) -> Field:
    """Turn a network of two inputs and one output into a field (x, t) -> u.

    Args:
        network: Callable on an (n, 2) tensor whose columns are x and t.

    Returns:
        A callable of two (n, 1) columns that returns one (n, 1) column.
    """
    return lambda x, t: network(tf.concat([x, t], axis=1))


def features_first(network: keras.Sequential) -> Field:
    """The fast variant of `as_field` for an `mlp`.

    Arrays inside have shape (width, n): long rows of points fill the vector units of
    the processor. Values and derivatives are those of `as_field`, to rounding.

    Args:
        network: An `mlp` with two inputs and one output.

    Returns:
        A callable of two (n, 1) columns x and t that returns one (n, 1) column.

    Raises:
        ValueError: If `network` is not made of dense layers, see `dense_layers`; from
            the field, if x and t are not of the network's type.
    """
    layers = dense_layers(network)

    def field(x, t):
        rows = tf.concat([x, t], axis=1)
        _checks.same_dtype("network", layers[0].kernel.value, "x", rows)
        a = tf.transpose(rows)
        for kernel, bias, activation in layers:
            z = tf.matmul(kernel, a, transpose_a=True) + tf.reshape(bias, (-1, 1))
            a = activation(z)
        return tf.transpose(a)

    return field


class DenseLayer(NamedTuple):
    """One layer a = activation(h W + b), frozen or not.

    Attributes:
        kernel: The variable W, shape (in, out).
        bias: The variable b, shape (out,).
        activation: Function of an array of any shape, number by number.
    """

    kernel: keras.Variable
    bias: keras.Variable
    activation: Callable


# Keras has more, but softmax, for one, depends on where an array has its features.
_POINTWISE = {"elu", "gelu", "linear", "relu", "sigmoid", "silu", "softplus", "tanh"}


def dense_layers(network: keras.Sequential) -> list[DenseLayer]:
    """Kernel, bias and activation of each layer: for code that evaluates an `mlp` anew.

    Args:
        network: An `mlp`, or another keras.Sequential of Dense layers with biases.

    Returns:
        The layers in their order.

    Raises:
        ValueError: If `network` is anything else, or an activation is not one of those
            that act number by number and are known here.
    """
    if not isinstance(network, keras.Sequential):
        raise _not_dense(f"a {type(network).__name__}")
    known = {keras.activations.get(name) for name in _POINTWISE}
    known |= {keras.ops.sin, tf.sin, tf.tanh}
    for layer in network.layers:
        if type(layer) is not keras.layers.Dense or not layer.use_bias:
            raise _not_dense(f"a network with the layer {layer.name!r}")
        if layer.activation not in known:
            name = getattr(layer.activation, "__name__", layer.activation)
            raise _not_dense(f"a network with activation {name!r}")
    return [
        DenseLayer(layer.kernel, layer.bias, layer.activation)
        for layer in network.layers
    ]


def _not_dense(received):
    return ValueError(
        "`network` must be a keras.Sequential of Dense layers with biases, activations "
        f"among {sorted(_POINTWISE | {'sin'})}. Received: {received}. Make it with "
        "networks.mlp(...), or use networks.as_field, which takes any network."
    )
