"""Statements of a model file, each parsed on its own by PySD's translator.

`parse` turns one `Statement` into an `Equation` (a variable's name, subscripts and PySD syntax
tree) or a `RangeDefinition` (a subscript range, which is read here, since PySD mixes the elements
of mappings into the range). Parsing statements one by one gives every fault its line, and lets all
faults of a file be reported together. Nothing of the model's text is executed: the one place where
PySD's grammar would evaluate free text (the axis limits of a lookup) is cut out before.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localcare.model import names
from localcare.model.refusal import Refusal
from localcare.model.statements import QUOTED, Statement

__all__ = ["Equation", "RangeDefinition", "parse"]


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation. `kind` is "equation", "series" or "lookup"; `tree` is PySD's syntax tree;
    `subscripts` and the groups of `exceptions` are as written on the left-hand side.
    """

    name: str
    subscripts: tuple[str, ...]
    exceptions: tuple[tuple[str, ...], ...]
    kind: str
    keyword: str
    tree: Any
    statement: Statement


@dataclass(frozen=True, slots=True)
class RangeDefinition:
    """One subscript range. `items` are elements and names of other ranges; or `table` holds the
    arguments of GET DIRECT SUBSCRIPT; or `alias` names the range this one repeats. `mappings` are
    pairs of a range's name and its listed elements (none listed: in order).
    """

    name: str
    items: tuple[str, ...]
    table: tuple[str, ...]
    alias: str
    mappings: tuple[tuple[str, tuple[str, ...]], ...]
    statement: Statement


_NAME = r'(?:"(?:\\.|[^"\\])*"|[^\[\]:=~"(),<>|!]+)'
_RANGE = re.compile(rf"^({_NAME})\s*:(?!=)(?!\s*[A-Za-z _]+:)\s*(.*)$")
_ALIAS = re.compile(rf"^({_NAME})\s*<->\s*({_NAME})$")
_TABLE = re.compile(
    r"^GET[ _](?:XLS|DIRECT)[ _]SUBSCRIPT\s*\(([^()]*)\)\s*(?:->(.*))?$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\(\s*(.*?)(\d+)\s*-\s*(.*?)(\d+)\s*\)$")
# Vensim reads -2^2 as -(2^2), PySD as (-2)^2, unless the 2 is an expression.
_NEGATIVE_POWER = re.compile(r"(?<![\d.][eE])-\s*((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?=\s*\^)")
_WORD_OPERATOR = re.compile(r":(?:and|or|not|na):", re.IGNORECASE)
_MAX_NUMBERED = 100_000
_EQUATION = "Write `name = expression ~ units ~ comment |`."


def parse(statement: Statement) -> Equation | RangeDefinition | None:
    """What the statement defines; None for a reality check, which says nothing about values."""
    text = statement.text
    alias = _ALIAS.match(text)
    if alias:
        name, target = alias.groups()
        return RangeDefinition(names.display(name), (), (), target.strip(), (), statement)
    definition = _RANGE.match(text)
    if definition:
        return _range(definition.group(1), definition.group(2), statement)
    if re.search(r":(THE CONDITION|TEST INPUT):", QUOTED.sub("", text), re.IGNORECASE):
        return None
    return _equation(statement)


def _range(name: str, body: str, statement: Statement) -> RangeDefinition:
    table = _TABLE.match(body)
    if table:
        arguments = tuple(re.findall(r"'([^']*)'", table.group(1)))
        if len(arguments) not in (4, 5):
            raise Refusal(
                f"GET DIRECT SUBSCRIPT has {len(arguments)} arguments, not 5.",
                "Write GET DIRECT SUBSCRIPT('file', ',', 'A2', 'A', '').",
            )
        pairs = _mappings(table.group(2) or "")
        return RangeDefinition(names.display(name), (), arguments, "", pairs, statement)
    listed, _, mapped = body.partition("->")
    items: list[str] = []
    for item in _split(listed):
        items.extend(_numbered(item))
    if not items or not all(items):
        raise Refusal("the subscript range lists no elements.", "Write `age: young, old`.")
    return RangeDefinition(names.display(name), tuple(items), (), "", _mappings(mapped), statement)


def _numbered(item: str) -> list[str]:
    """The elements of `(bed1-bed9)`, or the item itself."""
    if not item.startswith("("):
        return [item]
    match = _NUMBERED.match(item)
    if match is None or match.group(1) != match.group(3):
        raise Refusal(f"{item} is no numbered range.", "Write it as `(bed1-bed9)`.")
    prefix, first, last = match.group(1), match.group(2), match.group(4)
    if len(first) > 9 or len(last) > 9 or int(last) - int(first) >= _MAX_NUMBERED:
        raise Refusal(f"{item} has over {_MAX_NUMBERED:,} elements.", "Use fewer elements.")
    if int(last) < int(first):
        raise Refusal(f"{item} counts backwards.", "Put the lower number first.")
    return [f"{prefix}{number}" for number in range(int(first), int(last) + 1)]


