"""Misfits row by row: their Jacobian, tables that change, and what is refused."""

from physdl_tf import networks
from physdl_tf.optimize import (
    assign_flat,
    compile_misfits,
    flatten,
    minimize_least_squares,
)

import numpy as np
import pytest
import tensorflow as tf


def exponential():
    """Variables a and b, and the misfits of a exp(−b t) and of its slope at t."""
    a, b = tf.Variable([1.0], dtype="float64"), tf.Variable([0.5], dtype="float64")

    def misfits(table):
        t, u, slope = tf.split(table, 3, axis=1)
        return tf.concat(
            [a * tf.exp(-b * t) - u, -a * b * tf.exp(-b * t) - slope], axis=1
        )

    return [a, b], misfits


def measured(a, b, n=7):
    t = np.linspace(0, 2, n)
    return np.stack([t, a * np.exp(-b * t), -a * b * np.exp(-b * t)], axis=1)


def test_jacobian_is_that_of_the_formula():
    variables, misfits = exponential()
    _, jacobian = compile_misfits(misfits, variables, measured(2.0, 1.5))
    r, transposed = jacobian(np.array([1.2, 0.7]))
    t, e = measured(2.0, 1.5)[:, 0], np.exp(-0.7 * measured(2.0, 1.5)[:, 0])
    by_a = np.stack([e, -0.7 * e], axis=1).ravel()
    by_b = 1.2 * np.stack([-t * e, -e + 0.7 * t * e], axis=1).ravel()
    np.testing.assert_allclose(transposed, [by_a, by_b], atol=1e-13)
    assert r.shape == (14,)


def test_jacobian_of_a_network_agrees_with_a_difference_quotient():
    network = networks.mlp(2, 2, width=5, depth=2, seed=0, dtype="float64")
    table = np.random.default_rng(0).uniform(-1, 1, (9, 2))
    functions = compile_misfits(
        lambda rows: network(rows) ** 2, network.trainable_variables, table
    )
    theta = flatten(network.trainable_variables)
    direction = np.random.default_rng(1).standard_normal(theta.size)
    plus, minus = (functions[0](theta + h * direction) for h in (1e-6, -1e-6))
    slope = direction @ functions[1](theta)[1]
    np.testing.assert_allclose((plus - minus) / 2e-6, slope, atol=1e-8)


def test_a_fit_finds_the_parameters_and_a_new_table_needs_no_new_trace():
    variables, misfits = exponential()
    traced = []

    def counted(table):
        traced.append(table)
        return misfits(table)

    table = tf.Variable(measured(2.0, 1.5))
    functions = compile_misfits(counted, variables, table)
    for a, b in ((2.0, 1.5), (3.0, 0.2)):
        table.assign(measured(a, b))
        n_traced = len(traced)
        result = minimize_least_squares(*functions, flatten(variables), n_iterations=40)
        np.testing.assert_allclose(result.variables, [a, b], atol=1e-8)
        assign_flat(variables, result.variables)
    assert len(traced) == n_traced  # none in the second fit


def test_a_variable_that_is_not_used_has_a_zero_row():
    variables, misfits = exponential()
    idle = tf.Variable([4.0], dtype="float64")
    _, jacobian = compile_misfits(misfits, [*variables, idle], measured(2.0, 1.5))
    assert np.all(jacobian(np.array([1.0, 0.5, 4.0]))[1][2] == 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda r: r[:, 1] - r[:, 0], r"shape \(n, m\).*Received: shape \(7,\)"),
        (lambda r: r[:3], r"shape \(n, m\).*Received: shape \(3, 3\)"),
        (lambda r: r - tf.reduce_mean(r, axis=0), "treat each row .* by itself"),
        (lambda r: r - tf.reverse(r, [0]), "treat each row .* by itself"),
        (lambda r: r + float("nan"), "must be finite at the start. Received: 21 of 21"),
    ],
)
def test_misfits_that_are_no_rows_are_refused(wrong, message):
    variables, _ = exponential()
    with pytest.raises(ValueError, match=message):
        compile_misfits(wrong, variables, measured(2.0, 1.5))


def test_what_xla_cannot_compile_has_a_way_out():
    variables, misfits = exponential()

    def printed(table):
        tf.print("row", output_stream="file:///dev/null")
        return misfits(table)

    with pytest.raises(ValueError, match="`misfits` must be .* jit_compile=False"):
        functions = compile_misfits(printed, variables, measured(2.0, 1.5))
        functions[0](np.array([1.0, 0.5]))
    functions = compile_misfits(
        printed, variables, measured(2.0, 1.5), jit_compile=False
    )
    found = minimize_least_squares(*functions, np.array([1.0, 0.5]), n_iterations=40)
    np.testing.assert_allclose(found.variables, [2.0, 1.5], atol=1e-8)
