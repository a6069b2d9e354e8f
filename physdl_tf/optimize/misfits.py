"""Misfits row by row, and their Jacobian: what Gauss-Newton needs, from a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from .losses import assign_flat, tensorflow_variables
from .xla import compiled

Functions = tuple[
    Callable[[np.ndarray], np.ndarray],
    Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
]


def compile_misfits(
    misfits: Callable[[tf.Tensor], tf.Tensor],
    variables: Sequence[keras.Variable | tf.Variable],
    table: tf.Tensor | tf.Variable,
    *,
    jit_compile: bool = True,
) -> Functions:
    """Compile misfits and their Jacobian, for `minimize_least_squares`.

    ``r, jacobian = compile_misfits(misfits, variables, table)``, and then
    ``minimize_least_squares(r, jacobian, flatten(variables), n_iterations=100)``.

    A row of the table may be a collocation point, a measurement, or both, with weights
    for what it counts. Each entry of the Jacobian's row is one tape's gradient; all
    rows are computed together, by vectorized_map.

    Args:
        misfits: Callable of a table, shape (n, n_columns), that returns misfits of
            shape (n, m). Each of its rows may depend on the same row of the table
            only.
        variables: What is trained, float64. They are set to the parameters of the
            last call, which after a minimization need not be the best ones: use
            ``assign_flat(variables, result.variables)``.
        table: A float64 tensor, or a variable that is assigned new values of the same
            shape between two minimizations, without compiling anew.
        jit_compile: Whether XLA compiles the misfits and the Jacobian.

    Returns:
        Two functions of a vector θ, as `flatten` makes it. The first gives the misfits
        r, n m values; the second r and the transposed Jacobian Jᵀ, of shape
        (n_parameters, n m).

    Raises:
        ValueError: If `misfits` does not return (n, m), is not finite, mixes rows, or
            if XLA cannot compile it.

    Chapter: book/pinn/your-equation.
    """
    table = table if isinstance(table, tf.Variable) else tf.convert_to_tensor(table)
    _check_rows(misfits, table)
    tensors = tensorflow_variables(variables)

    def compute(rows):
        return tf.reshape(misfits(rows), [-1])

    def one_row(row):
        with tf.GradientTape(persistent=True) as tape:
            entries = tf.unstack(misfits(row[None])[0])
        gradients = [
            tape.gradient(e, tensors, unconnected_gradients="zero") for e in entries
        ]
        return tf.stack(
            [tf.concat([tf.reshape(g, [-1]) for g in gs], axis=0) for gs in gradients]
        )

    def differentiate(rows):
        jacobian = tf.vectorized_map(one_row, rows)  # (n, m, n_parameters)
        return tf.transpose(tf.reshape(jacobian, (-1, jacobian.shape[-1])))

    rows = tf.TensorSpec(table.shape, table.dtype)
    compute, differentiate = (
        compiled(function, rows, jit_compile=jit_compile, name="misfits")
        for function in (compute, differentiate)
    )

    def residual(theta):
        assign_flat(variables, theta)
        return compute(tf.convert_to_tensor(table)).numpy()

    def residual_and_jacobian(theta):
        return residual(theta), differentiate(tf.convert_to_tensor(table)).numpy()

    return residual, residual_and_jacobian


def _check_rows(misfits, table):
    """Raise unless the misfits of a row are the same with and without the others."""
    found = misfits(tf.convert_to_tensor(table))
    n = table.shape[0]
    if found.shape.rank != 2 or found.shape[0] != n:
        raise ValueError(
            "`misfits` must return an array of shape (n, m), with a row for each row "
            f"of the table. Received: shape {tuple(found.shape)} for n = {n}. Use "
            "tf.concat([...], axis=1) of columns."
        )
    if not np.all(np.isfinite(found)):
        raise ValueError(
            "`misfits` must be finite at the start. Received: "
            f"{int(np.sum(~np.isfinite(found)))} of {np.size(found)} values that are "
            "not. Check the table, or use another start."
        )
    scale = tf.reduce_max(tf.abs(found))
    for i in (0, n // 2):
        alone = misfits(table[i : i + 1])
        if tf.reduce_max(tf.abs(alone - found[i : i + 1])) > 1e-6 * scale:
            raise ValueError(
                "`misfits` must treat each row of the table by itself. Received: row "
                f"{i} gives another misfit alone than among the others. Leave out "
                "means, sums and differences over rows."
            )
