"""Tables: blocks of numbers, series and lookups are read from the cells that are named."""

import numpy as np
import pytest

from localcare.model.spec import Kind
from localcare.problems import BadInput

BOX = """
place,fit,mild,severe
Ashford,1,2,3
Dover,4,5,6
"""
RANGES = """
place: Ashford, Dover ~~|
frailty: fit, mild, severe ~~|
"""


def values(spec, identifier):
    variable = spec.by_identifier[identifier]
    return np.array(variable.values).reshape(*spec.shape(identifier), -1).squeeze(-1).tolist()


@pytest.mark.parametrize(
    ("left", "cell", "found"),
    [
        ("x", "C3", 5),
        ("x", "c3*", 5),
        ("x[frailty]", "B2", [1, 2, 3]),
        ("x[place]", "B2*", [1, 4]),
        ("x[place,frailty]", "B2", [[1, 2, 3], [4, 5, 6]]),
        ("x[frailty,place]", "B2*", [[1, 4], [2, 5], [3, 6]]),
    ],
)
def test_a_block_runs_across_and_with_a_star_down(model, left, cell, found):
    text = f"{left} = GET DIRECT CONSTANTS('box.csv', ',', '{cell}') ~ person ~ |"
    spec = model(RANGES + text, {"box.csv": BOX})
    assert spec.by_identifier["x"].kind is Kind.CONSTANT
    assert spec.by_identifier["x"].source == "box.csv"
    assert values(spec, "x") == found


def test_a_third_subscript_takes_an_equation_for_each_element(model):
    spec = model(
        RANGES
        + """
        layer: primary, acute ~~|
        x[primary, place, frailty] = GET DIRECT CONSTANTS('box.csv', ',', 'B2') ~ person ~ |
        x[acute, place, frailty] = GET DIRECT CONSTANTS('sub/box.csv', ';', 'A1') ~ person ~ |
        """,
        {"box.csv": BOX, "sub/box.csv": "7;8;9\n10;11;12\n"},
    )
    assert values(spec, "x") == [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]
    assert spec.by_identifier["x"].source == "box.csv; sub/box.csv"


def test_a_subrange_reads_its_own_block(model):
    spec = model(
        RANGES
        + """
        frail: mild, severe ~~|
        x[place, fit] = 0 ~ person ~ |
        x[place, frail] = GET DIRECT CONSTANTS('box.csv', ',', 'C2') ~ person ~ |
        """,
        {"box.csv": BOX},
    )
    assert values(spec, "x") == [[0, 2, 3], [0, 5, 6]]


SERIES = """
year,Ashford,Dover
2019,1,10
2020,2,20
2022,4,

"""


def test_a_series_runs_down_or_across(model):
    down = "x[place] :INTERPOLATE: := GET DIRECT DATA('down.csv', ',', 'A', 'B2') ~ bed ~ |"
    across = "y[place] :INTERPOLATE: := GET DIRECT DATA('across.csv', ',', '1', 'B2') ~ bed ~ |"
    spec = model(
        RANGES + down + across,
        {
            "down.csv": SERIES.replace("2022,4,", "2022,4,40"),
            "across.csv": "year,2019,2020,2022,,\nAshford,1,2,4\nDover,10,20,40\n",
        },
    )
    for name in ("x", "y"):
        variable = spec.by_identifier[name]
        assert variable.kind is Kind.SERIES
        assert variable.times == (2019, 2020, 2022)
        assert variable.values == (1, 2, 4, 10, 20, 40)


def test_a_gap_in_a_series_is_named(model):
    text = "x[place] := GET DIRECT DATA('down.csv', ',', 'A', 'B2') ~ bed ~ |"
    with pytest.raises(BadInput, match=r"down\.csv: row 4, column C is empty"):
        model(RANGES + text, {"down.csv": SERIES})


def test_years_are_put_in_order(model):
    spec = model(
        "x := GET DIRECT DATA('x.csv', ',', 'A', 'B1') ~ bed ~ |", {"x.csv": "3,30\n1,10\n2,20\n"}
    )
    assert spec.by_identifier["x"].times == (1, 2, 3)
    assert spec.by_identifier["x"].values == (10, 20, 30)


@pytest.mark.parametrize(
    ("keyword", "meaning"),
    [
        ("", "linear"),
        (":INTERPOLATE:", "linear"),
        (":HOLD BACKWARD:", "hold"),
        (":LOOK FORWARD:", "next"),
        (":RAW:", "raw"),
    ],
)
def test_the_keyword_of_a_series_is_kept(model, keyword, meaning):
    text = f"x {keyword} := GET DIRECT DATA('x.csv', ',', 'A', 'B1') ~ bed ~ |"
    spec = model(text, {"x.csv": "1,10\n2,20\n"})
    assert spec.by_identifier["x"].interpolation == meaning


