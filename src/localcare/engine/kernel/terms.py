"""Equations with their subscripts resolved to places in memory: what the kernel is planned from.

An `Equation` runs over loops numbered 0, 1, ... outermost first, loops of one round left out;
reductions number theirs on from there. A `Place` says which element of a variable is meant as a
function of the loops' counters. Everything is frozen and compares by value, so that what is
written twice can be found to be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "Call",
    "Equation",
    "Fold",
    "Literal",
    "Load",
    "Lookup",
    "Phase",
    "Place",
    "Read",
    "Term",
    "loops_of",
    "outermost",
    "walk",
]


class Phase(IntEnum):
    """When a value changes: never in a run, with time alone, or with the stocks too."""

    CONSTANT = 0
    TIME = 1
    STATE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Element number `first` + counter * stride for each loop in `strides` + the offset that each
    table in `tables` has at its loop's counter (for positions that are not evenly spaced)."""

    variable: str
    first: int = 0
    strides: tuple[tuple[int, int], ...] = ()
    tables: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def loops(self) -> frozenset[int]:
        """The loops that the place depends on."""
        return frozenset(loop for loop, _ in (*self.strides, *self.tables))


@dataclass(frozen=True, slots=True)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Load:
    """The value at a place."""

    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator; "divide_by" takes a number, a divisor and the divisor's inverse."""

    function: str
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup read at `argument`; `element` says which element of the lookup."""

    element: Place
    mode: str
    argument: Term


@dataclass(frozen=True, slots=True)
class Fold:
    """A reduction over loops, pairs of number and rounds, in row-major order."""

    operation: str
    loops: tuple[tuple[int, int], ...]
    body: Term


Term = Literal | Load | Call | Lookup | Fold


@dataclass(frozen=True, slots=True)
class Read:
    """One place an equation reads: which positions of each dimension, to find what must come
    before."""

    place: Place
    box: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """A term computed for all rounds of the loops with these `lengths`, stored at `target`.
    `box` holds the positions written in each dimension."""

    target: Place
    lengths: tuple[int, ...]
    term: Term
    reads: tuple[Read, ...]
    box: tuple[frozenset[int], ...]


def walk(term: Term) -> Iterator[Term]:
    """The term and everything inside it, outermost first."""
    waiting = [term]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Call):
            waiting.extend(reversed(each.arguments))
        elif isinstance(each, Lookup):
            waiting.append(each.argument)
        elif isinstance(each, Fold):
            waiting.append(each.body)


def loops_of(term: Term) -> frozenset[int]:
    """The loops around a term that its value depends on."""
    if isinstance(term, Load):
        return term.place.loops
    if isinstance(term, Call):
        return frozenset().union(*(loops_of(argument) for argument in term.arguments))
    if isinstance(term, Lookup):
        return term.element.loops | loops_of(term.argument)
    if isinstance(term, Fold):
        return loops_of(term.body) - {loop for loop, _ in term.loops}
    return frozenset()


def outermost(term: Term) -> list[Fold]:
    """The reductions in a term that stand in no other, each once."""
    found: dict[Fold, None] = {}
    waiting = [term]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Fold):
            found[each] = None
        elif isinstance(each, Call):
            waiting += each.arguments
        elif isinstance(each, Lookup):
            waiting.append(each.argument)
    return list(found)
