"""Run chapters as Binder and Colab would run them, with neither of the two.

    make check-launch                                        # every chapter, both ways
    make check-launch WAY=colab CHAPTER=book/introduction.ipynb
    python scripts/check_launch.py binder book/introduction.ipynb book/dp/burgers.ipynb

Binder: requirements.txt on the Python of runtime.txt, then `pip install .`, which is
what repo2docker makes of this folder. JupyterLab opens the chapter in headless Chromium
and runs all of its cells, in at most 2 GB for the server and the kernel together.
Colab: the chapter lies alone in an empty folder, beside Colab's versions. Its own first
cell installs the package, which must leave every other package as it was. All cells
must give the stored outputs.

Both environments are kept in _build/launch, and made anew when their packages change.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import chromium
import hardware
import notebooks

import psutil
from tqdm import tqdm

FOLDER = notebooks.ROOT / "_build" / "launch"
MADE = "made-of.txt"  # what an environment was made of; written last
MEMORY = 2e9  # bytes that Binder gives to the server and its kernels
TIMEOUT = 1800  # seconds for one chapter
# What Colab had in November 2026 (book/troubleshooting.md names the month, too); the
# repository googlecolab/backend-info lists what it has now. Only TensorFlow's wheel
# differs: the one without GPU.
COLAB_PYTHON = "3.13"
COLAB = """\
tensorflow-cpu==2.20.0 ; sys_platform == "linux" and platform_machine == "x86_64"
tensorflow==2.20.0 ; sys_platform != "linux" or platform_machine != "x86_64"
keras==3.13.2
numpy==2.1.3
matplotlib==3.10.0
scipy==1.16.3
scikit-learn==1.6.1
ipykernel==6.17.1
ipython==7.34.0
protobuf==5.29.6
nbval==0.11.0  # compares the outputs; the only one that Colab does not have
pytest
"""
# What the installed package needs of this folder.
SOURCES = ["pyproject.toml", "README.md", "LICENSE", "physdl_tf"]

# These run in JupyterLab's page.
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.isReady
    && panel.sessionContext.session?.kernel?.status === "idle";
}"""
START = """async () => {
  const commands = window.jupyterapp.commands;
  await commands.execute("notebook:clear-all-cell-outputs");
  commands.execute("notebook:run-all-cells"); // its promise ends at an expected error
}"""
STATE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = panel.content.widgets.filter(cell => cell.model.type === "code");
  const expected = cell =>
    (cell.model.getMetadata("tags") || []).includes("raises-exception");
  return {
    total: cells.length,
    idle: panel.sessionContext.session?.kernel?.status === "idle",
    done: cells.filter(cell => cell.model.executionCount !== null).length,
    errors: cells.filter(cell => !expected(cell))
      .flatMap(cell => cell.model.sharedModel.getOutputs())
      .filter(output => output.output_type === "error")
      .map(output => `${output.ename}: ${output.evalue}`),
  };
}"""


def interpreter(version):
    """Path of a Python of this version: the running one, on the PATH, or pyenv's."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [sys.executable, shutil.which(name)]
    found += sorted(pyenv.glob(f"versions/{version}*/bin/{name}"))
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for path in filter(None, found):
        answer = subprocess.run([path, "-c", ask], capture_output=True, text=True)
        if answer.stdout.strip() == version:  # a shim of pyenv may have no Python
            return path
    sys.exit(
        f"Python {version} is missing: install it with 'pyenv install {version}' or "
        f"'uv python install {version}' so that {name} is on the PATH."
    )


def variables(**more):
    """This process's variables, without those that would show it this folder."""
    hidden = ("PYTHON", "TF_", "XLA_", "KERAS_", "JUPYTER", "VIRTUAL_ENV")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


def pip(programs, *arguments):
    """Run pip in an environment; returns what it prints."""
    command = [programs / "python", "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *arguments], env=variables(), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"pip {' '.join(map(str, arguments))} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def environment(name, version, requirements):
    """Programs of an environment with these packages, without the book's own."""
    folder = FOLDER / name
    programs, made = folder / "bin", folder / MADE
    recipe = f"# Python {version}\n{requirements}"
    if made.exists() and made.read_text("utf-8") == recipe:
        pip(programs, "uninstall", "--yes", "physdl-tf")
        return programs
    python = interpreter(version)
    print(f"{name}: installing Python {version}'s packages, minutes", flush=True)
    start = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    wanted = folder / "requirements.txt"
    wanted.write_text(recipe, "utf-8")
    pip(programs, "install", "--requirement", wanted)
    wanted.rename(made)
    print(f"{name}: installed, {time.perf_counter() - start:.0f} s", flush=True)
    return programs


def copy_sources(folder):
    """Copy the package's sources, so that pip leaves nothing in this folder."""
    for name in SOURCES:
        source = notebooks.ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)


def tree(process):
    """Callable that returns a process that was started, and those that it started."""
    process = psutil.Process(process.pid)
    return lambda: [process, *process.children(recursive=True)]


def changed(before, after):
    """Packages that an installation changed: lines of `pip freeze`, not the book's."""
    lines = set(before.splitlines()) ^ set(after.splitlines())
    return sorted(line for line in lines if not line.startswith("physdl-tf"))


def failures(report):
    """The part of pytest's report that says what failed."""
    return report[max(report.find("= FAILURES ="), 0) :]


