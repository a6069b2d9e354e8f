"""Training: named losses, a compiled loop for first-order optimizers, and L-BFGS.

Nothing here knows about equations or grids. A loss is a callable without arguments that
returns named scalars, ``{"residual": ..., "boundary": ...}``; `weights` is a dictionary
with the same names. Data that change during training are tf.Variable objects.
"""

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from . import _checks, progress


def mean_square(a, b=None):
    """Mean square of `a`, or of the difference a − b.

    Args:
        a: A tensor of any shape.
        b: None, or a tensor of the same shape as `a`.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the shapes differ; nothing is broadcast.
    """
    a = tf.convert_to_tensor(a)
    if b is not None:
        b = tf.convert_to_tensor(b, a.dtype)
        _checks.same_shape("a", a, "b", b)
        a = a - b
    return tf.reduce_mean(tf.square(a))


def fit(
    losses,
    variables,
    *,
    optimizer,
    n_iterations,
    weights=None,
    n_compiled=500,
    between=None,
    label="iteration",
):
    """Minimize a weighted sum of named losses with a Keras optimizer.

    Up to `n_compiled` iterations run in one call of one XLA-compiled function.

    Args:
        losses: Callable () -> {name: scalar}.
        variables: List of tf.Variable objects to train, or a model's trainable ones.
        optimizer: A fresh keras.optimizers.Optimizer.
        n_iterations: Number of updates.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        n_compiled: Iterations in one compiled call.
        between: None, or a callable that is given the number of iterations done, before
            each compiled call; it may assign new values to points and data.
        label: What the progress line counts.

    Returns:
        History {name: array of n_iterations values, "total": ...}, each value taken
        before the update of its iteration, so the first ones are the start's.

    Raises:
        ValueError: If weights and losses have different names, or if a variable does
            not influence the loss.
        FloatingPointError: If the loss stops being finite.
    """
    _checks.whole("n_iterations", n_iterations)
    names = list(losses())
    iterations = compile_iterations(
        losses, variables, optimizer=optimizer, weights=weights, n_compiled=n_compiled
    )
    history, done = [], 0
    while done < n_iterations:
        if between is not None:
            between(done)
        n = min(n_compiled, n_iterations - done)
        history.append(iterations(n))
        _check_finite(history[-1][:, -1], done)
        done += n
        progress.show(done, n_iterations, label)
    columns = np.concatenate(history).T
    return dict(zip([*names, "total"], columns, strict=True))


def compile_iterations(losses, variables, *, optimizer, weights=None, n_compiled=500):
    """The loop of `fit`: many iterations in one call of one XLA-compiled function.

    Args:
        losses: As in `fit`.
        variables: As in `fit`.
        optimizer: As in `fit`.
        weights: As in `fit`.
        n_compiled: Largest number of iterations in one call.

    Returns:
        A callable n -> values, shape (n, n_losses + 1): n ≤ n_compiled iterations, and
        the named losses with their weighted sum before each update.

    Raises:
        ValueError: As `fit`.
    """
    _checks.whole("n_compiled", n_compiled)
    variables = _tensorflow_variables(variables)
    optimizer.build(variables)
    names = list(losses())

    def iteration():
        with tf.GradientTape() as tape:
            terms = losses()
            total = weighted_sum(terms, weights)
        optimizer.apply_gradients(
            zip(_gradients(tape, total, variables), variables, strict=True)
        )
        return tf.stack([terms[name] for name in names] + [total])

    @tf.function(jit_compile=True, autograph=False)
    def iterations(n):
        dtype = variables[0].dtype
        values = tf.zeros((n_compiled, len(names) + 1), dtype)

        def body(i, v):
            return i + 1, tf.tensor_scatter_nd_update(v, [[i]], [iteration()])

        return tf.while_loop(lambda i, _: i < n, body, (0, values))[1]

    # Traced here, once: TensorFlow would warn of retracing when `fit` is called often.
    iterations = iterations.get_concrete_function(tf.TensorSpec((), tf.int32))
    return lambda n: iterations(tf.constant(n)).numpy()[:n]


