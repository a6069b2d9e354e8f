"""What is stored of a run: outputs in normal form, and of a failed run nothing."""

import execute
import notebooks

import nbformat
import pytest

pytestmark = pytest.mark.book


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A function that writes a chapter of code cells; returns its path."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def write(*sources, **metadata):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[-1].metadata.update(metadata)
        notebook = nbformat.v4.new_notebook(cells=cells)
        nbformat.write(notebook, tmp_path / "chapter.ipynb")
        return tmp_path / "chapter.ipynb"

    return write


def test_a_chapter_is_stored_in_its_normal_form_and_again_without_a_change(chapter):
    path = chapter(
        "import os\nprint('one')", "print('two')\nos.getcwd()", tags=["a"], other=1
    )
    execute.main(["chapter.ipynb"])
    first, second = nbformat.read(path, as_version=4).cells
    assert [first.execution_count, second.execution_count] == [1, 2]
    assert first.outputs[0].text == "one\n"
    assert [out.output_type for out in second.outputs] == ["stream", "execute_result"]
    folder = second.outputs[1].data["text/plain"]
    assert folder == repr(str(path.parent)), "a chapter runs in its own folder"
    assert second.metadata == {"tags": ["a"]}, "no times, no other metadata"
    stored = path.read_text("utf-8")
    execute.main(["chapter.ipynb"])
    assert path.read_text("utf-8") == stored


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys\nprint('ah', file=sys.stderr)", "wrote to stderr: ah"),
        ("import time\ntime.sleep(60)", "took longer than 3 s"),
        ("import os\nos._exit(1)", "the kernel died"),
    ],
)
def test_a_run_that_fails_is_not_stored_and_its_cell_is_named(
    chapter, monkeypatch, source, reason
):
    monkeypatch.setattr(execute, "CELL_TIMEOUT", 3)
    path = chapter("x = 1", source, "x")
    before = path.read_text("utf-8")
    with pytest.raises(SystemExit) as stopped:
        execute.main(["chapter.ipynb"])
    message = str(stopped.value)
    assert "chapter.ipynb, cell 2, which begins with" in message
    assert source.splitlines()[0] in message
    assert reason in message
    assert path.read_text("utf-8") == before


def test_of_an_expected_error_only_the_message_is_stored(chapter):
    path = chapter("raise ValueError('too large')", tags=["raises-exception"])
    execute.main(["chapter.ipynb"])
    [output] = nbformat.read(path, as_version=4).cells[0].outputs
    assert output.traceback == ["ValueError: too large"]


def test_a_chapter_that_does_not_exist_is_refused(chapter):
    (notebooks.ROOT / "_toc.yml").write_text("format: jb-book\nroot: a\n")
    with pytest.raises(SystemExit, match="other.ipynb is not a file"):
        execute.main(["other.ipynb"])
