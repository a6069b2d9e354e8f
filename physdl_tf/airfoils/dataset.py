"""Flows around airfoils that the book ships, computed with OpenFOAM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..data import DATA, verified_arrays

AIRFOILS = DATA / "airfoils_64.npz"
AIRFOILS_SHA256 = "a8a58286597854012d3fbf6ad0b869516483657c71f0e373c929e3c9787a973d"
RESOLUTION = 64  # pixels along each axis
WINDOW = ((-0.25, 1.25), (-0.75, 0.75))  # (x, y) ends of the image [chords]


class AirfoilFlows(NamedTuple):
    """Flows around n airfoils as images; rows are y (upward), columns are x.

    Lengths are in chords, the leading edge near (0, 0) and the trailing edge at (1, 0);
    speeds are in units of the freestream's, which blows along (cos angle, sin angle).

    Attributes:
        mask: True where a pixel's center lies inside the airfoil, (n, 64, 64).
        fields: p/ρ, u_x, u_y [-], float32, (n, 64, 64, 3); zero inside the airfoil.
            The pressure is relative to the far field's; no mean is subtracted.
        angle: Angle of attack [degrees], (n,).
        reynolds: Reynolds number of the chord [-], (n,).
        lift: Lift coefficient [-], (n,).
        family: Family of the shape, an array of strings, (n,): "naca4" and "naca5" are
            the NACA series of four and five digits, "jouk" the Joukowski airfoils with
            a trailing edge of finite angle (Kármán–Trefftz).
        specs: For each flow a dict: the family ("kind") and the shape's parameters.
        x: Centers of the columns [chords], (64,).
        y: Centers of the rows [chords], (64,).
    """

    mask: np.ndarray
    fields: np.ndarray
    angle: np.ndarray
    reynolds: np.ndarray
    lift: np.ndarray
    family: np.ndarray
    specs: tuple[dict, ...]
    x: np.ndarray
    y: np.ndarray


def load(path: str | Path = AIRFOILS, sha256: str = AIRFOILS_SHA256) -> AirfoilFlows:
    """Turbulent flows around 1040 random airfoils, each with a shape of its own.

    Computed for this book with `scripts/airfoil_flows.py`: OpenFOAM's simpleFoam,
    steady Reynolds-averaged equations, Spalart–Allmaras model; angles within ±15°,
    Reynolds numbers from 0.5 to 5 million. License: MIT, as the package's.

    Limits: the lift is within 3.5 % of the wind tunnel's (NACA 0012, Reynolds number
    6 million, up to 12°). Near stall it depends on the solver's settings, by ±3 %;
    flows that did not settle there, 3 % of all, are left out. Drag is not offered
    because it is wrong: 9 % too high at 0°, 65 % at 12°. The fields are stored in steps
    of 0.0005 in p and 0.001 in u.

    Args:
        path: A file written by `scripts/airfoil_flows.py`; by default the one shipped.
        sha256: Digest that the file must have; the script prints it.

    Returns:
        The 1040 flows.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not the one expected, or its arrays do not fit.

    Reference: Ladson 1988, NASA TM 4074 (wind tunnel).
    """
    return _decoded(verified_arrays(path, sha256))


def pixel_centers() -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of the images are.

    Returns:
        Centers x of the columns and y of the rows [chords], (64,) each.
    """
    places = (np.arange(RESOLUTION) + 0.5) / RESOLUTION
    x, y = (low + (high - low) * places for low, high in WINDOW)
    return x, y


def _decoded(arrays):
    """Check the stored arrays and turn them into `AirfoilFlows`."""
    n, size = len(arrays.get("params", ())), RESOLUTION
    shapes = {
        "mask": (n, size, size // 8),  # bits, packed along x
        "delta": (n, 3, size, size),  # int16, differenced along y and along x
        "scale": (3,),
        "params": (n, 4),  # angle, Reynolds number, lift, drag
        "specs": (),
    }
    for name, shape in shapes.items():
        found = arrays[name].shape if name in arrays else "no such array"
        if found != shape:
            raise ValueError(
                f"`{name}` must have the shape {shape} in a file of {n} flows. "
                f"Received: {found}. Write the file with scripts/airfoil_flows.py."
            )
    specs = tuple(json.loads(str(arrays["specs"])))
    steps = np.cumsum(arrays["delta"], axis=-2, dtype=np.int16)
    np.cumsum(steps, axis=-1, dtype=np.int16, out=steps)
    steps = np.moveaxis(steps, 1, -1)
    angle, reynolds, lift, _ = arrays["params"].T
    x, y = pixel_centers()
    return AirfoilFlows(
        mask=np.unpackbits(arrays["mask"], axis=-1).astype(bool),
        fields=np.divide(steps, arrays["scale"], dtype=np.float32, order="C"),
        angle=angle,
        reynolds=reynolds,
        lift=lift,
        family=np.array([spec["kind"] for spec in specs]),
        specs=specs,
        x=x,
        y=y,
    )
