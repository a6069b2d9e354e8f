"""Tests of physdl_tf.rivals.sparse: SciPy's own integrator makes the data."""

from physdl_tf.rivals import sparse, weak_form

import numpy as np
import pytest
from scipy.integrate import solve_ivp

DT = 0.002
CUBIC = sparse.monomials(3, 3)


def lorenz_coefficients():
    w = np.zeros((20, 3))
    for term, row in {
        "x": (-10, 28, 0),
        "y": (10, -1, 0),
        "x z": (0, -1, 0),
        "x y": (0, 0, 1),
        "z": (0, 0, -8 / 3),
    }.items():
        w[sparse.names(CUBIC).index(term)] = row
    return w


@pytest.fixture(scope="module")
def clean():
    def rhs(t, u):
        x, y, z = u
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    times = DT * np.arange(5001)
    start = (1.0, 1.0, 20.0)
    tight = {"method": "DOP853", "rtol": 1e-12, "atol": 1e-12}
    return solve_ivp(rhs, (0, times[-1]), start, t_eval=times, **tight).y.T


@pytest.fixture(scope="module")
def integrals():
    options = {"n_functions": 300, "half_width": 0.2}
    times = DT * np.arange(5001)
    return (
        weak_form.bumps(times, **options),
        weak_form.bumps(times, **options, derivative=1),
    )


def find(form, u, integrals):
    if form == "weak":
        return sparse.weak(u, *integrals, CUBIC, threshold=0.2)
    return getattr(sparse, form)(u, DT, CUBIC, threshold=0.2)


# Central differences are wrong by dt²/6 u_ttt; the filter's by its seventh derivative
# in a window of 0.1; the integrals of smooth bumps by rounding.
@pytest.mark.parametrize(
    "form, tolerance", [("strong", 2e-2), ("filtered", 5e-3), ("weak", 1e-6)]
)
def test_lorenz_is_found_in_clean_data(form, tolerance, clean, integrals):
    w, expected = find(form, clean, integrals), lorenz_coefficients()
    np.testing.assert_array_equal(w != 0, expected != 0)
    np.testing.assert_allclose(w, expected, atol=tolerance)


def test_filter_and_weak_form_bear_noise_that_differences_do_not(clean, integrals):
    noise = np.random.default_rng(0).normal(size=clean.shape)
    noisy = clean + 0.01 * clean.std(0) * noise
    expected = lorenz_coefficients()
    error = {
        form: np.abs(find(form, noisy, integrals) - expected).max()
        for form in ("strong", "filtered", "weak")
    }
    assert max(error["filtered"], error["weak"]) < 0.5 * error["strong"]


def test_filter_smooths_the_state_as_well_as_its_derivative():
    """Noise in x of e^−t itself would make the rate a fifth smaller (attenuation)."""
    decay = np.exp(-DT * np.arange(5001))[:, None]
    noisy = decay + 0.1 * np.random.default_rng(0).normal(size=decay.shape)
    window = {"window_length": 501, "polyorder": 3}
    w = sparse.filtered(noisy, DT, [(1,)], threshold=0, **window)
    np.testing.assert_allclose(w, [[-1]], atol=0.05)


def test_constant_rates_are_found_by_each_form(integrals):
    """A straight line: u_t is exact for each form, so only rounding is left."""
    u = np.linspace(0, 1, 5001)[:, None] * [1.0, 2.0, 3.0] / 10
    rate = np.array([1.0, 2.0, 3.0]) / 100
    constant = sparse.monomials(3, 1)[:1]
    for w in (
        sparse.strong(u, DT, constant, threshold=0),
        sparse.filtered(u, DT, constant, threshold=0),
        sparse.weak(u, *integrals, constant, threshold=0),
    ):
        np.testing.assert_allclose(w, [rate], rtol=1e-9)


def test_monomials_of_two_variables():
    powers = sparse.monomials(2, 2)
    assert powers == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    assert sparse.names(powers, "ab") == ["1", "b", "b^2", "a", "a b", "a^2"]
    values = sparse.library(np.array([[2.0, 3.0]]), powers)
    np.testing.assert_array_equal(values, [[1, 3, 9, 2, 6, 4]])


def test_threshold_drops_a_small_term_and_fits_the_rest_again():
    """By hand: y = 1.0 c1 + 0.1 c2, where c1 · c2 = 1, |c1|² = 2, |c2|² = 1."""
    columns = np.array([[1.0, 1.0], [1.0, 0.0]])
    target = columns @ [[1.0], [0.1]]
    all_terms = sparse.fit(columns, target, threshold=0.05)
    np.testing.assert_allclose(all_terms, [[1.0], [0.1]], atol=1e-14)
    # Without c2, least squares gives c1 · y / |c1|² = 2.1 / 2.
    few = sparse.fit(columns, target, threshold=0.2)
    np.testing.assert_allclose(few, [[1.05], [0.0]], atol=1e-14)


