from physdl_tf import networks
from physdl_tf.pinn import conditions, derivatives, residuals, taylor

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


def partials(weights, x, t):
    return taylor.partials(weights, "t x xx", x=x, t=t)


def assert_close(a, b, tolerance):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


# 1e-12: rounding 1e-16, grown by the sums over some hundred products.
@pytest.mark.parametrize("depth, width", SIZES)
def test_partials_are_those_of_nested_tapes(depth, width):
    net, (x, t) = network(depth, width), points()
    fast = taylor.partials(net, "t x xx", x=x, t=t)
    plain = derivatives.partials(networks.as_field(net), "t x xx", x=x, t=t)
    for a, b in zip(fast, plain, strict=True):
        assert a.shape == (50, 1)
        assert_close(a, b, 1e-12)


@pytest.mark.parametrize("depth, width", SIZES)
def test_three_streams_give_the_residual_of_nested_tapes(depth, width):
    net, (x, t) = network(depth, width), points()
    u, u_x, u_q = taylor.heat_partials(net, x, t, nu=0.1)
    plain = residuals.burgers(networks.as_field(net), x, t, nu=0.1)
    assert_close(u_q + u * u_x, plain, 1e-12)


def test_gradients_of_a_loss_are_those_of_nested_tapes():
    net, (x, t) = network(), points()
    nu = tf.Variable(0.1, dtype=tf.float64)
    theta = [v.value for v in net.trainable_variables] + [nu]

    def four_streams():
        u, u_t, u_x, u_xx = taylor.partials(net, "t x xx", x=x, t=t)
        return u_t + u * u_x - nu * u_xx

    def three_streams():
        u, u_x, u_q = taylor.heat_partials(net, x, t, nu=nu)
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


def test_a_frozen_layer_counts():
    net, (x, t) = network(), points()
    net.layers[1].trainable = False
    assert len(net.trainable_variables) == 6
    plain = derivatives.partials(networks.as_field(net), "xx", x=x, t=t)
    for a, b in zip(taylor.partials(net, "xx", x=x, t=t), plain, strict=True):
        assert_close(a, b, 1e-12)
    u, _, _ = taylor.heat_partials(net, x, t, nu=0.1)
    assert_close(u, plain[0], 1e-12)
    r, jacobian = taylor.heat_jacobian(net, x, t, nu=0.1, residual=lambda u, *_: u)
    assert_close(r, plain[0], 1e-12)
    assert jacobian.shape == (net.count_params(), 50)


def test_variables_of_a_network_are_refused_since_a_frozen_layer_would_be_missing():
    net, (x, t) = network(), points()
    net.layers[1].trainable = False
    with pytest.raises(ValueError, match="Give the network itself"):
        taylor.partials(net.trainable_variables, "xx", x=x, t=t)


def test_weights_that_do_not_chain_are_refused():
    net, (x, t) = network(), points()
    weights = [tf.constant(w) for w in net.get_weights()]
    for wrong in (weights[2:], weights[::2], weights[:-1], weights[:3] + weights[2:]):
        with pytest.raises(ValueError, match="must be kernels and biases"):
            taylor.partials(wrong, "xx", x=x, t=t)


@pytest.mark.parametrize("activation", [keras.ops.sin, "softplus", "linear"])
def test_a_network_with_another_activation_is_refused(activation):
    net = networks.mlp(
        2, 1, width=4, depth=2, activation=activation, seed=0, dtype="float64"
    )
    with pytest.raises(ValueError, match="tanh between .* Received: activations"):
        partials(net, *points())
    with pytest.raises(ValueError, match="tanh between .* Received: activations"):
        taylor.heat_partials(net, *points(), nu=0.1)


def test_a_network_whose_output_is_not_linear_is_refused():
    net = network()
    net.layers[-1].activation = keras.activations.tanh
    with pytest.raises(ValueError, match="a linear output"):
        partials(net, *points())


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_partials_are_those_of_eager_ones(jit_compile):
    net, (x, t) = network(), points()
    compiled = tf.function(partials, jit_compile=jit_compile, autograph=False)
    for a, b in zip(compiled(net, x, t), partials(net, x, t), strict=True):
        assert_close(a, b, 1e-12)


def test_float32_stays_float32():
    net = network(dtype="float32")
    x, t = (tf.cast(a, tf.float32) for a in points())
    for u in partials(net, x, t):
        assert u.dtype == tf.float32


