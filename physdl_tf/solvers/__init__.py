"""The grid side: equations as steppers u -> u_next on periodic grids, and stepping.

A stepper is a frozen value that advances a state ``(batch, *space, channels)`` by one
time step. It checks itself when it is made: a step that would be unstable is
refused there, where the equation tells the bound. Floats fixed by the physics are
Python numbers; what is to be trained is a tensor.

    Courant number C = |u| Δt/Δx,   diffusion number d = ν Δt/Δx²

First-order upwind and finite-volume steppers need C + 2d ≤ 1 for all |u| up to
`max_speed`, the second-order one 2C + 2d ≤ 1; semi-Lagrangian ones need d ≤ ½ only,
in 2D d ≤ ¼.
"""

from .advection import AdvectionUpwind
from .burgers import (
    BurgersFiniteVolume,
    BurgersMuscl,
    BurgersSemiLagrangian,
    BurgersSemiLagrangian2D,
)
from .grids import PeriodicGrid
from .lorenz import LORENZ_EXPONENT, lorenz
from .rollout import Forced, Repeated, check_rollout, final_state, rollout
from .runge_kutta import RungeKutta4

__all__ = [
    "LORENZ_EXPONENT",
    "AdvectionUpwind",
    "BurgersFiniteVolume",
    "BurgersMuscl",
    "BurgersSemiLagrangian",
    "BurgersSemiLagrangian2D",
    "Forced",
    "PeriodicGrid",
    "Repeated",
    "RungeKutta4",
    "check_rollout",
    "final_state",
    "lorenz",
    "rollout",
]
