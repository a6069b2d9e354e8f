from physdl_tf import tables

import numpy as np
import pytest


def test_values_stand_right_under_their_columns(capsys):
    rows = {"ridge": np.array([0.1234, 10.0]), "a network": [1.0, "-"]}
    tables.show(rows, ["error", "s"], corner="method")
    assert capsys.readouterr().out.splitlines() == [
        "method     error       s",
        "ridge      0.123  10.000",
        "a network  1.000       -",
    ]


def test_each_column_may_have_its_format(capsys):
    tables.show({1: [0.5, 12]}, [64, "n"], form=["+.1e", "d"])
    assert capsys.readouterr().out.splitlines() == [
        "         64   n",
        "1  +5.0e-01  12",
    ]


def test_a_row_with_a_gap_is_refused():
    with pytest.raises(ValueError, match=r"`rows\['b'\]` must have 2 entries"):
        tables.show({"a": [1.0, 2.0], "b": [1.0]}, ["x", "y"])


def test_a_list_of_formats_must_fit():
    with pytest.raises(ValueError, match="`form` must have 2 entries"):
        tables.show({"a": [1.0, 2.0]}, ["x", "y"], form=[".1f"])
