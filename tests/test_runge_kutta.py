from physdl_tf.metrics import observed_order
from physdl_tf.solvers import RungeKutta4, final_state, lorenz

import numpy as np
import pytest
import tensorflow as tf

START = np.array([-8.0, 7.0, 27.0])


def test_order_is_four_for_an_equation_with_a_known_solution():
    errors, steps = [], []
    for n in (10, 20, 40):
        step = RungeKutta4(lambda u: -u * (1 + u), 1 / n)  # u = 1 / (2eᵗ − 1) from 1
        u = final_state(step, np.array([1.0]), n)
        errors.append(abs(float(u[0]) - 1 / (2 * np.e - 1)))
        steps.append(1 / n)
    order = observed_order(steps, errors)
    assert order == pytest.approx(RungeKutta4.order, abs=0.15)


def test_numpy_and_tensorflow_agree_and_keep_their_kind():
    u, step = np.random.default_rng(0).normal(size=(4, 5, 3)), RungeKutta4(lorenz, 0.01)
    in_numpy, in_tensorflow = step(u), step(tf.constant(u))
    assert isinstance(in_numpy, np.ndarray) and tf.is_tensor(in_tensorflow)
    np.testing.assert_allclose(in_numpy, in_tensorflow, rtol=1e-14)


def test_gradient_through_steps_agrees_with_central_differences():
    step, u = RungeKutta4(lorenz, 0.02), tf.constant(START)
    with tf.GradientTape() as tape:
        tape.watch(u)
        loss = tf.reduce_sum(final_state(step, u, 20) ** 2)
    h = 1e-6 * np.eye(3)
    up, down = (final_state(step, START + s, 20).numpy() for s in (h, -h))
    differences = ((up**2).sum(axis=-1) - (down**2).sum(axis=-1)) / 2e-6
    np.testing.assert_allclose(tape.gradient(loss, u), differences, rtol=1e-7)


def test_time_steps_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match="`dt` must be positive"):
        RungeKutta4(lorenz, 0.0)
