"""One long-lived process of the benchmark: runs one variant, and says what it cost.

    python worker.py MODULE '{"variant": ..., ...}'

`MODULE.setup(**arguments)` returns a callable `run(n)` that does n units of work and
returns numbers: a loss, that other variants must agree with, or a curve. Each line on
standard input is an n; each line on standard output is a JSON object with the CPU
seconds, the wall seconds and those numbers. The first unit, with all tracing and
compiling, is measured apart. Everything runs on one core, so that CPU seconds are
comparable.
"""

import importlib
import json
import os
import resource
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
    os.environ[name] = "1"
os.environ |= {"TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
os.environ |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402, after the number of threads is set


def megabytes(field):
    """Memory of this process: now ("VmRSS"), or the largest so far ("VmHWM").

    Where Linux does not say, the largest so far for both.
    """
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status", encoding="utf-8") as lines:
            found = [line.split()[1] for line in lines if line.startswith(field)]
        return int(found[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(run, n):
    """Cost and result of n units of work."""
    cpu, wall = time.process_time(), time.perf_counter()
    value = np.asarray(run(n), float).tolist()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "value": value}


def main(name, arguments):
    """Set up, warm up, then answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print does not mix with the answers
    module = importlib.import_module(name)
    before = megabytes("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    run = module.setup(**arguments)
    first = measured(run, 1)
    first |= {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    first |= {"imported": before, "peak": megabytes("VmHWM")}
    print(json.dumps(first), file=answers)
    for line in sys.stdin:
        answer = measured(run, int(line)) | {"peak": megabytes("VmHWM")}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
