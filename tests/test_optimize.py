"""What holds for all minimizers."""

import re
from functools import partial

from physdl_tf import networks, optimize
from physdl_tf.accelerator import optics

import keras
import numpy as np
import pytest
import tensorflow as tf


def gradient_descent(losses, variables, **options):
    optimizer = keras.optimizers.SGD(0.1)
    return optimize.fit(losses, variables, optimizer=optimizer, **options)


MINIMIZERS = {
    "fit": gradient_descent,
    "L-BFGS": optimize.minimize_lbfgs,
    "quasi-Newton": optimize.minimize_quasi_newton,
}
every = pytest.mark.parametrize("minimize", MINIMIZERS.values(), ids=list(MINIMIZERS))
CURVATURE = np.diag([1.0, 3.0, 10.0]) + 0.5
CENTER = np.array([1.0, -2.0, 0.5])


def linear(theta):
    return tf.linalg.matvec(CURVATURE, theta - CENTER)


def rosenbrock(theta):
    return tf.stack([10 * (theta[1] - theta[0] ** 2), 1 - theta[0]])


def least_squares(residual, start):
    """Gauss-Newton; it takes residual and Jacobian."""

    @tf.function(autograph=False)
    def derivative(theta):
        with tf.GradientTape() as tape:
            tape.watch(theta)
            r = residual(theta)
        return r, tf.transpose(tape.jacobian(r, theta))

    def function(theta):
        return residual(tf.constant(theta))

    def jacobian(theta):
        return derivative(tf.constant(theta))

    return optimize.minimize_least_squares(function, jacobian, start, n_iterations=50)


def in_place(minimize, residual, start, **options):
    theta = tf.Variable(start)
    losses = lambda: {"data": optimize.mean_square(residual(theta))}  # noqa: E731
    found = minimize(losses, [theta], **options)
    return found._replace(variables=theta.numpy())


def adam(losses, variables, rate, n_iterations):
    optimizer = optimize.falling_adam(rate, n_iterations)
    options = {"optimizer": optimizer, "n_iterations": n_iterations}
    return optimize.fit(losses, variables, **options)


AGREE = {  # and how far from the minimum
    "Adam": (partial(in_place, adam, rate=0.05, n_iterations=4000), 1e-3),
    "L-BFGS": (partial(in_place, optimize.minimize_lbfgs, n_iterations=200), 1e-8),
    "Broyden": (
        partial(in_place, optimize.minimize_quasi_newton, n_iterations=200),
        1e-8,
    ),
    "Gauss-Newton": (least_squares, 1e-12),
}


@pytest.mark.parametrize("name", AGREE)
@pytest.mark.parametrize(
    ("residual", "start", "minimum"),
    [(linear, [0.0, 0.0, 0.0], CENTER), (rosenbrock, [-1.2, 1.0], [1.0, 1.0])],
    ids=["quadratic", "Rosenbrock"],
)
def test_all_find_the_same_minimum(name, residual, start, minimum):
    minimize, accuracy = AGREE[name]
    found = minimize(residual, np.array(start))
    np.testing.assert_allclose(found.variables, minimum, rtol=0, atol=accuracy)
    assert found.converged == (name != "Adam")
    first = np.mean(np.square(residual(tf.constant(start, tf.float64))))
    assert found.history["total"][0] == pytest.approx(first)
    assert found.history["total"][-1] < accuracy


@every
def test_a_variable_without_influence_is_refused(minimize):
    a, b = tf.Variable(1.0), tf.Variable(1.0)
    with pytest.raises(ValueError, match=r"variables\[1\].*gradient of None"):
        minimize(lambda: {"data": a**2}, [a, b], n_iterations=3)


@every
def test_weights_must_name_the_losses(minimize):
    a = tf.Variable(1.0)
    with pytest.raises(ValueError, match="`weights` must name the losses"):
        minimize(lambda: {"data": a**2}, [a], n_iterations=3, weights={"dada": 1.0})


@every
def test_number_of_iterations_must_be_positive(minimize):
    a = tf.Variable(1.0)
    with pytest.raises(ValueError, match="`n_iterations` must be a whole number"):
        minimize(lambda: {"data": a**2}, [a], n_iterations=0)


