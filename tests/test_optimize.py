from physdl_tf import networks, optimize

import keras
import numpy as np
import pytest
import tensorflow as tf


def quadratic(theta, center, curvature):
    return lambda: {"data": tf.reduce_sum(curvature * (theta - center) ** 2)}


def test_mean_square_of_hand_computed_cases():
    assert float(optimize.mean_square(tf.constant([1.0, 3.0]))) == 5
    assert float(optimize.mean_square(tf.constant([1.0, 3.0]), [0.0, 1.0])) == 2.5


def test_mean_square_refuses_to_broadcast():
    with pytest.raises(ValueError, match="must have the same shape"):
        optimize.mean_square(tf.zeros((5, 1)), tf.zeros(5))


def test_fit_called_often_logs_no_warning_of_retracing(caplog):
    theta = tf.Variable([1.0, -2.0])
    tf.get_logger().addHandler(caplog.handler)
    for _ in range(6):
        optimize.fit(
            quadratic(theta, 0.0, 1.0),
            [theta],
            optimizer=keras.optimizers.SGD(0.1),
            n_iterations=2,
            n_compiled=1,
        )
    tf.get_logger().removeHandler(caplog.handler)
    assert not caplog.records


def test_gradient_descent_follows_its_closed_form():
    theta = tf.Variable([1.0, -2.0], dtype=tf.float64)
    curvature = np.array([1.0, 3.0])
    history = optimize.fit(
        quadratic(theta, 0.0, curvature),
        [theta],
        optimizer=keras.optimizers.SGD(0.1),
        n_iterations=7,
        n_compiled=3,
    )
    factor = 1 - 2 * 0.1 * curvature
    states = [np.array([1.0, -2.0]) * factor**i for i in range(8)]
    # The optimizer keeps its learning rate in float32.
    np.testing.assert_allclose(theta, states[-1], rtol=1e-6)
    losses = [(curvature * s**2).sum() for s in states[:-1]]
    np.testing.assert_allclose(history["total"], losses, rtol=1e-6)


def test_compiled_iterations_may_be_fewer_than_the_loop_was_made_for():
    theta = tf.Variable(1.0, dtype=tf.float64)
    iterations = optimize.compile_iterations(
        lambda: {"a": theta**2, "b": 2 * theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.125),  # each update takes θ to θ/4
        n_compiled=3,
    )
    np.testing.assert_allclose(iterations(2), [[1, 2, 3], [1 / 16, 2 / 16, 3 / 16]])
    assert iterations(3).shape == (3, 3) and float(theta) == 4.0**-5


def test_a_compiled_loop_of_no_iterations_is_refused():
    with pytest.raises(ValueError, match="`n_compiled` must be a whole number"):
        optimize.compile_iterations(
            lambda: {}, [], optimizer=keras.optimizers.SGD(0.1), n_compiled=0
        )


def test_weights_enter_the_total_and_its_gradient():
    theta = tf.Variable(1.0, dtype=tf.float64)
    history = optimize.fit(
        lambda: {"a": theta**2, "b": (theta - 1) ** 2},
        [theta],
        optimizer=keras.optimizers.SGD(0.25),
        n_iterations=1,
        weights={"a": 2.0, "b": 5.0},
    )
    assert history["total"][0] == 2.0 and float(theta) == 0.0
    assert history["a"][0] == 1.0 and history["b"][0] == 0.0


def test_between_may_assign_new_data():
    theta, target = tf.Variable(0.0), tf.Variable(0.0)
    seen = []

    def between(done):
        seen.append(done)
        target.assign(float(done))

    optimize.fit(
        lambda: {"data": (theta - target) ** 2},
        [theta],
        optimizer=keras.optimizers.SGD(0.5),  # reaches the target in one update
        n_iterations=6,
        n_compiled=2,
        between=between,
    )
    assert seen == [0, 2, 4] and float(theta) == 4.0


