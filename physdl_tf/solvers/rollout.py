"""Stepping: one `rollout` for all steppers, one that keeps the end, and two wrappers.

A stepper is a frozen value that maps a state to the next, u_next = stepper(u). One that
is driven takes an input a step, u_next = stepper(u, force). What a stepper can check of
a trajectory stands in its method `check`, which wrappers hand on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from .. import _checks


@dataclass(frozen=True)
class Forced:
    """A stepper with a force: half its push before the step, half after it.

    u ← P(u + Δt/2 f) + Δt/2 f

    This is of second order in Δt if the stepper P is (Strang splitting).

    Args:
        stepper: A stepper u -> u with a time step `dt`.

    Raises:
        TypeError: If the stepper has no `dt`.

    Reference: LeVeque 2002, section 17.4, doi:10.1017/CBO9780511791253.
    Chapter: book/dp/solver-in-the-loop.
    """

    stepper: Any

    def __post_init__(self):
        if not hasattr(self.stepper, "dt"):
            raise TypeError(
                "`stepper` must have a time step `dt`, for the push of the force. "
                f"Received: stepper={self.stepper!r}. Use one of pdl.solvers, or a "
                "dataclass with a field dt."
            )

    @property
    def dt(self) -> float:
        """Time step Δt [s]."""
        return self.stepper.dt

    def __call__(self, u: tf.Tensor, force: tf.Tensor) -> tf.Tensor:
        """Advance the state u by one step under a force of the same shape."""
        _checks.same_shape("force", force, "u", u)
        push = self.dt / 2
        return self.stepper(u + push * force) + push * force

    def check(self, trajectory: tf.Tensor) -> None:
        """Check a trajectory as the stepper inside does."""
        _check(self.stepper, trajectory)


@dataclass(frozen=True)
class Repeated:
    """Several steps as one; an input, if there is one, stays the same for all of them.

    Args:
        stepper: A stepper u -> u, or (u, force) -> u.
        n_steps: How many of its steps make one.

    Raises:
        ValueError: If `n_steps` is not a positive whole number.
    """

    stepper: Any
    n_steps: int

    def __post_init__(self):
        _checks.whole("n_steps", self.n_steps)

    @property
    def dt(self) -> float:
        """Time that all `n_steps` steps take together [s]."""
        return self.n_steps * self.stepper.dt

    def __call__(self, u: tf.Tensor, *inputs: tf.Tensor) -> tf.Tensor:
        """Advance the state u by `n_steps` steps."""
        return final_state(lambda u: self.stepper(u, *inputs), u, self.n_steps)

    def check(self, trajectory: tf.Tensor) -> None:
        """Check a trajectory of every n_steps-th state as the stepper inside does."""
        _check(self.stepper, trajectory)


def rollout(
    stepper: Callable,
    u0: tf.Tensor | np.ndarray,
    n_steps: int | None = None,
    *,
    inputs: tf.Tensor | np.ndarray | None = None,
) -> tf.Tensor:
    """Apply a stepper again and again, and keep every state.

    u⁰ = u0,  uⁿ⁺¹ = stepper(uⁿ),  or stepper(uⁿ, inputs[n])

    Works with any callable u -> u, also inside tf.function, compiled by XLA, and under
    a gradient tape. Run eagerly, it checks the result with `check_rollout`; for a
    compiled rollout, call `check_rollout` on what comes back.

    Args:
        stepper: A callable that maps a state to the next.
        u0: Initial state, shape ``(batch, *space, channels)``.
        n_steps: Number of steps, at least 1; left out where there are inputs.
        inputs: None, or what the stepper takes in each step besides the state, shape
            (n_steps, ...).

    Returns:
        The trajectory with u0, shape ``(n_steps + 1, batch, *space, channels)``.

    Raises:
        ValueError: If `n_steps` is not a positive whole number, if both or neither of
            `n_steps` and `inputs` are given, or as `check_rollout`.
    """
    driven, inputs = _driven(stepper, n_steps, inputs)
    u0 = tf.convert_to_tensor(u0)
    later = tf.scan(driven, inputs, initializer=u0)
    trajectory = tf.concat([u0[None], later], axis=0)
    if tf.executing_eagerly():
        check_rollout(stepper, trajectory)
    return trajectory


def final_state(
    stepper: Callable,
    u0: tf.Tensor | np.ndarray | list,
    n_steps: int | None = None,
    *,
    inputs: tf.Tensor | np.ndarray | None = None,
) -> tf.Tensor | list[tf.Tensor]:
    """The last state of `rollout`, without keeping the others.

    Nothing is checked; ``check_rollout(stepper, u[None])`` checks the state u at the
    end.

    Args:
        stepper: A callable, as `rollout` takes it.
        u0: Initial state, or a list of tensors, which the stepper maps to such a list.
        n_steps: Number of steps, at least 1; left out where there are inputs.
        inputs: None, or what the stepper takes in each step besides the state, shape
            (n_steps, ...), as in `rollout`.

    Returns:
        The state after all steps, with the shape of u0.

    Raises:
        ValueError: If `n_steps` is not a positive whole number, or if both or neither
            of `n_steps` and `inputs` are given.
    """
    driven, inputs = _driven(stepper, n_steps, inputs)
    u0 = tf.nest.map_structure(tf.convert_to_tensor, u0)
    return tf.foldl(driven, inputs, initializer=u0)


def check_rollout(stepper: Callable, trajectory: tf.Tensor | np.ndarray) -> None:
    """Raise a clear error if a trajectory left what its stepper is stable for.

    Args:
        stepper: The stepper; what it knows of its bounds is checked.
        trajectory: What `rollout` returned, with known values.

    Raises:
        ValueError: If a state is not finite, or a speed exceeds the `max_speed` that
            the stepper was made for.
    """
    rows = tf.reshape(trajectory, (len(trajectory), -1))
    finite = tf.reduce_all(tf.math.is_finite(rows), axis=1)
    if not tf.reduce_all(finite):
        first = int(tf.argmin(tf.cast(finite, tf.int32)))
        raise ValueError(
            f"`trajectory` must be finite. Received: a state that is not, at step "
            f"{first}. Check the initial state, and that the step is stable for it."
        )
    _check(stepper, trajectory)


def _check(stepper, trajectory):
    if hasattr(stepper, "check"):
        stepper.check(trajectory)


def _driven(stepper, n_steps, inputs):
    """The stepper as one that takes an input a step, and the inputs."""
    if (n_steps is None) == (inputs is None):
        given = "neither" if inputs is None else "both"
        raise ValueError(
            f"One of `n_steps` and `inputs` must be given. Received: {given}. With "
            "inputs there are as many steps as inputs: leave n_steps out."
        )
    if inputs is not None:
        return stepper, tf.convert_to_tensor(inputs)
    _checks.whole("n_steps", n_steps)
    return lambda u, _: stepper(u), tf.range(n_steps)
