"""What all tests share: their order, their threads, and what each chapter costs."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import budgets
import hardware
import tolerances

import pytest
from nbval.plugin import IPyNbCell

STATUS = Path(__file__).resolve().parent / "book" / "status.json"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


def pytest_configure():
    """Share the cores among the workers: more threads than cores wait for each other.

    Set before NumPy and TensorFlow are imported; the kernels of chapters inherit it.
    """
    workers = os.environ.get("PYTEST_XDIST_WORKER_COUNT")
    if workers:
        share = max(1, (os.cpu_count() or 1) // int(workers))
        os.environ.update(dict.fromkeys(THREADS, str(share)))


def pytest_collection_modifyitems(items):
    """Start the longest chapters first, so that two workers end at about one time."""
    if not STATUS.exists():
        return
    chapters = json.loads(STATUS.read_text("utf-8"))["chapters"]

    def length(item):
        return -chapters.get(item.nodeid.split(".ipynb")[0], {"seconds": 0})["seconds"]

    items.sort(key=length)


_compare_outputs = IPyNbCell.compare_outputs


def compare_outputs(cell, new, stored, skip_compare=None):
    """Compare as nbval does, but let a cell's numbers differ within its tolerance."""
    tolerance = cell.cell.metadata.get("tolerance", {}).get("relative")
    if tolerance:
        for one, other in zip(new, stored, strict=False):
            for found, kept in ((one, other), (one.get("data"), other.get("data"))):
                for key in {"text", "text/plain"} & set(found or ()) & set(kept or ()):
                    if tolerances.agrees(found[key], kept[key], tolerance):
                        found[key] = kept[key]
    return _compare_outputs(cell, new, stored, skip_compare)


IPyNbCell.compare_outputs = compare_outputs


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note what the kernel, this process's only child, has used after each cell."""
    report = yield
    if call.when == "call" and ".ipynb::" in item.nodeid:
        memory, seconds = hardware.used(hardware.children())
        report.user_properties += [("memory", memory), ("processor", seconds)]
    return report


class Cost(NamedTuple):
    """What a chapter took."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    gigabytes: float = 0.0

    def exceeds(self, name):
        """What of its budget the chapter has exceeded, in words."""
        return budgets.exceeded(name, self.processor_seconds, self.gigabytes)


def chapter_costs(reports):
    """Cost of each chapter: {name: Cost}."""
    costs = {}
    for report in reports:
        name, is_chapter, _ = report.nodeid.partition(".ipynb::")
        if is_chapter:
            cost, used = costs.get(name, Cost()), dict(report.user_properties)
            costs[name] = Cost(
                cost.seconds + report.duration,
                max(cost.processor_seconds, used.get("processor", 0.0)),
                max(cost.gigabytes, used.get("memory", 0.0) / 1e9),
            )
    return costs


def costs_of_run(reporter):
    """Costs of the chapters that pytest's terminal reporter has seen."""
    reports = [r for kind in reporter.stats.values() for r in kind]
    return chapter_costs(r for r in reports if hasattr(r, "duration"))


def pytest_terminal_summary(terminalreporter):
    """Print the costs, the longest chapter first, and last what exceeds its budget."""
    costs = costs_of_run(terminalreporter)
    if not costs:
        return
    terminalreporter.section("chapters: seconds, processor seconds, peak memory")
    for name, cost in sorted(costs.items(), key=lambda c: -c[1].seconds):
        terminalreporter.line(
            f"{cost.seconds:6.0f} s {cost.processor_seconds:6.0f} s "
            f"{cost.gigabytes:5.1f} GB  {name}"
        )
    for name, cost in costs.items():
        if over := cost.exceeds(name):
            terminalreporter.line(f"FAILED {name}: over its budget, {over}")


def pytest_sessionfinish(session):
    """A chapter over its budget is a failure, like any other."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    if any(cost.exceeds(name) for name, cost in costs_of_run(reporter).items()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
