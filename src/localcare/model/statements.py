"""The text of a model cut into statements: equations and subscript ranges, with their lines.

A statement is `text ~ units ~ comment |`, with `:SUPPLEMENTARY` as an optional fourth field. Group
markers (a name between rows of asterisks) are the headings of what follows. Statements that are
too long, nested too deeply or have bad limits are refused here, before anything parses them.
"""

from __future__ import annotations

import bisect
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

from localcare.problems import BadInput, Problem

__all__ = ["BRACES", "QUOTED", "Statement", "cut", "head"]

#: What is refused because no real model has it, and a parser would take too long over it.
MAX_STATEMENTS = 20_000
MAX_CHARACTERS = 50_000
MAX_NAME = 1_000
MAX_DEPTH = 49

#: A name in double quotes, which ends where PySD's grammar ends it.
QUOTED = re.compile(r'"(?:\\"|[^"])*+"')
#: A remark in braces, with others inside it, three deep.
BRACES = r"\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}"
_BLANK = re.compile(rf"(?:\s|{BRACES})*+")
_EQUATION_END = re.compile(r'[~|"]')
_FIELD_END = re.compile(r"[~|]")
_UNITS = re.compile(r"(.*?)\s*\[([^\[\]]*)\]", re.DOTALL)
_GROUP = re.compile(r"\s*\*{3,}\s*\.?(.*?)\s*\*{3,}\s*", re.DOTALL)
_REMARK = re.compile(rf'("(?:\\"|[^"])*+")|{BRACES}')
_CONTINUED = re.compile(r"\\[ \t]*\n")
_WORD = re.compile(r'"(?:\\"|[^"])*+"|[^\[\](),=*/+^<>":;-]+')
_NUMBERS = re.compile(r"\s*+(?:[\d.]++(?:[eE]\d*+)?\s*+)*+")
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """One equation or subscript range.

    `text` is what stands before the first `~`, on one line, without remarks in braces; `limits`
    and `units` come from the units field, `group` is the heading the statement stands under. One
    that is `refused` was reported and is kept for its name alone. `span` says where the text lies
    in the body of the file: its first character and one past its last.
    """

    text: str
    line: int
    units: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    doc: str = ""
    group: str = ""
    supplementary: bool = False
    refused: bool = False
    span: tuple[int, int] = (0, 0)


