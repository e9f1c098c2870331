"""A model file as text, read and checked for size.

`read` takes the path of a Vensim .mdl file and returns a `Source` with its statements (see
`statements`). It accepts a byte-order mark, Windows line ends and Vensim's older encodings. What
cannot be a model at all (missing, empty, binary, cut off, too large) raises BadInput at once;
faults of single statements are added to `problems`.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcare.model import macros, names
from localcare.model.refusal import Refusal
from localcare.model.statements import Statement, cut, head
from localcare.problems import BadInput, Problem

__all__ = ["MAX_BYTES", "Source", "body_of", "read", "read_bytes", "tags"]

#: Larger files are refused before they are read.
MAX_BYTES = 10_000_000

_SKETCH = re.compile(r"\\{2,}---///")
_TAG = re.compile(r"^\d+:(\?[^=\n]+)=(.+)$", re.MULTILINE)
_MACRO = re.compile(r":MACRO:(.*?)(:END OF MACRO:|\Z)", re.IGNORECASE | re.DOTALL)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0e-\x1f]")
_ENCODING = re.compile(rb"\s*\{([^{}\n]{1,40})\}")
_KNOWN_ENCODING = re.compile(
    r"utf_?8|(cp|windows_?)\d+|iso_?8859_\d+|latin_?\d+|ascii|mac_?\w+|gbk?|gb\d+|big5|"
    r"shift_?jis|euc_\w+|koi8_\w"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A model file: its statements, macros written out where they are used; the names (keys) of
    macros that cannot be used; the SHA-256 of its bytes; the tables that its settings give names
    which begin with a question mark."""

    statements: tuple[Statement, ...]
    macros: frozenset[str]
    digest: str
    tags: Mapping[str, str] = field(default_factory=dict)


def read_bytes(path: Path) -> bytes:
    """The bytes of a model file, or BadInput that says why they cannot be had."""
    try:
        if path.is_dir():
            raise BadInput(Problem("is a folder.", "Name the .mdl file inside it.", path))
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for without end
            raise BadInput(Problem("is no file.", "Name the .mdl file itself.", path))
        size = status.st_size
        if size >= MAX_BYTES:
            why = f"has {size / 1e6:.0f} MB; less than {MAX_BYTES / 1e6:.0f} MB can be read."
            raise BadInput(Problem(why, "Move figures into tables.", path))
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(Problem("there is no such file.", "Check the path.", path)) from None
    except (OSError, ValueError) as error:
        why = f"cannot be read ({getattr(error, 'strerror', None) or error})."
        raise BadInput(Problem(why, "Check the path and its permissions.", path)) from None


def read(path: Path, data: bytes, problems: list[Problem]) -> Source:
    """Cut up the model file at `path`, which holds `data`."""
    body, sketch = body_of(path, data)
    if not body.strip():
        raise BadInput(Problem("is empty.", "Give a Vensim model (.mdl).", path))
    known, broken = _macros(path, body, problems)
    # A space for every character, so that places in the text stay what they are.
    body = _MACRO.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), body)
    statements = cut(path, body, problems)
    if known:
        statements, faults = macros.expand(statements, known)
        for statement, fault in faults:
            key = head(statement.text)
            problems.append(Problem(fault.why, fault.cure, path, statement.line, key))
    if not statements and not problems:
        cure = "A Vensim model writes them as `name = expression ~ units ~ comment |`."
        raise BadInput(Problem("holds no equations.", cure, path))
    return Source(tuple(statements), broken, hashlib.sha256(data).hexdigest(), tags(sketch))


def tags(sketch: str) -> dict[str, str]:
    """The tables that the settings after the sketch name by a tag (`30:?beds=beds.xlsx`)."""
    return {tag.strip().lower(): file.strip() for tag, file in _TAG.findall(sketch)}


def _macros(
    path: Path, body: str, problems: list[Problem]
) -> tuple[dict[str, macros.Macro], frozenset[str]]:
    """The macros of a file by name, and the names of those that cannot be used."""
    found: dict[str, macros.Macro] = {}
    broken: set[str] = set()
    for match in _MACRO.finditer(body):
        declaration, _, text = match.group(1).lstrip().partition("\n")
        name = declaration.split("(")[0].strip()
        line = body.count("\n", 0, match.start()) + 1
        before = len(problems)
        try:
            if not match.group(2):
                raise Refusal("is a macro that never ends.", "Write `:END OF MACRO:` after it.")
            start = match.end(1) - len(text)
            own = cut(path, "\n" * body.count("\n", 0, start) + text, problems)
            if len(problems) == before:
                found[names.key(name)] = macros.declared(declaration, own, line)
        except Refusal as refusal:
            problems.append(Problem(refusal.why, refusal.cure, path, line, name))
        if len(problems) > before:
            broken.add(names.key(name))
    return found, frozenset(broken)


def body_of(path: Path, data: bytes) -> tuple[str, str]:
    """The text of a model file that holds `data`: its statements, and the sketch after them."""
    text = _decode(path, data)
    sketch = _SKETCH.search(text)
    end = len(text) if sketch is None else sketch.start()
    return text[:end], text[end:]


def _decode(path: Path, data: bytes) -> str:
    """Text of the file: UTF-8 unless its first line, like {cp1252}, names another encoding."""
    data = data.removeprefix(codecs.BOM_UTF8)
    cure = "Save the model as .mdl (text, in UTF-8), not .vmf or .vmfx."
    if b"\0" in data:
        raise BadInput(Problem("is not text (it holds zero bytes).", cure, path))
    encodings = ["utf-8", "cp1252"]
    head = _ENCODING.match(data)
    if head:
        named = head.group(1).decode("ascii", "replace").strip().lower().replace("-", "_")
        if _KNOWN_ENCODING.fullmatch(named):
            encodings.insert(0, named)
        data = b" " * head.end() + data[head.end() :]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (LookupError, ValueError):
            continue
        if not _CONTROL_CHARACTER.search(text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    why = "is not text (it holds bytes that no text file holds)."
    raise BadInput(Problem(why, cure, path))
