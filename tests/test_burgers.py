"""The four steppers for Burgers' equation; their gradients: see test_adjoint.py."""

from physdl_tf.metrics import observed_order
from physdl_tf.problems import BurgersSine
from physdl_tf.solvers import (
    BurgersFiniteVolume,
    BurgersMuscl,
    BurgersSemiLagrangian,
    BurgersSemiLagrangian2D,
    PeriodicGrid,
    final_state,
    rollout,
)

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import map_coordinates

UNIT, SQUARE = (0.0, 1.0), (-1.0, 1.0)
GRID = PeriodicGrid(32, UNIT)
ALL_1D = [
    BurgersFiniteVolume(GRID, 0.01, 0.003, max_speed=1.0),
    BurgersMuscl(GRID, 0.01, 0.003, max_speed=1.0),
    BurgersSemiLagrangian(GRID, 0.05, 0.003),
]
CONSERVATIVE = [BurgersFiniteVolume, BurgersMuscl]


def state(values):
    return tf.reshape(tf.constant(values, tf.float64), (1, -1, 1))


def random_state(n, seed=0):
    return state(np.random.default_rng(seed).uniform(-1, 1, n))


def compiled_end(step, u0, n_steps):
    run = tf.function(lambda u: final_state(step, u, n_steps), jit_compile=True)
    return run(state(u0))[0, :, 0].numpy()


def finite_volume(grid, t_end, nu):
    n_steps = round(t_end / (2 * grid.dx**2))  # Courant number → 0: its error is gone
    return BurgersFiniteVolume(grid, t_end / n_steps, nu, max_speed=1.0), n_steps


def muscl(grid, t_end, nu):
    n_steps = round(t_end / (0.05 * grid.dx))
    return BurgersMuscl(grid, t_end / n_steps, nu, max_speed=1.0), n_steps


def semi_lagrangian(grid, t_end, nu):
    n_steps = round(t_end / grid.dx * 2)  # Courant number ½: both errors ∝ Δx
    return BurgersSemiLagrangian(grid, t_end / n_steps, nu), n_steps


@pytest.mark.parametrize(
    ("make_step", "nu"),
    [(finite_volume, 0.005), (muscl, 0.05), (semi_lagrangian, 0.005)],
)
def test_schemes_have_their_order_before_the_shock(make_step, nu):
    problem, t_end = BurgersSine(nu), 0.15  # the shock would form at t = 1/π
    h, errors = [], []
    for n in (64, 128, 256):
        grid = problem.grid(n)
        step, n_steps = make_step(grid, t_end, problem.nu)
        u = compiled_end(step, problem.initial(grid.centers), n_steps)
        h.append(grid.dx)
        errors.append(np.abs(u - problem.exact(grid.centers, t_end)).mean())
    assert observed_order(h, errors) == pytest.approx(step.order, abs=0.15), errors


def test_second_order_is_sharper_than_first_on_the_same_grid():
    problem, t_end = BurgersSine(), 0.5
    grid = problem.grid(64)
    exact = problem.exact(grid.centers, t_end)
    errors = {}
    for scheme in CONSERVATIVE:
        step = scheme(grid, t_end / 50, problem.nu, max_speed=1.0)
        u = compiled_end(step, problem.initial(grid.centers), 50)
        errors[scheme] = np.abs(u - exact).mean()
    assert errors[BurgersMuscl] < errors[BurgersFiniteVolume] / 2


@pytest.mark.parametrize("dt", [0.03, 0.3])  # less than a cell in a step, and more
def test_semi_lagrangian_step_equals_plain_interpolation(dt):
    grid, u = PeriodicGrid(20, UNIT), random_state(20).numpy()[0, :, 0]
    step = BurgersSemiLagrangian(grid, dt, nu=0.001)
    d = step.nu * dt / grid.dx**2
    diffused = u + d * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    places = grid.centers - dt * diffused
    expected = np.interp(places, grid.centers, diffused, period=1.0)
    np.testing.assert_allclose(step(state(u))[0, :, 0], expected, atol=1e-13)


def test_semi_lagrangian_step_interpolates_between_departure_cells():
    u = np.zeros(32)
    u[10], u[13] = 1.0, 2.5 * 1.0
    step = BurgersSemiLagrangian(GRID, GRID.dx * 1.2, 0.0)
    after = step(state(u))[0, :, 0].numpy()
    assert after[10] == pytest.approx(0)  # departs 1.2 cells to the left: zeros
    assert after[13] == pytest.approx(1.0)  # departs 3 cells to the left: u[10]


