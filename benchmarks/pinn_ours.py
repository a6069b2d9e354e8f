"""Ours: Burgers' equation, 8 hidden layers, Adam, at the given points."""

import physdl_tf as pdl

import keras
import points
import tensorflow as tf


def setup(variant, n_points, dtype, width=20, n_compiled=100):
    """Make the training loop; returns run(n): n Adam steps, and the loss after them."""
    network = pdl.networks.mlp(2, 1, width=width, depth=8, seed=0, dtype=dtype)
    network.set_weights(points.initial_weights(width))
    conditions, u_conditions = (tf.constant(a, dtype) for a in points.conditions())
    inside = tf.constant(points.collocation(n_points), dtype)
    everywhere = tf.concat([inside, conditions], axis=0)  # as DeepXDE has it
    x, t = everywhere[:, :1], everywhere[:, 1:]
    fields = {"tape": pdl.networks.as_field, "columns": pdl.networks.features_first}

    def tape():
        field = fields[variant](network)
        r = pdl.pinn.residuals.burgers(field, x, t, nu=points.NU_PINN)
        return r, field(x[n_points:], t[n_points:])

    def taylor():
        u, u_x, u_heat = pdl.pinn.taylor.heat_partials(network, x, t, nu=points.NU_PINN)
        return u_heat + u * u_x, u[n_points:]  # the conditions are the last points

    evaluate = taylor if variant == "taylor" else tape
    mean_square = pdl.optimize.mean_square

    def losses():
        r, u = evaluate()
        misfit = u - u_conditions
        return {
            "residual": mean_square(r),
            "boundary": mean_square(misfit[:80]),
            "initial": mean_square(misfit[80:]),
        }

    iterations = pdl.optimize.compile_iterations(
        losses,
        network.trainable_variables,
        optimizer=keras.optimizers.Adam(1e-3),
        n_compiled=n_compiled,
    )

    @tf.function(jit_compile=True)
    def loss_now():
        return tf.add_n(list(losses().values()))

    def run(n):
        for done in range(0, n, n_compiled):
            iterations(min(n_compiled, n - done))
        return loss_now()

    return run
