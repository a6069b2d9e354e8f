"""Ours: gradient descent through Burgers' equation, in one and two dimensions."""

import physdl_tf as pdl

import flows
import keras
import tensorflow as tf


def setup(dimensions, n_steps=None, n_compiled=50):
    """Make the loop; returns run(n): n gradient steps, and the loss before the last."""
    case = flows.CASES[dimensions]
    n_steps = n_steps or case["n_steps"]
    grid = pdl.solvers.PeriodicGrid(case["n"], (-1.0, 1.0))
    solver = {
        1: pdl.solvers.BurgersSemiLagrangian,
        2: pdl.solvers.BurgersSemiLagrangian2D,
    }[dimensions]
    stepper = solver(grid, dt=case["dt"], nu=case["nu"])
    shape = (1, case["n"], 1) if dimensions == 1 else (1, case["n"], case["n"], 2)
    u0 = tf.Variable(tf.reshape(tf.constant(flows.start(dimensions), "float32"), shape))
    target = tf.reshape(tf.constant(flows.target(dimensions), "float32"), shape)
    n_cells = case["n"] ** dimensions

    def losses():
        u_end = pdl.solvers.final_state(stepper, u0, n_steps)
        return {"data": tf.reduce_sum((u_end - target) ** 2) / n_cells}

    iterations = pdl.optimize.compile_iterations(
        losses,
        [u0],
        optimizer=keras.optimizers.SGD(case["rate"]),
        n_compiled=n_compiled,
    )

    def run(n):
        for done in range(0, n, n_compiled):
            values = iterations(min(n_compiled, n - done))
        return values[-1, 0]

    return run