@pytest.mark.parametrize("scheme", CONSERVATIVE)
def test_finite_volume_schemes_conserve_the_sum_of_u(scheme):
    step = scheme(PeriodicGrid(64, UNIT), 0.005, 0.003, max_speed=1.0)
    u = rollout(step, random_state(64), 200)
    total = tf.reduce_sum(u, axis=[1, 2, 3]).numpy()
    np.testing.assert_allclose(total, total[0], atol=1e-12 * 200)


@pytest.mark.parametrize("scheme", CONSERVATIVE)
def test_nothing_grows_up_to_the_bound_of_the_step(scheme):
    grid = PeriodicGrid(64, UNIT)
    dt = grid.dx / (2 if scheme is BurgersMuscl else 1)
    step = scheme(grid, dt, 0.0, max_speed=1.0)
    blocks = np.where(np.sin(6 * np.pi * grid.centers) > 0, 1.0, -1.0)
    for u0 in (random_state(64), state(blocks)):
        u = rollout(step, u0, 100).numpy()[:, 0, :, 0]
        variation = np.abs(u - np.roll(u, 1, axis=1)).sum(axis=1)
        assert np.all(np.diff(variation) <= 1e-12)
        assert np.all(np.diff((u**2).sum(axis=1)) <= 1e-12)  # energy
        assert u.max() <= u[0].max() + 1e-12 and u.min() >= u[0].min() - 1e-12


@pytest.mark.parametrize("scheme", CONSERVATIVE)
def test_shock_between_unequal_states_moves_at_the_mean_speed(scheme):
    grid = PeriodicGrid(200, (-1.0, 1.0))
    x = grid.centers
    u0 = np.where((x > -0.5) & (x < 0), 1.0, 0.0)  # right edge: a shock, speed 1/2
    u = compiled_end(scheme(grid, 0.0045, 0.0, max_speed=1.0), u0, 100)
    shock = x[np.nonzero(u > 0.5)[0][-1]] + grid.dx / 2
    assert shock == pytest.approx(0.225, abs=2 * grid.dx)  # t = 0.45


@pytest.mark.parametrize("step", ALL_1D)
@pytest.mark.parametrize("shift", [1, 17])
def test_shifted_and_mirrored_states_give_shifted_and_mirrored_results(step, shift):
    u0 = random_state(32)
    end = rollout(step, u0, 10)[-1]
    shifted = rollout(step, tf.roll(u0, shift, axis=1), 10)[-1]
    np.testing.assert_allclose(shifted, tf.roll(end, shift, axis=1), atol=1e-12)
    mirrored = rollout(step, -u0[:, ::-1], 10)[-1]
    np.testing.assert_allclose(mirrored, -end[:, ::-1], atol=1e-12)


@pytest.mark.parametrize("step", ALL_1D)
def test_states_of_a_batch_do_not_mix(step):
    u, v = random_state(32, 1), random_state(32, 2)
    both = rollout(step, tf.concat([u, v], axis=0), 5)
    np.testing.assert_array_equal(both[:, :1], rollout(step, u, 5))
    np.testing.assert_array_equal(both[:, 1:], rollout(step, v, 5))


@pytest.mark.parametrize("step", ALL_1D)
def test_constant_states_stay(step):
    u0 = state(np.full(32, 0.5))
    np.testing.assert_allclose(rollout(step, u0, 20)[-1], u0, atol=1e-13)


def test_schemes_agree_where_the_solution_is_smooth():
    grid = PeriodicGrid(256, SQUARE)
    u0 = -np.sin(np.pi * grid.centers)
    by_finite_volumes, by_muscl, by_semi_lagrangian = (
        compiled_end(step, u0, round(0.2 / step.dt))
        for step in (
            BurgersFiniteVolume(grid, 0.002, 0.01, max_speed=1.0),
            BurgersMuscl(grid, 0.001, 0.01, max_speed=1.0),
            BurgersSemiLagrangian(grid, 0.002, 0.01),
        )
    )
    # The first-order ones have errors of about 3 Δx.
    assert np.abs(by_finite_volumes - by_semi_lagrangian).max() < 0.03
    assert np.abs(by_finite_volumes - by_muscl).max() < 0.03


def cole_hopf(grid, t, nu):
    """u = −2ν ∇φ/φ, and φ = 2 + cos πx cos πy exp(−2π²νt) solves the heat equation."""
    x, y = np.meshgrid(grid.centers, grid.centers, indexing="ij")
    decay, pi = np.exp(-2 * np.pi**2 * nu * t), np.pi
    phi = 2 + np.cos(pi * x) * np.cos(pi * y) * decay
    slopes = [np.sin(pi * x) * np.cos(pi * y), np.cos(pi * x) * np.sin(pi * y)]
    return np.stack([2 * nu * pi * decay * s / phi for s in slopes], axis=-1)


