from physdl_tf.metrics import observed_order
from physdl_tf.solvers import BurgersSemiLagrangian2D, PeriodicGrid, final_state

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import map_coordinates

SQUARE = (-1.0, 1.0)


def random_state(n, n_batch=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n_batch, n, n, 2))


def cole_hopf(grid, t, nu):
    """u = −2ν ∇φ/φ, and φ = 2 + cos πx cos πy exp(−2π²νt) solves the heat equation."""
    x, y = np.meshgrid(grid.centers, grid.centers, indexing="ij")
    decay, pi = np.exp(-2 * np.pi**2 * nu * t), np.pi
    phi = 2 + np.cos(pi * x) * np.cos(pi * y) * decay
    slopes = [np.sin(pi * x) * np.cos(pi * y), np.cos(pi * x) * np.sin(pi * y)]
    return np.stack([2 * nu * pi * decay * s / phi for s in slopes], axis=-1)


def plain_step(stepper, u):
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


def test_first_order_against_the_exact_solution():
    nu, t_end, h, errors = 0.05, 0.25, [], []
    for n in (16, 32, 64):
        grid = PeriodicGrid(n, SQUARE)
        n_steps = int(np.ceil(t_end * nu / (0.2 * grid.dx**2)))
        step = BurgersSemiLagrangian2D(grid, t_end / n_steps, nu)
        u = final_state(step, tf.constant(cole_hopf(grid, 0.0, nu)[None]), n_steps)
        h.append(grid.dx)
        errors.append(np.abs(u[0] - cole_hopf(grid, t_end, nu)).mean())
    assert observed_order(h, errors) == pytest.approx(step.order, abs=0.15), errors


@pytest.mark.parametrize("dt", [0.01, 0.4])
def test_packed_corners_equal_plain_interpolation(dt):
    grid = PeriodicGrid(12, SQUARE)
    step = BurgersSemiLagrangian2D(grid, dt, nu=0.01)
    u = random_state(12, n_batch=2)
    expected = np.stack([plain_step(step, state) for state in u])
    np.testing.assert_allclose(step(tf.constant(u)), expected, atol=1e-14)


def test_x_and_y_are_alike():
    step = BurgersSemiLagrangian2D(PeriodicGrid(10, SQUARE), 0.1, nu=0.01)
    u = random_state(10)

    def exchanged(u):
        return np.swapaxes(u, 1, 2)[..., ::-1]

    np.testing.assert_allclose(
        step(tf.constant(exchanged(u))), exchanged(step(tf.constant(u)).numpy())
    )


def test_gradient_of_a_rollout_equals_finite_differences():
    step = BurgersSemiLagrangian2D(PeriodicGrid(8, SQUARE), 0.05, nu=0.02)
    u0, direction = random_state(8, seed=1), random_state(8, seed=2)

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


@pytest.mark.parametrize(
    ("dt", "nu", "said"),
    [
        (0.0, 0.01, "`dt` must be positive"),
        (0.01, -0.1, "`nu` must"),
        (0.2, 0.1, r"must be ≤ 0.25\). Use dt ≤ 0.1 "),
    ],
)
def test_impossible_steps_are_refused(dt, nu, said):
    with pytest.raises(ValueError, match=said):
        BurgersSemiLagrangian2D(PeriodicGrid(10, SQUARE), dt, nu)
