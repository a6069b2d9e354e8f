import airfoil_mesh
from physdl_tf.airfoils import shapes
from physdl_tf.airfoils.panels import ideal_flow

import numpy as np
import pytest

RADIUS = 0.5
TURNS = np.arange(48) / 48
NAMES = ["0012", "6421", "23012"]


def circle(n):
    return RADIUS * np.exp(2j * np.pi * np.arange(n) / n)


def naca(digits):
    return shapes.outline(shapes.naca(digits))


def velocity(outline, angle, z):
    """Velocity u_x + i u_y at points z."""
    fields, _ = ideal_flow(outline, angle, z.real, z.imag)
    return fields[..., 1] + 1j * fields[..., 2]


def around_circle(angle, z):
    """Closed form of the fields; the rear point, on the x axis, is a stagnation one."""
    alpha = np.radians(angle)
    circulation = 4 * np.pi * RADIUS * np.sin(alpha)
    w = np.exp(-1j * alpha) - RADIUS**2 * np.exp(1j * alpha) / z**2
    w += 1j * circulation / (2 * np.pi * z)
    p = 0.5 * (1 - w.real**2 - w.imag**2)
    return np.stack([p, w.real, -w.imag], -1), 2 * circulation


@pytest.mark.parametrize("angle", [0, 10, -25])
def test_flow_around_a_circle_converges_to_the_closed_form_at_first_order(angle):
    z = np.linspace(1.1, 4, 20)[:, None] * RADIUS * np.exp(2j * np.pi * TURNS)
    exact, exact_lift = around_circle(angle, z)
    panels, errors = [50, 100, 200, 400], []
    for n in panels:
        fields, lift = ideal_flow(circle(n), angle, z.real, z.imag)
        errors.append(np.abs(fields - exact).max())
        assert abs(lift - exact_lift) <= 0.8 / n * abs(exact_lift) + 1e-12
    order = -np.polyfit(np.log(panels), np.log(errors), 1)[0]
    assert errors[-1] < 0.015
    assert 0.9 < order < 1.1


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
    center = complex(-thick, camber)
    circle = center + (1 - center) * np.exp(2j * np.pi * np.arange(1, 400) / 400)
    k = 2 - tau / np.pi
    z = np.append(k, shapes.karman_trefftz(circle, k, 1.0))
    chord = z[0] - z[np.argmax(np.abs(z - z[0]))]
    edge = -np.arcsin(camber / abs(1 - center))  # its angle on the circle
    alpha = np.radians(angle) + np.angle(chord)
    exact = 8 * np.pi * abs(1 - center) / abs(chord) * np.sin(alpha - edge)
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
    fields, lift = ideal_flow(circle(20), 3, np.ones(shape), np.ones(shape, int))
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
        (np.append(circle(40), RADIUS), "1 repeated point"),
        (np.full(40, np.nan + 0j), "area of nan"),
    ],
)
def test_bad_outlines_are_refused(outline, received):
    with pytest.raises(ValueError, match=f"`outline`.*Received: .*{received}"):
        ideal_flow(outline, 0.0, np.ones(3), np.ones(3))


def test_points_of_different_shape_are_refused():
    with pytest.raises(ValueError, match="`x` and `y` must have the same shape"):
        ideal_flow(circle(40), 0.0, np.ones(3), np.ones((3, 1)))
