import itertools

import airfoil_flows
import airfoil_mesh
from physdl_tf import airfoil_shapes, datasets

import numpy as np
import pytest

SPECS = [
    airfoil_shapes.naca("0012"),
    airfoil_shapes.naca("6421"),
    airfoil_shapes.naca("23012"),
    {"kind": "jouk", "thick": 0.09, "camber": 0.08, "tau": 0.2},
]
ALPHA = np.radians(4)

each_family = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])


def mapped(spec):
    return airfoil_mesh.airfoil_map(airfoil_shapes.outline(spec))


def camber_line(digits):
    """Middle between the upper and the lower side, without the two edges."""
    z = airfoil_shapes.outline(airfoil_shapes.naca(digits))
    return 0.5 * (z[199:0:-1] + z[201:])


# Shapes.


@each_family
def test_outlines_are_closed_and_run_counter_clockwise_from_edge_to_edge(spec):
    z = airfoil_shapes.outline(spec)
    following = np.roll(z, -1)
    area = 0.5 * np.sum((z.conj() * following).imag)
    assert 0.05 < area < 0.2
    assert z[0] == pytest.approx(1)
    assert np.abs(z).min() < 1e-12
    assert np.abs(following - z).max() < 0.02  # no gap


def test_naca_0012_has_the_published_thickness():
    # Abbott and von Doenhoff 1959, half thickness; theirs is open at the trailing edge.
    x = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    y = [
        0.03555,
        0.04683,
        0.05738,
        0.06002,
        0.05803,
        0.05294,
        0.04563,
        0.03664,
        0.02623,
    ]
    z = airfoil_shapes.outline(airfoil_shapes.naca("0012"))[200::-1]
    closed = np.array(y) - 0.6 * (0.1036 - 0.1015) * x**4
    np.testing.assert_allclose(np.interp(x, z.real, z.imag), closed, atol=1e-5)


def test_naca_4412_has_its_camber_where_its_digits_say():
    line = camber_line("4412")
    highest = np.argmax(line.imag)
    assert line[highest].imag == pytest.approx(0.04, abs=1e-5)
    assert line[highest].real == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("digits", ["6412", "23012"])
def test_thickness_is_normal_to_the_camber_line(digits):
    z = airfoil_shapes.outline(airfoil_shapes.naca(digits))
    across = z[199:0:-1] - z[201:]
    along = np.gradient(camber_line(digits))
    angle = np.angle(across / along)
    np.testing.assert_allclose(angle, np.pi / 2, atol=0.01)


@pytest.mark.parametrize("digit", [1, 2, 3, 4, 5])
def test_naca_5_digit_airfoils_have_their_camber_where_their_digit_says(digit):
    line = camber_line(f"2{digit}012")
    assert line[np.argmax(line.imag)].real == pytest.approx(0.05 * digit, abs=0.01)


@pytest.mark.parametrize("digit", [1, 2, 3, 4, 5])
def test_naca_5_digit_airfoils_have_their_design_lift(digit):
    line = camber_line(f"2{digit}012")
    theta = np.arccos(1 - 2 * line.real)
    slope = np.gradient(line.imag, line.real)
    # Thin-airfoil theory at the design angle; the ends are cut off.
    lift = 2 * np.trapezoid(slope * np.cos(theta), theta)
    assert lift == pytest.approx(0.3, abs=0.012)


@pytest.mark.parametrize("tau", [0.1, 0.3])
def test_joukowski_airfoils_have_the_given_angle_at_the_trailing_edge(tau):
    z = airfoil_shapes.joukowski(0.08, 0.05, tau)
    angle = np.angle((z[1] - z[0]) / (z[-1] - z[0]))
    assert abs(angle) == pytest.approx(tau, abs=0.02)


def test_a_number_that_is_no_naca_airfoil_is_refused():
    for digits in ("012", "26112", "20012", "x012"):
        with pytest.raises(ValueError, match="`digits` must be a NACA number"):
            airfoil_shapes.naca(digits)


def test_the_draws_are_those_of_the_shipped_data():
    flows = datasets.airfoils()
    tried = 0
    for seed, part in ((101, slice(520)), (202, slice(520, 1040))):
        cases = itertools.islice(airfoil_flows.random_cases(seed), 600)
        specs, angles, numbers = zip(*cases, strict=True)
        places = [specs.index(spec) for spec in flows.specs[part]]
        assert places == sorted(places)
        np.testing.assert_allclose(np.take(angles, places), flows.angle[part], 1e-6)
        np.testing.assert_allclose(np.take(numbers, places), flows.reynolds[part], 1e-6)
        tried += places[-1] + 1
    assert tried == 1074  # 34 did not settle


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
    z = airfoil_shapes.outline(spec)
    start, side = z, np.roll(z, -1) - z
    wall = mapped(spec)(np.exp(2j * np.pi * np.arange(1000) / 1000))[:, None]
    along = np.clip(((wall - start) / side).real, 0, 1)
    distance = np.abs(wall - start - along * side).min(axis=1)
    assert distance.max() < 1e-4


@each_family
def test_the_edge_of_the_map_is_the_trailing_edge_with_its_angle(spec):
    z, m = airfoil_shapes.outline(spec), mapped(spec)
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
    z = airfoil_shapes.outline(SPECS[0])
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
    flow = airfoil_mesh.ideal_flow(m, 0.0)
    # The last cell lies behind the trailing edge, the others mirror one another.
    np.testing.assert_allclose(flow[:, :-1], flow[:, -2::-1].conj(), atol=1e-6)
