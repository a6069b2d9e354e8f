"""Networks, built from Keras layers."""

import keras
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


def as_field(network):
    """Turn a network of two inputs and one output into a field (x, t) -> u.

    Args:
        network: Callable on an (n, 2) tensor whose columns are x and t.

    Returns:
        A callable of two (n, 1) columns that returns one (n, 1) column.
    """
    return lambda x, t: network(tf.concat([x, t], axis=1))
