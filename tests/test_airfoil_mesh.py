import airfoil_mesh
from physdl_tf.airfoils import shapes

import numpy as np
import pytest

SPECS = [
    shapes.naca("0012"),
    shapes.naca("6421"),
    shapes.naca("23012"),
    {"kind": "jouk", "thick": 0.09, "camber": 0.08, "tau": 0.2},
]
ALPHA = np.radians(4)

each_family = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])


def mapped(spec):
    return airfoil_mesh.airfoil_map(shapes.outline(spec))


# Mesh.


@each_family
def test_cells_have_positive_areas_and_right_angles(spec):
    corners = airfoil_mesh.mesh(mapped(spec))
    closed = np.append(corners, corners[:, :1], axis=1)
    low, high = 0.5 * (closed[:-1] + closed[1:]), 0.5 * (closed[:, :-1] + closed[:, 1:])
    turn = np.angle(np.diff(low, axis=1) / np.diff(high, axis=0))
    assert np.degrees(np.abs(turn - np.pi / 2)).max() < 1
    areas = airfoil_mesh.cell_areas(corners)
    assert areas.min() > 0
    circle = np.pi * airfoil_mesh.FAR_FIELD**2
    assert areas.sum() == pytest.approx(circle, rel=2e-3)  # a ring of 160 sides


@each_family
def test_the_wall_lies_on_the_outline(spec):
    z = shapes.outline(spec)
    start, side = z, np.roll(z, -1) - z
    wall = mapped(spec)(np.exp(2j * np.pi * np.arange(1000) / 1000))[:, None]
    along = np.clip(((wall - start) / side).real, 0, 1)
    distance = np.abs(wall - start - along * side).min(axis=1)
    assert distance.max() < 1e-4


@each_family
def test_the_edge_of_the_map_is_the_trailing_edge_with_its_angle(spec):
    z, m = shapes.outline(spec), mapped(spec)
    edge, before, after = m(np.exp(1j * (m.phi_edge + np.array([0, -1e-3, 1e-3]))))
    assert edge == pytest.approx(1, abs=1e-12)
    angle = np.angle((z[1] - 1) / (z[-1] - 1))
    assert np.angle((after - 1) / (before - 1)) == pytest.approx(angle, abs=0.01)


def test_the_mesh_covers_the_window_and_ends_at_the_far_field():
    corners = airfoil_mesh.mesh(mapped(SPECS[0]))
    assert corners.shape == (61, 160)
    np.testing.assert_allclose(np.abs(corners[-1]), 60, atol=1)
    assert np.abs(corners[1] - corners[0]).max() == pytest.approx(4e-4, rel=0.15)


def test_an_outline_that_crosses_itself_is_refused():
    z = shapes.outline(SPECS[0])
    with pytest.raises(ValueError):
        airfoil_mesh.airfoil_map(z + 0.3j * np.sin(40 * z.real))


# Ideal flow.


@each_family
def test_ideal_flow_is_the_freestream_far_away_and_tangent_at_the_wall(spec):
    m = mapped(spec)
    far = m.velocity(np.array([1e6 + 0j, 1e6j, -1e6 + 0j]), ALPHA)
    np.testing.assert_allclose(far, np.exp(1j * ALPHA), atol=1e-5)
    phi = 2 * np.pi * (np.arange(200) + 0.5) / 200
    h = 1e-5
    along = m(np.exp(1j * (phi + h))) - m(np.exp(1j * (phi - h)))
    velocity = m.velocity(np.exp(1j * phi), ALPHA)
    across = (velocity * along.conj()).imag / np.abs(along)
    np.testing.assert_allclose(across, 0, atol=1e-5)


@each_family
def test_the_trailing_edge_is_a_stagnation_point(spec):
    """The Kutta condition; at any other circulation the speed there is infinite."""
    m = mapped(spec)
    near = np.exp(1j * (m.phi_edge + np.array([-1e-3, 1e-3])))
    assert np.abs(m.velocity(near, ALPHA)).max() < 1


@each_family
def test_circulation_around_any_ring_gives_the_lift(spec):
    m = mapped(spec)
    turns = np.exp(2j * np.pi * np.arange(400) / 400)
    for radius in (1.5, 10):
        z, velocity = m(radius * turns), m.velocity(radius * turns, ALPHA)
        tangent = np.fft.ifft(np.fft.fft(z) * np.fft.fftfreq(400, 1 / 400)) * 2j * np.pi
        circulation = np.mean(velocity.conj() * tangent)
        # Clockwise for positive lift; nothing flows out through the ring.
        assert circulation == pytest.approx(-m.lift(ALPHA) / 2, abs=1e-6)


def test_joukowski_airfoils_have_the_lift_of_the_closed_formula():
    thick, camber, tau = 0.1, 0.05, 0.15
    center, radius = complex(-thick, camber), np.hypot(1 + thick, camber)
    # The chord is scaled to 1 and turned to the x axis: undo that with its two ends,
    # of which the leading edge is one of 400 points.
    circle = center + (1 - center) * np.exp(2j * np.pi * np.arange(1, 400) / 400)
    k = 2 - tau / np.pi
    q = ((circle - 1) / (circle + 1)) ** k
    plane = k * (1 + q) / (1 - q)
    chord = k - plane[np.argmax(np.abs(plane - k))]
    beta = np.arcsin(camber / radius)
    angle = ALPHA + np.angle(chord) + beta
    lift = 8 * np.pi * radius * np.sin(angle) / abs(chord)
    spec = {"kind": "jouk", "thick": thick, "camber": camber, "tau": tau}
    assert mapped(spec).lift(ALPHA) == pytest.approx(lift, rel=2e-4)


def test_thickness_raises_the_lift_slope_of_naca_0012():
    m = mapped(SPECS[0])
    slope = m.lift(ALPHA) / np.sin(ALPHA)
    assert slope == pytest.approx(2 * np.pi * (1 + 0.77 * 0.12), rel=0.01)  # known fit
    assert m.lift(0) == pytest.approx(0, abs=1e-6)


def test_start_values_are_those_in_the_middle_of_the_cells():
    m = mapped(SPECS[0])
    flow = airfoil_mesh.cell_velocities(m, 0.0)
    # The last cell lies behind the trailing edge, the others mirror one another.
    np.testing.assert_allclose(flow[:, :-1], flow[:, -2::-1].conj(), atol=1e-6)
