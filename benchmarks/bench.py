"""Run the book's code and the libraries a reader would pick instead on the same work.

    make bench                              # everything
    python benchmarks/bench.py pinn solver  # some of it
    python benchmarks/bench.py bars         # the rows that are held to bars, quickly

Each variant is a process of its own on one core (worker.py). Rounds alternate: in each
round every variant does one block of work, and ratios are taken within a round, so that
what else the machine does cancels. A ratio is theirs over ours, in CPU seconds. The
measurements go to physdl_tf/data/benchmarks.json.
"""

import json
import sys
from datetime import date

import physdl_tf as pdl

import numpy as np
import runner
from runner import BUILD, compare, environment, start
from tqdm import tqdm

RESULTS = runner.HERE.parent / "physdl_tf" / "data" / "benchmarks.json"
PINN_OURS = {
    "ours, tape": "tape",
    "ours, tape, features first": "columns",
    "ours, Taylor": "taylor",
}
PINN_THEIRS = {
    "DeepXDE, TensorFlow": ("tensorflow", {}),
    "DeepXDE, TensorFlow with XLA": ("tensorflow", {"xla": True}),
    "DeepXDE, PyTorch": ("pytorch", {}),
    "DeepXDE, JAX": ("jax", {}),
    "DeepXDE, JAX, forward mode": ("jax", {"forward": True}),
}


def pinn_variants(case, theirs=tuple(PINN_THEIRS)):
    """Variants of one training step, ours and those of DeepXDE that are named."""
    python = environment("deepxde")
    variants = {
        name: ("pinn_ours", case | {"variant": variant}, sys.executable, {})
        for name, variant in PINN_OURS.items()
    }
    for name in theirs:
        backend, more = PINN_THEIRS[name]
        variables = {"DDE_BACKEND": backend}
        if case["dtype"] == "float64":  # DeepXDE leaves this switch of JAX to its user
            variables["JAX_ENABLE_X64"] = "1"
        variants[name] = ("pinn_deepxde", case | more, python, variables)
    return variants


def pinn(dtypes=("float32", "float64")):
    """One training step of a PINN against DeepXDE on its backends."""
    tables = {}
    for dtype in dtypes:
        tolerance = {"float32": 1e-2, "float64": 1e-4}[dtype]
        for n_points in (1000, 2540):
            variants = pinn_variants({"n_points": n_points, "dtype": dtype})
            table = compare(variants, "ours, tape", 200, {"ours, tape": 100}, tolerance)
            title = f"{n_points} points, {dtype}"
            runner.show(title, table, "ours, tape")
            tables[title] = table
    return tables


def rollout_variants(dimensions, backends, how, n_steps=None):
    """Variants of one gradient through a solver, ours and PhiFlow's."""
    problem = pdl.problems.BurgersSine()
    np.save(BUILD / "target.npy", problem.exact(problem.grid(128).centers, 0.5))
    python = environment("phiflow")
    case = {"dimensions": dimensions, "n_steps": n_steps}
    variants = {"ours": ("rollout_ours", case, sys.executable, {})}
    for backend in backends:
        for variant, words in how.items():
            variables = {"PHIFLOW_BACKEND": backend}
            arguments = case | {"variant": variant}
            name = f"PhiFlow, {backend}, {words}"
            variants[name] = ("rollout_phiflow", arguments, python, variables)
    return variants


def rollouts(slowest=True):
    """Gradients through solvers against PhiFlow, with or without its slowest way."""
    tables = {}
    blocks = {1: ({"ours": 5000}, 50, 500), 2: ({"ours": 30}, 5, 10)}
    for dimensions, (block, n_check, n_theirs) in blocks.items():
        how = {"jit": "its own jit", "xla": "XLA by hand"}
        variants = rollout_variants(dimensions, ("jax", "tensorflow"), how)
        if not slowest:
            del variants["PhiFlow, tensorflow, its own jit"]
        block |= dict.fromkeys(list(variants)[1:], n_theirs)
        block["PhiFlow, tensorflow, its own jit"] = 50 if dimensions == 1 else 2
        table = compare(variants, "ours", n_check, block, 1e-3)
        runner.show(f"{dimensions}D", table, "ours")
        tables[f"{dimensions}D"] = table
    return tables


def bars():
    """The rows that are held to bars; nothing is stored."""
    pinn(("float32",))
    rollouts(slowest=False)


