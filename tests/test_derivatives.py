from physdl_tf import networks
from physdl_tf.pinn import derivatives

import numpy as np
import pytest
import tensorflow as tf

WANTED = "x y t xx yy tt xy xt yt"


def points(n=7, seed=0):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.random((n, 1))), tf.constant(rng.random((n, 1)))


def burgers_partials(field, x, t):
    return derivatives.partials(field, "t x xx", x=x, t=t)


def test_partials_of_a_formula_match_hand_derivatives():
    x, t = points()
    _, u_t, u_x, u_xx = burgers_partials(lambda x, t: tf.sin(3 * x) * t**2, x, t)
    np.testing.assert_allclose(u_t, 2 * t * np.sin(3 * x), rtol=1e-12)
    np.testing.assert_allclose(u_x, 3 * np.cos(3 * x) * t**2, rtol=1e-12)
    np.testing.assert_allclose(u_xx, -9 * np.sin(3 * x) * t**2, rtol=1e-12)


def test_two_components_in_three_coordinates_match_hand_derivatives():
    x, y = points()
    t, _ = points(seed=1)

    def pair(x, y, t):
        return tf.sin(2 * x) * y**3 * tf.exp(-t), x * y**2 + tf.cos(x * t) + 0 * y

    u, v = derivatives.partials(pair, WANTED, x=x, y=y, t=t)
    sin, cos, decay = np.sin(2 * x), np.cos(2 * x), np.exp(-t)
    u_exact = [sin * y**3 * decay, 2 * cos * y**3 * decay, 3 * sin * y**2 * decay]
    u_exact += [-sin * y**3 * decay, -4 * sin * y**3 * decay, 6 * sin * y * decay]
    u_exact += [sin * y**3 * decay, 6 * cos * y**2 * decay, -2 * cos * y**3 * decay]
    u_exact += [-3 * sin * y**2 * decay]
    s, c, zero = np.sin(x * t), np.cos(x * t), np.zeros((7, 1))
    v_exact = [x * y**2 + c, y**2 - t * s, 2 * x * y, -x * s, -(t**2) * c, 2 * x]
    v_exact += [-(x**2) * c, 2 * y, -s - x * t * c, zero]
    for found, exact in ((u, u_exact), (v, v_exact)):
        for a, b in zip(found, exact, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_partials_of_a_network_match_central_differences():
    x, t = points()
    net = networks.mlp(2, 1, width=8, depth=2, seed=0, dtype="float64")
    field = networks.as_field(net)
    _, u_t, u_x, u_xx = burgers_partials(field, x, t)
    h = 1e-4  # truncation h² and rounding 1e-16/h² balance near 1e-8
    slope_x = (field(x + h, t) - field(x - h, t)) / (2 * h)
    slope_t = (field(x, t + h) - field(x, t - h)) / (2 * h)
    curvature = (field(x + h, t) - 2 * field(x, t) + field(x - h, t)) / h**2
    np.testing.assert_allclose(u_x, slope_x, atol=1e-7)
    np.testing.assert_allclose(u_t, slope_t, atol=1e-7)
    np.testing.assert_allclose(u_xx, curvature, atol=1e-6)


def test_a_field_linear_in_x_has_second_derivative_zero():
    x, t = points()
    assert not np.any(burgers_partials(lambda x, t: x * t, x, t)[-1])


def test_two_columns_are_refused_not_summed():
    x, t = points()
    with pytest.raises(ValueError, match=r"`u` must be one column.*tf.split\(..., ax"):
        burgers_partials(lambda x, t: tf.concat([x * t, x + t], 1), x, t)


def test_two_components_in_one_long_column_are_refused():
    """v and −v in one column have derivatives whose sum is zero."""
    x, t = points()

    def pair(x, t):
        v = tf.sin(x * t)
        return tf.reshape(tf.concat([v, -v], 1), (-1, 1))

    with pytest.raises(
        ValueError,
        match=r"one row for each row of `x`. Received: u.shape=\(14, 1\).*tf.split",
    ):
        burgers_partials(pair, x, t)


def test_rows_of_coordinates_must_be_as_many():
    x, t = points()
    with pytest.raises(ValueError, match="`x` and `t` must have the same shape"):
        burgers_partials(lambda x, t: x * t, x, t[:1])


def test_a_complex_field_is_refused():
    """Its real part solves the equation, its imaginary part would be dropped."""
    x, t = points()
    with pytest.raises(ValueError, match="`u` must hold real floating-point numbers"):
        burgers_partials(
            lambda x, t: tf.complex(tf.sin(x - t), tf.exp(7 * x) * t), x, t
        )


def test_points_must_be_real_numbers_of_one_float_type():
    x, t = points()
    ones = tf.ones((7, 1), tf.int32)
    with pytest.raises(ValueError, match="`x` must hold real .*x.dtype=int32"):
        burgers_partials(lambda x, t: x * t, ones, ones)
    with pytest.raises(ValueError, match="`x` and `t` must have the same type"):
        burgers_partials(lambda x, t: x * t, x, tf.cast(t, tf.float32))


def test_a_network_of_another_type_than_its_points_is_refused():
    x, t = (tf.cast(a, tf.float32) for a in points())
    net = networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float64")
    with pytest.raises(ValueError, match="must have the same type.*float64.*float32"):
        burgers_partials(networks.as_field(net), x, t)


@pytest.mark.parametrize("field", [lambda x, t: x**2, lambda x, t: t**2])
def test_a_field_that_ignores_a_coordinate_is_refused(field):
    x, t = points()
    with pytest.raises(ValueError, match="must depend on its coordinate"):
        burgers_partials(field, x, t)


def test_an_unwatched_coordinate_is_refused():
    x, _ = points()
    with tf.GradientTape() as tape:
        u = x**2
    with pytest.raises(ValueError, match="tape.watch"):
        derivatives.derivative(tape, u, x)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "relu6"])
