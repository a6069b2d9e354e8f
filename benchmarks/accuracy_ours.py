"""Ours: error of a Burgers PINN over CPU seconds, by two recipes."""

import physdl_tf as pdl
from physdl_tf import problems
from physdl_tf.chapters import accuracy

import clock
import keras
import numpy as np
import points
import tensorflow as tf


def setup(recipe, seed, seconds):
    """Returns run(_): the curve, shape (n, 2): CPU seconds and relative L2 error.

    Recipes: "example", that of DeepXDE; "chapter", the best of book/pinn/accuracy.
    """
    curve = {"example": example, "chapter": chapter}[recipe]
    return lambda _: curve(seed, seconds)


def chapter(seed, seconds):
    """Gauss-Newton on half of the domain, with the conditions built in."""
    timer = clock.Clock(seconds)
    half = problems.BurgersSine(x_range=(0.0, 1.0))
    pinn = accuracy.make_pinn(half, seed, ansatz=accuracy.half_domain)
    for theta, _ in accuracy.gauss_newton(pinn, n_blocks=10_000):
        if not timer.record(lambda points, w=theta: odd(pinn, w, points)):
            return timer.curve


def odd(pinn, theta, points):
    """The field on the whole domain: u(−x, t) = −u(x, t)."""
    u, _ = pinn.evaluate(theta, np.abs(points))
    return np.sign(points[:, :1]) * u


def example(seed, seconds, n_block=500):
    """What DeepXDE's example does: Adam 15 000 iterations, then L-BFGS in float64."""
    network, losses = model(seed, "float32")
    iterations = pdl.optimize.compile_iterations(
        losses,
        network.trainable_variables,
        optimizer=keras.optimizers.Adam(1e-3),
        n_compiled=n_block,
    )
    timer = clock.Clock(seconds)
    for _ in range(15_000 // n_block):
        iterations(n_block)
        timer.record(network)
    fine, losses = model(seed, "float64")
    fine.set_weights(network.get_weights())
    for _ in range(15):  # 15 000 iterations, as many as DeepXDE allows
        if not timer.record(fine):
            break
        pdl.optimize.minimize_lbfgs(losses, fine.trainable_variables, n_iterations=1000)
    timer.record(fine)
    return timer.curve


def model(seed, dtype):
    """A network, and its losses at 2540 random points and 240 with a condition."""
    network = pdl.networks.mlp(2, 1, width=20, depth=3, seed=seed, dtype=dtype)
    rng = np.random.default_rng(seed)
    conditions, u_conditions = (tf.constant(a, dtype) for a in points.conditions())
    inside = tf.constant(rng.uniform([-1, 0], [1, 1], (2540, 2)), dtype)
    everywhere = tf.concat([inside, conditions], axis=0)
    x, t = everywhere[:, :1], everywhere[:, 1:]
    mean_square = pdl.optimize.mean_square

    def losses():
        u, u_x, u_heat = pdl.pinn.taylor.heat_partials(network, x, t, nu=points.NU_PINN)
        misfit = u[2540:] - u_conditions
        return {
            "residual": mean_square(u_heat + u * u_x),
            "boundary": mean_square(misfit[:80]),
            "initial": mean_square(misfit[80:]),
        }

    return network, losses
