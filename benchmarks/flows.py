"""The one definition of the rollouts that all variants differentiate; NumPy only."""

from pathlib import Path

import numpy as np

# Written by bench.py, from physdl_tf.problems.BurgersSine.
TARGET = Path(__file__).resolve().parent.parent / "_build" / "bench" / "target.npy"

CASES = {
    # The published set-up: 16 steps to t = 0.5, gradient descent from u = 0.
    1: {"n": 128, "n_steps": 16, "dt": 1 / 32, "nu": 0.01 / (128 * np.pi), "rate": 5.0},
    2: {"n": 128, "n_steps": 32, "dt": 1 / 32, "nu": 0.01 / (128 * np.pi), "rate": 1.0},
}


def centers(n):
    """Centers of n cells between -1 and 1."""
    return (np.arange(n) + 0.5) * 2 / n - 1


def start(dimensions):
    """Where the descent starts: (n,) zeros, or (n, n, 2) crossing waves."""
    x = centers(CASES[dimensions]["n"])
    if dimensions == 1:
        return np.zeros_like(x)
    x, y = np.meshgrid(np.pi * x, np.pi * x, indexing="ij")
    u = 0.5 * np.sin(x + 1) * np.cos(y) + 0.2 * np.cos(2 * y + 0.5)
    v = 0.5 * np.cos(x) * np.sin(y + 2) + 0.2 * np.sin(2 * x + 0.3)
    return np.stack([u, v], axis=-1)


def target(dimensions):
    """What the last state should be: the benchmark's exact u(x, 0.5), or rest in 2D."""
    if dimensions == 2:
        return np.zeros_like(start(2))
    return np.load(TARGET)