@every
def test_a_loss_that_is_not_finite_stops_it(minimize):
    a = tf.Variable(-1.0)
    with pytest.raises(FloatingPointError, match="a loss of nan at iteration 0"):
        minimize(lambda: {"data": tf.math.log(a)}, [a], n_iterations=3)


def walled(theta, wall=2.0):
    """A valley that ends at a wall: behind it, the loss is not a number."""
    steep = tf.constant([1.0, 10.0], theta.dtype)
    wall = tf.where(theta[0] > wall, np.nan, 0.0)
    return {"data": tf.reduce_sum(steep * (theta - 3) ** 2) + tf.cast(wall, "float64")}


@pytest.mark.parametrize("name", ["L-BFGS", "quasi-Newton"])
def test_after_a_loss_that_is_not_finite_the_last_complete_iteration_is_left(name):
    theta, again = tf.Variable([-5.0, -1.0], dtype=tf.float64), None
    with pytest.raises(FloatingPointError, match="a loss of nan") as error:
        MINIMIZERS[name](lambda: walled(theta), [theta], n_iterations=50)
    complete = int(re.search(r"iteration (\d+)", str(error.value))[1])
    assert complete > 0
    again = tf.Variable([-5.0, -1.0], dtype=tf.float64)
    MINIMIZERS[name](lambda: walled(again), [again], n_iterations=complete)
    np.testing.assert_array_equal(theta, again)


@pytest.mark.parametrize("name", ["L-BFGS", "quasi-Newton"])
def test_a_gradient_that_is_not_finite_stops_it(name):
    a = tf.Variable(0.0)
    with pytest.raises(FloatingPointError, match="a gradient of nan at iteration 0"):
        MINIMIZERS[name](lambda: {"data": tf.sqrt(a * a)}, [a], n_iterations=3)


def python_function(theta):
    return tf.py_function(lambda a: tf.reduce_sum(a * a), [theta], theta.dtype)


def number_in_words(theta):
    return theta[0] ** 2 * tf.strings.to_number(tf.strings.as_string(theta[1]))


def loop_of_unknown_length(theta):
    square = tf.reduce_sum(theta**2)
    halved = tf.while_loop(lambda a: a > 1.0, lambda a: (a * a / 4,), (square,))
    return halved[0]


@every
@pytest.mark.parametrize(
    "loss", [python_function, number_in_words, loop_of_unknown_length]
)
def test_a_loss_that_xla_cannot_compile_runs_without(minimize, loss):
    theta = tf.Variable([1.0, 1.5])
    losses = lambda: {"data": loss(theta)}  # noqa: E731
    with pytest.raises(ValueError, match="XLA can compile.*jit_compile=False"):
        minimize(losses, [theta], n_iterations=2)
    np.testing.assert_array_equal(theta, [1.0, 1.5])
    found = minimize(losses, [theta], n_iterations=2, jit_compile=False)
    assert found.history["data"][-1] < found.history["data"][0]


def quadrupole(k):
    beam = np.random.default_rng(0).normal(size=(50, 4))
    arrived = optics.track(beam, optics.quadrupole(0.3, k))
    return optimize.mean_square(arrived[:, 0])


def printed(k):
    loss = tf.square(k)
    tf.print("loss:", loss)
    return loss


@every
@pytest.mark.parametrize(
    "loss, received",
    [(quadrupole, "requires a fixed tensor list size"), (printed, "StringFormat")],
)
def test_a_quadrupole_or_a_print_is_trained_without_xla(minimize, loss, received):
    k = tf.Variable(1.0, dtype=tf.float64)
    losses = lambda: {"size": loss(k)}  # noqa: E731
    remedy = "Use jit_compile=False"
    with pytest.raises(ValueError, match=f"XLA can compile.*{received}.*{remedy}"):
        minimize(losses, [k], n_iterations=3)
    found = minimize(losses, [k], n_iterations=3, jit_compile=False)
    assert found.history["size"][-1] < found.history["size"][0]


