"""Scenarios times draws: the futures that every scenario of an ensemble meets alike.

In: a project, scenarios, a number of draws and a seed. Out: `Futures`, which makes the batch of any
consecutive draws, and the table of what was drawn. Draw k gives every scenario the same uncertain
numbers and, with noise, the same noise; so differences between scenarios are paired. What a
scenario sets itself is not drawn in it: its word stands.

Columns of a batch lie draw by draw, the scenarios of one draw beside each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch
from localcare.model import Kind, ModelSpec, names
from localcare.model.assumptions import Scope
from localcare.scenario import Scenario
from localcare.study import correlation
from localcare.study.draws import check_number, check_seed, uniforms
from localcare.study.fitted import Fitted, read_fitted, uncertain
from localcare.study.given import Given, InputsHash
from localcare.study.project import Project
from localcare.study.uncertainty import Parameter, parameters, value_at
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Beside", "Futures", "batch_for", "draw", "futures"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Beside:
    """Scenarios beside each other: the `batch` of what they set, a column each, and by scenario the
    names of what it sets."""

    batch: Batch
    sets: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, spec: ModelSpec, scenarios: Sequence[Scenario]) -> Beside:
        """The scenarios of a model."""
        overrides = [each.overrides(spec) for each in scenarios]
        sets = tuple(frozenset((*each.constants, *each.paths)) for each in overrides)
        return cls(Batch.of(spec, overrides), sets)


@dataclass(frozen=True, eq=False)
class Futures:
    """`draws` futures for each of some scenarios. `values[name]` (draws,) are the draws of a
    parameter, none where parameters are not varied. `files` were read besides the project's."""

    spec: ModelSpec
    scenarios: tuple[Scenario, ...]
    drawn: tuple[Parameter, ...]
    values: Mapping[str, Floats]
    draws: int
    seed: int
    files: tuple[Path, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios by name."""
        return tuple(each.name for each in self.scenarios)

    def batch(self, first: int, last: int) -> Batch:
        """The batch of draws first, ..., last - 1, of every scenario."""
        values = {name: array[first:last] for name, array in self.values.items()}
        return batch_for(self.spec, self._beside, self.drawn, values, last - first)

    @cached_property
    def _beside(self) -> Beside:
        """What the scenarios set, which is the same in every draw."""
        return Beside.of(self.spec, self.scenarios)

    def given(self) -> Given:
        """The same as an ensemble takes it."""
        return Given(self.draws, self.batch, self.names, self._told, self._digest())

    def _told(self, first: int, last: int) -> xr.Dataset:
        """The draws first, ..., last - 1 over member and parameter."""
        import xarray as xr

        if not self.drawn:
            return xr.Dataset(coords={MEMBER: np.arange(first, last)})
        found = np.empty((last - first, len(self.drawn)))
        for place, each in enumerate(self.drawn):
            found[:, place] = self.values[each.name][first:last]
        labels = {MEMBER: np.arange(first, last), "parameter": [each.name for each in self.drawn]}
        return xr.Dataset({"drawn": ((MEMBER, "parameter"), found)}, labels)

    def _digest(self) -> str:
        """A hash of all that the futures are given."""
        scenarios = InputsHash()
        scenarios.update(self._beside.batch)
        whole = hashlib.sha256(" ".join((scenarios.hexdigest(), *self.names)).encode())
        for each in self.drawn:
            place = f"{each.variable} {each.places} {each.scope}\0"
            whole.update(place.encode() + self.values[each.name].tobytes())
        return whole.hexdigest()

    def table(self) -> pd.DataFrame:
        """What was drawn: a row a draw, a column a parameter."""
        import pandas as pd

        found = pd.DataFrame({each.name: self.values[each.name] for each in self.drawn})
        found.insert(0, "draw", np.arange(self.draws))
        return found


def futures(
    project: Project,
    scenarios: Sequence[Scenario],
    draws: int,
    seed: int,
    *,
    vary: bool = True,
) -> Futures:
    """Draw. With `vary` false every draw has the model's own numbers, and noise alone differs.

    Raises BadInput for a number of draws or a seed that cannot be, and for what is wrong with the
    tables of ranges, correlations and covariances.
    """
    draws, seed = check_number(draws), check_seed(seed)
    if not vary:
        return Futures(project.spec, tuple(scenarios), (), {}, draws, seed)
    fit = read_fitted(project)
    drawn = uncertain(project, parameters(project), fit)
    tied = correlation.read_beside(project, drawn)
    files = tuple(each.file for each in (fit, tied) if each is not None)
    values = draw(drawn, draws, seed, fit, tied)
    return Futures(project.spec, tuple(scenarios), drawn, values, draws, seed, files)


def draw(
    drawn: Sequence[Parameter],
    draws: int,
    seed: int,
    fit: Fitted | None = None,
    tied: correlation.Correlations | None = None,
) -> dict[str, Floats]:
    """The first `draws` values of every parameter, by name."""
    shares = {each.name: uniforms(seed, names.key(each.name), draws) for each in drawn}
    if tied is not None:
        shares = tied.applied(shares)
    values = {each.name: value_at(each, shares[each.name]) for each in drawn}
    return values if fit is None else {**values, **fit.drawn(shares)}


def batch_for(
    spec: ModelSpec,
    beside: Beside,
    drawn: Sequence[Parameter],
    values: Mapping[str, Floats],
    draws: int,
) -> Batch:
    """The batch of some draws of every scenario; `values[name]` (draws,)."""
    base, scenarios = beside.batch, beside.batch.members
    constants = {name: _spread(array, draws) for name, array in base.constants.items()}
    paths = {
        name: (_spread(times, draws), _spread(array, draws))
        for name, (times, array) in base.paths.items()
    }
    of_variable: dict[str, list[Parameter]] = {}
    for each in drawn:
        of_variable.setdefault(each.variable, []).append(each)
    for name, own in of_variable.items():
        free = np.array([name not in each for each in beside.sets])
        if not free.any():
            continue
        if name in paths:
            times, array = paths[name]
            paths[name] = (times, _drawn(spec, array, own, values, free))
        elif spec.by_identifier[name].kind is Kind.SERIES:
            at, series = _series(spec, name)
            columns = draws * scenarios
            array = _spread(np.repeat(series[..., np.newaxis], scenarios, -1), draws)
            times = np.repeat(at[:, np.newaxis], columns, -1).reshape(-1, draws, scenarios)
            paths[name] = (times, _drawn(spec, array, own, values, free))
        else:
            if name not in constants:
                one = np.array(spec.by_identifier[name].values).reshape(spec.shape(name))
                constants[name] = _spread(np.repeat(one[..., None], scenarios, -1), draws)
            constants[name] = _drawn(spec, constants[name], own, values, free)
    columns = draws * scenarios
    return Batch(
        columns,
        {name: array.reshape(*array.shape[:-2], columns) for name, array in constants.items()},
        {
            name: (times.reshape(-1, columns), array.reshape(*array.shape[:-2], columns))
            for name, (times, array) in paths.items()
        },
    )


def _spread(array: Floats, draws: int) -> Floats:
    """(..., scenarios) for every draw: (..., draws, scenarios)."""
    return np.repeat(array[..., np.newaxis, :], draws, axis=-2)


def _series(spec: ModelSpec, name: str) -> tuple[Floats, Floats]:
    """The times (k,) and values (*dimensions, k) of a series as the model has it."""
    variable = spec.by_identifier[name]
    times = np.array(variable.times, dtype=np.float64)
    return times, np.array(variable.values).reshape(*spec.shape(name), times.size)


def _drawn(
    spec: ModelSpec,
    array: Floats,
    own: Sequence[Parameter],
    values: Mapping[str, Floats],
    free: NDArray[np.bool_],
) -> Floats:
    """Values (*dimensions, [knots,] draws, scenarios) with draws in the scenarios that are free.

    What is said of some places goes before a factor on all of them. What a factor or a power makes
    of a number is held at the limits that the variable declares: no share is drawn above 1.
    """
    variable = spec.by_identifier[own[0].variable]
    knots = len(variable.times) if variable.kind is Kind.SERIES else 1
    elements = len(variable.values) // knots
    before = array.reshape(elements, -1, *array.shape[-2:])
    found = before.copy()
    for each in sorted(own, key=lambda each: each.places is not None):
        one = values[each.name][:, np.newaxis]
        for element, knot in _places(each, knots):
            part = before[element, knot]
            drawn = np.broadcast_to(each.scope.applied(part, one), part.shape)
            if each.scope is not Scope.VALUE:
                low, high = variable.limits
                drawn = drawn if low is None else np.maximum(drawn, low)
                drawn = drawn if high is None else np.minimum(drawn, high)
            found[element, knot][..., free] = drawn[..., free]
    return found.reshape(array.shape)


def _places(parameter: Parameter, knots: int) -> list[tuple[int | slice, int | slice]]:
    """Elements and knots that a parameter is about; all knots where the variable is no series."""
    everything = slice(None)
    if parameter.places is None:
        return [(everything, everything)]
    if knots == 1:
        return [(place, everything) for place in parameter.places]
    return [divmod(place, knots) for place in parameter.places]
