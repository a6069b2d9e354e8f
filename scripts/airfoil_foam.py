"""One steady turbulent flow: simpleFoam of OpenFOAM on a mesh of `airfoil_mesh`.

Reynolds-averaged equations, Spalart–Allmaras model with a wall function, SIMPLEC.
Chord, freestream speed and density are 1, so the Reynolds number is 1/ν.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from string import Template
from typing import NamedTuple

import numpy as np

TIME_LIMIT = 120  # seconds for one run of simpleFoam; about 4 are needed
N_ITERATIONS, N_RUNS = 200, 4  # iterations of a run, and runs until a flow is given up
WINDOW, STEADY = 25, 0.002  # iterations over which the lift may move by this at most
SPAN = 0.1  # depth of the mesh, which is one cell
TURBULENCE = 4.0  # ν̃/ν of the freestream

TURBULENCE_MODEL = """
simulationType RAS;
RAS { RASModel SpalartAllmaras; turbulence on; printCoeffs off; }
"""
SCHEMES = """
ddtSchemes { default steadyState; }
gradSchemes { default Gauss linear; }
divSchemes
{
    default none;
    div(phi,U) bounded Gauss linearUpwind grad(U);
    div(phi,nuTilda) bounded Gauss upwind;
    div((nuEff*dev2(T(grad(U))))) Gauss linear;
}
laplacianSchemes { default Gauss linear corrected; }
interpolationSchemes { default linear; }
snGradSchemes { default corrected; }
wallDist { method meshWave; }
"""
SOLVERS = """
solvers
{
    p
    {
        solver GAMG; smoother DICGaussSeidel; nCellsInCoarsestLevel 40;
        tolerance 1e-9; relTol 0.05;
    }
    "(U|nuTilda)"
    {
        solver smoothSolver; smoother symGaussSeidel; maxIter 10;
        tolerance 1e-12; relTol 0.05;
    }
}
SIMPLE
{
    nNonOrthogonalCorrectors 0; consistent yes;
    residualControl { p 1e-5; U 1e-5; nuTilda 1e-5; }
}
relaxationFactors { fields { p 1.0; } equations { U 0.9; nuTilda 0.9; } }
"""
CONTROL = Template("""
application simpleFoam; startFrom latestTime; startTime 0;
stopAt endTime; endTime $end; deltaT 1;
writeControl timeStep; writeInterval $end; writeFormat ascii; writePrecision 8;
functions
{
    forces
    {
        type forceCoeffs; libs ("libforces.so"); writeControl timeStep; log false;
        patches (airfoil); rho rhoInf; rhoInf 1; magUInf 1; lRef 1; Aref $span;
        CofR (0.25 0 0); pitchAxis (0 0 1); dragDir $drag; liftDir $lift;
    }
}
""")


class FlowError(RuntimeError):
    """A flow that cannot be used: the solver failed, or the flow did not settle."""


class Solution(NamedTuple):
    """A flow on the cells of a mesh, as `solve` returns it.

    Attributes:
        p: Pressure p/ρ in each cell, (rings, rays).
        velocity: u + iv in each cell, complex, (rings, rays).
        lift: Lift coefficient.
        drag: Drag coefficient, which is too high: see `physdl_tf.airfoils.dataset`.
        n_iterations: SIMPLE iterations done.
    """

    p: np.ndarray
    velocity: np.ndarray
    lift: float
    drag: float
    n_iterations: int


def check_installed():
    """Stop the program with the remedy unless simpleFoam is there."""
    if shutil.which("simpleFoam") is None:
        raise SystemExit(
            "simpleFoam was not found. It is part of OpenFOAM: on Debian and Ubuntu "
            "install it with 'apt-get install openfoam' (640 MB), elsewhere see "
            "https://www.openfoam.com."
        )


def solve(folder, corners, start, alpha, reynolds):
    """Run simpleFoam until the lift stands still.

    Args:
        folder: An empty folder for OpenFOAM's files.
        corners: Corners of the cells, as `airfoil_mesh.mesh` returns them.
        start: Velocity u + iv in the cells to start from.
        alpha: Angle of attack [rad].
        reynolds: Reynolds number.

    Returns:
        The flow, a `Solution`.

    Raises:
        FlowError: If the solver fails, or the flow does not settle.
    """
    folder = Path(folder)
    write_mesh(folder, corners)
    write_settings(folder, alpha, reynolds)
    write_start(folder, start, alpha, reynolds)
    for run in range(1, N_RUNS + 1):
        write_control(folder, alpha, run * N_ITERATIONS)
        converged = run_solver(folder)
        lift, drag = read_forces(folder)
        if converged or np.ptp(lift[-WINDOW:]) <= STEADY:
            break
    else:
        raise FlowError(f"unsteady after {len(lift)} iterations")
    last = max(folder.glob("[1-9]*"), key=lambda path: int(path.name))
    p = read_field(last / "p").reshape(start.shape)
    u, v, _ = read_field(last / "U").T
    velocity = (u + 1j * v).reshape(start.shape)
    return Solution(p, velocity, lift[-1], drag[-1], len(lift))


def run_solver(folder):
    """Run simpleFoam once; return whether it says that it has converged."""
    # Where Debian has OpenFOAM; and overflows are to end the program.
    defaults = {"WM_PROJECT_DIR": "/usr/share/openfoam", "FOAM_SIGFPE": "true"}
    log = folder / "log"
    with log.open("w") as output:
        try:
            code = subprocess.run(
                ["simpleFoam", "-case", str(folder)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=defaults | os.environ,
                timeout=TIME_LIMIT,
            ).returncode
        except subprocess.TimeoutExpired:
            raise FlowError(f"simpleFoam took more than {TIME_LIMIT} s") from None
    if code:
        last = log.read_text()[-500:]
        raise FlowError(f"simpleFoam ended with code {code}: {last}")
    return "SIMPLE solution converged" in log.read_text()


def write_foam(path, kind, body):
    """Write a file of OpenFOAM: its header, and `body`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"version 2.0; format ascii; class {kind}; object {path.name};"
    path.write_text(f"FoamFile {{ {header} }}\n{body}")


