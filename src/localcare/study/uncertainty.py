"""What of a model is uncertain, and how each uncertain number spreads over its range.

In: a `Project` whose assumptions give ranges and distributions. Out: `Parameter`s, one for each
number that is drawn: the value of a constant, of each of its elements where an array's row has the
scope "value", or one factor on, or power of, a whole array or series. Levers are never drawn: what
a planner chooses is no uncertainty. Neither are rows that are fixed, or a variant between two
pictures.

Distributions, between `low` and `high` with the model's own value (1 for a factor or a power) as
`centre`:

* uniform;
* triangular, its mode the centre;
* beta-pert: 1 + 4 (centre - low) / (high - low) and 1 + 4 (high - centre) / (high - low) as the
  parameters of a beta distribution (Malcolm and others 1959, with Vose's weight 4);
* normal around the centre, its standard deviation a quarter of the range, cut off at both ends;
* lognormal: the same for the logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from localcare.model import Kind, ModelSpec, Variable
from localcare.model.assumptions import Assumption, Distribution, Scope
from localcare.model.variable_names import find
from localcare.problems import BadInput, Problem
from localcare.study.project import Project

__all__ = ["Parameter", "parameters", "value_at"]

Floats = NDArray[np.float64]
#: Standard deviations of a (log)normal between its centre and the nearer of two even ends.
_DEVIATIONS = 4.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """One uncertain number. `name` says which and keys its draws: a variable's name, with elements
    in brackets where it is one of several. `places` are its positions in the variable's values,
    flat, in row-major order (for a series over dimensions, then times), None for all of them."""

    name: str
    variable: str
    places: tuple[int, ...] | None
    distribution: Distribution
    low: float
    centre: float
    high: float
    scope: Scope
    units: str
    sources: tuple[str, ...] = ()


def parameters(project: Project) -> tuple[Parameter, ...]:
    """What is drawn for a model, in the order of its assumptions table.

    Raises BadInput where it has no table, or a row whose number cannot be varied.
    """
    table = project.assumptions
    if table is None:
        missing = project.beside(".assumptions.csv")
        why = "the model has no table of assumptions, so nothing is known to be uncertain."
        cure = "Write one with a range for each number, or vary noise alone."
        raise BadInput(Problem(why, cure, file=missing))
    levers = frozenset() if project.levers is None else project.levers.by_identifier.keys()
    problems: list[Problem] = []
    found: list[Parameter] = []
    for row in table.rows:
        variable = find(project.spec, row.variable)
        if row.distribution in (Distribution.FIXED, Distribution.VARIANT):
            continue
        if variable is None or variable.identifier in levers:
            continue  # `localcare check` names rows without a variable
        why = _cannot(project.spec, variable)
        if why:
            cure = 'Give it the distribution "fixed".'
            problems.append(Problem(why, cure, table.file, row.line, row.variable))
        else:
            found += _of(project.spec, variable, row)
    if problems:
        raise BadInput(problems)
    return tuple(found)


def value_at(parameter: Parameter, share: Floats) -> Floats:
    """The values below which these shares of a parameter's distribution lie, in its own shape."""
    low, centre, high = parameter.low, parameter.centre, parameter.high
    spread = high - low
    if parameter.distribution is Distribution.UNIFORM:
        found = low + spread * share
    elif parameter.distribution is Distribution.TRIANGULAR:
        rising = (centre - low) / spread
        below = low + np.sqrt(share * spread * (centre - low))
        above = high - np.sqrt((1.0 - share) * spread * (high - centre))
        found = np.where(share < rising, below, above)
    elif parameter.distribution is Distribution.BETA_PERT:
        from scipy.special import betaincinv

        shapes = 1 + 4 * (centre - low) / spread, 1 + 4 * (high - centre) / spread
        found = low + spread * betaincinv(*shapes, share)
    elif parameter.distribution is Distribution.NORMAL:
        found = _normal(low, centre, high, share)
    elif parameter.distribution is Distribution.LOGNORMAL:
        found = np.exp(_normal(np.log(low), np.log(centre), np.log(high), share))
    else:
        raise ValueError(f"{parameter.distribution} is not drawn")
    inside: Floats = np.clip(found, low, high)
    return inside


def _normal(low: float, centre: float, high: float, share: Floats) -> Floats:
    """Shares of a normal distribution that is cut off at both ends."""
    from scipy.special import ndtr, ndtri

    deviation = (high - low) / _DEVIATIONS
    ends = ndtr((low - centre) / deviation), ndtr((high - centre) / deviation)
    found: Floats = centre + deviation * ndtri(ends[0] + share * (ends[1] - ends[0]))
    return found


def _of(spec: ModelSpec, variable: Variable, row: Assumption) -> list[Parameter]:
    """The parameters of one row."""

    def made(name: str, places: tuple[int, ...] | None, centre: float) -> Parameter:
        return Parameter(
            name,
            variable.identifier,
            places,
            row.distribution,
            row.low,
            min(max(centre, row.low), row.high),
            row.high,
            row.scope,
            variable.units if row.scope is Scope.VALUE else "1",
            row.sources,
        )

    if row.scope is not Scope.VALUE:
        return [made(variable.name, None, 1.0)]
    shape = spec.shape(variable.identifier)
    if not shape:
        return [made(variable.name, (0,), variable.values[0])]
    labels = product(*(spec.by_dimension[name].elements for name in variable.dimensions))
    return [
        made(f"{variable.name}[{', '.join(words)}]", (place,), value)
        for place, (words, value) in enumerate(zip(labels, variable.values, strict=True))
    ]


def _cannot(spec: ModelSpec, variable: Variable) -> str:
    """Why a number cannot be varied from run to run; "" where it can."""
    if variable.identifier in spec.structural:
        return "it shaped the model when that was read, so a draw would change nothing."
    if variable.kind is Kind.SERIES and variable.interpolation != "linear":
        return "a series that is not interpolated cannot be drawn."
    if variable.kind not in (Kind.CONSTANT, Kind.SERIES):
        return f"a {variable.kind} cannot be drawn."
    return ""
