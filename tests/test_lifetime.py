"""The label of the lifetime chapters, and the ensemble that learns it."""

from physdl_tf.chapters import lifetime

import numpy as np


def test_lifetime_of_a_disk_is_the_integral_done_by_hand():
    grid = lifetime.polar_grid(100, 900)
    sigma, edge = 0.15, 0.4
    turns = np.where(grid[1] < edge, lifetime.N_TURNS, 1)[None]
    u = edge**2 / (2 * sigma**2)
    survival = 1 - (1 + u) * np.exp(-u)
    exact = np.log10(-lifetime.N_TURNS * lifetime.T_REV / np.log(survival))
    np.testing.assert_allclose(
        lifetime.log_lifetime(turns, sigma, grid), [exact], atol=5e-3
    )


def test_a_beam_that_is_larger_vertically_lives_shorter():
    grid = lifetime.polar_grid()
    turns = np.where(grid[1] < 0.4, lifetime.N_TURNS, 1)[None]
    one, two = (lifetime.log_lifetime(turns, 0.15, grid, r) for r in (1.0, 1.3))
    assert two < one - 0.1


def test_tracking_in_blocks_is_tracking_one_by_one():
    grid = lifetime.polar_grid(3, 4)
    settings = lifetime.draw_settings(256)[:130]
    assert (settings >= lifetime.LOW).all() and (settings <= lifetime.HIGH).all()
    turns = lifetime.track(settings, grid)
    assert turns.shape == (130, 3, 4)
    np.testing.assert_array_equal(turns[129:], lifetime.track(settings[129:], grid))


def test_ensemble_learns_a_plane():
    z = lifetime.scaled(lifetime.draw_settings(256))
    y = 3 + z[:, 0] - z[:, 4]
    answers = lifetime.train_ensemble(z, y, members=2, n_iterations=300)(z)
    assert answers.shape == (2, 256, 1)
    assert np.abs(answers[..., 0] - y).max() < 0.2
