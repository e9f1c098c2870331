"""A model as one file that needs no other: what its tables hold, written into its equations.

`self_contained` takes the path of a .mdl file and returns its text with every subscript list,
constant, lookup and series that is read from a table replaced by the elements and numbers
themselves. Everything else stays as it is written: comments, units, limits, groups, the sketch.

Constants become Vensim's array literals, the last two subscripts at once and one equation for each
element of those before. Series become lookups of Time, which every engine reads, one equation for
each element. Numbers are written with every digit they have.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import load, names, values
from localcare.model.definitions import CONTROLS, structure
from localcare.model.equations import Equation, RangeDefinition, is_range, parse
from localcare.model.products import write_out
from localcare.model.refusal import Refusal
from localcare.model.source import body_of, read, read_bytes
from localcare.model.spec import TimeSettings
from localcare.model.statements import BRACES, QUOTED, Statement, head
from localcare.model.subscripts import Subscripts
from localcare.model.subscripts import build as build_subscripts
from localcare.model.tables import Tables
from localcare.problems import BadInput, Problem

__all__ = ["self_contained"]

_READS_TABLE = re.compile(r"\bGET[ _]+(?:DIRECT|XLS)[ _]+\w+\s*\(", re.IGNORECASE)
_REMARK = re.compile(BRACES)
_PLAIN = re.compile(r"[^\W\d][\w\s'$]*")
_WIDTH = 100
#: Larger tables become one equation a row: readers bound the length of an equation.
_MOST_NUMBERS = 2000
_INDENT = "\n\t"


def self_contained(path: Path, *, products: bool = True) -> str:
    """The text of the model without tables; without `products` every PROD is written out, for
    engines that lack it. Raises BadInput where the model cannot be used, or reads series in a way
    for which a lookup has no words.
    """
    spec = load(path)  # whatever is wrong with the model is said there
    data = read_bytes(path)
    body, sketch = body_of(path, data)
    problems: list[Problem] = []
    source = read(path, data, problems)
    statements, tables = source.statements, Tables(path.parent, source.tags)
    exporter = _Exporter(_subscripts(statements, tables), tables)
    pieces, position = [], 0
    for statement in statements:
        start, end = statement.span
        try:
            if _READS_TABLE.search(QUOTED.sub('""', statement.text)):
                written = exporter.written(statement, body[start:end])
            elif names.key(head(statement.text)) in CONTROLS:
                written = _control(statement, body[start:end], spec.time)
            elif not products and "PROD" in statement.text.upper():
                written = exporter.without_products(body[start:end])
            else:
                continue
        except Refusal as refusal:
            name = head(statement.text)
            problems.append(Problem(refusal.why, refusal.cure, path, statement.line, name))
            continue
        pieces += [body[position:start], written]
        position = end
    if problems:
        raise BadInput(problems)
    text = "".join([*pieces, body[position:]])
    return "{UTF-8}\n" + text.lstrip() + sketch


def _subscripts(statements: Iterable[Statement], tables: Tables) -> Subscripts:
    """The subscript ranges of a model that is known to be sound."""
    found = [parse(each) for each in statements if is_range(each)]
    ranges = [each for each in found if isinstance(each, RangeDefinition)]
    return build_subscripts(ranges, lambda each: _elements(each, tables), set(), _unexpected)


def _elements(definition: RangeDefinition, tables: Tables) -> tuple[str, ...]:
    file, separator, first, last, *prefix = definition.table
    found = tables.elements(file, separator, first, last)
    return tuple("".join(prefix) + element for element in found)


def _unexpected(definition: RangeDefinition, refusal: Refusal) -> None:
    raise RuntimeError(f"{definition.name}: {refusal.why}")


@dataclass(frozen=True)
class _Exporter:
    """Writes single statements anew."""

    subscripts: Subscripts
    tables: Tables

    def written(self, statement: Statement, raw: str) -> str:
        """The equations that say what the statement reads from a table; `raw` is its text as it
        stands in the file. Units and comment follow the last of them."""
        parsed = parse(statement)
        remarks = "".join(_REMARK.findall(QUOTED.sub("", raw)))
        if isinstance(parsed, RangeDefinition):
            elements = [_name(names.display(each)) for each in _elements(parsed, self.tables)]
            _, arrow, mapped = statement.text.partition("->")
            listed = _INDENT.join(_lines(elements, ", "))
            return f"{remarks}{_name(parsed.name)}:{_INDENT}{listed}{arrow}{mapped}{_ending(raw)}"
        writers = {
            "GetConstantsStructure": self._constants,
            "GetDataStructure": self._series,
            "GetLookupsStructure": self._lookups,
        }
        if not isinstance(parsed, Equation) or structure(parsed.tree) not in writers:
            raise Refusal("reads a table in a way that cannot be written out.")
        equations = [_name(parsed.name) + each for each in writers[structure(parsed.tree)](parsed)]
        return remarks + " ~~|\n\n".join(equations) + _ending(raw)

    def without_products(self, raw: str) -> str:
        """The text of an equation with every PROD written out."""
        spelled = {key: _name(label) for key, label in self.subscripts.labels.items()}
        return write_out(raw, self.subscripts, spelled)

    def _constants(self, equation: Equation) -> Iterator[str]:
        """Array literals over the last subscripts that are ranges, at most two of them."""
        array = values.table(equation, self.subscripts, self.tables)
        written = equation.subscripts
        most = 0 if equation.exceptions else 2 if array.size <= _MOST_NUMBERS else 1
        inner = 0
        for name in reversed(written[len(written) - most :]):
            if names.key(name) not in self.subscripts.ranges:
                break
            inner += 1
        outer = len(written) - inner
        for place, chosen in self._spots(equation, outer):
            heads = [*chosen, *(_name(names.display(each)) for each in written[outer:])]
            yield f"{_bracketed(heads)} ={_INDENT}{_array_text(array[place])}"

    def _series(self, equation: Equation) -> Iterator[str]:
        """Lookups of Time, one for each element."""
        if equation.keyword not in ("", "interpolate"):
            raise Refusal(
                f"reads its series by :{equation.keyword.upper().replace('_', ' ')}:, for which "
                "a file without tables has no words.",
                "Use :INTERPOLATE:, or a table with more points.",
            )
        for heads, points in self._curves(equation):
            yield f"{heads} ={_INDENT}WITH LOOKUP(Time, ({_INDENT}\t{points}))"

    def _lookups(self, equation: Equation) -> Iterator[str]:
        for heads, points in self._curves(equation):
            yield f"{heads}({_INDENT}{points})"

    def _curves(self, equation: Equation) -> Iterator[tuple[str, str]]:
        """The subscripts and the points of each element."""
        xs, rows = values.curve(equation, self.subscripts, self.tables)
        shape = [len(self.subscripts.elements(each)) for each in equation.subscripts]
        whole = rows.reshape(*shape, xs.size) if len(rows) > 1 else None
        for place, chosen in self._spots(equation, len(shape)):
            ys = rows[0] if whole is None else whole[place]
            pairs = [
                f"({_number(x)},{_number(y)})"
                for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
            ]
            yield _bracketed(chosen), (_INDENT + "\t").join(_lines(pairs, ","))

    def _spots(self, equation: Equation, outer: int) -> Iterator[tuple[tuple[int, ...], list[str]]]:
        """Positions and names for every combination of elements of the first `outer` subscripts,
        without those that :EXCEPT: leaves out."""
        listed = [self.subscripts.elements(each) for each in equation.subscripts]
        holes = [
            [set(self.subscripts.elements(each)) for each in group] for group in equation.exceptions
        ]
        for place in itertools.product(*(range(len(each)) for each in listed[:outer])):
            keys = [each[at] for each, at in zip(listed, place, strict=False)]
            if any(all(k in h for k, h in zip(keys, hole, strict=True)) for hole in holes):
                continue
            yield place, [_name(self.subscripts.labels[key]) for key in keys]


def _control(statement: Statement, raw: str, time: TimeSettings) -> str:
    """A control variable that is computed, as in `TIME STEP = 1/120`, as the number it comes to:
    not every engine computes them."""
    name = head(statement.text)
    settings = (time.initial, time.final, time.step, time.saveper)
    value = settings[CONTROLS.index(names.key(name))]
    written = statement.text.partition("=")[2].strip()
    with suppress(ValueError):
        if float(written) == value:
            return raw
    return f"{name} ={_INDENT}{_number(value)}{_ending(raw)}"


def _ending(raw: str) -> str:
    """The space between an equation and the mark that ends it."""
    return raw[len(raw.rstrip()) :] or " "


def _name(name: str) -> str:
    """The name, in double quotes where Vensim wants them."""
    escaped = name.replace('"', '\\"')
    return name if _PLAIN.fullmatch(name) else f'"{escaped}"'


def _bracketed(heads: Sequence[str]) -> str:
    return f"[{', '.join(heads)}]" if heads else ""


def _array_text(array: NDArray[np.float64]) -> str:
    """A literal: a number, numbers with commas, or rows that each end with a semicolon."""
    if array.ndim == 0:
        return _number(float(array))
    rows = [
        _INDENT.join(_lines([_number(each) for each in row], ","))
        for row in np.atleast_2d(array).tolist()
    ]
    return rows[0] if array.ndim == 1 else _INDENT.join(row + ";" for row in rows)


def _number(value: float) -> str:
    """The number with every digit it needs to be read as the same again."""
    return repr(value).removesuffix(".0")


def _lines(words: Sequence[str], separator: str) -> Iterator[str]:
    """Words put together to lines of a width that a person can read; all but the last end with
    the mark by which Vensim knows that an equation goes on."""
    line = ""
    for number, word in enumerate(words):
        more = word + (separator if number + 1 < len(words) else "")
        if line and len(line) + len(more) > _WIDTH:
            yield line.rstrip() + " \\"
            line = ""
        line += more
    yield line
