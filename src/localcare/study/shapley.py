"""What drives a difference: the settings of a policy in groups, every coalition of which is run.

In: what a baseline and a policy change in a model (`Overrides`). Out: at most eight groups of what
they do not share; the results of all coalitions of groups, one member each; and from the figures of
the coalitions the part of every group.

The part of a group is its Shapley value (Shapley 1953, A value for n-person games): the mean, over
every order in which groups could be put in place, of what the group adds when its turn comes. Parts
add up to the whole difference and depend on no order. With n groups there are 2^n coalitions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Engine, Overrides, run
from localcare.engine.inputs import Path
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem
from localcare.study.dataset import has_calendar, label

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MOST", "Group", "coalitions", "groups_of", "run_coalitions", "shapley_values"]

Floats = NDArray[np.float64]
#: Groups; 2^8 = 256 coalitions.
MOST = 8
#: A dimension by whose elements a setting is told apart, where a policy sets few enough of them.
FINEST = "care function"
OTHERS = "other settings"


@dataclass(frozen=True)
class Group:
    """Some of what a policy sets: by variable (identifier) the flat positions of elements."""

    name: str
    elements: Mapping[str, tuple[int, ...]]


def groups_of(
    spec: ModelSpec, first: Overrides, second: Overrides, layers: Mapping[str, str] | None = None
) -> tuple[Group, ...]:
    """The elements that two sets of overrides set differently, in at most `MOST` groups.

    By lever and care function if these are few enough, else by lever and those care functions that
    are set over the same time, else by lever, else by layer of care, which `layers` gives by
    identifier of the lever. Raises BadInput where nothing differs.
    """
    differing = {
        name: positions
        for name in dict.fromkeys(
            [*first.constants, *first.paths, *second.constants, *second.paths]
        )
        if (positions := _differing(spec, name, first, second))
    }
    if not differing:
        why = "set the same, so that nothing drives a difference between them."
        raise BadInput(Problem(why, "Name a policy that sets something.", key="the two scenarios"))
    by_layer = layers or {}
    elements = _elements(spec, differing)
    spans = _spans(spec, elements, first, second)
    levels: tuple[Callable[[str, str], str], ...] = (
        lambda name, element: _named(spec, name, [element]),
        lambda name, element: _named(
            spec,
            name,
            [e for n, e in elements if n == name and spans[n, e] == spans[name, element]],
        ),
        lambda name, _: _named(spec, name, []),
        lambda name, _: by_layer.get(name, OTHERS),
    )
    found: tuple[Group, ...] = ()
    for level in levels:
        found = _grouped(elements, level)
        if len(found) <= MOST:
            return found
    return (*found[: MOST - 1], _together(found[MOST - 1 :]))


def coalitions(
    spec: ModelSpec, first: Overrides, second: Overrides, groups: Sequence[Group]
) -> list[Overrides]:
    """What each coalition changes, 2^n of them: in number k those groups are as `second` has them
    whose bit is set in k, and all else is as `first` has it."""
    return [
        _mixed(spec, first, second, [each for i, each in enumerate(groups) if number >> i & 1])
        for number in range(2 ** len(groups))
    ]


def run_coalitions(
    spec: ModelSpec, changes: Sequence[Overrides], save: Sequence[str], *, engine: Engine = "kernel"
) -> xr.Dataset:
    """Run coalitions as one batch and keep the variables `save`, over the dimension `member`."""
    result = run(
        spec,
        Batch.of(spec, changes),
        engine=engine,
        save=save,
        points=not has_calendar(spec),
    )
    return label(spec, result, np.arange(len(changes)), across="member")


def shapley_values(values: Floats) -> Floats:
    """The part of each of n groups, (n, ...), from the figures of all coalitions, (2^n, ...).

    Raises ValueError where the number of coalitions is no power of two.
    """
    players = len(values).bit_length() - 1
    if len(values) != 2**players:
        raise ValueError(f"{len(values)} coalitions are no power of two")
    numbers = np.arange(len(values))
    sizes = np.array([int(number).bit_count() for number in numbers])
    parts = []
    for player in range(players):
        without = numbers[(numbers >> player & 1) == 0]
        weights = np.array(
            [
                math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                for size in sizes[without].tolist()
            ]
        )
        gains = values[without | 1 << player] - values[without]
        parts.append(np.tensordot(weights, gains, axes=1))
    return np.array(parts)


def _differing(spec: ModelSpec, name: str, first: Overrides, second: Overrides) -> tuple[int, ...]:
    """Flat positions of the elements of a variable that two sets of overrides set differently."""
    times = _times(spec, name, (first, second))
    one, two = (_at(spec, name, each, times) for each in (first, second))
    return tuple(np.flatnonzero((one != two).any(axis=-1)).tolist())


def _times(spec: ModelSpec, name: str, given: Sequence[Overrides]) -> Floats:
    """Every knot of a variable in any of several overrides."""
    own = spec.by_identifier[name]
    knots = [each.paths[name].times for each in given if name in each.paths]
    if own.kind is Kind.SERIES:
        knots.append(np.array(own.times, dtype=np.float64))
    return np.unique(np.concatenate(knots)) if knots else np.array([spec.time.initial])


def _at(spec: ModelSpec, name: str, given: Overrides, times: Floats) -> Floats:
    """A variable at `times` under some overrides, (elements, times)."""
    own = spec.by_identifier[name]
    if name in given.paths:
        knots, values = (
            given.paths[name].times,
            given.paths[name].values.reshape(-1, given.paths[name].times.size),
        )
    elif name in given.constants:
        knots, values = times[:1], np.asarray(given.constants[name], float).reshape(-1, 1)
    elif own.kind is Kind.SERIES:
        knots = np.array(own.times, dtype=np.float64)
        values = np.array(own.values, dtype=np.float64).reshape(-1, knots.size)
    else:
        knots, values = times[:1], np.array(own.values, dtype=np.float64).reshape(-1, 1)
    return np.stack([np.interp(times, knots, row) for row in values])


def _mixed(
    spec: ModelSpec, first: Overrides, second: Overrides, chosen: Sequence[Group]
) -> Overrides:
    constants: dict[str, Floats] = {}
    paths: dict[str, Path] = {}
    for name in dict.fromkeys([*first.constants, *first.paths, *second.constants, *second.paths]):
        times = _times(spec, name, (first, second))
        values = _at(spec, name, first, times)
        taken = [position for group in chosen for position in group.elements.get(name, ())]
        if taken:
            values[taken] = _at(spec, name, second, times)[taken]
        shape = spec.shape(name)
        if name in first.paths or name in second.paths:
            paths[name] = Path(times, values.reshape(*shape, times.size))
        else:
            constants[name] = values[:, 0].reshape(shape)
    return Overrides(constants, paths)


def _elements(
    spec: ModelSpec, differing: Mapping[str, Sequence[int]]
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Differing positions by variable and, where it has one, care function ("" where not)."""
    found: dict[tuple[str, str], list[int]] = {}
    for name, positions in differing.items():
        variable = spec.by_identifier[name]
        fine = FINEST in variable.dimensions and variable.kind is not Kind.SERIES
        for position in positions:
            element = ""
            if fine:
                axis = variable.dimensions.index(FINEST)
                index = np.unravel_index(position, spec.shape(name))[axis]
                element = spec.by_dimension[FINEST].elements[int(index)]
            found.setdefault((name, element), []).append(position)
    return {key: tuple(positions) for key, positions in found.items()}