def listed(rows, form):
    """An array as OpenFOAM's list, each row written in the printf `form`."""
    rows = np.asarray(rows)
    lines = "\n".join(form % tuple(np.atleast_1d(row)) for row in rows)
    return f"{len(rows)}\n(\n{lines}\n)\n"


def mesh_faces(corners):
    """Faces of a mesh of one layer of cells between two copies of the `corners`.

    Returns:
        Corners of each face, (faces, 4), its cell, and for the inner faces, which come
        first, the cell on their other side. The outer faces are in the order of
        `write_mesh`.
    """
    here = np.arange(corners.size).reshape(corners.shape)
    there = np.roll(here, -1, axis=1)  # the next corner around the airfoil
    cell, next_cell = here[:-1], there[:-1]
    layer = corners.size  # from a corner to its copy

    def quads(first, second):
        """Faces that stand on the lines from the `first` to the `second` corners."""
        return np.stack([first, second, second + layer, first + layer], axis=-1)

    # The normal points from the cell of lower number to that of higher number.
    across = quads(there[1:], there[:-1])
    across[:, -1] = across[:, -1, ::-1]
    outward = quads(here[1:-1], there[1:-1])
    inner = np.concatenate([across.reshape(-1, 4), outward.reshape(-1, 4)])
    owner = np.append(np.minimum(cell, next_cell), cell[:-1])
    neighbor = np.append(np.maximum(cell, next_cell), cell[1:])
    order = np.lexsort((neighbor, owner))
    wall, far = quads(there[0], here[0]), quads(here[-1], there[-1])
    side = np.stack([here[:-1], there[:-1], there[1:], here[1:]], -1).reshape(-1, 4)
    faces = np.concatenate([inner[order], wall, far, side, side[:, ::-1] + layer])
    owners = np.concatenate([owner[order], cell[0], cell[-1], cell.flat, cell.flat])
    return faces, owners, neighbor[order]


def write_mesh(folder, corners):
    """Write the mesh between two copies of the `corners`, as OpenFOAM has it."""
    n_rings, n_rays = corners.shape[0] - 1, corners.shape[1]
    faces, owners, neighbors = mesh_faces(corners)
    patches, start = "", len(neighbors)
    for name, kind, size in (
        ("airfoil", "wall", n_rays),
        ("far", "patch", n_rays),
        ("sides", "empty", 2 * n_rings * n_rays),
    ):
        patches += f"{name} {{ type {kind}; nFaces {size}; startFace {start}; }}\n"
        start += size
    plane = np.stack([corners.real.ravel(), corners.imag.ravel()], axis=-1)
    points = np.concatenate([np.insert(plane, 2, z, axis=1) for z in (0, SPAN)])
    target = folder / "constant" / "polyMesh"
    write_foam(target / "points", "vectorField", listed(points, "(%.12g %.12g %.3g)"))
    write_foam(target / "faces", "faceList", listed(faces, "4(%d %d %d %d)"))
    write_foam(target / "owner", "labelList", listed(owners, "%d"))
    write_foam(target / "neighbour", "labelList", listed(neighbors, "%d"))
    write_foam(target / "boundary", "polyBoundaryMesh", f"3\n(\n{patches})\n")


