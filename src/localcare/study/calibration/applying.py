"""Writing a proposal into a model: its file, its tables, its evidence.

In: a project and the rows of a proposal that a person kept. Out: the new text of each file. Nothing
is rewritten but the numbers themselves and, in the assumptions table, what they now rest on. The
changed model is read again before anything is moved into place: exactly the numbers asked for have
to have changed, and a number that is written in a way this module cannot edit is left to a person.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from localcare.model import ModelSpec, load, names, source
from localcare.model.assumptions import Assumption, Distribution, Scope
from localcare.model.spec import Kind, Variable
from localcare.model.statements import Statement, head
from localcare.model.variable_names import closest, find
from localcare.problems import BadInput, Problem
from localcare.study.calibration.declared import FittedConstant
from localcare.study.calibration.parameters import Parameter, in_model
from localcare.study.calibration.proposal import Proposed
from localcare.study.project import Project

__all__ = ["apply_proposal"]

#: How far, relatively, the model may have moved from the old value of a proposal.
MOVED = 1e-6
#: Begins what a note says of a fit; what stands from here on is replaced by the next one.
FITTED = " Fitted by `localcare calibrate` to "

_TABLE = re.compile(r"GET[ _]+DIRECT[ _]+(?:CONSTANTS|DATA)\s*\(([^()]*)\)", re.IGNORECASE)
_CELL = re.compile(r"([A-Za-z]{1,3})(\d{1,7})\*?")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

Texts = dict[Path, str]


@dataclass(frozen=True, slots=True)
class _Change:
    """One number of a variable, by its position in the variable's values."""

    variable: Variable
    place: int
    new: float


def apply_proposal(project: Project, proposal: Sequence[Proposed], path: Path) -> tuple[Path, ...]:
    """Write the proposal, read from `path`, into the model's files; returns those changed.

    Raises BadInput, with nothing changed, for a number that the model lacks, one that is no longer
    what it was when it was fitted, and one that has to be edited by hand.
    """
    changes, problems = _changes(project.spec, proposal, path)
    if problems:
        raise BadInput(problems)
    texts: Texts = {}
    for variable in dict.fromkeys(change.variable.identifier for change in changes):
        own = [change for change in changes if change.variable.identifier == variable]
        try:
            _write_numbers(project, own, texts)
        except _ByHandError as reason:
            cure = "Change it by hand and remove its rows from the proposal."
            name = project.spec.by_identifier[variable].name
            problems.append(Problem(str(reason), cure, path, key=name))
    if problems:
        raise BadInput(problems)
    _verify(project, changes, texts, path)
    if project.assumptions is not None:
        table = project.assumptions.file
        texts[table] = _evidence(table, project.assumptions.by_identifier, proposal)
    for file, text in texts.items():
        _replace(file, text)
    return tuple(texts)


class _ByHandError(Exception):
    """A number is written in a way that is left to a person."""


def _changes(
    spec: ModelSpec, proposal: Sequence[Proposed], path: Path
) -> tuple[list[_Change], list[Problem]]:
    changes: list[_Change] = []
    problems: list[Problem] = []
    for each in proposal:
        parameter = _parameter(spec, each)
        if parameter is None:
            cure = closest(spec, each.variable)
            problems.append(Problem("is not in the model.", cure, path, key=each.parameter))
            continue
        if abs(parameter.start - each.old) > MOVED * max(abs(each.old), abs(parameter.start)):
            why = f"was {each.old:g} when it was fitted, and is {parameter.start:g} in the model."
            cure = "Run `localcare calibrate` again."
            problems.append(Problem(why, cure, path, key=each.parameter))
        variable = spec.by_identifier[parameter.variable]
        changes += [
            _Change(
                variable,
                place,
                each.new
                if each.scope == "value"
                else float(f"{variable.values[place] * each.new:.8g}"),
            )
            for place in parameter.places
        ]
    return changes, problems


def _parameter(spec: ModelSpec, each: Proposed) -> Parameter | None:
    variable = find(spec, each.variable)
    if variable is None:
        return None
    chosen: dict[str, tuple[str, ...]] = {}
    for element in each.elements:
        for dimension in variable.dimensions:
            if element in spec.by_dimension[dimension].elements and dimension not in chosen:
                chosen[dimension] = (element,)
                break
            if dimension in chosen and element in spec.by_dimension[dimension].elements:
                chosen[dimension] = (*chosen[dimension], element)
                break
        else:
            return None
    declared = FittedConstant(
        constant=variable.name, elements=chosen, at=() if each.at is None else (each.at,),
        factor=each.scope == "factor", low=min(each.low, each.new), high=max(each.high, each.new),
    )  # fmt: skip
    made, faults = in_model(spec, declared)
    return made[0] if len(made) == 1 and not faults else None


def _write_numbers(project: Project, changes: Sequence[_Change], texts: Texts) -> None:
    """Put the new numbers of one variable into `texts`."""
    variable = changes[0].variable
    data = source.read_bytes(project.path)
    statements = [
        each
        for each in source.read(project.path, data, []).statements
        if names.identifier(head(each.text).split("[")[0]) == variable.identifier
    ]
    if len(statements) != 1:
        raise _ByHandError(f"is defined by {len(statements)} equations.")
    statement = statements[0]
    if variable.source:
        _write_cells(project, statement, changes, texts)
        return
    text = texts.get(project.path) or data.decode("utf-8-sig")
    raw = _raw(text, statement, project.path, data)
    equation, tilde, rest = raw.partition("~")
    left, equals, right = equation.partition("=")
    numbers = list(_NUMBER.finditer(right))
    if len(numbers) != len(variable.values) or re.sub(_NUMBER, "", right).strip(" ,;\t\r\n\\"):
        raise _ByHandError("is not written as plain numbers.")
    for change in sorted(changes, key=lambda each: -each.place):
        match = numbers[change.place]
        right = right[: match.start()] + _written(change.new) + right[match.end() :]
    texts[project.path] = text.replace(raw, left + equals + right + tilde + rest, 1)


