import hashlib
import json
import os
import shutil
import sys
import time
from itertools import islice

import airfoil_flows
import airfoil_foam
import airfoil_mesh
from physdl_tf.airfoils import dataset, shapes

import numpy as np
import pytest
from matplotlib.path import Path as Polygon

SPEC = shapes.naca("2412")
ALPHA = np.radians(5)


@pytest.fixture(scope="module")
def corners():
    return airfoil_mesh.mesh(airfoil_mesh.airfoil_map(shapes.outline(SPEC)))


@pytest.fixture(scope="module")
def ideal():
    """Ideal flow in the cells."""
    mapped = airfoil_mesh.airfoil_map(shapes.outline(SPEC))
    return airfoil_mesh.cell_velocities(mapped, ALPHA)


def centers(corners):
    """Centers of the cells."""
    closed = np.append(corners, corners[:, :1], axis=1)
    return 0.25 * (
        closed[1:, 1:] + closed[1:, :-1] + closed[:-1, 1:] + closed[:-1, :-1]
    )


def pixels():
    """Centers of the pixels."""
    x, y = np.meshgrid(*dataset.pixel_centers())
    return x + 1j * y


# Sampling.


def test_linear_fields_are_reproduced_away_from_the_wall(corners):
    z = centers(corners)
    mask, fields = airfoil_flows.sampled(corners, 1 + 2 * z.real - 3 * z.imag, 1j * z)
    z = pixels()
    distance = np.abs(z[..., None] - corners[0]).min(axis=-1)
    chosen = ~mask & (distance > 0.005)  # at the wall the air stands still
    assert chosen.mean() > 0.9
    exact = np.stack([1 + 2 * z.real - 3 * z.imag, -z.imag, z.real], axis=-1)
    np.testing.assert_allclose(fields[chosen], exact[chosen], atol=1e-10)


def test_velocity_falls_to_zero_at_the_wall_and_pressure_does_not(monkeypatch):
    monkeypatch.setattr(airfoil_mesh, "FIRST_CELL", 0.04)  # wider than a pixel
    mapped = airfoil_mesh.airfoil_map(shapes.outline(SPEC))
    thick = airfoil_mesh.mesh(mapped)
    ones = np.ones((60, 160))
    mask, fields = airfoil_flows.sampled(thick, ones, ones)
    np.testing.assert_allclose(fields[~mask][:, 0], 1)
    distance = np.abs(pixels()[~mask][:, None] - thick[0]).min(axis=1)
    u = fields[~mask][:, 1]
    np.testing.assert_allclose(u[distance > 0.04], 1)
    assert 0 < u.min() < 0.3


def test_the_mask_is_the_inside_of_the_outline(corners, ideal):
    mask, fields = airfoil_flows.sampled(corners, np.abs(ideal), ideal)
    outline = shapes.outline(SPEC)
    polygon = Polygon(np.stack([outline.real, outline.imag], axis=-1))
    points = np.stack([pixels().real.ravel(), pixels().imag.ravel()], axis=-1)
    np.testing.assert_array_equal(mask.ravel(), polygon.contains_points(points))
    assert not fields[mask].any()
    assert fields[~mask].all()


def test_masks_of_the_shipped_data_are_reproduced():
    flows = dataset.load()
    for k in (0, 3, 10, 32, 500, 903, 1038):  # 3, 10, ...: a pixel at the very wall
        mapped = airfoil_mesh.airfoil_map(shapes.outline(flows.specs[k]))
        here = airfoil_mesh.mesh(mapped)
        nothing = np.zeros(np.subtract(here.shape, (1, 0)))
        mask, _ = airfoil_flows.sampled(here, nothing, nothing)
        np.testing.assert_array_equal(mask, flows.mask[k])


# The files of OpenFOAM.


def test_faces_close_every_cell_and_point_from_owner_to_neighbor(corners):
    faces, owners, neighbors = airfoil_foam.mesh_faces(corners)
    flat = np.stack([corners.real.ravel(), corners.imag.ravel()], axis=-1)
    points = np.concatenate([np.insert(flat, 2, z, axis=1) for z in (0, 0.1)])
    a, b, c, d = np.moveaxis(points[faces], 1, 0)
    normals = 0.5 * np.cross(c - a, d - b)
    inner, n_cells = len(neighbors), 160 * 60
    assert sorted(owners.tolist() + neighbors.tolist()) == sorted(
        6 * list(range(n_cells))
    )
    assert (owners[:inner] < neighbors).all()
    pairs = list(zip(owners[:inner].tolist(), neighbors.tolist(), strict=True))
    assert pairs == sorted(set(pairs))  # the order that OpenFOAM demands
    total, volume = np.zeros((n_cells, 3)), np.zeros(n_cells)
    flux = np.sum(normals * (a + b + c + d) / 12, axis=1)
    np.add.at(total, owners, normals)
    np.add.at(volume, owners, flux)
    np.subtract.at(total, neighbors, normals[:inner])
    np.subtract.at(volume, neighbors, flux[:inner])
    np.testing.assert_allclose(total, 0, atol=1e-12)
    areas = airfoil_mesh.cell_areas(corners).ravel()
    np.testing.assert_allclose(volume, 0.1 * areas, rtol=1e-3, atol=1e-12)


