"""VECTOR ELM MAP: an element of a variable, so many places on from another.

`VECTOR ELM MAP(vec[first], offset)` counts through the whole variable, its last subscript running
fastest. There is no such thing as an index that is computed in an `Expression`, so the element is
picked by a sum over all of them in which each other one counts as nothing. An offset is cut to a
whole number, as far as rounding leaves it one; one that leads out of the variable gives no number,
which stops a run that uses it (Vensim gives :NA: and an error).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localcare.model.definitions import structure
from localcare.model.expression import (
    Along,
    Apply,
    At,
    Axis,
    Expression,
    Number,
    Reduce,
    Reference,
)
from localcare.model.refusal import Refusal
from localcare.model.spec import Kind
from localcare.model.subscripts import MAX_SIZE

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["element_of"]

#: What rounding may take an offset away from a whole number.
SLACK = 1e-6


def element_of(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """VECTOR ELM MAP(vec, offset)."""
    if len(arguments) != 2:
        raise Refusal(f"VECTOR ELM MAP takes 2 arguments, not {len(arguments)}.", "Count them.")
    vector = arguments[0]
    written = getattr(vector, "subscripts", None)
    if structure(vector) != "ReferenceStructure" or written is None:
        raise Refusal(
            "VECTOR ELM MAP is given an expression.", "Give it a variable with subscripts."
        )
    found = translator.symbols.find(vector.reference)
    if found.kind is Kind.LOOKUP:
        raise Refusal("VECTOR ELM MAP is given a lookup.", "Give it a variable.")
    ranges = found.domain.ranges
    shape = [len(each.elements) for each in ranges]
    size = math.prod(shape)
    around = math.prod(len(loop.elements) for loop in translator.loops.outer)
    if size * around >= MAX_SIZE:
        raise Refusal(
            f"VECTOR ELM MAP would look {around:,} times through {size:,} elements; fewer than "
            f"{MAX_SIZE:,} looks are possible.",
            "Use a mapping of subscripts.",
        )
    start = 0.0
    moving: list[Expression] = []
    indices = translator.loops.indices(found, tuple(written.subscripts))
    for place, index in enumerate(indices):
        stride = float(math.prod(shape[place + 1 :]))
        if isinstance(index, At):
            start += stride * index.position
        else:
            moving.append(translator.workshop.listed(index, stride))
    wanted = translator.expression(arguments[1])
    for each in (*moving, Number(start)):
        wanted = _do("add", wanted, each)
    wanted = translator.workshop.kept(translator, "place", wanted)
    inside = _do("less", wanted, Number(size - SLACK))
    inside = _do("and", inside, _do("greater", wanted, Number(-SLACK)))
    whole = _do("integer", _do("add", wanted, Number(SLACK)))
    axes = tuple(
        Axis(translator.axis(f"{each.name}!"), each.name, tuple(range(len(each.elements))))
        for each in ranges
    )
    counters = tuple(Along(axis.name, axis.positions) for axis in axes)
    number: Expression = Number(0.0)
    for place, counter in enumerate(counters):
        stride = float(math.prod(shape[place + 1 :]))
        here = translator.workshop.listed(counter, stride)
        number = _do("add", number, here) if place else here
    body = _do(
        "if", _do("equal", number, whole), Reference(found.identifier, counters), Number(0.0)
    )
    nothing = _do("square_root", Number(-1.0))
    return _do("if", inside, Reduce("sum", axes, body), nothing)


def _do(function: str, *arguments: Expression) -> Expression:
    return Apply(function, arguments)
