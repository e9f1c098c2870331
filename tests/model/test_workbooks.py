"""Numbers, series, lookups and elements from the sheets of a workbook."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from localcare.engine import Batch, run
from localcare.model import ModelSpec, load
from localcare.problems import BadInput

END = """
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
SAVEPER = 1 ~~|
TIME STEP = 1 ~~|
"""


@pytest.fixture
def read(tmp_path: Path):
    """Reads a model beside `beds.xlsx`, whose cells by sheet and whose names are given."""

    def reads(text: str, sheets: dict[str, list[list[object]]], **cells: str) -> ModelSpec:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            page = book.create_sheet(name)
            for row in rows:
                page.append(row)
        for name, where in cells.items():
            book.defined_names[name] = DefinedName(name, attr_text=where)
        book.save(tmp_path / "beds.xlsx")
        path = tmp_path / "beds.mdl"
        path.write_text("{UTF-8}\n" + text + END, encoding="utf-8")
        return load(path, cache=False)

    return reads


def test_constants_lie_across_down_and_in_blocks(read) -> None:
    spec = read(
        """
        place: Dover, Swale ~~|
        kind: day, night, any ~~|
        across[place] = GET XLS CONSTANTS('beds.xlsx', 'Beds', 'B2') ~~|
        down[place] = GET XLS CONSTANTS('beds.xlsx', 'beds', 'A3*') ~~|
        both[place, kind] = GET DIRECT CONSTANTS('beds.xlsx', 'Beds', 'B3') ~~|
        """,
        {"Beds": [["x"], [None, 0.1, 2], [5, 1, 2, 3], [6, 4, 5, 6.25]]},
    )
    assert spec.by_identifier["across"].values == (0.1, 2)
    assert spec.by_identifier["down"].values == (5, 6)
    assert spec.by_identifier["both"].values == (1, 2, 3, 4, 5, 6.25)
    assert spec.by_identifier["both"].source == "beds.xlsx"


def test_names_stand_for_cells_rows_and_columns(read) -> None:
    spec = read(
        """
        place: Dover, Swale ~~|
        beds[place] = GET DIRECT CONSTANTS('beds.xlsx', 'Beds', 'open_beds*') ~~|
        falls := GET DIRECT DATA('beds.xlsx', 'Beds', 'year', 'fallen') ~~|
        seen = falls ~~|
        """,
        {"Other": [[9]], "Beds": [[0, 10, 7], [2, 20, 8], [4, 60]]},
        open_beds="Beds!$C$1:$C$2",
        year="Beds!$A$1:$A$3",
        fallen="'Beds'!$B$1:$B$3",
    )
    assert spec.by_identifier["beds"].values == (7, 8)
    result = run(spec, Batch(1), method="euler", points=True)
    np.testing.assert_allclose(result.values["seen"][:, 0], [10, 15, 20, 40, 60])


@pytest.mark.parametrize(
    ("keyword", "wanted"),
    [
        (":INTERPOLATE:", [1, 2, 3, 6, 9]),
        (":HOLD BACKWARD:", [1, 1, 3, 3, 9]),
        (":LOOK FORWARD:", [1, 3, 3, 9, 9]),
    ],
)
def test_empty_cells_of_a_series_are_points_that_are_not_there(read, keyword, wanted) -> None:
    spec = read(
        f"""
        place: Dover, Swale ~~|
        falls[place]{keyword}:= GET XLS DATA('beds.xlsx', 'Beds', '1', 'A2') ~~|
        seen[place] = falls[place] ~~|
        """,
        {"Beds": [[0, 1, 2, 3, "n/a", 4], [1, None, 3, None, 77, 9], [1, 2, 3, 4, 77, 5]]},
    )
    seen = run(spec, Batch(1), method="euler", points=True).values["seen"][..., 0]
    np.testing.assert_allclose(seen[:, 0], wanted)
    np.testing.assert_allclose(seen[:, 1], [1, 2, 3, 4, 5])


def test_elements_and_lookups(read) -> None:
    spec = read(
        """
        place: GET XLS SUBSCRIPT('beds.xlsx', 'Beds', 'A1', 'A2', '') ~~|
        open(GET XLS LOOKUPS('beds.xlsx', 'Beds', '3', 'B4')) ~~|
        beds[place] = 2 ~~|
        seen = open(Time) ~~|
        """,
        {"Beds": [["Dover"], ["Swale"], [None, 0, 4], [None, 0, 8]]},
    )
    assert spec.by_dimension["place"].elements == ("Dover", "Swale")
    seen = run(spec, Batch(1), method="euler", points=True).values["seen"][:, 0]
    np.testing.assert_allclose(seen, [0, 2, 4, 6, 8])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("'Bedz', 'B2'", "has no sheet `Bedz`.*Beds"),
        ("'Beds', 'B9'", "past its end"),
        ("'Beds', 'nobody'", "`nobody` is no cell"),
        ("'Beds', 'A1'", "holds `text`, which is no number"),
    ],
)
def test_what_is_not_there_is_named(read, cells, said) -> None:
    with pytest.raises(BadInput, match=said):
        read(f"beds = GET XLS CONSTANTS('beds.xlsx', {cells}) ~~|", {"Beds": [["text"]]})


def test_files_that_are_no_workbooks_are_refused(tmp_path: Path) -> None:
    text = "beds = GET XLS CONSTANTS('beds.xlsx', 'Beds', 'A1') ~~|" + END
    (tmp_path / "beds.mdl").write_text(text, encoding="utf-8")
    table = tmp_path / "beds.xlsx"
    for data in (b"", b"no workbook", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"):
        table.write_bytes(data)
        with pytest.raises(BadInput, match="cannot be read"):
            load(tmp_path / "beds.mdl", cache=False)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    text = "beds = GET XLS CONSTANTS('beds.xlsx', 'Beds', 'A1') ~~|" + END
    (tmp_path / "beds.mdl").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "beds.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 210_000_000)
    with pytest.raises(BadInput, match="unpacks to over 200 MB"):
        load(tmp_path / "beds.mdl", cache=False)


def test_cells_far_away_cost_no_memory(read, tmp_path: Path) -> None:
    text = "beds = GET XLS CONSTANTS('beds.xlsx', 'Beds', 'A1') ~~|"
    assert read(text, {"Beds": [[3], [0] * 16_000]}).by_identifier["beds"].values == (3,)
    book = openpyxl.Workbook()
    book.active.title = "Beds"
    for _ in range(400):
        book.active.append({16_384: 1})
    book.save(tmp_path / "beds.xlsx")
    with pytest.raises(BadInput, match="has more than 5,000,000 cells"):
        load(tmp_path / "beds.mdl", cache=False)


def test_a_series_may_be_a_number_for_some_elements(read) -> None:
    spec = read(
        """
        place: Dover, Swale, Thanet, Ashford ~~|
        falls[Dover]:= GET XLS DATA('beds.xlsx', 'Beds', '1', 'A2') ~~|
        falls[Swale] = GET XLS CONSTANTS('beds.xlsx', 'Beds', 'B3') ~~|
        rest: Thanet, Ashford ~~|
        falls[rest] = 5, 6 ~~|
        seen[place] = falls[place] ~~|
        """,
        {"Beds": [[0, 2, 4], [1, 2, 9], [None, 7]]},
    )
    seen = run(spec, Batch(1), method="euler", points=True).values["seen"][..., 0]
    np.testing.assert_allclose(seen[:, 0], [1, 1.5, 2, 5.5, 9])
    np.testing.assert_array_equal(seen[:, 1:], np.broadcast_to([7, 5, 6], (5, 3)))
