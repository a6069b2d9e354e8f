"""What a chapter may cost, and that the test run holds it to that."""

import os
import re
import subprocess
import sys
import types

import budgets
import conftest
import notebooks

import nbformat
import pytest


@pytest.mark.parametrize(
    ("processor_seconds", "gigabytes", "found"),
    [
        (180, 1.5, ""),
        (181, 1.5, "181 processor seconds of 180"),
        (10, 1.6, "1.6 GB of 1.5 GB"),
        (200, 1.6, "200 processor seconds of 180 and 1.6 GB of 1.5 GB"),
    ],
)
def test_a_chapter_over_its_budget_is_found(processor_seconds, gigabytes, found):
    cost = conftest.Cost(50.0, processor_seconds, gigabytes)
    assert cost.exceeds("book/introduction") == found


def test_some_chapters_may_take_longer():
    assert budgets.exceeded("book/dp/comparison", 350, 1.0) == ""
    assert budgets.exceeded("book/dp/comparison", 361, 1.0) != ""


def test_costs_are_summed_over_cells_and_of_what_accumulates_the_last_counts():
    def report(nodeid, duration, **used):
        return types.SimpleNamespace(
            nodeid=nodeid, duration=duration, user_properties=list(used.items())
        )

    reports = [
        report("book/a.ipynb::Cell 0", 1.0, memory=1e9, processor=2.0),
        report("book/a.ipynb::Cell 1", 2.0, memory=2e9, processor=5.0),
        report("book/a.ipynb::Cell 2", 3.0, memory=2e9, processor=6.0),
        report("book/a.ipynb::Cell 3", 3.0),  # the kernel has died
        report("tests/test_a.py::test_b[book/a.ipynb]", 9.0),
    ]
    assert conftest.chapter_costs(reports) == {"book/a": (9.0, 6.0, 2.0)}


def run_of_a_chapter(tmp_path, source):
    """The test run of a chapter of one cell."""
    cell = nbformat.v4.new_code_cell(source, execution_count=1)
    chapter = tmp_path / "chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), chapter)
    command = [sys.executable, "-m", "pytest", "--nbval", "-c", "pyproject.toml"]
    return subprocess.run(
        [*command, "-p", "conftest", f"--rootdir={tmp_path}", chapter],
        cwd=notebooks.ROOT,
        env=os.environ | {"PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )


@pytest.mark.book
def test_what_a_chapter_costs_is_measured_in_a_run(tmp_path):
    """It is what the children of pytest's process use: here, 300 MB in a kernel."""
    done = run_of_a_chapter(tmp_path, "held = bytearray(300 * 2**20)")
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d s +0\.[34] GB  chapter", done.stdout), done.stdout


@pytest.mark.book
def test_a_chapter_over_its_budget_fails_the_run_and_is_named_at_its_end(tmp_path):
    done = run_of_a_chapter(tmp_path, "held = bytes(1) * (1600 * 2**20)")
    assert done.returncode == 1, done.stdout
    found = r"FAILED chapter: over its budget, 1\.[78] GB of 1\.5 GB\n+=+ 1 passed"
    assert re.search(found, done.stdout), done.stdout


def test_workers_share_the_cores(monkeypatch):
    for name in conftest.THREADS:
        monkeypatch.setenv(name, "unset")  # and is restored after the test
    monkeypatch.setattr(conftest.os, "cpu_count", lambda: 8)
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    conftest.pytest_configure()
    assert {os.environ[name] for name in conftest.THREADS} == {"unset"}
    for workers, threads in (("2", "4"), ("16", "1")):
        monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", workers)
        conftest.pytest_configure()
        assert {os.environ[name] for name in conftest.THREADS} == {threads}
