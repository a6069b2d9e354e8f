"""Train the airfoil surrogate that the book ships, and store its weights.

    python scripts/train_airfoils.py

It uses the training flows only. The errors on the validation flows are printed; the
test flows are left to the chapter. The shipped weights took 261 s on one core, seed 0.
"""

import hashlib
import time

from physdl_tf.airfoils import dataset, surrogate

import numpy as np
import tensorflow as tf

SEED, EPOCHS = 0, 60


def main():
    """Train, report, and write the weights."""
    tf.config.experimental.enable_op_determinism()
    flows = surrogate.upright(dataset.load())
    inputs, targets = surrogate.examples(flows)
    indices = surrogate.split(flows)
    network, train = surrogate.unet(SEED), indices["train"]
    start = time.perf_counter()
    surrogate.fit(network, inputs[train], targets[train], n_epochs=EPOCHS)
    print(f"seed {SEED}, {time.perf_counter() - start:.0f} s")
    for name in ("train", "validation"):
        i = indices[name]
        errors = surrogate.relative_errors(network(inputs[i]).numpy(), targets[i])
        print(name, {field: f"{100 * error:.2f} %" for field, error in errors.items()})
    # Names of four digits: the arrays keep their order.
    weights = {f"{i:04d}": w for i, w in enumerate(network.get_weights())}
    np.savez(surrogate.WEIGHTS, **weights)
    print(f"{surrogate.WEIGHTS.stat().st_size / 1e6:.1f} MB, SHA-256:")
    print(hashlib.sha256(surrogate.WEIGHTS.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
