"""What is given to a run beside the model: overrides, one set for each member.

`Overrides` say what one member changes. `Batch` holds many members as arrays with the member on
the last axis, which is what the engines read. A member's values never depend on its company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localcare.model.spec import Kind, ModelSpec

__all__ = ["Batch", "Overrides", "Path", "check_batch"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """Values over time, linear between `times` (k,) and held at both ends; `values` is
    (*dimensions, k), or (k,) for a variable without dimensions, in the variable's own units.
    """

    times: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Overrides:
    """What one member changes: constants set outright, each (*dimensions,) or a scalar for a
    variable without dimensions, and constants or series that follow a `Path` over time.
    """

    constants: Mapping[str, Floats] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Batch:
    """Overrides of `members` members as arrays.

    `constants[identifier]` is (*dimensions, members). `paths[identifier]` is a pair: times
    (k, members), which never fall, and values (*dimensions, k, members). Members with fewer knots
    repeat their last one, which changes nothing in what they read.
    """

    members: int
    constants: Mapping[str, Floats] = field(default_factory=dict)
    paths: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: ModelSpec, overrides: Sequence[Overrides]) -> Batch:
        """Put the overrides of several members side by side.

        Raises KeyError for a variable that the model lacks and ValueError for one that is no
        input, or values of another shape than the variable's.
        """
        constants: dict[str, Floats] = {}
        paths: dict[str, tuple[Floats, Floats]] = {}
        named_paths = dict.fromkeys(name for each in overrides for name in each.paths)
        named = dict.fromkeys(name for each in overrides for name in each.constants)
        for name in named:
            if name not in named_paths:
                columns = [each.constants.get(name, _own(spec, name)) for each in overrides]
                constants[name] = np.stack(
                    [_shaped(spec, name, column) for column in columns], axis=-1
                )
        for name in named_paths:
            own = [_own_path(spec, name, each) for each in overrides]
            longest = max(path.times.size for path in own)
            paths[name] = (
                np.stack([_padded(path.times, longest) for path in own], axis=-1),
                np.stack([_padded(path.values, longest) for path in own], axis=-1),
            )
        return cls(len(overrides), constants, paths)


def check_batch(spec: ModelSpec, batch: Batch) -> None:
    """Raise ValueError unless every array of the batch has the shape that its variable asks for,
    holds finite numbers, and belongs to an input of the model (KeyError for no variable at all).
    """
    if batch.members < 1:
        raise ValueError("a batch needs at least one member")
    for name, constant in batch.constants.items():
        if spec.by_identifier[name].kind is not Kind.CONSTANT:
            raise ValueError(f"{name} is no constant and cannot be set")
        if name in batch.paths:
            raise ValueError(f"{name} is both set outright and on a path")
        _expect(name, constant, (*spec.shape(name), batch.members))
    for name, (times, values) in batch.paths.items():
        variable = spec.by_identifier[name]
        if variable.kind not in (Kind.CONSTANT, Kind.SERIES):
            raise ValueError(f"{name} is no input and cannot follow a path")
        if variable.kind is Kind.SERIES and variable.interpolation != "linear":
            raise ValueError(f"{name} is not interpolated and cannot follow a path")
        knots = times.shape[0]
        if knots < 1:
            raise ValueError(f"{name} follows a path without knots")
        _expect(name, times, (knots, batch.members))
        _expect(name, values, (*spec.shape(name), knots, batch.members))
        if (np.diff(times, axis=0) < 0).any():
            raise ValueError(f"{name} follows a path whose times fall")


def _expect(name: str, array: Floats, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name}: an array of shape {array.shape}, not {shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: values that are not finite numbers")


def _own(spec: ModelSpec, name: str) -> Floats:
    """The model's own value of a constant, (*dimensions,)."""
    variable = spec.by_identifier[name]
    if variable.kind is not Kind.CONSTANT:
        raise ValueError(f"{variable.name} is computed by the model and cannot be set")
    return np.array(variable.values, dtype=np.float64).reshape(spec.shape(name))


def _own_path(spec: ModelSpec, name: str, overrides: Overrides) -> Path:
    """The path one member follows for a variable that some member of the batch puts on a path."""
    shape = spec.shape(name)
    if name in overrides.paths:
        path = overrides.paths[name]
        times = np.asarray(path.times, dtype=np.float64)
        values = np.asarray(path.values, dtype=np.float64)
        if values.shape != (*shape, times.size):
            raise ValueError(f"{name}: a path of shape {values.shape} for dimensions {shape}")
        return Path(times, values)
    variable = spec.by_identifier[name]
    if variable.kind is Kind.SERIES:
        if variable.interpolation != "linear":
            raise ValueError(f"{variable.name} is not interpolated and cannot follow a path")
        own_times = np.array(variable.times, dtype=np.float64)
        return Path(own_times, np.array(variable.values).reshape(*shape, own_times.size))
    value = overrides.constants.get(name)
    fixed = _shaped(spec, name, _own(spec, name) if value is None else value)
    return Path(np.array([spec.time.initial]), fixed[..., np.newaxis])


def _shaped(spec: ModelSpec, name: str, value: Floats) -> Floats:
    variable, shape = spec.by_identifier[name], spec.shape(name)
    if variable.kind is not Kind.CONSTANT:
        raise ValueError(f"{variable.name} is computed by the model and cannot be set")
    array = np.asarray(value, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"{variable.name}: values of shape {array.shape}, not {shape}")
    return array


def _padded(array: Floats, length: int) -> Floats:
    last = np.repeat(array[..., -1:], length - array.shape[-1], axis=-1)
    return np.concatenate([array, last], axis=-1)
