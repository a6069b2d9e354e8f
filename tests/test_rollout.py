from physdl_tf.metrics import observed_order
from physdl_tf.solvers import (
    AdvectionUpwind,
    BurgersFiniteVolume,
    BurgersMuscl,
    BurgersSemiLagrangian,
    BurgersSemiLagrangian2D,
    Forced,
    PeriodicGrid,
    Repeated,
    RungeKutta4,
    check_rollout,
    final_state,
    lorenz,
    rollout,
)

import numpy as np
import pytest
import tensorflow as tf

UNIT = (0.0, 1.0)
GRID = PeriodicGrid(32, UNIT)
STEP = BurgersFiniteVolume(GRID, 0.01, 0.003, max_speed=1.0)


def random_states(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(-0.8, 0.8, shape))


def as_constant(values):
    return tf.reshape(tf.constant(values, tf.float64), (1, -1, 1))


@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_rollout_is_a_loop_over_steps(jit_compile):
    u = [random_states(2, 32, 1)]
    for _ in range(7):
        u.append(STEP(u[-1]))

    def run(u0):
        return rollout(STEP, u0, 7)

    if jit_compile is not None:
        run = tf.function(run, jit_compile=jit_compile)
    np.testing.assert_allclose(run(u[0]), tf.stack(u), atol=1e-14)


@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_each_step_takes_its_own_input(jit_compile):
    step, forces = Forced(STEP), random_states(5, 2, 32, 1, seed=1)
    u = [random_states(2, 32, 1)]
    for n in range(5):
        u.append(step(u[-1], forces[n]))

    def run(u0, forces):
        return rollout(step, u0, inputs=forces)

    if jit_compile is not None:
        run = tf.function(run, jit_compile=jit_compile)
    np.testing.assert_allclose(run(u[0], forces), tf.stack(u), atol=1e-14)


@pytest.mark.parametrize("jit_compile", [None, True])
def test_the_final_state_is_the_last_of_the_rollout(jit_compile):
    step, driven = BurgersSemiLagrangian(GRID, 0.02, 0.01), Forced(STEP)
    u0, forces = random_states(1, 32, 1), random_states(5, 1, 32, 1, seed=1)
    runs = [
        (lambda: final_state(step, u0, 5), lambda: rollout(step, u0, 5)),
        (
            lambda: final_state(driven, u0, inputs=forces),
            lambda: rollout(driven, u0, inputs=forces),
        ),
    ]
    for only_end, all_states in runs:
        if jit_compile:
            only_end = tf.function(only_end, jit_compile=True)
        np.testing.assert_allclose(only_end(), all_states()[-1], atol=1e-14)


@pytest.mark.parametrize("jit_compile", [None, True])
def test_a_state_may_be_a_list_where_only_the_end_is_kept(jit_compile):
    def run(a, b):
        return final_state(lambda s, r: [s[1], s[0] + r], [a, b], inputs=np.ones(5))

    run = tf.function(run, jit_compile=True) if jit_compile else run
    a, b = run(tf.constant(1.0, tf.float64), np.array(5.0))
    np.testing.assert_array_equal([a, b], [7.0, 4.0])


def test_states_of_any_shape_can_be_stepped():
    start = np.array([[-8.0, 7.0, 27.0], [1.0, 1.0, 1.0]])
    step = RungeKutta4(lorenz, 0.01)
    states = rollout(step, start, 3)
    np.testing.assert_allclose(states[3], step(step(step(start))), rtol=1e-14)
    assert rollout(lambda s: s + 1, tf.constant(0.0), 3).numpy().tolist() == [
        0.0, 1.0, 2.0, 3.0
    ]  # fmt: skip


def test_one_of_number_of_steps_and_inputs_must_be_given():
    u0, forces = random_states(1, 32, 1), random_states(4, 1, 32, 1)
    for run in (rollout, final_state):
        with pytest.raises(ValueError, match="One of `n_steps` and `inputs`.*neither"):
            run(STEP, u0)
        with pytest.raises(ValueError, match="One of `n_steps` and `inputs`.*both"):
            run(Forced(STEP), u0, 4, inputs=forces)
        for n_steps in (0, -1, 2.5):
            with pytest.raises(ValueError, match="`n_steps` must be a whole number"):
                run(STEP, u0, n_steps)