FAKE = """#!{python}
import pathlib, shutil, sys
case = pathlib.Path(sys.argv[2])
times = [int(path.name) for path in case.iterdir() if path.name.isdigit()]
forces = case / "postProcessing" / "forces" / str(max(times))
forces.mkdir(parents=True)
end = max(times) + 200
rows = [f"{{max(times) + k}} 0.02 {{{lift}}}" for k in range(1, 201)]
(forces / "coefficient.dat").write_text("# Time Cd Cl\\n" + "\\n".join(rows) + "\\n")
shutil.copytree(case / "0", case / str(end))
"""


@pytest.fixture
def fake_solver(tmp_path, monkeypatch):
    """Put a program in place of simpleFoam that says what a test wants it to say."""

    def install(script):
        program = tmp_path / "bin" / "simpleFoam"
        program.parent.mkdir()
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    return install


def settling(lift="0.5"):
    """A solver that returns what it starts from; `lift` is a formula in k, 1 to 200."""
    return FAKE.format(python=sys.executable, lift=lift)


def test_fields_are_written_and_read_back(tmp_path, fake_solver, corners, ideal):
    fake_solver(settling())
    flow = airfoil_foam.solve(tmp_path / "case", corners, ideal, ALPHA, 1e6)
    assert (flow.lift, flow.drag, flow.n_iterations) == (0.5, 0.02, 200)
    np.testing.assert_allclose(flow.velocity, ideal, atol=1e-5)
    np.testing.assert_allclose(flow.p, 0.5 - 0.5 * np.abs(ideal) ** 2, atol=1e-4)


def test_a_flow_that_settles_later_is_continued(tmp_path, fake_solver, corners, ideal):
    fake_solver(settling("0.5 + k % 2 * (max(times) < 400)"))
    flow = airfoil_foam.solve(tmp_path / "case", corners, ideal, ALPHA, 1e6)
    assert flow.n_iterations == 600
    control = (tmp_path / "case" / "system" / "controlDict").read_text()
    assert "endTime 600;" in control


def test_an_unsteady_flow_is_given_up(tmp_path, fake_solver, corners, ideal):
    fake_solver(settling("0.003 * (k % 2)"))
    with pytest.raises(airfoil_foam.FlowError, match="unsteady after 800 iterations"):
        airfoil_foam.solve(tmp_path / "case", corners, ideal, ALPHA, 1e6)


def test_a_solver_that_fails_is_quoted(tmp_path, fake_solver, corners, ideal):
    fake_solver("#!/bin/sh\necho overflow in nuTilda\nexit 136\n")
    with pytest.raises(airfoil_foam.FlowError, match="code 136: overflow in nuTilda"):
        airfoil_foam.solve(tmp_path / "case", corners, ideal, ALPHA, 1e6)


def test_a_solver_that_hangs_is_stopped(
    tmp_path, fake_solver, corners, ideal, monkeypatch
):
    fake_solver("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(airfoil_foam, "TIME_LIMIT", 0.5)
    begin = time.perf_counter()
    with pytest.raises(airfoil_foam.FlowError, match="more than 0.5 s"):
        airfoil_foam.solve(tmp_path / "case", corners, ideal, ALPHA, 1e6)
    assert time.perf_counter() - begin < 20


def test_a_missing_solver_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="apt-get install openfoam"):
        airfoil_flows.main(["polar", "0012"])


# The data set.


def test_flows_are_stored_to_half_a_step(corners, ideal):
    mask, fields = airfoil_flows.sampled(corners, 0.5 - 0.5 * np.abs(ideal) ** 2, ideal)
    record = {"spec": SPEC, "angle": 5.0, "reynolds": 1e6, "lift": 0.7, "drag": 0.02}
    flow = {"record": json.dumps(record), **airfoil_flows.encoded(mask, fields)}
    read = dataset._decoded(airfoil_flows.assembled([flow, flow]))
    np.testing.assert_array_equal(read.mask, [mask, mask])
    for k, step in enumerate((1 / 2000, 1 / 1000, 1 / 1000)):
        error = np.abs(read.fields[1, ..., k] - fields[..., k]).max()
        assert 0.4 * step < error < 0.501 * step
    assert read.family.tolist() == ["naca4", "naca4"]
    assert read.specs == (SPEC, SPEC)
    assert (read.angle[1], read.reynolds[1]) == (5, 1e6)
    assert read.lift[1] == pytest.approx(0.7)


