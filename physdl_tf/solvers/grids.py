"""Uniform periodic grids, in one dimension and in two."""

from dataclasses import dataclass

import numpy as np

from .. import _checks


@dataclass(frozen=True)
class PeriodicGrid:
    """Periodic grid of `n` equal cells along each axis; values live at cell centers.

    x_i = low + (i + ½) Δx,  i = 0 … n−1,  Δx = (high − low) / n

    It describes one axis. In 2D, y is divided like x: a state has shape
    (batch, n, n, channels), axis 1 is x and axis 2 is y.

    Args:
        n: Number of cells along an axis, at least 2.
        x_range: Ends (low, high) of each axis [m]; high is low again.

    Raises:
        ValueError: If `n` is not a whole number ≥ 2 or `x_range` is not (low, high).
    """

    n: int
    x_range: tuple[float, float]

    def __post_init__(self):
        _checks.whole("n", self.n, minimum=2)
        _checks.interval("x_range", self.x_range)

    @property
    def dx(self) -> float:
        """Width Δx of a cell [m]."""
        return (self.x_range[1] - self.x_range[0]) / self.n

    @property
    def centers(self) -> np.ndarray:
        """Cell centers x_i, NumPy array of shape (n,) [m]."""
        return self.x_range[0] + (np.arange(self.n) + 0.5) * self.dx