def test_threshold_acts_on_coefficients_not_on_scaled_columns():
    """A coefficient of 0.1 at a large column is small, however much it explains."""
    columns = np.diag([1.0, 1000.0])
    w = sparse.fit(columns, columns @ [[1.0], [0.1]], threshold=0.2)
    np.testing.assert_allclose(w, [[1.0], [0.0]], atol=1e-14)


def test_second_round_drops_what_only_the_first_one_left():
    """By hand: 0.3 at c2 stands for a part of c3; once c3 is gone it is 0.15."""
    columns = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    target = columns @ [[2.0], [0.3], [-0.15]]
    for n_rounds, expected in ((1, [2, 0.3, -0.15]), (2, [2, 0.15, 0]), (3, [2, 0, 0])):
        w = sparse.fit(columns, target, threshold=0.2, n_rounds=n_rounds)
        np.testing.assert_allclose(w[:, 0], expected, atol=1e-14)


def test_nothing_is_left_above_a_large_threshold():
    w = sparse.fit(np.eye(3), np.ones((3, 2)), threshold=2)
    np.testing.assert_array_equal(w, np.zeros((3, 2)))


def test_equations_are_written_as_text():
    powers = sparse.monomials(2, 1)
    w = np.array([[0.0, 0.5], [0.0, -1.0], [2.0, 0.0]])
    expected = "a_t = +2.0000 a\nb_t = +0.5000 1  -1.0000 b"
    assert sparse.equations(w, powers, "ab") == expected


@pytest.mark.parametrize(
    "change, match",
    [
        ({"threshold": -0.1}, "threshold"),
        ({"n_rounds": 0}, "n_rounds"),
        ({"targets": np.ones(3)}, "n_equations, n_components"),
        ({"targets": np.ones((2, 1))}, "n_equations, n_components"),
        ({"columns": np.diag([1.0, 0.0, 1.0])}, "column 1"),
        ({"columns": np.diag([1.0, 1.0, np.nan])}, "column 2"),
    ],
)
def test_arguments_of_the_fit_are_checked(change, match):
    good = {"columns": np.eye(3), "targets": np.ones((3, 1)), "threshold": 0.1}
    with pytest.raises(ValueError, match=match):
        sparse.fit(**good | change)


def test_other_arguments_are_checked():
    for form in (sparse.strong, sparse.filtered):
        with pytest.raises(ValueError, match="dt"):
            form(np.ones((9, 3)), 0.0, CUBIC, threshold=0.1)
    for arguments in ((0, 2), (2, 0)):
        with pytest.raises(ValueError, match="whole number"):
            sparse.monomials(*arguments)


def test_values_that_are_not_finite_are_refused():
    columns, targets = np.ones((4, 2)), np.ones((4, 1))
    columns[:, 1] = [1, 2, np.inf, 4]
    with pytest.raises(ValueError, match="`columns` must be finite.*column 1 .* inf"):
        sparse.fit(columns, targets, threshold=0.1)
    targets[2] = np.nan
    with pytest.raises(ValueError, match="`targets` must be finite.*1 of 4 values"):
        sparse.fit(np.eye(4), targets, threshold=0.1)


def test_lists_are_series():
    u = np.exp(-0.1 * np.arange(9))[:, None]
    powers, options = [(0,), (1,)], {"threshold": 0.01}
    w = sparse.strong(u, 0.1, powers, **options)
    np.testing.assert_array_equal(sparse.strong(u.tolist(), 0.1, powers, **options), w)
    assert sparse.equations(w.tolist(), powers, "x") == sparse.equations(w, powers, "x")
    bumps = np.eye(9)[:3], np.eye(9)[1:4]
    w = sparse.weak(u, *bumps, powers, **options)
    lists = (a.tolist() for a in (u, *bumps))
    np.testing.assert_array_equal(sparse.weak(*lists, powers, **options), w)


def test_each_variable_has_its_letter():
    powers = sparse.monomials(4, 1)
    with pytest.raises(ValueError, match="`variables` must have 4 letters.*'xyz'"):
        sparse.names(powers)
    with pytest.raises(ValueError, match="`variables` must have 4 letters"):
        sparse.equations(np.ones((5, 4)), powers)
