from physdl_tf import solvers

import numpy as np
import pytest
import tensorflow as tf

START = np.array([-8.0, 7.0, 27.0])


def states(dt, n_steps, u=START):
    rows = [u]
    for _ in range(n_steps):
        rows.append(solvers.rk4(solvers.lorenz, rows[-1], dt))
    return np.array(rows)


def test_right_hand_side_of_hand_computed_states():
    u = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])
    expected = [[10, 23, -6], [15, -26.5, -0.5 - 16 / 3]]
    np.testing.assert_allclose(solvers.lorenz(u), expected)
    changed = solvers.lorenz(u[0], sigma=1.0, rho=2.0, beta=3.0)
    np.testing.assert_allclose(changed, [1, -3, -7])


def test_equilibria_stay():
    r = np.sqrt(8 / 3 * 27)
    u = np.array([[0.0, 0, 0], [r, r, 27], [-r, -r, 27]])
    np.testing.assert_allclose(solvers.rk4(solvers.lorenz, u, 0.1), u, atol=1e-12)


def test_numpy_and_tensorflow_agree_and_keep_their_kind():
    u = np.random.default_rng(0).normal(size=(4, 5, 3))
    in_numpy = solvers.rk4(solvers.lorenz, u, 0.01)
    in_tensorflow = solvers.rk4(solvers.lorenz, tf.constant(u), 0.01)
    assert isinstance(in_numpy, np.ndarray) and tf.is_tensor(in_tensorflow)
    np.testing.assert_allclose(in_numpy, in_tensorflow, rtol=1e-14)


def test_rk4_has_order_four():
    exact = states(0.0005, 400)[-1]
    errors = [np.abs(states(0.2 / n, n)[-1] - exact).max() for n in (20, 40, 80)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 4, atol=0.15)


def test_gradient_through_steps_matches_central_differences():
    u = tf.constant(START)
    with tf.GradientTape() as tape:
        tape.watch(u)
        z = u
        for _ in range(20):
            z = solvers.rk4(solvers.lorenz, z, 0.02)
        loss = tf.reduce_sum(z**2)
    h = 1e-6 * np.eye(3)
    up, down = states(0.02, 20, START + h)[-1], states(0.02, 20, START - h)[-1]
    differences = ((up**2).sum(axis=-1) - (down**2).sum(axis=-1)) / 2e-6
    np.testing.assert_allclose(tape.gradient(loss, u), differences, rtol=1e-7)


def test_errors_grow_with_the_lyapunov_exponent():
    # Follow a neighbor at a distance of 1e-8, and pull it back after each 0.5.
    rng = np.random.default_rng(0)
    u = states(0.01, 1000, START + rng.normal(size=(200, 3)))[-1]
    direction = rng.normal(size=u.shape)
    growth = []
    for i in range(60):
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        pair = states(0.01, 50, np.stack([u, u + 1e-8 * direction]))[-1]
        u, direction = pair[0], (pair[1] - pair[0]) / 1e-8
        if i >= 10:  # the direction has turned to the growing one
            growth.append(np.log(np.linalg.norm(direction, axis=-1)) / 0.5)
    assert np.mean(growth) == pytest.approx(solvers.LORENZ_EXPONENT, abs=0.01)


def test_states_of_two_numbers_are_refused():
    with pytest.raises(ValueError, match=r"x, y, z in its last axis.*\(3, 2\)"):
        solvers.lorenz(np.zeros((3, 2)))
