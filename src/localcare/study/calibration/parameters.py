"""The numbers that a calibration fits: where each sits in the model, its start and its bounds.

In: a spec and the constants as declared. Out: `Parameter`s, and batches of members that set them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch
from localcare.model import ModelSpec
from localcare.model.spec import Kind, Variable
from localcare.model.variable_names import closest, find
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario.document import Mapping, line_of
from localcare.study.calibration.declared import FittedConstant

__all__ = ["Parameter", "batch", "in_model", "parameters"]

Floats = NDArray[np.float64]
#: How near a knot has to be to the time that is named, in years: an hour.
NEAR = 1e-4


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number. `identifier` names it: the variable's identifier, then its elements and its knot
    in brackets where it has them. `places` are its positions in the variable's values, flat, in row
    major order (for a series over dimensions, then knots). A "value" replaces them, a "factor"
    multiplies them. `dated` and `off`: see `declared`."""

    identifier: str
    variable: str
    elements: tuple[str, ...]
    at: float | None
    scope: Literal["value", "factor"]
    places: tuple[int, ...]
    start: float
    low: float
    high: float
    unit: str
    dated: date | None = None
    off: float | None = None


def parameters(
    spec: ModelSpec, declared: Sequence[FittedConstant], path: Path, document: Mapping
) -> tuple[Parameter, ...]:
    """Every number to fit. Raises BadInput with every constant, element and knot that the model
    lacks, and every bound that excludes the start, at its line of the file."""
    found: list[Parameter] = []
    problems: list[Problem] = []
    for position, each in enumerate(declared):
        line = line_of(document, "constants", position)
        made, faults = in_model(spec, each)
        problems += [
            Problem(fault.why, fault.cure, path, line, fault.key or each.constant)
            for fault in faults
        ]
        for parameter in made:
            if parameter.identifier in {other.identifier for other in found}:
                problems.append(Problem("is fitted twice.", "", path, line, parameter.identifier))
            if not parameter.low <= parameter.start <= parameter.high:
                why = (
                    f"its bounds {parameter.low:g} to {parameter.high:g} exclude its start, "
                    f"{parameter.start:g}."
                )
                cure = "Widen them, or change the model first."
                problems.append(Problem(why, cure, path, line, parameter.identifier))
            found.append(parameter)
    if problems:
        raise BadInput(problems)
    return tuple(found)


def batch(spec: ModelSpec, fitted: Sequence[Parameter], values: Floats) -> Batch:
    """Members that set the parameters to `values` (parameters, members)."""
    members = values.shape[1]
    tables: dict[str, Floats] = {}
    for parameter, row in zip(fitted, values, strict=True):
        variable = spec.by_identifier[parameter.variable]
        if variable.identifier not in tables:
            own = np.array(variable.values)[:, np.newaxis]
            tables[variable.identifier] = np.repeat(own, members, axis=1)
        table, places = tables[variable.identifier], list(parameter.places)
        table[places] = row if parameter.scope == "value" else table[places] * row
    constants, paths = {}, {}
    for name, table in tables.items():
        variable, shape = spec.by_identifier[name], spec.shape(name)
        if variable.kind is Kind.CONSTANT:
            constants[name] = table.reshape(*shape, members)
        else:
            times = np.repeat(np.array(variable.times)[:, np.newaxis], members, axis=1)
            paths[name] = (times, table.reshape(*shape, times.shape[0], members))
    return Batch(members, constants, paths)


def in_model(spec: ModelSpec, declared: FittedConstant) -> tuple[list[Parameter], list[Problem]]:
    """The parameters of one entry, and what is wrong with it."""
    variable = find(spec, declared.constant)
    if variable is None:
        return [], [Problem("no such constant.", closest(spec, declared.constant))]
    if variable.identifier in spec.structural:
        return [], [Problem("shaped the model when it was read and cannot be fitted.")]
    moving = variable.kind is Kind.SERIES and variable.interpolation == "linear"
    if variable.kind is not Kind.CONSTANT and not moving:
        cure = "Fit the constants that it is computed from."
        return [], [Problem(f"is computed ({variable.kind}), no constant.", cure)]
    faults = _faults(spec, variable, declared)
    if faults:
        return [], faults
    shape = spec.shape(variable.identifier)
    chosen = [
        [
            (place, element)
            for place, element in enumerate(spec.by_dimension[dimension].elements)
            if element in declared.elements.get(dimension, (element,))
        ]
        for dimension in variable.dimensions
    ]
    cells: list[tuple[tuple[int, ...], tuple[str, ...]]] = [((), ())]
    for axis in chosen:
        cells = [((*at, p), (*names, e)) for at, names in cells for p, e in axis]
    flat = [int(np.ravel_multi_index(at, shape)) if shape else 0 for at, _ in cells]
    if declared.factor:
        named = tuple(each for chosen in declared.elements.values() for each in chosen)
        return [_parameter(variable, declared, named, tuple(flat))], []
    made = []
    for place, (_, names) in zip(flat, cells, strict=True):
        if moving:
            for time in declared.at:
                knot = int(np.argmin(np.abs(np.array(variable.times) - time)))
                spot = place * len(variable.times) + knot
                made.append(_parameter(variable, declared, names, (spot,), time))
        else:
            made.append(_parameter(variable, declared, names, (place,)))
    return made, []


def _faults(spec: ModelSpec, variable: Variable, declared: FittedConstant) -> list[Problem]:
    faults = []
    for dimension, elements in declared.elements.items():
        if dimension not in variable.dimensions:
            cure = did_you_mean(dimension, variable.dimensions)
            faults.append(Problem(f"has no dimension {dimension}.", cure))
            continue
        known = spec.by_dimension[dimension].elements
        faults += [
            Problem(f"{dimension} has no element {each}.", did_you_mean(each, known))
            for each in elements
            if each not in known
        ]
    moving = variable.kind is Kind.SERIES
    if moving and not declared.at:
        faults.append(Problem("is a series over time.", "Name its knots: `at: [2020.25]`."))
    if not moving and declared.at:
        faults.append(Problem("is a constant and has no knots.", "Leave `at` out."))
    for time in declared.at if moving else ():
        if min(abs(time - each) for each in variable.times) > NEAR:
            near = min(variable.times, key=lambda each: abs(time - each))
            faults.append(Problem(f"has no knot at {time:g}.", f"The nearest is {near:g}."))
    return faults


def _parameter(
    variable: Variable,
    declared: FittedConstant,
    elements: tuple[str, ...],
    places: tuple[int, ...],
    at: float | None = None,
) -> Parameter:
    inside = [*elements, *([] if at is None else [f"{at:.10g}"])]
    name = variable.identifier + (f"[{', '.join(inside)}]" if inside else "")
    return Parameter(
        name, variable.identifier, elements, at, "factor" if declared.factor else "value", places,
        1.0 if declared.factor else variable.values[places[0]], declared.low, declared.high,
        "1" if declared.factor else variable.units, declared.dated, declared.off,
    )  # fmt: skip
