"""What all tests share: their order, and what each chapter costs."""

import json
from pathlib import Path

import budgets

import psutil
import pytest

STATUS = Path(__file__).resolve().parent / "book" / "status.json"
SLOWER = (
    2.0  # two chapters run side by side, and CI is slower than the budget's machine
)


def pytest_collection_modifyitems(items):
    """Start the longest chapters first, so that two workers end at about one time."""
    if not STATUS.exists():
        return
    chapters = json.loads(STATUS.read_text("utf-8"))["chapters"]

    def length(item):
        return -chapters.get(item.nodeid.split(".ipynb")[0], {"seconds": 0})["seconds"]

    items.sort(key=length)


def peak_memory(pid):
    """Most memory a process has had [bytes]; where Linux does not say, what it has."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return psutil.Process(pid).memory_info().rss


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Note the memory of the kernel beside the result of each cell."""
    report = yield
    if call.when == "call" and hasattr(item.parent, "kernel"):
        pid = item.parent.kernel.km.provisioner.pid
        report.user_properties.append(("memory", peak_memory(pid)))
    return report


def chapter_costs(reports):
    """Seconds and gigabytes of each chapter: {name: (seconds, gigabytes)}."""
    costs = {}
    for report in reports:
        name, is_chapter, _ = report.nodeid.partition(".ipynb::")
        if is_chapter:
            seconds, gigabytes = costs.get(name, (0.0, 0.0))
            memory = dict(report.user_properties).get("memory", 0) / 1e9
            costs[name] = seconds + report.duration, max(gigabytes, memory)
    return costs


def pytest_terminal_summary(terminalreporter):
    """Print the costs; a chapter over its budget fails the run."""
    stats = terminalreporter.stats
    reports = [r for kind in stats.values() for r in kind if hasattr(r, "duration")]
    costs = chapter_costs(reports)
    if not costs:
        return
    terminalreporter.section("chapters, as they ran beside other tests")
    for name, (seconds, gigabytes) in sorted(costs.items(), key=lambda c: -c[1][0]):
        over = budgets.exceeded(name, seconds, gigabytes, SLOWER)
        note = f"  OVER BUDGET: {over}" if over else ""
        terminalreporter.line(f"{seconds:6.0f} s {gigabytes:5.1f} GB  {name}{note}")


def pytest_sessionfinish(session):
    """A chapter over its budget is a failure, like any other."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    reports = [r for kind in reporter.stats.values() for r in kind]
    costs = chapter_costs(r for r in reports if hasattr(r, "duration"))
    if any(budgets.exceeded(n, *cost, SLOWER) for n, cost in costs.items()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
