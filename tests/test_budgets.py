"""What a chapter may cost, and that the test run holds it to that."""

import types

import budgets
import conftest

import psutil
import pytest

MEGABYTE = 2**20


@pytest.mark.parametrize(
    ("seconds", "gigabytes", "slower", "found"),
    [
        (90, 1.5, 1, ""),
        (91, 1.5, 1, "91 s of 90 s"),
        (91, 1.5, 2, ""),
        (10, 1.6, 2, "1.6 GB of 1.5 GB"),
        (181, 1.6, 2, "181 s of 180 s and 1.6 GB of 1.5 GB"),
    ],
)
def test_a_chapter_over_its_budget_is_found(seconds, gigabytes, slower, found):
    assert budgets.exceeded("book/introduction", seconds, gigabytes, slower) == found


def test_some_chapters_may_take_longer():
    assert budgets.exceeded("book/dp/comparison", 170, 1.0) == ""


def test_costs_are_summed_over_cells_and_memory_is_the_largest():
    def report(nodeid, duration, memory):
        properties = [("memory", memory)]
        return types.SimpleNamespace(
            nodeid=nodeid, duration=duration, user_properties=properties
        )

    reports = [
        report("book/a.ipynb::Cell 0", 1.0, 1e9),
        report("book/a.ipynb::Cell 1", 2.0, 2e9),
        report("book/a.ipynb::Cell 2", 3.0, 1e9),
        report("tests/test_a.py::test_b[book/a.ipynb]", 9.0, 0),
    ]
    assert conftest.chapter_costs(reports) == {"book/a": (6.0, 2.0)}


def test_peak_memory_is_at_least_what_a_process_has_now():
    process = psutil.Process()
    assert conftest.peak_memory(process.pid) >= process.memory_info().rss - MEGABYTE
