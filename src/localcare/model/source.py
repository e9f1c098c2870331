"""A model file as text: read, checked for size, and cut into statements with their lines.

`read` takes the path of a Vensim .mdl file and returns a `Source`: one `Statement` for each
equation or subscript range, in file order. It accepts a byte-order mark, Windows line ends and
Vensim's older encodings. What cannot be a model at all (empty, binary, too large) raises BadInput;
faults of single statements are added to `problems`.
"""

from __future__ import annotations

import bisect
import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from localcare.problems import BadInput, Problem

__all__ = ["MAX_BYTES", "Source", "Statement", "head", "read", "read_bytes"]

#: Larger files are refused before they are read.
MAX_BYTES = 10_000_000
#: Longer names are refused, and expressions with deeper brackets or more characters.
MAX_NAME = 1_000
MAX_DEPTH = 49
MAX_EXPRESSION = 50_000

_SKETCH = re.compile(r"\\\\\\---///")
_MACRO = re.compile(r":MACRO:(.*?)(:END OF MACRO:|\Z)", re.IGNORECASE | re.DOTALL)
_LIMITS = re.compile(r"^(.*?)\s*\[([^\[\]]*)\]$", re.DOTALL)
_ENCODING = re.compile(rb"^\s*\{([^{}\n]{1,40})\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """One equation or subscript range.

    `text` is what stands before the first `~`, on one line, without remarks in braces; `limits`
    and `units` come from the units field, `group` is the heading the statement stands under.
    """

    text: str
    line: int
    units: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    doc: str = ""
    group: str = ""
    supplementary: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A model file: where it is, its statements, and the SHA-256 of its bytes."""

    path: Path
    statements: tuple[Statement, ...]
    digest: str


def read_bytes(path: Path) -> bytes:
    """The bytes of a model file, or BadInput that says why they cannot be had."""
    try:
        if path.is_dir():
            raise BadInput(_whole(path, "is a folder.", "Name the .mdl file inside it."))
        size = path.stat().st_size
        if size >= MAX_BYTES:
            why = f"has {size / 1e6:.0f} MB; a model file may have up to {MAX_BYTES / 1e6:.0f} MB."
            raise BadInput(_whole(path, why, "Move figures into tables."))
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(_whole(path, "there is no such file.", "Check the path.")) from None
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})."
        raise BadInput(_whole(path, why, "Check the path and its permissions.")) from None


def read(path: Path, problems: list[Problem]) -> Source:
    """Read and cut up the model file at `path`."""
    data = read_bytes(path)
    text = _decode(path, data)
    sketch = _SKETCH.search(text)
    body = text if sketch is None else text[: sketch.start()]
    if not body.strip():
        raise BadInput(_whole(path, "is empty.", "Give a Vensim model (.mdl)."))
    for macro in _MACRO.finditer(body):
        problems.append(
            Problem(
                "macros are not supported.",
                "Write the equations of the macro out where it is used.",
                path,
                body.count("\n", 0, macro.start()) + 1,
                macro.group(1).strip().split("\n")[0].split("(")[0].strip(),
            )
        )
    body = _MACRO.sub(lambda match: "\n" * match.group().count("\n"), body)
    statements = tuple(_statements(path, body, problems))
    if not statements and not problems:
        why = "holds no equations."
        raise BadInput(_whole(path, why, "A Vensim model writes them as `name = ... ~ units ~ |`."))
    return Source(path, statements, hashlib.sha256(data).hexdigest())


def _whole(path: Path, why: str, cure: str) -> Problem:
    return Problem(why, cure, path)


