"""The network side and the grid side, each as the oracle of the other."""

from physdl_tf import problems
from physdl_tf.metrics import observed_order, relative_l2
from physdl_tf.pinn import residuals
from physdl_tf.solvers import (
    AdvectionUpwind,
    BurgersFiniteVolume,
    BurgersSemiLagrangian,
    PeriodicGrid,
    rollout,
)

import numpy as np
import pytest
import tensorflow as tf


def run(step, u0, n_steps):
    compiled = tf.function(lambda u: rollout(step, u, n_steps)[-1], jit_compile=True)
    return compiled(tf.reshape(tf.constant(u0), (1, -1, 1)))[0, :, 0].numpy()


def test_finite_volume_scheme_converges_to_cole_hopf_through_the_shock():
    problem, errors, dx = problems.BurgersSine(nu=0.01), [], []
    for n in (256, 512, 1024):
        grid = problem.grid(n)
        n_steps = round(0.5 / (5 * grid.dx**2))  # Courant number → 0
        step = BurgersFiniteVolume(grid, 0.5 / n_steps, problem.nu, max_speed=1.0)
        u = run(step, problem.initial(grid.centers), n_steps)
        errors.append(np.abs(u - problem.exact(grid.centers, 0.5)).mean())
        dx.append(grid.dx)
    assert observed_order(dx, errors) == pytest.approx(1, abs=0.15), errors


def test_advection_is_burgers_without_steepening():
    """Burgers' equation around a large constant is advection: u = U + ε d, ν = 0."""
    grid, eps = PeriodicGrid(64, (0.0, 1.0)), 1e-6
    d0 = np.sin(2 * np.pi * grid.centers)
    burgers = BurgersFiniteVolume(grid, 0.01, 0.0, max_speed=1.1)
    advection = AdvectionUpwind(grid, 0.01, 1.0, max_speed=1.1)
    a = (run(burgers, 1 + eps * d0, 20) - 1) / eps
    np.testing.assert_allclose(a, run(advection, d0, 20), atol=20 * eps)


@pytest.mark.parametrize("scheme", ["finite volume", "semi-Lagrangian"])
def test_solvers_and_residual_solve_one_equation(scheme):
    """Insert the wave, for which the residual is zero, into one step of the solver."""
    nu, errors, steps = 0.05, [], []
    for n in (100, 200, 400):
        grid = PeriodicGrid(n, (-2.0, 2.0))
        dt = grid.dx / 20
        step = (
            BurgersFiniteVolume(grid, dt, nu, max_speed=1.6)
            if scheme == "finite volume"
            else BurgersSemiLagrangian(grid, dt, nu)
        )
        x = tf.constant(grid.centers[:, None])
        before, after = (
            problems.burgers_wave(x, t * tf.ones_like(x), nu=nu) for t in (0.0, dt)
        )
        defect = (step(before[None])[0] - after) / dt
        inside = np.abs(grid.centers) < 1  # the wave is not periodic
        errors.append(np.abs(defect.numpy()[inside, 0]).mean())
        steps.append(grid.dx)
    assert observed_order(steps, errors) == pytest.approx(1, abs=0.15), errors


def test_residual_of_the_exact_solution_by_an_independent_field():
    """Cole–Hopf in TensorFlow: the residual by tapes is zero to rounding."""
    problem = problems.BurgersSine()
    z, w = np.polynomial.hermite.hermgauss(80)

    def field(x, t):
        y = x - tf.sqrt(4 * problem.nu * t) * z[None]
        f = w * tf.exp(-tf.cos(np.pi * y) / (2 * np.pi * problem.nu))
        top = tf.reduce_sum(tf.sin(np.pi * y) * f, 1, keepdims=True)
        return -top / tf.reduce_sum(f, 1, keepdims=True)

    rng = np.random.default_rng(0)
    x = tf.constant(rng.uniform(-1, 1, (50, 1)))
    t = tf.constant(rng.uniform(0.1, 0.6, (50, 1)))
    assert relative_l2(field(x, t), problem.exact(x, t)) < 1e-9
    r = residuals.burgers(field, x, t, nu=problem.nu)
    assert np.abs(r).max() < 1e-6  # terms reach 150, quadrature 1e-9
