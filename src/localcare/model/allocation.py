"""ALLOCATE AVAILABLE and ALLOCATE BY PRIORITY: a scarce supply among those who ask for it.

Every asker has a curve that says what share of the request it still gets at a priority x: all of
it far below its own priority, nothing far above (Vensim's help, "Specifying the Curves": 1
rectangular, 2 triangular, 3 normal, 4 exponential; by priority, all are rectangular of one width).
What all get together falls as x rises, and the supply goes out at the x where it is used up.

That x is found by halving a bracket `ROUNDS` times; then a straight line through both its ends
gives the shares, so that they add up to the supply. There is no branch and no loop of unknown
length in it, so that every engine computes it as it is. A type of curve that is none of the four,
or a width of 0 or less, gives no number, which stops a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from localcare.model import names
from localcare.model.definitions import structure
from localcare.model.expression import Along, Apply, Axis, Expression, Number, Reduce, Reference
from localcare.model.indexing import Loop, positions
from localcare.model.normal_law import cumulative
from localcare.model.refusal import Refusal

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["ALLOCATIONS"]

ROUNDS = 36
#: Widths from its own priority beyond which a curve is flat, by type of curve.
REACH = {1: 0.5, 2: 0.5, 3: 8.5, 4: 38.0}
PROFILE = 3  # type, priority and width: what follows them in a profile shapes none of the four


@dataclass(frozen=True)
class _Askers:
    """Who asks: hidden arrays over the loops of the equation, and how to add up over the askers."""

    translator: Translator
    own: Loop
    request: Reference
    kind: Reference | None  # None for rectangular throughout
    priority: Reference
    width: Reference
    supply: Reference

    def together(self, value: Expression, operation: str = "sum") -> Reference:
        """What all askers have, added up (or the like)."""
        mine = self.kept("part", value)
        subscripts = self.translator.symbols.subscripts
        parent = subscripts.parent(self.own.range)
        axis = Axis(
            self.translator.axis(f"{self.own.range}!"),
            parent.name,
            positions(parent, self.own.elements),
        )
        places = tuple(range(len(self.own.elements)))
        turned = tuple(
            Along(axis.name, places)
            if isinstance(index, Along) and index.axis == self.own.axis
            else index
            for index in mine.indices
        )
        return self.kept("whole", Reduce(operation, (axis,), Reference(mine.variable, turned)))

    def kept(self, word: str, value: Expression) -> Reference:
        return self.translator.workshop.kept(self.translator, word, value)

    def taken(self, level: Expression) -> Reference:
        """What an asker gets at this level of priority."""
        away = _do("divide", _do("subtract", self.priority, level), self.width)
        z = self.kept("distance", away)
        filled = self.kept("filled", _do("minimum", _do("maximum", _do("add", z, 0.5), 0.0), 1.0))
        if self.kind is None:
            return self.kept("taken", _do("multiply", self.request, filled))
        rest = _do("subtract", 1.0, filled)
        upper = _do("multiply", 2.0, _do("multiply", filled, filled))
        lower = _do("subtract", 1.0, _do("multiply", 2.0, _do("multiply", rest, rest)))
        triangular = _do("if", _do("less", filled, 0.5), upper, lower)
        normal = cumulative(z, lambda value: self.kept("normal", value))
        half = _do("multiply", 0.5, _do("exponential", _do("negate", _do("absolute", z))))
        exponential = _do("if", _do("greater", z, 0.0), _do("subtract", 1.0, half), half)
        share = _nothing()
        for number, curve in ((4, exponential), (3, normal), (2, triangular), (1, filled)):
            share = _do("if", _do("equal", self.kind, float(number)), curve, share)
        # Who asks for nothing gets nothing, whatever the profile says.
        nobody = _do("equal", self.request, 0.0)
        return self.kept("taken", _do("if", nobody, 0.0, _do("multiply", self.request, share)))

    def reach(self, side: float) -> Expression:
        """Where the curve of an asker becomes flat above (1) or below (-1)."""
        far: Expression = Number(REACH[1])
        if self.kind is not None:
            for number in (3, 4):
                far = _do("if", _do("equal", self.kind, float(number)), REACH[number], far)
        return _do("add", self.priority, _do("multiply", side, _do("multiply", far, self.width)))

    def shared(self) -> Expression:
        """What this asker gets."""
        low: Expression = self.together(self.reach(-1.0), "minimum")
        high: Expression = self.together(self.reach(1.0), "maximum")
        for _ in range(ROUNDS):
            middle = self.kept("level", _do("multiply", 0.5, _do("add", low, high)))
            enough = _do("not", _do("less", self.together(self.taken(middle)), self.supply))
            enough = self.kept("enough", enough)
            low = self.kept("level", _do("if", enough, middle, low))
            high = self.kept("level", _do("if", enough, high, middle))
        mine, least = self.taken(low), self.taken(high)
        most = self.together(mine)
        between = _do("subtract", most, self.together(least))
        part = _do("divide", _do("subtract", most, self.supply), between)
        part = self.kept("rest", _do("if", _do("greater", between, 0.0), part, 0.0))
        shared = _do("add", mine, _do("multiply", part, _do("subtract", least, mine)))
        asked = self.together(self.request)
        shared = _do("if", _do("greater", self.supply, 0.0), shared, 0.0)
        shared = _do("if", _do("less", self.supply, asked), shared, self.request)
        return _do("if", _do("greater", self.width, 0.0), shared, _nothing())


def _available(translator: Translator, tree: Any) -> Expression:
    """ALLOCATE AVAILABLE(request, profile, available)."""
    name = "ALLOCATE AVAILABLE"
    own = _own(translator, name, tree.request)
    written = _subscripts(name, tree.pp)
    found = translator.symbols.find(tree.pp.reference)
    profile = found.domain.ranges[-1] if found.domain.ranges else None
    first = names.key(written[-1])
    if profile is None or first not in profile.elements:
        raise Refusal(
            f"the profile of {name} does not end in its first element.",
            "Write it as in priority[branch, ptype].",
        )
    labels = profile.labels[profile.elements.index(first) :][:PROFILE]
    if len(labels) < PROFILE:
        why = f"the profile of {name} has fewer than a type, a priority and a width."
        raise Refusal(why, "Give it ptype, ppriority, pwidth and pextra.")

    def part(number: int) -> Expression:
        there = replace(tree.pp.subscripts, subscripts=(*written[:-1], labels[number]))
        return translator.expression(replace(tree.pp, subscripts=there))

    def kept(word: str, value: Expression) -> Reference:
        return translator.workshop.kept(translator, word, value)

    return _Askers(
        translator,
        own,
        kept("request", translator.expression(tree.request)),
        kept("type", part(0)),
        kept("priority", part(1)),
        kept("width", part(2)),
        kept("supply", translator.expression(tree.avail)),
    ).shared()


def _by_priority(translator: Translator, tree: Any) -> Expression:
    """ALLOCATE BY PRIORITY(request, priority, size, width, supply)."""
    own = _own(translator, "ALLOCATE BY PRIORITY", tree.request)
    _own(translator, "ALLOCATE BY PRIORITY", tree.priority)
    size = translator.expression(tree.size)
    if isinstance(size, Number) and size.value != len(own.elements):
        raise Refusal(
            f"ALLOCATE BY PRIORITY is told of {size.value:g} askers; [{own.range}] has "
            f"{len(own.elements)}.",
            f"Write ELMCOUNT({own.range}).",
        )

    def kept(word: str, value: Any) -> Reference:
        return translator.workshop.kept(translator, word, translator.expression(value))

    return _Askers(
        translator,
        own,
        kept("request", tree.request),
        None,
        kept("priority", tree.priority),
        kept("width", tree.width),
        kept("supply", tree.supply),
    ).shared()


ALLOCATIONS: dict[str, Callable[[Translator, Any], Expression]] = {
    "AllocateAvailableStructure": _available,
    "AllocateByPriorityStructure": _by_priority,
}


def _own(translator: Translator, name: str, request: Any) -> Loop:
    """The loop of the equation that the last subscript of a request follows."""
    last = names.key(_subscripts(name, request)[-1])
    if last not in translator.symbols.subscripts.ranges:
        raise Refusal(f"{name} runs over [{last}].", "Give it a subscript range.")
    return translator.loops.running(last)[0]


def _subscripts(name: str, tree: Any) -> Sequence[str]:
    written = getattr(tree, "subscripts", None)
    if structure(tree) != "ReferenceStructure" or written is None:
        raise Refusal(f"{name} is given an expression.", "Give it a variable with subscripts.")
    return tuple(written.subscripts)


def _nothing() -> Expression:
    """No number."""
    return _do("square_root", -1.0)


def _do(function: str, *arguments: Expression | float) -> Expression:
    return Apply(function, tuple(Number(a) if isinstance(a, float | int) else a for a in arguments))
