"""The point side: residuals of equations at points, from derivatives of a network.

Coordinates are (n, 1) columns, one per axis, in the order x, t. A field is a callable
(x, t) -> u that returns one (n, 1) column. Nothing here knows a grid.
"""

from . import conditions, derivatives, residuals, sampling, taylor

__all__ = ["conditions", "derivatives", "residuals", "sampling", "taylor"]
