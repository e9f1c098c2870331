"""From what a modeller writes to a `Batch`: values and series by name.

In: a spec, overrides (what constants are, for the whole run) and series (what constants or series
do over time), by name as it stands in the model or as identifier; `values` says what may be given
for each. Out: a `Batch`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.model.variable_names import closest, find, with_article
from localcare.problems import BadInput, Problem
from localcare.study.values import Refused, repeated, series_of, values_of

__all__ = ["batch_of", "identifiers"]

Floats = NDArray[np.float64]
INPUTS = (Kind.CONSTANT, Kind.SERIES)
#: What members are given may take this much memory, in bytes.
MOST = 4 * 10**9
CLOCK = ("initial_time", "final_time", "time_step", "saveper")


def batch_of(
    spec: ModelSpec,
    overrides: Mapping[str, Any],
    series: Mapping[str, Any],
    members: int | None = None,
) -> Batch:
    """The batch of these overrides and series. `members` None takes their number from the arrays
    that have a member axis (1 where none has). Raises BadInput with every problem."""
    problems: list[Problem] = []
    constants: dict[str, Floats] = {}
    paths: dict[str, tuple[Floats, Floats]] = {}
    given = [(name, value, False) for name, value in overrides.items()]
    given += [(name, value, True) for name, value in series.items()]
    for name, value, moving in given:
        variable = _variable(spec, name, problems, moving=moving)
        if variable is None:
            continue
        identifier = variable.identifier
        if identifier in constants or identifier in paths:
            problems.append(Problem("is given twice.", "Give it once.", key=name))
            continue
        try:
            if moving:
                paths[identifier] = series_of(spec, variable, value)
            else:
                constants[identifier] = values_of(spec, variable, value)
        except Refused as refused:
            problems.append(Problem(refused.why, refused.cure, key=name))
    arrays = [*constants.items(), *((name, values) for name, (_, values) in paths.items())]
    count = _members(members, arrays, problems)
    bytes_ = 8 * count * sum(math.prod(values.shape[:-1]) for _, values in arrays)
    if bytes_ > MOST:
        why = f"what {count:,} members are given takes {bytes_ / 1e9:.3g} GB of memory."
        problems.append(Problem(why, "Run fewer at a time.", key="members"))
    if problems:
        raise BadInput(problems)
    return Batch(
        count,
        {name: repeated(values, count) for name, values in constants.items()},
        {
            name: (repeated(times, count), repeated(values, count))
            for name, (times, values) in paths.items()
        },
    )


def identifiers(spec: ModelSpec, names: Iterable[str]) -> tuple[str, ...]:
    """The identifiers of variables to save. Raises BadInput with every name that cannot be."""
    if isinstance(names, str):
        raise BadInput(Problem("is one name, not a list.", f'Give ["{names}"].', key="save"))
    problems: list[Problem] = []
    found: list[str] = []
    for name in names:
        variable = find(spec, name)
        if variable is None:
            problems.append(Problem("no such variable.", closest(spec, name), key=str(name)))
        elif variable.kind in (Kind.CONSTANT, Kind.LOOKUP):
            why = f"is {with_article(variable)}: it does not change over a run and is not saved."
            problems.append(Problem(why, key=name))
        else:
            found.append(variable.identifier)
    if problems:
        raise BadInput(problems)
    return tuple(dict.fromkeys(found))


def _variable(
    spec: ModelSpec, name: str, problems: list[Problem], *, moving: bool
) -> Variable | None:
    """The input of that name, None (and a problem) where there is none that can be set so."""
    variable = find(spec, name)
    if variable is None:
        problems.append(Problem("no such variable.", closest(spec, name), key=str(name)))
        return None
    why, cure = "", ""
    if variable.kind not in INPUTS:
        why = f"is {with_article(variable)} and cannot be set."
        cure = "Set the constants and series that it is computed from."
    elif variable.kind is Kind.SERIES and not moving:
        why, cure = "is a series over time.", "Give it under `series`, as {time: value}."
    elif variable.kind is Kind.SERIES and variable.interpolation != "linear":
        why = "is not interpolated by the model and cannot follow other values."
    elif variable.identifier in CLOCK:
        why, cure = "sets the clock of the model.", "Give `step`, or change the model file."
    elif variable.identifier in spec.structural:
        why = "shaped the model when it was read, so another value would change nothing."
        cure = "Change it in the model file."
    if why:
        problems.append(Problem(why, cure, key=name))
        return None
    return variable


def _members(
    asked: int | None, arrays: Iterable[tuple[str, Floats]], problems: list[Problem]
) -> int:
    """How many members there are; a problem for every array that says otherwise."""
    if asked is not None and asked < 1:
        problems.append(
            Problem(f"{asked} members cannot be run.", "Give 1 or more.", key="members")
        )
        return 1
    counted = {name: values.shape[-1] for name, values in arrays if values.shape[-1] != 1}
    count = asked if asked is not None else max(counted.values(), default=1)
    if count < 1:
        empty = "is given for 0 members."
        problems += [Problem(empty, "Give a number for each.", key=name) for name in counted]
    problems += [
        Problem(f"is given for {own} members, where there are {count}.", key=name)
        for name, own in counted.items()
        if own != count
    ]
    return count
