"""For long loops: a progress display of a single line, and interrupts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def show(done: int, total: int, label: str, *, ended: str | None = None) -> None:
    """Print how far a loop has come, over the line printed before.

    The line holds no time and no rate, so that a stored notebook does not change from
    run to run; it ends when `done` reaches `total`, or when the loop stops before.

    Args:
        done: Iterations done so far.
        total: Iterations in all.
        label: What is counted, for example "Adam iteration".
        ended: None, or why the loop has stopped; told if `done` is less than `total`.
    """
    line = f"\r{label} {done} of {total}"
    if ended and done < total:
        line = f"\r{label} {done} of at most {total}: {ended}"
    print(line, end="\n" if ended or done >= total else "", flush=True)


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Let a loop end its step at an interrupt; a second one interrupts as usual.

    Yields:
        A list, empty until Ctrl-C or the stop button of a notebook was pressed. Outside
        of the main thread, where Python has no signals, it stays empty.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, _: FrameType | None) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, before)
