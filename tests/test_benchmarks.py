"""The benchmark: its definitions, its bars, and that our variants do the same work."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

from physdl_tf import problems

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def folder(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def load(name):
    return importlib.import_module(name)


def test_points_lie_where_they_belong_and_have_the_exact_values():
    points, problem = load("points"), problems.BurgersSine()
    inside = points.collocation(2540)
    assert inside.shape == (2540, 2)
    assert (np.abs(inside[:, 0]) < 0.9999).all() and (inside[:, 1] > 1e-4).all()
    assert (inside[:, 1] < 0.9999).all() and problem.nu == points.NU_PINN
    z, u = points.conditions()
    assert (np.abs(z[:80, 0]) == 1).all() and (z[80:, 1] == 0).all()
    exact = problem.exact(z[80:, 0], np.array([[0.0]]))[0]
    np.testing.assert_allclose(u[80:, 0], exact, atol=1e-12)
    assert (u[:80] == 0).all()


def test_start_weights_fit_the_network():
    points = load("points")
    shapes = [w.shape for w in points.initial_weights(width=7, depth=2)]
    assert shapes == [(2, 7), (7,), (7, 7), (7,), (7, 1), (1,)]


def test_flows_are_those_of_the_published_example(tmp_path, monkeypatch):
    flows = load("flows")
    case = flows.CASES[1]
    assert case["n_steps"] * case["dt"] == 0.5 and case["rate"] == 5
    assert case["nu"] == pytest.approx(0.01 / (128 * np.pi))
    assert flows.start(1).shape == (128,) and flows.start(2).shape == (128, 128, 2)
    assert np.abs(flows.start(2)).max() < 1


def row(milliseconds, megabytes=100.0):
    return {"milliseconds": milliseconds, "memory_growth_megabytes": megabytes}


def test_bars_compare_with_the_fastest_peer_round_by_round():
    runner = load("runner")
    table = {
        "ours": row([1.0, 2.0, 4.0], 60.0),
        "PhiFlow, jax, its own jit": row([3.0, 6.0, 12.0], 100.0),
        "PhiFlow, jax, XLA by hand": row([1.4, 2.8, 5.6]),
        "PhiFlow, tensorflow, its own jit": row([9.0, 9.0, 9.0]),
    }
    own, by_hand, memory = runner.bars("2D", table)
    assert "jax, its own jit" in own[0] and own[1:] == (3.0, 2.0, True)
    assert by_hand[1:] == (pytest.approx(1.4), 1.5, False)
    assert memory[1:] == (pytest.approx(0.6), 0.5, False)
    assert runner.bars("1000 points, float64", table) == []


def test_an_unknown_part_is_refused_and_the_parts_are_named():
    command = [sys.executable, FOLDER / "bench.py", "pin"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "No such part: pin. There are: pinn, rollouts, solver" in result.stderr


def test_our_three_ways_to_the_residual_train_alike():
    pinn = load("pinn_ours")
    losses = [
        float(pinn.setup(variant, 30, "float64", width=4, n_compiled=5)(12))
        for variant in ("tape", "columns", "taylor")
    ]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-12)
    assert losses[0] < float(pinn.setup("tape", 30, "float64", width=4)(0))


def test_descent_through_the_rollout_lowers_the_loss(tmp_path, monkeypatch):
    flows, rollout = load("flows"), load("rollout_ours")
    monkeypatch.setattr(flows, "TARGET", tmp_path / "target.npy")
    np.save(flows.TARGET, np.sin(np.pi * flows.centers(128)))
    run = rollout.setup(1, n_steps=4, n_compiled=10)
    start = float(run(1))
    assert start == pytest.approx(0.5, rel=1e-3)  # mean square of a sine
    assert float(run(20)) < 0.1 * start


def test_a_worker_answers_with_cost_and_value():
    command = [sys.executable, FOLDER / "worker.py", "solver_ours"]
    command += [json.dumps({"dimensions": 0, "n": 1000})]
    run = {"input": "2\n", "capture_output": True, "text": True, "check": True}
    first, answer = map(json.loads, subprocess.run(command, **run).stdout.splitlines())
    assert first["peak"] >= first["imported"] > 10
    assert answer["cpu"] > 0 and answer["value"] > 0


def test_the_accuracy_recipes_start_from_what_they_say(tmp_path, monkeypatch):
    clock, accuracy = load("clock"), load("accuracy_ours")
    x, t = np.linspace(-1, 1, 16, endpoint=False), np.linspace(0, 1, 5)
    u = problems.BurgersSine().exact(x, t[:, None])
    monkeypatch.setattr(clock, "EXACT", tmp_path / "exact.npz")
    np.savez(clock.EXACT, x=x, t=t, u=u)
    curve = accuracy.setup("chapter", 0, 0.0)(1)
    assert np.shape(curve) == (1, 2)  # no time is left for a block
    assert 0.3 < curve[0][1] < 3  # the start is a sine, with an untrained network
    for dtype in ("float32", "float64"):
        network, losses = accuracy.model(0, dtype)
        assert network.count_params() == 921
        assert set(losses()) == {"residual", "boundary", "initial"}
        assert {loss.dtype.name for loss in losses().values()} == {dtype}
