from physdl_tf.pinn import sampling

import numpy as np
import pytest

X, T = (-1.0, 1.0), (0.0, 2.0)


def test_interior_points_are_columns_in_the_domain_and_fill_it():
    x, t = sampling.interior(4000, X, T, seed=0)
    assert x.shape == t.shape == (4000, 1)
    assert x.dtype == t.dtype == "float32"
    assert x.numpy().min() >= -1 and x.numpy().max() < 1
    assert t.numpy().min() >= 0 and t.numpy().max() < 2
    # Mean of 4000 uniform numbers: standard error width / sqrt(12 * 4000) = 0.009.
    assert abs(x.numpy().mean()) < 0.05 and abs(t.numpy().mean() - 1) < 0.05


def test_boundary_points_take_both_ends_equally_often():
    x, t = sampling.boundary(100, X, T, seed=0)
    assert np.sum(x.numpy() == -1) == np.sum(x.numpy() == 1) == 50
    assert t.shape == (100, 1)


def test_points_at_a_time_have_that_time():
    x, t = sampling.at_time(10, X, 0.5, seed=0)
    assert x.shape == (10, 1) and np.all(t.numpy() == 0.5)


def test_one_seed_gives_one_sample_and_another_a_different_one():
    a, b, c = (sampling.interior(5, X, T, seed=s)[0].numpy() for s in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize("f", [sampling.interior, sampling.boundary])
def test_bad_arguments_are_refused(f):
    with pytest.raises(ValueError, match="`n` must be a whole number"):
        f(0, X, T, seed=0)
    with pytest.raises(ValueError, match="`x_range` must be a pair"):
        f(5, (1.0, -1.0), T, seed=0)
    with pytest.raises(ValueError, match="`t_range` must be a pair"):
        f(5, X, (1.0,), seed=0)


def test_bad_arguments_of_at_time_are_refused():
    with pytest.raises(ValueError, match="`n` must be a whole number"):
        sampling.at_time(0, X, 0.5, seed=0)
    with pytest.raises(ValueError, match="`x_range` must be a pair"):
        sampling.at_time(5, (1.0, -1.0), 0.5, seed=0)
