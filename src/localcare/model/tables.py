"""Tables that a model reads: CSV files beside it, as grids of cells.

`Tables` opens a table by the name a GET DIRECT function gives, never outside the model's folder,
and reads blocks of numbers, rows or columns of points, and lists of elements. Cells are written as
in a spreadsheet (B2 is the second column of the second row). Every fault names file, row and
column. `Tables.digests` holds the SHA-256 of every file that was read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from localcare.model.refusal import Refusal
from localcare.model.source import MAX_BYTES
from localcare.model.table_labels import Block, check, letters, text_at
from localcare.problems import did_you_mean

__all__ = ["Tables", "resolve"]

_CELL = re.compile(r"^([A-Za-z]{1,3})(\d{1,7})$")
_MAX_FAULTS = 5


@dataclass
class Tables:
    """The tables of the model in `folder`, each read once."""

    folder: Path
    digests: dict[str, str] = field(default_factory=dict)
    _grids: dict[tuple[str, str], list[list[str]]] = field(default_factory=dict)

    def block(self, file: str, separator: str, block: Block) -> list[list[float]]:
        """A rectangle of numbers, one list for each row."""
        grid = self._grid(file, separator)
        top, left = cell(block.cell)
        height = len(block.rows) if block.rows is not None else 1
        width = len(block.columns) if block.columns is not None else 1
        check(file, grid, (top, left), block)
        faults: list[str] = []
        rows = [
            [_number(grid, top + down, left + across, faults) for across in range(width)]
            for down in range(height)
        ]
        _refuse(file, faults)
        return rows

    def points(
        self, file: str, separator: str, along: str, block: Block
    ) -> tuple[list[float], list[list[float]]]:
        """Points in a row or column: x (or time) from row or column `along`, and for each label of
        `block.rows` its values, from the cell on, to the last x that is filled. Where x runs down,
        the rows of the block are columns of the table.
        """
        grid = self._grid(file, separator)
        start, labels = block.cell, block.rows
        top, left = cell(start)
        count = len(labels) if labels is not None else 1
        faults: list[str] = []
        if along.isdigit():
            row = int(along) - 1
            last = _last(grid[row] if 0 <= row < len(grid) else [], left)
            spots = [(row, column) for column in range(left, last)]
            values = [[(top + n, column) for _, column in spots] for n in range(count)]
        elif along.isalpha():
            column = _column(along)
            ends = _last([line[column] if column < len(line) else "" for line in grid], top)
            spots = [(row, column) for row in range(top, ends)]
            values = [[(row, left + n) for row, _ in spots] for n in range(count)]
            block = replace(block, rows=None, columns=labels)
        else:
            raise Refusal(
                f"`{along}` is no row or column.", "Write a row like 1 or a column like A."
            )
        if not spots:
            raise Refusal(f"{file}: nothing stands along {along} from {start} on.", "Fill it.")
        check(file, grid, (top, left), block)
        xs = [_number(grid, *spot, faults) for spot in spots]
        ys = [[_number(grid, *spot, faults) for spot in line] for line in values]
        _refuse(file, faults)
        order = sorted(range(len(xs)), key=xs.__getitem__)
        xs = [xs[place] for place in order]
        for before, after in itertools.pairwise(xs):
            if before == after:
                raise Refusal(f"{file}: {after:g} stands twice along {along}.", "Keep one.")
        return xs, [[line[place] for place in order] for line in ys]

    def elements(self, file: str, separator: str, first: str, last: str) -> tuple[str, ...]:
        """The filled cells from `first` to `last` (a cell, a row, a column, or nothing)."""
        grid = self._grid(file, separator)
        top, left = cell(first)
        bottom, right = len(grid) - 1, max((len(line) for line in grid), default=0) - 1
        if last.isdigit():
            bottom = int(last) - 1
        elif _CELL.match(last):
            bottom, right = cell(last)
        elif last.isalpha():
            right = _column(last)
        elif last:
            raise Refusal(f"`{last}` is no cell, row or column.", "Write A, 20 or A20.")
        found = [
            text
            for row in grid[top : bottom + 1]
            for text in (each.strip() for each in row[left : right + 1])
            if text
        ]
        if not found:
            raise Refusal(f"{file}: no elements from {first} on.", "List one a row.")
        return tuple(found)

    def _grid(self, file: str, separator: str) -> list[list[str]]:
        mark = separator if separator and not separator[0].isalnum() else ","
        mark = "\t" if mark in ("\\t", "\t") else mark
        if (file, mark) not in self._grids:
            path = resolve(self.folder, file)
            if path.suffix.lower() in (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods"):
                raise Refusal(f"{file} is a workbook, which is not read.", "Save the sheet as CSV.")
            if len(mark) != 1:
                raise Refusal(f"`{separator}` is no separator.", "Write ',' for a CSV file.")
            data = _bytes(file, path)
            self.digests[file] = hashlib.sha256(data).hexdigest()
            self._grids[file, mark] = _cells(file, data, mark)
        return self._grids[file, mark]


def resolve(folder: Path, file: str) -> Path:
    """The path of a table, which must lie in the model's folder or below it."""
    outside = Refusal(
        f"the table {file} lies outside the model's folder.",
        "Put it beside the model and name it by its path from there.",
    )
    if not file or file.startswith("?") or "\0" in file or Path(file).is_absolute():
        raise outside
    try:
        path, root = (folder / file.replace("\\", "/")).resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError):
        raise outside from None
    if root not in path.parents:
        raise outside
    return path


