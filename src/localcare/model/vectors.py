"""Vector functions, written with sums over subscripts.

VECTOR SELECT combines the elements that a selection array does not set to zero, and gives no number
where its last argument forbids what it meets. VECTOR ELM MAP is in `offsets`. VECTOR SORT ORDER,
VECTOR RANK and VECTOR REORDER work along the last subscript of their vector: a rank is a count of
the elements that come before, which needs no sorting and so runs in every engine as it is.
INVERT MATRIX is in `matrices`. Equal
elements come in the order of the subscript range; the other way round where the order falls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from localcare.model import names
from localcare.model.definitions import structure
from localcare.model.expression import Along, Apply, Axis, Expression, Number, Reduce, Reference
from localcare.model.indexing import Loop, positions
from localcare.model.matrices import inverse
from localcare.model.offsets import element_of
from localcare.model.refusal import Refusal

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["VECTORS"]

_HUGE = 1e308
_WORDS = {1: "product", 2: "minimum", 3: "maximum", 7: "product", 8: "minimum", 9: "maximum"}
_NOTHING = {"sum": 0.0, "product": 1.0, "minimum": _HUGE, "maximum": -_HUGE}


def _select(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """VECTOR SELECT(selection, expression, missing, action, error)."""
    _count("VECTOR SELECT", arguments, 5)
    strict = translator.expression(arguments[4])
    missing = translator.expression(arguments[2])
    action = translator.expression(arguments[3])

    def bodies() -> tuple[Expression, Expression]:
        return translator.expression(arguments[0]), translator.expression(arguments[1])

    axes, (chosen, value) = translator.reduced("VECTOR SELECT", list(arguments[:2]), bodies)
    some = _do("not_equal", chosen, Number(0.0))

    def combined(number: int) -> Expression:
        body = value
        if number <= 4:
            body = _do("multiply", chosen, value)
        elif number == 5:
            body = _do("power", value, chosen)
        word = "product" if number == 5 else _WORDS.get(number, "sum")
        total = Reduce(word, axes, _do("if", some, body, Number(_NOTHING[word])))
        return _do("divide", total, count) if number in (4, 10) else total

    count = Reduce("sum", axes, some)
    if isinstance(action, Number):
        if action.value not in range(11):
            raise Refusal(f"VECTOR SELECT has no action {action.value:g}.", "Give 0 to 10.")
        result = combined(int(action.value))
    else:
        result = combined(10)
        for number in range(9, -1, -1):
            here = _do("equal", action, Number(float(number)))
            result = _do("if", here, combined(number), result)
    result = _do("if", _do("equal", count, Number(0.0)), missing, result)
    if strict == Number(0.0):
        return result
    # 1 forbids that none is selected, 2 that several are, 3 both: no number then, and a run stops.
    none = _do("equal", count, Number(0.0))
    none = _do("and", none, _do("or", _is(strict, 1), _is(strict, 3)))
    several = _do("greater", count, Number(1.0))
    several = _do("and", several, _do("or", _is(strict, 2), _is(strict, 3)))
    return _do("if", _do("or", none, several), _do("square_root", Number(-1.0)), result)


def _rank(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """VECTOR RANK(vector, direction): 1 for the element that comes first."""
    _count("VECTOR RANK", arguments, 2)
    return _do("add", _before(translator, arguments), Number(1.0))


def _sort_order(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """VECTOR SORT ORDER(vector, direction): which element, counted from 0, comes at this place."""
    _count("VECTOR SORT ORDER", arguments, 2)
    places = translator.workshop.kept(translator, "rank", _before(translator, arguments))
    own, elements = _along(translator, arguments[0])
    axis = Axis(translator.axis(f"{own.range}!"), _parent(translator, own), _whole(translator, own))
    indices = tuple(
        Along(axis.name, tuple(range(len(elements))))
        if isinstance(index, Along) and index.axis == own.axis
        else index
        for index in places.indices
    )
    here = _do("equal", Reference(places.variable, indices), _place(translator, own))
    number = _number(translator, own.range, axis.name, own.elements)
    return Reduce("sum", (axis,), _do("if", here, number, Number(0.0)))


def _reorder(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """VECTOR REORDER(vector, order): the element of the vector that `order` names, from 0."""
    _count("VECTOR REORDER", arguments, 2)
    wanted = translator.expression(arguments[1])
    marked, range_key = _marked(translator, arguments[0])

    def body() -> Expression:
        return translator.expression(marked)

    axes, value = translator.reduced("VECTOR REORDER", marked, body)
    elements = translator.symbols.subscripts.ranges[range_key].elements
    here = _do("equal", _number(translator, range_key, axes[0].name, elements), wanted)
    return Reduce("sum", axes, _do("if", here, value, Number(0.0)))


def _before(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """How many elements of the vector come before this one."""
    own, _ = _along(translator, arguments[0])
    marked, range_key = _marked(translator, arguments[0])
    direction = translator.expression(arguments[1])
    here = translator.expression(arguments[0])

    def body() -> Expression:
        return translator.expression(marked)

    axes, other = translator.reduced("a vector function", marked, body)
    elements = translator.symbols.subscripts.ranges[range_key].elements
    number = _number(translator, range_key, axes[0].name, elements)
    place = _place(translator, own)
    counts = [
        Reduce(
            "sum",
            axes,
            _do(
                "or",
                _do(smaller, other, here),
                _do("and", _do("equal", other, here), _do(earlier, number, place)),
            ),
        )
        for smaller, earlier in (("less", "less"), ("greater", "greater"))
    ]
    if isinstance(direction, Number):
        return counts[0 if direction.value > 0 else 1]
    return _do("if", _do("greater", direction, Number(0.0)), counts[0], counts[1])


def _along(translator: Translator, vector: Any) -> tuple[Loop, tuple[str, ...]]:
    """The loop that the last subscript of a vector follows, and its elements at each count."""
    _, range_key = _marked(translator, vector)
    return translator.loops.running(range_key)


def _marked(translator: Translator, vector: Any) -> tuple[Any, str]:
    """The vector with its last subscript marked for a sum, and the key of that range."""
    written = getattr(vector, "subscripts", None)
    if structure(vector) != "ReferenceStructure" or written is None:
        raise Refusal(
            "a vector function is given an expression.", "Give it a variable with subscripts."
        )
    last = written.subscripts[-1]
    if last.strip().endswith("!"):
        raise Refusal("a vector function needs no `!`.", "Leave it out.")
    if names.key(last) not in translator.symbols.subscripts.ranges:
        raise Refusal(f"a vector function runs over [{last}].", "Give it a subscript range.")
    marked = replace(written, subscripts=(*written.subscripts[:-1], f"{last}!"))
    return replace(vector, subscripts=marked), names.key(last)


def _number(
    translator: Translator, range_key: str, axis: str, elements: Sequence[str]
) -> Expression:
    """The place of the element that a loop is at among those of a range, counted from 0."""
    subscripts = translator.symbols.subscripts
    parent = subscripts.parent(range_key)
    where = positions(parent, elements)
    if where != tuple(range(where[0], where[0] + len(where))):
        raise Refusal(
            f"a vector function runs over [{range_key}], which is not in the order of its range.",
            "Use the whole range.",
        )
    numbers = Reference(translator.workshop.numbers(names.key(parent.name)), (Along(axis, where),))
    return _do("subtract", numbers, Number(float(where[0] + 1)))


def _place(translator: Translator, own: Loop) -> Expression:
    """The place of this element among those of its own loop, counted from 0."""
    return _number(translator, own.range, own.axis, own.elements)


def _parent(translator: Translator, own: Loop) -> str:
    return translator.symbols.subscripts.parent(own.range).name


def _whole(translator: Translator, own: Loop) -> tuple[int, ...]:
    return positions(translator.symbols.subscripts.parent(own.range), own.elements)


def _is(value: Expression, number: int) -> Expression:
    return _do("equal", value, Number(float(number)))


def _do(function: str, *arguments: Expression) -> Expression:
    return Apply(function, arguments)


def _count(name: str, arguments: Sequence[Any], wanted: int) -> None:
    if len(arguments) != wanted:
        raise Refusal(f"{name} takes {wanted} arguments, not {len(arguments)}.", "Count them.")


VECTORS: dict[str, Callable[[Translator, Sequence[Any]], Expression]] = {
    "vector select": _select,
    "vector rank": _rank,
    "vector sort order": _sort_order,
    "vector reorder": _reorder,
    "vector elm map": element_of,
    "invert matrix": inverse,
}
