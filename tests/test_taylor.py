from physdl_tf import networks
from physdl_tf.pinn import derivatives, residuals, taylor

import keras
import numpy as np
import pytest
import tensorflow as tf

SIZES = [(8, 20), (3, 20), (1, 5)]


def points(n=50, seed=0):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.uniform(-1, 1, (n, 1))), tf.constant(rng.random((n, 1)))


def network(depth=3, width=20, seed=0, dtype="float64"):
    """A network whose biases are not zero: an error in them would be seen."""
    net = networks.mlp(2, 1, width=width, depth=depth, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    net.set_weights([w + 0.3 * rng.normal(size=w.shape) for w in net.get_weights()])
    return net


def assert_close(a, b, tolerance):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


# 1e-12: rounding 1e-16, grown by the sums over some hundred products.
@pytest.mark.parametrize("depth, width", SIZES)
def test_partials_are_those_of_nested_tapes(depth, width):
    net, (x, t) = network(depth, width), points()
    fast = taylor.partials(net.trainable_variables, x, t)
    plain = derivatives.partials(networks.as_field(net), x, t)
    for name in plain._fields:
        assert getattr(fast, name).shape == (50, 1)
        assert_close(getattr(fast, name), getattr(plain, name), 1e-12)


@pytest.mark.parametrize("depth, width", SIZES)
def test_three_streams_give_the_residual_of_nested_tapes(depth, width):
    net, (x, t) = network(depth, width), points()
    u, u_x, u_q = taylor.heat_partials(net.trainable_variables, x, t, nu=0.1)
    plain = residuals.burgers(networks.as_field(net), x, t, nu=0.1)
    assert_close(u_q + u * u_x, plain, 1e-12)


def test_gradients_of_a_loss_are_those_of_nested_tapes():
    net, (x, t) = network(), points()
    nu = tf.Variable(0.1, dtype=tf.float64)
    theta = [v.value for v in net.trainable_variables] + [nu]

    def four_streams():
        p = taylor.partials(net.trainable_variables, x, t)
        return p.u_t + p.u * p.u_x - nu * p.u_xx

    def three_streams():
        u, u_x, u_q = taylor.heat_partials(net.trainable_variables, x, t, nu=nu)
        return u_q + u * u_x

    def gradients(residual):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(residual() ** 2)
        return tape.gradient(loss, theta, unconnected_gradients="zero")

    field = networks.as_field(net)
    plain = gradients(lambda: residuals.burgers(field, x, t, nu=nu))
    scale = max(np.abs(g).max() for g in plain)
    for residual in (four_streams, three_streams):
        for a, b in zip(gradients(residual), plain, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * scale)


@pytest.mark.parametrize("depth", [1, 3])
def test_the_jacobian_is_that_of_the_residual_of_nested_tapes(depth):
    net, (x, t) = network(depth, width=7), points(6)
    theta = [v.value for v in net.trainable_variables]
    with tf.GradientTape() as tape:
        plain = residuals.burgers(networks.as_field(net), x, t, nu=0.1)
    blocks = tape.jacobian(plain, theta, unconnected_gradients="zero")
    expected = np.concatenate([np.reshape(b, (6, -1)) for b in blocks], axis=1).T
    r, jacobian = taylor.heat_jacobian(
        theta, x, t, nu=0.1, residual=lambda u, u_x, u_q: u_q + u * u_x
    )
    assert_close(r, plain, 1e-12)
    assert_close(jacobian, expected, 1e-12)


def test_a_network_may_be_given_in_the_place_of_its_weights():
    net, (x, t) = network(), points()
    weights = net.trainable_variables
    net.layers[1].trainable = False  # a frozen layer counts, too
    assert len(net.trainable_variables) == len(weights) - 2
    fast = taylor.partials(net, x, t)
    for a, b in zip(fast, taylor.partials(weights, x, t), strict=True):
        np.testing.assert_array_equal(a, b)
    assert_close(
        fast.u_xx, derivatives.partials(networks.as_field(net), x, t).u_xx, 1e-12
    )
    u, _, _ = taylor.heat_partials(net, x, t, nu=0.1)
    np.testing.assert_array_equal(u, fast.u)
    r, jacobian = taylor.heat_jacobian(net, x, t, nu=0.1, residual=lambda u, *_: u)
    np.testing.assert_array_equal(r, fast.u)
    assert jacobian.shape == (net.count_params(), 50)


@pytest.mark.parametrize("activation", [keras.ops.sin, "softplus", "linear"])
def test_a_network_with_another_activation_is_refused(activation):
    net = networks.mlp(
        2, 1, width=4, depth=2, activation=activation, seed=0, dtype="float64"
    )
    with pytest.raises(ValueError, match="tanh between .* Received: activations"):
        taylor.partials(net, *points())
    with pytest.raises(ValueError, match="tanh between .* Received: activations"):
        taylor.heat_partials(net, *points(), nu=0.1)


def test_a_network_whose_output_is_not_linear_is_refused():
    net = network()
    net.layers[-1].activation = keras.activations.tanh
    with pytest.raises(ValueError, match="a linear output"):
        taylor.partials(net, *points())


def test_float32_stays_float32():
    net = network(dtype="float32")
    x, t = (tf.cast(a, tf.float32) for a in points())
    for u in taylor.partials(net.trainable_variables, x, t):
        assert u.dtype == tf.float32


def test_stacked_networks_agree_with_each_alone():
    x, t = (tf.cast(a, tf.float32) for a in points())
    sizes = {"width": 8, "depth": 2}
    together = taylor.partials(networks.stacked_mlp(2, 1, **sizes, seeds=[0, 1]), x, t)
    for seed in (0, 1):
        net = networks.mlp(2, 1, **sizes, seed=seed)
        alone = taylor.partials(net.trainable_variables, x, t)
        for a, b in zip(together, alone, strict=True):
            assert a.shape == (2, 50, 1)
            assert_close(a[seed], b, 1e-5)  # float32


def test_two_outputs_agree_with_nested_tapes():
    net = networks.mlp(2, 2, width=8, depth=2, seed=0, dtype="float64")
    x, t = points()
    together = taylor.partials(net, x, t)
    for k in (0, 1):
        taped = derivatives.partials(
            lambda x, t, k=k: net(tf.concat([x, t], axis=1))[:, k : k + 1], x, t
        )
        for a, b in zip(together, taped, strict=True):
            assert_close(a[:, k : k + 1], b, 1e-12)


def test_points_must_be_columns():
    weights, (x, t) = network().trainable_variables, points()
    with pytest.raises(ValueError, match="`x` must be one column"):
        taylor.partials(weights, x[:, 0], t)
    with pytest.raises(ValueError, match="`t` must be one column"):
        taylor.heat_partials(weights, x, t[:, 0], nu=0.1)


def heat_partials(net, x, t):
    return taylor.heat_partials(net, x, t, nu=0.1)


@pytest.mark.parametrize(
    "n_inputs, n_outputs, function", [(1, 1, taylor.partials), (2, 2, heat_partials)]
)
def test_other_networks_are_refused(n_inputs, n_outputs, function):
    net = networks.mlp(n_inputs, n_outputs, width=4, depth=2, seed=0, dtype="float64")
    with pytest.raises(ValueError, match="two inputs, one or more hidden layers"):
        function(net.trainable_variables, *points())
    with pytest.raises(ValueError, match="two inputs, one or more hidden layers"):
        function(net, *points())
