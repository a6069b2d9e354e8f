"""The classical Runge-Kutta method as a stepper, for equations u_t = rhs(u)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from .. import _checks


@dataclass(frozen=True)
class RungeKutta4:
    """One step of the classical Runge-Kutta method of fourth order for u_t = rhs(u).

    Args:
        rhs: Callable state -> time derivative, in the same shape.
        dt: Time step Δt.

    Raises:
        ValueError: If `dt` is not positive.

    Reference: LeVeque 2007, section 5.7, doi:10.1137/1.9780898717839.
    """

    rhs: Callable
    dt: float
    order = 4

    def __post_init__(self):
        _checks.positive("dt", self.dt)

    def __call__(self, u: np.ndarray | tf.Tensor) -> np.ndarray | tf.Tensor:
        """Advance the state u, an array or tensor of any shape, by one step."""
        rhs, dt = self.rhs, self.dt
        k1 = rhs(u)
        k2 = rhs(u + dt / 2 * k1)
        k3 = rhs(u + dt / 2 * k2)
        k4 = rhs(u + dt * k3)
        return u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
