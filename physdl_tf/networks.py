"""Networks, built from Keras layers."""

import keras
import numpy as np
import tensorflow as tf

from . import _checks


def mlp(n_inputs, n_outputs, *, width, depth, activation="tanh", seed, dtype="float32"):
    """Fully connected network with `depth` hidden layers of `width` units.

    Input shape: (n, n_inputs). Output shape: (n, n_outputs). The output is linear.

    Args:
        n_inputs: Number of input columns.
        n_outputs: Number of output columns.
        width: Units in each hidden layer.
        depth: Number of hidden layers.
        activation: Name of a Keras activation; smooth ("tanh") where derivatives with
            respect to the inputs are taken.
        seed: Seed of the Glorot-uniform initial weights; biases start at zero.
        dtype: "float32" or "float64".

    Returns:
        A built keras.Model.

    Raises:
        ValueError: If a size is not a positive whole number, or `dtype` is another.
    """
    sizes = {"n_inputs": n_inputs, "n_outputs": n_outputs, "width": width}
    for name, value in (sizes | {"depth": depth}).items():
        _checks.whole(name, value)
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


def stacked_mlp(n_inputs, n_outputs, *, width, depth, seeds):
    """Weights of several networks like `mlp`, one per seed, to be trained as one.

    One batched matrix product then evaluates all of them: see `apply_stacked`.

    Args:
        n_inputs: Number of input columns.
        n_outputs: Number of output columns.
        width: Units in each hidden layer.
        depth: Number of hidden layers.
        seeds: One seed for each network, as `mlp` takes it.

    Returns:
        A list of tf.Variable objects, for each layer the kernels, shape
        (n_seeds, in, out), and the biases, shape (n_seeds, 1, out).

    Raises:
        ValueError: As `mlp`, or if there is no seed.
    """
    _checks.whole("len(seeds)", len(seeds))
    sizes = {"width": width, "depth": depth}
    members = [mlp(n_inputs, n_outputs, **sizes, seed=seed) for seed in seeds]
    layers = zip(*(member.get_weights() for member in members), strict=True)
    stacks = [np.stack([np.atleast_2d(w) for w in layer]) for layer in layers]
    return [tf.Variable(stack) for stack in stacks]


def apply_stacked(weights, z):
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


def unet(n_inputs, n_outputs, *, size, patch, channels, seed):
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
        seed: Seed of the He-normal initial weights; biases start at zero.

    Returns:
        A built keras.Model.

    Raises:
        ValueError: If a size is not a positive whole number, or does not fit.

    Reference: Ronneberger et al. 2015, arXiv:1505.04597; the activation is SiLU.
    """
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
    seeds = iter(range(1000 * seed, 1000 * (seed + 1)))

    def convolution(n, width, stride=1, layer=keras.layers.Conv2D, activation="silu"):
        initializer = keras.initializers.HeNormal(next(seeds))
        return layer(
            n,
            width,
            stride,
            "same",
            activation=activation,
            kernel_initializer=initializer,
        )

    image = keras.Input((size, size, n_inputs))
    h, skips = image, []
    for level, n in enumerate(channels):
        step = patch if level == 0 else 2
        h = convolution(n, step, step)(h)
        h = convolution(n, 3)(h)
        skips.append(h)
    up = keras.layers.Conv2DTranspose
    for n, skip in zip(channels[-2::-1], skips[-2::-1], strict=True):
        h = convolution(n, 2, 2, up, None)(h)
        h = convolution(n, 3)(keras.layers.Concatenate()([h, skip]))
    return keras.Model(image, convolution(n_outputs, patch, patch, up, None)(h))


def as_field(network):
    """Turn a network of two inputs and one output into a field (x, t) -> u.

    Args:
        network: Callable on an (n, 2) tensor whose columns are x and t.

    Returns:
        A callable of two (n, 1) columns that returns one (n, 1) column.
    """
    return lambda x, t: network(tf.concat([x, t], axis=1))


def features_first(network):
    """The fast variant of `as_field` for an `mlp` with tanh between the layers.

    Arrays inside have shape (width, n): long rows of points fill the vector units of
    the processor. Values and derivatives are those of `as_field`, to rounding.

    Args:
        network: An `mlp` with two inputs and one output, activation "tanh".

    Returns:
        A callable of two (n, 1) columns x and t that returns one (n, 1) column.
    """
    weights = network.trainable_variables

    def field(x, t):
        a = tf.transpose(tf.concat([x, t], axis=1))
        for i in range(0, len(weights), 2):
            kernel, bias = weights[i], weights[i + 1]
            a = tf.matmul(kernel, a, transpose_a=True) + tf.reshape(bias, (-1, 1))
            if i + 2 < len(weights):
                a = tf.tanh(a)
        return tf.transpose(a)

    return field
