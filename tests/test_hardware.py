"""What processes have used of the machine."""

import subprocess
import sys
import time

import hardware

import psutil
import pytest

MEGABYTE = 2**20
# Holds 200 MB, gives them back, works for half a second, then waits.
PROGRAM = """
import time
held = bytearray(200 * 2**20)
del held
while time.process_time() < 0.5:
    pass
print("done", flush=True)
time.sleep(60)
"""


def test_processor_has_a_name():
    assert hardware.processor().strip()


def test_peak_memory_is_at_least_what_a_process_has_now():
    process = psutil.Process()
    assert hardware.peak_memory(process) >= process.memory_info().rss - MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_what_a_child_has_used_is_seen_by_its_parent_also_what_it_gave_back():
    with (
        hardware.watched(hardware.children) as peak,
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=-1) as child,
    ):
        child.stdout.readline()
        processes = hardware.children()
        memory, seconds = hardware.used(processes)
        time.sleep(0.5)
        child.kill()
    assert 200 < memory / MEGABYTE < 250
    assert seconds == pytest.approx(0.5, abs=0.1)
    assert peak[0] >= memory
    assert hardware.used(processes) == (0, 0.0), "ended: that is no error"