def test_a_data_set_is_written_and_read(tmp_path, fake_solver, capsys):
    fake_solver(settling())
    out = tmp_path / "flows.npz"
    options = ["--flows", "2", "--seeds", "1", "7"]
    airfoil_flows.main(["generate", str(out), *options])
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert f"4 flows in {out}, SHA-256 {digest}" in capsys.readouterr().out
    flows = dataset.load(out, digest)
    cases = [*islice(airfoil_flows.random_cases(1), 2)]
    cases += islice(airfoil_flows.random_cases(7), 2)
    assert flows.specs == tuple(spec for spec, _, _ in cases)
    np.testing.assert_allclose(flows.angle, [angle for _, angle, _ in cases])
    np.testing.assert_allclose(flows.reynolds, [number for _, _, number in cases])
    ahead = flows.fields[:, :, 0, 1:].mean(axis=1)
    np.testing.assert_allclose(np.hypot(*ahead.T), 1, atol=0.1)


def test_an_interrupted_run_loses_nothing_and_goes_on(
    tmp_path, fake_solver, monkeypatch
):
    fake_solver(settling())
    whole, halted = tmp_path / "whole.npz", tmp_path / "halted.npz"
    airfoil_flows.generate(whole, 2, [1])
    computed, calls = airfoil_flows.computed, []

    def interrupted(*case):
        calls.append(case)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return computed(*case)

    monkeypatch.setattr(airfoil_flows, "computed", interrupted)
    airfoil_flows.generate(halted, 2, [1])
    assert len(np.load(halted)["params"]) == 1
    airfoil_flows.generate(halted, 2, [1])
    assert len(calls) == 3  # the first was not computed again
    assert halted.read_bytes() == whole.read_bytes()


def test_cases_that_fail_are_recorded_and_left_out(tmp_path, fake_solver, monkeypatch):
    fake_solver(settling())
    flow_around, calls = airfoil_flows.flow_around, []

    def first_fails(*case):
        calls.append(case)
        if len(calls) == 1:
            raise airfoil_foam.FlowError("unsteady after 800 iterations")
        return flow_around(*case)

    monkeypatch.setattr(airfoil_flows, "flow_around", first_fails)
    airfoil_flows.generate(tmp_path / "flows.npz", 1, [1])
    first, second = sorted((tmp_path / "flows_cases").iterdir())
    with np.load(first) as file:
        assert (
            json.loads(str(file["record"]))["status"] == "unsteady after 800 iterations"
        )
        assert "delta" not in file
    spec = json.loads(str(np.load(tmp_path / "flows.npz")["specs"]))[0]
    assert spec == json.loads(str(np.load(second)["record"]))["spec"] == calls[1][0]


def test_flows_that_make_no_sense_are_left_out(fake_solver, monkeypatch):
    fake_solver(settling("7.0"))
    arrays = airfoil_flows.computed(SPEC, 5.0, 1e6)
    assert json.loads(str(arrays["record"]))["status"] == "diverged"
    assert "delta" not in arrays
    monkeypatch.setattr(airfoil_flows, "MAX_LIFT", 8)
    assert "delta" in airfoil_flows.computed(SPEC, 5.0, 1e6)
    monkeypatch.setattr(airfoil_flows, "MAX_VALUE", 1)
    assert "delta" not in airfoil_flows.computed(SPEC, 5.0, 1e6)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "flows.npz"
    airfoil_flows.save(path, {"x": np.arange(3)})

    def interrupted(file, **arrays):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        airfoil_flows.save(path, {"x": np.arange(4)})
    assert np.load(path)["x"].tolist() == [0, 1, 2]


def test_a_polar_goes_on_after_an_angle_without_a_steady_flow(fake_solver, capsys):
    fake_solver(settling("0.1 if '0.9848' in (case / '0' / 'U').read_text() else k"))
    airfoil_flows.polar("2412", [30, 10], 1e6)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "NACA 2412 at 30 degrees: unsteady after 800 iterations"
    assert second == "NACA 2412 at 10 degrees: lift 0.100"


# With OpenFOAM.

with_openfoam = pytest.mark.skipif(
    not shutil.which("simpleFoam"), reason="simpleFoam of OpenFOAM is not installed"
)


@with_openfoam
def test_naca_0012_has_the_lift_of_the_wind_tunnel(capsys):
    airfoil_flows.main(["polar", "0012", "--angles", "4", "--reynolds", "6e6"])
    lift = float(capsys.readouterr().out.split()[-1])
    assert lift == pytest.approx(0.429, rel=0.035)  # Ladson 1988, NASA TM 4074
    assert lift == pytest.approx(0.443, rel=0.005)  # when the data were computed


@with_openfoam
def test_the_first_of_the_shipped_flows_is_computed_again():
    shipped = dataset.load()
    case = next(airfoil_flows.random_cases(101))
    flow = dataset._decoded(airfoil_flows.assembled([airfoil_flows.computed(*case)]))
    np.testing.assert_array_equal(flow.mask[0], shipped.mask[0])
    # One step of the stored values is 0.001; other releases may round otherwise.
    np.testing.assert_allclose(flow.fields[0], shipped.fields[0], atol=0.005)
    assert flow.lift[0] == pytest.approx(shipped.lift[0], abs=0.002)
