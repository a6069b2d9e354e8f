from physdl_tf import optimize
from physdl_tf.optimize import quasi_newton

import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import minimize, rosen, rosen_der


def full(h):
    """Symmetric matrix of a lower triangle."""
    return np.tril(h) + np.tril(h, -1).T


def random_update(self_scaled, n=6):
    rng = np.random.default_rng(0)
    a, hessian = rng.normal(size=(2, n, n))
    h = np.asfortranarray(a @ a.T + np.eye(n))
    s = rng.normal(size=n)
    y = (hessian @ hessian.T + np.eye(n)) @ s
    b = s @ np.linalg.solve(h, s) / (y @ s)
    return (
        h.copy(),
        s,
        y,
        full(quasi_newton.update(h, s, y, b, self_scaled=self_scaled)),
    )


@pytest.mark.parametrize("self_scaled", [True, False])
def test_the_new_matrix_maps_y_to_s_and_stays_positive(self_scaled):
    _, s, y, h_new = random_update(self_scaled)
    np.testing.assert_allclose(h_new @ y, s, rtol=1e-10)
    assert np.linalg.eigvalsh(h_new).min() > 0


def test_without_scaling_the_update_is_the_textbook_bfgs():
    h, s, y, h_new = random_update(self_scaled=False)
    left = np.eye(len(s)) - np.outer(s, y) / (y @ s)
    bfgs = left @ h @ left.T + np.outer(s, s) / (y @ s)
    np.testing.assert_allclose(h_new, bfgs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("b", "h", "phi", "tau"),
    [  # n = 5; worked out by hand from the source's equations, a = 1 unless stated
        (0.5, 4.0, 0.0, 0.5**0.25),  # θ = θ⁺ = 1, σ = 2
        (0.8, 2.5, 0.6, 0.8**0.25),  # θ = (1 − b)/b = 1/4, σ = 5/4
        (4.0, 0.5, 7.0, 0.25),  # θ = (1 − b)/b = −3/4, τ = σ = 1/4
        (4 / 3, 1.5, 5 / 3, 0.75),  # θ = (1 − b)/b = −1/4, τ = σ = 3/4
        (1.0, 2.0, 1.0, 1.0),  # θ = 0: BFGS
        (2.0, 0.75, 2.0, 0.5 * 0.75**-0.25),  # a = 1/2, θ = −1/2, σ = 3/4
        (4.0, 1.0, 9.618802153517, 0.1339745962155),  # a = 3, θ = θ⁻, τ = σ
        (2.0, 0.5 - 1e-15, 1.5, 0.5),  # a negative by rounding, θ = −1/2, σ = 1
    ],
)
def test_the_scaling_is_that_of_the_source(b, h, phi, tau):
    found = quasi_newton._scaling(b, h, 5, first=False)
    np.testing.assert_allclose(found, (phi, tau), rtol=1e-10)


def test_before_the_first_update_the_identity_is_scaled():
    phi, tau = quasi_newton._scaling(0.8, 2.5, 5, first=True)
    np.testing.assert_allclose((phi, tau), (0.6, 2.0))  # τ = h/σ


def minimize_rosenbrock(start, **options):
    theta = tf.Variable(start)

    def losses():
        a, b = theta[:-1], theta[1:]
        return {"data": tf.reduce_sum(100 * (b - a**2) ** 2 + (1 - a) ** 2)}

    return theta, optimize.minimize_quasi_newton(losses, [theta], **options)


@pytest.mark.parametrize("self_scaled", [True, False])
def test_the_minimum_of_rosenbrocks_function_is_found(self_scaled):
    theta, found = minimize_rosenbrock(
        np.full(10, 0.5), n_iterations=150, self_scaled=self_scaled
    )
    np.testing.assert_allclose(theta, 1, atol=1e-6)
    assert np.all(np.diff(found.history["total"]) <= 0)
    assert found.converged and found.reason == "converged"
    assert found.n_evaluations >= len(found.history["total"])


def test_bfgs_needs_about_as_many_steps_as_scipys():
    start = np.full(10, 0.5)
    scipys = minimize(rosen, start, jac=rosen_der, method="BFGS", tol=1e-8)
    _, found = minimize_rosenbrock(start, n_iterations=150, self_scaled=False)
    ours = np.argmax(found.history["total"] < 1e-12)
    assert 0 < ours < 1.5 * scipys.nit  # the first matrices differ in scale


def test_the_exact_inverse_hessian_solves_a_quadratic_in_one_step():
    matrix, theta = np.diag(np.logspace(0, 6, 7)), tf.Variable(np.ones(7))
    inverse = np.asfortranarray(np.linalg.inv(matrix))
    given = inverse.copy()
    optimize.minimize_quasi_newton(
        lambda: {"data": tf.reduce_sum(theta * tf.linalg.matvec(matrix, theta)) / 2},
        [theta],
        n_iterations=1,
        inverse_hessian=inverse,
    )
    np.testing.assert_allclose(theta, 0, atol=1e-12)
    np.testing.assert_array_equal(inverse, given)  # a copy of it was updated


@pytest.mark.parametrize("wrong", [1e12, -1.0])
def test_a_bad_matrix_is_given_up(wrong):
    theta, _ = minimize_rosenbrock(
        np.full(10, 0.5), n_iterations=150, inverse_hessian=wrong * np.eye(10)
    )
    np.testing.assert_allclose(theta, 1, atol=1e-6)


def test_a_run_is_continued_with_its_matrix():
    start = np.full(10, 0.5)
    _, whole = minimize_rosenbrock(start, n_iterations=40)
    middle, first = minimize_rosenbrock(start, n_iterations=30)
    _, anew = minimize_rosenbrock(middle.numpy(), n_iterations=10)
    _, rest = minimize_rosenbrock(
        middle.numpy(), n_iterations=10, inverse_hessian=first.state
    )
    ends = [f.history["total"][-1] for f in (whole, rest, anew)]
    assert ends[1] < 10 * ends[0] < 0.1 * ends[2]  # the first search starts otherwise


def test_a_matrix_of_another_size_is_refused():
    with pytest.raises(ValueError, match="`inverse_hessian` must have a row"):
        minimize_rosenbrock(np.ones(3), n_iterations=1, inverse_hessian=np.eye(2))


def test_a_loss_without_a_minimum_is_no_convergence():
    theta = tf.Variable([3.0, -2.0], dtype=tf.float64)
    found = optimize.minimize_quasi_newton(
        lambda: {"data": tf.reduce_sum(theta)}, [theta], n_iterations=20
    )
    assert not found.converged and found.reason == "no lower loss was found"


def test_one_parameter_is_enough():
    x = tf.Variable([3.0], dtype=tf.float64)
    found = optimize.minimize_quasi_newton(
        lambda: {"data": tf.reduce_sum(tf.exp(x) - x)}, [x], n_iterations=20
    )
    assert found.converged
    np.testing.assert_allclose(x, 0.0, atol=1e-6)
