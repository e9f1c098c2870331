"""Subscript ranges of a model: their elements, aliases and mappings.

`build` turns the range definitions of a file into `Subscripts`. A range is a named list of
elements; a subrange is one whose elements all belong to another. Elements and ranges are compared
by `names.key`. Which range a variable's dimension is, is decided in `domains`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from localcare.model import names
from localcare.model.equations import RangeDefinition
from localcare.model.refusal import Consequence, Refusal
from localcare.problems import did_you_mean

__all__ = ["MAX_SIZE", "Range", "Subscripts", "build"]

#: No variable may have this many elements, and no loop run over as many combinations.
MAX_SIZE = 10_000_000
_MAX_NESTING = 50
_FEW = 4  # so many elements are named in the name of a range made here


@dataclass(frozen=True, slots=True)
class Range:
    """A subscript range: its name, and its elements by key with their names as first written."""

    name: str
    elements: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Subscripts:
    """All ranges by key, labels of elements by key, and mappings between ranges.

    `mappings[(a, b)]` says for each element of range `a` which elements of range `b` it stands for.
    `broken` are ranges (keys) whose definitions were refused; no other name can then be called
    unknown, since it might be an element of one of them. `partial` are ranges made for variables
    that are defined for some elements of a range only, by those elements (keys).
    """

    ranges: Mapping[str, Range] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    partial: dict[tuple[str, ...], Range] = field(default_factory=dict)

    def elements(self, name: str) -> tuple[str, ...]:
        """Keys of the elements that a subscript on a left-hand side stands for."""
        wanted = names.key(name)
        if wanted in self.ranges:
            return self.ranges[wanted].elements
        if wanted in self.labels:
            return (wanted,)
        if self.broken:
            raise Consequence
        known = [each.name for each in self.ranges.values()] + list(self.labels.values())
        raise Refusal(
            f"[{names.display(name)}] is no subscript range or element.",
            did_you_mean(name, known) or "Define it as `name: element, element`.",
        )

    def part_of(self, whole: Range, elements: Set[str]) -> Range:
        """A range of these elements of `whole`, made where none is named."""
        kept = tuple(each for each in whole.elements if each in elements)
        if kept not in self.partial:
            labels = tuple(self.labels[each] for each in kept)
            shown = labels if len(labels) <= _FEW else (*labels[:_FEW], "...")
            name = base = f"{whole.name} ({', '.join(shown)})"
            taken = {each.name for each in self.partial.values()} | {
                each.name for each in self.ranges.values()
            }
            number = 1
            while name in taken:
                number += 1
                name = f"{base} {number}"
            self.partial[kept] = Range(name, kept, labels)
        return self.partial[kept]

    @cached_property
    def homes(self) -> Mapping[str, tuple[str, ...]]:
        """The keys of all ranges that an element (key) belongs to."""
        found: dict[str, list[str]] = {}
        for wanted, each in self.ranges.items():
            for element in each.elements:
                found.setdefault(element, []).append(wanted)
        return {element: tuple(each) for element, each in found.items()}

    @cached_property
    def sets(self) -> Mapping[str, frozenset[str]]:
        """The elements (keys) of each range (key)."""
        return {wanted: frozenset(each.elements) for wanted, each in self.ranges.items()}

    def around(self, elements: Set[str]) -> Iterator[Range]:
        """The ranges that hold all these elements, in the order of the file."""
        for wanted in self.homes.get(next(iter(elements), ""), ()):
            if elements <= self.sets[wanted]:
                yield self.ranges[wanted]

    def parent(self, wanted: str) -> Range:
        """The range that holds all elements of range `wanted` and is in no larger one; of several
        the first in the alphabet, as in Vensim.
        """
        wider = self.around(self.sets[wanted])
        return self.original(
            min(wider, key=lambda each: (-len(each.elements), names.key(each.name)))
        )

    def original(self, chosen: Range) -> Range:
        """The first range with the same elements in the same order, so that aliases share one."""
        around = self.around(self.sets[names.key(chosen.name)])
        same = [each for each in around if each.elements == chosen.elements]
        keys = [names.key(each.name) for each in same]
        firsts = [
            each
            for each, one in zip(same, keys, strict=True)
            if not any((one, other) in self.mappings for other in keys if other != one)
        ]
        return (firsts or same)[0]

    def counterparts(
        self, wanted: str, loop: str, elements: Sequence[str]
    ) -> tuple[str, ...] | None:
        """The elements of range `wanted` that go with those of a loop over range `loop`: by a
        mapping from or to that range, else from or to a range that contains it.
        """
        for exact in (True, False):
            for (start, end), pairs in self.mappings.items():
                if end == wanted and self._fits(start, loop, exact=exact):
                    found = [pairs.get(element, ()) for element in elements]
                elif start == wanted and self._fits(end, loop, exact=exact):
                    back: dict[str, list[str]] = {}
                    for each, others in pairs.items():
                        for other in others:
                            back.setdefault(other, []).append(each)
                    found = [tuple(back.get(element, ())) for element in elements]
                else:
                    continue
                if all(len(each) == 1 for each in found):
                    return tuple(each for (each,) in found)
        return None

    def _fits(self, mapped: str, loop: str, *, exact: bool) -> bool:
        if exact or mapped == loop:
            return mapped == loop
        return self.sets[loop] <= self.sets[mapped]


def build(
    definitions: Sequence[RangeDefinition],
    read_table: Callable[[RangeDefinition], tuple[str, ...]],
    refused: Set[str],
    report: Callable[[RangeDefinition, Refusal], None],
) -> Subscripts:
    """Resolve range definitions. `read_table` gives the elements of a GET DIRECT SUBSCRIPT;
    `refused` are the keys of ranges that could not be read; `report` is told what is wrong
    with a definition.
    """
    raw: dict[str, tuple[RangeDefinition, tuple[str, ...]]] = {}
    broken = set(refused)
    for each in definitions:
        wanted = names.key(each.name)
        try:
            if wanted in raw:
                line = raw[wanted][0].statement.line
                raise Refusal(
                    f"the subscript range is defined twice (first in line {line}).",
                    "Keep one of the two.",
                )
            raw[wanted] = each, read_table(each) if each.table else each.items
        except Refusal as refusal:
            report(each, refusal)
            if wanted not in raw:
                broken.add(wanted)
    labels: dict[str, str] = {}
    for _, items in raw.values():
        for item in items:
            if names.key(item) not in raw:
                labels.setdefault(names.key(item), names.display(item))
    ranges: dict[str, Range] = {}
    done: dict[str, tuple[str, ...]] = {}
    for wanted, (each, _) in raw.items():
        try:
            elements = _expanded(wanted, raw, broken, done)
            ranges[wanted] = Range(each.name, elements, tuple(labels[item] for item in elements))
        except Refusal as refusal:
            report(each, refusal)
            broken.add(wanted)
    return Subscripts(ranges, labels, _mappings(raw, ranges, report), frozenset(broken))


def _expanded(
    wanted: str,
    raw: Mapping[str, tuple[RangeDefinition, tuple[str, ...]]],
    broken: set[str],
    done: dict[str, tuple[str, ...]],
    seen: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Elements of a range, with the names of ranges in its list replaced by their elements."""
    if wanted in done:
        return done[wanted]
    if len(seen) > _MAX_NESTING:
        raise Refusal(
            f"the subscript range is nested more than {_MAX_NESTING} deep.", "List its elements."
        )
    if wanted in seen:
        chain = " -> ".join([*seen[seen.index(wanted) :], wanted])
        raise Refusal(f"the subscript range contains itself: {chain}.", "List its elements.")
    definition, items = raw[wanted]
    if definition.alias:
        target = names.key(definition.alias)
        if target in broken:
            raise Consequence
        if target not in raw:
            raise Refusal(
                f"repeats the range {definition.alias}, which is not defined.",
                did_you_mean(definition.alias, [each.name for each, _ in raw.values()]),
            )
        return _expanded(target, raw, broken, done, (*seen, wanted))
    found: dict[str, None] = {}
    for item in items:
        inner = names.key(item)
        for element in (
            _expanded(inner, raw, broken, done, (*seen, wanted)) if inner in raw else (inner,)
        ):
            if element in found:
                raise Refusal(f"lists the element {item} twice.", "Keep one of the two.")
            found[element] = None
    done[wanted] = tuple(found)
    return done[wanted]


