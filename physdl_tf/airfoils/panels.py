"""Ideal flow around an airfoil by the panel method of Hess and Smith.

Without friction and vorticity the velocity is harmonic: w = u_x − i u_y is an analytic
function of z = x + iy. Each straight panel of the outline, from z_j to z_{j+1} in the
direction θ_j, carries sources of a constant strength σ_j and counter-clockwise vortices
of a strength γ that is the same for all panels:

    w(z) = e^{−iα} + Σ_j (σ_j − iγ) e^{−iθ_j} / 2π  log[(z − z_j) / (z − z_{j+1})]

No flow through the middle of any panel, and equal speeds on both sides of the trailing
edge (Kutta condition), are as many linear equations as there are unknowns σ_j and γ.
The circulation gives the lift (Kutta–Joukowski), Bernoulli's law the pressure.

Reference: Hess and Smith 1967, doi:10.1016/0376-0421(67)90003-6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import _checks


def ideal_flow(
    outline: np.ndarray, angle: float, x: ArrayLike, y: ArrayLike
) -> tuple[np.ndarray, float]:
    """Pressure and velocity of ideal flow around an airfoil, and its lift.

    The error falls with the number of panels, at first order. What comes out inside the
    airfoil means nothing.

    Args:
        outline: Corners of the panels x + iy [chords], complex, (n,) with n ≥ 20:
            counter-clockwise from the trailing edge, which is sharp and not repeated;
            the chord, from there to the farthest point, is 1 within 2 %.
        angle: Angle of attack [degrees]; the freestream blows along (cos, sin) of it.
        x: Where the flow is wanted, x [chords], of any shape.
        y: The same points' y [chords], of the same shape.

    Returns:
        Two values. First the fields p/ρ relative to the far field's, u_x, u_y, in units
        of the freestream's speed, float64, x.shape + (3,); then the lift coefficient
        for a chord of 1 [-].

    Raises:
        ValueError: If `outline` is no such array, its first corner not sharper than
            60°, or its chord not 1; or if `x` and `y` differ in shape.
    """
    outline, x, y = np.asarray(outline), np.asarray(x), np.asarray(y)
    _checks.same_shape("x", x, "y", y)
    panels = _panels(outline)
    directions = panels / np.abs(panels)
    freestream = np.exp(-1j * np.deg2rad(angle))

    # Times its direction, a velocity is: real part along the panel, imaginary outward.
    influence = directions[:, None] * _velocities(outline, outline + panels / 2)
    np.fill_diagonal(influence, 0.5j)  # of a panel on its own outer side
    along, outward = influence.real, influence.imag
    wind = freestream * directions
    # Vortices are sources turned by −i: `outward` along the panel, −`along` outward.
    tangency = np.column_stack([outward, -along.sum(1)])
    kutta = np.append(along[0] + along[-1], outward[[0, -1]].sum())
    strengths = np.linalg.solve(
        np.vstack([tangency, kutta]), -np.append(wind.imag, wind[[0, -1]].sum().real)
    )
    sources, vortex = strengths[:-1], strengths[-1]

    w = freestream + _velocities(outline, x + 1j * y) @ (sources - 1j * vortex)
    pressure = 0.5 * (1 - np.abs(w) ** 2)
    lift = -2 * vortex * np.abs(panels).sum()  # circulation counts clockwise
    return np.stack([pressure, w.real, -w.imag], axis=-1), lift


def _velocities(outline, z):
    """Velocities u_x − i u_y at points `z` of panels with unit sources, z.shape + (n,).

    The logarithm jumps where its argument is negative: just on the panel.
    """
    z, ends = z[..., None], np.roll(outline, -1)
    angles = np.angle(ends - outline)
    return np.log((z - outline) / (z - ends)) * (np.exp(-1j * angles) / (2 * np.pi))


def _panels(outline):
    """Vectors from each corner of `outline`, which is checked, to the next."""
    if outline.ndim != 1 or outline.size < 20 or not np.iscomplexobj(outline):
        raise ValueError(
            "`outline` must be one row of at least 20 complex points x + iy. Received: "
            f"shape {outline.shape}, {outline.dtype}. Use outline_x + 1j * outline_y."
        )
    panels = np.roll(outline, -1) - outline
    area = 0.5 * np.sum(outline.conj() * panels).imag
    repeated = np.sum(panels == 0)
    if repeated or not area > 0:
        raise ValueError(
            "`outline` must run counter-clockwise, no point equal to the next. "
            f"Received: an area of {area:.3g} (negative if clockwise) and {repeated} "
            "repeated points. Reverse a clockwise outline; leave out repetitions."
        )
    corner = abs(np.angle(-panels[-1] / panels[0], deg=True))
    chord = np.abs(outline - outline[0]).max()
    if corner > 60 or abs(chord - 1) > 0.02:
        raise ValueError(
            "`outline` must begin at a sharp trailing edge, with an angle of at most "
            f"60 degrees, and have a chord of 1. Received: an angle of {corner:.0f} "
            f"degrees and a chord of {chord:.3g}. Begin at the trailing edge with "
            "np.roll, let a blunt one taper to a point, divide lengths by the chord."
        )
    return panels
