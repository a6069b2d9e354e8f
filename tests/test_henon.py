from physdl_tf.accelerator import henon
from physdl_tf.solvers import final_state, rollout

import numpy as np
import pytest
import tensorflow as tf

RADII = 0.01 * np.arange(1, 101)
ANGLES = (np.arange(32) + 0.5) * np.pi / 64  # one in the middle of each sector
TUNES = (0.168, 0.201)


def random_states(n=20):
    return tf.constant(np.random.default_rng(0).uniform(-0.8, 0.8, (n, 4)))


def survived(x, y, **machine):
    return henon.turns_survived(x, y, **{"q_x": TUNES[0], "q_y": TUNES[1], **machine})


def polar(radii, angles=ANGLES):
    return np.cos(angles)[:, None] * radii, np.sin(angles)[:, None] * radii


@pytest.mark.parametrize("octupole", [0.0, 0.7])
def test_one_turn_is_symplectic(octupole):
    state = random_states()
    with tf.GradientTape() as tape:
        tape.watch(state)
        after = henon.Turn(0.28, 0.31, octupole)(state)
    J = tape.batch_jacobian(after, state).numpy()
    S = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])
    defect = np.transpose(J, (0, 2, 1)) @ S @ J - S
    np.testing.assert_allclose(defect, 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(J), 1, atol=1e-12)


def test_one_turn_of_hand_computed_states():
    # A quarter turn: x becomes the kicked p_x, p_x becomes -x. The kick of (1, 2) is
    # 1 - 4 + μ (1 - 12) in x, -4 - μ (6 - 8) in y.
    state = tf.constant([1.0, 0.5, 2.0, 0.25], tf.float64)
    after = henon.Turn(0.25, 0.25, 0.1)(state)
    np.testing.assert_allclose(after, [-3.6, -1.0, -3.55, -2.0], atol=1e-12)
    # Tunes are not exchanged: with Q_x = 0 the x plane is only kicked.
    after = henon.Turn(0.0, 0.25, 0.0)(state)
    np.testing.assert_allclose(after, [1.0, -2.5, -3.75, -2.0], atol=1e-12)


def test_kick_is_the_gradient_of_a_potential_that_solves_laplace():
    """Magnets in vacuum: V = Re[(x + iy)³/3 + μ (x + iy)⁴/4] and the sign of μ."""
    x, _, y, _ = tf.unstack(random_states(), axis=-1)
    z, mu = x.numpy() + 1j * y.numpy(), -0.3
    kick = np.conj(z**2 + mu * z**3)  # V_x + i V_y
    state = tf.stack([x, 0 * x, y, 0 * y], axis=-1)
    after = henon.Turn(0.0, 0.0, mu)(state).numpy()
    np.testing.assert_allclose(after[:, 1] + 1j * after[:, 3], kick, atol=1e-14)


def test_a_positive_octupole_lowers_the_horizontal_tune_of_large_amplitudes():
    """Its kick μx³ points outward, as that of a defocusing lens."""

    def turned(mu):  # phase advance of 50 turns, beyond what the sextupole does
        state, angle = tf.constant([0.2, 0.0, 0.0, 0.0], tf.float64), 0.0
        for _ in range(50):
            after = henon.Turn(*TUNES, mu)(state)
            z = [complex(s[0], -s[1]) for s in (state.numpy(), after.numpy())]
            state, angle = after, angle + np.angle(z[1] / z[0]) % (2 * np.pi)
        return angle / (2 * np.pi * 50)

    assert turned(0.5) < turned(0.0) - 1e-3 < turned(-0.5) - 2e-3


def test_small_amplitudes_are_rotated_only():
    state = final_state(henon.Turn(*TUNES, 0.5), 1e-9 * random_states(), 100)
    for plane in (slice(0, 2), slice(2, 4)):
        before, after = 1e-9 * random_states()[:, plane], state[:, plane]
        ratio = np.linalg.norm(after, axis=1) / np.linalg.norm(before, axis=1)
        np.testing.assert_allclose(ratio, 1, atol=1e-6)  # the kick is 1e-9 as large


def test_a_ring_with_modulated_tunes_is_a_rollout_with_an_input_a_turn():
    epsilon, state = 2000.0, random_states()
    r = epsilon * henon.ripple(5)
    states = rollout(henon.Turn(*TUNES, 0.1), state, inputs=r)
    for n in range(5):
        state = henon.Turn(*[(1 + r[n]) * q for q in TUNES], 0.1)(state)
        np.testing.assert_allclose(states[n + 1], state, atol=1e-14)