def cell(text: str) -> tuple[int, int]:
    """(row, column) counted from 0, of a cell like B2."""
    match = _CELL.match(text.strip())
    if match is None or int(match.group(2)) == 0:
        raise Refusal(f"`{text}` is no cell.", "Write the column and row, as in B2.")
    return int(match.group(2)) - 1, _column(match.group(1))


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _bytes(file: str, path: Path) -> bytes:
    try:
        if path.stat().st_size >= MAX_BYTES:
            raise Refusal(
                f"the table {file} has over {MAX_BYTES / 1e6:.0f} MB.", "Make it smaller."
            )
        return path.read_bytes()
    except FileNotFoundError:
        near = [each.name for each in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        raise Refusal(
            f"there is no table {file}.", did_you_mean(path.name, near) or "Add it."
        ) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal(f"the table {file} cannot be read ({why}).", "Check it.") from None


def _cells(file: str, data: bytes, mark: str) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text or "\ufffd" in text:
        raise Refusal(f"the table {file} is not text.", "Save it as CSV in UTF-8.")
    if not text.strip():
        raise Refusal(f"the table {file} is empty.", "Fill it, or fetch it again.")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise Refusal(f"the table {file} is no CSV file ({error}).", "Save it again.") from None


def _number(grid: Sequence[Sequence[str]], row: int, column: int, faults: list[str]) -> float:
    text = text_at(grid, row, column)
    where = f"row {row + 1}, column {letters(column)}"
    if not text:
        faults.append(f"{where} is empty" if row < len(grid) else f"{where} is past its end")
        return 0.0
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        faults.append(f"{where} holds `{text[:30]}`, which is no number")
    return value


def _refuse(file: str, faults: list[str]) -> None:
    if faults:
        more = f"; and {len(faults) - _MAX_FAULTS} more" if len(faults) > _MAX_FAULTS else ""
        raise Refusal(
            f"{file}: {'; '.join(faults[:_MAX_FAULTS])}{more}.",
            "Write plain numbers, such as 1234.5, without thousands separators or units.",
        )


def _last(line: Sequence[str], start: int) -> int:
    """One past the last filled cell."""
    end = len(line)
    while end > start and not line[end - 1].strip():
        end -= 1
    return end
