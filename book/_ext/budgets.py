"""What a chapter may cost, alone on two cores, imports and training included."""

SECONDS, GIGABYTES, CORES = 90, 1.5, 2
LONGER = {  # chapters whose subject needs more seconds
    "book/surrogates/supervised": 150,  # both networks at equal arithmetic
    "book/surrogates/airfoils": 180,
    "book/pinn/burgers": 120,
    "book/pinn/accuracy": 180,
    "book/pinn/schrodinger": 120,
    "book/pinn/discovery": 180,
    "book/dp/comparison": 180,
    "book/dp/solver-in-the-loop": 180,  # trained ten times longer, too
}


def exceeded(name, processor_seconds, gigabytes):
    """What a chapter has exceeded, in words, or an empty string.

    Processor time is held to what the cores have in the budget's seconds: other work on
    a machine changes it less than the time on the wall.

    Args:
        name: The chapter, for example "book/pinn/burgers".
        processor_seconds: Time that its kernel took, summed over the cores [s].
        gigabytes: Its peak memory [GB].
    """
    limit = CORES * LONGER.get(name, SECONDS)
    over = processor_seconds > limit
    found = [f"{processor_seconds:.0f} processor seconds of {limit}"] * over
    found += [f"{gigabytes:.1f} GB of {GIGABYTES} GB"] * (gigabytes > GIGABYTES)
    return " and ".join(found)
