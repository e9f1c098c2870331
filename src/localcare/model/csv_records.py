"""Tables that people keep beside the model (assumptions, levers) as rows with line numbers.

In goes the path of a CSV file and the columns it must have; out come its rows and the problems of
rows that cannot be read. CRLF, a byte-order mark and blank lines are fine. What spoils the whole
file (missing, empty, binary, wrong header) is raised at once.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from localcare.model.names import identifier
from localcare.problems import BadInput, Problem, did_you_mean

__all__ = ["Record", "choice", "number", "read_named", "read_records", "read_text"]

_Choice = TypeVar("_Choice", bound=StrEnum)
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it starts on, counted from 1, and its cells by column, stripped."""

    file: Path
    line: int
    cells: Mapping[str, str]

    def problem(self, key: str, why: str, cure: str = "") -> Problem:
        """A problem of this row."""
        return Problem(why, cure, file=self.file, line=self.line, key=key)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without a byte-order mark. Raises BadInput where there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(Problem("there is no such file.", file=path)) from None
    except OSError as error:
        raise BadInput(Problem(f"it cannot be read: {error.strerror}.", file=path)) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        why, cure = "it is not text in UTF-8.", 'Save it again as "CSV UTF-8" or plain UTF-8 text.'
        raise BadInput(Problem(why, cure, file=path, line=line)) from None
    if "\0" in text:
        raise BadInput(Problem("it is not a text file.", file=path))
    if not text.strip():
        raise BadInput(Problem("the file is empty.", file=path))
    return text


def read_records(path: Path, columns: Sequence[str]) -> tuple[list[Record], list[Problem]]:
    """The rows of a table whose header is `columns`, in any order, and its unreadable rows."""
    records: list[Record] = []
    problems: list[Problem] = []
    header: list[str] = []
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            start, line = line, reader.line_num + 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not header:
                header = cells
                if faults := _header_problems(path, start, header, columns):
                    raise BadInput(faults)
            elif len(cells) != len(header):
                why = f"{len(cells)} cells, but the header has {len(header)}."
                cure = "Put a text that holds a comma between double quotes."
                problems.append(Problem(why, cure, file=path, line=start, key=cells[0]))
            else:
                records.append(Record(path, start, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        why = f"it is not a well-formed CSV table: {error}."
        problems.append(Problem(why, file=path, line=line))
    return records, problems


def read_named(
    path: Path,
    columns: Sequence[str],
    row: Callable[[Record, str, list[Problem]], _Row | None],
    *,
    holds: str,
) -> tuple[_Row, ...]:
    """The rows of a table that names one variable a row, in its first column, none of them twice.

    `row` makes a row of a record and the name in it, or notes its problems; `holds` is what a line
    holds of a name ("its range"). Raises BadInput with every problem of the table.
    """
    records, problems = read_records(path, columns)
    named = columns[0]
    rows: list[_Row] = []
    seen: dict[str, int] = {}
    for record in records:
        name = record.cells[named]
        if not name:
            problems.append(record.problem(named, f"the row names no {named}."))
            continue
        first = seen.setdefault(identifier(name), record.line)
        if first != record.line:
            problems.append(record.problem(name, f"line {first} holds {holds} already."))
            continue
        made = row(record, name, problems)
        if made is not None:
            rows.append(made)
    if problems:
        raise BadInput(sorted(problems, key=lambda problem: problem.line or 0))
    return tuple(rows)


def number(record: Record, key: str, column: str, problems: list[Problem]) -> float:
    """The number in a cell; where there is none, a problem is added and NaN returned."""
    text = record.cells[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    # float() takes 1_000 and nan; a table for planners does not.
    if math.isfinite(value) and "_" not in text:
        return value
    found = f'"{text}" is not a number' if text else "there is no number"
    problems.append(record.problem(key, f'{found} in column "{column}".'))
    return math.nan


def choice(
    record: Record, key: str, column: str, kind: type[_Choice], problems: list[Problem]
) -> _Choice | None:
    """The word in a cell, one of those that `kind` knows; None with a problem added otherwise."""
    text = record.cells[column]
    known = [member.value for member in kind]
    if text in known:
        return kind(text)
    cure = did_you_mean(text, known) or f"It is one of {', '.join(known)}."
    found = f'"{text}" is no {column}.' if text else f"there is no {column}."
    problems.append(record.problem(key, found, cure))
    return None


def _header_problems(
    path: Path, line: int, header: Sequence[str], columns: Sequence[str]
) -> list[Problem]:
    problems = []
    for column in columns:
        if header.count(column) != 1:
            times = "missing" if column not in header else "there more than once"
            cure = f"The first line is {','.join(columns)}."
            why = f"the column is {times}."
            problems.append(Problem(why, cure, file=path, line=line, key=column))
    problems += [
        Problem("no such column.", did_you_mean(column, columns), file=path, line=line, key=column)
        for column in header
        if column not in columns
    ]
    return problems
