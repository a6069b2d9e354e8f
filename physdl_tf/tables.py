"""Tables of results in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def show(
    rows: Mapping[str, Sequence],
    columns: Sequence,
    *,
    corner: str = "",
    form: str | Sequence[str] = ".3f",
) -> None:
    """Print a table: a line for each row, its values right under their columns.

    Args:
        rows: Dictionary {name of the row: values}, one value for each column.
        columns: Names of the columns.
        corner: What stands above the names of the rows.
        form: Format of the numbers, or a list of formats, one for each column; values
            that are strings are printed as they are.

    Raises:
        ValueError: If a row, or the list of formats, has not one entry for each column.
    """
    forms = [form] * len(columns) if isinstance(form, str) else form
    _check_length("form", forms, columns)
    lines = [[corner, *map(str, columns)]]
    for name, values in rows.items():
        _check_length(f"rows[{name!r}]", values, columns)
        lines.append([str(name), *map(_cell, values, forms)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for name, *cells in lines:
        aligned = (f"{c:>{w}}" for c, w in zip(cells, widths[1:], strict=True))
        print("  ".join([f"{name:{widths[0]}}", *aligned]).rstrip())


def _cell(value: Any, form: str) -> str:
    return value if isinstance(value, str) else format(value, form)


def _check_length(name: str, values: Sequence, columns: Sequence) -> None:
    if len(values) != len(columns):
        raise ValueError(
            f"`{name}` must have {len(columns)} entries, as many as there are columns. "
            f'Received: {len(values)}. Fill gaps with "".'
        )
