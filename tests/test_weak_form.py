from physdl_tf.rivals import weak_form

import numpy as np
import pytest

T = np.linspace(-1.0, 3.0, 401)
SIZES = {"n_functions": 7, "half_width": 0.8}


def test_rows_are_the_weighted_bumps_of_the_docstring():
    V = weak_form.bumps(T, **SIZES, power=3)
    s = (T - (-1 + 0.8)) / 0.8  # the first support begins at the first point
    expected = np.where(np.abs(s) < 1, (1 - s**2) ** 3, 0) * 0.01
    np.testing.assert_allclose(V[0], expected, atol=1e-15)
    assert V.shape == (7, 401)
    np.testing.assert_allclose(V @ T / V.sum(axis=1), np.linspace(-0.2, 2.2, 7))


def test_the_integral_of_a_bump_is_exact():
    # ∫ (1 − s²)^3 ds from −1 to 1 is 32/35.
    V = weak_form.bumps(T, **SIZES, power=3)
    np.testing.assert_allclose(V.sum(axis=1), 0.8 * 32 / 35, rtol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_integration_by_parts_moves_derivatives_to_the_bump(k):
    derivatives = [np.sin(3 * T), 3 * np.cos(3 * T), -9 * np.sin(3 * T)]
    derivatives.append(-27 * np.cos(3 * T))
    V = weak_form.bumps(T, **SIZES)
    V_k = weak_form.bumps(T, **SIZES, derivative=k)
    expected = (-1) ** k * V @ derivatives[k]
    np.testing.assert_allclose(V_k @ derivatives[0], expected, atol=1e-9)


def test_points_need_not_be_equidistant():
    t = np.sort(np.concatenate([T, T[:-1] + 0.003]))
    V = weak_form.bumps(t, **SIZES, derivative=1)
    exact = weak_form.bumps(T, **SIZES) @ (2 * T)
    np.testing.assert_allclose(-V @ t**2, exact, rtol=1e-4)


def test_quadrature_converges_fast_for_a_smooth_bump():
    def defect(n):
        t = np.linspace(-1, 1, n)
        V = weak_form.bumps(t, n_functions=2, half_width=1.0, derivative=1)
        W = weak_form.bumps(t, n_functions=2, half_width=1.0)
        return np.abs(V @ np.exp(t) + W @ np.exp(t)).max()

    assert defect(41) < defect(21) / 100  # order above 6; the bare rule has 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"half_width": 2.5}, "at most half of the axis.*Use half_width=0.5"),
        ({"half_width": 0.0}, "`half_width` must be positive"),
        ({"half_width": 0.05}, "at least 2 · power = 16 points.*Received: 9 points"),
        ({"derivative": 8}, "`derivative` must be below the power"),
        ({"derivative": -1}, "`derivative` must be a whole number"),
        ({"n_functions": 1}, "`n_functions` must be a whole number of at least 2"),
        ({"power": 0}, "`power` must be a whole number"),
        ({"points": T[::-1]}, "`points` must be one increasing axis"),
        ({"points": T[:, None]}, r"Received: shape \(401, 1\)"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        weak_form.bumps(**({"points": T} | SIZES | change))