def test_derivative_of_a_trajectory_by_a_tune_agrees_with_differences():
    def x_after(q_x):
        return final_state(henon.Turn(q_x, 0.201, 0.3), 0.3 * random_states(), 30)[:, 0]

    @tf.function(jit_compile=True)
    def derivative(q_x):
        with tf.GradientTape() as tape:
            tape.watch(q_x)
            x = x_after(q_x)
        return tape.gradient(x, q_x)

    q_x = tf.fill([20], tf.constant(0.168, tf.float64))  # one for each particle
    differences = (x_after(q_x + 1e-6) - x_after(q_x - 1e-6)) / 2e-6
    np.testing.assert_allclose(derivative(q_x), differences, rtol=1e-6, atol=1e-6)


def test_tunes_are_not_rounded_to_single_precision():
    q_x = np.array([0.168, 0.201])
    state = tf.constant([0.3, 0.0, 0.1, 0.0], tf.float64)
    exact = henon.Turn(*q_x, 0.1)(state)
    np.testing.assert_array_equal(henon.Turn(*map(float, q_x), 0.1)(state), exact)
    # A particle near the border, where rounding decides on the turn of its loss.
    x, y = polar(np.linspace(0.6, 0.8, 40), ANGLES[::8])
    arrays = dict(zip(("q_x", "q_y"), q_x, strict=True))
    plain = {name: float(q) for name, q in arrays.items()}
    turns = [survived(x, y, **q, octupole=0.1, n_turns=1000) for q in (arrays, plain)]
    np.testing.assert_array_equal(*turns)


def test_ripple_is_the_sum_of_its_seven_cosines():
    r = henon.ripple(2000)
    assert r.shape == (2000,)
    assert r[0] == pytest.approx(2.576e-4, rel=1e-12)  # all cosines are 1
    amplitudes = [1.0, 0.218, 0.708, 0.254, 0.1, 0.078, 0.218]
    direct = [
        1e-4 * e * np.cos(k * 2 * np.pi / 868.12 * 1234)
        for e, k in zip(amplitudes, [1, 2, 3, 6, 7, 10, 12], strict=True)
    ]
    assert r[1234] == pytest.approx(sum(direct), abs=1e-16)


@pytest.mark.parametrize("epsilon", [0.0, 2000.0])
def test_turns_agree_with_a_loop_over_single_turns_in_numpy(epsilon):
    mu, n_turns = 0.2, 30  # before chaos amplifies rounding
    x, y = polar(np.linspace(0.3, 1.5, 5), ANGLES[::8])
    state = tf.stack([x, 0 * x, y, 0 * y], axis=-1)
    expected, alive = np.zeros(x.shape, int), np.ones(x.shape, bool)
    for r in henon.ripple(n_turns):
        q = [(1 + epsilon * r) * q for q in TUNES]
        state = henon.Turn(*q, mu)(state)
        alive &= np.sum(state.numpy() ** 2, axis=-1) <= 100
        expected += alive
        state = tf.where(alive[..., None], state, 0.0)
    turns = survived(x, y, octupole=mu, epsilon=epsilon, n_turns=n_turns)
    assert turns.dtype == tf.int32
    np.testing.assert_array_equal(turns, expected)
    assert 0 < expected.min() < n_turns == expected.max()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lost_particles_are_frozen_before_they_overflow(dtype):
    huge = np.array([0.1, 5.0, 1e10, np.inf, np.nan, -1e30], dtype)
    turns = survived(huge, huge, octupole=0.5, epsilon=1.0, n_turns=2000).numpy()
    assert turns[0] == 2000
    assert turns[1:].max() <= 2
    np.testing.assert_array_equal(turns[2:], 0)


def test_a_particle_that_would_come_back_is_lost():
    """One that is outside after its first turn, and deep inside after its second."""
    x, q_x, mu = 2.3080497, 0.4355628, 0.4766447
    start = tf.constant([x, 0.0, 0.0, 0.0], tf.float64)
    radii = np.linalg.norm(rollout(henon.Turn(q_x, 0.201, mu), start, 2), axis=-1)
    assert radii[1] > 11 and radii[2] < 3
    turns = survived(np.array([x]), 0.0, q_x=q_x, octupole=mu, n_turns=2)
    np.testing.assert_array_equal(turns, 0)


def test_arguments_broadcast_and_each_particle_is_alone():
    x, y = polar(RADII[::10], ANGLES[::8])
    q_x = np.array([0.168, 0.28])[:, None, None]
    mu = np.array([-0.2, 0.5])[:, None, None]
    together = survived(x, y, q_x=q_x, octupole=mu, n_turns=40).numpy()
    assert together.shape == (2, 4, 10)
    for m, i, j in np.ndindex(together.shape):
        machine = {"q_x": q_x[m, 0, 0], "octupole": mu[m, 0, 0]}
        alone = survived(x[i, j], y[i, j], **machine, n_turns=40)
        assert together[m, i, j] == alone


