"""DeepXDE: Burgers' equation, 8 hidden layers, Adam, at the given points."""

import os

import numpy as np
import points

os.environ.setdefault("DDE_BACKEND", "tensorflow")

import deepxde as dde


def pde(z, u):
    """The residual, as DeepXDE's own example writes it."""
    if dde.backend.backend_name == "jax":
        u_x, _ = dde.grad.jacobian(u, z, i=0, j=0)
        u_t, _ = dde.grad.jacobian(u, z, i=0, j=1)
        u_xx, _ = dde.grad.hessian(u, z, i=0, j=0)
        return u_t + u[0] * u_x - points.NU_PINN * u_xx
    u_x = dde.grad.jacobian(u, z, i=0, j=0)
    u_t = dde.grad.jacobian(u, z, i=0, j=1)
    u_xx = dde.grad.hessian(u, z, i=0, j=0)
    return u_t + u * u_x - points.NU_PINN * u_xx


def set_weights(net, model, weights):
    """Start where all other variants start."""
    if dde.backend.backend_name == "tensorflow":
        net(np.zeros((1, 2), dde.config.real(np)))
        net.set_weights(weights)
    elif dde.backend.backend_name == "pytorch":
        import torch

        for i, layer in enumerate(net.linears):
            layer.weight.data = torch.tensor(weights[2 * i].T, dtype=layer.weight.dtype)
            layer.bias.data = torch.tensor(weights[2 * i + 1], dtype=layer.bias.dtype)
    else:
        import jax

        tree = jax.tree.structure(model.params)
        leaves = [jax.numpy.asarray(w, dde.config.real(np)) for w in weights]
        for i in range(0, len(leaves), 2):  # leaves are sorted: bias before kernel
            leaves[i : i + 2] = leaves[i + 1], leaves[i]
        model.params = jax.tree.unflatten(tree, leaves)
        net.params = model.params[0]
        model.opt_state = model.opt.init(model.params)


def setup(n_points, dtype, width=20, xla=None, forward=False):
    """Make the model; returns run(n): n Adam steps, and the loss after them."""
    if dtype == "float64":
        dde.config.set_default_float("float64")
    if xla is not None:
        dde.config.enable_xla_jit(xla)
    if forward:
        dde.config.set_default_autodiff("forward")
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1)
    )
    conditions, _ = points.conditions()
    sides = dde.icbc.DirichletBC(domain, lambda z: 0, lambda _, on: on)
    start = dde.icbc.IC(domain, lambda z: -np.sin(np.pi * z[:, :1]), lambda _, on: on)
    # Anchors are the only points: residuals everywhere, conditions where they belong.
    anchors = np.concatenate([points.collocation(n_points), conditions])
    data = dde.data.TimePDE(domain, pde, [sides, start], anchors=anchors)
    net = dde.nn.FNN(points.layers(width), "tanh", "Glorot normal")
    model = dde.Model(data, net)
    model.compile("adam", lr=1e-3, verbose=0)
    set_weights(net, model, points.initial_weights(width))

    def run(n):
        model.train(iterations=n, display_every=10**9, verbose=0)
        return np.sum(model.train_state.loss_train)

    return run