def plain_step_2d(stepper, u):
    """The scheme as written on paper, by SciPy's interpolation; u is (n, n, 2)."""
    dx, shifts = stepper.grid.dx, [(1, 0), (-1, 0), (1, 1), (-1, 1)]
    neighbors = sum(np.roll(u, shift, axis) for shift, axis in shifts)
    u = u + stepper.nu * stepper.dt / dx**2 * (neighbors - 4 * u)
    index = np.stack(np.meshgrid(*2 * [np.arange(stepper.grid.n)], indexing="ij"))
    places = index - stepper.dt / dx * np.moveaxis(u, -1, 0)
    found = [
        map_coordinates(u[..., k], places, order=1, mode="grid-wrap") for k in (0, 1)
    ]
    return np.stack(found, axis=-1)


def random_state_2d(n, n_batch=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n_batch, n, n, 2))


def test_2d_step_is_of_first_order_against_the_exact_solution():
    nu, t_end, h, errors = 0.05, 0.25, [], []
    for n in (16, 32, 64):
        grid = PeriodicGrid(n, SQUARE)
        n_steps = int(np.ceil(t_end * nu / (0.2 * grid.dx**2)))
        step = BurgersSemiLagrangian2D(grid, t_end / n_steps, nu)
        u = final_state(step, tf.constant(cole_hopf(grid, 0.0, nu)[None]), n_steps)
        h.append(grid.dx)
        errors.append(np.abs(u[0] - cole_hopf(grid, t_end, nu)).mean())
    assert observed_order(h, errors) == pytest.approx(step.order, abs=0.15), errors


@pytest.mark.parametrize("dt", [0.01, 0.4])  # less than a cell in a step, and more
def test_2d_step_equals_plain_interpolation(dt):
    step = BurgersSemiLagrangian2D(PeriodicGrid(12, SQUARE), dt, nu=0.01)
    u = random_state_2d(12, n_batch=2)
    expected = np.stack([plain_step_2d(step, one) for one in u])
    np.testing.assert_allclose(step(tf.constant(u)), expected, atol=1e-14)


def test_in_2d_x_and_y_are_alike():
    step = BurgersSemiLagrangian2D(PeriodicGrid(10, SQUARE), 0.1, nu=0.01)
    u = random_state_2d(10)

    def exchanged(u):
        return np.swapaxes(u, 1, 2)[..., ::-1]

    np.testing.assert_allclose(
        step(tf.constant(exchanged(u))), exchanged(step(tf.constant(u)).numpy())
    )


def test_a_2d_state_that_is_the_same_along_y_moves_as_in_1d():
    grid = PeriodicGrid(16, SQUARE)
    u = random_state(16)
    flat = tf.stack([tf.repeat(u, 16, axis=2), tf.zeros((1, 16, 16), u.dtype)], axis=-1)
    after = BurgersSemiLagrangian2D(grid, 0.1, 0.01)(flat)
    expected = tf.repeat(BurgersSemiLagrangian(grid, 0.1, 0.01)(u), 16, axis=2)
    np.testing.assert_allclose(after[..., 0], expected, atol=1e-14)
    np.testing.assert_array_equal(after[..., 1], 0)


def test_gradient_of_a_2d_rollout_agrees_with_differences():
    step = BurgersSemiLagrangian2D(PeriodicGrid(8, SQUARE), 0.05, nu=0.02)
    u0, direction = random_state_2d(8, seed=1), random_state_2d(8, seed=2)

    @tf.function(jit_compile=True)
    def loss_and_gradient(u):
        with tf.GradientTape() as tape:
            tape.watch(u)
            loss = tf.reduce_sum(tf.sin(final_state(step, u, 5)))
        return loss, tape.gradient(loss, u)

    eps = 1e-6
    slope = np.sum(loss_and_gradient(tf.constant(u0))[1] * direction)
    high, low = (
        loss_and_gradient(tf.constant(u0 + change))[0]
        for change in (eps * direction, -eps * direction)
    )
    assert slope == pytest.approx(float(high - low) / (2 * eps), rel=1e-6)


def test_explicit_steps_beyond_the_bound_are_refused():
    grid = PeriodicGrid(128, UNIT)
    for dt in (0.006, 0.5):  # C = 0.77, d = 0.29 at the first: each alone is fine
        with pytest.raises(ValueError, match=r"too large for an explicit step.* C \+ "):
            BurgersFiniteVolume(grid, dt, 0.003, max_speed=1.0)
    with pytest.raises(ValueError, match="too large for an explicit step.* 2C"):
        BurgersMuscl(grid, 0.51 * grid.dx, 0.0, max_speed=1.0)


