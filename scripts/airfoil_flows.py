"""Compute the airfoil flows of `physdl_tf.airfoils.dataset` with OpenFOAM's simpleFoam.

    python scripts/airfoil_flows.py generate flows.npz --flows 20 --seeds 1
    python scripts/airfoil_flows.py polar 0012 --angles 0 4 8 --reynolds 6e6

The first writes a data set and prints its SHA-256 digest, with which
`physdl_tf.airfoils.dataset.load` reads it. What the book ships is `--flows 520 --seeds
101 202`, up to one step of the stored values: 43 minutes on two cores. Each case tried
is kept in the folder flows_cases, and the same command again goes on where the last run
was interrupted. The second prints lift coefficients of one airfoil.

A case is a random shape at a random angle and Reynolds number. Its mesh comes from a
conformal map (`airfoil_mesh`), its ideal flow is where simpleFoam starts
(`airfoil_foam`), and the flow that it settles to is sampled at the pixels' centers.
"""

import argparse
import hashlib
import itertools
import json
import os
import tempfile
import time
from pathlib import Path

from airfoil_foam import FlowError, check_installed, solve
from airfoil_mesh import airfoil_map, cell_areas, cell_velocities, mesh
from physdl_tf.airfoils.dataset import pixel_centers
from physdl_tf.airfoils.shapes import naca, outline, random_spec

import numpy as np
from matplotlib.path import Path as Polygon
from matplotlib.tri import LinearTriInterpolator, Triangulation

MAX_ANGLE, REYNOLDS = 15.0, (5e5, 5e6)
SCALE = np.array([2000, 1000, 1000], np.float32)  # stored steps per unit of p, u_x, u_y
MAX_START = 2.5  # speed to which the ideal flow, infinite at sharp edges, is limited
MAX_VALUE, MAX_LIFT = 6, 5  # of a flow that makes sense


def flow_around(spec, angle, reynolds):
    """Compute one flow.

    Args:
        spec: Family and parameters of the shape, see `shapes.outline`.
        angle: Angle of attack [degrees].
        reynolds: Reynolds number.

    Returns:
        The corners of the mesh, and the flow on it, an `airfoil_foam.Solution`.

    Raises:
        FlowError: If the solver fails, or the flow does not settle.
        ValueError: If there is no mesh for the shape.
    """
    mapped, alpha = airfoil_map(outline(spec)), np.radians(angle)
    corners, start = mesh(mapped), cell_velocities(mapped, alpha)
    if cell_areas(corners).min() <= 0:
        raise ValueError("the mesh has cells that are turned over")
    start *= np.minimum(1, MAX_START / np.abs(start))
    with tempfile.TemporaryDirectory() as folder:
        return corners, solve(folder, corners, start, alpha, reynolds)


def triangulated(corners):
    """Triangles between the centers of the cells, and of their edges at the wall.

    Returns:
        A `Triangulation`; its points are those of the wall, then ring by ring.
    """
    closed = np.append(corners, corners[:, :1], axis=1)
    on_rings = 0.5 * (closed[:, 1:] + closed[:, :-1])
    points = np.append(on_rings[:1], 0.5 * (on_rings[1:] + on_rings[:-1]), axis=0)
    here = np.arange(points.size).reshape(points.shape)
    there = np.roll(here, -1, axis=1)
    lower = [here[:-1], there[:-1], there[1:]]
    upper = [here[:-1], there[1:], here[1:]]
    triangles = np.append(*(np.stack(t, -1).reshape(-1, 3) for t in (lower, upper)), 0)
    return Triangulation(points.real.ravel(), points.imag.ravel(), triangles)


def sampled(corners, p, velocity):
    """Interpolate a flow linearly to the pixels' centers.

    Args:
        corners: Corners of the cells, (rings + 1, rays).
        p: Pressure in the cells, (rings, rays); at the wall that of the cell there.
        velocity: Velocity u + iv in the cells; zero at the wall.

    Returns:
        The mask, True inside the airfoil, (64, 64), and the fields p, u, v, zero
        inside, (64, 64, 3); rows are y, columns are x.
    """
    p = np.append(p[:1], p, axis=0)
    velocity = np.append(np.zeros_like(velocity[:1]), velocity, axis=0)
    values = np.stack([p, velocity.real, velocity.imag], axis=-1).reshape(-1, 3)
    triangles = triangulated(corners)
    finder = triangles.get_trifinder()
    x, y = np.meshgrid(*pixel_centers())
    wall = Polygon(np.stack([corners[0].real, corners[0].imag], axis=-1))
    mask = wall.contains_points(np.stack([x.ravel(), y.ravel()], -1)).reshape(x.shape)
    fields = [LinearTriInterpolator(triangles, v, finder)(x, y) for v in values.T]
    fields = np.where(mask[..., None], 0, np.ma.stack(fields, axis=-1))
    # Where the wall is hollow, slivers between it and the triangles: the nearest point.
    missed = ~mask & (finder(x, y) < 0)
    offsets = (x[missed] - triangles.x[:, None], y[missed] - triangles.y[:, None])
    fields[missed] = values[np.hypot(*offsets).argmin(axis=0)]
    return mask, fields


