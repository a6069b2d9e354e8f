"""Data that the book ships. Nothing is downloaded, and each file is checked on load."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).with_name("data")


def measurements(name: str) -> dict[str, Any]:
    """What takes too long for a chapter, as one of the book's scripts measured it.

    Args:
        name: "accuracy" (written by `make accuracy`) or "benchmarks" (`make bench`).

    Returns:
        A dictionary, with the machine and the date of the measurement in it.

    Raises:
        FileNotFoundError: If there are no measurements of this name.
    """
    path = DATA / f"{name}.json"
    if not path.is_file():
        stored = sorted(file.stem for file in DATA.glob("*.json"))
        raise FileNotFoundError(
            f"`name` must be one of {stored}. Received: {name!r}. Run `make accuracy` "
            "or `make bench` in the book's folder to measure anew."
        )
    return json.loads(path.read_text("utf-8"))


def verified_arrays(path: str | Path, sha256: str) -> dict[str, np.ndarray]:
    """Arrays of an .npz file, after its digest has been compared.

    Args:
        path: The file.
        sha256: The SHA-256 digest that it must have, in hexadecimal.

    Returns:
        The arrays by their names.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If its digest is another.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"`path` must be an existing file. Received: path='{path}', which does not "
            "exist. Install physdl_tf anew to restore the files it ships; scripts/ "
            "holds the programs that write them."
        )
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ValueError(
            f"`path` must be a file with the SHA-256 digest {sha256}. Received: "
            f"path='{path}' with {digest}. If the file is your own, give its digest as "
            "`sha256`; if not, it is damaged: install physdl_tf anew."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)