def _mappings(
    raw: Mapping[str, tuple[RangeDefinition, tuple[str, ...]]],
    ranges: Mapping[str, Range],
    report: Callable[[RangeDefinition, Refusal], None],
) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    for wanted, (definition, _) in raw.items():
        if wanted not in ranges:
            continue
        own = ranges[wanted].elements
        if definition.alias:
            target = names.key(definition.alias)
            found[wanted, target] = {element: (element,) for element in own}
        for name, listed in definition.mappings:
            target = names.key(name)
            try:
                if target not in ranges:
                    raise Refusal(
                        f"is mapped to {name}, which is no subscript range.",
                        did_you_mean(name, [each.name for each in ranges.values()]),
                    )
                others = [
                    ranges[names.key(item)].elements
                    if names.key(item) in ranges
                    else (names.key(item),)
                    for item in listed
                ] or [(element,) for element in ranges[target].elements]
                if len(others) != len(own):
                    raise Refusal(
                        f"is mapped to {len(others)} elements of {name} but has {len(own)}.",
                        "Give one for each element, in order.",
                    )
                known = ranges[target].elements
                strangers = [
                    item
                    for item, each in zip(listed, others, strict=False)
                    if not set(each) <= set(known)
                ]
                if strangers:
                    raise Refusal(
                        f"is mapped to {', '.join(strangers)}, which is not in {name}.",
                        f"Use elements of {name}.",
                    )
                found[wanted, target] = dict(zip(own, others, strict=True))
            except Refusal as refusal:
                report(definition, refusal)
    return found
