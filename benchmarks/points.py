"""The one definition of the work that all variants of a benchmark do; NumPy only."""

import numpy as np
from scipy.stats import qmc

NU_PINN = 0.01 / np.pi


def layers(width=20, depth=8):
    """Sizes of the layers, inputs and output included."""
    return [2, *[width] * depth, 1]


def collocation(n):
    """Halton points (x, t) inside (−1, 1) x (0, 1), shape (n, 2).

    None is so near the boundary that DeepXDE takes it for a point on it (1e-5).
    """
    return qmc.scale(qmc.Halton(2, seed=0).random(n), [-0.999, 0.001], [0.999, 0.999])


def conditions():
    """80 points on the boundary and 160 at the start: (x, t), shape (240, 2), and u."""
    t = np.linspace(0, 1, 42)[1:-1]
    x = np.linspace(-1, 1, 162)[1:-1]
    sides = [np.stack([np.full(40, side), t], axis=1) for side in (-1.0, 1.0)]
    start = np.stack([x, np.zeros(160)], axis=1)
    points = np.concatenate([*sides, start])
    u = np.concatenate([np.zeros(80), -np.sin(np.pi * x)])[:, None]
    return points, u


def initial_weights(width=20, depth=8):
    """Glorot-uniform kernels and zero biases, alternating, the same for all."""
    rng = np.random.default_rng(0)
    weights = []
    sizes = layers(width, depth)
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        bound = np.sqrt(6 / (n_in + n_out))
        weights += [rng.uniform(-bound, bound, (n_in, n_out)), np.zeros(n_out)]
    return weights