@pytest.mark.parametrize("how", ["eager", "XLA, known number", "XLA, any number"])
@pytest.mark.parametrize("keep", ["all states", "end"])
def test_gradient_by_state_and_inputs_agrees_with_differences(keep, how):
    grid, n_steps = PeriodicGrid(24, UNIT), 9
    step = Repeated(Forced(BurgersFiniteVolume(grid, 0.004, 0.003, 1.5)), 2)
    u0, weights = random_states(1, 24, 1), random_states(1, 24, 1, seed=1)
    forces = random_states(n_steps, 1, 24, 1, seed=2)

    def loss(u0, forces):
        if keep == "end":
            return tf.reduce_sum(weights * final_state(step, u0, inputs=forces) ** 2)
        return tf.reduce_sum(weights * rollout(step, u0, inputs=forces)[3:] ** 2)

    def gradient(u0, forces):
        with tf.GradientTape() as tape:
            tape.watch((u0, forces))
            value = loss(u0, forces)
        return tape.gradient(value, (u0, forces))

    if how != "eager":
        number = n_steps if "known" in how else None
        shapes = [u0.shape, (number, *forces.shape[1:])]
        signature = [tf.TensorSpec(shape, tf.float64) for shape in shapes]
        gradient = tf.function(gradient, jit_compile=True, input_signature=signature)
    grads = gradient(u0, forces)
    for seed in range(2):
        a, b = (random_states(*g.shape, seed=10 + seed) for g in grads)
        h = 1e-6
        plus, minus = (loss(u0 + s * a, forces + s * b) for s in (h, -h))
        by_tape = tf.reduce_sum(grads[0] * a) + tf.reduce_sum(grads[1] * b)
        np.testing.assert_allclose(by_tape, (plus - minus) / (2 * h), rtol=1e-6)


def test_forced_steps_are_of_second_order_in_time():
    grid = PeriodicGrid(32, (-1.0, 1.0))
    force = as_constant(np.sin(np.pi * grid.centers))
    u0 = as_constant(0.3 * np.cos(np.pi * grid.centers))
    ends = []
    for n_steps in (8, 16, 32, 512):
        step = Forced(BurgersMuscl(grid, 0.2 / n_steps, 0.01, max_speed=0.6))
        forces = tf.repeat(force[None], n_steps, axis=0)
        ends.append(rollout(step, u0, inputs=forces)[-1])
    errors = [np.abs(u - ends[-1]).mean() for u in ends[:-1]]
    assert observed_order([4, 2, 1], errors) == pytest.approx(2, abs=0.2), errors


def test_a_constant_state_under_a_constant_force_grows_linearly():
    grid = PeriodicGrid(16, UNIT)
    step = Forced(BurgersMuscl(grid, 0.01, 0.003, max_speed=1.0))
    forces = 3 * tf.ones((20, 1, 16, 1), tf.float64)
    u = rollout(step, as_constant(np.full(16, 0.2)), inputs=forces)
    np.testing.assert_allclose(u[:, 0, 5, 0], 0.2 + 0.03 * np.arange(21), atol=1e-13)


def test_repeated_steps_are_every_third_of_the_steps():
    u0 = random_states(2, 32, 1)
    np.testing.assert_allclose(
        rollout(Repeated(STEP, 3), u0, 4), rollout(STEP, u0, 12)[::3], atol=1e-14
    )


@pytest.mark.parametrize("jit_compile", [None, True])
def test_an_input_stays_the_same_for_all_repeated_steps(jit_compile):
    step = Forced(BurgersMuscl(GRID, 0.005, 0.003, max_speed=1.4))
    u0, forces = random_states(2, 32, 1), random_states(4, 2, 32, 1, seed=1)

    def run(u0):
        return rollout(Repeated(step, 3), u0, inputs=forces)

    run = tf.function(run, jit_compile=True) if jit_compile else run
    each = rollout(step, u0, inputs=tf.repeat(forces, 3, axis=0))
    np.testing.assert_allclose(run(u0), each[::3], atol=1e-14)


