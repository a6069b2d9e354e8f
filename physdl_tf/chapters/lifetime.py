"""A ring with five knobs, the lifetime of its beam, and an ensemble that learns it.

The ring is that of `accelerator.henon`. A setting has the columns Q_x, Q_y, μ, ε, σ:
two tunes, the strengths of octupole and ripple, and the rms size of the beam [-].
Chapters: book/surrogates/beam-lifetime and tuning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import tensorflow as tf
from scipy.stats import qmc

from .. import networks, optimize
from ..accelerator import henon

N_TURNS = 1000
T_REV = 88.9e-6  # time of one turn [s]
LOW = np.array([0.26, 0.27, -0.5, 0.0, 0.12])
HIGH = np.array([0.32, 0.33, 0.5, 64.0, 0.18])

Grid: TypeAlias = tuple[np.ndarray, np.ndarray]


def draw_settings(n: int) -> np.ndarray:
    """The first settings of a scrambled Sobol sequence between `LOW` and `HIGH`.

    Args:
        n: How many.

    Returns:
        Settings, shape (n, 5).
    """
    return qmc.scale(qmc.Sobol(5, seed=0).random(n), LOW, HIGH)


def scaled(settings: np.ndarray) -> np.ndarray:
    """Map the range of each knob to -1 to 1, as networks want it.

    Args:
        settings: Knobs, shape (..., 5).

    Returns:
        A float32 array of the same shape.
    """
    return (2 * (settings - LOW) / (HIGH - LOW) - 1).astype("float32")


def polar_grid(n_angles: int = 12, n_radii: int = 24) -> Grid:
    """Angles α and radii r of a grid over the first quadrant, r up to 0.9.

    Args:
        n_angles: Number of angles.
        n_radii: Number of radii.

    Returns:
        Angles α [rad] and radii r [-], each of shape (angles, radii).
    """
    alpha = (np.arange(n_angles) + 0.5) / n_angles * np.pi / 2
    r = 0.9 * np.arange(1, n_radii + 1) / n_radii
    alpha, r = np.meshgrid(alpha, r, indexing="ij")
    return alpha, r


def track(settings: np.ndarray, grid: Grid) -> np.ndarray:
    """Turns survived by the particles of a grid, with p_x = p_y = 0 at the start.

    Args:
        settings: Knobs, shape (n, 5); σ does not enter.
        grid: What `polar_grid` returned.

    Returns:
        At most `N_TURNS`, shape (n, angles, radii).
    """
    alpha, r = grid
    x, y = r * np.cos(alpha), r * np.sin(alpha)
    turns = []
    for block in np.array_split(settings, -(-len(settings) // 128)):  # fits the cache
        q_x, q_y, mu, epsilon = block.T[:4, :, None, None]
        knobs = {"q_x": q_x, "q_y": q_y, "octupole": mu, "epsilon": epsilon}
        turns.append(henon.turns_survived(x, y, **knobs, n_turns=N_TURNS))
    return np.concatenate(turns)


def log_lifetime(
    turns: np.ndarray, sigma: np.ndarray | float, grid: Grid, ratio: float = 1.0
) -> np.ndarray:
    """log10 of the lifetime τ = −N T_rev / ln S of a Gaussian beam [s].

    S is the part of the beam that survives N turns: each particle of the grid counts
    as all that oscillate with its amplitudes, r³ sin 2α exp(−x²/2σ_x² − y²/2σ_y²).

    Args:
        turns: Turns survived, shape (n, angles, radii).
        sigma: Horizontal rms size σ_x, a number or shape (n,) [-].
        grid: The grid that was tracked.
        ratio: σ_y / σ_x.

    Returns:
        An array of shape (n,), where S is clipped to 0.001 and 1 − 1e-6.
    """
    alpha, r = grid
    sigma_x = np.reshape(sigma, (-1, 1, 1))
    x, y = r * np.cos(alpha) / sigma_x, r * np.sin(alpha) / sigma_x / ratio
    weight = r**3 * np.sin(2 * alpha) * np.exp(-(x**2 + y**2) / 2)
    survival = np.sum(weight * (turns == N_TURNS), (1, 2)) / np.sum(weight, (1, 2))
    return np.log10(-N_TURNS * T_REV / np.log(np.clip(survival, 1e-3, 1 - 1e-6)))


def train_ensemble(
    z: np.ndarray,
    y: np.ndarray,
    members: int = 5,
    *,
    rate: float = 0.01,
    n_iterations: int = 3000,
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Train networks from different starts, on different batches of 64, all as one.

    Each has three hidden layers of 64 units. Adam's rate falls to zero.

    Args:
        z: Inputs, shape (n, inputs), about -1 to 1.
        y: Targets, shape (n,) or (n, outputs).
        members: Number of networks.
        rate: Learning rate at the start.
        n_iterations: Updates of each network.

    Returns:
        A function of inputs that returns the answers of all networks, of shape
        (members, n, outputs).
    """
    y = y.reshape(len(y), -1)
    mean, std = y.mean(axis=0), y.std()
    target = np.float32((y - mean) / std)
    variables = networks.stacked_mlp(
        z.shape[1], y.shape[1], width=64, depth=3, seeds=range(members)
    )
    adam = optimize.falling_adam(rate, n_iterations)

    def losses():
        i = optimize.minibatch(adam, (members, 64), len(z))
        error = networks.apply_stacked(variables, tf.gather(z, i))
        error -= tf.gather(target, i)
        return {"data": optimize.ensemble_mean_square(error)}

    optimize.fit(
        losses,
        variables,
        optimizer=adam,
        n_iterations=n_iterations,
        n_compiled=n_iterations,
    )
    return lambda z_new: mean + std * networks.apply_stacked(variables, z_new)
