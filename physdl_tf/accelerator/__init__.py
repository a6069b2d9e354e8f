"""Particles in accelerators: turn by turn in a ring, and through a linear beamline.

- henon: a ring of one sextupole and one octupole, and which particles it keeps.
- optics: quadrupoles and drifts, moments, emittances, a screen; new elements too.
"""

from . import henon, optics

__all__ = ["henon", "optics"]
