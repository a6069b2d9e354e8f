from physdl_tf.solvers import PeriodicGrid

import numpy as np
import pytest


def test_centers_lie_half_a_cell_inside_and_the_right_end_is_excluded():
    grid = PeriodicGrid(4, (-1.0, 1.0))
    np.testing.assert_allclose(grid.centers, [-0.75, -0.25, 0.25, 0.75], rtol=1e-15)
    assert grid.dx == 0.5


def test_equal_grids_are_equal_values():
    assert PeriodicGrid(8, (0.0, 1.0)) == PeriodicGrid(8, (0.0, 1.0))


@pytest.mark.parametrize("n", [1, 0, 2.5, "8"])
def test_number_of_cells_must_be_whole_and_at_least_two(n):
    with pytest.raises(ValueError, match="`n` must be a whole number of at least 2"):
        PeriodicGrid(n, (0.0, 1.0))


def test_range_must_increase():
    with pytest.raises(ValueError, match="`x_range` must be a pair"):
        PeriodicGrid(8, (1.0, 0.0))
