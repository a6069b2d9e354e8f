"""The code of the course book on physics-based deep learning in TensorFlow.

Chapters write ``import physdl_tf as pdl``. A folder with modules is a room, with one
concept:

- solvers: the grid side, equations as steppers u -> u_next, and stepping.
- accelerator: the grid side too, particles in a ring and in a beamline.
- pinn: the point side, residuals of equations from derivatives of a network.
- optimize: minimizers, for networks and solvers alike.
- airfoils: shapes, stored flows, a trained surrogate, ideal flow.
- rivals: classical methods that scikit-learn lacks.
- chapters: what one chapter shares with the scripts that measure for it; imported by
  its name, ``from physdl_tf.chapters import accuracy``.

The grid side and the point side never import each other, so that each can check the
other. They meet in chapters and tests, and in `problems`, the one definition of each
benchmark.

Conventions for all modules:

- coordinates: one (n, 1) column per axis, in the order x, t.
- field: a callable (x, t) -> u that returns one (n, 1) column.
- grid state: shape ``(batch, *space, channels)``, channels last.
- trajectory: shape ``(n_steps + 1, batch, *space, channels)``, initial state included.
- units: [-] where a problem is scaled.
"""

import os

# Before TensorFlow is imported: no log lines in notebooks, and results that depend less
# on the processor (oneDNN picks its kernels by instruction set, and logs that it does).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

try:
    import tensorflow as _tf
except ImportError as error:
    raise ImportError(
        "physdl_tf needs TensorFlow 2.20 or newer, which was not found. "
        "Install it with `pip install tensorflow` (or `tensorflow-cpu` on Linux)."
    ) from error
if tuple(map(int, _tf.__version__.split(".")[:2])) < (2, 20):
    raise ImportError(
        "physdl_tf needs TensorFlow 2.20 or newer. Received: TensorFlow "
        f"{_tf.__version__}. Update it with `pip install --upgrade tensorflow`."
    )
try:
    from keras.backend import backend as _backend

    _found = _backend()
except ImportError as error:  # what the other backend needs is not installed
    _found = f"one that cannot be imported ({error})"
if _found != "tensorflow":
    raise ImportError(
        f"physdl_tf needs the backend tensorflow of Keras. Received: {_found}. Set the "
        "environment variable KERAS_BACKEND=tensorflow before Python starts, or delete "
        "the line `backend` of ~/.keras/keras.json."
    )

from . import (
    accelerator,
    airfoils,
    data,
    metrics,
    networks,
    optimize,
    pinn,
    plotting,
    problems,
    progress,
    rivals,
    solvers,
    tables,
)

__version__ = "0.1.0"
__all__ = [
    "accelerator",
    "airfoils",
    "data",
    "metrics",
    "networks",
    "optimize",
    "pinn",
    "plotting",
    "problems",
    "progress",
    "rivals",
    "solvers",
    "tables",
]
