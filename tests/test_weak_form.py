from physdl_tf.rivals import weak_form

import numpy as np
import pytest

T = np.linspace(-1.0, 3.0, 401)
T_LONG = np.linspace(0.0, 10.0, 2001)
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


def rate_of_decay(t, size):
    """Rate of u = exp(-0.7 t), from u_t = rate u in weak form."""
    options = {"n_functions": 25, "half_width": size}
    u = np.exp(-0.7 * t)
    left = -weak_form.bumps(t, **options, derivative=1) @ u
    right = weak_form.bumps(t, **options) @ u
    return np.max(left / right), np.min(left / right)


@pytest.mark.parametrize("center", [3.0, 3.3, 5.1])
def test_a_gap_is_refused_before_it_spoils_an_integral(center):
    def points(gap):
        return T_LONG[np.abs(T_LONG - center) >= gap / 2]

    np.testing.assert_allclose(rate_of_decay(points(0.05), 1.0), -0.7, atol=0.005)
    with pytest.raises(ValueError, match="no step wider.*Use half_width="):
        rate_of_decay(points(0.5), 1.0)  # by count, 150 points are left in it


def test_a_gap_between_two_supports_does_no_harm():
    t = T_LONG[(T_LONG < 4) | (T_LONG > 6)]
    options = {"n_functions": 2, "half_width": 1.9}
    V = weak_form.bumps(t, **options)
    np.testing.assert_allclose(V @ t / V.sum(axis=1), [1.9, 8.1])


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
        ({"half_width": 0.05}, "no step wider than half_width / 8 = 0.00625.*of 0.01"),
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
