"""Outlines of airfoils: two NACA series and the Kármán–Trefftz family.

Points of the plane are complex numbers x + iy, lengths are in chords. An outline is 400
points from the trailing edge, at 1, over the upper side to the leading edge, about 0,
and back: counter-clockwise. A spec is a dictionary: the family ("kind") and the
parameters of its function here, for example {"kind": "naca4", "m": 0.02, "p": 0.4, "t":
0.12}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _checks

# Standard camber lines of the NACA 5-digit series: second digit -> r and k for a design
# lift of 0.3.
NACA5 = {
    1: (0.0580, 361.4),
    2: (0.1260, 51.640),
    3: (0.2025, 15.957),
    4: (0.2900, 6.643),
    5: (0.3910, 3.230),
}


def naca4(m: float, p: float, t: float) -> np.ndarray:
    """NACA 4-digit airfoil.

    Args:
        m: Camber, the largest height of the middle line [chords].
        p: Where the camber is, between 0 and 1 [chords].
        t: Thickness, positive [chords].

    Returns:
        The outline, (400,).

    Raises:
        ValueError: If a parameter is out of range.
    """
    _between("p", p, 0, 1)
    x = stations()
    length = np.where(x < p, p, 1 - p)  # of the part in front of p, and behind
    camber = m * (1 - ((p - x) / length) ** 2)  # two parabolas
    slope = 2 * m * (p - x) / length**2
    return thickened(x, camber, slope, t)


def naca5(cl: float, pdigit: int, t: float) -> np.ndarray:
    """NACA 5-digit airfoil.

    Args:
        cl: Design lift coefficient; the camber grows with it.
        pdigit: Second digit, 1 to 5: the camber is at pdigit / 20 chords.
        t: Thickness, positive [chords].

    Returns:
        The outline, (400,).

    Raises:
        ValueError: If a parameter is out of range.
    """
    _checks.one_of("pdigit", pdigit, NACA5)
    x = stations()
    r, k = NACA5[pdigit]
    front = np.minimum(x, r) - r  # a cubic in front of r, a straight line behind
    camber = cl / 0.3 * k / 6 * (front**3 + r**3 * (1 - x))
    slope = cl / 0.3 * k / 6 * (3 * front**2 - r**3)
    return thickened(x, camber, slope, t)


def joukowski(thick: float, camber: float, tau: float) -> np.ndarray:
    """Kármán–Trefftz airfoil, the image of a circle around (−thick, camber) through 1.

    Args:
        thick: Shift of the center to the left, positive; it makes the airfoil thick.
        camber: Shift of the center upward; it bends the airfoil.
        tau: Angle of the trailing edge, at least 0 and below π [rad]; a Joukowski
            airfoil in the strict sense has 0.

    Returns:
        The outline, (400,), scaled to a chord of 1.

    Raises:
        ValueError: If a parameter is out of range.
    """
    _checks.positive("thick", thick)
    if tau != 0:
        _between("tau", tau, 0, np.pi)
    k = 2 - tau / np.pi
    center = complex(-thick, camber)
    turns = np.arange(400) / 400
    circle = center + (1 - center) * np.exp(2j * np.pi * turns)
    circle[0] = 1  # the trailing edge, without rounding error
    z = karman_trefftz(circle, k, 1.0)
    nose = z[np.argmax(np.abs(z - z[0]))]
    return (z - nose) / (z[0] - nose)


FAMILIES: dict[str, Callable[..., np.ndarray]] = {
    "naca4": naca4,
    "naca5": naca5,
    "jouk": joukowski,
}


def outline(spec: dict[str, Any]) -> np.ndarray:
    """Outline of an airfoil from its spec.

    Args:
        spec: The family ("kind": "naca4", "naca5" or "jouk") and its parameters.

    Returns:
        The outline, (400,).

    Raises:
        ValueError: If there is no such family, or a parameter is out of range.
        TypeError: If `spec` is no dictionary, or a parameter is missing, or is not one
            of this family.
    """
    if not isinstance(spec, dict):
        raise TypeError(
            f"`spec` must be a dictionary. Received: spec={spec!r}. Use, for example, "
            "shapes.naca('2412')."
        )
    kind = spec.get("kind", "")
    _checks.one_of('spec["kind"]', kind, FAMILIES)
    return FAMILIES[kind](**{name: spec[name] for name in spec if name != "kind"})


def naca(digits: str) -> dict[str, Any]:
    """Spec of an airfoil by its NACA number.

    Args:
        digits: Four digits, such as "0012", or five with 1 to 5 as the second and 0 as
            the third, such as "23012".

    Returns:
        The spec, for `outline`.

    Raises:
        ValueError: If `digits` is no such number.
        TypeError: If it is no string.
    """
    if not isinstance(digits, str):
        raise TypeError(
            "`digits` must be a string, since it may begin with zeros. Received: "
            f"digits={digits!r}. Use, for example, '{digits!s:0>4}'."
        )
    if re.fullmatch(r"(00|[1-9][1-9])\d\d", digits):
        m, p, t = int(digits[0]), int(digits[1]) or 4, int(digits[2:])
        return {"kind": "naca4", "m": m / 100, "p": p / 10, "t": t / 100}
    if re.fullmatch(r"\d[1-5]0\d\d", digits):
        cl, pdigit, t = 0.15 * int(digits[0]), int(digits[1]), int(digits[3:])
        return {"kind": "naca5", "cl": cl, "pdigit": pdigit, "t": t / 100}
    raise ValueError(
        "`digits` must be a NACA number of four digits (camber and its place both zero "
        "or neither), or of five with 1 to 5 as the second and 0 as the third. "
        f"Received: digits={digits!r}. Use, for example, '2412'."
    )


def random_spec(rng: np.random.Generator) -> dict[str, Any]:
    """Draw an airfoil: 60 % NACA 4-digit, 20 % 5-digit, 20 % Joukowski.

    Args:
        rng: Where the random numbers come from.

    Returns:
        A spec, for `outline`.
    """
    family = rng.random()
    if family < 0.6:
        symmetric = rng.random() < 0.2
        return {
            "kind": "naca4",
            "m": 0.0 if symmetric else rng.uniform(0.005, 0.06),
            "p": rng.uniform(0.25, 0.6),
            "t": rng.uniform(0.08, 0.21),
        }
    if family < 0.8:
        return {
            "kind": "naca5",
            "cl": rng.uniform(0.15, 0.6),
            "pdigit": int(rng.integers(2, 6)),
            "t": rng.uniform(0.08, 0.20),
        }
    return {
        "kind": "jouk",
        "thick": rng.uniform(0.04, 0.13),
        "camber": rng.uniform(-0.02, 0.12),
        "tau": rng.uniform(0.08, 0.3),
    }


def stations() -> np.ndarray:
    """Positions along the chord, dense at both ends.

    Returns:
        Array from 0 to 1, (201,).
    """
    return 0.5 * (1 - np.cos(np.linspace(0, np.pi, 201)))


def thickened(
    x: np.ndarray, camber: np.ndarray, slope: np.ndarray, t: float
) -> np.ndarray:
    """NACA's thickness, closed at the trailing edge, normal to a camber line.

    Args:
        x: Positions along the chord, rising from 0 to 1, (n,).
        camber: Height of the camber line there, (n,).
        slope: Its slope there, (n,).
        t: Thickness, positive [chords].

    Returns:
        The outline, (2n − 2,).

    Raises:
        ValueError: If `t` is not positive.
    """
    _checks.positive("t", t)
    series = -0.1260 * x - 0.3516 * x**2 + 0.2843 * x**3 - 0.1036 * x**4
    half = 5 * t * (0.2969 * np.sqrt(x) + series)
    normal = 1j * np.exp(1j * np.arctan(slope))
    upper = x + 1j * camber + half * normal
    lower = x + 1j * camber - half * normal
    return np.concatenate([upper[::-1], lower[1:-1]])


def karman_trefftz(zeta: np.ndarray, k: float, a: complex) -> np.ndarray:
    """Kármán–Trefftz map, (z − ka) / (z + ka) = ((ζ − a) / (ζ + a))ᵏ.

    Args:
        zeta: Points ζ outside the cut from −a to a, any shape.
        k: Exponent, between 1 and 2; 2 is the Joukowski map.
        a: One of the two singular points; the other one is −a.

    Returns:
        Points z, of the same shape.
    """
    q = ((zeta - a) / (zeta + a)) ** k
    return k * a * (1 + q) / (1 - q)


def _between(name, value, low, high):
    if not low < value < high:
        raise ValueError(
            f"`{name}` must lie between {low} and {high:.3g}. Received: {name}={value}."
            f" Use, for example, {name}={low + 0.4 * (high - low):.2g}."
        )
