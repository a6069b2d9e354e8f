"""Tables of results in one form."""


def show(rows, columns, *, corner="", form=".3f"):
    """Print a table: a line for each row, its values right under their columns.

    Args:
        rows: Dictionary {name of the row: values}, one value for each column.
        columns: Names of the columns.
        corner: What stands above the names of the rows.
        form: Format of the numbers, or a list of formats, one for each column; values
            that are strings are printed as they are.

    Raises:
        ValueError: If a row has another number of values than there are columns.
    """
    forms = [form] * len(columns) if isinstance(form, str) else form
    lines = [[corner, *map(str, columns)]]
    for name, values in rows.items():
        if len(values) != len(columns):
            raise ValueError(
                f"`rows` must have {len(columns)} values each, as many as columns. "
                f'Received: {len(values)} in the row {name!r}. Fill gaps with "".'
            )
        lines.append([str(name)])
        for value, one in zip(values, forms, strict=True):
            lines[-1].append(value if isinstance(value, str) else format(value, one))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for name, *cells in lines:
        aligned = (f"{c:>{w}}" for c, w in zip(cells, widths[1:], strict=True))
        print("  ".join([f"{name:{widths[0]}}", *aligned]).rstrip())
