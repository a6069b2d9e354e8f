import itertools

import airfoil_flows
from physdl_tf.airfoils import dataset, shapes

import numpy as np
import pytest

SPECS = [
    shapes.naca("0012"),
    shapes.naca("6421"),
    shapes.naca("23012"),
    {"kind": "jouk", "thick": 0.09, "camber": 0.08, "tau": 0.2},
]

each_family = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])


def camber_line(digits):
    """Middle between the upper and the lower side, without the two edges."""
    z = shapes.outline(shapes.naca(digits))
    return 0.5 * (z[199:0:-1] + z[201:])


@each_family
def test_outlines_are_closed_and_run_counter_clockwise_from_edge_to_edge(spec):
    z = shapes.outline(spec)
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
    z = shapes.outline(shapes.naca("0012"))[200::-1]
    closed = np.array(y) - 0.6 * (0.1036 - 0.1015) * x**4
    np.testing.assert_allclose(np.interp(x, z.real, z.imag), closed, atol=1e-5)


def test_naca_4412_has_its_camber_where_its_digits_say():
    line = camber_line("4412")
    highest = np.argmax(line.imag)
    assert line[highest].imag == pytest.approx(0.04, abs=1e-5)
    assert line[highest].real == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("digits", ["6412", "23012"])
def test_thickness_is_normal_to_the_camber_line(digits):
    z = shapes.outline(shapes.naca(digits))
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
    z = shapes.joukowski(0.08, 0.05, tau)
    angle = np.angle((z[1] - z[0]) / (z[-1] - z[0]))
    assert abs(angle) == pytest.approx(tau, abs=0.02)


@pytest.mark.parametrize("digits", ["012", "26112", "20012", "x012", "2012", "0412"])
def test_a_number_that_is_no_naca_airfoil_is_refused(digits):
    with pytest.raises(ValueError, match="`digits` must be a NACA number"):
        shapes.naca(digits)


@pytest.mark.parametrize("spec", [{"kind": "naca6", "t": 0.1}, {"t": 0.1}])
def test_an_unknown_family_is_refused(spec):
    with pytest.raises(ValueError, match="must be one of .*'jouk', 'naca4', 'naca5'"):
        shapes.outline(spec)


@pytest.mark.parametrize("digits, text", [(2412, "'2412'"), (12, "'0012'")])
def test_a_naca_number_is_a_string_since_it_may_begin_with_zeros(digits, text):
    with pytest.raises(TypeError, match=f"`digits` must be a string.*{text}"):
        shapes.naca(digits)


def test_an_outline_is_made_from_a_spec():
    with pytest.raises(TypeError, match="`spec` must be a dictionary.*'0012'.*naca"):
        shapes.outline("0012")


def test_parameters_of_another_family_are_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        shapes.outline(shapes.naca("23012") | {"kind": "naca4"})


@pytest.mark.parametrize(
    "digits, change, message",
    [
        ("2412", {"p": 0.0}, "`p` must lie between 0 and 1. Received: p=0.0"),
        ("2412", {"p": 1.0}, "`p` must lie between 0 and 1"),
        ("2412", {"t": 0.0}, "`t` must be positive"),
        ("23012", {"t": -0.1}, "`t` must be positive"),
        ("23012", {"pdigit": 6}, r"`pdigit` must be one of \[1, 2, 3, 4, 5\]"),
    ],
)
def test_parameters_out_of_range_are_refused(digits, change, message):
    with pytest.raises(ValueError, match=message):
        shapes.outline(shapes.naca(digits) | change)


@pytest.mark.parametrize(
    "thick, tau, message",
    [
        (0.0, 0.2, "`thick` must be positive"),
        (0.1, -0.1, "`tau` must lie between 0 and 3.14"),
        (0.1, np.pi, "`tau` must lie between"),
    ],
)
def test_joukowski_parameters_out_of_range_are_refused(thick, tau, message):
    with pytest.raises(ValueError, match=message):
        shapes.joukowski(thick, 0.05, tau)
    shapes.joukowski(0.1, 0.05, 0.0)  # a cusp is in range


def test_the_draws_are_those_of_the_shipped_data():
    flows = dataset.load()
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
