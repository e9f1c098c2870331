"""The levers of a model: the constants that a scenario may change over time.

In goes `models/<name>.levers.csv` with the columns

    lever, layer, low, high, outcome, direction, note

and out come frozen `Lever` rows. `low` and `high` bound each element in the lever's units;
`outcome` is the output (or measure) that moves in `direction` when this lever alone is pulled up;
it is kept as an identifier, however the table spells it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from localcare.model import names
from localcare.model.assumptions import Assumption, Assumptions, Distribution
from localcare.model.causal import CausalGraph, graph
from localcare.model.csv_records import Record, choice, number, read_named
from localcare.model.spec import Kind, ModelSpec
from localcare.model.text import number_text
from localcare.model.variable_names import closest, find
from localcare.problems import Problem, did_you_mean

__all__ = ["Direction", "Lever", "Levers", "check", "read"]

_COLUMNS = ("lever", "layer", "low", "high", "outcome", "direction", "note")


class Direction(StrEnum):
    """Which way an outcome moves."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Lever:
    """One row; `variable` is the lever's name in the model file, `note` what a planner pulls."""

    variable: str
    layer: str
    low: float
    high: float
    outcome: str
    direction: Direction
    note: str
    line: int = 0


@dataclass(frozen=True)
class Levers:
    """All levers of one model, in the order of their table."""

    file: Path
    rows: tuple[Lever, ...]

    @cached_property
    def by_identifier(self) -> dict[str, Lever]:
        """Levers by identifier."""
        return {names.identifier(row.variable): row for row in self.rows}

    def of(self, name: str) -> Lever | None:
        """The lever of that name or identifier."""
        return self.by_identifier.get(names.identifier(name))


def read(path: Path) -> Levers:
    """Read a table. Raises BadInput with every problem of it."""
    return Levers(path, read_named(path, _COLUMNS, _row, holds="this lever"))


def check(
    spec: ModelSpec,
    levers: Levers,
    assumptions: Assumptions | None = None,
    measures: Collection[str] = (),
) -> list[Problem]:
    """Every fault between a model and its levers.

    `measures` are the outcomes that are worked out from a run and are no variables of the model.
    """
    causal = graph(spec)
    problems = []
    for lever in levers.rows:
        row = None if assumptions is None else assumptions.of(lever.variable)
        faults = (*_name_faults(spec, lever, measures), *_variable_faults(spec, causal, lever, row))
        problems += [
            Problem(why, cure, file=levers.file, line=lever.line, key=lever.variable)
            for why, cure in faults
        ]
    return problems


def _row(record: Record, name: str, problems: list[Problem]) -> Lever | None:
    found = len(problems)
    low = number(record, name, "low", problems)
    high = number(record, name, "high", problems)
    direction = choice(record, name, "direction", Direction, problems)
    cells = record.cells
    problems += [
        record.problem(name, f"there is no {column}.")
        for column in ("layer", "outcome", "note")
        if not cells[column]
    ]
    if low >= high:
        why = f"the range leaves nothing to pull: low {low:g}, high {high:g}."
        problems.append(record.problem(name, why))
    if len(problems) > found or direction is None:
        return None
    outcome = names.identifier(cells["outcome"])
    return Lever(name, cells["layer"], low, high, outcome, direction, cells["note"], record.line)


def _name_faults(
    spec: ModelSpec, lever: Lever, measures: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the layer and outcome that a lever names: why and cure."""
    layers = spec.by_dimension["layer"].elements if "layer" in spec.by_dimension else ()
    if layers and lever.layer not in layers:
        cure = did_you_mean(lever.layer, layers) or f"It is one of {', '.join(layers)}."
        yield f'"{lever.layer}" is no layer.', cure
    if lever.outcome not in spec.by_identifier and lever.outcome not in measures:
        known = [each.identifier for each in spec.variables if not each.hidden]
        why = f'neither the model nor a measure has the outcome "{lever.outcome}".'
        yield why, did_you_mean(lever.outcome, [*known, *measures])


def _variable_faults(
    spec: ModelSpec, causal: CausalGraph, lever: Lever, row: Assumption | None
) -> Iterator[tuple[str, str]]:
    """What is wrong with the variable that a lever pulls: why and cure. `row` is its evidence."""
    variable = find(spec, lever.variable)
    if variable is None:
        yield "the model has no such variable.", closest(spec, lever.variable)
        return
    if variable.kind is not Kind.CONSTANT:
        yield "only a constant can be a lever, and this is computed or read over time.", ""
        return
    beyond = [value for value in variable.values if not lever.low <= value <= lever.high]
    if beyond:
        value, span = number_text(beyond[0]), f"{lever.low:g} to {lever.high:g}"
        yield f"the model's own value {value} lies outside its range, {span}.", ""
    reached = causal.reached_from(variable.identifier)
    if lever.outcome in spec.by_identifier and lever.outcome not in reached:
        yield (
            f'no chain of causes leads from it to its outcome "{lever.outcome}".',
            "Use the lever in an equation, or name an outcome that it moves.",
        )
    if row is not None and row.distribution is not Distribution.FIXED:
        yield (
            f'the assumptions table (line {row.line}) lets it vary as "{row.distribution}".',
            "A lever is pulled, never drawn: make it fixed there.",
        )
