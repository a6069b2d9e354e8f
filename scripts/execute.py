"""Run chapters from a fresh kernel and store their outputs reproducibly.

    python scripts/execute.py                       # every chapter of _toc.yml
    python scripts/execute.py book/pinn/burgers.ipynb

No times, no random identifiers: running a chapter again without a change leaves
`git diff` empty. A chapter that raises an error, or writes to stderr, is not stored.
"""

import os
import sys
import time

import notebooks

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CELL_TIMEOUT = 600  # seconds


def run(notebook, folder, name):
    """Execute `notebook` in place, in `folder`; exit with one sentence if a cell fails.

    The outputs hold no times; of an expected error only the message is kept, because
    its traceback names files of this machine.
    """
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", PYTHONHASHSEED="0")
    position = 0

    def show(cell, cell_index):
        nonlocal position
        position = cell_index
        if sys.stdout.isatty():
            progress = f"cell {cell_index + 1}/{len(notebook.cells)}"
            print(f"\r{name}: {progress}", end=" ", flush=True)

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=show,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        stop(name, position, notebook, f"{error.ename}: {error.evalue}\n{error}")
    except CellTimeoutError:
        stop(name, position, notebook, f"took longer than {CELL_TIMEOUT} s")
    except DeadKernelError:
        stop(name, position, notebook, "the kernel died (out of memory?)")
    for position, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
            if output.get("name") == "stderr":
                stop(name, position, notebook, f"wrote to stderr: {output.text}")
    return notebook


def stop(name, position, notebook, reason):
    """Exit with a message that names the chapter, the cell and the reason."""
    source = notebook.cells[position].source.strip()
    sys.exit(
        f"\n{name}, cell {position + 1}, which begins with\n"
        f"    {source.splitlines()[0] if source else '(empty)'}\n"
        f"failed, so the chapter was not stored. {reason}"
    )


def main(arguments):
    """Run and store the chapters named in `arguments`, or all of them."""
    paths = notebooks.chosen(arguments)
    for number, path in enumerate(paths, 1):
        name = f"[{number}/{len(paths)}] {path}"
        print(name, flush=True)
        start = time.perf_counter()
        notebook = run(notebooks.read(path), (notebooks.ROOT / path).parent, name)
        notebooks.write(notebook, path)
        print(f"\r{name}: stored after {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
