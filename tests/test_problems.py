from physdl_tf import metrics, problems

import numpy as np
import pytest
import tensorflow as tf
from scipy import linalg


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


def test_reaction_and_diffusion_converge_at_second_order_and_nothing_leaks():
    p = problems.ReactionDiffusion()
    times = np.array([0.0, 0.5, 2.0])
    _, u, v = p.solve(243, times)
    errors = []
    for n in (9, 27, 81):  # three times as fine grids share the centers of their cells
        x, *w = p.solve(n, times)
        start = [s.numpy() for s in p.initial(tf.constant(x))]
        np.testing.assert_allclose([w[0][0], w[1][0]], start, atol=1e-12)
        every = slice((243 // n - 1) // 2, None, 243 // n)
        errors.append(
            max(
                metrics.relative_l2(w[0][-1], u[-1, every]),
                metrics.relative_l2(w[1][-1], v[-1, every]),
            )
        )
    assert metrics.observed_order([1 / 9, 1 / 27, 1 / 81], errors) == pytest.approx(
        2, abs=0.15
    )


def test_substances_without_reaction_would_be_conserved_and_their_sum_obeys_the_ode():
    # Diffusion moves nothing in or out: means change by the reaction alone.
    p = problems.ReactionDiffusion()
    times = np.linspace(0, 2, 2001)
    _, u, v = p.solve(32, times)
    for w, rate in ((u, u - u**3 - v), (v, u - v / 2)):
        change = np.trapezoid(rate.mean(axis=1), times)
        assert w[-1].mean() - w[0].mean() == pytest.approx(change, abs=1e-6)


@pytest.mark.parametrize("n", [0, 2, 3.5])
def test_reaction_and_diffusion_need_cells(n):
    with pytest.raises(ValueError, match="`n` must be a whole number"):
        problems.ReactionDiffusion().solve(n, np.array([1.0]))
    with pytest.raises(ValueError, match="`d_v` must be positive"):
        problems.ReactionDiffusion(d_v=0.0)


def test_a_rod_of_equal_conductivity_follows_its_two_modes_at_second_order():
    rod, k = problems.HeatRod(), 0.1
    t, x = np.meshgrid([0.25, 0.5, 1.0], [0.25, 0.5, 0.75], indexing="ij")
    modes = np.sin(np.pi * x) * np.exp(-k * np.pi**2 * t)
    modes += 0.6 * np.sin(2 * np.pi * x) * np.exp(-4 * k * np.pi**2 * t)
    sizes = np.array([36, 108, 324])
    errors = [
        metrics.relative_l2(
            rod.solve(lambda x: k + 0 * x, n)(np.stack([t, x], -1)), modes
        )
        for n in sizes
    ]
    assert metrics.observed_order(1 / sizes, errors) == pytest.approx(2, abs=0.1)


def test_a_rod_of_varying_conductivity_agrees_with_a_linear_ode_solver():
    # The same cells, but the matrix assembled face by face, and exact in time.
    rod, n = problems.HeatRod(), 60
    faces = np.arange(n + 1) / n
    k = rod.conductivity(faces) * n**2
    matrix = np.zeros((n, n))
    for i in range(1, n):
        matrix[i - 1 : i + 1, i - 1 : i + 1] += k[i] * np.array([[-1, 1], [1, -1]])
    matrix[0, 0] -= 2 * k[0]
    matrix[-1, -1] -= 2 * k[-1]
    x = (np.arange(n) + 0.5) / n
    exact = linalg.expm(0.5 * matrix) @ rod.initial(tf.constant(x)).numpy()
    found = rod.solve(rod.conductivity, n)(np.stack([0.5 + 0 * x, x], -1))
    assert metrics.relative_l2(found, exact) < 3e-3  # Crank-Nicolson, 60 steps


def test_a_rod_needs_a_positive_conductivity():
    rod = problems.HeatRod()
    with pytest.raises(ValueError, match="`conductivity` must be positive"):
        rod.solve(lambda x: 0.1 - x, 10)
    with pytest.raises(ValueError, match="`noise` must be zero or positive"):
        problems.HeatRod(noise=-0.1)


def test_measurements_of_the_rod_repeat_and_carry_the_noise_they_say():
    rod = problems.HeatRod(noise=0.02)
    at, u, scatter = rod.measurements(4000, seed=1)
    again = rod.measurements(4000, seed=1)[1]
    np.testing.assert_array_equal(u, again)
    clean = problems.HeatRod(noise=0.0).measurements(4000, seed=1)[1]
    assert at.shape == (4000, 2) and at.min() >= 0 and at.max() <= 1
    assert np.std(u - clean) == pytest.approx(0.02 * np.std(clean), rel=0.05)
    assert scatter == pytest.approx(np.std(clean))
