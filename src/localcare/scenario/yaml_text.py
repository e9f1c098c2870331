"""Plain values as YAML text that `document` reads back as the same values.

In: text, numbers, tuples and dicts, as `document.plain` returns them. Out: lines. Lists and keys
with values stand on one line where they fit, below their key otherwise; long text is folded.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from localcare.model.text import number_text
from localcare.scenario.document import parse, plain

__all__ = ["WIDTH", "entry", "flow"]

#: Characters a line may have before its value is broken.
WIDTH = 100
#: Text that YAML reads as itself without quotes, also within brackets.
_PLAIN = re.compile(r"[A-Za-z0-9]([\w '()/%+.-]*[\w)%])?")
#: The same where no brackets are: a sentence without colons and other signs of YAML.
_SENTENCE = re.compile(r"[A-Za-z0-9][\w '()/%+.,;-]*[\w)%.]")


def entry(key: str, value: Any, indent: int = 0) -> Iterator[str]:
    """The lines of one key with its value."""
    margin = " " * indent
    head = f"{margin}{flow(key)}:"
    line = f"{head} {_line(value)}"
    if isinstance(value, dict) and value and len(line) > WIDTH:
        yield head
        for name, below in value.items():
            yield from entry(name, below, indent + 2)
    elif isinstance(value, str) and (block := _block(value, len(line) > WIDTH, indent + 2)):
        yield f"{head} {block[0]}"
        yield from block[1:]
    elif _breaks(value) and len(line) > WIDTH:
        yield from textwrap.wrap(
            line, WIDTH, subsequent_indent=" " * (len(head) + 2),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    else:
        yield line


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, (int, float)):
        return number_text(value) if isinstance(value, float) else str(value)
    return value if _is_plain(value) else _quoted(value)


def _breaks(value: Any) -> bool:
    """Whether a list may be broken at any blank: YAML joins the lines of plain text by one."""
    return isinstance(value, tuple) and all(isinstance(v, str) and _is_plain(v) for v in value)


def _line(value: Any) -> str:
    """A value on the line of its key, where text may hold more marks than within brackets."""
    if isinstance(value, str) and _SENTENCE.fullmatch(value) and _reads_as_itself(value):
        return value
    return flow(value)


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and _reads_as_itself(text)


def _reads_as_itself(text: str) -> bool:
    """Whether YAML takes the text without quotes for that text, and not for a number, say."""
    return bool(plain(parse(f"x: {text}", "")) == {"x": text})


def _quoted(text: str) -> str:
    """In double quotes, whatever YAML might take for something else written as its code."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)


def _block(text: str, long: bool, indent: int) -> list[str]:
    """A block's mark and its lines: as they are for text of several lines, folded for a long one;
    none where a block is not needed or would change the text."""
    margin, keep = " " * indent, "" if text.endswith("\n") else "-"
    lines = text.removesuffix("\n").split("\n")
    if any(not line.isprintable() or line != line.strip() or not line for line in lines):
        return []
    if len(lines) > 1:
        return [f"|{keep}", *(margin + line for line in lines)]
    if not long or "  " in text:
        return []
    folded = textwrap.wrap(
        lines[0], WIDTH, initial_indent=margin, subsequent_indent=margin,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [f">{keep}", *folded]
