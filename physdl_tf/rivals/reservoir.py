"""Reservoirs (echo state networks): a random recurrent network with a fitted readout.

    v_n = [x_n, 1]                          inputs, and a constant
    r_n = tanh(r_{n−1} A + v_n B)           A and B are drawn once and never trained
    y_n = [r'_n, v_n] W                     r' is r with every second entry squared

Row vectors stand at the left, so that many series and several seeds advance at once:
states have the shape (seed, series, unit). Only the readout W is fitted, by ridge
regression. Inputs and targets should have mean 0 and standard deviation 1.

References: Jaeger and Haas 2004, doi:10.1126/science.1091277; the squared entries:
Pathak et al. 2018, doi:10.1063/1.5028373.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from .. import _checks


class Reservoir(NamedTuple):
    """The matrices of one trained reservoir for each seed, stacked.

    Attributes:
        a: Recurrent weights A, shape (n_seeds, n_units, n_units).
        b: Input weights B, shape (n_seeds, n_inputs + 1, n_units).
        readout: Fitted weights W, shape (n_seeds, n_units + n_inputs + 1, n_outputs).
    """

    a: np.ndarray
    b: np.ndarray
    readout: np.ndarray


def draw(
    n_inputs: int, *, n_units: int, n_seeds: int = 1, spectral_radius: float = 0.4
) -> tuple[np.ndarray, np.ndarray]:
    """Random matrices A and B, for the seeds 0, 1, ... n_seeds − 1.

    Entries of A are Gaussian with the standard deviation spectral_radius / √n_units:
    its largest eigenvalue is *about* spectral_radius (circular law), within some ten
    per cent for a few hundred units. Below 1, the state forgets its start, by about
    this factor a step. Entries of B are uniform in (−0.5, 0.5).

    Args:
        n_inputs: Number of inputs, without the constant.
        n_units: Number of units.
        n_seeds: Number of reservoirs, each with matrices of its own.
        spectral_radius: Expected modulus of the largest eigenvalue of A.

    Returns:
        A of shape (n_seeds, n_units, n_units), B of (n_seeds, n_inputs + 1, n_units).

    Raises:
        ValueError: If a number is not positive.
    """
    _checks.whole("n_inputs", n_inputs)
    _checks.whole("n_units", n_units)
    _checks.whole("n_seeds", n_seeds)
    _checks.positive("spectral_radius", spectral_radius)
    generators = [np.random.default_rng(seed) for seed in range(n_seeds)]
    a = [g.normal(size=(n_units, n_units)) for g in generators]
    b = [g.uniform(-0.5, 0.5, (n_inputs + 1, n_units)) for g in generators]
    return spectral_radius / np.sqrt(n_units) * np.array(a), np.array(b)


def train(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    n_units: int = 300,
    n_seeds: int = 1,
    spectral_radius: float = 0.4,
    ridge: float = 1e-8,
    washout: int = 50,
) -> Reservoir:
    """Drive a reservoir with one series, starting at r = 0, and fit its readout.

    W minimizes ‖F W − Y‖² + ridge ‖W‖², where the rows of F are [r'_n, v_n] and those
    of Y the targets, without the first `washout` of them.

    Args:
        inputs: Inputs x_n of one series, shape (n_times, n_inputs).
        targets: What to read out after each of them, shape (n_times, n_outputs); for
            a forecast, the next state.
        n_units: Number of units.
        n_seeds: Number of reservoirs, for the seeds 0, 1, ...
        spectral_radius: About the largest eigenvalue of A, see `draw`.
        ridge: Penalty of the readout, positive.
        washout: Number of first steps that are not fitted, until r = 0 is forgotten.

    Returns:
        The `Reservoir` with its three stacked matrices.

    Raises:
        ValueError: If a number is out of range, or the series have different lengths,
            not two axes, or values that are not finite.
    """
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets):
        raise ValueError(
            f"`inputs` and `targets` must have the shapes (n_times, n_inputs) and "
            f"(n_times, n_outputs). Received: {inputs.shape} and {targets.shape}. "
            f"Pair each state with the next one: inputs=u[:-1], targets=u[1:]."
        )
    _checks.finite("inputs", inputs)
    _checks.finite("targets", targets)
    _checks.positive("ridge", ridge)
    _checks.whole("washout", washout, minimum=0)
    if washout >= len(inputs):
        raise ValueError(
            f"`washout` must be shorter than the series. Received: washout={washout}, "
            f"{len(inputs)} times. Use washout={len(inputs) // 10}."
        )
    a, b = draw(
        inputs.shape[1],
        n_units=n_units,
        n_seeds=n_seeds,
        spectral_radius=spectral_radius,
    )
    r, rows = _at_rest(a), []
    for x in inputs[:, None]:
        r, features = _drive(a, b, r, x)
        rows.append(features)
    f = np.concatenate(rows, axis=1)[:, washout:]
    f_t = np.swapaxes(f, 1, 2)
    penalty = ridge * np.eye(f.shape[-1])
    return Reservoir(a, b, np.linalg.solve(f_t @ f + penalty, f_t @ targets[washout:]))


def advance(
    reservoir: Reservoir, r: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One step: the next state of the reservoir, and what its readout says then.

    Args:
        reservoir: A trained `Reservoir`.
        r: Its state, shape (n_seeds, n_series, n_units); zeros at the start.
        x: Inputs, shape (n_seeds or 1, n_series, n_inputs).

    Returns:
        The next state, and the prediction of shape (n_seeds, n_series, n_outputs).
    """
    r, features = _drive(reservoir.a, reservoir.b, r, x)
    return r, features @ reservoir.readout


def forecast(
    reservoir: Reservoir,
    u0: np.ndarray,
    n_steps: int,
    *,
    past: Iterable[np.ndarray] = (),
    encode: Callable[[np.ndarray], np.ndarray],
    decode: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Synchronize with the true past, then feed the predictions back.

    Args:
        reservoir: A `Reservoir` trained to predict the next state.
        u0: True states at which the forecasts begin, shape (1, n_series, n).
        n_steps: Number of predicted steps, zero or more.
        past: True states before u0, oldest first, each of the shape of u0. Without
            them the reservoir starts at r = 0, which it has seen in no training.
        encode: Function u -> x, from states to inputs (scaled; with the forecast of a
            model beside the state it makes a hybrid).
        decode: Function y -> u, from a prediction to the next state.

    Returns:
        States at u0 and after each step, shape (n_steps + 1, n_seeds, n_series, n).

    Raises:
        ValueError: If `u0` has not three axes or `n_steps` is negative.
    """
    _checks.whole("n_steps", n_steps, minimum=0)
    if np.ndim(u0) != 3:
        raise ValueError(
            f"`u0` must have the shape (1, n_series, n). Received: {np.shape(u0)}. "
            f"Use np.reshape(u0, (1, -1, n)), where n is the length of one state."
        )
    n_seeds = len(reservoir.a)
    r = _at_rest(reservoir.a, n_series=np.shape(u0)[1])
    for u in past:
        r, _ = advance(reservoir, r, encode(u))
    states = [np.repeat(u0, n_seeds, axis=0)]
    for _ in range(n_steps):
        r, prediction = advance(reservoir, r, encode(states[-1]))
        states.append(decode(prediction))
    return np.stack(states)


def _at_rest(a, n_series=1):
    return np.zeros((len(a), n_series, a.shape[-1]))


def _drive(a, b, r, x):
    """The next state r, and its features [r', v]."""
    v = np.concatenate([x, np.ones_like(x[..., :1])], -1)
    r = np.tanh(r @ a + v @ b)
    squared = np.where(np.arange(r.shape[-1]) % 2, r**2, r)
    v = np.broadcast_to(v, r.shape[:-1] + v.shape[-1:])
    return r, np.concatenate([squared, v], -1)
