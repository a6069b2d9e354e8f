"""What a number of an output may differ by from the stored one.

A cell whose metadata say {"tolerance": {"relative": 0.1, "seen": 0.03}} may print its
decimal numbers up to 10 % away from the stored ones; 3 % is the largest difference that
was seen over instruction sets and numbers of threads (`make spread`) and over seeds.
Integers, words and layout are compared exactly, and so are all other cells.
"""

import re

# Decimal numbers only: counts and names stay as they are.
DECIMAL = re.compile(r"(?<![\w.])[-+−]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+)(?!\w)")


def difference(text, stored):
    """Largest relative difference between the decimal numbers of two texts.

    Returns:
        A float, 0 if the numbers are equal, or None if the texts differ elsewhere: in a
        word, an integer, or the place of a number. How wide a number is printed, and
        the spaces before it, do not matter.
    """
    if _words(text) != _words(stored):
        return None
    pairs = zip(DECIMAL.findall(text), DECIMAL.findall(stored), strict=True)
    return max((_relative(*map(_value, pair)) for pair in pairs), default=0.0)


def _words(text):
    return [part.split() for part in DECIMAL.split(text)]


def _value(number):
    return float(number.replace("−", "-"))


def _relative(new, old):
    if new == old:
        return 0.0
    return abs(new - old) / abs(old) if old else float("inf")


def agrees(text, stored, tolerance):
    """Is `text` equal to `stored` but for numbers within a relative `tolerance`?"""
    found = difference(text, stored)
    return found is not None and found <= tolerance
