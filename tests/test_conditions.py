from physdl_tf import networks
from physdl_tf.pinn import conditions, derivatives, taylor
from physdl_tf.pinn.conditions import DIRICHLET, NEUMANN, interval, periodic

import numpy as np
import pytest
import tensorflow as tf

ROBIN = (2.0, -0.7)
KINDS = [None, DIRICHLET, NEUMANN, ROBIN]


def ansatz(axes, seed=0, lift=None):
    net = networks.mlp(
        *conditions.sizes(axes), width=8, depth=2, seed=seed, dtype="float64"
    )
    return conditions.Ansatz(net, axes, lift=lift)


def points(n, *values):
    """Random columns; a number is the same in all rows."""
    rng = np.random.default_rng(0)
    return [
        tf.constant(rng.uniform(-1, 2, (n, 1)) if v is None else np.full((n, 1), v))
        for v in values
    ]


def violation(u, end, pair, name, place):
    x, y = place
    found = derivatives.partials(u, name, x=x, y=y)
    return np.abs(pair[0] * found[0] + pair[1] * found[1]).max()


@pytest.mark.parametrize("low", KINDS)
@pytest.mark.parametrize("high", KINDS)
def test_an_interval_keeps_its_conditions(low, high):
    u = ansatz({"x": interval((-1, 2), low=low, high=high), "y": conditions.FREE})
    for end, pair in ((-1.0, low), (2.0, high)):
        if pair is not None:
            assert violation(u, end, pair, "x", points(9, end, None)) <= 1e-13


def test_a_rectangle_keeps_its_conditions_on_all_sides():
    axes = {
        "x": interval((-1, 2), low=DIRICHLET, high=ROBIN),
        "y": interval((0, 1), low=NEUMANN, high=(1.0, 3.0)),
    }
    u = ansatz(axes)
    assert violation(u, -1.0, DIRICHLET, "x", points(9, -1.0, None)) <= 1e-13
    assert violation(u, 2.0, ROBIN, "x", points(9, 2.0, None)) <= 1e-13
    assert violation(u, 0.0, NEUMANN, "y", points(9, None, 0.0)) <= 1e-13
    assert violation(u, 1.0, (1.0, 3.0), "y", points(9, None, 1.0)) <= 1e-13


def test_a_periodic_ansatz_repeats_with_all_its_derivatives():
    u = ansatz({"x": periodic((-1, 2)), "y": conditions.FREE})
    x, y = points(9, None, None)
    here = derivatives.partials(u, "x xx", x=x, y=y)
    there = derivatives.partials(u, "x xx", x=x + 3, y=y)
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13)


def test_a_lift_brings_other_right_hand_sides():
    axes = {"x": interval((0, 1), low=DIRICHLET, high=NEUMANN), "y": conditions.FREE}
    u = ansatz(axes, lift=lambda x, y: tf.cos(y) + 3 * x)
    x, y = points(9, 0.0, None)
    np.testing.assert_allclose(u(x, y), np.cos(y), atol=1e-13)
    x, y = points(9, 1.0, None)
    _, u_x = derivatives.partials(u, "x", x=x, y=y)
    np.testing.assert_allclose(u_x, 3, atol=1e-13)


@pytest.mark.parametrize("low", KINDS)
@pytest.mark.parametrize("high", KINDS)
def test_the_ansatz_leaves_out_no_function_that_satisfies_the_conditions(low, high):
    """With polynomials for the outputs it spans all polynomials that do.

    Those of degree ≤ 6 that satisfy k conditions are a space of dimension 7 − k.
    """
    axis = interval((-1, 2), low=low, high=high)
    x = np.linspace(-1, 2, 50)[:, None]
    columns = []
    for weight, end in axis.terms:
        free = 6 - weight.degree() if end is None else 0
        columns += [weight(x) * x**k for k in range(free + 1)]
    n_conditions = sum(pair is not None for pair in (low, high))
    assert np.linalg.matrix_rank(np.hstack(columns)) == 7 - n_conditions


def test_an_ansatz_of_float32_stays_float32():
    axes = {"x": interval((0, 1), low=NEUMANN), "y": periodic((0, 1))}
    net = networks.mlp(*conditions.sizes(axes), width=4, depth=1, seed=0)
    x = tf.random.stateless_uniform((5, 1), [0, 0])
    assert conditions.Ansatz(net, axes)(x, x).dtype == tf.float32


def test_a_network_of_other_sizes_is_refused():
    net = networks.mlp(2, 1, width=4, depth=1, seed=0)
    axes = {"x": interval((0, 1), low=NEUMANN), "y": periodic((0, 1))}
    with pytest.raises(ValueError, match=r"3 input\(s\) and 2 output\(s\).*2 and 1"):
        conditions.Ansatz(net, axes)


def test_conditions_that_are_none_are_refused():
    with pytest.raises(ValueError, match="other than \\(0, 0\\)"):
        interval((0, 1), low=(0.0, 0.0))
    with pytest.raises(ValueError, match="`bounds` must be a pair"):
        interval((1, 0))
    with pytest.raises(ValueError, match="`bounds` must be a pair"):
        periodic((1, 0))


@pytest.mark.parametrize("how", [derivatives.partials, taylor.partials])
def test_coordinates_of_an_ansatz_are_taken_in_its_order_only(how):
    axes = {"x": conditions.FREE, "y": conditions.FREE}
    network = networks.mlp(
        *conditions.sizes(axes), width=4, depth=1, seed=0, dtype="float64"
    )
    ansatz = conditions.Ansatz(network, axes)
    x, y = tf.zeros((3, 1), "float64"), tf.ones((3, 1), "float64")
    how(ansatz, "x", x=x, y=y)
    with pytest.raises(ValueError, match=r"in its order. Received: \['y', 'x'\]"):
        how(ansatz, "x", y=y, x=x)
    with pytest.raises(ValueError, match=r"for the axes \['x', 'y'\]"):
        how(ansatz, "x", x=x, t=y)
