"""Statements of a model file, each parsed on its own by PySD's translator.

`parse` turns one `Statement` into an `Equation` (a variable's name, subscripts and PySD syntax
tree) or a `RangeDefinition` (a subscript range, which is read here, since PySD mixes the elements
of mappings into the range). Parsing statements one by one gives every fault its line, and lets all
faults of a file be reported together.
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

__all__ = ["Equation", "RangeDefinition", "is_range", "parse"]


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


_NAME = r'(?:"(?:\\"|[^"])*+"|[^\[\]:=~"(),<>|!]+)'
_RANGE = re.compile(rf"^({_NAME})\s*:(?!=)(?!\s*[A-Za-z _]+:)\s*(.*)$")
_MERE_NAME = re.compile(rf"{_NAME}\s*(?:\[[^\[\]=]*\])?\s*")
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


def is_range(statement: Statement) -> bool:
    """Whether the statement is meant to define a subscript range."""
    return bool(_ALIAS.match(statement.text) or _RANGE.match(statement.text))


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
        raise Refusal("the subscript range has an empty element.", "Write `age: young, old`.")
    for item in items:
        if re.search(r"[][=()<>!:;{}]", QUOTED.sub("", item)):
            raise Refusal(f"`{item[:40]}` is no element of a subscript range.", _EQUATION)
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
    for piece in re.findall(r'"(?:\\"|[^"])*+"|.', text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _equation(statement: Statement) -> Equation:
    text = _replaced(_NEGATIVE_POWER, lambda match: f"-({match.group(1)}+0)", statement.text)
    text = _replaced(_WORD_OPERATOR, lambda match: match.group().upper(), text)
    with _room_to_recurse(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from localcare.model.translator import translate

        try:
            parsed = translate(text)
        except (Refusal, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - PySD raises whatever its visitors stumble over
            raise _explained(error, text) from None
    return Equation(
        name=names.display(parsed.name),
        subscripts=parsed.subscripts,
        exceptions=parsed.exceptions,
        kind=parsed.kind,
        keyword=parsed.keyword,
        tree=parsed.tree,
        statement=statement,
    )


def _replaced(pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], text: str) -> str:
    """`text` with every match of `pattern` outside names in quotes changed."""
    pieces, end = [], 0
    for name in QUOTED.finditer(text):
        pieces += [pattern.sub(change, text[end : name.start()]), name.group()]
        end = name.end()
    return "".join([*pieces, pattern.sub(change, text[end:])])


def _explained(error: Exception, text: str) -> Refusal:
    """A Refusal for what PySD's grammar or visitors raise, in words of the model file."""
    if hasattr(error, "pos"):
        parsed = str(getattr(error, "text", ""))
        if parsed == text and _MERE_NAME.fullmatch(text):
            return Refusal(
                f"`{text[:60]}` is no equation, but a series that Vensim reads from a run file.",
                f"{_EQUATION[:-1]}, or read its values from a table with GET DIRECT DATA.",
            )
        if parsed == text:  # the left-hand side was not even recognised
            return Refusal(f"`{text[:60]}` is no equation.", _EQUATION)
        seen = parsed[int(error.pos) :][:40]
        where = f"cannot be read from `{seen}` on." if seen else "ends too early."
        return Refusal(where, "Look for a missing bracket, comma, operator or quote just before.")
    cause = getattr(error, "original_class", type(error))
    if cause is TypeError and re.search(r"\(\) (takes|missing) ", str(error)):
        return Refusal(
            "a function is given too many or too few arguments.",
            "Count the arguments of each function in the equation.",
        )
    if cause is RecursionError:
        return Refusal("is nested too deeply.", "Split the equation into several variables.")
    return Refusal("cannot be read.", "Look for a missing bracket, comma, operator or quote.")


@contextmanager
def _room_to_recurse() -> Iterator[None]:
    """PySD's grammar needs some 30 Python frames for each bracket."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 10_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
