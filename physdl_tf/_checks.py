"""Checks of arguments. Each message: argument, expectation, received, remedy."""

import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

ROUNDING = 1e-5  # a float32 state may exceed a bound by rounding


def known(value: Any) -> Any:
    """Value of a number, array, tensor or variable; None while a graph is traced."""
    if isinstance(value, int | float | np.number | np.ndarray):
        return value
    return tf.get_static_value(tf.convert_to_tensor(value))


def positive(name: str, value: Any, zero_allowed: bool = False) -> None:
    """Raise ValueError unless a value, where it is known, is positive."""
    value = known(value)
    if value is None:
        return
    if not np.all(value >= 0 if zero_allowed else value > 0):
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
        remedy = f"Reshape it with tf.reshape({name}, (-1, 1))."
        if len(shape) != 1:
            remedy = "Give one column per component, with tf.split(..., axis=1)."
        raise ValueError(
            f"`{name}` must be one column of shape (n, 1). Received: {name}.shape="
            f"{shape}. {remedy}"
        )


def real(name: str, tensor: Any) -> None:
    """Raise ValueError unless `tensor` holds real numbers of a float type."""
    if not tensor.dtype.is_floating:
        raise ValueError(
            f"`{name}` must hold real floating-point numbers. Received: {name}.dtype="
            f"{tensor.dtype.name}. Use tf.cast({name}, tf.float64), and for a complex "
            "field one column each for its real and imaginary part."
        )


def same_dtype(name_a: str, a: Any, name_b: str, b: Any) -> None:
    """Raise ValueError unless both tensors have one type: nothing is cast."""
    if a.dtype != b.dtype:
        raise ValueError(
            f"`{name_a}` and `{name_b}` must have the same type. Received: "
            f"{name_a}.dtype={a.dtype.name}, {name_b}.dtype={b.dtype.name}. Use "
            f"tf.cast({name_b}, tf.{a.dtype.name}), or a network of the other type."
        )


def coefficient(name: str, value: Any, dtype: tf.DType) -> Any:
    """A coefficient: numbers of any type, but a tensor or variable of this type."""
    if isinstance(value, int | float | np.number):
        return float(value)
    if tf.is_tensor(value) and value.dtype != dtype:
        raise ValueError(
            f"`{name}` must have the type of the field. Received: {name}.dtype="
            f"{value.dtype.name}, and a field of {dtype.name}. Use "
            f"tf.Variable(..., dtype=tf.{dtype.name})."
        )
    return tf.convert_to_tensor(value, dtype)


def same_shape(name_a: str, a: Any, name_b: str, b: Any) -> None:
    """Raise ValueError unless both arrays have one shape: nothing is broadcast."""
    if not tf.TensorShape(a.shape).is_compatible_with(b.shape):
        raise ValueError(
            f"`{name_a}` and `{name_b}` must have the same shape. Received: "
            f"{name_a}.shape={tuple(a.shape)}, {name_b}.shape={tuple(b.shape)}. "
            f"Reshape one of them: broadcasting would compare all pairs."
        )


def same_rows(name_a: str, a: Any, name_b: str, b: Any) -> None:
    """Raise ValueError unless a column has one row for each row of the other."""
    if not tf.TensorShape(a.shape).is_compatible_with(b.shape):
        raise ValueError(
            f"`{name_a}` must have one row for each row of `{name_b}`. Received: "
            f"{name_a}.shape={tuple(a.shape)}, {name_b}.shape={tuple(b.shape)}. Give "
            "each component a column of its own, with tf.split(..., axis=1)."
        )


def derivatives(wanted: str, coordinates: Mapping[str, Any]) -> list[str]:
    """Names in `wanted`, or a ValueError: one or two letters, each of a coordinate."""
    names = wanted.split()
    letters = set("".join(names))
    long = [name for name in coordinates if len(name) != 1]
    if long or not letters <= set(coordinates) or any(len(n) > 2 for n in names):
        raise ValueError(
            "`wanted` must name first or second derivatives by one or two letters, "
            f"each of a coordinate. Received: wanted={wanted!r} and coordinates "
            f"{list(coordinates)}. Use, for example, partials(field, 't xx', x=x, t=t)."
        )
    return names


