"""What the variables of a model file are, before their equations are translated.

`collect` groups equations by name and gives each variable an identifier, its domain and its kind.
`Symbols` is what translating an equation may look names up in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcare.model import names
from localcare.model.domains import Domain, of
from localcare.model.equations import Equation
from localcare.model.refusal import Consequence, Refusal
from localcare.model.spec import Kind
from localcare.model.subscripts import Subscripts
from localcare.model.tables import Tables
from localcare.problems import did_you_mean

__all__ = ["CONTROLS", "Definition", "Symbols", "collect"]

#: The variables that set the time axis.
CONTROLS = ("initial time", "final time", "time step", "saveper")


@dataclass(frozen=True, slots=True)
class Definition:
    """One variable: its equations in file order, what it is, and where it is defined."""

    key: str
    name: str
    identifier: str
    kind: Kind
    equations: tuple[Equation, ...]
    domain: Domain

    @property
    def units(self) -> str:
        """The first units given in any of its equations."""
        return next((e.statement.units for e in self.equations if e.statement.units), "")

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The first limits given in any of its equations."""
        given = (e.statement.limits for e in self.equations if e.statement.limits != (None, None))
        return next(given, (None, None))

    @property
    def doc(self) -> str:
        """The comments of all its equations."""
        return " ".join(dict.fromkeys(e.statement.doc for e in self.equations if e.statement.doc))


@dataclass(frozen=True)
class Symbols:
    """Variables by key, the subscripts they use, names (keys) whose statements were refused, and
    the tables that the model reads."""

    definitions: Mapping[str, Definition]
    subscripts: Subscripts
    tables: Tables
    broken: frozenset[str] = frozenset()

    def find(self, name: str) -> Definition:
        """The variable of that name, or a Refusal that names the closest one."""
        found = self.definitions.get(names.key(name))
        if names.key(name) in self.broken or (found is not None and not found.domain.parts):
            raise Consequence
        if found is None:
            known = [each.name for each in self.definitions.values()]
            raise Refusal(
                f'reads "{names.key(name)}", which is not defined.',
                did_you_mean(names.key(name), known) or "Define it, or correct the name.",
            )
        return found


def collect(
    equations: Sequence[Equation],
    subscripts: Subscripts,
    tables: Tables,
    broken: frozenset[str],
    report: Callable[[Equation, Refusal], None],
) -> Symbols:
    """Group equations into variables; `report` is told of each that cannot be. A variable with a
    name in `broken` lacks an equation that was refused already.
    """
    groups: dict[str, list[Equation]] = {}
    for equation in equations:
        groups.setdefault(names.key(equation.name), []).append(equation)
    taken: set[str] = set()
    found: dict[str, Definition] = {}
    for wanted, group in groups.items():
        identifier = _unused(names.identifier(wanted), taken)
        kind = Kind.AUXILIARY
        try:
            if wanted == "time":
                raise Refusal("Time is not a variable to define.", "Use another name.")
            kind = _kind(group)
            if wanted in broken:
                raise Consequence
            domain = _domain(group, subscripts, report)
        except Refusal as refusal:
            report(group[0], refusal)
            domain = Domain((), ())  # without parts, so that what reads it is not reported as well
        found[wanted] = Definition(wanted, group[0].name, identifier, kind, tuple(group), domain)
    return Symbols(found, subscripts, tables, broken)


def _domain(
    group: list[Equation], subscripts: Subscripts, report: Callable[[Equation, Refusal], None]
) -> Domain:
    """The domain of a variable; a fault in the subscripts of one equation has that one's line."""
    for equation in group:
        try:
            for name in equation.subscripts:
                subscripts.elements(name)
        except Refusal as refusal:
            report(equation, refusal)
            return Domain((), ())
    return of(group, subscripts)


def _unused(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name


def _kind(group: Sequence[Equation]) -> Kind:
    kinds = {_kind_of_one(equation) for equation in group}
    if kinds == {Kind.CONSTANT, Kind.AUXILIARY}:
        return Kind.AUXILIARY
    if kinds == {Kind.CONSTANT, Kind.SERIES}:
        return Kind.SERIES
    if len(kinds) > 1:
        lines = ", ".join(str(each.statement.line) for each in group)
        raise Refusal(
            f"is {_listed(kinds)} at once (lines {lines}).",
            "Give different things different names.",
        )
    return kinds.pop()


def _listed(kinds: set[Kind]) -> str:
    words = {Kind.AUXILIARY: "an auxiliary", Kind.CONSTANT: "a constant"}
    return " and ".join(sorted(words.get(each, f"a {each.value}") for each in kinds))


def _kind_of_one(equation: Equation) -> Kind:
    tree = equation.tree
    shape = structure(tree)
    if equation.kind == "lookup" or shape in ("LookupsStructure", "GetLookupsStructure"):
        return Kind.LOOKUP
    if shape in ("GetDataStructure", "DataStructure"):
        return Kind.SERIES
    if shape == "IntegStructure":
        return Kind.STOCK
    if shape in ("number", "array", "GetConstantsStructure"):
        return Kind.CONSTANT
    return Kind.AUXILIARY


def structure(tree: Any) -> str:
    """The class name of a PySD syntax tree node; "number" and "array" for literals."""
    if isinstance(tree, (int, float)) or type(tree).__name__ in ("float64", "int64"):
        return "number"
    if type(tree).__name__ == "ndarray":
        return "array"
    return type(tree).__name__