def test_a_small_network_learns_a_line():
    net = networks.mlp(1, 1, width=8, depth=1, seed=0)
    x = tf.reshape(tf.linspace(-1.0, 1.0, 20), (-1, 1))
    history = optimize.fit(
        lambda: {"data": optimize.mean_square(net(x), 0.5 * x - 0.2)},
        net.trainable_variables,
        optimizer=keras.optimizers.Adam(0.02),
        n_iterations=1000,
    )
    assert history["data"][-1] < 1e-3 * history["data"][0]


def test_lbfgs_solves_an_ill_conditioned_quadratic():
    theta = [tf.Variable([[1.0, 2.0]], dtype=tf.float64), tf.Variable(3.0, tf.float64)]
    theta[1] = tf.Variable(3.0, dtype=tf.float64)
    history = optimize.minimize_lbfgs(
        lambda: {
            "a": tf.reduce_sum([[1.0, 1e4]] * (theta[0] - 1) ** 2),
            "b": 10 * (theta[1] + 2) ** 2,
        },
        theta,
        n_iterations=50,
    )
    np.testing.assert_allclose(optimize.flatten(theta), [1, 1, -2], atol=1e-8)
    assert history["total"][0] == pytest.approx(1e4 + 250)
    assert np.all(np.diff(history["total"]) <= 0)
    assert history["n_evaluations"] >= len(history["total"]) - 1


def test_flatten_and_assign_are_inverse():
    variables = [tf.Variable([[1.0, 2.0]]), tf.Variable(3.0), tf.Variable([4.0])]
    values = optimize.flatten(variables)
    optimize.assign_flat(variables, 2 * values)
    np.testing.assert_array_equal(optimize.flatten(variables), 2 * values)
    np.testing.assert_array_equal(values, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="`values` must have 4 entries"):
        optimize.assign_flat(variables, values[:3])


def minimizers():
    def gradient_descent(losses, variables, **kwargs):
        optimizer = keras.optimizers.SGD(kwargs.pop("rate", 0.1))
        return optimize.fit(losses, variables, optimizer=optimizer, **kwargs)

    return [gradient_descent, optimize.minimize_lbfgs]


@pytest.mark.parametrize("minimize", minimizers())
def test_a_variable_without_influence_is_refused(minimize):
    a, b = tf.Variable(1.0), tf.Variable(1.0)
    with pytest.raises(ValueError, match=r"variables\[1\].*gradient of None"):
        minimize(lambda: {"data": a**2}, [a, b], n_iterations=3)


@pytest.mark.parametrize("minimize", minimizers())
def test_weights_must_name_the_losses(minimize):
    a = tf.Variable(1.0)
    with pytest.raises(ValueError, match="`weights` must name the losses"):
        minimize(lambda: {"data": a**2}, [a], n_iterations=3, weights={"dada": 1.0})


@pytest.mark.parametrize("minimize", minimizers())
def test_number_of_iterations_must_be_positive(minimize):
    a = tf.Variable(1.0)
    with pytest.raises(ValueError, match="`n_iterations` must be a whole number"):
        minimize(lambda: {"data": a**2}, [a], n_iterations=0)


def test_divergence_is_reported_with_its_iteration():
    a = tf.Variable(1.0)
    with pytest.raises(FloatingPointError, match="at iteration"):
        optimize.fit(
            lambda: {"data": a**4},
            [a],
            optimizer=keras.optimizers.SGD(10.0),
            n_iterations=50,
        )


def test_lbfgs_ends_its_progress_line_once(capsys):
    theta = tf.Variable(np.linspace(-1, 1, 200))

    def rosenbrock():
        a, b = theta[:-1], theta[1:]
        return {"data": tf.reduce_sum((1 - a) ** 2 + 100 * (b - a**2) ** 2)}

    history = optimize.minimize_lbfgs(rosenbrock, [theta], n_iterations=100)
    assert len(history["total"]) == 101  # it did not stop before
    assert capsys.readouterr().out.count("\n") == 1
