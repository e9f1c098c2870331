"""Which elements of a variable a setting names, and the number for each.

In: a variable of a `ModelSpec` and what a scenario file says (places, systems, elements of any
dimension, a number or numbers by element). Out: flat positions in row-major order, and numbers by
position. Element names are compared without regard to case, blanks or underscores. An element the
variable has no value for (its table leaves it out) cannot be named, and "all" passes over it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcare.model.names import key
from localcare.model.spec import ModelSpec, Variable
from localcare.problems import did_you_mean
from localcare.scenario.moments import Refused
from localcare.scenario.schema import Amount

__all__ = [
    "Selection",
    "index_along",
    "own_value",
    "path_of",
    "select",
    "spread",
    "together",
    "words",
]


@dataclass(frozen=True)
class Selection:
    """Chosen elements of each dimension of a variable, in the order they were named, and the flat
    positions of their combinations."""

    chosen: tuple[tuple[int, ...], ...]
    positions: tuple[int, ...]


def own_value(variable: Variable, position: int) -> float:
    """The model's own value of one element; a series' first."""
    return variable.values[position * max(len(variable.times), 1)]


def select(
    spec: ModelSpec, variable: Variable, named: Mapping[str, Sequence[str]]
) -> tuple[Selection, list[tuple[str, Refused]]]:
    """The elements that `named` (names by dimension) picks, all of a dimension it leaves out.
    Second, what is wrong with each dimension that could not be read."""
    wrong: list[tuple[str, Refused]] = []
    chosen = [tuple(range(length)) for length in spec.shape(variable.identifier)]
    for dimension, names in named.items():
        try:
            axis = _axis(variable, dimension)
        except Refused as refused:
            wrong.append((dimension, refused))
            continue
        found: list[int] = []
        for name in names:
            try:
                position = _element(spec, variable.dimensions[axis], name)
                if position in found:
                    raise Refused(f'"{name}" is named twice.', "Name it once.")
                found.append(position)
            except Refused as refused:
                wrong.append((dimension, refused))
        chosen[axis] = tuple(found)
    positions = tuple(_present(variable, _flat(spec, variable, chosen)))
    if not positions and not wrong:
        nothing = Refused(f"{variable.name} has no value there.", "Name other elements.")
        wrong.append((next(iter(named), ""), nothing))
    return Selection(tuple(chosen), positions), wrong


def spread(
    spec: ModelSpec, variable: Variable, amount: Amount, within: Selection
) -> tuple[dict[int, float], list[tuple[tuple[str, ...], Refused]]]:
    """The number for each flat position that `amount` gives one, and what is wrong by element.

    A number alone is for all of `within`; numbers by element must lie in it, and no two of them
    may be for the same element.
    """
    numbers: dict[int, float] = {}
    wrong: list[tuple[tuple[str, ...], Refused]] = []
    allowed = set(within.positions)
    for elements, number in amount.parts:
        try:
            positions = _named_positions(spec, variable, elements, within)
        except Refused as refused:
            wrong.append((elements, refused))
            continue
        if not set(positions) <= allowed:
            outside = "lies outside the elements this setting names."
            wrong.append((elements, Refused(outside, "Name it there too.")))
        elif any(position in numbers for position in positions):
            wrong.append((elements, Refused("has two values here.", "Keep one.")))
        else:
            numbers.update(dict.fromkeys(positions, number))
    return numbers, wrong


def together(
    spec: ModelSpec, variable: Variable, names: Sequence[str], within: Selection
) -> tuple[int, tuple[int, ...]]:
    """The one dimension that all of `names` are elements of, as an axis of the variable, and their
    indices along it. Raises Refused."""
    for axis, dimension in enumerate(variable.dimensions):
        own = spec.by_dimension[dimension].elements
        found = [i for name in names for i, each in enumerate(own) if _has((each,), name)]
        if len(found) == len(names):
            outside = [own[each] for each in found if each not in within.chosen[axis]]
            if outside:
                raise Refused(f"{outside[0]} is not among the elements this setting names.")
            return axis, tuple(found)
    if not variable.dimensions:
        raise Refused(f"{variable.name} is one number, so nobody can begin before the others.")
    every = [e for each in variable.dimensions for e in spec.by_dimension[each].elements]
    unknown = next((name for name in names if not _has(every, name)), None)
    if unknown is None:
        raise Refused("names elements of more than one dimension.", "Name one kind, say places.")
    cure = did_you_mean(unknown, every) or f"There are: {', '.join(every)}."
    raise Refused(f'"{unknown}" is no element of {variable.name}.', cure)


def index_along(spec: ModelSpec, variable: Variable, position: int, axis: int) -> int:
    """Where a flat position lies along one axis of its variable."""
    return _unflat(position, spec.shape(variable.identifier))[axis]


def path_of(spec: ModelSpec, variable: Variable, position: int) -> tuple[str, ...]:
    """The names of the elements of a flat position, one for each dimension of its variable."""
    index = _unflat(position, spec.shape(variable.identifier))
    return tuple(
        spec.by_dimension[dimension].elements[i]
        for dimension, i in zip(variable.dimensions, index, strict=True)
    )


def words(spec: ModelSpec, variable: Variable, positions: Sequence[int]) -> str:
    """Names of the elements at flat positions; "" for all of them. Where they are a full grid the
    dimensions are named apart ("Ashford, Dover; mild"), otherwise each combination is."""
    lengths = spec.shape(variable.identifier)
    everything = _present(variable, range(math.prod(lengths)))
    if not variable.dimensions or len(set(positions)) == len(everything):
        return ""
    indices = [_unflat(position, lengths) for position in sorted(set(positions))]
    sides = [sorted(set(side)) for side in zip(*indices, strict=True)]
    names = [spec.by_dimension[dimension].elements for dimension in variable.dimensions]
    if math.prod(len(side) for side in sides) == len(indices):
        partial = [
            ", ".join(names[axis][i] for i in side)
            for axis, side in enumerate(sides)
            if len(side) < lengths[axis]
        ]
        return "; ".join(partial)
    each = [" x ".join(names[axis][i] for axis, i in enumerate(index)) for index in indices]
    return ", ".join(each)


def _axis(variable: Variable, dimension: str) -> int:
    for axis, own in enumerate(variable.dimensions):
        if key(own) == key(dimension):
            return axis
    known = ", ".join(variable.dimensions)
    by = f"it is by {known}" if known else "it is one number"
    raise Refused(f"{variable.name} is not by {dimension} ({by}).", "Remove it.")


def _element(spec: ModelSpec, dimension: str, name: str) -> int:
    elements = spec.by_dimension[dimension].elements
    for position, element in enumerate(elements):
        if key(element) == key(name):
            return position
    cure = did_you_mean(name, elements) or f"There are: {', '.join(elements)}."
    raise Refused(f'"{name}" is no {dimension}.', cure)


def _named_positions(
    spec: ModelSpec, variable: Variable, elements: Sequence[str], within: Selection
) -> tuple[int, ...]:
    """Flat positions of a path of element names, each of another dimension of the variable."""
    if not elements:
        return within.positions
    chosen = list(within.chosen)
    free = list(range(len(variable.dimensions)))
    for name in elements:
        known = [spec.by_dimension[variable.dimensions[axis]].elements for axis in free]
        axis = next((a for a, own in zip(free, known, strict=True) if _has(own, name)), None)
        if axis is None:
            if not variable.dimensions:
                raise Refused(f"{variable.name} is one number.", "Write the number alone.")
            every = list(itertools.chain(*known))
            cure = did_you_mean(name, every) or f"There are: {', '.join(every)}."
            raise Refused(f"is no element of {variable.name}.", cure)
        free.remove(axis)
        own = spec.by_dimension[variable.dimensions[axis]].elements
        chosen[axis] = (next(i for i, each in enumerate(own) if _has((each,), name)),)
    positions = _present(variable, _flat(spec, variable, chosen))
    if not positions:
        raise Refused(f"{variable.name} has no value there.", "Name other elements.")
    return tuple(positions)


def _has(elements: Sequence[str], name: str) -> bool:
    return any(key(element) == key(name) for element in elements)


def _flat(spec: ModelSpec, variable: Variable, chosen: Sequence[Sequence[int]]) -> list[int]:
    lengths = spec.shape(variable.identifier)
    strides = [math.prod(lengths[axis + 1 :]) for axis in range(len(lengths))]
    grid = itertools.product(*chosen)
    return sorted(sum(i * s for i, s in zip(index, strides, strict=True)) for index in grid)


def _unflat(position: int, lengths: Sequence[int]) -> tuple[int, ...]:
    index = []
    for length in reversed(lengths):
        index.append(position % length)
        position //= length
    return tuple(reversed(index))


def _present(variable: Variable, positions: Sequence[int]) -> list[int]:
    return [each for each in positions if not math.isnan(own_value(variable, each))]