def minimize_lbfgs(
    losses,
    variables,
    *,
    n_iterations,
    weights=None,
    label="L-BFGS iteration",
):
    """Minimize a weighted sum of named losses with SciPy's L-BFGS-B, in place.

    Loss and gradient are one XLA-compiled function. Line searches need accurate
    differences of the loss: use float64 variables where you can.

    Args:
        losses: Callable () -> {name: scalar}.
        variables: List of tf.Variable objects to train; they hold the result.
        n_iterations: Largest number of iterations.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        label: What the progress line counts.

    Returns:
        History {name: array, "total": array} with the values at the start and after
        each iteration, and "n_evaluations", the number of loss evaluations.

    Raises:
        ValueError: As `fit`.

    Reference: Byrd et al. 1995, doi:10.1137/0916069.
    """
    _checks.whole("n_iterations", n_iterations)
    variables = _tensorflow_variables(variables)
    names = list(losses())

    @tf.function(jit_compile=True, autograph=False)
    def evaluate():
        with tf.GradientTape() as tape:
            terms = losses()
            total = weighted_sum(terms, weights)
        grads = _gradients(tape, total, variables)
        flat = tf.concat([tf.reshape(g, (-1,)) for g in grads], axis=0)
        return total, flat, tf.stack([terms[name] for name in names] + [total])

    latest = {}

    def total_and_gradient(theta):
        assign_flat(variables, theta)
        total, flat, values = evaluate()
        latest[theta.tobytes()] = values.numpy()
        return float(total), flat.numpy().astype(np.float64)

    def after_iteration(theta):
        rows.append(latest[theta.tobytes()])
        latest.clear()
        if len(rows) % 100 == 1 and len(rows) <= n_iterations:
            progress.show(len(rows) - 1, n_iterations, label)

    start = flatten(variables)
    rows = [evaluate()[2].numpy()]
    options = {"maxiter": n_iterations, "maxfun": 10 * n_iterations, "maxcor": 50}
    result = minimize(
        total_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=after_iteration,
        options=options | {"ftol": 0.0, "gtol": 0.0},
    )
    assign_flat(variables, result.x)
    progress.show(n_iterations, n_iterations, label)
    history = dict(zip([*names, "total"], np.array(rows).T, strict=True))
    return history | {"n_evaluations": int(result.nfev)}


def weighted_sum(terms, weights=None):
    """Weighted sum of named scalars.

    Args:
        terms: Dictionary {name: scalar tensor}.
        weights: Dictionary {name: weight} with the same names, or None: all are 1.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the names differ.
    """
    if weights is None:
        return tf.add_n(list(terms.values()))
    if set(weights) != set(terms):
        raise ValueError(
            f"`weights` must name the losses {sorted(terms)}. Received: weights for "
            f"{sorted(weights)}. Give one weight for each name."
        )
    return tf.add_n([weights[name] * term for name, term in terms.items()])


def flatten(variables):
    """All values of a list of variables in one float64 NumPy vector."""
    return np.concatenate([np.ravel(v.numpy()) for v in variables]).astype(np.float64)


def assign_flat(variables, values):
    """Put a vector made by `flatten` back into the variables.

    Args:
        variables: List of tf.Variable objects.
        values: NumPy vector with as many values as the variables have together.

    Raises:
        ValueError: If the number of values differs.
    """
    sizes = [int(np.prod(v.shape)) for v in variables]
    if len(values) != sum(sizes):
        raise ValueError(
            f"`values` must have {sum(sizes)} entries, as the variables. Received: "
            f"{len(values)}. Make it with training.flatten(variables)."
        )
    parts = np.split(np.asarray(values), np.cumsum(sizes)[:-1])
    for variable, part in zip(variables, parts, strict=True):
        variable.assign(
            part.reshape(variable.shape).astype(variable.dtype.as_numpy_dtype)
        )


def _tensorflow_variables(variables):
    """Accept Keras variables (of a model) and TensorFlow variables alike."""
    return [
        getattr(v, "value", v) if hasattr(v, "regularizer") else v for v in variables
    ]


def _gradients(tape, total, variables):
    grads = tape.gradient(total, variables)
    for i, (grad, variable) in enumerate(zip(grads, variables, strict=True)):
        if grad is None:
            raise ValueError(
                f"`variables` must all influence the loss. Received: variables[{i}] "
                f"({variable.name}, shape {tuple(variable.shape)}) with a gradient of "
                "None. Leave it out, or add a loss term that depends on it."
            )
    return grads


def _check_finite(total, done):
    if not np.isfinite(total).all():
        first = int(np.argmin(np.isfinite(total)))
        raise FloatingPointError(
            f"`losses` must stay finite. Received: a loss of {total[first]} at "
            f"iteration {done + first}. Use a smaller learning rate; check the data."
        )