def finished(state, quiet, seconds):
    """Has a run in JupyterLab ended? `quiet` counts looks at an idle kernel."""
    complete = state["idle"] and state["done"] == state["total"]
    stuck = quiet >= 20 or seconds > TIMEOUT  # for example after the kernel has died
    return bool(complete or stuck or state["errors"])


def complaint(state, peak, seconds):
    """What was wrong with a run in JupyterLab, or None."""
    if state["errors"]:
        return state["errors"][0]
    if state["done"] < state["total"]:
        return f"{state['done']} of {state['total']} cells ran in {seconds:.0f} s"
    if peak > MEMORY:
        return f"more than {MEMORY / 1e9:.0f} GB"
    return None


def run_colab(path, programs):
    """Run a chapter alone in a folder; returns complaint, seconds, peak memory."""
    before = pip(programs, "freeze")
    cells = [c for c in notebooks.read(path).cells if c.cell_type == "code"]
    nbval = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={TIMEOUT}"]
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as own:
        copy_sources(Path(source))
        shutil.copy(notebooks.ROOT / path, own)
        start = time.perf_counter()
        running = subprocess.Popen(
            [programs / "python", "-m", "pytest", "-v", *nbval, path.name],
            cwd=own,
            env=variables(PHYSDL_TF_SOURCE=source),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        watch = hardware.watched(tree(running))
        with watch as peak, progress(path, len(cells)) as bar:
            for line in running.stdout:
                lines.append(line)
                bar.update("::Cell " in line and "%]" in line)
        seconds = time.perf_counter() - start
    running.wait()
    if other := changed(before, pip(programs, "freeze")):
        (programs.parent / MADE).unlink()  # the next run needs a new environment
        return f"the installation changed {', '.join(other)}", seconds, peak[0]
    if running.returncode:
        return "outputs differ\n" + failures("".join(lines)), seconds, peak[0]
    return None, seconds, peak[0]


def run_binder(path, programs):
    """Run a chapter in JupyterLab; returns complaint, seconds, peak memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as home:
        copy_sources(Path(source))
        pip(programs, "install", source)
        shutil.copytree(notebooks.ROOT / "book", Path(home, "book"))
        server = subprocess.Popen(
            [programs / "jupyter", "lab", "--no-browser", "--allow-root"]
            + [
                f"--port={port}",
                "--port-retries=0",
                f"--IdentityProvider.token={token}",
            ]
            + ["--expose-app-in-browser"]
            + ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
            cwd=home,
            env=variables(HOME=home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api?token={token}")
            with hardware.watched(tree(server)) as peak:
                url = f"{address}/lab/tree/{path.as_posix()}?token={token}"
                state, seconds = run_in_browser(url, path)
        finally:
            server.terminate()  # ends its kernels, too
            server.wait()
    return complaint(state, peak[0], seconds), seconds, peak[0]


def run_in_browser(url, path):
    """Open a chapter in JupyterLab and run all cells; returns its state, seconds."""
    with chromium.browser() as browser:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function(READY, timeout=180_000)
        page.evaluate(START)
        start = time.perf_counter()
        state, quiet = page.evaluate(STATE), 0
        with progress(path, state["total"]) as bar:
            while not finished(state, quiet, time.perf_counter() - start):
                page.wait_for_timeout(500)
                before, state = state, page.evaluate(STATE)
                quiet = quiet + 1 if state["idle"] and state == before else 0
                bar.update(state["done"] - before["done"])
    return state, time.perf_counter() - start


def progress(path, n_cells):
    """A bar of cells, in a terminal only."""
    return tqdm(total=n_cells, desc=str(path), unit="cell", leave=False, disable=None)


def wait_for(url, seconds=120):
    """Wait until a server answers."""
    for _ in range(seconds):
        with contextlib.suppress(OSError), urllib.request.urlopen(url):
            return
        time.sleep(1)
    raise OSError(f"JupyterLab did not start in {seconds} s.")


WAYS = {"binder": run_binder, "colab": run_colab}


def make_environment(way):
    """The environment of one of the two ways."""
    if way == "colab":
        return environment(way, COLAB_PYTHON, COLAB)
    python, lock = (
        (notebooks.ROOT / name).read_text("utf-8")
        for name in ("runtime.txt", "requirements.txt")
    )
    return environment(way, python.strip().removeprefix("python-"), lock)


def split_arguments(arguments):
    """The ways and the chapters that are named; all, where none is."""
    ways = [name for name in arguments if name in WAYS] or list(WAYS)
    return ways, notebooks.chosen([name for name in arguments if name not in WAYS])


def main(arguments):
    """Run the chapters in the ways that are named; says how each went."""
    ways, paths = split_arguments(arguments)
    failed = 0
    for way in ways:
        for path in paths:
            programs = make_environment(way)
            wrong, seconds, peak = WAYS[way](path, programs)
            failed += wrong is not None
            verdict = "FAILED" if wrong else "passed"
            figures = f"{seconds:4.0f} s, {peak / 1e9:.2f} GB"
            print(f"{way:6} {verdict} {figures}  {path}", flush=True)
            if wrong:
                print(f"  {wrong}", flush=True)
    print(f"{len(paths)} chapters, {' and '.join(ways)}: {failed} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
