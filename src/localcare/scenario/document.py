"""Reads a YAML file into a tree of values that know their line.

In: a path. Out: a `Mapping` of nodes, each with its line (counted from 1); keys are text as
written, scalars are text, numbers, true/false or null by the YAML 1.2 core schema (so `2026-04-01`
and `2026/27` stay text). The file is read event by event and nothing in it is ever constructed or
expanded: aliases, tags, second documents, deep nesting and files above `LARGEST` bytes are refused,
so a file that would grow without bound ("billion laughs") costs nothing. A byte-order mark and
Windows line ends are accepted. Every duplicate key is a problem of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from localcare.problems import BadInput, Problem

__all__ = ["LARGEST", "Listing", "Mapping", "Node", "Scalar", "line_of", "parse", "plain", "read"]

#: Bytes a scenario file may have. The longest shipped one has a twentieth of this.
LARGEST = 256 * 1024
#: Levels of nesting a file may have; a scenario needs six.
DEEPEST = 12
#: Characters a key may have. No name in a model comes near it.
LONGEST_KEY = 300

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_NAN = frozenset({".nan", ".NaN", ".NAN"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value and the line it stands on."""

    value: str | float | bool | None
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values; `lines` are the lines of the keys."""

    entries: dict[str, Node]
    lines: dict[str, int]
    line: int


Node = Scalar | Listing | Mapping


def read(path: Path) -> tuple[Mapping, bytes]:
    """The top-level mapping of a YAML file, and the file's bytes.

    Raises BadInput with every problem of the file's form.
    """
    raw = _bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            raise BadInput(_binary(path)) from None
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(
            Problem("is not UTF-8 text.", "Save the file as UTF-8.", path, line)
        ) from None
    if "\0" in text:
        raise BadInput(_binary(path))
    return parse(text, path), raw


def parse(text: str, path: Path | str) -> Mapping:
    """The top-level mapping of a YAML text; `path` only names it in messages."""
    builder = _Builder(path)
    try:
        root = builder.document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        why = f"is not YAML: {error.problem or error.context}."
        cure = "Indent with spaces, write `key: value`, and put text with a colon in quotes."
        builder.problems.append(Problem(why, cure, path, line))
        root = None
    except YAMLError as error:  # the reader refuses control characters without a mark
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        why = "holds a control character that YAML does not allow."
        builder.problems.append(Problem(why, "Remove it.", path, line))
        root = None
    if builder.problems:
        raise BadInput(builder.problems)
    if root is None or (isinstance(root, Scalar) and root.value is None):
        cure = "A scenario needs at least `name:` and `title:`."
        raise BadInput(Problem("is empty.", cure, path))
    if not isinstance(root, Mapping):
        cure = "A scenario is `key: value` lines, beginning with `name:`."
        raise BadInput(Problem("is not a list of keys with values.", cure, path, root.line))
    return root


def plain(node: Node) -> Any:
    """The node as tuples, dicts and scalars, without lines."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Listing):
        return tuple(plain(item) for item in node.items)
    return {key: plain(value) for key, value in node.entries.items()}


def line_of(node: Node, *steps: str | int) -> int:
    """The line of what `steps` (keys and list positions) lead to; steps that the tree lacks are
    passed over, so the answer is the line of the nearest thing that is there."""
    line = node.line
    for step in steps:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            line, node = node.lines[step], node.entries[step]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
    return line


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BadInput(Problem("is a folder.", "Name a .yaml file.", path))
        if not path.exists():
            raise BadInput(Problem("no such file.", "Check the path.", path))
        if not path.is_file():
            raise BadInput(Problem("is not an ordinary file.", "Name a .yaml file.", path))
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})."
        raise BadInput(Problem(why, "", path)) from None
    if len(raw) > LARGEST:
        why = f"is larger than {LARGEST // 1024} KiB, which no scenario needs."
        raise BadInput(Problem(why, "Name a scenario file.", path))
    if not raw.strip():
        cure = "A scenario needs at least `name:` and `title:`."
        raise BadInput(Problem("is empty.", cure, path))
    return raw


def _binary(path: Path) -> Problem:
    return Problem("is a binary file, not text.", "Name a .yaml file.", path)


class _Stopped(YAMLError):
    """Reading stops here; the problem is already noted."""


class _Builder:
    """Turns a stream of YAML events into nodes and collects what is wrong on the way."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def document(self, events: Iterator[Any]) -> Node | None:
        """The one document of the stream."""
        root: Node | None = None
        documents = 0
        try:
            for event in events:
                if isinstance(event, yaml_events.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        why = "a second YAML document begins here."
                        self._note(event, why, "Write one scenario to a file.")
                        break
                elif isinstance(event, yaml_events.NodeEvent):
                    root = self._node(event, events, 1)
        except _Stopped:
            return None
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if isinstance(event, yaml_events.AliasEvent):
            self._note(event, f"the alias *{event.anchor} is not allowed.", "Write the value out.")
            raise _Stopped
        if event.ctag is not None and str(event.ctag) != "!":
            self._note(event, f"the tag {event.ctag} is not allowed.", "Remove it.")
        if depth > DEEPEST:
            why = f"is nested more than {DEEPEST} levels deep."
            self._note(event, why, "A scenario needs six.")
            raise _Stopped
        line = event.start_mark.line + 1
        if isinstance(event, yaml_events.ScalarEvent):
            quoted = event.style is not None
            return Scalar(event.value if quoted else _core(event.value), line)
        if isinstance(event, yaml_events.SequenceStartEvent):
            items = []
            while not isinstance(item := next(events), yaml_events.SequenceEndEvent):
                items.append(self._node(item, events, depth + 1))
            return Listing(tuple(items), line)
        return self._mapping(events, line, depth)

    def _mapping(self, events: Iterator[Any], line: int, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(key := next(events), yaml_events.MappingEndEvent):
            if not isinstance(key, yaml_events.ScalarEvent):
                self._note(key, "a key must be a word, not a list.", "Put it in quotes.")
                raise _Stopped
            if len(key.value) > LONGEST_KEY:
                self._note(key, f"a key has more than {LONGEST_KEY} characters.", "Shorten it.")
                raise _Stopped
            value = self._node(next(events), events, depth + 1)
            if key.value in entries:
                why = f"is written twice; the first is on line {lines[key.value]}."
                self._note(key, why, "Keep one.", key.value)
            else:
                entries[key.value] = value
                lines[key.value] = key.start_mark.line + 1
        return Mapping(entries, lines, line)

    def _note(self, event: Any, why: str, cure: str, key: str = "") -> None:
        line = event.start_mark.line + 1
        self.problems.append(Problem(why, cure, self.path, line, key))


def _core(text: str) -> str | float | bool | None:
    """A plain scalar by the YAML 1.2 core schema, octal and hexadecimal numbers left as text."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text) and len(text) < LONGEST_KEY:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in _NAN else text