def test_reference_radius_after_a_hundred_turns():
    # Mean last stable radius .660 and aperture .649 at μ = ε = 0; .630 at μ = +0.2,
    # which tells the sign of μ: at μ = -0.2 it is .680.
    x, y = polar(RADII)
    mu = np.array([0.0, 0.2, -0.2])[:, None, None]
    turns = survived(x, y, octupole=mu, n_turns=100)
    radius = henon.last_stable_radius(turns, RADII, 100)
    np.testing.assert_allclose(radius.mean(-1), [0.660, 0.630, 0.680], rtol=0.02)
    aperture = henon.dynamic_aperture(radius, ANGLES)
    np.testing.assert_allclose(aperture, [0.649, 0.617, 0.673], rtol=0.02)


def test_last_stable_radius_stops_at_the_first_loss():
    radii = [0.1, 0.2, 0.3, 0.4]
    turns = [[9, 9, 3, 9], [8, 9, 9, 9], [12, 9, 9, 8]]
    radius = henon.last_stable_radius(np.array(turns), radii, 9)
    np.testing.assert_array_equal(radius, [0.2, 0.0, 0.3])


def test_rays_without_a_loss_are_counted_since_their_radius_is_unknown():
    turns = np.array([[9, 9, 9], [9, 9, 8], [9, 9, 9], [3, 9, 9]])
    with pytest.raises(ValueError, match="2 of 4 rays without a loss up to 0.4.*0.6"):
        henon.last_stable_radius(turns, [0.1, 0.2, 0.4], 9)


@pytest.mark.parametrize("radii", [RADII[::-1], RADII - 0.01, np.full(100, 0.5)])
def test_radii_that_are_not_positive_and_increasing_are_refused(radii):
    turns = np.tile(np.arange(100), (4, 1))
    with pytest.raises(ValueError, match="`radii` must be positive and strictly inc"):
        henon.last_stable_radius(turns, radii, 50)


@pytest.mark.parametrize(
    "angles", [np.rad2deg(ANGLES), ANGLES[::-1], ANGLES - 0.1, np.full(32, 0.5)]
)
def test_angles_outside_the_first_quadrant_or_out_of_order_are_refused(angles):
    with pytest.raises(ValueError, match="`angles` must increase.*np.deg2rad"):
        henon.dynamic_aperture(np.full(32, 0.6), angles)


@pytest.mark.parametrize("n", [5, 32])
@pytest.mark.parametrize("ends", [False, True])
def test_a_constant_radius_is_its_own_aperture(n, ends):
    h = np.pi / 2 / n
    angles = np.linspace(0, np.pi / 2, n) if ends else h * (np.arange(n) + 0.5)
    aperture = henon.dynamic_aperture(np.full((3, n), 0.6), angles)
    np.testing.assert_allclose(aperture, [0.6] * 3, rtol=1e-14)


def test_aperture_of_an_ellipse():
    # r⁻² = cos² α / a² + sin² α / b²: then ∫ r⁴ sin 2α dα = a² b².
    angles = (np.arange(400) + 0.5) * np.pi / 800
    radius = 1 / np.hypot(np.cos(angles) / 0.5, np.sin(angles) / 0.8)
    aperture = henon.dynamic_aperture(radius, angles)
    assert aperture == pytest.approx((0.5 * 0.8) ** 0.5, rel=1e-4)


def test_wrong_arguments_are_named():
    machine = {"octupole": 0.0, "n_turns": 10}
    with pytest.raises(ValueError, match="`state` must hold x, p_x, y, p_y.*tf.stack"):
        henon.Turn(0.1, 0.2, 0.0)(tf.zeros((3, 2)))
    with pytest.raises(ValueError, match="`n_turns` must be a whole number"):
        henon.ripple(0)
    with pytest.raises(ValueError, match="`n_turns` must be a whole number"):
        survived(0.1, 0.1, octupole=0.0, n_turns=1e3)
    with pytest.raises(ValueError, match="`x` must be float32 or float64.*int32"):
        survived(1, 0.1, **machine)
    with pytest.raises(ValueError, match="must broadcast.*shapes \\(3,\\), \\(2,\\)"):
        survived(np.zeros(3), np.zeros(2), **machine)
    with pytest.raises(ValueError, match="`turns` must have one entry per radius"):
        henon.last_stable_radius(np.zeros((2, 3)), RADII, 10)
    with pytest.raises(ValueError, match="`radius` must have one entry per angle"):
        henon.dynamic_aperture(np.zeros(3), ANGLES)
    with pytest.raises(ValueError, match="two or more.*\\(1,\\)"):
        henon.dynamic_aperture(np.zeros(1), ANGLES[:1])
