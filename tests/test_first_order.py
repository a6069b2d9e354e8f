import signal
import subprocess
import sys
from functools import partial

from physdl_tf import networks, optimize

import keras
import numpy as np
import pytest
import tensorflow as tf


def quadratic(theta, center, curvature):
    return lambda: {"data": tf.reduce_sum(curvature * (theta - center) ** 2)}


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


@pytest.mark.parametrize("jit_compile", [True, False])
def test_gradient_descent_follows_its_closed_form(jit_compile):
    theta = tf.Variable([1.0, -2.0], dtype=tf.float64)
    curvature = np.array([1.0, 3.0])
    found = optimize.fit(
        quadratic(theta, 0.0, curvature),
        [theta],
        optimizer=keras.optimizers.SGD(0.1),
        n_iterations=7,
        n_compiled=3,
        jit_compile=jit_compile,
    )
    factor = 1 - 2 * 0.1 * curvature
    states = [np.array([1.0, -2.0]) * factor**i for i in range(8)]
    # The optimizer keeps its learning rate in float32.
    np.testing.assert_allclose(theta, states[-1], rtol=1e-6)
    losses = [(curvature * s**2).sum() for s in states[:-1]]
    np.testing.assert_allclose(found.history["total"], losses, rtol=1e-6)
    assert found.variables[0] is theta and found.n_evaluations == 7
    assert not found.converged and found.reason == "all 7 iterations done"


def test_compiled_iterations_may_be_fewer_than_the_loop_was_made_for():
    theta = tf.Variable(1.0, dtype=tf.float64)
    iterations = optimize.compile_iterations(
        lambda: {"a": theta**2, "b": 2 * theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.125),  # each update takes θ to θ/4
        n_compiled=3,
    )
    np.testing.assert_allclose(iterations(2), [[1, 2, 3], [1 / 16, 2 / 16, 3 / 16]])
    assert iterations(np.int64(3)).shape == (3, 3) and float(theta) == 4.0**-5
    assert iterations(0).shape == (0, 3) and float(theta) == 4.0**-5


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_loop_that_is_reset_repeats_a_fresh_fit_without_being_traced_again(name):
    center, traced = tf.Variable(1.0), []
    make = partial(getattr(keras.optimizers, name), 0.1)

    def losses(theta):
        traced.append(tf.inside_function())
        return {"data": tf.reduce_sum((theta - center) ** 2)}

    def fresh(new):
        theta = tf.Variable([3.0, -2.0])
        center.assign(new)
        options = {"optimizer": make(), "n_iterations": 12}
        return optimize.fit(lambda: losses(theta), [theta], **options).history["total"]

    theta, optimizer = tf.Variable([3.0, -2.0]), make()
    loop = optimize.compile_iterations(
        lambda: losses(theta), [theta], optimizer=optimizer
    )
    first = [v.numpy() for v in optimizer.variables]
    before = len(traced)
    for new in (1.0, -4.0, 1.0):
        center.assign(new)
        theta.assign([3.0, -2.0])
        for variable, value in zip(optimizer.variables, first, strict=True):
            variable.assign(value)
        again = loop(12)[:, -1]
        assert len(traced) == before
        np.testing.assert_array_equal(again, fresh(new))
        before = len(traced)


@pytest.mark.parametrize("optimizer", ["adam", keras.optimizers.Adam])
def test_an_optimizer_that_is_none_of_keras_is_refused(optimizer):
    theta = tf.Variable(1.0)
    with pytest.raises(TypeError, match=r"`optimizer` must be a keras.*Adam\(1e-3\)"):
        optimize.fit(
            lambda: {"a": theta**2}, [theta], optimizer=optimizer, n_iterations=1
        )


def test_more_iterations_than_the_loop_was_made_for_are_refused():
    theta = tf.Variable(1.0)
    iterations = optimize.compile_iterations(
        lambda: {"a": theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.1),
        n_compiled=3,
    )
    with pytest.raises(ValueError, match="`n` must be at most n_compiled=3"):
        iterations(4)
    assert float(theta) == 1


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
    ).history
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
    loss = optimize.fit(
        lambda: {"data": optimize.mean_square(net(x), 0.5 * x - 0.2)},
        net.trainable_variables,
        optimizer=keras.optimizers.Adam(0.02),
        n_iterations=1000,
    ).history["data"]
    assert loss[-1] < 1e-3 * loss[0]