def write_settings(folder, alpha, reynolds):
    """Write what does not change from run to run."""
    constant, system = folder / "constant", folder / "system"
    viscosity = f"transportModel Newtonian;\nnu {1 / reynolds:.10g};\n"
    write_foam(constant / "transportProperties", "dictionary", viscosity)
    write_foam(constant / "turbulenceProperties", "dictionary", TURBULENCE_MODEL)
    write_foam(system / "fvSchemes", "dictionary", SCHEMES)
    write_foam(system / "fvSolution", "dictionary", SOLVERS)


def write_control(folder, alpha, end):
    """Write the file that says how far to go: to iteration `end`."""
    x, y = np.cos(alpha), np.sin(alpha)
    drag, lift = f"({x:.10g} {y:.10g} 0)", f"({-y:.10g} {x:.10g} 0)"
    control = CONTROL.substitute(end=end, span=SPAN, drag=drag, lift=lift)
    write_foam(folder / "system" / "controlDict", "dictionary", control)


def write_start(folder, start, alpha, reynolds):
    """Write the fields that simpleFoam starts from, and their boundary conditions.

    The air stands still at the wall; far away it is the freestream where it comes in.
    """
    wind = f"({np.cos(alpha):.10g} {np.sin(alpha):.10g} 0)"
    velocity = np.stack([start.real.ravel(), start.imag.ravel()], axis=-1)
    pressure = 0.5 * (1 - np.abs(start.ravel()) ** 2)  # Bernoulli
    working = f"uniform {TURBULENCE / reynolds:.8g}"  # ν̃, and the eddy viscosity:
    eddy = TURBULENCE**4 / (TURBULENCE**3 + 7.1**3) / reynolds
    eddy = f"uniform {eddy:.8g}"
    fields = {  # units in m, s; values inside; conditions at the wall and far away
        "U": (
            "1 -1",
            f"nonuniform List<vector>\n{listed(velocity, '(%.6g %.6g 0)')}",
            "type fixedValue; value uniform (0 0 0);",
            f"type freestreamVelocity; freestreamValue uniform {wind};",
        ),
        "p": (
            "2 -2",
            f"nonuniform List<scalar>\n{listed(pressure, '%.6g')}",
            "type zeroGradient;",
            "type freestreamPressure; freestreamValue uniform 0;",
        ),
        "nuTilda": (
            "2 -1",
            working,
            "type fixedValue; value uniform 0;",
            f"type freestream; freestreamValue {working};",
        ),
        "nut": (
            "2 -1",
            eddy,
            "type nutUSpaldingWallFunction; value uniform 0;",
            f"type freestream; freestreamValue {eddy};",
        ),
    }
    for name, (units, inside, wall, far) in fields.items():
        kind = "volVectorField" if name == "U" else "volScalarField"
        patches = f"airfoil {{ {wall} }} far {{ {far} }} sides {{ type empty; }}"
        body = f"dimensions [0 {units} 0 0 0 0];\ninternalField {inside};\n"
        body += f"boundaryField {{ {patches} }}\n"
        write_foam(folder / "0" / name, kind, body)


def read_field(path):
    """Values of a field in the cells, (cells,) or (cells, 3)."""
    _, text = path.read_text().split("internalField", 1)
    size, values = re.search(r"List<\w+>\s*(\d+)\s*\((.*?)\n\)", text, re.S).groups()
    numbers = np.array(values.replace("(", " ").replace(")", " ").split(), float)
    return numbers.reshape(int(size), -1).squeeze()


def read_forces(folder):
    """Lift and drag coefficients of all iterations so far, (iterations,) each."""
    files = folder.glob("postProcessing/forces/*/coefficient*.dat")
    files = sorted(files, key=lambda path: int(path.parent.name))
    header = [row for row in files[0].read_text().splitlines() if row.startswith("#")]
    names = header[-1].strip("# ").split()
    rows = np.concatenate([np.loadtxt(path, ndmin=2) for path in files])
    return rows[:, names.index("Cl")], rows[:, names.index("Cd")]
