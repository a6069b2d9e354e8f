"""A surrogate of the flow around airfoils: examples, network, errors, trained weights.

All flows are seen with the angle of attack upward: those with a negative angle are
turned upside down, which the equations allow.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from .. import _checks, networks, progress
from ..data import DATA, verified_arrays
from ..optimize.losses import check_finite
from .dataset import AirfoilFlows

FIELDS = ("p", "u_x", "u_y")
WEIGHTS = DATA / "airfoil_unet.npz"
WEIGHTS_SHA256 = "ef7786ed0b59820b96cd7f6f697c28881d53276e5e80d5634131695e2b8b2156"


def upright(flows: AirfoilFlows) -> AirfoilFlows:
    """Turn the flows with a negative angle of attack upside down.

    The mirror image of a flow at angle −α around a shape is the flow at +α around the
    mirrored shape: y, u_y, the angle and the lift change sign.

    Args:
        flows: A `dataset.AirfoilFlows`, its window symmetric about y = 0.

    Returns:
        The flows with angles ≥ 0. `specs` still describe the shapes before.
    """
    down = flows.angle < 0
    mask, fields = flows.mask.copy(), flows.fields.copy()
    mask[down] = mask[down, ::-1]
    fields[down] = fields[down, ::-1] * np.float32([1, 1, -1])
    sign = np.where(down, -1, 1)
    return flows._replace(
        mask=mask, fields=fields, angle=sign * flows.angle, lift=sign * flows.lift
    )


def split(flows: AirfoilFlows, seed: int = 123) -> dict[str, np.ndarray]:
    """Divide the flows by shape: every flow has a shape of its own.

    Args:
        flows: A `dataset.AirfoilFlows`.
        seed: Seed of the shuffle.

    Returns:
        Indices of four parts by name. Of the NACA airfoils, 100 are "validation", 100
        "test" and all others "train"; all of family "jouk" are "new family".
    """
    naca = np.flatnonzero(flows.family != "jouk")
    naca = np.random.default_rng(seed).permutation(naca)
    return {
        "train": naca[200:],
        "validation": naca[100:200],
        "test": naca[:100],
        "new family": np.flatnonzero(flows.family == "jouk"),
    }


def examples(flows: AirfoilFlows) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of the network.

    Args:
        flows: A `dataset.AirfoilFlows`.

    Returns:
        Two float32 arrays, zero inside the airfoil but for the mask and the Reynolds
        number. First the inputs: f_x, f_y (direction of the freestream), the mask, and
        the Reynolds number / 5 million, (n, 64, 64, 4). Then the targets: p, u_x, u_y,
        (n, 64, 64, 3); the mean of p over the fluid pixels is subtracted.
    """
    fluid = ~flows.mask[..., None]
    angle = np.deg2rad(flows.angle)[:, None, None, None]
    reynolds = flows.reynolds[:, None, None, None] / 5e6
    inputs = [
        np.cos(angle) * fluid,
        np.sin(angle) * fluid,
        ~fluid,
        reynolds + 0 * fluid,
    ]
    targets = flows.fields.copy()
    mean = targets[..., :1].mean((1, 2), where=fluid, keepdims=True)
    targets[..., :1] -= mean * fluid
    return np.concatenate(inputs, -1, dtype=np.float32), targets


def unet(seed: int = 0) -> keras.Model:
    """U-Net from the four inputs to p, u_x, u_y: freestream plus a learned disturbance.

    Input shape: (n, 64, 64, 4), see `examples`. Output shape: (n, 64, 64, 3), zero
    inside the airfoil.

    Args:
        seed: Seed of the initial weights.

    Returns:
        A built network.
    """
    net = networks.unet(4, 3, size=64, patch=4, channels=(48, 64, 96, 96), seed=seed)
    f, mask = net.input[..., :2], net.input[..., 2:3]
    freestream = keras.ops.concatenate([0 * mask, f], -1)
    return keras.Model(net.input, freestream + 0.1 * (1 - mask) * net.output)