def cut(path: Path, body: str, problems: list[Problem]) -> list[Statement]:
    """The statements in `body`, in order; what is wrong with single ones goes to `problems`. A
    file that is cut off raises BadInput, since what is missing would only confuse.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", body))]
    found: list[Statement] = []
    group, position = "", 0
    while (first := _after_blanks(body, position)) < len(body):
        if len(found) >= MAX_STATEMENTS:
            why = f"has more than {MAX_STATEMENTS:,} equations."
            raise BadInput(Problem(why, "Move figures into tables.", path))
        line = bisect.bisect_right(starts, first)
        fields: list[str] = []
        closed, text_end = False, first
        while position < len(body) and not closed:
            end = _field_end(body, position, quoted=not fields)
            if end is None:
                raise BadInput([*problems, _unquoted(path, line, body[position:])])
            text_end = text_end if fields else end
            fields.append(body[position:end])
            closed = body[end : end + 1] == "|"
            position = end + 1
        if not closed:
            raise BadInput([*problems, _unclosed(path, line, fields[0])])
        heading = _GROUP.fullmatch(fields[0])
        if heading is not None:
            group = " ".join(heading.group(1).split())
        elif fields[0].strip():
            statement = _statement(path, line, fields, group, problems)
            found.append(replace(statement, span=(first, text_end)))
    return found


def head(text: str) -> str:
    """The name a statement defines, for messages."""
    return re.split(r"[\[=(:<\n]", text.strip(), maxsplit=1)[0].strip()[:80]


def _after_blanks(body: str, position: int) -> int:
    """Where the next statement begins: after spaces, line ends and remarks in braces."""
    blank = _BLANK.match(body, position)
    return position if blank is None else blank.end()


def _field_end(body: str, start: int, *, quoted: bool) -> int | None:
    """Where the field ends (at `~`, `|` or the end of the text); names in double quotes may hold
    either. None where a quote is never closed.
    """
    position = start
    while True:
        match = (_EQUATION_END if quoted else _FIELD_END).search(body, position)
        if match is None:
            return len(body)
        if match.group() != '"':
            return match.start()
        closing = QUOTED.match(body, match.start())
        if closing is None:
            return None
        position = closing.end()


def _unquoted(path: Path, line: int, text: str) -> Problem:
    why = "a double quote is opened and never closed."
    return Problem(why, "Close it, or is the file cut off?", path, line, head(text))


def _unclosed(path: Path, line: int, text: str) -> Problem:
    return Problem(
        "the file ends in the middle of this equation (no closing `|`).",
        "Is the file cut off? Fetch it again, or end the equation with `~ units ~ comment |`.",
        path,
        line,
        head(text),
    )


def _statement(
    path: Path, line: int, fields: list[str], group: str, problems: list[Problem]
) -> Statement:
    text = _one_line(fields[0])

    def refuse(why: str, cure: str) -> None:
        problems.append(Problem(why, cure, path, line, head(text)))

    before = len(problems)
    words = (len(word) for word in _WORD.findall(text) if not _NUMBERS.fullmatch(word))
    longest = max(words, default=0)
    if len(text) > MAX_CHARACTERS:
        refuse(
            f"the equation has {len(text):,} characters; up to {MAX_CHARACTERS:,} are read.",
            "Move figures into a table, or split the equation.",
        )
    elif longest > MAX_NAME:
        why = f"a name has {longest:,} characters; up to {MAX_NAME:,} are read."
        refuse(why, "Use a shorter name.")
    elif _depth(text) > MAX_DEPTH:
        why = f"the brackets are nested more than {MAX_DEPTH} deep."
        refuse(why, "Split the equation into several variables.")
    elif len(fields) > _FIELDS:
        why = f"has {len(fields)} fields between `~`; an equation has at most {_FIELDS}."
        refuse(why, "Is the `|` missing that ends this equation before the next one?")
    units, limits = _limits((fields[1] if len(fields) > 1 else "").strip())
    if limits is None:
        why = f"the limits in `{units}` are not the lowest and the highest value."
        refuse(why, "Write two numbers, `?` for none, as in `person [0,?]`.")
    doc = " ".join(_CONTINUED.sub(" ", fields[2]).split()) if len(fields) > 2 else ""
    supplementary = len(fields) >= _FIELDS and ":SUP" in fields[3].upper()
    return Statement(
        text=text[:MAX_CHARACTERS],
        line=line,
        units=" ".join(units.split()),
        limits=limits or (None, None),
        doc=doc,
        group=group,
        supplementary=supplementary,
        refused=len(problems) > before,
    )


def _one_line(text: str) -> str:
    """The text without remarks in braces and continuation marks, single spaces between words."""
    text = _REMARK.sub(lambda match: match.group(1) or " ", text)
    return " ".join(_CONTINUED.sub(" ", text).split())


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in QUOTED.sub("", text):
        if character in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]":
            depth -= 1
    return deepest


def _limits(text: str) -> tuple[str, tuple[float | None, float | None] | None]:
    """Units and limits from `person [0,?]` or `Dmnl [0,1,0.1]` (the third is Vensim's slider
    step; what is left out is no limit, as `?`); limits are None where they cannot be read.
    """
    match = _UNITS.fullmatch(text)
    if match is None:
        return text, (None, None)
    parts = [part.strip() for part in match.group(2).split(",")]
    if len(parts) not in (2, 3):
        return text, None
    try:
        low, high = (None if part in ("?", "") else _finite(float(part)) for part in parts[:2])
    except ValueError:
        return text, None
    if low is not None and high is not None and not low <= high:
        return text, None
    return match.group(1), (low, high)


def _finite(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None
