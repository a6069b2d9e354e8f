"""PhiFlow: gradient descent through Burgers' equation, in one and two dimensions."""

import os

import flows
import numpy as np

if os.environ["PHIFLOW_BACKEND"] == "jax":
    import phi.jax.flow as phi
else:
    import phi.tf.flow as phi


def setup(variant, dimensions, n_steps=None):
    """Make the gradient step; returns run(n): n steps, and the loss before the last.

    Variants: "jit", PhiFlow's own compilation; "xla", one XLA function made by hand.
    """
    case = flows.CASES[dimensions]
    n_steps = n_steps or case["n_steps"]
    dt, n = case["dt"], case["n"]
    names = "xy"[:dimensions]
    box = phi.Box(**{axis: (-1, 1) for axis in names})
    size = {axis: n for axis in names}
    dims = phi.spatial(",".join(names))
    if dimensions == 2:
        dims = dims & phi.channel(vector=",".join(names))

    def grid(values):
        values = phi.tensor(values.astype(np.float32), dims)
        return phi.CenteredGrid(values, phi.extrapolation.PERIODIC, bounds=box, **size)

    target = grid(flows.target(dimensions))

    def loss(velocity):
        for _ in range(n_steps):
            velocity = phi.diffuse.explicit(velocity, case["nu"], dt)
            velocity = phi.advect.semi_lagrangian(velocity, velocity, dt)
        return phi.math.sum((velocity - target).values ** 2) / (n**dimensions)

    velocity = grid(flows.start(dimensions))
    gradient = gradient_function(variant, loss, velocity)
    state = {"velocity": velocity}

    def run(n_iterations):
        for _ in range(n_iterations):
            value, slope = gradient(state["velocity"])
            state["velocity"] = state["velocity"] - case["rate"] * slope
        return value

    return run


def gradient_function(variant, loss, velocity):
    """A callable velocity -> (loss, its gradient)."""
    backend = os.environ["PHIFLOW_BACKEND"]
    if variant == "jit" and backend == "jax":
        gradient = phi.math.jit_compile(phi.math.gradient(loss, "velocity"))
        return lambda v: unpack(gradient(v))
    if variant == "jit":
        # The other order, jit_compile(gradient(...)), fails in PhiML 1.16.1.
        gradient = phi.math.gradient(phi.math.jit_compile(loss), "velocity")
        return lambda v: unpack(gradient(v))
    return by_hand(backend, loss, velocity)


def unpack(result):
    """The loss as a number, and the gradient of one argument."""
    value, slope = result
    slope = slope[0] if isinstance(slope, (tuple, list)) else slope
    return value.native(), slope


def by_hand(backend, loss, velocity):
    """One XLA function around PhiFlow's operations, on the arrays behind its grids."""
    dims = velocity.values.shape

    def loss_of(values):
        return loss(velocity.with_values(phi.wrap(values, dims))).native()

    if backend == "jax":
        import jax

        function = jax.jit(jax.value_and_grad(loss_of))
    else:
        import tensorflow as tf

        @tf.function(autograph=False, jit_compile=True)
        def function(values):
            with tf.GradientTape() as tape:
                tape.watch(values)
                value = loss_of(values)
            return value, tape.gradient(value, values)

    def gradient(v):
        value, slope = function(v.values.native(dims))
        return value, velocity.with_values(phi.wrap(slope, dims))

    return gradient
