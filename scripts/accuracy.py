"""All rows of the accuracy chapter over five seeds, into physdl_tf/data/accuracy.json.

python scripts/accuracy.py [SEEDS [ROW ...]]     (`make accuracy`: 5 seeds, all rows)
"""

import datetime
import json
import os
import platform
import sys
from pathlib import Path

import hardware
from physdl_tf import optimize, problems, progress
from physdl_tf.chapters import accuracy as pinns

import numpy as np
import scipy
import tensorflow as tf

RESULT = Path(__file__).resolve().parent.parent / "physdl_tf/data/accuracy.json"
MANY = 10_000  # blocks: the processor time ends a run
WHOLE = problems.BurgersSine()
RIGHT = problems.BurgersSine(x_range=(0.0, 1.0))
SOFT = {"adaptive": False, "conditions": True}


def falling(n_iterations):
    """Adam with the best of three rates: 3e-3, 1e-2, 3e-2, tried on other seeds."""

    def method(pinn, **settings):
        optimizer = optimize.falling_adam(1e-2, n_iterations)
        return pinns.adam(pinn, optimizer=optimizer, **settings)

    return method


ROWS = {  # name: options of the network, method, its options, CPU seconds
    "Adam, float32": (
        {"ansatz": pinns.soft_conditions, "dtype": "float32"},
        pinns.adam,
        SOFT,
        10,
    ),
    "float64": ({"ansatz": pinns.soft_conditions}, pinns.adam, SOFT, 10),
    "conditions built in": ({}, pinns.adam, {"adaptive": False}, 10),
    "adaptive points": ({}, pinns.adam, {}, 10),
    "best Adam": ({"dtype": "float32"}, falling(11_000), {}, 10),
    "best Adam, long": ({"dtype": "float32"}, falling(95_000), {}, 90),
    "L-BFGS": ({}, pinns.lbfgs, {}, 10),
    "BFGS": ({}, pinns.quasi_newton, {"self_scaled": False}, 10),
    "self-scaled Broyden": ({}, pinns.quasi_newton, {}, 10),
    "Gauss-Newton": ({}, pinns.gauss_newton, {}, 60),
    "half of the domain": (
        {"problem": RIGHT, "ansatz": pinns.half_domain},
        pinns.gauss_newton,
        {},
        60,
    ),
}
INSTANTS = (5, 10, 20, 30, 40, 60, 90)


def machine():
    """What ran, where and when."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": hardware.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def errors_at(curve, budget):
    """Error of the last block that ended in time, for each instant in the budget."""
    seconds, error, _ = curve
    inside = [s for s in INSTANTS if s <= budget]
    return {str(s): float(f"{error[seconds <= s][-1]:.2e}") for s in inside}


def main(n_seeds=5, *names):
    """Run rows (all, or those named) over the seeds, and store them with the others."""
    n_seeds = int(n_seeds)
    rows = json.loads(RESULT.read_text())["rows"] if names else {}
    for name in names or ROWS:
        options, method, settings, budget = ROWS[name]
        options = {"problem": WHOLE} | options
        settings = {"n_blocks": MANY} | settings
        rows[name] = {}
        for seed in range(n_seeds):
            pinn = pinns.make_pinn(seed=seed, **options)
            curve = pinns.measure(pinn, method(pinn, **settings), budget)
            for instant, error in errors_at(curve, budget).items():
                rows[name].setdefault(instant, []).append(error)
            progress.show(seed + 1, n_seeds, f"{name}: seed")
        RESULT.write_text(json.dumps(machine() | {"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
