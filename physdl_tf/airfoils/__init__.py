"""Flow around airfoils: shapes, stored flows, a network, and ideal flow."""

from . import dataset, panels, shapes, surrogate

__all__ = ["dataset", "panels", "shapes", "surrogate"]
