"""Labels of a table: the words above and beside its numbers say whose they are.

`check` holds the labels that a table has against the elements an equation reads it for. Labels are
looked for in the first row and column, and in those next to the numbers. A table needs none; but
where some are names of the elements, all must be, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localcare.model import names
from localcare.model.refusal import Refusal

__all__ = ["Block", "check", "letters", "text_at"]

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Block:
    """Where numbers of one equation lie: `rows` and `columns` are the labels (element names) that
    should run down and across from `cell`; None where that direction has one row or column.
    `fixed` are the single elements that the equation names, each with all elements (keys) of the
    ranges it belongs to: a row or column labelled with another of those is the wrong one.
    `limits` are the lowest and highest value that the equation's units field allows, None for open.
    """

    cell: str
    rows: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None
    fixed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limits: tuple[float | None, float | None] = (None, None)


def check(file: str, grid: Grid, corner: tuple[int, int], block: Block) -> None:
    """Refuse a block at `corner` (row, column) whose labels are not those of its elements."""
    top, left = corner
    for column in sorted({0, left - 1} - {-1, left}):
        where = f"column {letters(column)}"
        if block.rows is None:
            _one(file, f"row {top + 1}, {where}", text_at(grid, top, column), block)
        else:
            found = [text_at(grid, top + down, column) for down in range(len(block.rows))]
            spots = [f"row {top + down + 1}" for down in range(len(block.rows))]
            _all(file, where, spots, found, block.rows)
    for row in sorted({0, top - 1} - {-1, top}):
        where = f"row {row + 1}"
        if block.columns is None:
            _one(file, f"{where}, column {letters(left)}", text_at(grid, row, left), block)
        else:
            found = [text_at(grid, row, left + across) for across in range(len(block.columns))]
            spots = [f"column {letters(left + across)}" for across in range(len(block.columns))]
            _all(file, where, spots, found, block.columns)


def text_at(grid: Grid, row: int, column: int) -> str:
    """What a cell holds; nothing where the table ends before it."""
    if 0 <= row < len(grid) and 0 <= column < len(grid[row]):
        return grid[row][column].strip()
    return ""


def letters(column: int) -> str:
    """The name of a column that is counted from 0.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _all(
    file: str, where: str, spots: Sequence[str], found: Sequence[str], wanted: Sequence[str]
) -> None:
    """Refuse labels of which some, but not all, are those wanted in their order."""
    keys = [names.key(text) for text in found]
    expected = [names.key(text) for text in wanted]
    if not set(keys) & set(expected):
        return
    for place, (one, other) in enumerate(zip(keys, expected, strict=True)):
        if one != other:
            raise Refusal(
                f'{file}: {where}, {spots[place]} says "{found[place]}" where "{wanted[place]}" '
                "belongs.",
                "Put the rows and columns in the order of the subscript range.",
            )


def _one(file: str, where: str, found: str, block: Block) -> None:
    """Refuse a single row or column that is labelled as another element's."""
    label = names.key(found)
    fixed = {names.key(each) for each in block.fixed}
    for wanted, family in block.fixed.items():
        if label in family and label not in fixed:
            raise Refusal(
                f'{file}: {where} says "{found}" where numbers of "{wanted}" are read.',
                "Correct the cell in the equation, or the label.",
            )
