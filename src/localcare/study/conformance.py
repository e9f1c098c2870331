"""Other people's models held to the results that came with them.

In: a folder of Vensim models, each beside the output that its author got (`output.tab` or the like:
a row for each time, a column for each variable). Out: a `Verdict` for each model. A model is right
where every number that both have agrees to `TOLERANCE` of its variable's range. Where an output
holds mostly variables that the model lacks it belongs to another model, which is said and never
counted as right; nor is one where variables differ that follow from random draws, as they must.
Limits in the units field do not stop a run here: Vensim only warns of them.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Run, run
from localcare.engine.failure import SimulationError
from localcare.model import Kind, ModelSpec, load, names
from localcare.model.causal import graph
from localcare.problems import BadInput, Problem

__all__ = ["TOLERANCE", "Outcome", "Reference", "Verdict", "cases", "hold", "read_reference"]

Floats = NDArray[np.float64]

#: How far a value may lie from the reference, as a share of the variable's range there.
TOLERANCE = 1e-3
#: Outputs are printed to six digits: a range below this share of the size is their rounding, and
#: counts as none. A variable without a range is held to the tolerance of its size.
PRINTED = 1e-5
#: Where the reference is 0 throughout, so much of it may be rounding in a value of ours.
NOTHING = 1e-6
#: An output with a smaller share of columns that the model knows belongs to another model.
ENOUGH = 0.5
_MAX_BYTES = 50_000_000
_NAME = re.compile(r'^(?P<name>"(?:\\"|[^"])*"|[^\[]*?)\s*(?:\[(?P<elements>[^\]]*)\])?$')
_LISTED = re.compile(r'"(?:\\"|[^"])*"|[^,]+')


class Outcome(StrEnum):
    """What came of one model."""

    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"  # with the function and the line named
    STOPPED = "stopped"  # by a limit or a number that is none, where the reference goes on
    UNDECIDED = "undecided"  # the reference cannot tell


@dataclass(frozen=True, slots=True)
class Verdict:
    """One model: `why` it is not right; `worst` is the largest difference found, as a share of the
    range of `variable`, among `compared` columns of the reference.
    """

    model: Path
    reference: Path
    outcome: Outcome
    why: tuple[str, ...] = ()
    variable: str = ""
    worst: float = 0.0
    compared: int = 0
    engine: str = ""


@dataclass(frozen=True)
class Reference:
    """What a model should come to: `times` (n,), and by written name a column (n,), NaN where the
    file has no number.
    """

    times: Floats
    columns: dict[str, Floats]


def cases(folder: Path) -> list[tuple[Path, Path | None]]:
    """Every model below a folder with its expected output, or None where it has none."""
    found = []
    for model in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".mdl"):
        candidates = [
            model.with_name(f"{stem}{ending}")
            for stem in ("output", model.stem)
            for ending in (".tab", ".csv")
        ]
        found.append((model, next((each for each in candidates if each.is_file()), None)))
    return found


def hold(model: Path, expected: Path, *, engine: Engine = "kernel") -> Verdict:
    """Run one model and hold it to what its author got."""
    try:
        reference = read_reference(expected)
    except (OSError, ValueError) as error:
        return Verdict(model, expected, Outcome.UNDECIDED, (f"its output is no table: {error}.",))
    try:
        spec = load(model, cache=False)
        result = _points(spec, engine)
    except BadInput as error:
        why = tuple(map(_brief, error.problems))
        return Verdict(model, expected, Outcome.REFUSED, why)
    except SimulationError as error:
        return Verdict(model, expected, Outcome.STOPPED, (str(error),))
    compared, variable, worst, by_chance = 0, "", 0.0, 0
    drawn = {names.key(spec.by_identifier[each].name) for each in graph(spec).random(spec)}
    for name, share in _differences(spec, result, reference):
        compared += 1
        if not share <= TOLERANCE and _written(name) in drawn:
            by_chance += 1
            continue
        if not share <= worst:
            variable, worst = name, share
    verdict = Verdict(model, expected, Outcome.RIGHT, (), variable, worst, compared, result.engine)
    if compared < ENOUGH * len(reference.columns):
        lacks = f"knows {compared} of the {len(reference.columns)} variables of {expected.name}."
        return replace(verdict, outcome=Outcome.UNDECIDED, why=(lacks,))
    if worst <= TOLERANCE and by_chance:
        drew = f"{by_chance} of {compared} variables follow from random draws; the rest is right."
        return replace(verdict, outcome=Outcome.UNDECIDED, why=(drew,))
    if worst <= TOLERANCE:
        return verdict
    wrong = f"{variable} is off by {worst:.2g} of its range."
    return replace(verdict, outcome=Outcome.WRONG, why=(wrong,))


def _written(column: str) -> str:
    """The key of the variable that a column of a reference names."""
    match = _NAME.match(column.strip())
    return "" if match is None else names.key(match["name"])


def _brief(problem: Problem) -> str:
    """A problem without its file, which the table names."""
    where = "" if problem.line is None else f"line {problem.line}"
    return str(replace(problem, file=where, line=None))


def read_reference(path: Path) -> Reference:
    """Read a table of expected output. Raises ValueError where it is none."""
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"it has over {_MAX_BYTES // 1_000_000} MB")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = text.splitlines()
    mark = "\t" if lines and "\t" in lines[0] else ","
    rows = [row for row in csv.reader(lines, delimiter=mark) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise ValueError("it has no rows")
    if names.key(rows[0][0]) not in ("time", "months", "years", "days"):
        rows = [list(column) for column in zip(*rows, strict=False)]
        if names.key(rows[0][0]) != "time":
            raise ValueError("it has no column of times")
    width = len(rows[0])
    grid = np.array([[_number(cell) for cell in (*row, *[""] * width)[:width]] for row in rows[1:]])
    known = np.isfinite(grid[:, 0])
    columns = {name: grid[known, place] for place, name in enumerate(rows[0]) if place and name}
    return Reference(grid[known, 0], columns)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _points(spec: ModelSpec, engine: Engine) -> Run:
    """The model as its author runs it: Euler, everything as points at its own saveper."""
    save = [
        each.identifier
        for each in spec.variables
        if each.kind in (Kind.STOCK, Kind.AUXILIARY, Kind.SERIES) and not each.hidden
    ]
    unlimited = tuple(replace(each, limits=(None, None)) for each in spec.variables)
    spec = replace(spec, variables=unlimited)
    return run(spec, Batch(1), engine=engine, method="euler", save=save, points=True)


def _differences(spec: ModelSpec, result: Run, reference: Reference) -> Iterator[tuple[str, float]]:
    """For every column that both have, the largest difference as a share of its range."""
    ours, theirs = _shared_times(spec, result.bounds, reference.times)
    if not ours:
        return
    known = {names.key(each.name): each.identifier for each in spec.variables if not each.hidden}
    for written, column in reference.columns.items():
        values = _column(spec, result, known, written)
        if values is None:
            continue
        wanted = column[theirs]
        there = np.isfinite(wanted)
        if there.any():
            yield written, _share(values[ours][there], wanted[there])


def _share(values: Floats, wanted: Floats) -> float:
    """The largest difference over the range; where nothing moves, over the size."""
    size = float(np.abs(wanted).max())
    extent = float(np.ptp(wanted))
    scale = extent if extent > PRINTED * size else max(size, NOTHING / TOLERANCE)
    if not np.isfinite(values).all():
        return math.inf
    return float(np.abs(values - wanted).max()) / scale


def _shared_times(
    spec: ModelSpec, bounds: Floats, times: Floats
) -> tuple[Sequence[int], Sequence[int]]:
    """Places of the times that both have, to a share of the step."""
    ours, theirs = [], []
    for place, time in enumerate(times):
        nearest = int(np.abs(bounds - time).argmin())
        slack = 1e-3 * spec.time.step + PRINTED * abs(time)
        if abs(bounds[nearest] - time) <= slack:
            ours.append(nearest)
            theirs.append(place)
    return ours, theirs


def _column(spec: ModelSpec, result: Run, known: dict[str, str], written: str) -> Floats | None:
    """What we have for a column of the reference, (times,), or None for nothing."""
    count = len(result.bounds)
    control = {
        "initial time": spec.time.initial,
        "final time": spec.time.final,
        "time step": spec.time.step,
        "saveper": spec.time.saveper,
    }.get(names.key(written))
    if control is not None:
        return np.full(count, control)
    match = _NAME.match(written.strip())
    if match is None or names.key(match["name"]) not in known:
        return None
    variable = spec.by_identifier[known[names.key(match["name"])]]
    listed = [names.key(each) for each in _LISTED.findall(match["elements"] or "")]
    if variable.kind is Kind.LOOKUP or len(listed) != len(variable.dimensions):
        return None
    spot = []
    for element, dimension in zip(listed, variable.dimensions, strict=True):
        labels = [names.key(each) for each in spec.by_dimension[dimension].elements]
        if element not in labels:
            return None
        spot.append(labels.index(element))
    if variable.kind is Kind.CONSTANT:
        own = np.array(variable.values).reshape(spec.shape(variable.identifier))
        return np.full(count, own[tuple(spot)])
    index: tuple[slice | int, ...] = (slice(None), *spot, 0)
    values: Floats = result.values[variable.identifier][index]
    return values
