import airfoil_mesh
from physdl_tf.airfoils import shapes
from physdl_tf.airfoils.panels import ideal_flow

import numpy as np
import pytest

TURNS = np.arange(48) / 48
NAMES = ["0012", "6421", "23012"]


def circle(n):
    return 0.5 * np.exp(2j * np.pi * np.arange(n) / n)


def naca(digits):
    return shapes.outline(shapes.naca(digits))


def velocity(outline, angle, z):
    """Velocity u_x + i u_y at points z."""
    fields, _ = ideal_flow(outline, angle, z.real, z.imag)
    return fields[..., 1] + 1j * fields[..., 2]


def karman_trefftz(thick, camber, tau, angle):
    """Closed form around the airfoil, in chords: z and fields as functions of ζ; lift.

    The airfoil is the image of a circle in the plane of ζ.
    """
    center, k = complex(-thick, camber), 2 - tau / np.pi
    radius = abs(1 - center)
    circle = center + (1 - center) * np.exp(2j * np.pi * np.arange(1, 400) / 400)
    corners = np.append(k, shapes.karman_trefftz(circle, k, 1.0))
    nose = corners[np.argmax(np.abs(corners - k))]
    chord = k - nose
    alpha = np.radians(angle) + np.angle(chord)
    lag = np.sin(alpha + np.arcsin(camber / radius))  # the trailing edge is at −arcsin

    def place(zeta):
        return (shapes.karman_trefftz(zeta, k, 1.0) - nose) / chord

    def fields(zeta):
        q, s = ((zeta - 1) / (zeta + 1)) ** k, (zeta - center) / radius
        stretch = 4 * k**2 * q / ((1 - q) ** 2 * (zeta**2 - 1))  # dz/dζ
        w = np.exp(-1j * alpha) - np.exp(1j * alpha) / s**2 + 2j * lag / s
        w *= chord / (abs(chord) * stretch)
        return np.stack([0.5 * (1 - np.abs(w) ** 2), w.real, -w.imag], -1)

    return place, fields, 8 * np.pi * radius / abs(chord) * lag


