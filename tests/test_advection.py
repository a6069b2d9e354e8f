from physdl_tf import optimize
from physdl_tf.metrics import observed_order
from physdl_tf.solvers import AdvectionUpwind, PeriodicGrid, rollout

import keras
import numpy as np
import pytest
import tensorflow as tf

UNIT = (0.0, 1.0)
GRID = PeriodicGrid(32, UNIT)


def state(values):
    return tf.reshape(tf.constant(values, tf.float64), (1, -1, 1))


def random_state(n, seed=0):
    return state(np.random.default_rng(seed).uniform(-1, 1, n))


@pytest.mark.parametrize("u", [0.8, -0.8])
def test_upwind_is_first_order_in_both_directions(u):
    h, errors = [], []
    for n in (80, 160, 320):
        grid = PeriodicGrid(n, UNIT)
        step = AdvectionUpwind(grid, 0.5 * grid.dx, u, max_speed=1.0)
        n_steps = n  # until t = 0.5
        d = rollout(step, state(np.sin(2 * np.pi * grid.centers)), n_steps)[-1]
        exact = np.sin(2 * np.pi * (grid.centers - 0.5 * u))
        h.append(grid.dx)
        errors.append(np.abs(d[0, :, 0] - exact).mean())
    assert observed_order(h, errors) == pytest.approx(AdvectionUpwind.order, abs=0.15)


def test_mass_is_conserved_for_a_constant_velocity():
    step = AdvectionUpwind(PeriodicGrid(50, UNIT), 0.01, 0.7, max_speed=1.0)
    trajectory = rollout(step, random_state(50), 100)
    mass = tf.reduce_sum(trajectory, axis=[1, 2, 3]).numpy()
    np.testing.assert_allclose(mass, mass[0], atol=1e-12 * 100)


def test_total_variation_and_energy_never_grow():
    step = AdvectionUpwind(PeriodicGrid(64, UNIT), 0.015, -1.0, max_speed=1.0)
    d = rollout(step, random_state(64), 100).numpy()[:, 0, :, 0]
    variation = np.abs(d - np.roll(d, 1, axis=1)).sum(axis=1)
    energy = (d**2).sum(axis=1)
    assert np.all(np.diff(variation) <= 1e-12) and np.all(np.diff(energy) <= 1e-12)


@pytest.mark.parametrize("shift", [1, 17])
def test_shifted_initial_states_give_shifted_results(shift):
    step = AdvectionUpwind(GRID, 0.02, 0.5, max_speed=1.0)
    d0 = random_state(32)
    a = tf.roll(rollout(step, d0, 10), shift, axis=2)
    b = rollout(step, tf.roll(d0, shift, axis=1), 10)
    np.testing.assert_allclose(a, b, atol=1e-12 * 10)


def test_constant_states_stay_in_any_flow():
    d0 = state(np.full(32, 0.5))
    step = AdvectionUpwind(GRID, 0.01, random_state(32), max_speed=1.0)
    np.testing.assert_allclose(rollout(step, d0, 20)[-1], d0, atol=1e-13)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_velocity_may_be_a_number_an_array_or_a_variable(compiled, dtype):
    d = tf.cast(random_state(32), dtype)
    expected = d - 0.7 * 32 * 0.01 * (d - tf.roll(d, 1, axis=1))
    tolerance = {"float32": 1e-6, "float64": 1e-15}[dtype]
    for u in (0.7, np.full((32, 1), 0.7), tf.Variable(0.7, dtype=dtype)):
        step = AdvectionUpwind(GRID, 0.01, u, max_speed=1.0)
        step = tf.function(step, jit_compile=True) if compiled else step
        np.testing.assert_allclose(step(d), expected, atol=tolerance)
    step = AdvectionUpwind(GRID, 1 / 32, 1, max_speed=1.0)  # a whole number: one cell
    step = tf.function(step, jit_compile=True) if compiled else step
    np.testing.assert_allclose(step(d), tf.roll(d, 1, axis=1), atol=tolerance)


def test_a_velocity_beyond_the_bound_is_refused():
    with pytest.raises(ValueError, match="`velocity` must stay within max_speed=1"):
        AdvectionUpwind(GRID, 0.01, tf.constant([1.5]), max_speed=1.0)
    u = tf.Variable(0.5, dtype=tf.float64)
    step = AdvectionUpwind(GRID, 0.01, u, max_speed=1.0)
    step(random_state(32))
    u.assign(-1.5)
    with pytest.raises(ValueError, match="`velocity` must stay within max_speed=1"):
        step(random_state(32))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_velocity_beyond_the_bound_is_not_a_number_in_compiled_code(jit_compile):
    u = tf.Variable(np.full((1, 32, 1), 0.5))
    step = AdvectionUpwind(GRID, 0.01, u, max_speed=1.0)
    compiled = tf.function(step, jit_compile=jit_compile)
    d = random_state(32)
    np.testing.assert_allclose(compiled(d), step(d), atol=1e-15)
    u[:, 7].assign([[1.5]])
    assert np.isnan(compiled(d)[0, :, 0]).nonzero()[0] == [7]
    u[:, 7].assign([[np.nan]])
    assert np.isnan(compiled(d)[0, 7, 0])


