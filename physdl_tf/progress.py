"""One progress display for long loops, which leaves a single line behind."""

from __future__ import annotations


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
