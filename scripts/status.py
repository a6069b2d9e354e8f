"""Measure run time and memory of the chapters, for the book's boxes and status page.

    python scripts/status.py                       # every chapter of _toc.yml
    python scripts/status.py book/pinn/burgers.ipynb

Each chapter runs alone in a fresh kernel and an empty folder, imports included; its
outputs are not stored. Time is rounded up to 5 s, memory to 0.1 GB.
"""

import json
import math
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import packages_distributions, version

import execute
import hardware
import notebooks

STATUS = notebooks.ROOT / "book" / "status.json"


def measured(path):
    """Run time [s] and peak memory [bytes] of one chapter."""
    start = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        hardware.watched(hardware.children) as peak,
    ):
        execute.run(notebooks.read(path), folder, str(path))
        return time.perf_counter() - start, peak[0]


def machine():
    """What the measurements were made on, in words."""
    processor = hardware.processor()
    tensorflow = version(packages_distributions()["tensorflow"][0])
    software = f"Python {platform.python_version()}, TensorFlow {tensorflow}"
    return f"{os.cpu_count()} cores, {processor}, {platform.system()}, {software}"


def main(arguments):
    """Measure the chapters named in `arguments`, or all, and store the numbers."""
    stored = json.loads(STATUS.read_text("utf-8")) if STATUS.exists() else {}
    here = machine()
    entries = stored["chapters"] if stored.get("machine") == here else {}
    for path in notebooks.chosen(arguments):
        seconds, size = measured(path)
        entry = {
            "seconds": 5 * math.ceil(seconds / 5),
            "gigabytes": math.ceil(size / 1e8) / 10,
        }
        entries[str(path.with_suffix(""))] = entry
        print(f"\r{path}: {entry['seconds']} s, {entry['gigabytes']} GB", flush=True)
    names = [str(path.with_suffix("")) for path in notebooks.chapters()]
    status = {
        "machine": here,
        "chapters": {name: entries[name] for name in names if name in entries},
    }
    STATUS.write_text(json.dumps(status, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