def test_stacked_networks_agree_with_each_alone():
    x, t = (tf.cast(a, tf.float32) for a in points())
    sizes = {"width": 8, "depth": 2}
    together = partials(networks.stacked_mlp(2, 1, **sizes, seeds=[0, 1]), x, t)
    for seed in (0, 1):
        net = networks.mlp(2, 1, **sizes, seed=seed)
        alone = partials(net, x, t)
        for a, b in zip(together, alone, strict=True):
            assert a.shape == (2, 50, 1)
            assert_close(a[seed], b, 1e-5)  # float32


WANTED = "x y t xx yy tt xy xt yt"


def test_two_outputs_in_three_coordinates_agree_with_nested_tapes():
    net = networks.mlp(3, 2, width=8, depth=2, seed=0, dtype="float64")
    (x, y), (t, _) = points(), points(seed=1)

    def pair(*coordinates):
        return tf.split(net(tf.concat(coordinates, axis=1)), 2, axis=1)

    fast = taylor.partials(net, WANTED, x=x, y=y, t=t)
    plain = derivatives.partials(pair, WANTED, x=x, y=y, t=t)
    assert len(fast) == len(plain) == 2
    for one, other in zip(fast, plain, strict=True):
        for a, b in zip(one, other, strict=True):
            assert_close(a, b, 1e-12)


AXES = {
    "x": conditions.interval((-1, 1), low=conditions.DIRICHLET, high=(2.0, 1.0)),
    "y": conditions.interval((0, 1), low=conditions.NEUMANN, high=(0.3, -3.0)),
    "t": conditions.interval((0, 1), low=conditions.DIRICHLET),
}
PERIODIC = {"x": conditions.periodic((-1, 1)), "y": conditions.FREE, "t": AXES["t"]}


@pytest.mark.parametrize("axes", [AXES, PERIODIC])
@pytest.mark.parametrize("lift", [None, lambda x, y, t: tf.sin(x) * y + t * x])
def test_an_ansatz_has_the_derivatives_of_nested_tapes(axes, lift):
    sizes = conditions.sizes(axes)
    net = networks.mlp(*sizes, width=8, depth=2, seed=0, dtype="float64")
    ansatz = conditions.Ansatz(net, axes, lift=lift)
    (x, y), (t, _) = points(), points(seed=1)
    fast = taylor.partials(ansatz, WANTED, x=x, y=y, t=t)
    plain = derivatives.partials(ansatz, WANTED, x=x, y=y, t=t)
    for a, b in zip(fast, plain, strict=True):
        assert_close(a, b, 1e-12)


def test_weights_of_another_type_than_the_points_are_refused():
    net, (x, t) = network(dtype="float32"), points()
    with pytest.raises(ValueError, match="must have the same type"):
        partials(net, x, t)
    with pytest.raises(ValueError, match="must have the same type"):
        taylor.heat_partials(net, x, t, nu=0.1)


def test_points_must_be_columns():
    net, (x, t) = network(), points()
    with pytest.raises(ValueError, match="`x` must be one column"):
        partials(net, x[:, 0], t)
    with pytest.raises(ValueError, match="`t` must be one column"):
        taylor.heat_partials(net, x, t[:, 0], nu=0.1)


def heat_partials(net, x, t):
    return taylor.heat_partials(net, x, t, nu=0.1)


@pytest.mark.parametrize(
    "n_inputs, n_outputs, function", [(1, 1, partials), (2, 2, heat_partials)]
)
def test_other_networks_are_refused(n_inputs, n_outputs, function):
    net = networks.mlp(n_inputs, n_outputs, width=4, depth=2, seed=0, dtype="float64")
    weights = [tf.constant(w) for w in net.get_weights()]
    with pytest.raises(ValueError, match="2 inputs, one or more hidden layers"):
        function(weights, *points())
    with pytest.raises(ValueError, match="2 inputs, one or more hidden layers"):
        function(net, *points())


@pytest.mark.parametrize("nu", [-0.05, tf.Variable(-0.05, dtype="float64")])
def test_a_negative_viscosity_is_refused(nu):
    network = networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float64")
    x = tf.zeros((3, 1), "float64")
    with pytest.raises(ValueError, match="`nu` must be zero or positive"):
        taylor.heat_partials(network, x, x, nu=nu)
    with pytest.raises(ValueError, match="`nu` must be zero or positive"):
        taylor.heat_jacobian(network, x, x, nu=nu, residual=lambda u, u_x, q: q)


def test_a_viscosity_of_another_type_is_refused():
    network = networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float64")
    x = tf.zeros((3, 1), "float64")
    with pytest.raises(ValueError, match="`nu` must have the type of the field"):
        taylor.heat_partials(network, x, x, nu=tf.Variable(0.05))
