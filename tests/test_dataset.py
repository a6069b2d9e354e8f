import hashlib

from physdl_tf.airfoils import dataset

import numpy as np
import pytest


@pytest.fixture(scope="module")
def flows():
    return dataset.load()


def test_the_shipped_flows_are_1040_of_three_families(flows):
    families, counts = np.unique(flows.family, return_counts=True)
    assert dict(zip(families, counts, strict=True)) == {
        "naca4": 618,
        "naca5": 216,
        "jouk": 206,
    }
    assert flows.mask.shape == (1040, 64, 64) and flows.mask.dtype == bool
    assert flows.fields.shape == (1040, 64, 64, 3)
    assert flows.fields.dtype == np.float32
    assert {len(part) for part in flows[:7]} == {1040}


def test_every_flow_has_a_shape_of_its_own(flows):
    assert len({str(spec) for spec in flows.specs}) == 1040
    assert [spec["kind"] for spec in flows.specs] == flows.family.tolist()


def test_angles_reynolds_numbers_and_lift_are_in_the_stated_ranges(flows):
    assert -15 <= flows.angle.min() < -14.9 and 14.9 < flows.angle.max() <= 15
    assert 0.5e6 <= flows.reynolds.min() < 0.52e6
    assert 4.98e6 < flows.reynolds.max() <= 5e6
    assert (flows.lift.min(), flows.lift.max()) == pytest.approx(
        (-1.40, 1.73), abs=5e-3
    )


def test_symmetric_airfoils_lift_in_proportion_to_a_small_angle(flows):
    symmetric = np.array([spec.get("m") == 0 for spec in flows.specs])
    chosen = symmetric & (np.abs(flows.angle) < 5)
    alpha, lift = np.radians(flows.angle[chosen]), flows.lift[chosen]
    # Thin-airfoil theory: 2π. Thickness adds a few percent, the boundary layer takes
    # a few more.
    assert chosen.sum() > 20
    assert alpha @ lift / (alpha @ alpha) == pytest.approx(2 * np.pi, rel=0.06)


def test_the_air_stands_still_inside_and_moves_outside(flows):
    assert not flows.fields[flows.mask].any()
    assert (np.abs(flows.fields[~flows.mask][:, 1:]).max(axis=-1) > 0).mean() > 0.999


def test_the_wind_comes_from_the_left_at_the_angle_of_attack(flows):
    ahead = flows.fields[:, :, 0, 1:].mean(axis=1)
    np.testing.assert_allclose(np.hypot(*ahead.T), 1, atol=0.06)
    angle = np.degrees(np.arctan2(ahead[:, 1], ahead[:, 0]))
    # A lifting airfoil turns the air ahead of it up, a quarter chord away by about 10°.
    turned = angle - flows.angle
    assert np.corrcoef(turned, flows.lift)[0, 1] > 0.99
    assert np.abs(turned).max() < 11


def test_the_pressure_rises_to_that_of_stagnation_and_hardly_above(flows):
    p = flows.fields[..., 0]
    assert 0.5 < p.max() < 0.51  # Bernoulli: p/ρ = 1/2 where the air stands still
    assert np.median(p.max(axis=(1, 2))) > 0.4


def test_pixels_are_square_and_the_mask_covers_the_chord(flows):
    np.testing.assert_allclose(np.diff(flows.x), 1.5 / 64)
    np.testing.assert_allclose(np.diff(flows.y), 1.5 / 64)
    assert flows.x[0] == -0.25 + 0.75 / 64 and flows.y[0] == -0.75 + 0.75 / 64
    columns = flows.x[flows.mask.any(axis=(0, 1))]
    # Chord from 0 to 1; the trailing edge is thinner than a pixel.
    assert -0.02 < columns[0] < 0.02 and 0.94 < columns[-1] < 1


def stored():
    """The arrays of the shipped file."""
    with np.load(dataset.AIRFOILS, allow_pickle=False) as file:
        return dict(file)


def test_a_flipped_byte_is_noticed(tmp_path):
    damaged = bytearray(dataset.AIRFOILS.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path = tmp_path / "damaged.npz"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="SHA-256 digest .* it is damaged"):
        dataset.load(path)


def test_a_wrong_shape_is_refused_even_with_the_right_digest(tmp_path):
    arrays = stored()
    path = tmp_path / "coarse.npz"
    np.savez(path, **{**arrays, "delta": arrays["delta"][..., :32]})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(
        ValueError, match=r"`delta` must have the shape \(1040, 3, 64, 64"
    ):
        dataset.load(path, digest)


def test_a_missing_array_is_named(tmp_path):
    arrays = stored()
    del arrays["mask"]
    path = tmp_path / "unmasked.npz"
    np.savez(path, **arrays)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match="`mask` must have .* no such array"):
        dataset.load(path, digest)


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.npz.* Install physdl_tf anew"):
        dataset.load(tmp_path / "absent.npz")
