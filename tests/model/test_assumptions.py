"""The assumptions table is read whole, and every fault in it is told at once."""

from pathlib import Path

import pytest

from localcare.model import assumptions
from localcare.model.assumptions import Distribution, Quality, Scope
from localcare.problems import BadInput

HEADER = "variable,low,high,distribution,scope,quality,source,note\n"
GOOD = "length of stay,5,9,triangular,value,published,nhs2019; ons2020,Mean of two years.\n"


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "small.assumptions.csv"
    path.write_bytes(text.encode(encoding))
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        assumptions.read(path)
    return [str(problem).replace(str(path), "FILE") for problem in caught.value.problems]


def test_a_row_becomes_a_typed_assumption(tmp_path: Path) -> None:
    row = assumptions.read(table(tmp_path, HEADER + GOOD)).rows[0]
    assert (row.low, row.high, row.line) == (5, 9, 2)
    assert row.distribution is Distribution.TRIANGULAR
    assert row.scope is Scope.VALUE
    assert row.quality is Quality.PUBLISHED
    assert row.sources == ("nhs2019", "ons2020")


def test_crlf_a_byte_order_mark_blank_lines_and_quoted_line_breaks_are_fine(tmp_path: Path) -> None:
    text = HEADER + "\n" + GOOD.replace("Mean of", '"Mean\nof').replace("years.", 'years."')
    text += GOOD.replace("length of stay", "second")
    found = assumptions.read(table(tmp_path, text.replace("\n", "\r\n"), "utf-8-sig"))
    assert [(row.variable, row.line) for row in found.rows] == [
        ("length of stay", 3),
        ("second", 5),
    ]
    assert found.rows[0].note.split() == ["Mean", "of", "two", "years."]


def test_a_variable_is_found_by_name_or_identifier(tmp_path: Path) -> None:
    found = assumptions.read(table(tmp_path, HEADER + GOOD))
    assert found.of("Length_of stay") is found.rows[0]
    assert found.of("length_of_stay") is found.rows[0]
    assert found.of("stay") is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,x,9,uniform,value,measured,k,n", 'FILE:2: a: "x" is not a number in column "low".'),
        ("a,,9,uniform,value,measured,k,n", 'FILE:2: a: there is no number in column "low".'),
        ("a,nan,9,uniform,value,measured,k,n", 'FILE:2: a: "nan" is not a number in column "low".'),
        (
            "a,1_0,90,uniform,value,measured,k,n",
            'FILE:2: a: "1_0" is not a number in column "low".',
        ),
        (
            "a,1,9,triangle,value,measured,k,n",
            'FILE:2: a: "triangle" is no distribution. Did you mean "triangular"?',
        ),
        (
            "a,1,9,uniform,share,measured,k,n",
            'FILE:2: a: "share" is no scope. It is one of value, factor, gradient.',
        ),
        ("a,1,9,uniform,value,,k,n", "FILE:2: a: there is no quality. It is one of measured, "),
        ("a,1,9,uniform,value,measured,;,n", "FILE:2: a: there is no source. Give a key"),
        ("a,1,9,uniform,value,measured,k,", "FILE:2: a: there is no note. Say in plain words"),
        (",1,9,uniform,value,measured,k,n", "FILE:2: variable: the row names no variable."),
        ("a,9,1,uniform,value,measured,k,n", "FILE:2: a: the range is empty: low 9, high 1."),
        ("a,1,1,uniform,value,measured,k,n", "FILE:2: a: the range is empty: low 1, high 1."),
        ("a,1,2,fixed,value,measured,k,n", "FILE:2: a: a fixed number has no range: low 1, high 2"),
        ("a,-1,2,uniform,factor,measured,k,n", "FILE:2: a: a factor cannot be negative"),
        ("a,0,2,lognormal,value,measured,k,n", "FILE:2: a: a lognormal range lies above zero"),
        ("a,1,9,uniform,value,measured,k,n,m", "FILE:2: a: 9 cells, but the header has 8."),
        ('a,1,9,uniform,value,measured,k,"n', "FILE:2: it is not a well-formed CSV table"),
    ],
)
def test_a_faulty_cell_is_named_with_line_variable_and_cure(
    tmp_path: Path, row: str, expected: str
) -> None:
    found = faults(table(tmp_path, HEADER + row + "\n"))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_every_fault_of_the_file_is_told_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = (
        HEADER + "a,x,y,uniform,value,measured,k,n\n" + GOOD + GOOD + "b,1,2,flat,value,good,k,n\n"
    )
    found = faults(table(tmp_path, text))
    assert [each.split(":")[1] for each in found] == ["2", "2", "4", "5", "5"]
    assert found[2] == "FILE:4: length of stay: line 3 holds its range already."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is empty."),
        (b"\xef\xbb\xbf  \n", "the file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "it is not text in UTF-8."),
        (b"a\0b", "it is not a text file."),
        (HEADER.replace("low", "lowest").encode(), 'lowest: no such column. Did you mean "low"?'),
        (HEADER.replace("low,", "").encode(), "low: the column is missing."),
        (HEADER.replace("note", "note,note").encode(), "note: the column is there more than once."),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(data)
    assert any(expected in fault for fault in faults(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.csv") == ["FILE: there is no such file."]
