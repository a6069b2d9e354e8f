import numpy as np
import pytest
from scipy.optimize import least_squares

TIMES = np.linspace(0, 3, 40)
DATA = np.exp(-0.7 * TIMES) * np.cos(4 * TIMES) + 0.1 * np.sin(9 * TIMES)


def residual(theta):
    decay, frequency = theta
    return np.exp(-decay * TIMES) * np.cos(frequency * TIMES) - DATA


def jacobian(theta):
    decay, frequency = theta
    envelope, phase = np.exp(-decay * TIMES), frequency * TIMES
    rows = [-TIMES * envelope * np.cos(phase), -TIMES * envelope * np.sin(phase)]
    return residual(theta), np.stack(rows)


def test_a_fit_is_that_of_scipys_least_squares():
    start = np.array([0.2, 3.5])
    theta, _, history = gauss_newton.minimize(
        residual, jacobian, start, n_iterations=40
    )
    scipys = least_squares(residual, start, xtol=1e-12, ftol=1e-12, gtol=1e-12)
    # 1e-6: the mean square is flat at its minimum, and rounding hides smaller steps
    np.testing.assert_allclose(theta, scipys.x, rtol=1e-6)
    assert np.all(np.diff(history) < 0)


def test_a_linear_problem_takes_one_step_without_damping():
    matrix = np.random.default_rng(0).normal(size=(9, 4))
    exact = np.arange(4.0)
    theta, _, _ = gauss_newton.minimize(
        lambda theta: matrix @ (theta - exact),
        lambda theta: (matrix @ (theta - exact), matrix.T),
        np.zeros(4),
        n_iterations=1,
        mu=1e-14,
    )
    np.testing.assert_allclose(theta, exact, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("wrong", [{"n_iterations": 0}, {"mu": 0.0}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match=f"`{next(iter(wrong))}` must be"):
        gauss_newton.minimize(
            residual, jacobian, np.ones(2), **({"n_iterations": 1} | wrong)
        )
