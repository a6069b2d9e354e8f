from physdl_tf import networks
from physdl_tf.pinn import derivatives

import numpy as np
import pytest
import tensorflow as tf


def points(n=7, seed=0):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.random((n, 1))), tf.constant(rng.random((n, 1)))


def test_partials_of_a_formula_match_hand_derivatives():
    x, t = points()
    p = derivatives.partials(lambda x, t: tf.sin(3 * x) * t**2, x, t)
    np.testing.assert_allclose(p.u_t, 2 * t * np.sin(3 * x), rtol=1e-12)
    np.testing.assert_allclose(p.u_x, 3 * np.cos(3 * x) * t**2, rtol=1e-12)
    np.testing.assert_allclose(p.u_xx, -9 * np.sin(3 * x) * t**2, rtol=1e-12)


def test_partials_of_a_network_match_central_differences():
    x, t = points()
    net = networks.mlp(2, 1, width=8, depth=2, seed=0, dtype="float64")
    field = networks.as_field(net)
    p = derivatives.partials(field, x, t)
    h = 1e-4  # truncation h² and rounding 1e-16/h² balance near 1e-8
    u_x = (field(x + h, t) - field(x - h, t)) / (2 * h)
    u_t = (field(x, t + h) - field(x, t - h)) / (2 * h)
    u_xx = (field(x + h, t) - 2 * field(x, t) + field(x - h, t)) / h**2
    np.testing.assert_allclose(p.u_x, u_x, atol=1e-7)
    np.testing.assert_allclose(p.u_t, u_t, atol=1e-7)
    np.testing.assert_allclose(p.u_xx, u_xx, atol=1e-6)


def test_a_field_linear_in_x_has_second_derivative_zero():
    x, t = points()
    assert not np.any(derivatives.partials(lambda x, t: x * t, x, t).u_xx)


def test_two_columns_are_refused_not_summed():
    x, t = points()
    with pytest.raises(ValueError, match="`u` must be one column"):
        derivatives.partials(lambda x, t: tf.concat([x * t, x + t], 1), x, t)


@pytest.mark.parametrize("field", [lambda x, t: x**2, lambda x, t: t**2])
def test_a_field_that_ignores_a_coordinate_is_refused(field):
    x, t = points()
    with pytest.raises(ValueError, match="must depend on its coordinate"):
        derivatives.partials(field, x, t)


def test_an_unwatched_coordinate_is_refused():
    x, _ = points()
    with tf.GradientTape() as tape:
        u = x**2
    with pytest.raises(ValueError, match="tape.watch"):
        derivatives.derivative(tape, u, x)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "relu6"])
@pytest.mark.parametrize("compiled", [False, True])
def test_piecewise_linear_activations_are_refused(activation, compiled):
    x, t = points()
    net = networks.mlp(
        2, 1, width=4, depth=1, seed=0, activation=activation, dtype="float64"
    )
    field = tf.function(networks.as_field(net)) if compiled else networks.as_field(net)
    with pytest.raises(ValueError, match="must be twice differentiable"):
        derivatives.partials(field, x, t)


def test_points_must_be_columns():
    x, t = points()
    with pytest.raises(ValueError, match="`x` must be one column"):
        derivatives.partials(lambda x, t: x * t, x[:, 0], t)
    with pytest.raises(ValueError, match="`t` must be one column"):
        derivatives.partials(lambda x, t: x * t, x, t[:, 0])
