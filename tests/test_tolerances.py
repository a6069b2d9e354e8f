"""Numbers of an output may move within the cell's tolerance, and nothing else may."""

import subprocess
import sys
import tempfile

import notebooks
import tolerances

import nbformat
import pytest

STORED = "network  0.50 of 512\nsolver   1.0e-03\n"


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        (STORED, 0.0),
        ("network  0.51 of 512\nsolver   1.0e-03\n", 0.02),
        ("network 0.510 of 512\nsolver   1.1e-03\n", 0.1),  # the larger of the two
        ("network  0.50 of 513\nsolver   1.0e-03\n", None),  # an integer
        ("network  0.50 of 512\nmethod   1.0e-03\n", None),  # a word
        ("network  0.50 of 512\n", None),  # a line less
        ("network -0.50 of 512\nsolver   1.0e-03\n", 2.0),  # a sign
        ("network  0.50 of 512\nsolver       nan\n", None),
    ],
)
def test_difference_is_that_of_decimal_numbers_only(text, difference):
    found = tolerances.difference(text, STORED)
    assert found == (difference if difference is None else pytest.approx(difference))


def test_zero_agrees_only_with_zero():
    assert tolerances.agrees("0.0", "0.00", 0.5)
    assert not tolerances.agrees("0.1", "0.0", 0.5)


@pytest.mark.book
@pytest.mark.parametrize(
    ("printed", "tolerance", "status"),
    [
        ("error 0.104", 0.05, 0),
        ("error 0.106", 0.05, 1),
        ("error 0.104", None, 1),
        ("wrong 0.104", 0.05, 1),
        ("error 1", 0.05, 1),
    ],
)
@pytest.mark.parametrize("how", ["print('{}')", "'{}'"])
def test_a_planted_number_fails_beyond_the_tolerance(printed, tolerance, status, how):
    """Plain `pytest --nbval` from the project's folder."""
    if how.startswith("print"):
        output = nbformat.v4.new_output("stream", name="stdout", text="error 0.1\n")
        output.text = "error 0.100\n"
    else:
        data = {"text/plain": "'error 0.100'"}
        output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell(
        how.format(printed), execution_count=1, outputs=[output]
    )
    if tolerance:
        cell.metadata["tolerance"] = {"relative": tolerance, "seen": 0.01}
    with tempfile.TemporaryDirectory(dir=notebooks.ROOT / "tests") as folder:
        chapter = f"{folder}/chapter.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), chapter)
        pytest_nbval = ["-m", "pytest", "-p", "no:cacheprovider", "--nbval"]
        done = subprocess.run(
            [sys.executable, *pytest_nbval, chapter],
            cwd=notebooks.ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.book
@pytest.mark.parametrize("path", notebooks.chapters(), ids=str)
def test_each_tolerance_is_larger_than_what_was_seen_and_small_enough_to_fail(path):
    for cell in notebooks.read(path).cells:
        if tolerance := cell.metadata.get("tolerance"):
            assert 0 < tolerance["seen"] < tolerance["relative"] <= 0.5, cell.source
            outputs = [
                out.get("text", "") + str(out.get("data", "")) for out in cell.outputs
            ]
            assert tolerances.DECIMAL.search("".join(outputs)), "no number to move"
