from physdl_tf import solvers

import numpy as np
import pytest
import tensorflow as tf

START = np.array([-8.0, 7.0, 27.0])


def advanced(u, n_steps):
    """States n_steps of 0.01 later, in NumPy, which is quicker for small arrays."""
    step = solvers.RungeKutta4(solvers.lorenz, 0.01)
    for _ in range(n_steps):
        u = step(u)
    return u


def test_right_hand_side_of_hand_computed_states():
    u = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])
    expected = [[10, 23, -6], [15, -26.5, -0.5 - 16 / 3]]
    np.testing.assert_allclose(solvers.lorenz(u), expected)
    np.testing.assert_allclose(solvers.lorenz(tf.constant(u)), expected)
    changed = solvers.lorenz(u[0], sigma=1.0, rho=2.0, beta=3.0)
    np.testing.assert_allclose(changed, [1, -3, -7])


def test_equilibria_stay():
    r = np.sqrt(8 / 3 * 27)
    u = np.array([[0.0, 0, 0], [r, r, 27], [-r, -r, 27]])
    np.testing.assert_allclose(advanced(u, 10), u, atol=1e-12)


def test_errors_grow_with_the_lyapunov_exponent():
    # Follow a neighbor at a distance of 1e-8, and pull it back after each 0.5.
    rng = np.random.default_rng(0)
    u = advanced(START + rng.normal(size=(200, 3)), 1000)
    direction = rng.normal(size=u.shape)
    growth = []
    for i in range(60):
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        pair = advanced(np.stack([u, u + 1e-8 * direction]), 50)
        u, direction = pair[0], (pair[1] - pair[0]) / 1e-8
        if i >= 10:  # the direction has turned to the growing one
            growth.append(np.log(np.linalg.norm(direction, axis=-1)) / 0.5)
    assert np.mean(growth) == pytest.approx(solvers.LORENZ_EXPONENT, abs=0.01)


def test_states_of_two_numbers_are_refused():
    with pytest.raises(ValueError, match=r"x, y, z in its last axis.*\(3, 2\)"):
        solvers.lorenz(np.zeros((3, 2)))


def test_a_list_is_a_state():
    np.testing.assert_allclose(solvers.lorenz([1, 1, 1]), solvers.lorenz(np.ones(3)))
    with pytest.raises(ValueError, match=r"x, y, z in its last axis.*\(\)"):
        solvers.lorenz(1.0)
