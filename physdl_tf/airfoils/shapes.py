"""Outlines of airfoils: two NACA series and the Kármán–Trefftz family.

Points of the plane are complex numbers x + iy, lengths are in chords. An outline is 400
points from the trailing edge, at 1, over the upper side to the leading edge, about 0,
and back: counter-clockwise.
"""

import re

import numpy as np

# Standard camber lines of the NACA 5-digit series: second digit -> r and k for a design
# lift of 0.3.
NACA5 = {
    1: (0.0580, 361.4),
    2: (0.1260, 51.640),
    3: (0.2025, 15.957),
    4: (0.2900, 6.643),
    5: (0.3910, 3.230),
}


def naca4(m, p, t):
    """NACA 4-digit airfoil: camber `m` at `p`, thickness `t`, in parts of the chord."""
    x = stations()
    length = np.where(x < p, p, 1 - p)  # of the part in front of p, and behind
    camber = m * (1 - ((p - x) / length) ** 2)  # two parabolas
    slope = 2 * m * (p - x) / length**2
    return thickened(x, camber, slope, t)


def naca5(cl, pdigit, t):
    """NACA 5-digit airfoil: design lift `cl`, second digit `pdigit`, thickness `t`."""
    x = stations()
    r, k = NACA5[pdigit]
    front = np.minimum(x, r) - r  # a cubic in front of r, a straight line behind
    camber = cl / 0.3 * k / 6 * (front**3 + r**3 * (1 - x))
    slope = cl / 0.3 * k / 6 * (3 * front**2 - r**3)
    return thickened(x, camber, slope, t)


def joukowski(thick, camber, tau):
    """Kármán–Trefftz airfoil, the image of a circle around (−thick, camber).

    Its trailing edge has the angle `tau` [rad]; a Joukowski airfoil has tau = 0.
    """
    k = 2 - tau / np.pi
    center = complex(-thick, camber)
    turns = np.arange(400) / 400
    circle = center + (1 - center) * np.exp(2j * np.pi * turns)
    circle[0] = 1  # the trailing edge, without rounding error
    z = karman_trefftz(circle, k, 1.0)
    nose = z[np.argmax(np.abs(z - z[0]))]
    return (z - nose) / (z[0] - nose)


FAMILIES = {"naca4": naca4, "naca5": naca5, "jouk": joukowski}


def outline(spec):
    """400 points on an airfoil, from its trailing edge counter-clockwise.

    Args:
        spec: The family ("kind") and its parameters, e.g. {"kind": "naca4", "m": 0.02,
            "p": 0.4, "t": 0.12}.
    """
    parameters = {name: value for name, value in spec.items() if name != "kind"}
    return FAMILIES[spec["kind"]](**parameters)


def naca(digits):
    """Spec of an airfoil by its NACA number, a string such as "0012" or "23012"."""
    if re.fullmatch(r"\d{4}", digits):
        m, p, t = int(digits[0]), int(digits[1]) or 4, int(digits[2:])
        return {"kind": "naca4", "m": m / 100, "p": p / 10, "t": t / 100}
    if re.fullmatch(r"\d[1-5]0\d\d", digits):
        cl, pdigit, t = 0.15 * int(digits[0]), int(digits[1]), int(digits[3:])
        return {"kind": "naca5", "cl": cl, "pdigit": pdigit, "t": t / 100}
    raise ValueError(
        "`digits` must be a NACA number of four digits, or of five with 1 to 5 as the "
        f"second and 0 as the third. Received: digits={digits!r}. Use, e.g., '0012'."
    )


def random_spec(rng):
    """Draw an airfoil: 60 % NACA 4-digit, 20 % 5-digit, 20 % Joukowski."""
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


def stations():
    """Positions along the chord, dense at both ends."""
    return 0.5 * (1 - np.cos(np.linspace(0, np.pi, 201)))


def thickened(x, camber, slope, t):
    """NACA's thickness `t`, closed at the trailing edge, normal to a camber line."""
    series = -0.1260 * x - 0.3516 * x**2 + 0.2843 * x**3 - 0.1036 * x**4
    half = 5 * t * (0.2969 * np.sqrt(x) + series)
    normal = 1j * np.exp(1j * np.arctan(slope))
    upper = x + 1j * camber + half * normal
    lower = x + 1j * camber - half * normal
    return np.concatenate([upper[::-1], lower[1:-1]])


def karman_trefftz(zeta, k, a):
    """Kármán–Trefftz map of points outside the cut from −a to a, with exponent `k`."""
    q = ((zeta - a) / (zeta + a)) ** k
    return k * a * (1 + q) / (1 - q)
