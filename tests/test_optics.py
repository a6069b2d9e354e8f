"""Linear optics: against closed forms, finite differences and another program."""

import itertools

from physdl_tf.accelerator import optics

import numpy as np
import pytest
import tensorflow as tf

STRENGTHS = np.array([-20.0, -3.0, -1e-6, 0.0, 1e-6, 3.0, 20.0])
LENGTH = 0.3
PIXELS = np.linspace(-4.0, 4.0, 33)
J = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])


def doublet(k1, k2):
    first, second = optics.quadrupole(0.1, k1), optics.quadrupole(0.2, k2)
    return optics.drift(1.0) @ second @ optics.drift(0.5) @ first


def random_beam(n=400):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4)) @ rng.normal(size=(4, 4)) * 0.5


def test_a_drift_moves_positions_by_slope_times_length():
    beam = np.array([[1.0, 2.0, -3.0, 4.0]])
    after = optics.track(beam, optics.drift(0.5))
    np.testing.assert_allclose(after, [[2.0, 2.0, -1.0, 4.0]], atol=1e-15)


@pytest.mark.parametrize("k", STRENGTHS)
def test_quadrupole_agrees_with_cosines_of_a_complex_angle(k):
    """With √k imaginary for k < 0, cos and sin become cosh and sinh."""
    expected = np.zeros((4, 4))
    for plane, strength in ((slice(0, 2), k), (slice(2, 4), -k)):
        root = np.sqrt(complex(strength))
        phi = root * LENGTH
        s = np.sin(phi) / root if k else LENGTH
        block = np.array([[np.cos(phi), s], [-root * np.sin(phi), np.cos(phi)]])
        expected[plane, plane] = block.real
    R = optics.quadrupole(LENGTH, k)
    assert R.dtype == tf.float64
    np.testing.assert_allclose(R, expected, atol=1e-13)


def test_a_positive_strength_focuses_in_x():
    R = optics.quadrupole(LENGTH, 3.0).numpy()
    assert R[1, 0] < 0 < R[3, 2]


def test_a_thin_lens_has_the_focal_length_one_over_k_times_length():
    R = optics.quadrupole(1e-6, 2e6).numpy()
    np.testing.assert_allclose(R[[1, 3], [0, 2]], [-2.0, 2.0], rtol=1e-5)


def test_matrices_are_symplectic_and_keep_emittances():
    k1, k2 = np.meshgrid(STRENGTHS, STRENGTHS)
    R = doublet(k1, k2).numpy()
    assert R.shape == (7, 7, 4, 4)
    np.testing.assert_allclose(R.swapaxes(-1, -2) @ J @ R, J + 0 * R, atol=1e-12)
    sigma = optics.beam_matrix(random_beam())
    before = optics.emittances(sigma)
    after = optics.emittances(R @ sigma.numpy() @ R.swapaxes(-1, -2))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(b, np.full((7, 7), a), rtol=1e-9)


def test_pieces_of_a_quadrupole_make_the_whole():
    half = optics.quadrupole(LENGTH / 2, STRENGTHS)
    np.testing.assert_allclose(
        half @ half, optics.quadrupole(LENGTH, STRENGTHS), atol=1e-13
    )


def test_a_beam_at_several_settings_at_once_and_one_by_one():
    beam, R = random_beam(), doublet(STRENGTHS, 2.0)
    together = optics.track(beam, R)
    assert together.shape == (7, 400, 4)
    for one, matrix in zip(together, R.numpy(), strict=True):
        np.testing.assert_allclose(one, [matrix @ r for r in beam], atol=1e-12)
    images = optics.screen(together, PIXELS, 0.3)
    np.testing.assert_allclose(
        images[2], optics.screen(together[2], PIXELS, 0.3), atol=1e-15
    )


def test_image_of_one_particle_is_a_gaussian_spot_with_rows_along_y():
    spot = optics.screen(np.array([[1.0, 9.0, -0.5, 9.0]]), PIXELS, 0.4).numpy()
    assert spot.sum() == pytest.approx(1, abs=1e-9)
    assert PIXELS @ spot.sum(0) == pytest.approx(1.0, abs=1e-9)
    assert PIXELS @ spot.sum(1) == pytest.approx(-0.5, abs=1e-9)
    assert (PIXELS - 1) ** 2 @ spot.sum(0) == pytest.approx(0.16, abs=1e-9)
    middle = 0.25**2 / (2 * np.pi * 0.4**2)  # pixel area times density
    assert spot[14, 20] == pytest.approx(middle, rel=1e-12)


