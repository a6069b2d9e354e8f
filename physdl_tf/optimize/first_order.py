"""The compiled loop for first-order optimizers: Adam and its relatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from .. import _checks, progress
from .losses import (
    assign_flat,
    check_finite,
    flatten,
    loss_names,
    tensorflow_variables,
    value_and_gradients,
)
from .result import Result
from .xla import compiled


def fit(
    losses: Callable[[], Mapping[str, tf.Tensor]],
    variables: Sequence[tf.Variable],
    *,
    optimizer: keras.optimizers.Optimizer,
    n_iterations: int,
    weights: Mapping[str, float] | None = None,
    n_compiled: int = 500,
    between: Callable[[int], None] | None = None,
    validation: Callable[[], tf.Tensor] | None = None,
    patience: int = 5,
    label: str = "iteration",
    jit_compile: bool = True,
) -> Result:
    """Minimize a weighted sum of named losses with a Keras optimizer.

    Up to `n_compiled` iterations run in one call of one compiled function. An interrupt
    (Ctrl-C, or the stop button of a notebook) waits for the end of such a call; then
    the variables of the last iteration and the history so far are returned.

    To go on later, save the optimizer with the network in Keras's own format, and hand
    both to another `fit`: ``network.compile(optimizer)``, ``network.save("x.keras")``;
    ``network = keras.models.load_model("x.keras")``, ``network.optimizer``.

    Each `fit` compiles anew, and TensorFlow keeps 10 MB or more of it. To train the
    same loss again and again, make the loop once with `compile_iterations`, and note
    ``first = [v.numpy() for v in optimizer.variables]`` before its first call. Then,
    before each further training, assign a new start to the variables, and `first` to
    the optimizer's: zeros, but for the learning rate.

    Args:
        losses: Callable () -> {name: scalar}. Give it data as tensors: XLA copies
            NumPy arrays into its code, for each compilation anew.
        variables: List of tf.Variable objects to train, or a model's trainable ones.
        optimizer: A keras.optimizers.Optimizer, fresh or to be continued.
        n_iterations: Number of updates.
        weights: Dictionary {name: weight}; missing: all weights are 1.
        n_compiled: Iterations in one compiled call.
        between: None, or a callable that is given the number of iterations done, before
            each compiled call; it may assign new values to points and data, or save.
        validation: None, or a callable () -> scalar that is evaluated after each
            compiled call. The variables of its lowest value are kept in the end.
        patience: How many values in a row may be no lower than the lowest one before
            the training stops.
        label: What the progress line counts.
        jit_compile: Whether XLA compiles the loop. It leaves out the checks of
            tf.debugging, which are then made once, before the loop.

    Returns:
        A `Result`. Each value of its history was taken before the update of its
        iteration, so the first ones are the start's. With `validation`, its values are
        in the history by this name, one for each compiled call.

    Raises:
        ValueError: If weights and losses have different names, if a variable does not
            influence the loss, if a loss is no scalar, or if XLA cannot compile it.
        TypeError: If the losses have no names, `variables` is no list of them, or
            `optimizer` none of Keras.
        FloatingPointError: If the loss stops being finite.
    """
    _checks.whole("n_iterations", n_iterations)
    _checks.whole("patience", patience)
    names = loss_names(losses)
    iterations = compile_iterations(
        losses,
        variables,
        optimizer=optimizer,
        weights=weights,
        n_compiled=n_compiled,
        jit_compile=jit_compile,
    )
    history, checks, done = [], [], 0
    best = reason = None
    with progress.interruptible() as interrupted:
        while done < n_iterations:
            if between is not None:
                between(done)
            n = min(n_compiled, n_iterations - done)
            history.append(iterations(n))
            done += n
            if validation is not None:
                checks.append(float(validation()))
                check_finite(checks, what="validation loss")
                if np.argmin(checks) == len(checks) - 1:  # no tie with an earlier one
                    best = flatten(variables)
                elif len(checks) - np.argmin(checks) > patience:
                    reason = f"no lower validation loss in {patience} checks"
            if interrupted and done < n_iterations:
                reason = "interrupted"
            ended = reason if done < n_iterations else None
            progress.show(done, n_iterations, label, ended=ended)
            if ended:
                break
    if best is not None:
        assign_flat(variables, best)
    columns = np.concatenate(history).T
    found = dict(zip([*names, "total"], columns, strict=True))
    if validation is not None:
        found["validation"] = np.array(checks)
    return Result(
        variables=variables,
        history=found,
        converged=False,
        reason=reason or f"all {n_iterations} iterations done",
        n_evaluations=done,
    )


def compile_iterations(
    losses: Callable[[], Mapping[str, tf.Tensor]],
    variables: Sequence[tf.Variable],
    *,
    optimizer: keras.optimizers.Optimizer,
    weights: Mapping[str, float] | None = None,
    n_compiled: int = 500,
    jit_compile: bool = True,
) -> Callable[[int], np.ndarray]:
    """The loop of `fit`: many iterations in one call of one compiled function.

    Args:
        losses: As in `fit`.
        variables: As in `fit`.
        optimizer: As in `fit`.
        weights: As in `fit`.
        n_compiled: Largest number of iterations in one call.
        jit_compile: As in `fit`.

    Returns:
        A callable that does n ≤ n_compiled iterations and returns the named losses with
        their weighted sum before each update, shape (n, n_losses + 1). It raises a
        ValueError for a larger n, a FloatingPointError if the loss stops being finite.

    Raises:
        ValueError: As `fit`.
        TypeError: As `fit`.
    """
    _checks.whole("n_compiled", n_compiled)
    variables = tensorflow_variables(variables)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(
            "`optimizer` must be a keras.optimizers.Optimizer. Received: "
            f"optimizer={optimizer!r}. Use, for example, keras.optimizers.Adam(1e-3)."
        )
    optimizer.build(variables)
    n_values = len(loss_names(losses)) + 1

    def loop(n):
        values = tf.zeros((n_compiled, n_values), variables[0].dtype)

        def body(i, values):
            row, grads = value_and_gradients(losses, variables, weights)
            optimizer.apply(grads, variables)
            return i + 1, tf.tensor_scatter_nd_update(values, [[i]], [row])

        return tf.while_loop(lambda i, _: i < n, body, (0, values))[1]

    iterations = compiled(loop, tf.TensorSpec((), tf.int32), jit_compile=jit_compile)

    def run(n: int) -> np.ndarray:
        _checks.whole("n", n, minimum=0)
        if n > n_compiled:
            raise ValueError(
                f"`n` must be at most n_compiled={n_compiled}. Received: n={n}. Call "
                "it several times, or compile more iterations."
            )
        done = int(optimizer.iterations.numpy())
        values = iterations(tf.constant(n, tf.int32)).numpy()[:n]
        check_finite(values[:, -1], done)
        return values

    return run


def falling_adam(rate: float, n_iterations: int) -> keras.optimizers.Adam:
    """Adam with a learning rate that falls to zero as a half cosine.

    Args:
        rate: Learning rate at the start.
        n_iterations: Updates after which it is zero.

    Returns:
        A keras.optimizers.Adam.

    Raises:
        ValueError: If a number is not positive.

    Reference: Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter 2017,
    arXiv:1608.03983.
    """
    _checks.positive("rate", rate)
    _checks.whole("n_iterations", n_iterations)
    schedule = keras.optimizers.schedules.CosineDecay(rate, n_iterations)
    return keras.optimizers.Adam(schedule)


def minibatch(
    optimizer: keras.optimizers.Optimizer,
    shape: Sequence[int],
    n_examples: int | tf.Tensor,
) -> tf.Tensor:
    """Indices of random examples, new ones in each iteration of an optimizer.

    They follow from the number of its iterations alone: the same in each run, also
    within a compiled loop, and the same for two batches of one shape from as many
    examples in one loss.

    Args:
        optimizer: The keras.optimizers.Optimizer that `fit` is given.
        shape: Shape of the batch, for example (32,), or (n_seeds, 32) for a batch of
            its own for each member of an ensemble.
        n_examples: How many examples there are; a number or a scalar tensor.

    Returns:
        Indices from 0 to n_examples − 1, drawn with replacement, an int32 tensor.

    Raises:
        TypeError: If `shape` is a number.
    """
    _checks.sequence("shape", shape)
    seed = [0, tf.cast(optimizer.iterations, tf.int32)]
    n_examples = tf.convert_to_tensor(n_examples)
    return tf.random.stateless_uniform(shape, seed, 0, n_examples, tf.int32)
