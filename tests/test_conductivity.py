"""A rod's conductivity by a spline: found without noise, smoothed, and checked."""

from physdl_tf import metrics, problems
from physdl_tf.rivals import conductivity

import numpy as np
import pytest

PLACES = np.linspace(0, 1, 101)


def test_a_conductivity_is_found_again_from_data_without_noise():
    # Data from the same cells, so that nothing but the spline is left to be wrong.
    rod = problems.HeatRod()
    points = np.random.default_rng(0).uniform(size=(200, 2))
    u = rod.solve(rod.conductivity, 40)(points)
    k = conductivity.fit(rod, points, u, u.std(), 0.0, n=40)
    assert metrics.relative_l2(k(PLACES), rod.conductivity(PLACES)) < 0.003


def test_a_large_penalty_leaves_no_curvature():
    rod = problems.HeatRod()
    points, u, scale = rod.measurements(100)
    k = conductivity.fit(rod, points, u, scale, 1.0, n=20)
    bend = np.diff(np.log(k(np.linspace(0, 1, 13))), 2)
    assert np.abs(bend).max() < 1e-4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scale": 0.0}, "`scale` must be positive"),
        ({"penalty": -1.0}, "`penalty` must be zero or positive"),
        ({"n_nodes": 3}, "`n_nodes` must be a whole number of at least 4"),
    ],
)
def test_bad_arguments_are_refused(wrong, message):
    rod = problems.HeatRod()
    good = {"scale": 1.0, "penalty": 0.0}
    with pytest.raises(ValueError, match=message):
        conductivity.fit(rod, np.zeros((3, 2)), np.zeros(3), **(good | wrong))
