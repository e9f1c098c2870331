"""The references that evidence cites, read from a BibTeX file.

In goes `references.bib`; out come its entries by key, each with the fields that are printed
(author or publisher, title, year). A plain and strict reading: entries `@kind{key, field = value}`
with values in braces, quotes or bare numbers; text between entries and `@comment` are skipped;
abbreviations (`@string`, `#`) are refused, since nothing here needs them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localcare.model.csv_records import read_text
from localcare.problems import BadInput, Problem

__all__ = ["Bibliography", "Reference", "read"]

_ENTRY = re.compile(r"@\s*(\w+)\s*([{(])")
_KEY = re.compile(r"\s*([^\s,{}()\"#%=]+)\s*,")
_FIELD = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*")
_WORD = re.compile(r"\d+")
_SPACE = re.compile(r"\s*")
_AUTHORS = ("author", "editor", "institution", "organization", "publisher", "school")
_PLAIN = (
    ("---", "\N{EM DASH}"), ("--", "\N{EN DASH}"), ("~", " "), (r"\pounds", "£"),
    (r"\&", "&"), (r"\%", "%"), (r"\_", "_"), (r"\$", "$"), (r"\#", "#"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry: `fields` by lower-case name, braces and escapes turned into plain text."""

    key: str
    kind: str
    fields: Mapping[str, str]
    line: int = 0

    @property
    def title(self) -> str:
        """What the source is called."""
        return self.fields["title"]

    @property
    def author(self) -> str:
        """Who wrote or published it."""
        return next((self.fields[name] for name in _AUTHORS if name in self.fields), "")

    def __str__(self) -> str:
        return f"{self.author} ({self.fields['year']}), {self.title}"


@dataclass(frozen=True)
class Bibliography:
    """All entries of one file, in its order."""

    file: Path
    references: tuple[Reference, ...]

    @cached_property
    def by_key(self) -> dict[str, Reference]:
        """Entries by key."""
        return {reference.key: reference for reference in self.references}


class _EntryError(Exception):
    """An entry cannot be read; holds why and where in the text."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why, self.at = why, at


def read(path: Path) -> Bibliography:
    """Read a BibTeX file. Raises BadInput with every problem of it."""
    text = read_text(path)
    references: dict[str, Reference] = {}
    problems: list[Problem] = []
    at = 0
    while match := _ENTRY.search(text, at):
        line = text.count("\n", 0, match.start()) + 1
        kind, at = match[1].lower(), match.end()
        if kind == "comment":
            continue
        try:
            reference, at = _entry(text, kind, match.end(), line, "}" if match[2] == "{" else ")")
        except _EntryError as error:
            where = text.count("\n", 0, error.at) + 1
            problems.append(Problem(error.why, file=path, line=where))
            continue
        problems += _faults(path, reference, references.get(reference.key))
        references.setdefault(reference.key, reference)
    if not references and not problems:
        problems.append(Problem("there is no BibTeX entry in it.", file=path))
    if problems:
        raise BadInput(problems)
    return Bibliography(path, tuple(references.values()))


def _faults(path: Path, reference: Reference, earlier: Reference | None) -> list[Problem]:
    missing = [name for name in ("title", "year") if not reference.fields.get(name)]
    if not reference.author:
        missing.append("author")
    whys = [f"the entry has no {name}." for name in missing]
    if earlier is not None:
        whys.append(f"line {earlier.line} has this key already.")
    return [Problem(why, file=path, line=reference.line, key=reference.key) for why in whys]


def _entry(text: str, kind: str, at: int, line: int, close: str) -> tuple[Reference, int]:
    """The entry whose opening brace ends at `at`, and where it ends itself."""
    if kind in {"string", "preamble"}:
        raise _EntryError(f"@{kind} is not read here; write the text out.", at)
    key = _KEY.match(text, at)
    if key is None:
        raise _EntryError("the entry has no key followed by a comma.", at)
    fields: dict[str, str] = {}
    at = key.end()
    while True:
        at = _skip(text, at)
        if text.startswith(close, at):
            return Reference(key[1], kind, fields, line), at + 1
        if at == len(text):
            raise _EntryError(f'"{key[1]}": the entry is not closed.', at)
        name = _FIELD.match(text, at)
        if name is None:
            raise _EntryError(f'"{key[1]}": here a field "name = {{value}}" should stand.', at)
        if name[1].lower() in fields:
            raise _EntryError(f'"{key[1]}": the field "{name[1]}" is there twice.', at)
        value, at = _value(text, name.end(), key[1])
        people = name[1].lower() in {"author", "editor"}
        fields[name[1].lower()] = _people(value) if people else _plain(value)
        at = _skip(text, at)
        if text.startswith(",", at):
            at += 1
        elif at < len(text) and not text.startswith(close, at):
            raise _EntryError(f'"{key[1]}": a comma is missing after "{name[1]}".', at)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _value(text: str, at: int, key: str) -> tuple[str, int]:
    """A field's value from `at`, as written, and where it ends."""
    if word := _WORD.match(text, at):
        return word[0], word.end()
    if not text.startswith(("{", '"'), at):
        raise _EntryError(f'"{key}": a value stands in braces or quotes.', at)
    quoted, depth, start = text[at] == '"', 0, at + 1
    for end in range(start, len(text)):
        character = text[end]
        if text[end - 1] == "\\":
            continue
        if depth == 0 and character == ('"' if quoted else "}"):
            return text[start:end], end + 1
        depth += {"{": 1, "}": -1}.get(character, 0)
    raise _EntryError(f'"{key}": the value is not closed.', at)


def _people(text: str) -> str:
    """Authors as a reader names them: "Friebel and Fisher", or the first "and others" beyond two.

    In braces stands the name of an institution, which may hold a comma or an "and" of its own.
    """
    text = " ".join(text.split())
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0 and text.startswith(" and ", at):
            parts.append(text[start:at])
            start = at + len(" and ")
    parts = [each.strip() for each in (*parts, text[start:])]
    names = [each if each.startswith("{") else each.split(",")[0] for each in parts]
    if len(names) > 2 or names[-1] == "others":
        names = [names[0], "others"]
    return _plain(" and ".join(names))


def _plain(text: str) -> str:
    """A value without TeX's braces and the few escapes that references use."""
    for written, meant in _PLAIN:
        text = text.replace(written, meant)
    return " ".join(text.replace("{", "").replace("}", "").split())
