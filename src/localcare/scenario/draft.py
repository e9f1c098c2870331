"""From the tree of a scenario file to typed entries, with every fault of form worded.

In: the tree that `document.read` returns. Out: a `Draft` of entries, each knowing its place in the
tree, and the problems found. Entries are checked one by one, so that a fault in one leaves the
others to be checked against the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from localcare.problems import Problem, did_you_mean
from localcare.scenario.document import Listing, Mapping, Node, Scalar, line_of, plain
from localcare.scenario.schema import (
    ConstantEntry,
    Head,
    LeverEntry,
    RollOut,
    SeriesEntry,
    WhereEntry,
)

__all__ = ["Draft", "Located", "draft"]

SECTIONS = ("levers", "constants", "series")
HEAD_KEYS = tuple(Head.model_fields)

EntryT_co = TypeVar("EntryT_co", bound=WhereEntry, covariant=True)


@dataclass(frozen=True)
class Located(Generic[EntryT_co]):
    """An entry: what it sets, its content, and the node and file it was read from."""

    name: str
    entry: EntryT_co
    node: Node
    file: Path | str
    line: int

    def problem(self, why: str, cure: str = "", *steps: str | int) -> Problem:
        """A problem with what `steps` lead to within this entry."""
        line = line_of(self.node, *steps) if steps else self.line
        return Problem(why, cure, self.file, line, _key(self.node, self.name, steps))


@dataclass(frozen=True)
class Draft:
    """A file's entries. `head` is None where it could not be read."""

    file: Path
    tree: Mapping
    head: Head | None
    levers: tuple[Located[LeverEntry], ...]
    constants: tuple[Located[ConstantEntry], ...]
    series: tuple[Located[SeriesEntry], ...]


def draft(tree: Mapping, file: Path) -> tuple[Draft, list[Problem]]:
    """The entries of a scenario file, and every fault of form."""
    problems = list(_unknown_keys(tree, file))
    head = _head(tree, file, problems)
    levers: list[Located[LeverEntry]] = []
    for node in _items(tree, "levers", file, problems):
        name = _lever_name(node)
        entry = _entry(LeverEntry, plain(node), node, name, file=file, problems=problems)
        if entry is not None:
            levers.append(Located(entry.lever, entry, node, file, line_of(node, "lever")))
    constants: list[Located[ConstantEntry]] = []
    for name, node, line in _named(tree, "constants", file, problems):
        value = _long_form(node, ConstantEntry, "value")
        constant = _entry(ConstantEntry, value, node, name, file=file, problems=problems)
        if constant is not None:
            constants.append(Located(name, constant, node, file, line))
    series: list[Located[SeriesEntry]] = []
    for name, node, line in _named(tree, "series", file, problems):
        nodes = node.items if isinstance(node, Listing) else (node,)
        for each in nodes:
            value = _long_form(each, SeriesEntry, "years")
            one = _entry(SeriesEntry, value, each, name, file=file, problems=problems)
            if one is not None:
                at = each.line if isinstance(node, Listing) else line
                series.append(Located(name, one, each, file, at))
    return Draft(file, tree, head, tuple(levers), tuple(constants), tuple(series)), problems


def _unknown_keys(tree: Mapping, file: Path) -> Iterator[Problem]:
    known = (*HEAD_KEYS, *SECTIONS)
    for key in tree.entries:
        if key not in known:
            cure = did_you_mean(key, known) or f"Allowed are {', '.join(known)}."
            if "cost" in key.lower():
                cure = (
                    "A scenario's cost is computed by the model from what its levers put in place."
                )
            yield Problem("no such key.", cure, file, tree.lines[key], key)


def _head(tree: Mapping, file: Path, problems: list[Problem]) -> Head | None:
    value = {key: plain(node) for key, node in tree.entries.items() if key in HEAD_KEYS}
    try:
        return Head.model_validate(value)
    except ValidationError as error:
        problems.extend(_worded(error, tree, "", file))
        return None


def _entry(
    kind: type[EntryT_co],
    value: Any,
    node: Node,
    name: str,
    *,
    file: Path,
    problems: list[Problem],
) -> EntryT_co | None:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problems.extend(_worded(error, node, name, file))
        return None


def _items(tree: Mapping, key: str, file: Path, problems: list[Problem]) -> tuple[Node, ...]:
    node = tree.entries.get(key)
    if node is None or _empty(node):
        return ()
    if not isinstance(node, Listing):
        cure = "Begin each setting with `- lever: <name>`."
        problems.append(Problem("must be a list.", cure, file, tree.lines[key], key))
        return ()
    wrong = [item for item in node.items if not isinstance(item, Mapping)]
    for item in wrong:
        cure = "Write `- lever: <name>`, then `target:`, `unit:` and `start:` below it."
        problems.append(Problem("is not a setting of a lever.", cure, file, item.line, key))
    return tuple(item for item in node.items if isinstance(item, Mapping))


