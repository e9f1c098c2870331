"""What an extreme condition or a loop sets: constants, on all of their elements or on some.

In: settings as `<model>.checks.yaml` gives them, and the model. Out: the constants' values, each in
its own shape, or what is wrong with the elements that a setting names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from localcare.model import ModelSpec
from localcare.model.names import identifier
from localcare.problems import did_you_mean

__all__ = ["Setting", "constants", "misplaced"]


class Setting(BaseModel):
    """A constant set to a `value`, or multiplied by a `factor`, on all elements or on those named
    for some of its dimensions. Settings apply in their order.

    An element may be given by its number, counted from 1, where any one will do: the tables of
    another county have other names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: str
    elements: dict[str, tuple[str | int, ...]] = {}
    value: float | None = None
    factor: float | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Setting:
        if (self.value is None) == (self.factor is None):
            raise ValueError("give a value or a factor")
        return self


def constants(spec: ModelSpec, settings: Sequence[Setting]) -> dict[str, NDArray[np.float64]]:
    """The constants that settings change, with all their values, each in its own shape."""
    found: dict[str, NDArray[np.float64]] = {}
    for setting in settings:
        variable = spec.by_identifier[identifier(setting.constant)]
        own = np.array(variable.values).reshape(spec.shape(variable.identifier))
        values = found.setdefault(variable.identifier, own)
        where = np.ix_(*_positions(spec, setting))
        values[where] = (
            setting.value if setting.value is not None else values[where] * (setting.factor or 0.0)
        )
    return found


def misplaced(spec: ModelSpec, setting: Setting) -> str:
    """What is wrong with the elements of a setting; empty where nothing is."""
    variable = spec.by_identifier[identifier(setting.constant)]
    for dimension, elements in setting.elements.items():
        if dimension not in variable.dimensions:
            return f"{setting.constant} has no dimension {dimension}."
        known = spec.by_dimension[dimension].elements
        for element in elements:
            if isinstance(element, int):
                if not 1 <= element <= len(known):
                    return f"{dimension} has {len(known)} elements, and none of number {element}."
            elif element not in known:
                return f"{dimension} has no element {element}. {did_you_mean(element, known)}"
    return ""


def _positions(spec: ModelSpec, setting: Setting) -> tuple[list[int], ...]:
    """The positions that a setting holds for, dimension by dimension, for `numpy.ix_`."""
    variable = spec.by_identifier[identifier(setting.constant)]
    return tuple(
        [
            position
            for position, element in enumerate(spec.by_dimension[dimension].elements)
            if {element, position + 1} & set(setting.elements.get(dimension, (element,)))
        ]
        for dimension in variable.dimensions
    )