def _raw(text: str, statement: Statement, path: Path, data: bytes) -> str:
    """The text of a statement as it stands in the file."""
    body, _ = source.body_of(path, data)
    raw = body[statement.span[0] : statement.span[1]]
    if text.count(raw) != 1:
        raise _ByHandError("cannot be found in the text of the file.")
    return raw


def _write_cells(
    project: Project, statement: Statement, changes: Sequence[_Change], texts: Texts
) -> None:
    """Put new numbers into the table that a variable is read from."""
    match = _TABLE.search(statement.text)
    arguments = [each.strip().strip("'\"") for each in match.group(1).split(",")] if match else []
    arguments = [each for each in arguments if each] if match else []
    cell = _CELL.fullmatch(arguments[-1]) if arguments else None
    if cell is None or not arguments[0].endswith(".csv"):
        raise _ByHandError("is not read from one cell of a .csv table on.")
    path = project.path.parent / arguments[0]
    text = texts.get(path) or path.read_bytes().decode("utf-8-sig")
    lines = text.splitlines(keepends=True)
    grid = list(csv.reader(lines))
    if len(grid) != len(lines):
        raise _ByHandError("stands in a table with lines inside its cells.")
    top, left = int(cell.group(2)) - 1, _column(cell.group(1))
    variable = changes[0].variable
    shape = [len(project.spec.by_dimension[each].elements) for each in variable.dimensions]
    if variable.kind is Kind.SERIES:
        shape.append(len(variable.times))
    for change in changes:
        old = variable.values[change.place]
        index = [int(each) for each in np.unravel_index(change.place, shape or [1])]
        for row, column in _candidates(top, left, index):
            if _is(grid, row, column, old):
                grid[row][column] = _written(change.new)
                lines[row] = _line(grid[row], lines[row])
                break
        else:
            raise _ByHandError(f"its value {old:g} cannot be found in {arguments[0]}.")
    texts[path] = "".join(lines)


def _candidates(top: int, left: int, index: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where a number of one or two dimensions may stand: down, across, or both ways about."""
    if len(index) > 2:
        raise _ByHandError("has more dimensions than a table.")
    first, second = (index[0], 0) if len(index) == 1 else (index[0], index[1])
    yield top + first, left + second
    yield top + second, left + first


def _is(grid: Sequence[Sequence[str]], row: int, column: int, value: float) -> bool:
    try:
        return abs(float(grid[row][column]) - value) <= 1e-9 * abs(value)
    except (ValueError, IndexError):
        return False


def _line(cells: Sequence[str], before: str) -> str:
    ending = "\r\n" if before.endswith("\r\n") else "\n" if before.endswith("\n") else ""
    stream = io.StringIO()
    csv.writer(stream, lineterminator=ending).writerow(cells)
    return stream.getvalue()


def _column(letters: str) -> int:
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _written(value: float) -> str:
    return f"{value:.8g}"


def _verify(project: Project, changes: Sequence[_Change], texts: Texts, path: Path) -> None:
    """Read the changed model: the numbers asked for have changed, and no others."""
    expected = {each.identifier: np.array(each.values) for each in project.spec.variables}
    for change in changes:
        expected[change.variable.identifier][change.place] = float(_written(change.new))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "models"
        shutil.copytree(project.path.parent, folder)
        for file, text in texts.items():
            target = folder / file.relative_to(project.path.parent)
            target.write_text(text, encoding="utf-8", newline="")
        spec = load(folder / project.path.name, cache=False)
    wrong = [
        each.name
        for each in spec.variables
        if not np.array_equal(np.array(each.values), expected.get(each.identifier, np.zeros(0)))
    ]
    if wrong:
        why = f"cannot be written without changing more: {', '.join(wrong[:5])}."
        raise BadInput(Problem(why, "Change these numbers by hand.", path))


def _evidence(table: Path, rows: Mapping[str, Assumption], proposal: Sequence[Proposed]) -> str:
    """The assumptions table with what the new numbers rest on."""
    lines = table.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
    reader = csv.reader(lines)
    header = next(reader)
    for variable, group in itertools.groupby(
        sorted(proposal, key=lambda each: each.variable), key=lambda each: each.variable
    ):
        row, fitted = rows.get(variable), list(group)
        if row is None:
            continue
        cells = next(csv.reader([lines[row.line - 1]]))
        if len(cells) != len(header):
            continue  # a note of several lines is left as it is
        named = dict(zip(header, cells, strict=True))
        named["quality"] = "derived"
        named["note"] = named["note"].split(FITTED)[0] + FITTED + fitted[0].fitted_to + "."
        if row.scope is Scope.VALUE:
            low, high = min(each.new for each in fitted), max(each.new for each in fitted)
            fixed = row.distribution is Distribution.FIXED
            named["low"] = named["low"] if row.low <= low and not fixed else _written(low)
            named["high"] = named["high"] if row.high >= high and not fixed else _written(high)
        lines[row.line - 1] = _line([named[name] for name in header], lines[row.line - 1])
    return "".join(lines)


def _replace(file: Path, text: str) -> None:
    """Write beside and move into place."""
    handle, scratch = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
    shutil.copymode(file, scratch)
    Path(scratch).replace(file)
