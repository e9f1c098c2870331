"""From changes that a validation row declares to overrides of a run.

In: a spec and `Change`s. Out: `Overrides`. A part whose changes or variables the model lacks raises
`NotInModel`, which its row reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Overrides, Path
from localcare.model import ModelSpec
from localcare.model.spec import Kind, Variable
from localcare.model.variable_names import find
from localcare.study.validation.declared import Change, Elements, Fitted

__all__ = ["NotInModel", "free_numbers", "overrides", "positions", "told", "variable_called",
           "without"]  # fmt: skip

Floats = NDArray[np.float64]
MONTH = 1 / 12


class NotInModel(Exception):
    """Something that a row names is not in the model (yet)."""


def variable_called(spec: ModelSpec, name: str) -> Variable:
    """The variable of that name. Raises NotInModel."""
    variable = find(spec, name)
    if variable is None:
        raise NotInModel(f"{name} is not in the model yet")
    return variable


def positions(spec: ModelSpec, variable: Variable, elements: Elements) -> tuple[list[int], ...]:
    """The positions asked for, dimension by dimension, for `numpy.ix_`. Raises NotInModel."""
    chosen = []
    for dimension in variable.dimensions:
        known = spec.by_dimension[dimension].elements
        wanted = elements.get(dimension, known)
        missing = [each for each in wanted if each not in known]
        if missing:
            raise NotInModel(f"{dimension} {missing[0]} is not in the model yet")
        chosen.append([known.index(each) for each in wanted])
    unknown = [each for each in elements if each not in variable.dimensions]
    if unknown:
        raise NotInModel(f"{variable.name} has no dimension {unknown[0]} yet")
    return tuple(chosen)


def told(changes: Sequence[Change]) -> str:
    """What is set, in words that go on after others; nothing where nothing is set."""
    return "".join(
        f", {each.constant} "
        + (f"{each.value:g}" if each.value is not None else f"times {each.factor:g}")
        for each in changes
    )


def overrides(spec: ModelSpec, changes: Sequence[Change], off: Iterable[Fitted] = ()) -> Overrides:
    """What the changes set, in their order; before them what is `off` is switched off."""
    constants: dict[str, Floats] = {}
    paths: dict[str, Path] = {}
    for fitted in off:
        _switch_off(spec, fitted, constants, paths)
    for change in changes:
        variable = variable_called(spec, change.constant)
        name = variable.identifier
        if variable.kind is not Kind.CONSTANT:
            raise NotInModel(f"{variable.name} is a {variable.kind}, not a constant")
        shape = spec.shape(name)
        own = constants.get(name, np.array(variable.values).reshape(shape))
        values = own.copy()
        where = np.ix_(*positions(spec, variable, change.elements)) if shape else ()
        values[where] = (
            change.value if change.value is not None else own[where] * (change.factor or 0.0)
        )
        if change.start is None:
            constants[name] = values
        else:
            times = np.array([change.start, change.start + MONTH])
            paths[name] = Path(times, np.stack([own, values], axis=-1))
    return Overrides({name: each for name, each in constants.items() if name not in paths}, paths)


def free_numbers(spec: ModelSpec, fitted: Fitted) -> int:
    """How many numbers of it differ from what does nothing; 0 for what the model lacks."""
    variable = find(spec, fitted.variable)
    if variable is None or fitted.off is None:
        return 0 if variable is None else len(variable.values)
    return int((np.array(variable.values) != fitted.off).sum())


def without(spec: ModelSpec, fitted: Iterable[Fitted]) -> tuple[Fitted, ...]:
    """What of the history the model has."""
    return tuple(each for each in fitted if find(spec, each.variable) is not None)


def _switch_off(
    spec: ModelSpec, fitted: Fitted, constants: dict[str, Floats], paths: dict[str, Path]
) -> None:
    variable = variable_called(spec, fitted.variable)
    shape = spec.shape(variable.identifier)
    if fitted.off is None:
        return
    if variable.kind is Kind.CONSTANT:
        constants[variable.identifier] = np.full(shape, fitted.off)
    elif variable.kind is Kind.SERIES:
        times = np.array([spec.time.initial])
        paths[variable.identifier] = Path(times, np.full((*shape, 1), fitted.off))
    else:
        raise NotInModel(f"{variable.name} is a {variable.kind} and cannot be switched off")
