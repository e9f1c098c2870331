"""Tables that a model reads: CSV files and workbooks beside it, as grids of cells.

`Tables` opens a table by the name a GET DIRECT function gives, never outside the model's folder,
and reads blocks of numbers, rows or columns of points, and lists of elements. Cells are written as
in a spreadsheet (B2 is the second column of the second row); cells of a workbook may have names.
Every fault names file, row and column. `Tables.digests` holds the SHA-256 of every file that was
read.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from localcare.model.refusal import Refusal
from localcare.model.table_cells import (
    CELL,
    cell,
    filled_to,
    hold,
    is_number,
    number,
    number_or_nan,
    refuse,
)
from localcare.model.table_files import contents, read_csv, resolve
from localcare.model.table_labels import Block, check, letters, text_at
from localcare.model.workbooks import SUFFIXES, Workbook, column

__all__ = ["Tables"]


@dataclass
class Tables:
    """The tables of the model in `folder`, each read once. `tags` are the files that the settings
    at the end of the model file give for names that begin with a question mark."""

    folder: Path
    tags: Mapping[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    _grids: dict[tuple[str, str], list[list[str]]] = field(default_factory=dict)
    _books: dict[str, Workbook] = field(default_factory=dict)

    def block(self, file: str, separator: str, block: Block) -> list[list[float]]:
        """A rectangle of numbers, one list for each row."""
        file = self._named(file)
        grid = self._grid(file, separator)
        top, left = self._cell(file, separator, block.cell)
        height = len(block.rows) if block.rows is not None else 1
        width = len(block.columns) if block.columns is not None else 1
        if CELL.match(block.cell):  # whoever named cells knows what they hold
            check(file, grid, (top, left), block)
        faults: list[str] = []
        rows = [
            [number(grid, top + down, left + across, faults) for across in range(width)]
            for down in range(height)
        ]
        refuse(file, faults)
        hold(
            file,
            block.limits,
            (
                (top + down, left + across, value)
                for down, row in enumerate(rows)
                for across, value in enumerate(row)
            ),
        )
        return rows

    def points(
        self, file: str, separator: str, along: str, block: Block
    ) -> tuple[list[float], list[list[float]]]:
        """Points in a row or column: x (or time) from row or column `along`, and for each label of
        `block.rows` its values, from the cell on, to the last x that is filled. Where x runs down,
        the rows of the block are columns of the table. In a workbook a point whose x is no number
        is left out, and an empty value is NaN.
        """
        file = self._named(file)
        grid = self._grid(file, separator)
        start, labels = block.cell, block.rows
        top, left = self._cell(file, separator, start)
        count = len(labels) if labels is not None else 1
        faults: list[str] = []
        along = self._line(file, separator, along)
        if along.isdigit():
            row = int(along) - 1
            end = filled_to(grid[row] if 0 <= row < len(grid) else [], left)
            spots = [(row, at) for at in range(left, end)]
            values = [[(top + n, at) for _, at in spots] for n in range(count)]
        elif along.isalpha():
            place = column(along)
            ends = filled_to([line[place] if place < len(line) else "" for line in grid], top)
            spots = [(row, place) for row in range(top, ends)]
            values = [[(row, left + n) for row, _ in spots] for n in range(count)]
            block = replace(block, rows=None, columns=labels)
        else:
            raise Refusal(
                f"`{along}` is no row or column.", "Write a row like 1 or a column like A."
            )
        if not spots:
            raise Refusal(f"{file}: nothing stands along {along} from {start} on.", "Fill it.")
        check(file, grid, (top, left), block)
        read = number
        if file in self._books:
            read = number_or_nan
            there = [at for at, spot in enumerate(spots) if is_number(text_at(grid, *spot))]
            spots = [spots[at] for at in there]
            values = [[line[at] for at in there] for line in values]
        xs = [number(grid, *spot, faults) for spot in spots]
        ys = [[read(grid, *spot, faults) for spot in line] for line in values]
        refuse(file, faults)
        hold(
            file,
            block.limits,
            (
                (*spot, value)
                for line, found in zip(values, ys, strict=True)
                for spot, value in zip(line, found, strict=True)
            ),
        )
        order = sorted(range(len(xs)), key=xs.__getitem__)
        xs = [xs[place] for place in order]
        for before, after in itertools.pairwise(xs):
            if before == after:
                raise Refusal(f"{file}: {after:g} stands twice along {along}.", "Keep one.")
        return xs, [[line[place] for place in order] for line in ys]

    def elements(self, file: str, separator: str, first: str, last: str) -> tuple[str, ...]:
        """The filled cells from `first` to `last` (a cell, a row, a column, or nothing)."""
        file = self._named(file)
        grid = self._grid(file, separator)
        top, left = self._cell(file, separator, first)
        bottom, right = len(grid) - 1, max((len(line) for line in grid), default=0) - 1
        if last.isdigit():
            bottom = int(last) - 1
        elif CELL.match(last):
            bottom, right = self._cell(file, separator, last)
        elif last.isalpha():
            right = column(last)
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

    def _named(self, file: str) -> str:
        """The file that a name in an equation stands for: itself, but for a tag."""
        if not file.startswith("?"):
            return file
        found = self.tags.get(file.strip().lower())
        if found is None:
            raise Refusal(
                f"the settings at the end of the file do not say which table {file} stands for.",
                f"Name the table itself, or add a line `30:{file}=table.xlsx` there.",
            )
        return found

    def _cell(self, file: str, separator: str, text: str) -> tuple[int, int]:
        """(row, column) of a cell, or of the first cell of those that have a name."""
        book = self._books.get(file)
        area = book.area(separator, text) if book and not CELL.match(text.strip()) else None
        return (area.top, area.left) if area else cell(text)

    def _line(self, file: str, separator: str, text: str) -> str:
        """A row or column as a number or letters, perhaps from the name of its cells."""
        book = self._books.get(file)
        area = book.area(separator, text) if book else None
        if area is None:
            return text
        down = area.bottom - area.top > area.right - area.left
        return letters(area.left) if down else str(area.top + 1)

    def _grid(self, file: str, separator: str) -> list[list[str]]:
        if Path(file).suffix.lower() in SUFFIXES:
            return self._sheet(file, separator)
        mark = separator if separator and not separator[0].isalnum() else ","
        mark = "\t" if mark in ("\\t", "\t") else mark
        if (file, mark) not in self._grids:
            path = resolve(self.folder, file)
            if path.suffix.lower() in (".xlsb", ".ods"):
                raise Refusal(f"{file} is a workbook of a kind not read.", "Save it as .xlsx.")
            if len(mark) != 1:
                raise Refusal(f"`{separator}` is no separator.", "Write ',' for a CSV file.")
            data = contents(file, path)
            self.digests[file] = hashlib.sha256(data).hexdigest()
            self._grids[file, mark] = read_csv(file, data, mark)
        return self._grids[file, mark]

    def _sheet(self, file: str, name: str) -> list[list[str]]:
        if file not in self._books:
            data = contents(file, resolve(self.folder, file))
            self.digests[file] = hashlib.sha256(data).hexdigest()
            self._books[file] = Workbook(file, data)
        if (file, name) not in self._grids:
            self._grids[file, name] = self._books[file].sheet(name)
        return self._grids[file, name]
