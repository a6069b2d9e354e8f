"""Meshes around airfoils, and ideal flow, by conformal mapping.

Points of the plane are complex numbers x + iy. Lengths are in chords, speeds in units
of the freestream's; the leading edge is near 0, the trailing edge at 1.

One map takes the outside of the unit circle to the outside of the airfoil, w → ζ → z:
    Theodorsen:       ζ = ζ₀ + w exp(Σ cₙ w⁻ⁿ), from the circle to a near-circle,
    Kármán–Trefftz:   (z − z₀) / (ka) = (1 + q) / (1 − q),  q = ((ζ − a) / (ζ + a))ᵏ,
                      from the near-circle to the airfoil with its sharp edge.
Rings and rays around the circle become the lines of an orthogonal mesh, and ideal flow
around the circle becomes ideal flow around the airfoil.
"""

from dataclasses import dataclass

from physdl_tf.airfoils.shapes import karman_trefftz

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

N_AROUND, N_OUTWARD = 160, 60  # cells
FIRST_CELL = 4e-4  # height of the cells at the wall, roughly: 10 to 50 in wall units
FAR_FIELD = 60.0  # radius of the outer boundary
N_MODES, N_KEPT = 1024, 300  # points on the circle, and coefficients c_n that are used


@dataclass(frozen=True)
class AirfoilMap:
    """Conformal map from the outside of the unit circle to that of an airfoil.

    Attributes:
        k: Exponent of the Kármán–Trefftz map.
        a: Half the distance between its singular points, in the ζ plane.
        z0: Middle between its singular points, in the z plane.
        zeta0: Center ζ₀ of the near-circle.
        c: Coefficients cₙ, from c₀ on; c₀ is real.
        phi_edge: Angle of the trailing edge on the unit circle.
    """

    k: float
    a: complex
    z0: complex
    zeta0: complex
    c: np.ndarray
    phi_edge: float

    def near_circle(self, w):
        """Points ζ for points `w`, and dζ/dw."""
        series, derivative = np.zeros_like(w), np.zeros_like(w)
        for n in range(len(self.c) - 1, 0, -1):  # Horner's rule
            series = (series + self.c[n]) / w
            derivative = (derivative + n * self.c[n]) / w
        ray = np.exp(self.c[0] + series)
        return self.zeta0 + w * ray, ray * (1 - derivative)

    def __call__(self, w):
        """Points z around the airfoil for points `w` with |w| ≥ 1."""
        zeta, _ = self.near_circle(w)
        return self.z0 + karman_trefftz(zeta, self.k, self.a)

    def velocity(self, w, alpha):
        """Ideal flow u + iv at the points of `w`, with the Kutta condition.

        Args:
            w: Points with |w| ≥ 1.
            alpha: Angle of attack [rad].
        """
        zeta, dzeta_dw = self.near_circle(w)
        q = ((zeta - self.a) / (zeta + self.a)) ** self.k
        dz_dzeta = (2 * self.k * self.a / (1 - q)) ** 2 * q / (zeta**2 - self.a**2)
        radius, wind = np.exp(self.c[0].real), np.exp(1j * alpha)
        flow = radius * (wind.conj() - wind / w**2) + 1j * self._vortex(alpha) / w
        return (flow / (dz_dzeta * dzeta_dw)).conj()

    def lift(self, alpha):
        """Lift coefficient of the ideal flow, twice its circulation."""
        return 4 * np.pi * self._vortex(alpha)

    def _vortex(self, alpha):
        """Circulation over 2π that makes the trailing edge a stagnation point."""
        return 2 * np.exp(self.c[0].real) * np.sin(alpha - self.phi_edge)


def airfoil_map(z):
    """Find the `AirfoilMap` of an outline `z`, points as `outline` returns them."""
    edge, nose = z[0], np.argmax(np.abs(z - z[0]))
    inward = (edge - z[nose]) / abs(edge - z[nose])
    # Singular points: the trailing edge, and half a nose radius behind the nose.
    behind = z[nose] + 0.5 * _nose_radius(z[nose - 2], z[nose], z[nose + 2]) * inward
    k = 2 - abs(np.angle((z[3] - edge) / (z[-3] - edge))) / np.pi
    a = (edge - behind) / (2 * k)
    ratio = (z[1:] - edge) / (z[1:] - behind)
    angle = np.unwrap(np.angle(ratio))  # from about π to −π, 0 at the nose
    root = np.abs(ratio) ** (1 / k) * np.exp(1j * angle / k)
    zeta = np.append(a, a * (1 + root) / (1 - root))
    x, y = zeta.real, zeta.imag
    zeta0 = 0.5 * complex(x.min() + x.max(), y.min() + y.max())
    c, phi_edge = _theodorsen(zeta - zeta0)
    return AirfoilMap(k, a, 0.5 * (edge + behind), zeta0, c, phi_edge)


