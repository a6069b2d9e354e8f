from physdl_tf import solvers
from physdl_tf.metrics import observed_order
from physdl_tf.problems import BurgersSine
from physdl_tf.solvers import (
    AdvectionUpwind,
    BurgersFiniteVolume,
    BurgersSemiLagrangian,
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


def final_state(step, u0, n_steps):
    run = tf.function(lambda u: rollout(step, u, n_steps)[-1], jit_compile=True)
    return run(state(u0))[0, :, 0].numpy()


def finite_volume(grid, t_end, nu):
    n_steps = round(t_end / (2 * grid.dx**2))  # Courant number → 0: its error is gone
    return BurgersFiniteVolume(grid, t_end / n_steps, nu, max_speed=1.0), n_steps


def semi_lagrangian(grid, t_end, nu):
    n_steps = round(t_end / grid.dx * 2)  # Courant number ½: both errors ∝ Δx
    return BurgersSemiLagrangian(grid, t_end / n_steps, nu), n_steps


@pytest.mark.parametrize("make_step", [finite_volume, semi_lagrangian])
def test_burgers_schemes_are_first_order_before_the_shock(make_step):
    problem, t_end = BurgersSine(nu=0.005), 0.15  # the shock would form at t = 1/π
    h, errors = [], []
    for n in (64, 128, 256):
        grid = problem.grid(n)
        step, n_steps = make_step(grid, t_end, problem.nu)
        u = final_state(step, problem.initial(grid.centers), n_steps)
        h.append(grid.dx)
        errors.append(np.abs(u - problem.exact(grid.centers, t_end)).mean())
    assert observed_order(h, errors) == pytest.approx(step.order, abs=0.15), errors


@pytest.mark.parametrize("dt", [0.03, 0.3])  # less than a cell in a step, and more
def test_semi_lagrangian_step_equals_plain_interpolation(dt):
    grid, u = PeriodicGrid(20, UNIT), random_state(20).numpy()[0, :, 0]
    step = BurgersSemiLagrangian(grid, dt, nu=0.001)
    d = step.nu * dt / grid.dx**2
    diffused = u + d * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    places = grid.centers - dt * diffused
    expected = np.interp(places, grid.centers, diffused, period=1.0)
    np.testing.assert_allclose(step(state(u))[0, :, 0], expected, atol=1e-13)


def test_final_state_is_the_last_of_the_rollout():
    step, u0 = (
        BurgersSemiLagrangian(PeriodicGrid(16, UNIT), 0.02, 0.01),
        random_state(16),
    )
    last = solvers.final_state(step, u0, 5)
    np.testing.assert_array_equal(last, rollout(step, u0, 5)[-1])
    with pytest.raises(ValueError, match="`n_steps` must be a whole number"):
        solvers.final_state(step, u0, 0)


def test_upwind_conserves_mass_for_a_constant_velocity():
    grid = PeriodicGrid(50, UNIT)
    step = AdvectionUpwind(grid, 0.01, 0.7, max_speed=1.0)
    trajectory = rollout(step, random_state(50), 100)
    mass = tf.reduce_sum(trajectory, axis=[1, 2, 3]).numpy()
    np.testing.assert_allclose(mass, mass[0], atol=1e-12 * 100)


def test_finite_volume_scheme_conserves_the_sum_of_u():
    grid = PeriodicGrid(64, UNIT)
    step = BurgersFiniteVolume(grid, 0.005, 0.003, max_speed=1.0)
    trajectory = rollout(step, random_state(64), 200)
    total = tf.reduce_sum(trajectory, axis=[1, 2, 3]).numpy()
    np.testing.assert_allclose(total, total[0], atol=1e-12 * 200)


@pytest.mark.parametrize(
    "step",
    [
        AdvectionUpwind(PeriodicGrid(64, UNIT), 0.015, -1.0, max_speed=1.0),
        BurgersFiniteVolume(PeriodicGrid(64, UNIT), 0.005, 0.003, max_speed=1.0),
    ],
)
def test_total_variation_and_energy_never_grow(step):
    u = rollout(step, random_state(64), 100).numpy()[:, 0, :, 0]
    variation = np.abs(u - np.roll(u, 1, axis=1)).sum(axis=1)
    energy = (u**2).sum(axis=1)
    assert np.all(np.diff(variation) <= 1e-12) and np.all(np.diff(energy) <= 1e-12)


def test_shock_between_unequal_states_moves_at_the_mean_speed():
    grid = PeriodicGrid(200, (-1.0, 1.0))
    x = grid.centers
    u0 = np.where((x > -0.5) & (x < 0), 1.0, 0.0)  # right edge: a shock, speed 1/2
    step = BurgersFiniteVolume(grid, 0.009, 0.0, max_speed=1.0)
    u = rollout(step, state(u0), 50)[-1].numpy()[0, :, 0]  # t = 0.45
    shock = x[np.nonzero(u > 0.5)[0][-1]] + grid.dx / 2
    assert shock == pytest.approx(0.225, abs=2 * grid.dx)


@pytest.mark.parametrize("shift", [1, 17])
@pytest.mark.parametrize(
    "step",
    [
        AdvectionUpwind(PeriodicGrid(32, UNIT), 0.02, 0.5, max_speed=1.0),
        BurgersFiniteVolume(PeriodicGrid(32, UNIT), 0.01, 0.003, max_speed=1.0),
        BurgersSemiLagrangian(PeriodicGrid(32, UNIT), 0.05, 0.003),
    ],
)
def test_shifted_initial_states_give_shifted_results(step, shift):
    u0 = random_state(32)
    a = tf.roll(rollout(step, u0, 10), shift, axis=2)
    b = rollout(step, tf.roll(u0, shift, axis=1), 10)
    np.testing.assert_allclose(a, b, atol=1e-12 * 10)


def test_states_of_a_batch_do_not_mix():
    step = BurgersSemiLagrangian(PeriodicGrid(32, UNIT), 0.05, 0.003)
    u, v = random_state(32, 1), random_state(32, 2)
    both = rollout(step, tf.concat([u, v], axis=0), 5)
    np.testing.assert_array_equal(both[:, :1], rollout(step, u, 5))
    np.testing.assert_array_equal(both[:, 1:], rollout(step, v, 5))


def test_semi_lagrangian_step_interpolates_between_departure_cells():
    grid = PeriodicGrid(32, UNIT)
    u = np.zeros(32)
    u[10], u[13] = 1.0, 2.5 * 1.0
    step = BurgersSemiLagrangian(grid, grid.dx * 1.2, 0.0)
    after = step(state(u))[0, :, 0].numpy()
    assert after[10] == pytest.approx(0)  # departs 1.2 cells to the left: zeros
    assert after[13] == pytest.approx(1.0)  # departs 3 cells to the left: u[10]


def test_constant_states_stay():
    grid = PeriodicGrid(32, UNIT)
    u0 = state(np.full(32, 0.5))
    for step in (
        AdvectionUpwind(grid, 0.01, random_state(32), max_speed=1.0),
        BurgersFiniteVolume(grid, 0.005, 0.003, max_speed=1.0),
        BurgersSemiLagrangian(grid, 0.1, 0.003),
    ):
        np.testing.assert_allclose(rollout(step, u0, 20)[-1], u0, atol=1e-13)


def test_two_burgers_schemes_agree_where_the_solution_is_smooth():
    grid, n = PeriodicGrid(256, (-1.0, 1.0)), 100
    u0 = state(-np.sin(np.pi * grid.centers))
    a = rollout(BurgersFiniteVolume(grid, 0.002, 0.01, max_speed=1.0), u0, n)[-1]
    b = rollout(BurgersSemiLagrangian(grid, 0.002, 0.01), u0, n)[-1]
    assert np.abs(a - b).max() < 0.03  # both are first order: errors of about 3 Δx


@pytest.mark.parametrize("jit_compile", [False, True])
def test_rollout_compiled_equals_a_plain_loop(jit_compile):
    step = BurgersFiniteVolume(PeriodicGrid(32, UNIT), 0.01, 0.003, max_speed=1.0)
    u = [random_state(32)]
    for _ in range(7):
        u.append(step(u[-1]))

    @tf.function(jit_compile=jit_compile)
    def compiled(u0):
        return rollout(step, u0, 7)

    np.testing.assert_allclose(compiled(u[0]), tf.stack(u), atol=1e-14)


@pytest.mark.parametrize("step", [0.006, 0.5])
def test_explicit_steps_beyond_the_bound_are_refused(step):
    grid = PeriodicGrid(
        128, UNIT
    )  # C = 0.77, d = 0.29 at dt = 0.006: each alone is fine
    with pytest.raises(ValueError, match="`dt` is too large for an explicit step"):
        BurgersFiniteVolume(grid, step, 0.003, max_speed=1.0)
    with pytest.raises(ValueError, match="`dt` is too large for an explicit step"):
        AdvectionUpwind(grid, 0.0079, 0.1, max_speed=1.0)


def test_the_remedy_named_in_the_error_works():
    grid = PeriodicGrid(128, UNIT)
    with pytest.raises(ValueError, match=r"Use dt ≤ ([\d.e-]+)") as error:
        BurgersFiniteVolume(grid, 0.006, 0.003, max_speed=1.0)
    dt = float(str(error.value).split("Use dt ≤ ")[1].split(" ")[0])
    BurgersFiniteVolume(grid, dt * 0.999, 0.003, max_speed=1.0)


def test_semi_lagrangian_step_is_limited_by_diffusion_only():
    grid = PeriodicGrid(128, UNIT)
    BurgersSemiLagrangian(grid, 5.0, 0.0)  # C = 640 is stable
    with pytest.raises(ValueError, match="too large for explicit diffusion"):
        BurgersSemiLagrangian(grid, 0.02, 0.003)


def test_velocity_beyond_the_bound_is_refused():
    with pytest.raises(ValueError, match="`velocity` must stay within max_speed=1"):
        AdvectionUpwind(PeriodicGrid(8, UNIT), 0.01, tf.constant([1.5]), max_speed=1.0)


def test_rollout_beyond_the_bound_is_reported():
    step = BurgersFiniteVolume(PeriodicGrid(8, UNIT), 0.01, 0.0, max_speed=1.0)
    with pytest.raises(ValueError, match="`trajectory` must stay within max_speed=1"):
        rollout(step, 2 * tf.ones((1, 8, 1)), 3)


def test_rollout_that_is_not_finite_is_reported_with_its_step():
    with pytest.raises(ValueError, match="a state that is not, at step 2"):
        rollout(lambda u: tf.where(u > 1.5, np.inf, u + 1), tf.ones((1, 8, 1)), 5)


def test_compiled_rollout_is_checked_afterwards():
    step = BurgersFiniteVolume(PeriodicGrid(8, UNIT), 0.01, 0.0, max_speed=1.0)
    trajectory = tf.function(lambda u: rollout(step, u, 3))(2 * tf.ones((1, 8, 1)))
    with pytest.raises(ValueError, match="`trajectory` must stay within"):
        check_rollout(step, trajectory)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda g: BurgersFiniteVolume(g, -0.1, 0.003, max_speed=1.0), "dt"),
        (lambda g: BurgersFiniteVolume(g, 0.01, -0.003, max_speed=1.0), "nu"),
        (lambda g: BurgersFiniteVolume(g, 0.01, 0.003, max_speed=0.0), "max_speed"),
        (lambda g: AdvectionUpwind(g, 0.0, 0.5, max_speed=1.0), "dt"),
        (lambda g: BurgersSemiLagrangian(g, 0.0, 0.003), "dt"),
        (lambda g: BurgersSemiLagrangian(g, 0.01, -0.003), "nu"),
    ],
)
def test_numbers_must_be_positive(make, name):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        make(PeriodicGrid(8, UNIT))


def test_states_of_another_shape_are_refused():
    step = BurgersSemiLagrangian(PeriodicGrid(8, UNIT), 0.01, 0.0)
    for shape in ((8,), (1, 9, 1), (8, 1)):
        with pytest.raises(ValueError, match="`u` must be a grid state of shape"):
            step(tf.zeros(shape))
    with pytest.raises(ValueError, match="`n_steps` must be a whole number"):
        rollout(step, tf.zeros((1, 8, 1)), 0)