def _mappings(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = []
    for item in _split(text):
        if item.startswith("(") and ":" in item:
            target, _, listed = item.strip("() ").partition(":")
            pairs.append((target.strip(), tuple(_split(listed))))
        elif item:
            pairs.append((item, ()))
    return tuple(pairs)


def _split(text: str) -> list[str]:
    """Cut at commas that stand outside brackets and quotes."""
    if not text.strip():
        return []
    parts, depth = [""], 0
    for piece in re.findall(r'"(?:\\.|[^"\\])*"|.', text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _equation(statement: Statement) -> Equation:
    from pysd.translators.structures import abstract_model
    from pysd.translators.vensim.vensim_element import Component, Element

    text = _prepared(statement.text)
    with _room_to_recurse(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        component = None
        try:
            component = Element(equation=text, units="", documentation="").parse()
            if not isinstance(component, Component):
                raise Refusal("is no equation.", _EQUATION)
            component.parse()
            abstract = component.get_abstract_component()
        except (Refusal, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - PySD raises whatever its visitors stumble over
            if not hasattr(error, "pos"):
                raise _stumbled(error) from None
            if component is None:
                raise Refusal(f"`{text[:60]}` is no equation.", _EQUATION) from None
            raise _unreadable(error) from None
    kind = "equation"
    if isinstance(abstract, abstract_model.AbstractLookup):
        kind = "lookup"
    elif isinstance(abstract, abstract_model.AbstractData):
        kind = "series"
    subscripts, exceptions = abstract.subscripts
    return Equation(
        name=names.display(component.name),
        subscripts=tuple(subscripts),
        exceptions=tuple(tuple(group) for group in exceptions),
        kind=kind,
        keyword=getattr(abstract, "keyword", None) or "",
        tree=abstract.ast,
        statement=statement,
    )


def _prepared(text: str) -> str:
    """The text without what PySD would misread or evaluate."""
    bare = QUOTED.sub(lambda match: "q" * len(match.group()), text)
    pieces, end = [], 0
    for match in re.finditer(r"(?<=\()\s*\[[^\]]*\]\s*,", bare):
        pieces.append(text[end : match.start()])
        end = match.end()
    text = "".join([*pieces, text[end:]])
    bare = QUOTED.sub("q", text)
    if re.search(r"\(\s*\[", bare):
        raise Refusal(
            "a square bracket follows a round one, which no equation needs.",
            "Write a lookup as name( (0,0),(1,1) ).",
        )
    text = _replaced(_NEGATIVE_POWER, lambda match: f"-({match.group(1)}+0)", text)
    return _replaced(_WORD_OPERATOR, lambda match: match.group().upper(), text)


def _replaced(pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], text: str) -> str:
    """`text` with every match of `pattern` outside names in quotes changed."""
    pieces, end = [], 0
    for name in QUOTED.finditer(text):
        pieces += [pattern.sub(change, text[end : name.start()]), name.group()]
        end = name.end()
    return "".join([*pieces, pattern.sub(change, text[end:])])


def _unreadable(error: Any) -> Refusal:
    seen = str(error.text)[int(error.pos) :][:40]
    where = f"cannot be read from `{seen}` on." if seen else "ends too early."
    return Refusal(where, "Look for a missing bracket, comma, operator or quote just before.")


def _stumbled(error: Exception) -> Refusal:
    """A Refusal for what PySD's visitors raise, in words of the model file."""
    cause = getattr(error, "original_class", type(error))
    text = str(error).split("\n", 1)[0]
    counted = re.search(r"(\w+?)(?:Structure)?(?:\.__init__|\.<lambda>)?\(\) (takes|missing)", text)
    if cause is TypeError and counted:
        return Refusal(
            "a function is given too many or too few arguments.",
            "Count the arguments of each function in the equation.",
        )
    if cause is RecursionError:
        return Refusal("is nested too deeply.", "Split the equation into several variables.")
    return Refusal(
        "its numbers or points cannot be read.",
        "Numbers are written as 12, 0.5 or 1e-3, and the points of a lookup as (x,y).",
    )


@contextmanager
def _room_to_recurse() -> Iterator[None]:
    """PySD's grammar needs some 30 Python frames for each bracket."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 10_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
