"""The code of the course book on physics-based deep learning in TensorFlow.

Chapters write ``import physdl_tf as pdl``. Two sides never import each other, so that
each can check the other: networks and residuals (`derivatives`, `residuals`,
`sampling`) and grids and solvers (`grids`, `solvers`). Both need only `_checks`.

Conventions for all modules:
    coordinates: one (n, 1) column per axis, in the order x, t.
    field: a callable (x, t) -> u that returns one (n, 1) column.
    grid state: shape (batch, n, channels), channels last.
    trajectory: shape (n_steps + 1, batch, n, channels), the initial state included.
    units: [-] where a problem is scaled.
"""

import os

# Before TensorFlow is imported: no log lines in notebooks, and results that depend less
# on the processor (oneDNN picks its kernels by instruction set, and logs that it does).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

try:
    import tensorflow  # noqa: F401
except ImportError as error:
    raise ImportError(
        "physdl_tf needs TensorFlow 2.20 or newer, which was not found. "
        "Install it with `pip install tensorflow` (or `tensorflow-cpu` on Linux)."
    ) from error

from . import (
    airfoil_shapes,
    airfoils,
    beams,
    burgers_pinn,
    datasets,
    derivatives,
    dynamics,
    gauss_newton,
    grids,
    ideal_flow,
    metrics,
    muscl,
    networks,
    optics,
    plotting,
    problems,
    progress,
    quasi_newton,
    residuals,
    sampling,
    solvers,
    solvers2d,
    taylor,
    training,
    weak_form,
)

__version__ = "0.1.0"
__all__ = [
    "airfoil_shapes",
    "airfoils",
    "beams",
    "burgers_pinn",
    "datasets",
    "derivatives",
    "dynamics",
    "gauss_newton",
    "grids",
    "ideal_flow",
    "metrics",
    "muscl",
    "networks",
    "optics",
    "plotting",
    "problems",
    "progress",
    "quasi_newton",
    "residuals",
    "sampling",
    "solvers",
    "solvers2d",
    "taylor",
    "training",
    "weak_form",
]
