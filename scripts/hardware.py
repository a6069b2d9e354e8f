"""What the processor is called, and what processes use of it and of the memory."""

import contextlib
import platform
import threading
from pathlib import Path

import psutil


def processor():
    """Name of the processor, where the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def peak_memory(process):
    """Most memory a process has had [bytes]; where Linux does not say, what it has."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return process.memory_info().rss


def used(processes):
    """Peak memory [bytes] and processor time [s] so far, summed over processes."""
    memory, seconds = 0, 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):  # it has just ended
            memory += peak_memory(process)
            times = process.cpu_times()
            seconds += times.user + times.system
    return memory, seconds


def children():
    """The processes that this one has started, and theirs."""
    return psutil.Process().children(recursive=True)


@contextlib.contextmanager
def watched(processes):
    """Measure while the block runs; gives a list that holds the peak memory [bytes].

    Args:
        processes: Callable that returns the processes of the moment.
    """
    peak, ended = [0], threading.Event()

    def measure():
        while not ended.wait(0.1):
            with contextlib.suppress(psutil.Error):
                peak[0] = max(peak[0], used(processes())[0])

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
