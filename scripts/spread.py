"""How far a chapter's numbers move with the processor: for the tolerances of its cells.

    python scripts/spread.py book/pinn/burgers.ipynb

Runs each chapter as on other instruction sets and with one thread, stores nothing, and
prints for each cell whose output differs from the stored one the largest relative
difference of its decimal numbers, or what else differs.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import notebooks
import tolerances

import nbformat

VARIANTS = {
    "as here": {},
    "AVX2": {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "OPENBLAS_CORETYPE": "Haswell"},
    "SSE4.2": {"XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2", "OPENBLAS_CORETYPE": "Nehalem"},
    "one thread": dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1"
    ),
}
RUN = """import sys, execute, notebooks, nbformat
notebook = execute.run(notebooks.read(sys.argv[1]), sys.argv[2], sys.argv[1])
nbformat.write(notebook, sys.argv[3])"""


def texts(cell):
    """The printed text of a code cell, streams and results together."""
    text = ""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        text += output.get("text", "")
        text += "" if "image/png" in data else data.get("text/plain", "")
    return text


def varied(path, settings):
    """The chapter, run in an empty folder under the given environment variables."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.ipynb"
        subprocess.run(
            [sys.executable, "-c", RUN, str(path), folder, str(result)],
            check=True,
            cwd=notebooks.ROOT,
            env=os.environ | settings | {"PYTHONPATH": str(Path(__file__).parent)},
        )
        return nbformat.read(result, as_version=4)


def differences(notebook, stored):
    """Pairs of cell number and largest difference (None: other than in numbers)."""
    pairs = zip(notebook.cells, stored.cells, strict=True)
    for number, (new, old) in enumerate(pairs):
        if texts(new) != texts(old):
            yield number, tolerances.difference(texts(new), texts(old))


def main(arguments):
    """Print the differences of the chapters named in `arguments`, or of all."""
    for path in notebooks.chosen(arguments):
        stored = notebooks.read(path)
        for name, settings in VARIANTS.items():
            print(f"{path}, {name}", flush=True)
            for number, found in differences(varied(path, settings), stored):
                much = "not only in numbers" if found is None else f"{found:.1%}"
                print(f"    cell {number}: {much}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
