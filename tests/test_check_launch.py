import html
import re
import subprocess
import sys
from urllib.parse import unquote

import check_launch
import notebooks

import pytest
import yaml

INTRODUCTION = "book/introduction.ipynb"
SITE = notebooks.ROOT / "_build" / "html"
DONE = {"errors": [], "done": 9, "total": 9, "idle": True}


def test_without_a_name_all_chapters_run_both_ways():
    ways, paths = check_launch.split_arguments([])
    assert ways == ["binder", "colab"]
    assert paths == notebooks.chapters()


def test_a_way_and_a_chapter_can_be_chosen():
    ways, paths = check_launch.split_arguments(["colab", INTRODUCTION])
    assert ways == ["colab"]
    assert [path.as_posix() for path in paths] == [INTRODUCTION]


def test_an_unknown_chapter_stops_with_the_names_of_all():
    with pytest.raises(SystemExit, match=INTRODUCTION):
        check_launch.split_arguments(["book/none.ipynb"])


def test_a_run_to_the_end_is_no_complaint():
    assert check_launch.finished(DONE, quiet=0, seconds=1)
    assert check_launch.complaint(DONE, 1e9, 1) is None


def test_an_error_in_a_cell_ends_the_run_and_is_named():
    state = DONE | {"done": 3, "idle": False, "errors": ["ValueError: wrong"]}
    assert check_launch.finished(state, quiet=0, seconds=1)
    assert check_launch.complaint(state, 1e9, 1) == "ValueError: wrong"


def test_a_kernel_that_died_ends_the_run():
    state = DONE | {"done": 3}
    assert not check_launch.finished(state, quiet=1, seconds=1)
    assert check_launch.finished(state, quiet=20, seconds=1)
    assert check_launch.complaint(state, 1e9, 7) == "3 of 9 cells ran in 7 s"


def test_a_run_goes_on_while_the_last_cell_runs_but_not_for_ever():
    state = DONE | {"idle": False}
    assert not check_launch.finished(state, quiet=0, seconds=1)
    assert check_launch.finished(state, quiet=0, seconds=check_launch.TIMEOUT + 1)


def test_more_memory_than_binder_has_is_a_complaint():
    assert check_launch.complaint(DONE, 2.1e9, 1) == "more than 2 GB"


def test_only_the_books_own_package_may_be_new():
    before = "numpy==2.1.3\nscipy==1.16.3\n"
    own = before + "physdl-tf @ file:///somewhere\n"
    assert check_launch.changed(before, own) == []
    other = own.replace("2.1.3", "2.4.6")
    assert check_launch.changed(before, other) == ["numpy==2.1.3", "numpy==2.4.6"]


def test_what_failed_is_cut_out_of_a_report():
    report = "Cell 1 PASSED\n==== FAILURES ====\nNotebook cell execution failed\n"
    assert check_launch.failures(report).startswith("= FAILURES")
    assert check_launch.failures("killed") == "killed"


def test_a_missing_python_is_named_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert check_launch.interpreter(running) == sys.executable
    with pytest.raises(SystemExit, match="Python 3.99 is missing: install it with"):
        check_launch.interpreter("3.99")


def test_an_environment_is_made_once_and_again_for_other_packages(
    monkeypatch, tmp_path
):
    installed = []
    monkeypatch.setattr(check_launch, "FOLDER", tmp_path)
    monkeypatch.setattr(check_launch, "interpreter", lambda version: sys.executable)
    monkeypatch.setattr(
        check_launch.subprocess, "run", lambda line, **_: line[-1].mkdir()
    )
    monkeypatch.setattr(
        check_launch, "pip", lambda programs, verb, *_: installed.append(verb)
    )
    for requirements in ("numpy==1.0", "numpy==1.0", "numpy==2.0"):
        check_launch.environment("colab", "3.13", requirements)
    assert installed == ["install", "uninstall", "install"]


def test_the_runs_do_not_see_this_folder(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "here")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    kept = check_launch.variables(PHYSDL_TF_SOURCE="copy")
    assert "PYTHONPATH" not in kept and "TF_CPP_MIN_LOG_LEVEL" not in kept
    assert kept["PHYSDL_TF_SOURCE"] == "copy" and "PATH" in kept


def test_a_started_process_is_measured_with_those_that_it_starts():
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo; wait"], stdout=-1) as shell:
        shell.stdout.readline()
        processes = check_launch.tree(shell)()
        for process in processes:
            process.kill()
    assert [process.pid for process in processes][0] == shell.pid
    assert len(processes) == 2


def test_binder_installs_from_the_main_folder():
    """A folder called binder would make repo2docker ignore requirements.txt."""
    for name in ("binder", ".binder", "environment.yml", "setup.py", "Pipfile"):
        assert not (notebooks.ROOT / name).exists()
    lock = (notebooks.ROOT / "requirements.txt").read_text("utf-8")
    assert re.search(r"^jupyterlab==", lock, re.MULTILINE)


@pytest.mark.book
@pytest.mark.parametrize("path", notebooks.chapters(), ids=str)
def test_launch_buttons_open_this_chapter(path):
    page = SITE / path.with_suffix(".html")
    if not page.exists():
        pytest.skip("the site has not been built: make book")
    config = yaml.safe_load((notebooks.ROOT / "_config.yml").read_text("utf-8"))
    repository = config["repository"]["url"].removeprefix("https://github.com/")
    links = [
        unquote(html.unescape(link))
        for link in re.findall(r'href="([^"]+)"', page.read_text("utf-8"))
    ]
    binder, colab = "https://mybinder.org/v2/gh/", "https://colab.research.google.com/"
    wanted = f"{binder}{repository}/main?urlpath=lab/tree/{path.as_posix()}"
    assert {link for link in links if link.startswith(binder)} == {wanted}
    wanted = f"{colab}github/{repository}/blob/main/{path.as_posix()}"
    assert {link for link in links if link.startswith(colab)} == {wanted}