@pytest.mark.parametrize("angle", [0, 10, -25])
def test_flow_around_an_airfoil_converges_to_the_closed_form_at_first_order(angle):
    place, exact, exact_lift = karman_trefftz(0.1, 0.05, 0.3, angle)
    turns = np.exp(2j * np.pi * TURNS)
    zeta = complex(-0.1, 0.05) + np.linspace(1.5, 4, 20)[:, None] * 1.1 * turns
    z, outline = place(zeta), shapes.joukowski(0.1, 0.05, 0.3)
    panels, errors = [50, 100, 200, 400], []
    for n in panels:
        fields, lift = ideal_flow(outline[:: 400 // n], angle, z.real, z.imag)
        errors.append(np.abs(fields - exact(zeta)).max())
        assert abs(lift - exact_lift) <= abs(exact_lift) / n
    assert errors[-1] < 0.007
    assert 0.9 < np.log2(errors[-2] / errors[-1]) < 1.1, errors


@pytest.mark.parametrize("digits", NAMES)
def test_flow_leaves_the_middle_of_each_panel_along_it(digits):
    outline = naca(digits)[::2]
    panels = np.roll(outline, -1) - outline
    outside = outline + panels * (0.5 - 1e-9j)
    along = velocity(outline, 7, outside) * (panels / np.abs(panels)).conj()
    np.testing.assert_allclose(along.imag, 0, atol=1e-7)
    # Kutta: both sides leave the trailing edge at one speed.
    assert along[0].real == pytest.approx(-along[-1].real, abs=1e-7)
    assert along[-1].real > 0.5


def test_far_away_only_the_freestream_and_a_vortex_remain():
    z = 1000 * np.exp(2j * np.pi * TURNS)
    fields, lift = ideal_flow(naca("6421")[::2], 10, z.real, z.imag)
    disturbance = fields[:, 1] + 1j * fields[:, 2] - np.exp(1j * np.radians(10))
    np.testing.assert_allclose(fields[:, 0], 0, atol=1e-3)
    np.testing.assert_allclose(disturbance, 0, atol=1e-3)
    clockwise = -1j * z / (2 * np.pi * np.abs(z) ** 2) * lift / 2
    np.testing.assert_allclose(disturbance, clockwise, atol=2e-6)


@pytest.mark.parametrize("digits", NAMES)
def test_lift_is_the_force_of_the_pressure_and_the_momentum(digits):
    # On a circle around the airfoil, where sums are as good as integrals.
    normal = np.exp(2j * np.pi * TURNS)
    z = 0.5 + 1.5 * normal
    fields, lift = ideal_flow(naca(digits)[::2], 8, z.real, z.imag)
    u = fields[:, 1] + 1j * fields[:, 2]
    outflow = (u * normal.conj()).real
    force = -np.mean(fields[:, 0] * normal + outflow * u) * 2 * np.pi * 1.5
    turned = 2 * force * np.exp(-1j * np.radians(8))  # real part: along the freestream
    assert turned.imag == pytest.approx(lift, rel=1e-3)
    assert turned.real == pytest.approx(0, abs=0.01)  # d'Alembert


@pytest.mark.parametrize("angle", [2, 10])
@pytest.mark.parametrize(
    "thick, camber, tau", [(0.04, 0.0, 0.1), (0.08, 0.05, 0.2), (0.13, 0.1, 0.3)]
)
def test_lift_of_a_karman_trefftz_airfoil_is_that_of_its_circle(
    thick, camber, tau, angle
):
    *_, exact = karman_trefftz(thick, camber, tau, angle)
    outline = shapes.joukowski(thick, camber, tau)
    _, lift = ideal_flow(outline[::2], angle, 0.0, 2.0)
    assert lift == pytest.approx(exact, rel=0.005)


@pytest.mark.parametrize("digits", NAMES)
def test_lift_slope_is_that_of_the_conformal_map(digits):
    outline = naca(digits)
    mapped = airfoil_mesh.airfoil_map(outline)
    slope, exact = (
        lift(5) - lift(-5)
        for lift in (
            lambda angle: ideal_flow(outline[::2], angle, 0.0, 2.0)[1],
            lambda angle: mapped.lift(np.radians(angle)),
        )
    )
    assert slope == pytest.approx(exact, rel=0.005)


@pytest.mark.parametrize("digits", NAMES)
def test_velocity_is_that_of_the_conformal_map(digits):
    outline = naca(digits)
    mapped = airfoil_mesh.airfoil_map(outline)
    w = np.array([1.1, 1.5, 3])[:, None] * np.exp(2j * np.pi * TURNS)
    expected = mapped.velocity(w, np.radians(6))
    np.testing.assert_allclose(
        velocity(outline[::2], 6, mapped(w)), expected, atol=0.02
    )


def test_mirrored_airfoil_has_the_mirrored_flow():
    outline = naca("6421")[::2]
    mirrored = np.roll(outline[::-1], 1).conj()
    x, y = np.meshgrid(np.linspace(-0.25, 1.25, 7), [-0.5, 0.2, 0.6])
    fields, lift = ideal_flow(outline, 5, x, y)
    turned, turned_lift = ideal_flow(mirrored, -5, x, -y)
    np.testing.assert_allclose(turned * [1, 1, -1], fields, atol=1e-9)
    assert turned_lift == pytest.approx(-lift)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0)])
def test_fields_have_the_shape_of_the_points(shape):
    outline = naca("0012")[::20]
    fields, lift = ideal_flow(outline, 3, np.ones(shape), np.ones(shape, int))
    assert fields.shape == (*shape, 3)
    assert fields.dtype == np.float64
    assert np.ndim(lift) == 0


@pytest.mark.parametrize(
    "outline, received",
    [
        (circle(19), r"shape \(19,\)"),
        (circle(40).real, "float64"),
        (circle(40).reshape(2, 20), r"shape \(2, 20\)"),
        (circle(40)[::-1], "area of -0.782"),
        (np.append(circle(40), 0.5), "1 repeated point"),
        (np.full(40, np.nan + 0j), "area of nan"),
        (circle(40), "angle of 171 degrees"),
        (np.roll(naca("2412"), 200), "angle of 17. degrees"),
        (np.append(naca("2412"), 1 - 0.002j), "angle of 102 degrees"),
        (2 * naca("2412"), "a chord of 2"),
        (0.9 * naca("2412"), "a chord of 0.9"),
    ],
)
def test_bad_outlines_are_refused(outline, received):
    with pytest.raises(ValueError, match=f"`outline`.*Received: .*{received}"):
        ideal_flow(outline, 0.0, np.ones(3), np.ones(3))


def test_outlines_of_all_families_are_accepted_anywhere_in_the_plane():
    rng = np.random.default_rng(0)
    for _ in range(100):
        outline = shapes.outline(shapes.random_spec(rng))[:: rng.integers(1, 21)]
        ideal_flow(outline + 3 - 1j, 5.0, 0.0, 1.0)


def test_points_of_different_shape_are_refused():
    with pytest.raises(ValueError, match="`x` and `y` must have the same shape"):
        ideal_flow(circle(40), 0.0, np.ones(3), np.ones((3, 1)))
