"""DeepXDE's own example: 3 x 20 tanh units, Adam 15 000 iterations, then L-BFGS."""

import clock
import deepxde as dde
import numpy as np
import pinn_deepxde


def setup(seed, seconds, n_block=500):
    """Returns run(_): the curve, shape (n, 2): CPU seconds and relative L2 error.

    In float64: in float32, DeepXDE's L-BFGS stops at once in most runs.
    """
    dde.config.set_default_float("float64")
    dde.config.set_random_seed(seed)
    interval, times = dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1)
    domain = dde.geometry.GeometryXTime(interval, times)
    sides = dde.icbc.DirichletBC(domain, lambda z: 0, lambda _, on: on)
    start = dde.icbc.IC(domain, lambda z: -np.sin(np.pi * z[:, :1]), lambda _, on: on)
    counts = {"num_domain": 2540, "num_boundary": 80, "num_initial": 160}
    data = dde.data.TimePDE(domain, pinn_deepxde.pde, [sides, start], **counts)
    model = dde.Model(data, dde.nn.FNN([2, 20, 20, 20, 1], "tanh", "Glorot normal"))

    def run(_):
        model.compile("adam", lr=1e-3, verbose=0)
        timer = clock.Clock(seconds)
        for _ in range(15_000 // n_block):
            model.train(iterations=n_block, display_every=10**9, verbose=0)
            timer.record(model.predict)
        model.compile("L-BFGS", verbose=0)
        model.train(callbacks=[Watch(timer)], verbose=0)
        timer.record(model.predict)
        return timer.curve

    return run


class Watch(dde.callbacks.Callback):
    """Records the error between blocks of L-BFGS, and ends it when the time is up."""

    def __init__(self, timer):
        """Take the clock of the run."""
        super().__init__()
        self.timer = timer

    def on_epoch_end(self):
        """Called by DeepXDE every 1000 iterations of L-BFGS."""
        self.model.stop_training = not self.timer.record(self.model.predict)
