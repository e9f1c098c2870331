"""Which elements each variable is defined for.

Several equations of one name together define one variable. `of` finds the range that each of its
dimensions runs over, cuts every equation into boxes (a box is a product of lists of elements;
`:EXCEPT:` needs more than one), and refuses variables that some element lacks or has twice. What is
defined for some elements of a range only, but for all combinations of them, has a range of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from localcare.model import names
from localcare.model.equations import Equation
from localcare.model.refusal import Refusal
from localcare.model.subscripts import MAX_SIZE, Range, Subscripts

__all__ = ["Box", "Domain", "Part", "of"]

#: For each dimension of a variable, the elements (keys) that a part of it covers.
Box = tuple[tuple[str, ...], ...]
_NAMED = 3  # so many missing elements are named in a message


@dataclass(frozen=True, slots=True)
class Part:
    """One equation over one box. `loops[k]` is the key of the range that dimension k loops over,
    or "" where the equation names a single element.
    """

    equation: Equation
    loops: tuple[str, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Domain:
    """The dimensions of a variable, and the parts that together define it once everywhere."""

    ranges: tuple[Range, ...]
    parts: tuple[Part, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many elements each dimension has."""
        return tuple(len(each.elements) for each in self.ranges)


def of(equations: Sequence[Equation], subscripts: Subscripts) -> Domain:
    """The domain of the variable that `equations` define."""
    counts = {len(each.subscripts) for each in equations}
    if len(counts) > 1:
        lines = ", ".join(str(each.statement.line) for each in equations)
        raise Refusal(
            f"has different numbers of subscripts in its equations (lines {lines}).",
            "Write the same number of subscripts everywhere.",
        )
    written = [tuple(subscripts.elements(name) for name in each.subscripts) for each in equations]
    ranges = tuple(
        _range(position, equations, [box[position] for box in written], subscripts)
        for position in range(counts.pop())
    )
    size = math.prod(len(each.elements) for each in ranges)
    if size >= MAX_SIZE:
        raise Refusal(
            f"would have {size:,} elements; fewer than {MAX_SIZE:,} are possible.",
            "Use fewer or shorter subscript ranges.",
        )
    parts = tuple(
        Part(each, _loops(each, subscripts), box)
        for each, whole in zip(equations, written, strict=True)
        for box in _without(whole, each, subscripts)
    )
    covered = [{key for part in parts for key in part.box[place]} for place in range(len(ranges))]
    cells = sum(math.prod(map(len, part.box)) for part in parts)
    if cells == math.prod(map(len, covered)):  # all combinations of what is covered at all
        ranges = tuple(
            whole if each == set(whole.elements) else subscripts.part_of(whole, each)
            for whole, each in zip(ranges, covered, strict=True)
        )
    _cover_once(ranges, parts)
    return Domain(ranges, parts)


def _loops(equation: Equation, subscripts: Subscripts) -> tuple[str, ...]:
    loops = tuple(
        names.key(name) if names.key(name) in subscripts.ranges else ""
        for name in equation.subscripts
    )
    for loop in loops:
        if loop and loops.count(loop) > 1:
            raise Refusal(
                f"[{subscripts.ranges[loop].name}] stands twice on the left-hand side.",
                f"Define a second name for it, `other {loop} <-> {loop}`.",
            )
    return loops


def _range(
    position: int,
    equations: Sequence[Equation],
    covered: Sequence[tuple[str, ...]],
    subscripts: Subscripts,
) -> Range:
    """The range one dimension is written over: the one with exactly the elements that the
    equations name, else the smallest that contains them.
    """
    union = {element for elements in covered for element in elements}
    written = {names.key(each.subscripts[position]) for each in equations}
    best: tuple[int, bool, int, Range] | None = None
    for number, each in enumerate(subscripts.around(union)):
        rank = (len(each.elements), names.key(each.name) not in written, number, each)
        if best is None or rank[:3] < best[:3]:
            best = rank
    if best is None:
        listed = ", ".join(subscripts.labels[element] for element in sorted(union)[:_NAMED])
        raise Refusal(
            f"no subscript range holds all the elements it is defined for ({listed}, ...).",
            "Define a range that lists them all.",
        )
    return subscripts.original(best[3])


def _without(whole: Box, equation: Equation, subscripts: Subscripts) -> list[Box]:
    """`whole` less the boxes after `:EXCEPT:`, as boxes that do not overlap."""
    boxes = [whole]
    for group in equation.exceptions:
        if len(group) != len(whole):
            raise Refusal(
                f":EXCEPT: [{', '.join(group)}] has {len(group)} subscripts, not {len(whole)}.",
                "Give as many as on the left-hand side.",
            )
        hole = [set(subscripts.elements(name)) for name in group]
        boxes = [rest for box in boxes for rest in _cut(box, hole)]
    return boxes


def _cut(box: Box, hole: Sequence[set[str]]) -> list[Box]:
    rest: list[Box] = []
    head: tuple[tuple[str, ...], ...] = ()
    for position, elements in enumerate(box):
        outside = tuple(each for each in elements if each not in hole[position])
        if outside:
            rest.append((*head, outside, *box[position + 1 :]))
        inside = tuple(each for each in elements if each in hole[position])
        if not inside:
            return rest
        head = (*head, inside)
    return rest


def _cover_once(ranges: tuple[Range, ...], parts: Sequence[Part]) -> None:
    """Refuse a variable that some element lacks, or that some element has twice."""
    import numpy as np

    if not ranges:
        if len(parts) > 1:
            lines = [part.equation.statement.line for part in parts]
            raise Refusal(
                f"is defined twice (lines {lines[0]} and {lines[1]}).", "Keep one of the two."
            )
        return
    if len(parts) == 1 and parts[0].box == tuple(each.elements for each in ranges):
        return
    positions = [{key: place for place, key in enumerate(each.elements)} for each in ranges]
    owner = np.full([len(each.elements) for each in ranges], -1, dtype=np.int32)
    for number, part in enumerate(parts):
        index = np.ix_(
            *([where[key] for key in keys] for where, keys in zip(positions, part.box, strict=True))
        )
        taken = owner[index]
        if taken.max() >= 0:
            spot = np.argwhere(taken >= 0)[0]
            other = parts[int(taken[tuple(spot)])].equation.statement.line
            label = _label(
                ranges, [int(axis.flat[at]) for axis, at in zip(index, spot, strict=True)]
            )
            raise Refusal(
                f"[{label}] is defined twice (lines {other} and {part.equation.statement.line}).",
                "Keep one of the two, or add :EXCEPT:.",
            )
        owner[index] = number
    missing = np.argwhere(owner < 0)
    if len(missing):
        labels = [f"[{_label(ranges, list(spot))}]" for spot in missing[:_NAMED]]
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        over = ", ".join(each.name for each in ranges)
        raise Refusal(
            f"is not defined for {', '.join(labels)}{more} of [{over}].",
            "Add an equation for them, or define a subrange without them.",
        )


def _label(ranges: Sequence[Range], spot: Sequence[int]) -> str:
    return ", ".join(each.labels[place] for each, place in zip(ranges, spot, strict=True))