def axes(field: Any, coordinates: Mapping[str, Any]) -> None:
    """Raise ValueError unless coordinates have the names and order of the axes."""
    names = list(getattr(field, "axes", coordinates))
    if names != list(coordinates):
        raise ValueError(
            "The coordinates must be those of the ansatz, in its order. Received: "
            f"{list(coordinates)}, for the axes {names}. Use partials(..., "
            f"{', '.join(f'{name}={name}' for name in names)})."
        )


def points(coordinates: Mapping[str, Any]) -> dict[str, tf.Tensor]:
    """Coordinates as tensors, or a ValueError: columns of one float type and length."""
    columns = {name: tf.convert_to_tensor(x) for name, x in coordinates.items()}
    first, *others = columns
    for name, x in columns.items():
        column(name, x)
        real(name, x)
    for name in others:
        same_shape(first, columns[first], name, columns[name])
        same_dtype(first, columns[first], name, columns[name])
    return columns


def state(name: str, tensor: Any, n: int, n_axes: int = 1) -> None:
    """Raise ValueError unless `tensor` has `n` cells and one channel for each axis."""
    shape, cells = np.shape(tensor), (n,) * n_axes
    if len(shape) != n_axes + 2 or shape[1:] != (*cells, n_axes):
        wanted = ", ".join(map(str, (*cells, n_axes)))
        remedy = "Build the stepper with the grid of the state."
        if np.prod(shape) == n**n_axes * n_axes:
            remedy = f"Use tf.reshape({name}, (1, {wanted}))."
        elif shape[1:-1] == cells:
            remedy = f"Give {n_axes} channel(s), one velocity for each axis."
        raise ValueError(
            f"`{name}` must be a grid state of shape (batch, {wanted}). Received: "
            f"{name}.shape={shape}. {remedy}"
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
    dx: float, dt: float, nu: Any, max_speed: float, n_courant: int = 1
) -> None:
    """Raise ValueError unless n_courant C + 2d ≤ 1, the bound of an explicit step.

    Of a ν that is unknown while a graph is traced, `bounded` takes care in each step.
    """
    positive("dt", dt)
    positive("nu", nu, zero_allowed=True)
    positive("max_speed", max_speed)
    value = known(nu)
    used = n_courant * max_speed * dt / dx + 2 * (value or 0.0) * dt / dx**2
    if used > 1 + 1e-12:
        name = "C + 2d" if n_courant == 1 else f"{n_courant}C + 2d"
        raise ValueError(
            f"`dt` is too large for an explicit step. Received: dt={dt:.3g}, giving "
            f"{name} = {used:.3g} (must be ≤ 1) at speeds up to {max_speed:.3g}. "
            f"Use dt ≤ {dt / used:.3g} or a coarser grid."
        )


def explicit_diffusion(dx: float, dt: float, nu: Any, bound: float) -> None:
    """Check that diffusion by itself is stable: d = ν Δt/Δx² ≤ `bound`."""
    positive("dt", dt)
    positive("nu", nu, zero_allowed=True)
    d = (known(nu) or 0.0) * dt / dx**2
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


def bounded(name: str, value: Any, bounds: tuple[float, float], dtype: Any) -> Any:
    """A coefficient within bounds: beyond them an error, or NaN where it is unknown."""
    value = coefficient(name, value, dtype)
    low, high = bounds
    low, high = low - ROUNDING * abs(high), high + ROUNDING * abs(high)
    now = known(value)
    if now is None:
        inside = (low <= value) & (value <= high)
        return tf.where(inside, value, tf.constant(float("nan"), dtype))
    if not np.all((low <= now) & (now <= high)):
        raise ValueError(
            f"`{name}` must stay from {bounds[0]:.3g} to {bounds[1]:.3g}, for which "
            f"the step is stable. Received: {name}={now}. Keep it there, or build the "
            "stepper with a smaller dt."
        )
    return value
