"""What a chapter may cost, alone on two cores, imports and training included."""

SECONDS, GIGABYTES = 90, 1.5
LONGER = {  # chapters whose subject needs more seconds
    "book/surrogates/airfoils": 180,
    "book/pinn/burgers": 120,
    "book/pinn/accuracy": 180,
    "book/pinn/schrodinger": 180,
    "book/dp/comparison": 180,
}


def exceeded(name, seconds, gigabytes, slower=1.0):
    """What a chapter has exceeded, in words, or an empty string.

    Args:
        name: The chapter, for example "book/pinn/burgers".
        seconds: Its run time [s].
        gigabytes: Its peak memory [GB].
        slower: By how much the measurement is slower than a chapter alone.
    """
    limit = LONGER.get(name, SECONDS) * slower
    found = [f"{seconds:.0f} s of {limit:.0f} s"] * (seconds > limit)
    found += [f"{gigabytes:.1f} GB of {GIGABYTES} GB"] * (gigabytes > GIGABYTES)
    return " and ".join(found)
