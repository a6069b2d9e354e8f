from physdl_tf import networks, optimize

import numpy as np
import pytest
import tensorflow as tf


def test_mean_square_of_hand_computed_cases():
    assert float(optimize.mean_square(tf.constant([1.0, 3.0]))) == 5
    assert float(optimize.mean_square(tf.constant([1.0, 3.0]), [0.0, 1.0])) == 2.5


def test_mean_square_refuses_to_broadcast():
    with pytest.raises(ValueError, match="must have the same shape"):
        optimize.mean_square(tf.zeros((5, 1)), tf.zeros(5))


def test_the_mean_squares_of_an_ensemble_are_added():
    a = [[1.0, 3.0], [0.0, 2.0], [2.0, 2.0]]  # mean squares 5, 2 and 4
    assert float(optimize.ensemble_mean_square(a)) == pytest.approx(11)
    assert float(optimize.ensemble_mean_square(a, a)) == 0


def test_a_member_of_an_ensemble_has_the_gradient_of_its_own_mean_square():
    theta = tf.Variable([[1.0, 3.0], [0.0, 2.0], [2.0, 2.0]])
    with tf.GradientTape(persistent=True) as tape:
        together = optimize.ensemble_mean_square(theta)
        alone = optimize.mean_square(theta[1])
    gradient, own = (tape.gradient(loss, theta) for loss in (together, alone))
    np.testing.assert_allclose(gradient[1], own[1], rtol=1e-6)


def test_a_weighted_sum_of_hand_computed_losses():
    terms = {"a": tf.constant(1.0), "b": tf.constant(2.0)}
    assert float(optimize.weighted_sum(terms)) == 3
    assert float(optimize.weighted_sum(terms, {"b": 10.0, "a": 3.0})) == 23


def test_flatten_and_assign_are_inverse():
    variables = [tf.Variable([[1.0, 2.0]]), tf.Variable(3.0), tf.Variable([4.0])]
    values = optimize.flatten(variables)
    optimize.assign_flat(variables, 2 * values)
    np.testing.assert_array_equal(optimize.flatten(variables), 2 * values)
    np.testing.assert_array_equal(values, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="`values` must have 4 entries"):
        optimize.assign_flat(variables, values[:3])


def test_a_models_own_variables_can_be_assigned():
    network = networks.mlp(2, 1, width=3, depth=1, seed=0)
    values = np.arange(13.0)
    optimize.assign_flat(network.trainable_variables, values)
    np.testing.assert_array_equal(optimize.flatten(network.trainable_variables), values)
