"""Sheets of a workbook (.xlsx, .xlsm, .xls) as grids of text, and the cells that have names.

In: the bytes of a workbook. Out: for a sheet, its cells row by row as text (numbers so that they
read back to the bit), and for a name the cells it stands for. Only stored values are read: no
formula is computed and no macro is run. What unpacks to more than a table can be is refused.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from localcare.model import names
from localcare.model.refusal import Refusal
from localcare.problems import did_you_mean

__all__ = ["SUFFIXES", "Area", "Workbook"]

#: What files are workbooks, by how their names end.
SUFFIXES = frozenset({".xls", ".xlsx", ".xlsm"})
_MAX_UNPACKED = 200_000_000
_MAX_CELLS = 5_000_000
_AREA = re.compile(
    r"^(?:'?(?P<sheet>.*?)'?!)?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?$"
)


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells counted from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int


class Workbook:
    """One workbook, open. `file` is its name for messages."""

    def __init__(self, file: str, data: bytes) -> None:
        self._file = file
        self._old = data[:4] == b"\xd0\xcf\x11\xe0"
        try:
            self._book = _old_book(data) if self._old else _book(data)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - readers raise whatever they stumble over
            raise self._unreadable(error) from None

    def sheet(self, wanted: str) -> list[list[str]]:
        """The cells of a sheet."""
        listed = self._book.sheet_names() if self._old else self._book.sheetnames
        found = next((each for each in listed if names.key(each) == names.key(wanted)), None)
        if found is None:
            raise Refusal(
                f"{self._file} has no sheet `{wanted}`.",
                did_you_mean(wanted, listed) or f"It has {', '.join(listed[:5])}.",
            )
        try:
            return self._limited(self._old_rows(found) if self._old else self._rows(found))
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - readers raise whatever they stumble over
            raise self._unreadable(error) from None

    def area(self, sheet: str, name: str) -> Area | None:
        """The cells that `name` stands for in a sheet or the whole workbook, or None."""
        for local, found, text in self._old_names() if self._old else self._names():
            if names.key(found) != names.key(name):
                continue
            match = _AREA.match(text.replace("''", "'"))
            if match is None or (local and names.key(local) != names.key(sheet)):
                continue
            if match["sheet"] and names.key(match["sheet"]) != names.key(sheet):
                continue
            left, top = column(match[2]), int(match[3]) - 1
            right = column(match[4]) if match[4] else left
            return Area(top, left, int(match[5]) - 1 if match[5] else top, right)
        return None

    def _limited(self, rows: Iterable[list[str]]) -> list[list[str]]:
        grid, cells = [], 0
        for row in rows:
            while row and not row[-1]:
                row.pop()
            cells += len(row) + 1
            if cells > _MAX_CELLS:
                raise Refusal(
                    f"a sheet of {self._file} has more than {_MAX_CELLS:,} cells.",
                    "Make it smaller.",
                )
            grid.append(row)
        return grid

    def _rows(self, sheet: str) -> Iterator[list[str]]:
        page = self._book[sheet]
        page.reset_dimensions()  # a file may say anything of its size
        for row in page.iter_rows(values_only=True):
            yield [_text(value) for value in row]

    def _old_rows(self, sheet: str) -> Iterator[list[str]]:
        page = self._book.sheet_by_name(sheet)
        for row in range(page.nrows):
            yield [_text(page.cell_value(row, each)) for each in range(page.row_len(row))]

    def _names(self) -> Iterator[tuple[str, str, str]]:
        """The sheet a name belongs to (none for the workbook), the name, and what it stands for."""
        for page in self._book.worksheets:
            for name, each in getattr(page, "defined_names", {}).items():
                yield page.title, name, str(each.attr_text)
        for name, each in self._book.defined_names.items():
            yield "", name, str(each.attr_text)

    def _old_names(self) -> Iterator[tuple[str, str, str]]:
        listed = self._book.sheet_names()
        for each in self._book.name_obj_list:
            result = each.result
            places = getattr(result, "value", None)
            if not isinstance(places, list) or len(places) != 1:
                continue
            first, last, top, bottom, left, right = places[0].coords
            if last == first + 1 and 0 <= first < len(listed):
                start, end = f"{_letters(left)}{top + 1}", f"{_letters(right - 1)}{bottom}"
                yield "", each.name, f"{listed[first]}!{start}:{end}"

    def _unreadable(self, error: Exception) -> Refusal:
        return Refusal(
            f"the workbook {self._file} cannot be read ({type(error).__name__}).",
            "Open it and save it again, or save the sheet as CSV.",
        )


def column(text: str) -> int:
    """The number of a column, counted from 0, from its letters.

    >>> column("A"), column("AB")
    (0, 27)
    """
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _letters(number: int) -> str:
    text, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _book(data: bytes) -> Any:
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(each.file_size for each in packed.infolist()) > _MAX_UNPACKED:
            raise Refusal(
                f"a workbook unpacks to over {_MAX_UNPACKED // 1_000_000} MB.", "Make it smaller."
            )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )


def _old_book(data: bytes) -> Any:
    import xlrd

    return xlrd.open_workbook(
        file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value).strip()
