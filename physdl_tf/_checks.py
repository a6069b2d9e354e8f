"""Checks of arguments. Each message: argument, expectation, received, remedy."""

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

ROUNDING = 1e-5  # a float32 state may exceed a bound by rounding


def positive(name: str, value: Any, zero_allowed: bool = False) -> None:
    """Raise ValueError unless a Python number is positive; let tensors pass."""
    if not isinstance(value, int | float | np.number):
        return
    if not (value >= 0 if zero_allowed else value > 0):
        sign = "zero or positive" if zero_allowed else "positive"
        raise ValueError(
            f"`{name}` must be {sign}. Received: {name}={value}. "
            f"Give a number such as {name}=0.01."
        )


def whole(name: str, value: Any, minimum: int = 1) -> None:
    """Raise ValueError unless `value` is a whole number of at least `minimum`."""
    if not isinstance(value, numbers.Integral) or value < minimum:
        raise ValueError(
            f"`{name}` must be a whole number of at least {minimum}. "
            f"Received: {name}={value!r}. Use, for example, {name}={max(minimum, 8)}."
        )


def interval(name: str, bounds: tuple[float, float]) -> None:
    """Raise ValueError unless `bounds` is a pair (low, high) with low < high."""
    if len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise ValueError(
            f"`{name}` must be a pair (low, high) with low < high. "
            f"Received: {name}={bounds}. Use, for example, {name}=(0.0, 1.0)."
        )


def one_of(name: str, value: Any, choices: Iterable) -> None:
    """Raise ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {sorted(choices)}. Received: {name}={value!r}. "
            f"Use {name}={sorted(choices)[0]!r}."
        )


def column(name: str, tensor: Any) -> None:
    """Raise ValueError unless `tensor` is one column, shape (n, 1)."""
    shape = tuple(tensor.shape)
    if len(shape) != 2 or shape[1] != 1:
        raise ValueError(
            f"`{name}` must be one column of shape (n, 1). Received: {name}.shape="
            f"{shape}. Reshape it with tf.reshape({name}, (-1, 1)), or return one "
            f"column per component."
        )


def same_shape(name_a: str, a: Any, name_b: str, b: Any) -> None:
    """Raise ValueError unless both arrays have one shape: nothing is broadcast."""
    if tuple(a.shape) != tuple(b.shape):
        raise ValueError(
            f"`{name_a}` and `{name_b}` must have the same shape. Received: "
            f"{name_a}.shape={tuple(a.shape)}, {name_b}.shape={tuple(b.shape)}. "
            f"Reshape one of them: broadcasting would compare all pairs."
        )


def state(name: str, tensor: Any, n: int, n_axes: int = 1) -> None:
    """Raise ValueError unless `tensor` has `n` cells and one channel for each axis."""
    shape = tuple(tensor.shape)
    if len(shape) != n_axes + 2 or shape[1:] != (n,) * n_axes + (n_axes,):
        cells = ", ".join([str(n)] * n_axes + [str(n_axes)])
        raise ValueError(
            f"`{name}` must be a grid state of shape (batch, {cells}). Received: "
            f"{name}.shape={shape}. Use tf.reshape({name}, (1, {cells})) for one "
            "state; several stand along the first axis."
        )


def speed(name: str, u: Any, max_speed: float) -> None:
    """Raise ValueError unless |u|, of known values, stays within `max_speed`."""
    largest = float(np.max(np.abs(u)))
    if not largest <= max_speed * (1 + ROUNDING):
        raise ValueError(
            f"`{name}` must stay within max_speed={max_speed:.3g}, for which the step "
            f"was checked. Received: |u| up to {largest:.3g}. Build the stepper with "
            f"max_speed={largest:.3g} and a smaller dt."
        )


def explicit_step(
    dx: float, dt: float, nu: float, max_speed: float, n_courant: int = 1
) -> None:
    """Raise ValueError unless n_courant C + 2d ≤ 1, the bound of an explicit step."""
    positive("dt", dt)
    positive("nu", nu, zero_allowed=True)
    positive("max_speed", max_speed)
    used = n_courant * max_speed * dt / dx + 2 * nu * dt / dx**2
    if used > 1 + 1e-12:
        name = "C + 2d" if n_courant == 1 else f"{n_courant}C + 2d"
        raise ValueError(
            f"`dt` is too large for an explicit step. Received: dt={dt:.3g}, giving "
            f"{name} = {used:.3g} (must be ≤ 1) at speeds up to {max_speed:.3g}. "
            f"Use dt ≤ {dt / used:.3g} or a coarser grid."
        )


def explicit_diffusion(dx: float, dt: float, nu: float, bound: float) -> None:
    """Check that diffusion by itself is stable: d = ν Δt/Δx² ≤ `bound`."""
    positive("dt", dt)
    positive("nu", nu, zero_allowed=True)
    d = nu * dt / dx**2
    if d > bound:
        raise ValueError(
            f"`dt` is too large for explicit diffusion. Received: dt={dt:.3g}, giving "
            f"d = {d:.3g} (must be ≤ {bound}). "
            f"Use dt ≤ {bound * dt / d:.3g} or a coarser grid."
        )


def sequence(name: str, value: Any) -> None:
    """Raise TypeError if one number stands where a sequence of them should."""
    if isinstance(value, numbers.Number):
        raise TypeError(
            f"`{name}` must be a sequence of numbers. Received: {name}={value}. Use, "
            f"for example, {name}=({value},)."
        )


def finite(name: str, values: Any) -> None:
    """Raise ValueError unless all of some values are finite."""
    wrong = int(np.sum(~np.isfinite(values)))
    if wrong:
        raise ValueError(
            f"`{name}` must be finite. Received: {wrong} of {np.size(values)} values "
            "that are not. Leave them out, or check where they come from."
        )