def test_divergence_is_reported_with_its_iteration():
    a = tf.Variable(1.0)
    with pytest.raises(FloatingPointError, match="a loss of .* at iteration 3"):
        optimize.fit(  # the losses are 1, 2e6, 3e25, 8e82: too large for float32
            lambda: {"data": a**4},
            [a],
            optimizer=keras.optimizers.SGD(10.0),
            n_iterations=50,
            n_compiled=3,
        )


def test_a_loop_called_by_hand_stops_too_and_counts_all_its_iterations():
    a = tf.Variable(1.0)
    loop = optimize.compile_iterations(
        lambda: {"data": a**4}, [a], optimizer=keras.optimizers.SGD(10.0)
    )
    assert np.isfinite(loop(2)).all()
    with pytest.raises(FloatingPointError, match="a loss of .* at iteration 3"):
        loop(20)


def test_the_rate_of_adam_falls_to_zero_as_a_half_cosine():
    rate = optimize.falling_adam(0.2, 100)._learning_rate
    found = [float(rate(i)) for i in (0, 25, 50, 100)]
    expected = [0.2, 0.1 * (1 + np.sqrt(0.5)), 0.1, 0.0]
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize("wrong", [(0.0, 10), (0.1, 0)])
def test_a_falling_rate_needs_positive_numbers(wrong):
    with pytest.raises(ValueError, match="`(rate|n_iterations)` must be"):
        optimize.falling_adam(*wrong)


def test_a_minibatch_is_new_in_each_iteration_and_the_same_in_each_run():
    def batches():
        theta, optimizer = tf.Variable(tf.zeros(10)), keras.optimizers.SGD(1.0)

        def losses():  # SGD counts in θ how often each example was drawn
            chosen = optimize.minibatch(optimizer, (6,), 10)
            return {"drawn": -tf.reduce_sum(tf.gather(theta, chosen))}

        loop = optimize.compile_iterations(losses, [theta], optimizer=optimizer)
        states = [theta.numpy()]
        for _ in range(4):
            loop(1)
            states.append(theta.numpy())
        return np.diff(states, axis=0)

    first, second = batches(), batches()
    np.testing.assert_array_equal(first, second)
    assert len(np.unique(first, axis=0)) == 4
    assert (first.sum(axis=1) == 6).all() and (first == first.round()).all()


def test_a_minibatch_needs_a_shape_and_no_number():
    with pytest.raises(TypeError, match=r"`shape` must be a sequence.*shape=\(6,\)"):
        optimize.minibatch(keras.optimizers.SGD(1.0), 6, 10)


def test_a_minibatch_of_an_ensemble_covers_all_examples_evenly():
    optimizer = keras.optimizers.SGD(1.0)
    chosen = optimize.minibatch(optimizer, (2, 30_000), tf.constant(5)).numpy()
    counts = [np.bincount(row, minlength=5) for row in chosen]
    # 6000 each, with a standard deviation of 69
    np.testing.assert_allclose(counts, 6000, atol=300)
    assert (chosen[0] != chosen[1]).any() and chosen.dtype == np.int32


def test_the_variables_of_the_lowest_validation_loss_are_kept():
    """Training goes to 0, validation is lowest at 1/4, which is passed on the way."""
    theta = tf.Variable(1.0, dtype=tf.float64)
    found = optimize.fit(
        lambda: {"data": theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.25),  # each update halves θ
        n_iterations=100,
        n_compiled=1,
        validation=lambda: (theta - 0.25) ** 2,
        patience=3,
    )
    assert float(theta) == 0.25 and found.n_evaluations == 5
    assert found.reason == "no lower validation loss in 3 checks"
    expected = [(0.5**k - 0.25) ** 2 for k in range(1, 6)]
    np.testing.assert_allclose(found.history["validation"], expected)
    assert len(found.history["data"]) == 5


