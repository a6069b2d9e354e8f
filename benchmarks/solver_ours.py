"""Ours: a solver alone, steps per CPU second; and how fast this core reads memory."""

import time

import physdl_tf as pdl

import numpy as np
import tensorflow as tf


def setup(dimensions, n):
    """Returns run(n): steps per CPU second; for 0 dimensions, GB per second."""
    if dimensions == 0:
        return triad(n)
    grid = pdl.solvers.PeriodicGrid(n, (-1.0, 1.0))
    u0 = -tf.sin(np.pi * tf.constant(grid.centers, tf.float32))
    if dimensions == 1:
        stepper = pdl.solvers.BurgersFiniteVolume(
            grid, dt=0.4 * grid.dx, nu=0.1 * grid.dx, max_speed=1.0
        )
        u0 = u0[None, :, None]
    else:
        stepper = pdl.solvers.BurgersSemiLagrangian2D(
            grid, dt=0.4 * grid.dx, nu=0.1 * grid.dx
        )
        u0 = tf.stack(tf.meshgrid(u0, u0, indexing="ij"), axis=-1)[None]

    @tf.function(jit_compile=True)
    def steps(u, n_steps):
        return pdl.solvers.final_state(stepper, u, n_steps)

    def run(n_steps):
        steps(u0, n_steps)
        start = time.process_time()
        steps(u0, n_steps).numpy()
        return n_steps / (time.process_time() - start)

    return run


def triad(n):
    """Gigabytes per second of a = b + 3 c on vectors that no cache holds.

    NumPy needs two passes, five times 8 bytes for each entry.
    """
    b, c = np.random.default_rng(0).random((2, n))
    a = np.empty(n)

    def run(n_repeats):
        start = time.process_time()
        for _ in range(n_repeats):
            np.multiply(c, 3.0, out=a)
            np.add(a, b, out=a)
        return n_repeats * n * 5 * 8e-9 / (time.process_time() - start)

    return run