@pytest.mark.parametrize("scheme", CONSERVATIVE)
def test_the_remedy_named_in_the_error_works(scheme):
    grid = PeriodicGrid(128, UNIT)
    with pytest.raises(ValueError, match=r"Use dt ≤ ([\d.e-]+)") as error:
        scheme(grid, 0.006, 0.003, max_speed=1.0)
    dt = float(str(error.value).split("Use dt ≤ ")[1].split(" ")[0])
    scheme(grid, dt * 0.999, 0.003, max_speed=1.0)


def test_semi_lagrangian_steps_are_limited_by_diffusion_only():
    grid = PeriodicGrid(128, UNIT)
    BurgersSemiLagrangian(grid, 5.0, 0.0)  # C = 640 is stable
    BurgersSemiLagrangian2D(grid, 5.0, 0.0)
    with pytest.raises(ValueError, match=r"explicit diffusion.*must be ≤ 0.5\)"):
        BurgersSemiLagrangian(grid, 0.02, 0.003)
    with pytest.raises(ValueError, match=r"must be ≤ 0.25\). Use dt ≤ 0.1 "):
        BurgersSemiLagrangian2D(PeriodicGrid(10, SQUARE), 0.2, 0.1)


@pytest.mark.parametrize(
    ("scheme", "others"),
    [
        (BurgersFiniteVolume, {"max_speed": 1.0}),
        (BurgersMuscl, {"max_speed": 1.0}),
        (BurgersSemiLagrangian, {}),
        (BurgersSemiLagrangian2D, {}),
    ],
)
def test_numbers_must_be_positive(scheme, others):
    good = {"dt": 0.01, "nu": 0.003, **others}
    wrong = {"dt": 0.0, "nu": -0.003, **{name: 0.0 for name in others}}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            scheme(GRID, **(good | {name: value}))


@pytest.mark.parametrize("step", ALL_1D)
def test_states_of_another_shape_are_refused(step):
    for shape in ((32,), (1, 9, 1), (32, 1), (1, 32, 32, 2), (1, 32, 2)):
        with pytest.raises(ValueError, match=r"`u` must be a grid state of shape \(b"):
            step(tf.zeros(shape))


def test_2d_states_of_another_shape_are_refused():
    step = BurgersSemiLagrangian2D(PeriodicGrid(8, UNIT), 0.01, 0.0)
    for shape in ((1, 8, 9, 2), (1, 8, 2), (8, 8, 2), (1, 8, 8, 1)):
        with pytest.raises(ValueError, match=r"shape \(batch, 8, 8, 2\)"):
            step(tf.zeros(shape))


STEPPERS = {
    BurgersFiniteVolume: {"max_speed": 1.0},
    BurgersMuscl: {"max_speed": 1.0},
    BurgersSemiLagrangian: {},
    BurgersSemiLagrangian2D: {},
}


def stepper_and_state(kind, nu):
    n = 16
    shape = (1, n, n, 2) if kind is BurgersSemiLagrangian2D else (1, n, 1)
    u = tf.constant(np.random.default_rng(0).uniform(-1, 1, shape))
    return kind(PeriodicGrid(n, SQUARE), 0.02, nu, **STEPPERS[kind]), u


@pytest.mark.parametrize("kind", STEPPERS)
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_viscosity_may_be_trained_with_the_stepper_made_inside_or_outside(
    kind, inside, jit_compile
):
    nu = tf.Variable(0.01, dtype=tf.float64)
    outside, u = stepper_and_state(kind, nu)

    def loss():
        step = stepper_and_state(kind, 1.0 * nu)[0] if inside else outside
        return tf.reduce_mean(step(u) ** 2)

    @tf.function(jit_compile=jit_compile)
    def gradient():
        with tf.GradientTape() as tape:
            value = loss()
        return tape.gradient(value, nu)

    found = gradient()
    nu.assign(0.01 + 1e-5)
    above = loss()
    nu.assign(0.01 - 1e-5)
    np.testing.assert_allclose(found, (above - loss()) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize("kind", STEPPERS)
@pytest.mark.parametrize("wrong", [-0.05, 10.0])
def test_a_viscosity_beyond_its_bounds_is_refused_or_not_a_number(kind, wrong):
    nu = tf.Variable(0.01, dtype=tf.float64)
    step, u = stepper_and_state(kind, nu)
    compiled = tf.function(step)
    assert np.all(np.isfinite(compiled(u)))
    nu.assign(wrong)
    with pytest.raises(ValueError, match="`nu` must stay from 0 to"):
        step(u)
    assert np.all(np.isnan(compiled(u)))
    with pytest.raises(ValueError, match="must be zero or positive|is too large"):
        stepper_and_state(kind, nu)


@pytest.mark.parametrize("kind", STEPPERS)
def test_a_viscosity_of_another_type_than_the_state_is_refused(kind):
    step, u = stepper_and_state(kind, tf.Variable(0.01))
    with pytest.raises(ValueError, match="`nu` must have the type of the field"):
        step(u)