def test_a_validation_loss_that_keeps_falling_stops_nothing(capsys):
    theta = tf.Variable(1.0, dtype=tf.float64)
    found = optimize.fit(
        lambda: {"data": theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.25),
        n_iterations=6,
        n_compiled=2,
        validation=lambda: theta**2,
        patience=1,
    )
    assert float(theta) == 0.5**6 and found.reason == "all 6 iterations done"
    assert capsys.readouterr().out.endswith("iteration 6 of 6\n")


def test_a_validation_loss_that_stays_the_same_is_no_lower_one():
    theta = tf.Variable(1.0, dtype=tf.float64)
    found = optimize.fit(
        lambda: {"data": theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.25),
        n_iterations=60,
        n_compiled=1,
        validation=lambda: tf.constant(1.0),
        patience=2,
    )
    assert found.n_evaluations == 3
    assert float(theta) == 0.5  # of the first of equal ones


@pytest.mark.parametrize("patience", [0, -1, 2.5])
def test_patience_is_a_positive_whole_number(patience):
    theta = tf.Variable(1.0)
    with pytest.raises(ValueError, match="`patience` must be a whole number"):
        optimize.fit(
            lambda: {"data": theta**2},
            [theta],
            optimizer=keras.optimizers.SGD(0.25),
            n_iterations=3,
            validation=lambda: theta,
            patience=patience,
        )


def test_an_interrupt_leaves_the_last_iteration_and_the_history_so_far(capsys):
    theta = tf.Variable(1.0, dtype=tf.float64)
    before = signal.getsignal(signal.SIGINT)
    found = optimize.fit(
        lambda: {"data": theta**2},
        [theta],
        optimizer=keras.optimizers.SGD(0.25),
        n_iterations=100,
        n_compiled=2,
        between=lambda done: signal.raise_signal(signal.SIGINT) if done == 4 else None,
    )
    assert found.reason == "interrupted" and found.n_evaluations == 6
    np.testing.assert_allclose(found.history["data"], 0.25 ** np.arange(6))
    assert float(theta) == 0.5**6
    assert signal.getsignal(signal.SIGINT) is before
    assert "iteration 6 of at most 100: interrupted\n" in capsys.readouterr().out


def test_a_second_interrupt_interrupts_as_usual():
    theta = tf.Variable(1.0, dtype=tf.float64)

    def twice(_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        optimize.fit(
            lambda: {"data": theta**2},
            [theta],
            optimizer=keras.optimizers.SGD(0.25),
            n_iterations=4,
            between=twice,
        )


TRAINING = """
import os, signal, sys
import keras, numpy as np, tensorflow as tf
from physdl_tf import networks, optimize

path, n_done, n_iterations, killed = sys.argv[1], *map(int, sys.argv[2:5])
x = tf.linspace(-1.0, 1.0, 64)[:, None]
if n_done:
    network = keras.models.load_model(path)
else:
    network = networks.mlp(1, 1, width=8, depth=2, seed=0)
    network.compile(optimize.falling_adam(1e-2, 60))

def losses():
    i = optimize.minibatch(network.optimizer, (16,), 64)
    at = tf.gather(x, i)
    return {"data": optimize.mean_square(network(at), tf.sin(3 * at))}

def save(done):
    if done:
        network.save(path)
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)

found = optimize.fit(losses, network.trainable_variables, optimizer=network.optimizer,
                     n_iterations=n_iterations, n_compiled=20, between=save)
np.save(path + ".npy", found.history["total"])
"""


def test_save_kill_and_resume_give_the_losses_of_an_uninterrupted_run(tmp_path):
    def run(name, *numbers):
        command = [sys.executable, "-c", TRAINING, str(tmp_path / name)]
        done = subprocess.run([*command, *map(str, numbers)], capture_output=True)
        return done.returncode

    assert run("whole.keras", 0, 60, 0) == 0
    assert run("killed.keras", 0, 60, 1) == -signal.SIGKILL
    assert run("killed.keras", 20, 40, 0) == 0
    whole = np.load(tmp_path / "whole.keras.npy")
    resumed = np.load(tmp_path / "killed.keras.npy")
    assert whole[20:].std() > 1e-3  # they do differ from iteration to iteration
    np.testing.assert_allclose(resumed, whole[20:], rtol=1e-5)  # float32
