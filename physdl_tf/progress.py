"""One progress display for long loops, which leaves a single line behind."""


def show(done, total, label):
    """Print how far a loop has come, over the line printed before.

    The line holds no time and no rate, so that a stored notebook does not change from
    run to run; it ends when `done` reaches `total`.

    Args:
        done: Iterations done so far.
        total: Iterations in all.
        label: What is counted, for example "Adam iteration".
    """
    last = done >= total
    print(f"\r{label} {done} of {total}", end="\n" if last else "", flush=True)