def _nose_radius(before, at, after):
    """Radius of the circle through three points, between 0.001 and 0.06 chords."""
    sides = abs(before - at) * abs(at - after) * abs(after - before)
    area = abs(((at - before).conjugate() * (after - before)).imag) / 2
    return np.clip(sides / max(4 * area, 1e-12), 1e-3, 0.06)


def _theodorsen(zeta):
    """Coefficients of ζ = w exp(Σ cₙ w⁻ⁿ) for the near-circle `zeta`, and φ of ζ[0].

    The angle φ on the circle and the angle θ = φ + ε(φ) on the near-circle differ by
    the function ε conjugate to log|ζ|(θ): a fixed point, found by iteration.
    """
    closed = np.append(zeta, zeta[0])
    theta = np.unwrap(np.angle(closed))
    log_radius = CubicSpline(theta, np.log(np.abs(closed)), bc_type="periodic")
    phi = 2 * np.pi * np.arange(N_MODES) / N_MODES
    epsilon = np.zeros(N_MODES)
    for _ in range(200):  # about 25 are needed
        spectrum = np.fft.rfft(log_radius(phi + epsilon))
        spectrum[N_MODES // 2 - 50 :] = 0
        conjugate = np.fft.irfft(1j * spectrum)
        if np.max(np.abs(conjugate - epsilon)) < 1e-9:
            break
        epsilon = 0.5 * (epsilon + conjugate)
    else:
        raise ValueError(
            "`z` must be the outline of an airfoil. Received: points whose map to the "
            "circle does not converge. Use a smoother or a thinner outline."
        )
    c = 2 * spectrum[:N_KEPT].conj() / N_MODES
    c[0] /= 2
    phi_edge = theta[0]
    for _ in range(50):  # θ of the edge is known: solve φ + ε(φ) = θ
        powers = np.exp(-1j * np.arange(N_KEPT) * phi_edge)
        phi_edge = theta[0] - np.imag(c @ powers)
    return c, phi_edge


def rings_and_rays(mapped):
    """Polar mesh around the circle: log|w| of the rings, φ of the rays.

    The rings' distances grow outward by a constant factor. The rays keep half a cell
    away from the trailing edge: a cell with its corner there would be badly skewed.
    """
    size = np.exp(mapped.c[0].real)
    first, last = FIRST_CELL / (2 * size), np.log(FAR_FIELD / size)
    powers = np.arange(N_OUTWARD)
    growth = brentq(lambda g: first * np.sum(g**powers) - last, 1.0001, 2, xtol=1e-14)
    rings = np.append(0, np.cumsum(growth**powers))
    rays = mapped.phi_edge + 2 * np.pi * (np.arange(N_AROUND) + 0.5) / N_AROUND
    return rings * last / rings[-1], rays


def mesh(mapped):
    """Corners of the cells around the airfoil of an `AirfoilMap`, ring by ring.

    Returns:
        Complex array (N_OUTWARD + 1, N_AROUND); the first ring is the wall.
    """
    rings, rays = rings_and_rays(mapped)
    return mapped(np.exp(rings[:, None] + 1j * rays))


def cell_velocities(mapped, alpha):
    """Ideal flow u + iv in the middle of each cell, complex (N_OUTWARD, N_AROUND).

    Args:
        mapped: An `AirfoilMap`.
        alpha: Angle of attack [rad].
    """
    rings, rays = rings_and_rays(mapped)
    rings, rays = 0.5 * (rings[1:] + rings[:-1]), rays + np.pi / N_AROUND
    return mapped.velocity(np.exp(rings[:, None] + 1j * rays), alpha)


def cell_areas(corners):
    """Areas of the cells between the `corners` of a mesh; negative if turned over."""
    closed = np.append(corners, corners[:, :1], axis=1)
    rising = closed[1:, 1:] - closed[:-1, :-1]
    falling = closed[1:, :-1] - closed[:-1, 1:]
    return -0.5 * (rising.conj() * falling).imag
