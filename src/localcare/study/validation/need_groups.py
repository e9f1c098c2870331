"""Patient Need Groups as a crosswalk: who of each state of the model carries a label.

In: a run, the table that gives for each state the share of its people with the label and how much
they use, relative to the mean of their state. Out: whether the labelled are as many, and use as
much, as was published. The label says who uses most, among other things because they used most
before; it is read off the model, and nothing in the model reads it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Run
from localcare.model import ModelSpec
from localcare.model.csv_records import number, read_records
from localcare.model.spec import Kind
from localcare.problems import BadInput, Problem
from localcare.study.validation.declared import NeedGroupsPart
from localcare.study.validation.result import PartResult
from localcare.study.validation.settings import NotInModel, variable_called

__all__ = ["need_groups"]

Floats = NDArray[np.float64]
#: The rest of a state uses no less than this part of the state's mean: a label that left others
#: with next to nothing would be no picture of need.
LEAST = 0.5


def need_groups(
    spec: ModelSpec, run: Run, member: int, part: NeedGroupsPart, folder: Path
) -> PartResult:
    """The labelled in a calendar year against what was published. Raises BadInput for a table that
    cannot be read, NotInModel where the model lacks a variable."""
    people = _by_state(spec, run, member, part.variable, part)
    states = spec.by_dimension[part.dimension].elements
    table = _table(folder / part.table, part, states)
    shares = table["red share"]
    labelled = float((people * shares).sum() / people.sum())
    faults, told, wanted = [], [f"{labelled:.2%} of people"], [f"{part.people:.2%} of people"]
    if not _near(labelled, part.people, part.within):
        faults.append("people")
    for use in part.uses:
        amounts, ratios = _by_state(spec, run, member, use.variable, part), table[use.column]
        share = float((amounts * shares * ratios).sum() / amounts.sum())
        rate = share / labelled
        told.append(f"{share:.1%} of {use.column} ({rate:.1f} times the average)")
        if use.share is not None:
            wanted.append(f"{use.share:.0%} of {use.column}")
            faults += [] if _near(share, use.share, part.within) else [use.column]
        if use.rate is not None:
            wanted.append(f"{use.rate:g} times the average of {use.column}")
            faults += [] if _near(rate, use.rate, part.within) else [use.column]
        if use.over is not None:
            wanted.append(f"over {use.over:g} times the average of {use.column}")
            faults += [] if rate > use.over else [use.column]
        rest = (1 - shares * ratios) / (1 - shares)
        if float(rest.min()) < LEAST:
            state = states[int(rest.argmin())]
            told.append(f"the rest of {state} at {rest.min():.0%} of its mean {use.column}")
            faults.append(use.column)
    what = f"people labelled red, {part.year}"
    return PartResult(what, "; ".join(wanted), "; ".join(told), not faults, labelled)


def _near(value: float, target: float, within: float) -> bool:
    return abs(value - target) <= within * target


def _by_state(spec: ModelSpec, run: Run, member: int, name: str, part: NeedGroupsPart) -> Floats:
    """A variable by state, (states,), the mean of the year."""
    variable = variable_called(spec, name)
    if part.dimension not in variable.dimensions:
        raise NotInModel(f"{name} has no dimension {part.dimension} yet")
    values = run.values[variable.identifier][..., member]
    times = run.bounds if variable.kind is Kind.STOCK else run.start
    inside = (times >= part.year - 1e-6) & (times < part.year + 1 - 1e-6)
    axis = 1 + variable.dimensions.index(part.dimension)
    others = tuple(each for each in range(1, values.ndim) if each != axis)
    mean: Floats = values[inside].sum(axis=others).mean(axis=0)
    return mean


def _table(path: Path, part: NeedGroupsPart, states: tuple[str, ...]) -> dict[str, Floats]:
    """The columns of the table in the order of the states."""
    columns = ("red share", *(use.column for use in part.uses))
    records, problems = read_records(path, (part.dimension, *columns))
    found: dict[str, dict[str, float]] = {}
    for record in records:
        state = record.cells[part.dimension]
        row = {column: number(record, state, column, problems) for column in columns}
        if not 0 < row["red share"] < 1:
            why = f"{row['red share']:g} is no share of a state."
            problems.append(record.problem(state, why, "Give one between 0 and 1."))
        if state in found or state not in states:
            why = "is there twice." if state in found else f"is no {part.dimension}."
            problems.append(record.problem(state, why))
        found[state] = row
    missing = [state for state in states if state not in found]
    problems += [Problem("the row is missing.", file=path, key=state) for state in missing]
    if problems:
        raise BadInput(problems)
    return {column: np.array([found[state][column] for state in states]) for column in columns}
