"""A new element of a subscript range, as rows and columns of the model's tables.

In: a model file, the range, the new element and one that is there to start from. Out: the new text
of every table that names the one to start from, with its row or column repeated under the new name
(or its amounts shared between the two). Nothing is written here, and no equation is touched: ranges
that are listed in the model file itself, such as ages, cannot grow this way.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from localcare.model import names, source
from localcare.model.equations import RangeDefinition, is_range, parse
from localcare.model.spec import Dimension, ModelSpec
from localcare.model.statements import Statement, head
from localcare.model.table_cells import cell
from localcare.model.table_files import resolve
from localcare.model.unit_algebra import UnitError, read_unit
from localcare.problems import BadInput, Problem, did_you_mean

__all__ = ["Addition", "Change", "additions"]

_READ = re.compile(
    r"GET DIRECT (CONSTANTS|DATA|LOOKUPS)\s*\(\s*'([^']+)'\s*,\s*'([^']*)'\s*,"
    r"(?:\s*'[^']*'\s*,)?\s*'([A-Za-z]+\d+)\*?'\s*\)",
    re.IGNORECASE,
)
#: What Vensim and our tables take as a name without quotes.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _&']*")
#: A number of these, or of these in a year, is an amount: two places share it out.
_COUNTED = {"person", "FTE", "bed", "place", "contact", "admission", "attendance", "hour", "GBP"}


@dataclass(frozen=True, slots=True)
class Addition:
    """A new element of a subscript range that starts from `like`, one that is there.

    With `share`, between 0 and 1, amounts (people, staff, beds, money: numbers that add up) of
    `like` are divided, the new element taking the share; without it they are repeated. What is not
    an amount (a rate, an hour a contact) is repeated in rows; in columns it is divided too, since
    the columns of a row are parts of a whole.
    """

    dimension: str
    element: str
    like: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The new text of a table; `rows` and `columns` tell how many were added, `line` where the new
    row stands (0 where only columns were added)."""

    path: Path
    text: str
    rows: int
    columns: int
    line: int


def additions(path: Path, spec: ModelSpec, wanted: Addition) -> list[Change]:
    """The tables of the model at `path` with a new element. Raises BadInput where a name is unknown
    or taken, or where the range is not read from a table."""
    found = _dimension(spec, wanted.dimension, path)
    problems = _problems(found, wanted, path)
    statements = _statements(path)
    # One table may list several ranges: places, and the other places that each learns from.
    listed = {
        each.name: each.table[0]
        for each in map(parse, filter(is_range, statements))
        if isinstance(each, RangeDefinition) and each.table
    }
    tables = set(listed.values())
    if names.key(found.name) not in map(names.key, listed):
        cure = f"Ranges that tables list are {', '.join(sorted(listed))}."
        why = "lists its elements in the model file, not in a table."
        problems.append(Problem(why, cure if tables else "", file=path, key=found.name))
    if problems:
        raise BadInput(problems)
    amounts = _amounts(statements, spec)
    changes = (
        _changed(resolve(path.parent, file), found, wanted, amounts.get(file, ()))
        for file in sorted({*tables, *amounts})
    )
    return [each for each in changes if each is not None]


def _dimension(spec: ModelSpec, name: str, path: Path) -> Dimension:
    for each in spec.dimensions:
        if names.key(each.name) == names.key(name):
            return each
    known = [each.name for each in spec.dimensions]
    cure = did_you_mean(name, known) or f"It is one of {', '.join(known)}."
    raise BadInput(Problem("no such subscript range.", cure, file=path, key=name))


def _problems(dimension: Dimension, wanted: Addition, path: Path) -> list[Problem]:
    problems = []
    known = [names.key(each) for each in dimension.elements]
    element, like, share = wanted.element, wanted.like, wanted.share
    if not _PLAIN.fullmatch(element.strip()):
        cure = "Begin with a letter and use letters, digits, spaces, & and ' only."
        problems.append(Problem("cannot be a name in a model.", cure, file=path, key=element))
    if names.key(element) in known:
        why = f"{dimension.name} has it already."
        problems.append(Problem(why, "Choose another name.", file=path, key=element))
    if names.key(like) not in known:
        cure = did_you_mean(like, dimension.elements) or f"Name one of {dimension.name}."
        problems.append(Problem(f"{dimension.name} has none.", cure, file=path, key=like))
    if share is not None and not 0 < share < 1:
        why = f"{share:g} is no share."
        problems.append(Problem(why, "Give one between 0 and 1, such as 0.3.", key="--share"))
    return problems


def _statements(path: Path) -> tuple[Statement, ...]:
    problems: list[Problem] = []
    found = source.read(path, source.read_bytes(path), problems)
    if problems:
        raise BadInput(problems)
    return found.statements


def _amounts(statements: Sequence[Statement], spec: ModelSpec) -> dict[str, list[tuple[int, bool]]]:
    """For each table the columns at which variables begin, and whether they hold amounts."""
    found: dict[str, list[tuple[int, bool]]] = {}
    for statement in statements:
        match = _READ.search(statement.text)
        variable = spec.by_identifier.get(names.identifier(head(statement.text).split("[")[0]))
        if match is None or variable is None:
            continue
        column = cell(match.group(4))[1]
        found.setdefault(match.group(2), []).append((column, _is_amount(variable.units)))
    return {file: sorted(columns) for file, columns in found.items()}


def _is_amount(units: str) -> bool:
    try:
        powers = dict(read_unit(units).powers)
    except UnitError:
        return False
    powers.pop("Year", None)
    return len(powers) == 1 and all(
        name in _COUNTED and power == 1 for name, power in powers.items()
    )


def _changed(
    path: Path, dimension: Dimension, wanted: Addition, amounts: Sequence[tuple[int, bool]]
) -> Change | None:
    """The table with the new element, or None where it does not name the one to start from."""
    data = path.read_bytes().decode("utf-8-sig")
    ending = "\r\n" if "\r\n" in data else "\n"
    grid = list(csv.reader(io.StringIO(data, newline="")))
    members = {names.key(each) for each in dimension.elements}
    like = names.key(wanted.like)
    rows = [at for at, row in enumerate(grid) if row and names.key(row[0]) == like and at]
    columns = [at for at, text in enumerate(grid[0]) if names.key(text) == like and at]
    if not rows and not columns:
        return None
    for at in columns:
        after = 1 + max(n for n, text in enumerate(grid[0]) if names.key(text) in members)
        for row in grid[1:]:
            if row:
                row.insert(after, _part(row, at, wanted.share))
        grid[0].insert(after, wanted.element)
    line = 0
    for at in rows:
        after = 1 + max(n for n, row in enumerate(grid) if row and names.key(row[0]) in members)
        new = [wanted.element, *(grid[at][1:])]
        if wanted.share is not None:
            for column in range(1, len(new)):
                if _holds_amount(amounts, column):
                    new[column] = _part(grid[at], column, wanted.share)
        grid.insert(after, new)
        line = after + 1
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=ending).writerows(grid)
    return Change(path, stream.getvalue(), len(rows), len(columns), line)


def _holds_amount(amounts: Sequence[tuple[int, bool]], column: int) -> bool:
    return next((own for start, own in reversed(amounts) if start <= column), False)


def _part(row: list[str], at: int, share: float | None) -> str:
    """What the new element has of a number in a row; with a share, the rest stays in the row."""
    text = row[at]
    try:
        value = float(text)
    except ValueError:
        return text
    if share is None:
        return text
    part = float(f"{value * share:.12g}")
    row[at] = f"{value - part:.12g}"
    return f"{part:.12g}"