def fit(
    network: keras.Model,
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    n_epochs: int,
    rate: float = 3e-3,
    batch_size: int = 4,
    seed: int = 0,
) -> np.ndarray:
    """Train a network on the mean absolute error, with AdamW.

    The learning rate rises to `rate` in the first twentieth of the updates, then falls
    as a half cosine.

    Args:
        network: A keras.Model; its weights change.
        inputs: Inputs of the network, (n, ...); they become float32.
        targets: What it should answer, (n, ...); they become float32.
        n_epochs: How often each example is seen.
        rate: The largest learning rate.
        batch_size: Examples in one update.
        seed: Seed of the order of the examples.

    Returns:
        The mean loss of each epoch, (n_epochs,).

    Raises:
        ValueError: If there are not as many inputs as targets.
        FloatingPointError: If the loss stops being finite.
    """
    inputs, targets = (np.asarray(a, np.float32) for a in (inputs, targets))
    if len(inputs) != len(targets):
        raise ValueError(
            "`inputs` and `targets` must be as many. Received: "
            f"{len(inputs)} and {len(targets)}. Give each input its target."
        )
    n_updates = n_epochs * -(-len(inputs) // batch_size)
    warmup = n_updates // 20
    up = (0.05 + 0.95 * k / warmup for k in range(warmup))
    phases = np.linspace(0, np.pi, n_updates - warmup, endpoint=False)
    factors = itertools.chain(up, 0.5 + 0.5 * np.cos(phases))
    # A keras schedule would put its branches into the graph once for each variable.
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.02, beta_2=0.99)
    optimizer.build(network.trainable_variables)

    # Without XLA, with which convolutions compile slowly and gain little.
    @tf.function(input_signature=[_any_number(inputs), _any_number(targets)])
    def update(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.abs(network(x, training=True) - y))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        return loss

    rng, history = np.random.default_rng(seed), []
    for epoch in range(n_epochs):
        order = rng.permutation(len(inputs))
        starts = range(0, len(inputs), batch_size)
        batches = [order[start : start + batch_size] for start in starts]
        losses = []
        for i in batches:
            optimizer.learning_rate.assign(rate * next(factors))
            losses.append(update(inputs[i], targets[i]))
        check_finite(losses, epoch * len(batches))
        history.append(np.mean(losses))
        progress.show(epoch + 1, n_epochs, "epoch")
    return np.array(history)


def _any_number(examples):
    """Shape and type of some of the examples."""
    return tf.TensorSpec((None, *examples.shape[1:]), examples.dtype)


def relative_errors(predictions: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Sum of the absolute errors over the sum of the absolute values.

    Args:
        predictions: p, u_x, u_y, (n, 64, 64, 3), zero inside the airfoil.
        targets: The same of the solver.

    Returns:
        Errors as fractions, named "p", "u_x", "u_y", and "combined" for all three.

    Raises:
        ValueError: If the shapes differ.
    """
    _checks.same_shape("predictions", predictions, "targets", targets)
    error = np.abs(predictions - targets).sum((0, 1, 2), dtype=float)
    size = np.abs(targets).sum((0, 1, 2), dtype=float)
    by_field = dict(zip(FIELDS, error / size, strict=True))
    return by_field | {"combined": error.sum() / size.sum()}


def trained(path: str | Path = WEIGHTS, sha256: str = WEIGHTS_SHA256) -> keras.Model:
    """The surrogate with the weights that `scripts/train_airfoils.py` found.

    Args:
        path: A file written by that script; by default the one shipped.
        sha256: Digest that the file must have; the script prints it.

    Returns:
        The network, see `unet`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not the one expected.
    """
    weights = verified_arrays(path, sha256)
    network = unet()
    network.set_weights([weights[name] for name in weights])
    return network