@pytest.mark.parametrize("u", [0.7, 1, tf.Variable(0.7, dtype=tf.float64)])
def test_a_stepper_may_be_made_in_compiled_code(u):
    d = random_state(32)
    make_and_step = tf.function(lambda d: AdvectionUpwind(GRID, 0.01, u, 1.0)(d))
    expected = AdvectionUpwind(GRID, 0.01, u, 1.0)(d)
    np.testing.assert_allclose(make_and_step(d), expected, atol=1e-15)


def search():
    """A search for a velocity of 1.5 with a stepper that is stable up to 1."""
    u = tf.Variable(0.6, dtype=tf.float64)
    step = AdvectionUpwind(GRID, 1 / 32, u, max_speed=1.0)
    d0 = np.sin(2 * np.pi * GRID.centers)
    target = state(np.sin(2 * np.pi * (GRID.centers - 1.5 * 8 / 32)))

    def losses():
        return {"data": optimize.mean_square(rollout(step, state(d0), 8)[-1], target)}

    return u, losses


def test_gradient_descent_that_leaves_the_bound_stops():
    u, losses = search()
    optimizer = keras.optimizers.SGD(0.05)
    with pytest.raises(FloatingPointError, match="must stay finite"):
        optimize.fit(losses, [u], optimizer=optimizer, n_iterations=200)


def test_lbfgs_that_leaves_the_bound_stops_with_what_is_stable():
    u, losses = search()
    with pytest.raises(FloatingPointError, match="must stay finite"):
        optimize.minimize_lbfgs(losses, [u], n_iterations=50)
    assert 0.6 <= u.numpy() <= 1


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_up_to_the_bound_agree_with_forward_mode_and_differences(jit_compile):
    """No trace of the branch that is not a number: also at C = 1 exactly."""
    d, direction = random_state(32), random_state(32, seed=2)
    u0 = tf.constant(np.linspace(0.1, 1.0, 32)[None, :, None])

    def loss(u):
        step = AdvectionUpwind(GRID, 1 / 32, u, max_speed=1.0)
        return tf.reduce_sum(tf.sin(step(step(d))))

    def gradient(u):
        with tf.GradientTape() as tape:
            tape.watch(u)
            value = loss(u)
        return tape.gradient(value, u)

    def derivative(u):
        with tf.autodiff.ForwardAccumulator(u, direction) as accumulator:
            value = loss(u)
        return accumulator.jvp(value)

    if jit_compile:
        gradient, derivative, loss = (
            tf.function(f, jit_compile=True) for f in (gradient, derivative, loss)
        )
    slope = tf.reduce_sum(gradient(u0) * direction)
    np.testing.assert_allclose(derivative(u0), slope, rtol=1e-12)
    h = 1e-6 * direction  # a millionth beyond the bound is taken for rounding
    differences = (loss(u0 + h) - loss(u0 - h)) / 2e-6
    np.testing.assert_allclose(slope, differences, rtol=1e-7)


def test_many_flows_at_once_by_a_vectorized_map():
    d, flows = random_state(32), tf.constant([[0.2], [-0.9], [1.5]], tf.float64)

    def after(u):
        return AdvectionUpwind(GRID, 0.01, u, max_speed=1.0)(d)

    mapped = tf.vectorized_map(after, flows)
    for i in (0, 1):
        np.testing.assert_allclose(mapped[i], after(flows[i]), atol=1e-15)
    assert np.isnan(mapped[2]).all()


def test_steps_beyond_the_bound_are_refused():
    with pytest.raises(ValueError, match="`dt` is too large for an explicit step"):
        AdvectionUpwind(PeriodicGrid(128, UNIT), 0.0079, 0.1, max_speed=1.0)
    with pytest.raises(ValueError, match="`dt` must be positive"):
        AdvectionUpwind(GRID, 0.0, 0.5, max_speed=1.0)
    with pytest.raises(ValueError, match="`max_speed` must be positive"):
        AdvectionUpwind(GRID, 0.01, 0.5, max_speed=0.0)


def test_states_of_another_shape_are_refused():
    step = AdvectionUpwind(GRID, 0.01, 0.5, max_speed=1.0)
    for shape in ((32,), (1, 9, 1), (32, 1), (1, 32, 2)):
        with pytest.raises(ValueError, match="`d` must be a grid state of shape"):
            step(tf.zeros(shape))
