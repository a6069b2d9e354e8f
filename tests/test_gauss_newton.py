from physdl_tf import metrics, optimize

import numpy as np
import pytest
from scipy.optimize import least_squares

TIMES = np.linspace(0, 3, 40)


def model(theta):
    decay, frequency = theta
    return np.exp(-decay * TIMES) * np.cos(frequency * TIMES)


EXACT = np.array([0.7, 4.0])
DATA = model(EXACT) + 0.1 * np.sin(9 * TIMES)


def residual(theta):
    return model(theta) - DATA


def exact_residual(theta):
    return model(theta) - model(EXACT)


def jacobian(theta, residual=residual):
    decay, frequency = theta
    envelope, phase = np.exp(-decay * TIMES), frequency * TIMES
    rows = [-TIMES * envelope * np.cos(phase), -TIMES * envelope * np.sin(phase)]
    return residual(theta), np.stack(rows)


def exact_jacobian(theta):
    return jacobian(theta, exact_residual)


def test_a_fit_is_that_of_scipys_least_squares():
    start = np.array([0.2, 3.5])
    found = optimize.minimize_least_squares(residual, jacobian, start, n_iterations=40)
    scipys = least_squares(residual, start, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    # 1e-6: the mean square is flat at its minimum, and rounding hides smaller steps
    np.testing.assert_allclose(found.variables, scipys.x, rtol=1e-6)
    assert np.all(np.diff(found.history["total"]) < 0)
    assert found.converged and found.reason == "converged"
    np.testing.assert_array_equal(start, [0.2, 3.5])


def test_a_step_without_damping_is_of_third_order():
    """The error after a step falls as the third power of that before.

    A step of Gauss-Newton without its bend has order 2 where the residual vanishes.
    """
    before = np.array([0.08, 0.04, 0.02, 0.01])
    after = []
    for e in before:
        start = EXACT + e * np.array([0.6, 0.8])
        found = optimize.minimize_least_squares(
            exact_residual, exact_jacobian, start, n_iterations=1, mu=1e-14
        )
        after.append(np.linalg.norm(found.variables - EXACT))
    assert metrics.observed_order(before, after) == pytest.approx(3, abs=0.15)


def test_a_fit_without_misfit_converges_to_rounding():
    start = np.array([0.2, 3.5])
    found = optimize.minimize_least_squares(
        exact_residual, exact_jacobian, start, n_iterations=15
    )
    np.testing.assert_allclose(found.variables, EXACT, rtol=1e-12)


def linear_problem():
    matrix = np.random.default_rng(0).normal(size=(9, 4))
    exact = np.arange(4.0)
    return (
        lambda theta: matrix @ (theta - exact),
        lambda theta: (matrix @ (theta - exact), matrix.T),
        exact,
    )


def test_a_linear_problem_takes_one_step_without_damping():
    *functions, exact = linear_problem()
    found = optimize.minimize_least_squares(
        *functions, np.zeros(4), n_iterations=1, mu=1e-14
    )
    np.testing.assert_allclose(found.variables, exact, rtol=1e-10, atol=1e-10)
    assert found.reason == "all 1 iterations done" and not found.converged
    assert found.n_evaluations == 3  # the start, ahead, and the step


def test_a_damped_step_is_that_of_its_equation():
    *(function, jacobian), _ = linear_problem()
    found = optimize.minimize_least_squares(
        function, jacobian, np.zeros(4), n_iterations=1, mu=0.5
    )
    r, jt = jacobian(np.zeros(4))
    step = np.linalg.solve(jt @ jt.T / 9 + 0.5 * np.eye(4), -jt @ r / 9)
    np.testing.assert_allclose(found.variables, step, rtol=1e-10)
    assert found.state in (0.5, 0.25, 0.1)


def test_a_singular_matrix_is_a_trial_with_too_little_damping():
    start = np.array([2.0, 1.0])  # only the sum is seen: JᵀJ is singular
    found = optimize.minimize_least_squares(
        lambda theta: theta.sum() * np.ones(3),
        lambda theta: (theta.sum() * np.ones(3), np.ones((2, 3))),
        start,
        n_iterations=9,
        mu=1e-30,
    )
    assert found.history["total"][-1] < 1e-12
    assert found.variables.sum() == pytest.approx(0, abs=1e-6)


def wall(theta):
    return np.arctan(theta)  # an undamped step from 10 overshoots to −138


def wall_jacobian(theta):
    return np.arctan(theta), np.diag(1 / (1 + theta**2))


def test_without_a_lower_loss_after_all_trials_it_gives_up():
    start, limits = np.array([10.0]), {"n_iterations": 5, "mu": 1e-9}
    found = optimize.minimize_least_squares(
        wall, wall_jacobian, start, max_trials=2, **limits
    )
    np.testing.assert_array_equal(found.variables, start)
    assert not found.converged and found.reason == "no lower loss was found"
    assert len(found.history["total"]) == 1 and found.state == 1e-9
    found = optimize.minimize_least_squares(wall, wall_jacobian, start, **limits)
    assert np.abs(found.variables) < 5 and np.all(np.diff(found.history["total"]) < 0)


def test_a_wrong_jacobian_is_no_convergence():
    found = optimize.minimize_least_squares(
        residual,
        lambda theta: (residual(theta), -jacobian(theta)[1]),
        np.array([0.2, 3.5]),
        n_iterations=5,
    )
    assert not found.converged and found.reason == "no lower loss was found"


def test_after_convergence_it_can_be_continued():
    start = np.array([0.2, 3.5])
    first = optimize.minimize_least_squares(residual, jacobian, start, n_iterations=40)
    assert first.converged and 0 < first.state < 1e3  # not the damping of vain trials
    again = optimize.minimize_least_squares(
        exact_residual,
        exact_jacobian,
        first.variables,
        n_iterations=9,
        mu=first.state,
    )
    np.testing.assert_allclose(again.variables, EXACT, rtol=1e-10)


def test_a_trial_that_is_not_finite_is_not_taken():
    """log θ − 1 from θ = 12: the undamped step ends below zero."""
    found = optimize.minimize_least_squares(
        lambda theta: np.log(theta, where=theta > 0, out=np.full(1, np.nan)) - 1,
        lambda theta: (np.log(theta) - 1, np.diag(1 / theta)),
        np.array([12.0]),
        n_iterations=30,
        mu=1e-12,
    )
    np.testing.assert_allclose(found.variables, np.e, rtol=1e-8)


def test_a_start_that_is_not_finite_stops_it():
    with pytest.raises(FloatingPointError, match="a loss of nan at iteration 0"):
        optimize.minimize_least_squares(
            lambda theta: theta * np.nan, jacobian, np.ones(2), n_iterations=1
        )


def test_a_jacobian_that_is_not_finite_stops_it():
    with pytest.raises(FloatingPointError, match="a gradient of nan at iteration 0"):
        optimize.minimize_least_squares(
            residual,
            lambda theta: (residual(theta), np.nan * jacobian(theta)[1]),
            np.ones(2),
            n_iterations=1,
        )


@pytest.mark.parametrize("wrong", [{"n_iterations": 0}, {"mu": 0.0}, {"max_trials": 0}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=f"`{next(iter(wrong))}` must be"):
        optimize.minimize_least_squares(
            residual, jacobian, np.ones(2), **({"n_iterations": 1} | wrong)
        )


def test_a_jacobian_that_is_not_transposed_is_refused():
    with pytest.raises(ValueError, match=r"`jacobian`.*\(2, 40\).*\(40, 2\).*J\.T"):
        optimize.minimize_least_squares(
            residual,
            lambda theta: (residual(theta), jacobian(theta)[1].T),
            np.ones(2),
            n_iterations=1,
        )


def test_a_start_that_is_no_vector_is_refused():
    with pytest.raises(ValueError, match=r"`theta` must be one vector.*\(2, 1\)"):
        optimize.minimize_least_squares(
            residual, jacobian, np.ones((2, 1)), n_iterations=1
        )


def test_many_trials_in_vain_do_not_overflow():
    found = optimize.minimize_least_squares(
        residual,
        lambda theta: (residual(theta), -jacobian(theta)[1]),
        np.array([1.0, 2.0]),
        n_iterations=1,
        max_trials=60,
    )
    assert found.reason == "no lower loss was found"
