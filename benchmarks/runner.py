"""Workers of the benchmark: peers' environments, alternating rounds, tables, bars."""

import json
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.append(str(Path(__file__).resolve().parent.parent / "scripts"))

import hardware

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "_build" / "bench"
N_ROUNDS = 5
LIBRARIES = [
    *("deepxde", "phiflow", "phiml", "tensorflow-cpu", "tensorflow", "keras"),
    *("tensorflow-probability", "torch", "jax", "jaxlib", "flax", "optax"),
    *("numpy", "scipy", "physdl-tf"),
]


def environment(name):
    """Python of a peer's own environment, made from its list of packages."""
    folder = BUILD / name
    packages = (HERE / f"{name}.txt").read_text("utf-8")
    ready = folder / "ready.txt"  # the list that the folder was made from
    if not ready.exists() or ready.read_text("utf-8") != packages:
        print(f"Setting up {name} once: 2 to 6 GB, 5 to 15 minutes.", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-r", HERE / f"{name}.txt"], check=True)
        if name == "deepxde":
            # tensorflow-probability needs it; its own wish for the full tensorflow
            # package would replace tensorflow-cpu.
            subprocess.run([*pip, "--no-deps", "tf-keras==2.21.0"], check=True)
        ready.write_text(packages, "utf-8")
    return str(folder / "bin" / "python")


def versions(python=sys.executable):
    """Versions of the libraries that matter, as {name: version}, in an environment."""
    program = (
        "import json, sys, importlib.metadata as m\n"
        "name = lambda d: d.metadata['Name'].lower().replace('_', '-')\n"
        "found = {name(d): d.version for d in m.distributions()}\n"
        "print(json.dumps({n: found[n] for n in sys.argv[1:] if n in found}))"
    )
    command = [python, "-c", program, *LIBRARIES]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def machine():
    """The processor, and what runs on it."""
    return f"{hardware.processor()}, one core, {platform.system()}"


def start(module, arguments, python=sys.executable, **variables):
    """Start a worker; returns a callable n -> cost and result, and the first cost."""
    process = subprocess.Popen(
        [python, HERE / "worker.py", module, json.dumps(arguments)],
        env=os.environ | {"PYTHONPATH": str(HERE.parent)} | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the peers print much
        text=True,
    )

    def work(n=None):
        if n is not None:
            print(n, file=process.stdin, flush=True)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{module} {arguments} {variables} stopped. For its message, run "
                f"python benchmarks/worker.py {module} '{json.dumps(arguments)}'"
            )
        return json.loads(line)

    def stop():
        process.stdin.close()
        process.wait()

    work.stop = stop
    return work, work()


def compare(variants, ours, n_check, n_block, tolerance, n_rounds=N_ROUNDS):
    """Run variants in alternating rounds.

    Args:
        variants: {name: (module, arguments, python, environment)}.
        ours: The name that the others are divided by.
        n_check: Units after which all results must agree.
        n_block: {name: units in one block}; missing ones take that of `ours`.
        tolerance: Largest relative difference of the results to ours.
        n_rounds: Number of rounds.

    Returns:
        {name: milliseconds of a unit in each round, first call [s], growth of the
        memory [MB], result after n_check units}.
    """
    workers, table = {}, {}
    for name, (module, arguments, python, variables) in variants.items():
        workers[name], first = start(module, arguments, python, **variables)
        table[name] = {
            "first_call_seconds": first["cpu"],
            "imported": first["imported"],
            "value": workers[name](n_check - 1)["value"],
            "milliseconds": [],
        }
    for name, row in table.items():
        if not abs(row["value"] / table[ours]["value"] - 1) < tolerance:
            sys.exit(f"{name}: {row['value']} instead of {table[ours]['value']}.")
    for _ in tqdm(range(n_rounds), desc="round", leave=False, disable=None):
        for name, work in workers.items():
            n = n_block.get(name, n_block[ours])
            table[name]["milliseconds"].append(1000 * work(n)["cpu"] / n)
    for name, work in workers.items():
        row = table[name]
        row["memory_growth_megabytes"] = work(1)["peak"] - row.pop("imported")
        work.stop()
    return table


def ratio(table, theirs, ours):
    """How many times as long theirs takes as ours, median over the rounds."""
    times = [table[name]["milliseconds"] for name in (theirs, ours)]
    return float(np.median(np.divide(*times)))


def best(table, names):
    """Name of the fastest of the variants whose names begin as given."""
    found = [name for name in table if name.startswith(names)]
    return min(found, key=lambda name: np.median(table[name]["milliseconds"]))


def bars(title, table):
    """The bars of a table: a list of (text, value, bound, whether it is met)."""
    found = []
    for table_title, names, ours, bound in BARS:
        if table_title == title:
            theirs = best(table, names)
            value = ratio(table, theirs, ours)
            text = f"{ours} against {theirs}, at least"
            found.append((text, value, bound, value >= bound))
    if title == "2D":
        theirs = best(table, OWN_JIT)
        memory = [table[n]["memory_growth_megabytes"] for n in ("ours", theirs)]
        value = memory[0] / memory[1]
        found.append((f"memory of ours by {theirs}, at most", value, 0.5, value <= 0.5))
    return found


OWN_JIT = ("PhiFlow, jax, its own jit", "PhiFlow, tensorflow, its own jit")
BY_HAND = ("PhiFlow, jax, XLA by hand", "PhiFlow, tensorflow, XLA by hand")
BARS = [
    # table, peers of which the fastest counts, ours, least ratio
    ("1000 points, float32", "DeepXDE", "ours, tape, features first", 1.3),
    ("2540 points, float32", "DeepXDE", "ours, tape, features first", 1.2),
    ("1000 points, float32", "DeepXDE", "ours, Taylor", 2.5),
    ("2540 points, float32", "DeepXDE", "ours, Taylor", 2.0),
    ("1D", OWN_JIT, "ours", 12.0),
    ("2D", OWN_JIT, "ours", 2.0),
    ("1D", BY_HAND, "ours", 5.0),
    ("2D", BY_HAND, "ours", 1.5),
]


def show(title, table, ours):
    """Print a table of `compare`, and the bars that it is held to."""
    print(f"\n{title}\n{'':34s}   ms/unit    ratio  first call   memory")
    for name, row in table.items():
        print(
            f"{name:34s} {np.median(row['milliseconds']):9.3f} "
            f"{ratio(table, name, ours):8.2f} "
            f"{row['first_call_seconds']:9.1f} s "
            f"{row['memory_growth_megabytes']:5.0f} MB"
        )
    for text, value, bound, met in bars(title, table):
        print(f"{'pass' if met else 'MISSED'}: {text} {bound}: {value:.2f}", flush=True)