def test_elements_with_other_years_are_read_between_their_own(model):
    text = """
    x[Ashford] :INTERPOLATE: := GET DIRECT DATA('a.csv', ',', 'A', 'B1') ~ bed ~ |
    x[Dover] :INTERPOLATE: := GET DIRECT DATA('d.csv', ',', 'A', 'B1') ~ bed ~ |
    """
    tables = {"a.csv": "1,10\n3,30\n", "d.csv": "2,0\n4,40\n"}
    spec = model(RANGES + text, tables)
    assert spec.by_identifier["x"].times == (1, 2, 3, 4)
    assert spec.by_identifier["x"].values == (10, 20, 30, 30, 0, 0, 20, 40)
    with pytest.raises(BadInput, match="different times"):
        model(RANGES + text.replace("INTERPOLATE", "HOLD BACKWARD"), tables)


def test_lookups_are_read_from_the_file_and_from_tables(model):
    spec = model(
        RANGES
        + """
        plain([(0,0)-(10,10)],(0,1),(2,3),(1,2)) ~ Dmnl ~ |
        table = GET DIRECT LOOKUPS('x.csv', ',', 'A', 'B1') ~ Dmnl ~ |
        x[Ashford]((0,0),(1,10)) ~ Dmnl ~ |
        x[Dover]((0,5),(2,7)) ~ Dmnl ~ |
        used = plain(Time) + table(Time) + x[Dover](Time) ~ Dmnl ~ |
        """,
        {"x.csv": "0,5\n1,6\n"},
    )
    plain, table, each = (spec.by_identifier[name] for name in ("plain", "table", "x"))
    assert (plain.times, plain.values) == ((0, 1, 2), (1, 2, 3))
    assert (table.times, table.values) == ((0, 1), (5, 6))
    assert (each.times, each.values) == ((0, 1, 0, 2), (0, 10, 5, 7))


def test_a_lookup_with_fewer_points_gets_more_on_its_last_segment(model):
    spec = model(
        RANGES
        + """
        x[Ashford]((0,0),(1,10),(2,20),(3,0)) ~ Dmnl ~ |
        x[Dover]((0,5),(4,9)) ~ Dmnl ~ |
        """
    )
    short = np.array(spec.by_identifier["x"].times).reshape(2, 4)[1]
    heights = np.array(spec.by_identifier["x"].values).reshape(2, 4)[1]
    assert short[0] == 0
    assert short[-1] == 4
    assert (np.diff(short) > 0).all()
    assert heights == pytest.approx(5 + short)


@pytest.mark.parametrize(
    "cells",
    [
        "\ufeffplace,beds\r\nAshford,5\r\nDover,6\r\n",
        'place,beds\n"Ashford",5\n"Dover", 6 \n',
        "beds,note\n5,Ashford\n6,the rest\n".replace("beds,note", "x,y").replace("5,", "a,5,"),
    ],
)
def test_marks_line_ends_quotes_and_spaces_are_no_matter(tmp_path, model, cells):
    (tmp_path / "x.csv").write_bytes(cells.encode())
    if cells.startswith("x"):
        with pytest.raises(BadInput, match=r"row 3, column B holds `the rest`"):
            model(RANGES + "x[place] = GET DIRECT CONSTANTS('x.csv', ',', 'B2*') ~ bed ~ |")
        return
    spec = model(RANGES + "x[place] = GET DIRECT CONSTANTS('x.csv', ',', 'B2*') ~ bed ~ |")
    assert values(spec, "x") == [5, 6]


def test_tables_without_labels_need_none(model):
    spec = model(
        RANGES + "x[place] = GET DIRECT CONSTANTS('x.csv', ',', 'B2*') ~ bed ~ |",
        {"x.csv": "note,beds\nabout,5\nexactly,6\n"},
    )
    assert values(spec, "x") == [5, 6]


@pytest.mark.parametrize(
    ("cell", "where"),
    [("B2", None), ("B3", "row 3, column A"), ("C2", "row 1, column C")],
)
def test_a_single_cell_must_not_be_labelled_as_another_elements(model, cell, where):
    text = f"x[Ashford, fit] = GET DIRECT CONSTANTS('box.csv', ',', '{cell}') ~ person ~ |"
    rest = "x[Dover, frailty] = 0 ~ person ~ |\nx[Ashford, frail] = 0 ~ person ~ |"
    text = RANGES + "frail: mild, severe ~~|\n" + text + rest
    if where is None:
        assert values(model(text, {"box.csv": BOX}), "x") == [[1, 0, 0], [0, 0, 0]]
    else:
        with pytest.raises(BadInput, match=where):
            model(text, {"box.csv": BOX})


def test_a_single_series_must_not_be_labelled_as_another_elements(model):
    text = """
    x[Ashford] := GET DIRECT DATA('years.csv', ',', 'A', 'B2') ~ bed ~ |
    x[Dover] := GET DIRECT DATA('years.csv', ',', 'A', 'B2') ~ bed ~ |
    """
    tables = {"years.csv": "year,Ashford,Dover\n2019,1,2\n2020,3,4\n"}
    with pytest.raises(BadInput, match='row 1, column B says "Ashford" where numbers of "Dover"'):
        model(RANGES + text, tables)
    first, second = text.strip().split("\n")
    right = first + "\n" + second.replace("B2", "C2")
    assert model(RANGES + right, tables).by_identifier["x"].values == (1, 3, 2, 4)
