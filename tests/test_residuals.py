from physdl_tf import networks, problems
from physdl_tf.pinn import residuals, sampling

import numpy as np
import pytest
import tensorflow as tf


def points(dtype):
    x, t = sampling.interior(200, (-1.0, 1.0), (0.0, 1.0), seed=0)
    return tf.cast(x, dtype), tf.cast(t, dtype)


def wave(x, t):
    return problems.burgers_wave(x, t, nu=0.1)


@pytest.mark.parametrize(("dtype", "bar"), [("float64", 1e-12), ("float32", 2e-5)])
def test_burgers_residual_of_the_exact_wave_is_zero_to_rounding(dtype, bar):
    x, t = points(dtype)  # terms reach 5, so float32 rounding is about 1e-6
    assert np.abs(residuals.burgers(wave, x, t, nu=0.1)).max() <= bar


def test_advection_residual_of_a_moving_profile_is_zero_to_rounding():
    x, t = points("float64")
    r = residuals.advection(lambda x, t: tf.sin(3 * (x - 0.7 * t)), x, t, c=0.7)
    assert np.abs(r).max() <= 1e-12


def test_burgers_residual_of_a_polynomial_matches_hand_derivatives():
    x, t = points("float64")
    r = residuals.burgers(lambda x, t: x**2 + t, x, t, nu=0.3)
    np.testing.assert_allclose(r, 1 + (x**2 + t) * 2 * x - 0.3 * 2, atol=1e-12)


def test_viscosity_may_be_a_variable_and_gets_a_gradient():
    x, t = points("float64")
    nu = tf.Variable(0.2, dtype=tf.float64)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(residuals.burgers(wave, x, t, nu=nu) ** 2)
    assert float(tape.gradient(loss, nu)) > 0  # the wave solves nu = 0.1


def test_negative_viscosity_is_refused():
    x, t = points("float64")
    with pytest.raises(ValueError, match="`nu` must be zero or positive"):
        residuals.burgers(wave, x, t, nu=-0.1)


def test_a_negative_viscosity_is_refused_in_a_variable_too():
    x, t = points("float64")
    with pytest.raises(ValueError, match="`nu` must be zero or positive"):
        residuals.burgers(wave, x, t, nu=tf.Variable(-0.05, dtype=tf.float64))


def test_a_coefficient_of_another_type_than_the_field_is_refused():
    x, t = points("float64")
    nu = tf.Variable(0.1)
    with pytest.raises(ValueError, match="`nu` must have the type of the field"):
        residuals.burgers(wave, x, t, nu=nu)
    with pytest.raises(ValueError, match="`c` must have the type of the field"):
        residuals.advection(wave, x, t, c=nu)


def test_the_advection_residual_of_a_relu_network_is_allowed():
    x, t = points("float32")
    net = networks.mlp(2, 1, width=4, depth=1, seed=0, activation="relu")
    assert residuals.advection(networks.as_field(net), x, t, c=1.0).shape == x.shape


def test_schrodinger_residual_is_that_of_complex_numbers():
    rng = np.random.default_rng(0)
    h = rng.standard_normal((3, 3, 20, 1, 2)) @ [1, 1j]  # h, h_t, h_xx of three fields
    pair = [tuple(map(tf.constant, h.real)), tuple(map(tf.constant, h.imag))]
    lam_1 = np.array([0.5, 0.7, 0.9])[:, None, None]
    r = residuals.schrodinger(pair, lam_1=lam_1, lam_2=1.3).numpy() @ [1, 1j]
    expected = 1j * h[1] + lam_1 * h[2] + 1.3 * np.abs(h[0]) ** 2 * h[0]
    np.testing.assert_allclose(r, expected[..., 0], rtol=1e-12)