def test_image_of_a_gaussian_beam_agrees_with_its_density():
    sigma = np.array([[0.8, 0.3], [0.3, 0.5]])
    beam = np.zeros((200_000, 4))
    normal = np.random.default_rng(1).normal(size=(200_000, 2))
    beam[:, ::2] = normal @ np.linalg.cholesky(sigma).T
    image = optics.screen(beam, PIXELS, 0.3).numpy()
    inverse = np.linalg.inv(sigma + 0.09 * np.eye(2))
    x, y = np.meshgrid(PIXELS, PIXELS)
    r = np.stack([x, y], axis=-1)
    density = np.exp(-np.einsum("...i,ij,...j", r, inverse, r) / 2)
    density *= np.sqrt(np.linalg.det(inverse)) / (2 * np.pi)
    assert np.abs(image - density * 0.25**2).sum() < 0.02


def test_light_beside_the_screen_is_lost():
    beam = np.array([[0.0, 0.0, 0.0, 0.0], [40.0, 0.0, 0.0, 0.0]])
    image = optics.screen(beam, PIXELS, 0.3).numpy()
    assert image.sum() == pytest.approx(0.5, abs=1e-9)


def test_images_and_moments_with_weights_are_those_of_repeated_particles():
    beam, counts = random_beam(50), np.random.default_rng(2).integers(1, 4, 50)
    repeated = np.repeat(beam, counts, axis=0)
    np.testing.assert_allclose(
        optics.screen(beam, PIXELS, 0.3, counts / counts.sum()),
        optics.screen(repeated, PIXELS, 0.3),
        atol=1e-15,
    )
    sigma = optics.beam_matrix(beam, counts)
    np.testing.assert_allclose(sigma, optics.beam_matrix(repeated), atol=1e-14)
    np.testing.assert_allclose(sigma, np.cov(repeated.T, bias=True), atol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_moment_equations_agree_with_particles_carried_to_the_screen(order):
    """Moments of an uneven beam, averaged over its particles before and behind."""
    beam, R = random_beam(50) ** 3, doublet(STRENGTHS, -2.0)
    moments = [
        np.prod(beam[:, list(powers)], axis=1).mean()
        for powers in itertools.combinations_with_replacement(range(4), order)
    ]
    x, _, y, _ = np.moveaxis(optics.track(beam, R).numpy(), -1, 0)
    shown = [(x ** (order - a) * y**a).mean(axis=-1) for a in range(order + 1)]
    equations = optics.moment_equations(R, order)
    assert equations.shape == (7, order + 1, len(moments))
    np.testing.assert_allclose(equations @ moments, np.transpose(shown), rtol=1e-10)


def test_moment_equations_of_a_drift_are_the_textbook_ones():
    xx, xy, yy = optics.moment_equations(optics.drift(3.0), 2)
    #                               xx xx' xy xy' x'x' x'y x'y' yy yy' y'y'
    np.testing.assert_allclose(xx, [1, 6, 0, 0, 9, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(xy, [0, 0, 1, 3, 0, 3, 9, 0, 0, 0])
    np.testing.assert_allclose(yy, [0, 0, 0, 0, 0, 0, 0, 1, 6, 9])


def test_emittances_of_a_hand_computed_beam():
    sigma = np.diag([4.0, 0.25, 9.0, 0.04])
    np.testing.assert_allclose(optics.emittances(sigma), [1.0, 0.6, 0.6], rtol=1e-12)
    sigma[0, 1] = sigma[1, 0] = 0.6  # ε_x = √(1 − 0.36)
    np.testing.assert_allclose(optics.emittances(sigma), [0.8, 0.6, 0.48], rtol=1e-12)
    sigma[0, 2] = sigma[2, 0] = 3.0  # coupling: smaller in four dimensions only
    e_x, e_y, e_4d = optics.emittances(sigma)
    np.testing.assert_allclose([e_x, e_y], [0.8, 0.6], rtol=1e-12)
    assert 0 < e_4d < 0.45


@pytest.mark.parametrize("k", [0.0, 5.0, -5.0])
def test_gradients_through_optics_and_screen_agree_with_finite_differences(k):
    """Of a scalar of the image, by strengths, particles and weights."""
    target = np.random.default_rng(3).normal(size=(33, 33))
    weights = np.random.default_rng(4).uniform(0.5, 1.5, 20) / 20
    start = [np.array([k, -k]), random_beam(20), weights]

    def value(strengths, beam, weights):
        arrived = optics.track(beam, doublet(strengths[0], strengths[1]))
        image = optics.screen(arrived, PIXELS, 0.4, weights)
        sigma = optics.beam_matrix(arrived, weights)
        return tf.reduce_sum(image * target) + optics.emittances(sigma)[2]

    variables = [tf.Variable(v) for v in start]
    with tf.GradientTape() as tape:
        total = value(*variables)
    rng = np.random.default_rng(5)
    for i, grad in enumerate(tape.gradient(total, variables)):
        direction = rng.normal(size=start[i].shape)
        moved = [
            value(*(v + (h * direction if j == i else 0) for j, v in enumerate(start)))
            for h in (1e-6, -1e-6)
        ]
        by_differences = float(moved[0] - moved[1]) / 2e-6
        assert np.sum(grad * direction) == pytest.approx(by_differences, rel=1e-6)
        assert abs(by_differences) > 1e-4


def test_the_float_type_of_the_beam_is_kept():
    beam = random_beam().astype(np.float32)
    arrived = optics.track(beam, doublet(3.0, -2.0))
    image = optics.screen(arrived, PIXELS, 0.3, np.full(400, 1 / 400))
    assert arrived.dtype == image.dtype == optics.beam_matrix(beam).dtype == tf.float32


def test_matrices_agree_with_cheetah():
    """An independent program for beam optics (pip install -e ".[cross-check]")."""
    reason = "the optional cross-check needs cheetah-accelerator, which brings PyTorch"
    cheetah = pytest.importorskip("cheetah", reason=reason)
    torch = pytest.importorskip("torch", reason=reason)
    float64 = {"dtype": torch.float64}
    energy = torch.tensor(1e12, **float64)  # eV: slopes and scaled momenta agree
    species = cheetah.Species("electron", **float64)

    def matrix(element):
        return element.first_order_transfer_map(energy, species)[:4, :4].numpy()

    length = torch.tensor(LENGTH, **float64)
    drift = matrix(cheetah.Drift(length=length, **float64))
    np.testing.assert_allclose(optics.drift(LENGTH), drift, atol=1e-12)
    for k in STRENGTHS:
        k1 = torch.tensor(k, **float64)
        theirs = matrix(cheetah.Quadrupole(length=length, k1=k1, **float64))
        ours = optics.quadrupole(LENGTH, k)
        np.testing.assert_allclose(ours, theirs, atol=1e-10, err_msg=f"k = {k}")


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="`length` must be zero or positive"):
        optics.quadrupole(-0.1, 1.0)
    with pytest.raises(ValueError, match="`length` must be zero or positive"):
        optics.drift(-0.1)
    with pytest.raises(ValueError, match="`beam` must hold x, x', y, y'"):
        optics.track(np.zeros((3, 6)), optics.drift(1.0))
    with pytest.raises(ValueError, match="one particle a row"):
        optics.beam_matrix(np.zeros(4))
    with pytest.raises(ValueError, match="`order` must be a whole number"):
        optics.moment_equations(np.eye(4), 0)
    with pytest.raises(ValueError, match=r"shape \(..., 4, 4\). Received.*\(2, 4\)"):
        optics.moment_equations(np.eye(4)[:2], 2)
    with pytest.raises(ValueError, match="`width` must be at least half a pixel"):
        optics.screen(np.zeros((3, 4)), PIXELS, 0.1)


@pytest.mark.parametrize(
    "pixels", [[0.0], [0.0, 0.1, 0.5], PIXELS[::-1], PIXELS[:, None], 0.3]
)
def test_a_screen_has_pixels_at_equal_steps(pixels):
    with pytest.raises(ValueError, match="`pixels` must rise by equal steps"):
        optics.screen(np.zeros((3, 4)), pixels, 0.3)


def test_a_column_of_weights_is_refused():
    beam, weights = np.zeros((3, 4)), np.ones((3, 1))
    message = r"`weights` must have one axis.*\(3, 1\).*tf.reshape"
    with pytest.raises(ValueError, match=message):
        optics.screen(beam, PIXELS, 0.3, weights)
    with pytest.raises(ValueError, match=message):
        optics.beam_matrix(beam, weights)


def test_matrices_of_one_plane_or_of_three_are_refused():
    with pytest.raises(ValueError, match=r"`sigma` must have shape \(\.\.\., 4, 4\)"):
        optics.emittances(np.eye(2))
    with pytest.raises(ValueError, match=r"`matrix` must have shape.*\(6, 6\)"):
        optics.track(np.zeros((3, 4)), np.eye(6))


def test_shapes_may_be_unknown_where_a_function_is_traced():
    beam, weights = np.eye(4), np.full(4, 0.25)
    free = tf.TensorSpec(None, tf.float64)

    @tf.function(input_signature=[free, free])
    def traced(matrix, weights):
        tracked = optics.track(beam, matrix)
        return tracked, optics.screen(beam, PIXELS, 0.3, weights)

    tracked, image = traced(2 * np.eye(4), weights)
    np.testing.assert_array_equal(tracked, 2 * beam)
    np.testing.assert_allclose(image, optics.screen(beam, PIXELS, 0.3), atol=1e-14)
