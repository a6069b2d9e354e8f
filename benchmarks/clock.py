"""Error of a solution of Burgers' equation over CPU seconds; NumPy only."""

import time
from pathlib import Path

import numpy as np

# Written by bench.py, from physdl_tf.problems.BurgersSine: x (256,), t (100,), u.
EXACT = Path(__file__).resolve().parent.parent / "_build" / "bench" / "exact.npz"


class Clock:
    """Collects (CPU seconds, relative L2 error), without what the errors cost."""

    def __init__(self, seconds):
        """Start; a run should end when `seconds` have passed."""
        exact = np.load(EXACT)
        x, t = np.meshgrid(exact["x"], exact["t"])
        self.points, self.u = np.stack([x.ravel(), t.ravel()], 1), exact["u"].ravel()
        self.limit, self.curve, self.paused = seconds, [], 0.0
        self.start = time.process_time()

    def record(self, field):
        """Note the error of a callable (n, 2) -> (n, 1); returns if time is left."""
        now = time.process_time()
        u = np.ravel(field(self.points))
        error = float(np.linalg.norm(u - self.u) / np.linalg.norm(self.u))
        self.curve.append((now - self.start - self.paused, error))
        self.paused += time.process_time() - now
        return self.curve[-1][0] < self.limit
