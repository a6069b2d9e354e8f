import re

from physdl_tf import optimize

import numpy as np
import pytest
import tensorflow as tf


def test_an_ill_conditioned_quadratic_is_solved():
    theta = [tf.Variable([[1.0, 2.0]], dtype=tf.float64), tf.Variable(np.float64(3))]
    found = optimize.minimize_lbfgs(
        lambda: {
            "a": tf.reduce_sum([[1.0, 1e4]] * (theta[0] - 1) ** 2),
            "b": 10 * (theta[1] + 2) ** 2,
        },
        theta,
        n_iterations=50,
    )
    history = found.history
    np.testing.assert_allclose(optimize.flatten(theta), [1, 1, -2], atol=1e-8)
    assert (history["a"][0], history["b"][0]) == (1e4, 250)
    np.testing.assert_allclose(history["total"], history["a"] + history["b"])
    assert np.all(np.diff(history["total"]) <= 0)
    assert found.n_evaluations >= len(history["total"])


def rosenbrock(theta):
    def losses():
        a, b = theta[:-1], theta[1:]
        return {"data": tf.reduce_sum((1 - a) ** 2 + 100 * (b - a**2) ** 2)}

    return losses


def test_each_value_of_the_history_is_that_after_its_iteration():
    history = []
    for n in (1, 5, 12):
        theta = tf.Variable(np.linspace(-1, 1, 20))
        found = optimize.minimize_lbfgs(rosenbrock(theta), [theta], n_iterations=n)
        history = found.history["total"]
        assert len(history) == n + 1 and found.reason == f"all {n} iterations done"
        # 1e-12: here TensorFlow computes without XLA
        assert history[-1] == pytest.approx(
            float(rosenbrock(theta)()["data"]), rel=1e-12
        )
    assert np.all(np.diff(history) < 0) and found.n_evaluations > 12


def test_all_iterations_done_is_one_line(capsys):
    theta = tf.Variable(np.linspace(-1, 1, 200))
    found = optimize.minimize_lbfgs(rosenbrock(theta), [theta], n_iterations=200)
    assert not found.converged
    line = "L-BFGS iteration {} of 200"
    assert capsys.readouterr().out == f"\r{line.format(100)}\r{line.format(200)}\n"


def test_an_early_end_is_told(capsys):
    theta = tf.Variable([3.0, -2.0], dtype=tf.float64)
    found = optimize.minimize_lbfgs(
        lambda: {"data": tf.reduce_sum([1.0, 30.0] * theta**2)},
        [theta],
        n_iterations=1000,
    )
    done = len(found.history["total"]) - 1
    assert found.converged and found.reason == "converged" and 2 < done < 50
    line = f"\rL-BFGS iteration {done} of at most 1000: converged\n"
    assert capsys.readouterr().out == line


def test_a_gradient_that_points_uphill_is_no_convergence(capsys):
    theta = tf.Variable([3.0, -2.0], dtype=tf.float64)

    def losses():
        square = tf.reduce_sum(theta**2)
        return {"data": 2 * tf.stop_gradient(square) - square}

    found = optimize.minimize_lbfgs(losses, [theta], n_iterations=10)
    assert not found.converged and found.reason == "no lower loss was found"
    np.testing.assert_array_equal(theta, [3, -2])
    assert "0 of at most 10: no lower loss was found" in capsys.readouterr().out


def test_too_many_evaluations_are_told():
    theta = tf.Variable([3.0, -2.0], dtype=tf.float64)
    found = optimize.minimize_lbfgs(  # falls for ever, so that each search is long
        lambda: {"data": tf.reduce_sum(theta)}, [theta], n_iterations=20
    )
    assert not found.converged
    assert re.fullmatch(r"2\d\d evaluations done", found.reason)
    assert float(tf.reduce_sum(theta)) == found.history["total"][-1]


def test_no_label_no_line(capsys):
    theta = tf.Variable([3.0], dtype=tf.float64)
    losses = lambda: {"data": tf.reduce_sum(theta**2)}  # noqa: E731
    optimize.minimize_lbfgs(losses, [theta], n_iterations=10, label=None)
    assert capsys.readouterr().out == ""
