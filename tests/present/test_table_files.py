"""Tables are written as pandas would write them, byte for byte."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcare.present.table_files import csv_text, write_table

COLUMNS = {
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6),
    "number": st.floats(),
    "count": st.integers(-(2**62), 2**62),
}


def by_pandas(table: pd.DataFrame, digits: int = 10) -> str:
    return table.to_csv(index=False, lineterminator="\n", float_format=f"%.{digits}g")


@given(st.lists(st.fixed_dictionaries(COLUMNS), min_size=1, max_size=8), st.integers(3, 12))
def test_a_table_is_written_as_pandas_writes_it(rows, digits):
    table = pd.DataFrame(rows)
    assert csv_text(table, digits=digits) == by_pandas(table, digits)


@pytest.mark.parametrize(
    "values",
    [
        [None, "a", float("nan")],
        ['say "so"', "a, b", "two\nlines", " space", ""],
        pd.array([2024, None, 2030], dtype="Int64"),
        [True, 1, "1"],
        [-0.0, 1e-300, np.inf, -np.inf, 123456789012.0],
    ],
)
def test_what_is_odd_in_a_column_is_written_as_pandas_writes_it(values):
    table = pd.DataFrame({"a, b": values, "n": range(len(values))})
    assert csv_text(table, digits=10) == by_pandas(table)


def test_a_table_without_rows_keeps_its_head():
    table = pd.DataFrame({"a": [], "b": []})
    assert csv_text(table, digits=10) == by_pandas(table) == "a,b\n"


def test_a_file_begins_with_the_mark_that_excel_knows_utf_8_by(tmp_path):
    write_table(pd.DataFrame({"cost": ["£1"]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == b"\xef\xbb\xbf" + "cost\n£1\n".encode()
