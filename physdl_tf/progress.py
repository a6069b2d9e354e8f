"""One progress display for long loops, which leaves a single line behind."""


def show(done, total, label, *, ended=False):
    """Print how far a loop has come, over the line printed before.

    The line holds no time and no rate, so that a stored notebook does not change from
    run to run; it ends when `done` reaches `total`, or when the loop stops before.

    Args:
        done: Iterations done so far.
        total: Iterations in all.
        label: What is counted, for example "Adam iteration".
        ended: Whether the loop is over, also where fewer were needed than in all.
    """
    last = ended or done >= total
    print(f"\r{label} {done} of {total}", end="\n" if last else "", flush=True)