def test_wrappers_have_the_time_step_of_what_they_wrap():
    inside = Repeated(STEP, 3)
    assert Forced(STEP).dt == 0.01
    assert inside.dt == Repeated(Forced(STEP), 3).dt == pytest.approx(0.03)
    # So a force can also push around three steps, instead of around each.
    u0, force = random_states(1, 32, 1), random_states(1, 32, 1, seed=1)
    by_hand = inside(u0 + 0.015 * force) + 0.015 * force
    np.testing.assert_allclose(Forced(inside)(u0, force), by_hand, atol=1e-15)


WRAPPED = {
    "plain": (STEP, False),
    "forced": (Forced(STEP), True),
    "repeated": (Repeated(STEP, 2), False),
    "forced, repeated": (Repeated(Forced(STEP), 2), True),
    "repeated, forced": (Forced(Repeated(STEP, 2)), True),
    "second order": (Forced(BurgersMuscl(GRID, 0.01, 0.003, max_speed=1.0)), True),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_state_faster_than_the_stepper_is_stable_for_is_reported(name):
    step, driven = WRAPPED[name]
    # A constant state does not change: too fast at once, or when pushed beyond 1.
    u0 = np.full((1, 32, 1), 0.9 if driven else 1.2)
    how = {"inputs": np.full((9, 1, 32, 1), 3.0)} if driven else {"n_steps": 9}
    with pytest.raises(ValueError, match="`trajectory` must stay within max_speed=1"):
        rollout(step, u0, **how)
    compiled = tf.function(lambda u: rollout(step, u, **how))
    trajectory = compiled(u0)
    with pytest.raises(ValueError, match="`trajectory` must stay within max_speed=1"):
        check_rollout(step, trajectory)
    check_rollout(step, trajectory / 2)  # slow enough


def test_wrappers_work_around_steppers_that_check_nothing():
    u0 = np.full((1, 32, 1), 5.0)
    for step in (BurgersSemiLagrangian(GRID, 0.01, 0.003), Repeated(lambda u: u, 2)):
        np.testing.assert_allclose(rollout(Repeated(step, 2), u0, 2)[-1], u0)


def test_a_forced_velocity_beyond_its_bound_is_reported():
    u = tf.Variable(0.5, dtype=tf.float64)
    step = Forced(AdvectionUpwind(GRID, 0.01, u, max_speed=1.0))
    u.assign(1.5)
    with pytest.raises(ValueError, match="`velocity` must stay within max_speed=1"):
        rollout(step, random_states(1, 32, 1), inputs=random_states(3, 1, 32, 1))


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        (BurgersSemiLagrangian(GRID, 0.01, 0.003), (2, 32, 1)),
        (BurgersSemiLagrangian2D(PeriodicGrid(8, UNIT), 0.01, 0.003), (2, 8, 8, 2)),
        (RungeKutta4(lorenz, 0.01), (3,)),
        (lambda u: u, ()),
    ],
    ids=["1D", "2D", "three numbers", "one number"],
)
@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_state_that_is_not_finite_is_reported_with_its_step(step, shape, value):
    trajectory = np.zeros((5, *shape))
    trajectory[2:].reshape(3, -1)[:, -1] = value
    with pytest.raises(ValueError, match="a state that is not, at step 2"):
        check_rollout(step, tf.constant(trajectory))

    def broken(u, r):
        return step(u) if r else u + value

    with pytest.raises(ValueError, match="a state that is not, at step 2"):
        rollout(broken, np.zeros(shape), inputs=np.array([True, False, True]))


def test_wrong_wrappers_are_refused():
    with pytest.raises(TypeError, match="`stepper` must have a time step `dt`"):
        Forced(lambda u: u)
    with pytest.raises(ValueError, match="`n_steps` must be a whole number"):
        Repeated(STEP, 0)
    with pytest.raises(ValueError, match="`force` and `u` must have the same shape"):
        rollout(Forced(STEP), tf.zeros((2, 32, 1)), inputs=tf.zeros((5, 1, 32, 1)))
