from physdl_tf import networks, optimize

import numpy as np
import pytest
import tensorflow as tf

LOWER = [optimize.minimize_lbfgs, optimize.minimize_quasi_newton]


def test_a_problem_is_a_function_of_a_vector():
    theta = [tf.Variable([[1.0, 2.0]]), tf.Variable(3.0)]
    problem = optimize.Problem(
        lambda: {"a": tf.reduce_sum(theta[0] ** 2), "b": theta[1] ** 2},
        theta,
        weights={"a": 1.0, "b": 10.0},
    )
    np.testing.assert_array_equal(problem.theta, [1, 2, 3])
    values, gradient = problem(np.array([1.0, 1.0, 2.0]))
    np.testing.assert_array_equal(values, [2, 4, 42])
    np.testing.assert_array_equal(gradient, [2, 2, 40])
    assert problem.names == ["a", "b", "total"] and gradient.dtype == np.float64
    np.testing.assert_array_equal(problem.theta, [1, 1, 2])


def test_the_variables_may_be_those_of_a_keras_model():
    net = networks.mlp(1, 1, width=3, depth=1, seed=0, dtype="float64")
    x = tf.ones((1, 1), tf.float64)
    problem = optimize.Problem(
        lambda: {"data": optimize.mean_square(net(x))}, net.trainable_variables
    )
    theta = np.arange(10.0)
    values, _ = problem(theta)  # kernel, bias, kernel, bias
    u = theta[6:9] @ np.tanh(theta[:3] + theta[3:6]) + theta[9]
    assert values[-1] == pytest.approx(u**2)


@pytest.mark.parametrize("minimize", LOWER)
def test_a_problem_is_traced_once_and_sees_new_data(minimize):
    theta, target = tf.Variable([0.0, 0.0], dtype=tf.float64), tf.Variable([1.0, 2.0])
    traces = []

    def losses():
        traces.append(tf.inside_function())
        return {"data": tf.reduce_sum((theta - tf.cast(target, tf.float64)) ** 2)}

    problem = optimize.Problem(losses, [theta])
    traced = traces.count(True)
    for new in ([1.0, 2.0], [-3.0, 0.5], [4.0, 4.0]):
        target.assign(new)
        found = minimize(problem, n_iterations=20)
        np.testing.assert_allclose(theta, new, rtol=1e-7)
        assert found.variables == [theta] and found.history["total"][-1] < 1e-12
    assert traces.count(True) == traced == 1


@pytest.mark.parametrize("minimize", LOWER)
@pytest.mark.parametrize("again", [{"variables": []}, {"weights": {"a": 1.0}}])
def test_a_problem_has_its_variables_and_weights(minimize, again):
    theta = tf.Variable(1.0)
    problem = optimize.Problem(lambda: {"a": theta**2}, [theta])
    with pytest.raises(ValueError, match="belong to the problem already"):
        minimize(problem, n_iterations=1, **again)


@pytest.mark.parametrize("minimize", LOWER)
def test_losses_need_their_variables(minimize):
    with pytest.raises(ValueError, match="`variables` must be given with `losses`"):
        minimize(lambda: {"a": 1.0}, n_iterations=1)
