from physdl_tf import metrics

import numpy as np
import pytest


def test_relative_l2_of_a_hand_computed_case():
    assert metrics.relative_l2([3.0, 0.0], [0.0, 4.0]) == pytest.approx(5 / 4)


def test_mean_absolute_error_of_a_hand_computed_case():
    assert metrics.mean_absolute_error([1.0, -1.0], [0.0, 2.0]) == pytest.approx(2.0)


def test_observed_order_of_an_exact_power_law():
    h = np.array([0.1, 0.05, 0.025])
    assert metrics.observed_order(h, 3 * h**2) == pytest.approx(2.0)


@pytest.mark.parametrize("f", [metrics.relative_l2, metrics.mean_absolute_error])
def test_column_against_vector_is_refused(f):
    with pytest.raises(ValueError, match="must have the same shape"):
        f(np.ones((5, 1)), np.ones(5))


def test_zero_reference_is_refused():
    with pytest.raises(ValueError, match="`u_ref` must not be zero everywhere"):
        metrics.relative_l2(np.ones(3), np.zeros(3))


def test_order_needs_two_grids():
    with pytest.raises(ValueError, match="at least two values"):
        metrics.observed_order([0.1], [0.2])


@pytest.mark.parametrize("wrong", [0.0, -1e-3, np.nan])
def test_an_order_needs_positive_errors_and_step_sizes(wrong):
    with pytest.raises(ValueError, match="`errors` must be positive.*Leave out"):
        metrics.observed_order([0.1, 0.05, 0.025], [1e-2, wrong, 1e-3])
    with pytest.raises(ValueError, match="`step_sizes` must be positive"):
        metrics.observed_order([0.1, wrong, 0.025], [1e-2, 5e-3, 1e-3])