def encoded(mask, fields):
    """Arrays "mask" and "delta" of the file, of one flow as `sampled` returns it."""
    steps = np.rint(np.moveaxis(fields, -1, 0) * SCALE[:, None, None]).astype(np.int16)
    along_y = np.diff(steps, axis=-2, prepend=np.int16(0))
    delta = np.diff(along_y, axis=-1, prepend=np.int16(0))
    return {"mask": np.packbits(mask, axis=-1), "delta": delta}


def random_cases(seed):
    """Draw shapes, angles [degrees] and Reynolds numbers without end."""
    rng = np.random.default_rng(seed)
    while True:
        spec, angle = random_spec(rng), rng.uniform(-MAX_ANGLE, MAX_ANGLE)
        yield spec, angle, rng.uniform(*REYNOLDS)


def computed(spec, angle, reynolds):
    """Arrays of one case: its record as JSON, and mask and delta if it is kept."""
    begin, arrays = time.perf_counter(), {}
    record = {"spec": spec, "angle": angle, "reynolds": reynolds, "status": "kept"}
    try:
        corners, flow = flow_around(spec, angle, reynolds)
        record |= {"lift": flow.lift, "drag": flow.drag, "n": flow.n_iterations}
        mask, fields = sampled(corners, flow.p, flow.velocity)
        if not (np.abs(fields).max() < MAX_VALUE and abs(flow.lift) < MAX_LIFT):
            raise FlowError("diverged")
        arrays = encoded(mask, fields)
    except (FlowError, ValueError) as error:  # one bad case does not stop the run
        record["status"] = str(error)
    record["seconds"] = round(time.perf_counter() - begin, 1)
    return {"record": np.array(json.dumps(record)), **arrays}


def save(path, arrays):
    """Write an .npz file at once or not at all."""
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(unfinished, path)


def kept_flows(folder, seed):
    """Yield the arrays of the kept cases; compute those that are not in `folder`."""
    for number, case in enumerate(random_cases(seed), 1):
        path = folder / f"{seed}-{number:05d}.npz"
        if not path.exists():
            arrays = computed(*case)
            save(path, arrays)
            print(path.stem, arrays["record"], flush=True)
        with np.load(path, allow_pickle=False) as file:
            if "delta" in file:
                yield dict(file)


def assembled(flows):
    """Arrays of the data set's file, of a list of flows as `kept_flows` yields them."""
    records = [json.loads(str(flow["record"])) for flow in flows]
    columns = ("angle", "reynolds", "lift", "drag")
    params = [[record[name] for name in columns] for record in records]
    return {
        "mask": np.stack([flow["mask"] for flow in flows]),
        "delta": np.stack([flow["delta"] for flow in flows]),
        "scale": SCALE,
        "params": np.array(params, np.float32),
        "specs": np.array(json.dumps([record["spec"] for record in records])),
    }


def generate(out, n_flows, seeds):
    """Write `n_flows` flows of each seed to the file `out`, and print its digest."""
    folder = out.with_name(f"{out.stem}_cases")
    folder.mkdir(parents=True, exist_ok=True)
    flows = []
    try:
        for seed in seeds:
            for flow in itertools.islice(kept_flows(folder, seed), n_flows):
                flows.append(flow)
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on from here.")
    if flows:
        save(out, assembled(flows))
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        print(f"{len(flows)} flows in {out}, SHA-256 {digest}")


def polar(digits, angles, reynolds):
    """Print the lift of a NACA airfoil at some angles [degrees]."""
    spec = naca(digits)
    for angle in angles:
        try:
            result = f"lift {flow_around(spec, angle, reynolds)[1].lift:.3f}"
        except FlowError as error:
            result = str(error)
        print(f"NACA {digits} at {angle:g} degrees: {result}", flush=True)


def main(arguments=None):
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("generate", help="write a data set")
    command.add_argument("out", type=Path, help="the .npz file to write")
    command.add_argument(
        "--flows", dest="n_flows", type=int, default=20, help="flows of each seed"
    )
    command.add_argument("--seeds", type=int, nargs="+", default=[1])
    command.set_defaults(run=generate)
    command = commands.add_parser("polar", help="print lift coefficients")
    command.add_argument("digits", help="NACA number, for example 0012")
    command.add_argument("--angles", type=float, nargs="+", default=[0, 4, 8])
    command.add_argument("--reynolds", type=float, default=6e6)
    command.set_defaults(run=polar)
    options = vars(parser.parse_args(arguments))
    check_installed()
    options.pop("run")(**options)


if __name__ == "__main__":
    main()
