"""Stepping: one `rollout` for all steppers, one that keeps the end, and two wrappers.

A stepper is a frozen value that maps a state to the next, u_next = stepper(u). One that
is driven takes an input a step, u_next = stepper(u, force). What a stepper can check of
a trajectory stands in its method `check`; wrappers hand it on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from .. import _checks


@dataclass(frozen=True)
class Forced:
    """A stepper with a force: half its push before the step, half after it.

    u ← P(u + Δt/2 f) + Δt/2 f

    This is of second order in Δt if the stepper P is (Strang splitting).

    Args:
        stepper: A stepper u -> u with a time step `dt`.

    Reference: LeVeque 2002, section 17.4, doi:10.1017/CBO9780511791253.
    Chapter: book/dp/solver-in-the-loop.
    """

    stepper: Callable

    def __call__(self, u, force):
        """Advance the state u by one step under a force of the same shape."""
        _checks.same_shape("force", force, "u", u)
        push = self.stepper.dt / 2
        return self.stepper(u + push * force) + push * force

    def check(self, trajectory):
        """Check what the stepper inside checks."""
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

    stepper: Callable
    n_steps: int

    def __post_init__(self):
        _checks.whole("n_steps", self.n_steps)

    def __call__(self, u, *inputs):
        """Advance the state u by `n_steps` steps."""
        return final_state(lambda u: self.stepper(u, *inputs), u, self.n_steps)

    def check(self, trajectory):
        """Check what the stepper inside checks."""
        _check(self.stepper, trajectory)


def rollout(stepper, u0, n_steps=None, *, inputs=None):
    """Apply a stepper again and again, and keep every state.

    u⁰ = u0,  uⁿ⁺¹ = stepper(uⁿ),  or stepper(uⁿ, inputs[n])

    Works with any callable u -> u, also inside tf.function, compiled by XLA, and under
    a gradient tape. Run eagerly, it checks the result with `check_rollout`; for a
    compiled rollout, call `check_rollout` on what comes back.

    Args:
        stepper: A callable that maps a state to the next.
        u0: Initial state, shape (batch, *space, channels).
        n_steps: Number of steps, at least 1; left out where there are inputs.
        inputs: None, or what the stepper takes in each step besides the state, shape
            (n_steps, ...).

    Returns:
        The trajectory, shape (n_steps + 1, batch, *space, channels), u0 included.

    Raises:
        ValueError: If `n_steps` is not a positive whole number, or given beside inputs,
            or as `check_rollout`.
    """
    n_steps = _number_of_steps(n_steps, inputs)
    u0 = tf.convert_to_tensor(u0)
    if inputs is None:
        later = tf.scan(lambda u, _: stepper(u), tf.range(n_steps), initializer=u0)
    else:
        later = tf.scan(stepper, tf.convert_to_tensor(inputs), initializer=u0)
    trajectory = tf.concat([u0[None], later], axis=0)
    if tf.executing_eagerly():
        check_rollout(stepper, trajectory)
    return trajectory


def final_state(stepper, u0, n_steps=None, *, inputs=None):
    """The last state of `rollout`, without keeping the others.

    Nothing is checked on the way.

    Args:
        stepper: As `rollout` takes it.
        u0: Initial state, or a list of tensors that the stepper maps to such a list.
        n_steps: Number of steps, at least 1; left out where there are inputs.
        inputs: None, or an input a step, shape (n_steps, ...).

    Returns:
        The state after all steps, with the shape of u0.

    Raises:
        ValueError: If `n_steps` is not a positive whole number, or given beside inputs.
    """
    n_steps = _number_of_steps(n_steps, inputs)
    u0 = tf.nest.map_structure(tf.convert_to_tensor, u0)
    if inputs is not None:
        inputs = tf.convert_to_tensor(inputs)

    def body(i, u):
        return i + 1, stepper(u) if inputs is None else stepper(u, inputs[i])

    return tf.while_loop(
        lambda i, _: i < n_steps,
        body,
        (0, u0),
        # A number that XLA knows lets it take the gradient.
        maximum_iterations=n_steps if isinstance(n_steps, int) else None,
    )[1]


def check_rollout(stepper, trajectory):
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


def _number_of_steps(n_steps, inputs):
    """The number of steps, from the one of two arguments that is given."""
    if (n_steps is None) == (inputs is None):
        raise ValueError(
            "`n_steps` or `inputs` must be given, and not both. Received: "
            f"n_steps={n_steps}, inputs of shape {getattr(inputs, 'shape', None)}. "
            "With inputs there are as many steps as inputs: leave n_steps out."
        )
    if inputs is None:
        _checks.whole("n_steps", n_steps)
        return n_steps
    known = tf.convert_to_tensor(inputs).shape
    if known.rank and known[0] is not None:
        return known[0]
    return tf.shape(inputs)[0]
