from physdl_tf.metrics import observed_order
from physdl_tf.problems import BurgersSine
from physdl_tf.solvers import (
    BurgersFiniteVolume,
    BurgersMuscl,
    PeriodicGrid,
    check_rollout,
    rollout,
)

import numpy as np
import pytest
import tensorflow as tf

UNIT = (0.0, 1.0)


def state(values):
    return tf.reshape(tf.constant(values, tf.float64), (1, -1, 1))


def random_state(n, seed=0, bound=1.0):
    return state(np.random.default_rng(seed).uniform(-bound, bound, n))


def test_second_order_before_the_shock():
    problem, t_end = BurgersSine(nu=0.005), 0.15  # the shock would form at t = 1/π
    h, errors = [], []
    for n in (64, 128, 256):
        grid = problem.grid(n)
        n_steps = round(t_end / (0.3 * grid.dx))
        step = BurgersMuscl(grid, t_end / n_steps, problem.nu, max_speed=1.0)
        run = tf.function(
            lambda u, s=step, m=n_steps: rollout(s, u, m)[-1], jit_compile=True
        )
        u = run(state(problem.initial(grid.centers)))[0, :, 0]
        h.append(grid.dx)
        errors.append(np.abs(u - problem.exact(grid.centers, t_end)).mean())
    assert observed_order(h, errors) > BurgersMuscl.order - 0.1


def test_forced_steps_are_of_second_order_in_time():
    grid = PeriodicGrid(32, (-1.0, 1.0))
    force = state(np.sin(np.pi * grid.centers))
    u0 = state(0.3 * np.cos(np.pi * grid.centers))
    ends = []
    for n_steps in (8, 16, 32, 512):
        stepper = BurgersMuscl(grid, 0.2 / n_steps, 0.01, max_speed=0.6)
        forces = tf.repeat(force[None], n_steps, axis=0)
        ends.append(forced_rollout(forced(stepper), u0, forces)[-1])
    errors = [np.abs(u - ends[-1]).mean() for u in ends[:-1]]
    assert observed_order([4, 2, 1], errors) == pytest.approx(2, abs=0.2), errors


def test_constant_state_under_a_constant_force_grows_linearly():
    grid = PeriodicGrid(16, UNIT)
    step = forced(BurgersMuscl(grid, 0.01, 0.003, max_speed=1.0))
    u = forced_rollout(
        step, state(np.full(16, 0.2)), 3 * tf.ones((20, 1, 16, 1), "float64")
    )
    np.testing.assert_allclose(u[:, 0, 5, 0], 0.2 + 0.03 * np.arange(21), atol=1e-13)


def test_sum_of_u_is_conserved():
    step = BurgersMuscl(PeriodicGrid(64, UNIT), 0.005, 0.003, max_speed=1.0)
    total = tf.reduce_sum(rollout(step, random_state(64), 200), axis=[1, 2, 3]).numpy()
    np.testing.assert_allclose(total, total[0], atol=1e-12 * 200)


def test_no_new_extremes_up_to_the_bound():
    grid = PeriodicGrid(64, UNIT)
    step = BurgersMuscl(grid, grid.dx / 2, 0.0, max_speed=1.0)
    blocks = np.where(np.sin(6 * np.pi * grid.centers) > 0, 1.0, -1.0)
    for u0 in (random_state(64), state(blocks)):
        u = rollout(step, u0, 100).numpy()[:, 0, :, 0]
        variation = np.abs(u - np.roll(u, 1, axis=1)).sum(axis=1)
        assert np.all(np.diff(variation) <= 1e-12)
        assert u.max() <= u[0].max() + 1e-12 and u.min() >= u[0].min() - 1e-12


def test_shock_between_unequal_states_moves_at_the_mean_speed():
    grid = PeriodicGrid(200, (-1.0, 1.0))
    x = grid.centers
    u0 = np.where((x > -0.5) & (x < 0), 1.0, 0.0)  # right edge: a shock, speed 1/2
    u = rollout(BurgersMuscl(grid, 0.0045, 0.0, max_speed=1.0), state(u0), 100)
    shock = x[np.nonzero(u.numpy()[-1, 0, :, 0] > 0.5)[0][-1]] + grid.dx / 2
    assert shock == pytest.approx(0.225, abs=2 * grid.dx)  # t = 0.45


def test_sharper_than_the_first_order_scheme_on_the_same_grid():
    problem, t_end = BurgersSine(), 0.5
    grid = problem.grid(64)
    exact = problem.exact(grid.centers, t_end)
    errors = {}
    for scheme in (BurgersMuscl, BurgersFiniteVolume):
        step = scheme(grid, t_end / 50, problem.nu, max_speed=1.0)
        u = rollout(step, state(problem.initial(grid.centers)), 50)[-1, 0, :, 0]
        errors[scheme] = np.abs(u - exact).mean()
    assert errors[BurgersMuscl] < errors[BurgersFiniteVolume] / 2


