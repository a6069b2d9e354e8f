from physdl_tf import problems

import numpy as np
import pytest
import tensorflow as tf


def test_exact_solution_starts_from_the_initial_state_and_is_odd():
    p = problems.BurgersSine()
    x = np.linspace(-1, 1, 41)
    np.testing.assert_allclose(p.exact(x, 0.0), p.initial(x), atol=1e-14)
    np.testing.assert_allclose(p.exact(x, 0.4), -p.exact(-x, 0.4), atol=1e-12)
    np.testing.assert_allclose(p.exact(np.array([-1.0, 1.0]), 0.7), 0, atol=1e-12)


def test_exact_solution_satisfies_the_equation_by_central_differences():
    p = problems.BurgersSine(nu=0.05)  # wide enough a shock for differences
    x, t, h = np.linspace(-0.9, 0.9, 19), 0.3, 1e-3
    u = p.exact(x, t)
    u_t = (p.exact(x, t + h) - p.exact(x, t - h)) / (2 * h)
    u_x = (p.exact(x + h, t) - p.exact(x - h, t)) / (2 * h)
    u_xx = (p.exact(x + h, t) - 2 * u + p.exact(x - h, t)) / h**2
    # Truncation is h²/6 times third derivatives of up to 1e3.
    np.testing.assert_allclose(u_t + u * u_x - 0.05 * u_xx, 0, atol=1e-3)


@pytest.mark.parametrize("n", [10, 64])
def test_cell_means_are_those_of_the_exact_solution(n):
    p = problems.BurgersSine()
    t, grid = np.array([0.0, 0.25, 0.5, 1.0]), p.grid(n)
    z, w = np.polynomial.legendre.leggauss(200)
    x = grid.centers[:, None] + grid.dx / 2 * z
    means = p.exact(x, t[:, None, None]) @ w / 2
    np.testing.assert_allclose(p.cell_means(grid, t), means, atol=1e-10)
    assert p.cell_means(grid, 0.5).shape == (n,)
    with pytest.raises(ValueError, match="zero or positive"):
        p.cell_means(grid, -0.5)


def test_steepest_slope_agrees_with_the_published_value():
    # Basdevant et al. 1986: |u_x(0, t)| peaks at 152.00516 at t = 1.6037/π.
    p, h = problems.BurgersSine(), 1e-5
    slope = (p.exact(h, 1.6037 / np.pi) - p.exact(-h, 1.6037 / np.pi)) / (2 * h)
    assert slope == pytest.approx(-152.00516, rel=1e-5)


def test_quadrature_has_converged():
    p = problems.BurgersSine()
    x, t = np.meshgrid(np.linspace(-1, 1, 65), [0.05, 0.32, 0.5, 1.0])
    np.testing.assert_allclose(p.exact(x, t), p.exact(x, t, n_nodes=200), atol=1e-9)


def test_wave_keeps_its_shape_and_moves_at_its_speed():
    x = tf.constant(np.linspace(-1, 1, 11))
    now = problems.burgers_wave(x, tf.zeros_like(x), nu=0.1, c=0.3)
    later = problems.burgers_wave(x + 0.6, 2 * tf.ones_like(x), nu=0.1, c=0.3)
    np.testing.assert_allclose(now, later, atol=1e-12)


def test_bad_viscosities_and_times_are_refused():
    with pytest.raises(ValueError, match="`nu` must be positive"):
        problems.BurgersSine(nu=0.0)
    with pytest.raises(ValueError, match="`nu` must be positive"):
        problems.burgers_wave(tf.zeros(1), tf.zeros(1), nu=-1.0)
    with pytest.raises(ValueError, match="at least 0.002 for the exact solution"):
        problems.BurgersSine(nu=1e-4).exact(0.0, 0.5)
    with pytest.raises(ValueError, match="`t` must be zero or positive"):
        problems.BurgersSine().exact(0.0, -0.5)


def test_breather_starts_from_a_hyperbolic_secant_and_satisfies_its_equation():
    h = problems.schrodinger_breather
    x, t, d = np.linspace(-4, 4, 41), np.array([[0.3], [0.8]]), 1e-3
    np.testing.assert_allclose(h(x, 0.0), 2 / np.cosh(x), atol=1e-13)
    h_t = (h(x, t + d) - h(x, t - d)) / (2 * d)
    h_xx = (h(x + d, t) - 2 * h(x, t) + h(x - d, t)) / d**2
    # Truncation is d²/6 times third derivatives of up to 1e3.
    cubic = np.abs(h(x, t)) ** 2 * h(x, t)
    np.testing.assert_allclose(1j * h_t + h_xx / 2 + cubic, 0, atol=2e-3)