@pytest.mark.parametrize("compiled", [False, True])
def test_second_derivatives_of_piecewise_linear_networks_are_refused(
    activation, compiled
):
    x, t = points(50)
    net = networks.mlp(
        2, 1, width=8, depth=1, seed=0, activation=activation, dtype="float64"
    )
    field = tf.function(networks.as_field(net)) if compiled else networks.as_field(net)
    with pytest.raises(ValueError, match="must be twice differentiable"):
        burgers_partials(field, x - 0.5, t)
    derivatives.partials(field, "t x", x=x, t=t)  # first ones exist


@pytest.mark.parametrize(
    "kink", [lambda x: tf.maximum(x, 0.0), tf.abs, lambda x: tf.where(x > 0, x, -2 * x)]
)
def test_a_kink_is_found_whatever_makes_it(kink):
    x, t = points()
    with pytest.raises(ValueError, match="twice differentiable.*∂²u/∂x² = 0"):
        burgers_partials(lambda x, t: kink(x) * t, x - 0.5, t)


def test_a_kink_in_one_of_two_components_is_found():
    x, t = points()
    with pytest.raises(ValueError, match="twice differentiable"):
        derivatives.partials(
            lambda x, t: (x**2, tf.abs(x) + 0 * t), "xx", x=x - 0.5, t=t
        )


def test_a_cubed_relu_is_smooth_enough():
    x, t = points()
    *_, u_xx = burgers_partials(lambda x, t: tf.nn.relu(x) ** 3 * t, x - 0.5, t)
    np.testing.assert_allclose(u_xx, 6 * np.maximum(x - 0.5, 0) * t, rtol=1e-12)


@pytest.mark.parametrize("wanted", ["u_x", "z", "xxx", "X"])
def test_derivatives_that_are_no_such_names_are_refused(wanted):
    x, t = points()
    with pytest.raises(ValueError, match=f"`wanted` must name.*wanted='{wanted}'"):
        derivatives.partials(lambda x, t: x * t, wanted, x=x, t=t)


def test_points_must_be_columns():
    x, t = points()
    with pytest.raises(ValueError, match=r"`x` must be one column.*tf.reshape\(x"):
        burgers_partials(lambda x, t: x * t, x[:, 0], t)
    with pytest.raises(ValueError, match="`t` must be one column"):
        burgers_partials(lambda x, t: x * t, x, t[:, 0])
