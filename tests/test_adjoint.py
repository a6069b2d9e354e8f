"""Gradients through the 1D solvers, against central differences.

For advection also against an adjoint written by hand, which shares no code with the
solver.
"""

from physdl_tf.metrics import observed_order
from physdl_tf.solvers import (
    AdvectionUpwind,
    BurgersFiniteVolume,
    BurgersMuscl,
    BurgersSemiLagrangian,
    PeriodicGrid,
    rollout,
)

import numpy as np
import pytest
import tensorflow as tf

N_CELLS, N_STEPS, DT = 40, 25, 0.02
GRID = PeriodicGrid(N_CELLS, (0.0, 1.0))
RATIO = DT / GRID.dx  # Courant number per speed
WAVE = np.sin(2 * np.pi * GRID.centers)
D0 = np.exp(-(((GRID.centers - 0.5) / 0.15) ** 2))
D_TARGET = np.roll(D0, 7) + 0.1 * WAVE
LEFT, RIGHT, BOTH = -0.7 + 0.3 * WAVE, 0.7 + 0.3 * WAVE, 0.5 * WAVE + 0.01


def forward(u, d):
    """States of the upwind scheme, with c⁺ = max(c, 0) and c⁻ = min(c, 0)."""
    c_plus, c_minus, states = RATIO * np.maximum(u, 0), RATIO * np.minimum(u, 0), [d]
    for _ in range(N_STEPS):
        d = d - c_plus * (d - np.roll(d, 1)) - c_minus * (np.roll(d, -1) - d)
        states.append(d)
    return states


def loss(u, d=D0):
    return np.sum((forward(u, d)[-1] - D_TARGET) ** 2)


def adjoint(u):
    """Gradients of the loss with respect to u and to the initial state.

    λ_i ← (1 − c⁺_i + c⁻_i) λ_i + c⁺_{i+1} λ_{i+1} − c⁻_{i−1} λ_{i−1}
    """
    states = forward(u, D0)
    c_plus, c_minus = RATIO * np.maximum(u, 0), RATIO * np.minimum(u, 0)
    lam, grad = 2 * (states[-1] - D_TARGET), np.zeros(N_CELLS)
    for d in states[-2::-1]:
        difference = np.where(u > 0, d - np.roll(d, 1), np.roll(d, -1) - d)
        grad -= RATIO * lam * difference
        from_right, from_left = np.roll(c_plus * lam, -1), np.roll(c_minus * lam, 1)
        lam = (1 - c_plus + c_minus) * lam + from_right - from_left
    return grad, lam


def tape_gradients(u):
    """The same two gradients by TensorFlow, through the package's solver."""
    u, d0 = (tf.Variable(np.reshape(a, (1, -1, 1))) for a in (u, D0))
    step = AdvectionUpwind(GRID, DT, u, max_speed=1.0)
    with tf.GradientTape() as tape:
        d_end = rollout(step, d0, N_STEPS)[-1, 0, :, 0]
        value = tf.reduce_sum((d_end - D_TARGET) ** 2)
    return [g.numpy()[0, :, 0] for g in tape.gradient(value, [u, d0])]


def central_differences(f, at, eps=1e-6):
    shifts = eps * np.eye(N_CELLS)
    return np.array([(f(at + s) - f(at - s)) / (2 * eps) for s in shifts])


each_flow = pytest.mark.parametrize(
    "u", [LEFT, RIGHT, BOTH], ids=["left", "right", "both"]
)


@each_flow
def test_tape_agrees_with_the_adjoint_written_by_hand(u):
    for tape, hand in zip(tape_gradients(u), adjoint(u), strict=True):
        assert np.abs(hand).max() > 0.01
        np.testing.assert_allclose(tape, hand, rtol=0, atol=1e-12)


@each_flow
def test_tape_agrees_with_central_differences(u):
    by_u, by_d0 = tape_gradients(u)
    np.testing.assert_allclose(by_u, central_differences(loss, u), rtol=0, atol=1e-8)
    by_differences = central_differences(lambda d: loss(u, d), D0)
    np.testing.assert_allclose(by_d0, by_differences, rtol=0, atol=1e-8)