def _named(
    tree: Mapping, key: str, file: Path, problems: list[Problem]
) -> Iterator[tuple[str, Node, int]]:
    node = tree.entries.get(key)
    if node is None or _empty(node):
        return
    if not isinstance(node, Mapping):
        cure = "Write `<name>: <value>` lines below it."
        problems.append(Problem("must be names with values.", cure, file, tree.lines[key], key))
        return
    for name, value in node.entries.items():
        yield name, value, node.lines[name]


def _long_form(node: Node, kind: type[WhereEntry], main: str) -> Any:
    """The entry's fields; a value that names none of them is short for `{main: value}`."""
    value = plain(node)
    is_long = isinstance(value, dict) and any(key in kind.model_fields for key in value)
    return value if is_long else {main: value}


def _empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _lever_name(node: Node) -> str:
    named = node.entries.get("lever") if isinstance(node, Mapping) else None
    return named.value if isinstance(named, Scalar) and isinstance(named.value, str) else ""


def _worded(error: ValidationError, node: Node, name: str, file: Path) -> Iterator[Problem]:
    for detail in error.errors():
        steps = detail["loc"]
        if detail["type"] == "amount":
            for elements, value in detail["ctx"]["faults"]:
                line = line_of(node, *steps, *elements)
                why = f"{_shown(value)} where a number belongs."
                key = _key(node, name, (*steps, *elements))
                yield Problem(why, _number_cure(value), file, line, key)
            continue
        why, cure = _sentence(detail, _fields(error.title, steps))
        yield Problem(why, cure, file, line_of(node, *steps), _key(node, name, steps))


def _key(node: Node, name: str, steps: tuple[str | int, ...]) -> str:
    """The keys that lead to a value, without the one that a short form leaves out."""
    written = isinstance(node, Mapping) and bool(steps) and steps[0] in node.entries
    if steps and steps[0] in {"value", "years"} and not written:
        steps = steps[1:]
    return ": ".join([*([name] if name else []), *(s for s in steps if isinstance(s, str))])


def _fields(title: str, steps: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that are allowed beside the one `steps` lead to."""
    kinds = {kind.__name__: kind for kind in (Head, LeverEntry, ConstantEntry, SeriesEntry)}
    inside_roll_out = len(steps) > 1 and steps[0] == "rollout"
    return tuple((RollOut if inside_roll_out else kinds[title]).model_fields)


def _sentence(detail: ErrorDetails, fields: tuple[str, ...]) -> tuple[str, str]:
    """What is wrong and the cure, for one of pydantic's errors."""
    kind, value, step = detail["type"], detail["input"], str(detail["loc"][-1])
    if kind == "extra_forbidden":
        return "no such key.", did_you_mean(step, fields) or f"Allowed are {', '.join(fields)}."
    if kind == "missing":
        return "is missing.", _MISSING.get(step, "")
    if kind == "string_pattern_mismatch":
        return f"{value!r} is no name.", "Use small letters, digits and hyphens."
    if kind in {"string_too_long", "string_too_short", "too_short"}:
        return ("is empty." if kind != "string_too_long" else "is too long."), ""
    if kind in {"float_type", "finite_number", "float_parsing"}:
        return f"{_shown(value)} where a number belongs.", _number_cure(value)
    if kind == "string_type":
        return f"{_shown(value)} where text belongs.", "Put it in quotes."
    if kind == "when":
        return f"{_shown(value)} where a date or a length of time belongs.", ""
    if kind == "tuple_type":
        return f"{_shown(value)} where a list belongs.", "Write `[one, another]`."
    cure = "Write `key: value` lines below it."
    return f"{_shown(value)} where keys with values belong.", cure


_MISSING = {
    "name": "Write `name: my-policy`, the name of the file without .yaml.",
    "title": "Write `title: What the scenario does`.",
    "lever": "Write `lever: <name of a lever>`.",
    "start": "Write `start: 2026/27`, `start: 2026-04-01` or `start: 2026.25`.",
    "years": "Write `years: {2026/27: 0.2, 2027/28: 0.3}`.",
    "trailblazers": "Write `trailblazers: [<place>]`, the places that begin at the start.",
    "over": "Write `over: 9 months`.",
}


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float) and not math.isfinite(value):
        return f"`.{value}`"
    if isinstance(value, str):
        return f'the text "{value if len(value) <= 60 else value[:57] + "..."}"'
    if isinstance(value, (int, float)):
        return f"the number {value:g}"
    return "a list" if isinstance(value, tuple) else "keys with values"


def _number_cure(value: Any) -> str:
    if isinstance(value, str):
        text = value.strip().replace(",", "").replace("£", "").replace("_", "")
        share = text.endswith("%")
        try:
            number = float(text.rstrip("% ")) / (100.0 if share else 1.0)
        except ValueError:
            return ""
        return f"Write {number:g}." if math.isfinite(number) else ""
    return ""