def accuracy(seeds=(0, 1, 2)):
    """Error of a PINN over CPU seconds: DeepXDE's example, and ours.

    The example's recipe runs to its end, at most 900 CPU seconds; the chapter's for 60.
    Compilation counts.
    """
    problem = pdl.problems.BurgersSine()
    x, t = problem.grid(256).centers, np.linspace(0, 1, 100)
    np.savez(BUILD / "exact.npz", x=x, t=t, u=problem.exact(x, t[:, None]))
    python, pytorch = environment("deepxde"), {"DDE_BACKEND": "pytorch"}
    example = {"recipe": "example", "seconds": 900}
    chapter = {"recipe": "chapter", "seconds": 60}
    recipes = {
        "DeepXDE, its example": ("accuracy_deepxde", {"seconds": 900}, python, pytorch),
        "ours, the same recipe": ("accuracy_ours", example, sys.executable, {}),
        "ours, the chapter's recipe": ("accuracy_ours", chapter, sys.executable, {}),
    }
    curves = {name: [] for name in recipes}
    for seed in seeds:
        for name, (module, arguments, interpreter, more) in recipes.items():
            work, first = start(module, arguments | {"seed": seed}, interpreter, **more)
            work.stop()
            curves[name].append(first["value"])
            cpu, error = first["value"][-1]
            print(f"{name:34s} seed {seed} {cpu:6.0f} CPU s, error {error:.1e}")
    return {"curves": curves}


def scaling():
    """How the cost grows with points, width and number of steps; three rounds each."""
    tables = {}
    cases = [("points", n, {"n_points": n}) for n in (250, 1000, 4000, 16000)]
    cases += [("width", n, {"n_points": 2000, "width": n}) for n in (10, 20, 40, 80)]
    for kind, n, case in cases:
        case = {"dtype": "float32"} | {k: int(v) for k, v in case.items()}
        variants = pinn_variants(case, ["DeepXDE, TensorFlow with XLA"])
        table = compare(variants, "ours, tape", 50, {"ours, tape": 50}, 0.01, 3)
        tables.setdefault(kind, {})[int(n)] = table
    for n_steps in (8, 16, 32, 64, 128):
        variants = rollout_variants(1, ["jax"], {"jit": "its own jit"}, n_steps)
        block = {"ours": 2000, "PhiFlow, jax, its own jit": 100}
        table = compare(variants, "ours", 5, block, 1e-3, 3)
        tables.setdefault("steps", {})[n_steps] = table
    for kind, rows in tables.items():
        print(f"\nMilliseconds of an iteration over {kind}")
        for n, table in rows.items():
            row = [f"{k} {np.median(v['milliseconds']):.3f}" for k, v in table.items()]
            print(f"{n:6d}  " + ";  ".join(row), flush=True)
    return tables


def solver():
    """Our solvers alone against the number of cells, and the machine's memory."""
    tables = {}
    work, _ = start("solver_ours", {"dimensions": 0, "n": 10_000_000})
    bandwidth = float(np.median([work(3)["value"] for _ in range(5)]))
    work.stop()
    print(f"memory bandwidth, triad: {bandwidth:.1f} GB/s")
    for dimensions, sizes in ((1, 4 ** np.arange(3, 9)), (2, 2 ** np.arange(6, 10))):
        rows = []
        for n in tqdm(sizes, desc="size", leave=False, disable=None):
            work, _ = start("solver_ours", {"dimensions": dimensions, "n": int(n)})
            n_steps = max(10, 2_000_000 // int(n) ** dimensions)
            rates = [work(n_steps)["value"] for _ in range(5)]
            work.stop()
            rows.append({"n": int(n), "steps_per_second": float(np.median(rates))})
        cells = np.array([row["n"] for row in rows]) ** dimensions
        rates = np.array([row["steps_per_second"] for row in rows])
        logs = np.log([cells[cells >= 4096], rates[cells >= 4096]])
        exponent = float(np.polyfit(*logs, 1)[0])
        tables[f"{dimensions}D"] = {"rows": rows, "exponent": exponent}
        print(f"\nSolver alone, {dimensions}D: steps per CPU s ~ cells^{exponent:.2f}")
        # Each number of the state is read once and written once, 4 bytes each.
        traffic = rates * cells * dimensions * 8e-9 / bandwidth
        for row, share in zip(rows, traffic, strict=True):
            print(
                f"{row['n']:6d} cells a side {row['steps_per_second']:12.0f} steps/s,"
                f" {share:5.1%} of the bandwidth"
            )
    return tables | {"bandwidth_gigabytes_per_second": bandwidth}


PARTS = {
    "pinn": pinn,
    "rollouts": rollouts,
    "solver": solver,
    "scaling": scaling,
    "accuracy": accuracy,
}


def main(chosen):
    """Run the parts named, or all, and store what they measured."""
    parts = PARTS | {"bars": bars}
    if unknown := set(chosen) - set(parts):
        sys.exit(f"No such part: {', '.join(unknown)}. There are: {', '.join(parts)}.")
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in chosen or PARTS:
        print(f"\n== {name}", flush=True)
        if name == "bars":
            bars()
            continue
        measured = {"machine": runner.machine(), "date": str(date.today())}
        measured |= parts[name]()
        stored = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        stored["versions"] = {"ours": runner.versions()} | {
            peer: runner.versions(environment(peer)) for peer in ("deepxde", "phiflow")
        }
        stored[name] = measured
        RESULTS.write_text(json.dumps(stored) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
