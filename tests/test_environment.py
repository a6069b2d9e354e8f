"""What the package says where it cannot work, each time in a new process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def error_of_the_import(**variables):
    run = subprocess.run(
        [sys.executable, "-c", "import physdl_tf"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stderr
    return run.stderr.strip().splitlines()[-1]


def stub(folder, module, code):
    (folder / f"{module}.py").write_text(code)
    return str(folder)


@pytest.mark.parametrize("version", ["2.15.0", "1.15.5", "2.9.0-rc1"])
def test_an_old_tensorflow_is_refused_with_its_version(tmp_path, version):
    path = stub(tmp_path, "tensorflow", f"__version__ = {version!r}")
    message = error_of_the_import(PYTHONPATH=path)
    assert message.startswith("ImportError: physdl_tf needs TensorFlow 2.20 or newer.")
    assert f"Received: TensorFlow {version}. Update" in message
    assert "pip install --upgrade tensorflow" in message


def test_a_missing_tensorflow_is_named(tmp_path):
    path = stub(tmp_path, "tensorflow", "raise ImportError")
    message = error_of_the_import(PYTHONPATH=path)
    assert "which was not found. Install it with `pip install tensorflow`" in message


BACKEND = "ImportError: physdl_tf needs the backend tensorflow of Keras. Received: "


def test_another_backend_of_keras_is_refused(tmp_path):
    path = stub(tmp_path, "tensorflow", "__version__ = '2.20.0'")
    (tmp_path / "keras").mkdir()
    stub(tmp_path / "keras", "__init__", "")
    stub(tmp_path / "keras", "backend", "def backend(): return 'torch'")
    message = error_of_the_import(PYTHONPATH=path)
    assert message.startswith(f"{BACKEND}torch. Set the environment variable KERAS_B")


@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_backend_that_is_not_installed_is_refused(tmp_path, place):
    path = stub(tmp_path, "jax", "raise ImportError('no jax')")
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "jax"}))
    chosen = {
        "variable": {"KERAS_BACKEND": "jax"},
        "file": {"KERAS_BACKEND": "", "KERAS_HOME": str(tmp_path)},
    }
    message = error_of_the_import(PYTHONPATH=path, **chosen[place])
    assert message.startswith(f"{BACKEND}one that cannot be imported (no jax). Set")
    assert "KERAS_BACKEND=tensorflow" in message and "keras.json" in message