def _decode(path: Path, data: bytes) -> str:
    """Text of the file: UTF-8 unless its first line, like {cp1252}, names another encoding."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        why = "is not text (it holds zero bytes)."
        raise BadInput(_whole(path, why, "Save the model as .mdl (text), not .vmf or .vmfx."))
    head = _ENCODING.match(data)
    names = ["utf-8", "cp1252"]
    if head:
        names.insert(0, head.group(1).decode("ascii", "replace"))
        data = b" " * head.end() + data[head.end() :]
    for name in names:
        try:
            text = data.decode(name)
        except (LookupError, ValueError):
            continue
        if isinstance(text, str) and not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    why = "is not text (it holds bytes that no text file holds)."
    raise BadInput(_whole(path, why, "Save the model as .mdl (text) in UTF-8."))


def _statements(path: Path, body: str, problems: list[Problem]) -> list[Statement]:
    """Cut the text at `~` and `|`; names in double quotes may hold either."""
    starts = [0, *(match.end() for match in re.finditer("\n", body))]

    def line_at(offset: int) -> int:
        return bisect.bisect_right(starts, offset)

    found: list[Statement] = []
    group, position = "", 0
    while True:
        first = position + len(body[position:]) - len(body[position:].lstrip())
        if first >= len(body):
            return found
        line = line_at(first)
        fields: list[str] = []
        end = position
        closed = False
        while end < len(body):
            stop = _field_end(body, end, quoted=not fields)
            if stop < 0:
                problems.append(
                    Problem(
                        "a double quote is opened and never closed.",
                        "Close it, or is the file cut off here?",
                        path,
                        line_at(-stop - 1),
                        head(body[first : first + 80]),
                    )
                )
                return found
            fields.append(body[end:stop])
            end = stop + 1
            if stop < len(body) and body[stop] == "|":
                closed = True
                break
        if not closed:
            problems.append(
                Problem(
                    "the file ends in the middle of this equation (no closing `|`).",
                    "Is the file cut off? Fetch it again, or end the equation with `~ units ~ |`.",
                    path,
                    line,
                    head(fields[0] if fields else ""),
                )
            )
            return found
        position = end
        heading = _group(fields)
        if heading is not None:
            group = heading
        elif fields[0].strip():
            statement = _statement(path, line, fields, group, problems)
            if statement is not None:
                found.append(statement)


def _field_end(body: str, start: int, *, quoted: bool) -> int:
    """Where the field ends (at `~`, `|` or the end of the text); negative where a quote that is
    never closed begins, less one.
    """
    position = start
    while True:
        match = re.compile(r'[~|"]' if quoted else r"[~|]").search(body, position)
        if match is None:
            return len(body)
        if match.group() != '"':
            return match.start()
        closing = re.compile(r'(?:\\.|[^"\\])*"', re.DOTALL).match(body, match.end())
        if closing is None:
            return -match.start() - 1
        position = closing.end()


def head(text: str) -> str:
    """The name a statement defines, for messages."""
    return re.split(r"[\[=(:<\n]", text.strip(), maxsplit=1)[0].strip()[:80]


def _group(fields: list[str]) -> str | None:
    """The heading, where the statement is one of Vensim's group markers."""
    match = re.fullmatch(r"\s*\*{3,}\s*\.?(.*?)\s*\*{3,}\s*", fields[0], re.DOTALL)
    return None if match is None else " ".join(match.group(1).split())


def _statement(
    path: Path, line: int, fields: list[str], group: str, problems: list[Problem]
) -> Statement | None:
    text = clean(fields[0])
    name = head(text)

    def refuse(why: str, cure: str) -> None:
        problems.append(Problem(why, cure, path, line, name))

    if len(text) > MAX_EXPRESSION:
        refuse(
            f"the equation has {len(text):,} characters; up to {MAX_EXPRESSION:,} are read.",
            "Move figures into a table, or split the equation.",
        )
        return None
    longest = max((len(word) for word in re.split(r'[\[\](),=*/+^<>"-]', text)), default=0)
    if longest > MAX_NAME and not re.search(r"[=:(][-\d\s.,;eE+()]*$", text):
        refuse(
            f"a name has {longest:,} characters; up to {MAX_NAME:,} are read.",
            "Use a shorter name.",
        )
        return None
    if _depth(text) > MAX_DEPTH:
        refuse(
            f"the brackets are nested more than {MAX_DEPTH} deep.",
            "Split the equation into several variables.",
        )
        return None
    units = (fields[1] if len(fields) > 1 else "").strip()
    limits: tuple[float | None, float | None] = (None, None)
    bounds = _LIMITS.match(units)
    if bounds:
        units = bounds.group(1)
        parsed = _limits(bounds.group(2))
        if parsed is None:
            refuse(
                f"the limits [{bounds.group(2)}] are not two numbers.",
                "Write the lowest and highest value, `?` for none, as in `person [0,?]`.",
            )
        else:
            limits = parsed
    doc = " ".join(fields[2].split()) if len(fields) > 2 else ""
    flags = " ".join(fields[3:]).upper()
    return Statement(text, line, " ".join(units.split()), limits, doc, group, ":SUP" in flags)


def clean(text: str) -> str:
    """One line: remarks in braces and continuation marks taken out, single spaces."""
    text = re.sub(r'("(?:\\.|[^"\\])*")|\{[^{}]*\}', lambda match: match.group(1) or " ", text)
    return " ".join(re.sub(r"\\[ \t]*\n", " ", text).split())


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in re.sub(r'"(?:\\.|[^"\\])*"', "", text):
        if character in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]":
            depth -= 1
    return deepest


def _limits(text: str) -> tuple[float | None, float | None] | None:
    """(lowest, highest) from `0,?` or `0,100,5` (the third is Vensim's slider step)."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (2, 3):
        return None
    try:
        low, high = (None if part == "?" else float(part) for part in parts[:2])
    except ValueError:
        return None
    return low, high