@pytest.mark.parametrize("shift", [1, 17])
def test_shifted_and_mirrored_states_give_shifted_and_mirrored_results(shift):
    step = BurgersMuscl(PeriodicGrid(32, UNIT), 0.01, 0.003, max_speed=1.0)
    u0 = random_state(32)
    end = rollout(step, u0, 10)[-1]
    shifted = rollout(step, tf.roll(u0, shift, axis=1), 10)[-1]
    np.testing.assert_allclose(shifted, tf.roll(end, shift, axis=1), atol=1e-14)
    mirrored = rollout(step, -u0[:, ::-1], 10)[-1]
    np.testing.assert_allclose(mirrored, -end[:, ::-1], atol=1e-14)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_substeps_equal_steps_with_repeated_forces(jit_compile):
    step = forced(BurgersMuscl(PeriodicGrid(32, UNIT), 0.005, 0.003, max_speed=1.2))
    rng = np.random.default_rng(3)
    forces = tf.constant(rng.uniform(-1, 1, (4, 2, 32, 1)))
    u0 = tf.concat([random_state(32, 1), random_state(32, 2)], axis=0)
    repeated = forced_rollout(step, u0, tf.repeat(forces, 3, axis=0))
    run = tf.function(
        lambda u: forced_rollout(step, u, forces, n_substeps=3), jit_compile=jit_compile
    )
    np.testing.assert_allclose(run(u0), repeated[::3], atol=1e-14)
    u = u0
    for force in forces:
        for _ in range(3):
            u = step(u, force)
    np.testing.assert_allclose(run(u0)[-1], u, atol=1e-14)


@pytest.mark.parametrize("n_substeps", [1, 3])
def test_gradient_through_a_forced_rollout_agrees_with_differences(n_substeps):
    grid = PeriodicGrid(24, UNIT)
    step = forced(BurgersMuscl(grid, 0.004, 0.003, max_speed=1.5))
    rng = np.random.default_rng(5)
    u0, forces, weights = (
        tf.constant(rng.uniform(-1, 1, shape))
        for shape in ((1, 24, 1), (12, 1, 24, 1), (1, 24, 1))
    )

    def loss(u0, forces):
        u = forced_rollout(step, u0, forces, n_substeps=n_substeps)
        return tf.reduce_sum(weights * u[-1] ** 2)

    with tf.GradientTape() as tape:
        tape.watch((u0, forces))
        value = loss(u0, forces)
    grads = tape.gradient(value, (u0, forces))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a, b = (rng.normal(size=g.shape) for g in grads)
        h = 1e-6
        plus, minus = (loss(u0 + s * a, forces + s * b) for s in (h, -h))
        by_tape = tf.reduce_sum(grads[0] * a) + tf.reduce_sum(grads[1] * b)
        np.testing.assert_allclose(by_tape, (plus - minus) / (2 * h), rtol=1e-6)


def test_steps_beyond_the_bound_are_refused_and_the_remedy_works():
    grid = PeriodicGrid(128, UNIT)  # 2C = 0.8, 2d = 0.31: each alone is fine
    with pytest.raises(ValueError, match=r"Use dt ≤ ([\d.e-]+)") as error:
        BurgersMuscl(grid, 0.4 * grid.dx, 0.003, max_speed=1.0)
    dt = float(str(error.value).split("Use dt ≤ ")[1].split(" ")[0])
    BurgersMuscl(grid, dt * 0.999, 0.003, max_speed=1.0)
    BurgersMuscl(grid, 0.5 * grid.dx, 0.0, max_speed=1.0)
    with pytest.raises(ValueError, match="`dt` is too large for an explicit step.*2C"):
        BurgersMuscl(grid, 0.51 * grid.dx, 0.0, max_speed=1.0)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("dt", (0.0, 0.1, 1.0)), ("nu", (0.1, -1.0, 1.0)), ("max_speed", (0.1, 0, 0))],
)
def test_numbers_must_be_positive(name, numbers):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        BurgersMuscl(PeriodicGrid(8, UNIT), *numbers)


def test_what_a_rollout_cannot_use_is_refused():
    stepper = BurgersMuscl(PeriodicGrid(8, UNIT), 0.01, 0.0, max_speed=1.0)
    step = forced(stepper)
    with pytest.raises(ValueError, match="`u` must be a grid state of shape"):
        stepper(tf.zeros((1, 9, 1)))
    with pytest.raises(ValueError, match=r"`forces\[0\]` and `u0` must have the same"):
        forced_rollout(step, tf.zeros((2, 8, 1)), tf.zeros((5, 1, 8, 1)))
    with pytest.raises(ValueError, match="`n_substeps` must be a whole number"):
        forced_rollout(step, tf.zeros((1, 8, 1)), tf.zeros((5, 1, 8, 1)), n_substeps=0)
    with pytest.raises(ValueError, match="a state that is not, at step 2"):
        forces = tf.constant([0.0, np.inf, 0.0])[:, None, None, None]
        forced_rollout(step, tf.zeros((1, 8, 1)), forces + tf.zeros((3, 1, 8, 1)))


def test_trajectories_beyond_the_speed_bound_are_reported():
    stepper = BurgersMuscl(PeriodicGrid(8, UNIT), 0.01, 0.0, max_speed=1.0)
    with pytest.raises(ValueError, match="`trajectory` must stay within max_speed=1"):
        check_rollout(stepper, 2 * tf.ones((1, 1, 8, 1)))