@every
@pytest.mark.parametrize("shape", [(2,), (1,), (2, 1)])
def test_a_loss_that_is_no_scalar_is_named_with_its_shape(minimize, shape):
    theta = tf.Variable([1.0, 1.5])

    def losses():
        data = tf.reshape(theta[: shape[0]], shape) ** 2
        return {"sum": tf.reduce_sum(theta), "data": data}

    received = re.escape(f"'data' of shape ({', '.join(map(str, shape))}")
    remedy = "tf.reduce_mean.*optimize.mean_square"
    with pytest.raises(ValueError, match=f"`losses` must be.*{received}.*{remedy}"):
        minimize(losses, [theta], n_iterations=2)


@every
@pytest.mark.parametrize(
    "losses, received",
    [
        (lambda theta: lambda: tf.reduce_sum(theta), "a callable that returns.*Tensor"),
        (lambda theta: lambda: [tf.reduce_sum(theta)], "a callable that returns list"),
        (lambda theta: lambda: {}, "a callable that returns dict"),
        (lambda theta: {"data": tf.reduce_sum(theta)}, "Received: dict"),
        (lambda theta: tf.reduce_sum(theta), "Received: .*Tensor"),
    ],
)
def test_losses_that_are_no_function_of_named_scalars_are_refused(
    minimize, losses, received
):
    theta = tf.Variable([1.0, 1.5])
    with pytest.raises(TypeError, match=f"`losses` must be a callable.*{received}"):
        minimize(losses(theta), [theta], n_iterations=2)


@every
@pytest.mark.parametrize(
    "variables, received",
    [
        (tf.Variable([1.0, 1.5]), "Variable alone"),
        (tf.Variable(1.0), "Variable alone"),
        (networks.mlp(1, 1, width=2, depth=1, seed=0), "Sequential alone"),
        ([tf.constant(1.0)], "Tensor in it"),
        ([tf.Variable(1.0), 2.0], "float in it"),
        ([], "list without any"),
    ],
)
def test_what_is_no_list_of_variables_is_refused(minimize, variables, received):
    message = rf"`variables` must be a list.*{received}.*\[variable\]"
    with pytest.raises(TypeError, match=message):
        minimize(lambda: {"data": tf.constant(1.0)}, variables, n_iterations=2)


def test_a_compiled_loop_says_what_xla_cannot_compile():
    theta = tf.Variable([1.0, 1.5])
    make = partial(
        optimize.compile_iterations,
        lambda: {"data": python_function(theta)},
        [theta],
        optimizer=keras.optimizers.SGD(0.1),
    )
    with pytest.raises(ValueError, match="EagerPyFunc.*jit_compile=False"):
        make()(1)
    make(jit_compile=False)(1)
    np.testing.assert_allclose(theta, [0.8, 1.2], rtol=1e-6)


@every
@pytest.mark.parametrize("jit_compile", [True, False])
def test_an_error_of_the_loss_itself_is_left_alone(minimize, jit_compile):
    theta = tf.Variable([2.0, 2.0, 3.0])
    data = tf.Variable([1.0, 2.0], shape=tf.TensorShape(None))  # one is missing

    def losses():  # its shape is known when it runs, and not before
        return {"data": tf.reduce_sum(theta**2 - data) if tf.inside_function() else 0.0}

    with pytest.raises(tf.errors.InvalidArgumentError, match="shapes") as error:
        minimize(losses, [theta], n_iterations=2, jit_compile=jit_compile)
    assert "jit_compile=False" not in str(error.value)


@pytest.mark.parametrize("name", ["fit", "L-BFGS"])
def test_what_the_loss_itself_compiles_is_its_own_affair(name):
    theta = tf.Variable([1.0, 1.5])
    inner = tf.function(python_function, jit_compile=True)

    def losses():
        return {"data": inner(theta.value()) if tf.inside_function() else 0.0}

    with pytest.raises(tf.errors.InvalidArgumentError, match="EagerPyFunc"):
        MINIMIZERS[name](losses, [theta], n_iterations=2, jit_compile=False)


@every
def test_a_failed_assertion_of_the_loss_is_left_alone(minimize):
    theta = tf.Variable([1.0, 3.0])

    def losses():
        tf.debugging.assert_less(theta, 2.0, "theta is too large")
        return {"data": tf.reduce_sum(theta**2)}

    with pytest.raises(tf.errors.InvalidArgumentError, match="too large"):
        minimize(losses, [theta], n_iterations=2)