@each_flow
def test_remainder_of_the_taylor_expansion_is_of_second_order(u):
    v = np.random.default_rng(0).normal(size=N_CELLS)
    h = np.array([1e-3, 3e-4, 1e-4])  # too small to change the sign of any u
    slope = v @ tape_gradients(u)[0]
    remainders = np.abs([loss(u + s * v) - loss(u) - s * slope for s in h])
    assert observed_order(h, remainders) > 1.8, remainders


def test_gradient_is_zero_where_the_density_was_always_flat():
    assert np.abs(LEFT).max() * RATIO <= 1
    d = np.where(np.abs(GRID.centers - 0.8) < 0.05, 1.0, 0.0)
    u = tf.Variable(LEFT[None, :, None])
    step = AdvectionUpwind(GRID, DT, u, max_speed=1.0)
    with tf.GradientTape() as tape:
        d_end = rollout(step, d[None, :, None], 5)[-1]
        value = tf.reduce_sum((d_end - D_TARGET[None, :, None]) ** 2)
    grad = tape.gradient(value, u).numpy()[0, :, 0]
    flat = (GRID.centers > 0.86) | (GRID.centers < 0.6)
    assert not grad[flat].any() and grad[~flat].any()


def test_tape_adds_up_both_one_sided_derivatives_at_the_kink():
    def one_step_loss(u):
        step = AdvectionUpwind(GRID, DT, u, max_speed=1.0)
        d_next = step(tf.constant(D0[None, :, None]))[0, :, 0]
        return tf.reduce_sum((d_next - D_TARGET) ** 2)

    still = np.zeros((1, N_CELLS, 1))
    shift = 1e-6 * (np.arange(N_CELLS) == 15)[None, :, None]
    at_zero = one_step_loss(still)
    right = float(one_step_loss(still + shift) - at_zero) / 1e-6
    left = float(at_zero - one_step_loss(still - shift)) / 1e-6
    u = tf.Variable(still)
    with tf.GradientTape() as tape:
        value = one_step_loss(u)
    slope = tape.gradient(value, u).numpy()[0, 15, 0]
    assert abs(right - left) > 1e-3
    assert slope == pytest.approx(right + left, abs=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True], ids=["eager", "XLA"])
@pytest.mark.parametrize(
    "step",
    [
        BurgersFiniteVolume(GRID, DT, 0.002, max_speed=1.0),
        BurgersMuscl(GRID, DT / 2, 0.002, max_speed=1.0),
        BurgersSemiLagrangian(GRID, DT, 0.002),
    ],
    ids=["finite volume", "MUSCL", "semi-Lagrangian"],
)
def test_gradient_through_a_burgers_solver_agrees_with_differences(step, jit_compile):
    # Not symmetric, since a limiter has kinks where neighbors are equal.
    u0 = tf.Variable((0.1 + 0.8 * D0 + 0.05 * WAVE)[None, :, None])

    def loss_of(u):
        return tf.reduce_sum((rollout(step, u, N_STEPS)[-1, :, :, 0] - D_TARGET) ** 2)

    def gradient():
        with tf.GradientTape() as tape:
            value = loss_of(u0)
        return tape.gradient(value, u0)

    tape = (tf.function(gradient, jit_compile=True) if jit_compile else gradient)()
    shifts = 1e-6 * np.concatenate([np.eye(N_CELLS), -np.eye(N_CELLS)])[..., None]
    u_end = rollout(step, u0 + shifts, N_STEPS)[-1, :, :, 0]
    plus, minus = np.split(np.sum((u_end - D_TARGET) ** 2, axis=1), 2)
    assert np.abs(tape).max() > 0.01
    np.testing.assert_allclose(tape[0, :, 0], (plus - minus) / 2e-6, rtol=0, atol=1e-8)
