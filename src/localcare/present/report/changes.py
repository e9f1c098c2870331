"""Which inputs a scenario changed, told from what the manifest keeps of it.

In: a model and the resolved overrides of one scenario, as plain data. Out: a row for each input and
group of elements that were changed alike, in the words of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.model import ModelSpec, Variable
from localcare.scenario.moments import label
from localcare.scenario.selection import words

__all__ = ["Changed", "changed_inputs"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One input: its name with the elements changed, its value before and after with the unit, and
    when it begins to move and is where it stays ("" where it holds for the whole run)."""

    name: str
    before: str
    after: str
    start: str
    end: str


def changed_inputs(spec: ModelSpec, overrides: Mapping[str, Any]) -> list[Changed]:
    """What was changed, constants set outright first. An input the model does not hold any more is
    left out: the results are then of another model, which the caller has refused."""
    rows: list[Changed] = []
    for name, values in overrides.get("constants", {}).items():
        rows += _rows(spec, name, np.asarray(values, dtype=float), "", "")
    for name, path in overrides.get("paths", {}).items():
        times = np.asarray(path["times"], dtype=float)
        values = np.asarray(path["values"], dtype=float)
        moves = (
            np.flatnonzero(
                np.diff(np.moveaxis(values, -1, 0).reshape(len(times), -1), axis=0).any(axis=1)
            )
            if values.shape[-1] == len(times)
            else np.array([], dtype=int)
        )
        first = label(float(times[moves[0]] if moves.size else times[0]), spec.time)
        last = label(float(times[moves[-1] + 1] if moves.size else times[-1]), spec.time)
        rows += _rows(spec, name, values[..., -1], first, last)
    return rows


def _rows(
    spec: ModelSpec, name: str, after: NDArray[np.float64], start: str, end: str
) -> list[Changed]:
    variable = spec.by_identifier.get(name)
    if variable is None:
        return []
    before = _own(spec, variable)
    flat = np.broadcast_to(after, before.shape).reshape(-1)
    own = before.reshape(-1)
    rows = []
    groups: dict[tuple[float, float], list[int]] = {}
    for position in np.flatnonzero(flat != own):
        groups.setdefault((float(own[position]), float(flat[position])), []).append(int(position))
    for (was, becomes), positions in groups.items():
        where = words(spec, variable, tuple(positions))
        rows.append(
            Changed(
                f"{variable.name} ({where})" if where else variable.name,
                _with_unit(was, variable),
                _with_unit(becomes, variable),
                start,
                end,
            )
        )
    return rows


def _own(spec: ModelSpec, variable: Variable) -> NDArray[np.float64]:
    shape = spec.shape(variable.identifier)
    values = np.asarray(variable.values, dtype=float)
    if variable.times:
        values = values.reshape(*shape, len(variable.times))[..., -1]
    return values.reshape(shape)


def _with_unit(value: float, variable: Variable) -> str:
    unit = variable.units.split("[")[0].strip()
    return f"{value:g}" if unit.lower() in ("", "dmnl") else f"{value:g} {unit}"
