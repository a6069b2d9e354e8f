"""Particle accelerators: tracking in a ring, and the linear optics of a beamline."""

from . import henon, optics

__all__ = ["henon", "optics"]
