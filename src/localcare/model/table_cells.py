"""Cells of tables as numbers: where a cell stands, what it holds, and what is wrong with it.

Cells are written as in a spreadsheet (B2 is the second column of the second row) and counted from
0. Faults name row and column as a spreadsheet shows them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from localcare.model.refusal import Refusal
from localcare.model.table_labels import letters, text_at
from localcare.model.workbooks import column

__all__ = ["CELL", "cell", "filled_to", "hold", "is_number", "number", "number_or_nan", "refuse"]

CELL = re.compile(r"^([A-Za-z]{1,3})(\d{1,7})$")
_MAX_FAULTS = 5


def cell(text: str) -> tuple[int, int]:
    """(row, column) counted from 0, of a cell like B2."""
    match = CELL.match(text.strip())
    if match is None or int(match.group(2)) == 0:
        raise Refusal(f"`{text}` is no cell.", "Write the column and row, as in B2.")
    return int(match.group(2)) - 1, column(match.group(1))


def number(grid: Sequence[Sequence[str]], row: int, at: int, faults: list[str]) -> float:
    """The number in a cell; where there is none, `faults` is told."""
    text = text_at(grid, row, at)
    where = f"row {row + 1}, column {letters(at)}"
    if not text:
        faults.append(f"{where} is empty" if row < len(grid) else f"{where} is past its end")
        return 0.0
    if not is_number(text):
        faults.append(f"{where} holds `{text[:30]}`, which is no number")
        return math.nan
    return float(text)


def is_number(text: str) -> bool:
    """Whether a text is a finite number."""
    try:
        return "_" not in text and math.isfinite(float(text))
    except ValueError:
        return False


def number_or_nan(grid: Sequence[Sequence[str]], row: int, at: int, faults: list[str]) -> float:
    """The number in a cell, NaN where it is empty."""
    return number(grid, row, at, faults) if text_at(grid, row, at) else math.nan


def refuse(file: str, faults: list[str]) -> None:
    """Raise Refusal where a table has faults."""
    if faults:
        more = f"; and {len(faults) - _MAX_FAULTS} more" if len(faults) > _MAX_FAULTS else ""
        raise Refusal(
            f"{file}: {'; '.join(faults[:_MAX_FAULTS])}{more}.",
            "Write plain numbers, such as 1234.5, without thousands separators or units.",
        )


def hold(
    file: str,
    limits: tuple[float | None, float | None],
    cells: Iterable[tuple[int, int, float]],
) -> None:
    """Refuse numbers, each with its row and column, outside the limits of the equation."""
    low, high = limits
    faults = []
    for row, at, value in cells:
        where = f"row {row + 1}, column {letters(at)} holds {value:g}"
        if low is not None and value < low:
            faults.append(f"{where}, below {low:g}")
        if high is not None and value > high:
            faults.append(f"{where}, above {high:g}")
    if faults:
        more = f"; and {len(faults) - _MAX_FAULTS} more" if len(faults) > _MAX_FAULTS else ""
        raise Refusal(
            f"{file}: {'; '.join(faults[:_MAX_FAULTS])}{more}.",
            "Correct them, or the limits in the units field of the equation.",
        )


def filled_to(line: Sequence[str], start: int) -> int:
    """One past the last filled cell."""
    end = len(line)
    while end > start and not line[end - 1].strip():
        end -= 1
    return end