def _spans(
    spec: ModelSpec,
    elements: Mapping[tuple[str, str], Sequence[int]],
    first: Overrides,
    second: Overrides,
) -> dict[tuple[str, str], tuple[float, float]]:
    """When each of the elements begins to differ, and when its difference last changes."""
    spans = {}
    for (name, element), positions in elements.items():
        times = _times(spec, name, (first, second))
        one, two = (_at(spec, name, each, times)[list(positions)] for each in (first, second))
        gap = two - one
        moves = np.flatnonzero((np.diff(gap, axis=-1) != 0).any(axis=0))
        spans[name, element] = (
            (float(times[moves[0]]), float(times[moves[-1] + 1])) if moves.size else (0.0, 0.0)
        )
    return spans


def _named(spec: ModelSpec, name: str, elements: Sequence[str]) -> str:
    """A variable's name, with the elements that a group holds of it."""
    told = ", ".join(each for each in elements if each)
    return f"{spec.by_identifier[name].name}: {told}" if told else spec.by_identifier[name].name


def _grouped(
    elements: Mapping[tuple[str, str], tuple[int, ...]], level: Callable[[str, str], str]
) -> tuple[Group, ...]:
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for (name, element), positions in elements.items():
        where = found.setdefault(level(name, element), {})
        where[name] = (*where.get(name, ()), *positions)
    return tuple(Group(name, held) for name, held in found.items())


def _together(groups: Sequence[Group]) -> Group:
    elements: dict[str, tuple[int, ...]] = {}
    for group in groups:
        for name, positions in group.elements.items():
            elements[name] = (*elements.get(name, ()), *positions)
    return Group(OTHERS, elements)
