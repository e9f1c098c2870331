"""PySD's translator of Vensim equations, with nothing of the model's text evaluated.

PySD's visitors hand numbers, the points of lookups, texts in quotes and the axis limits of lookups
to Python's `eval`; the limits may be any text. The visitors here read them as data instead, and
leave the limits, which only scale a plot, unread. Importing this module imports PySD: only a cold
parse does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from pysd.translators.structures.abstract_expressions import (
    InlineLookupsStructure,
    LookupsStructure,
)
from pysd.translators.vensim.vensim_element import (
    Component,
    Data,
    Element,
    EquationVisitor,
    Lookup,
    LookupsVisitor,
)
from pysd.translators.vensim.vensim_structures import parsing_ops, structures
from pysd.translators.vensim.vensim_utils import Grammar

from localcare.model.refusal import Refusal

__all__ = ["Parsed", "translate"]

_TERM = re.compile(r"[-+]?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SUM = re.compile(rf"\s*{_TERM.pattern}(?:\s*(?=[-+]){_TERM.pattern})*\s*")
_POINT = re.compile(r"\(([^,()]+),([^,()]+)\)")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One equation: its left-hand side as written, and PySD's syntax tree of the right-hand side.
    `kind` is "equation", "series" or "lookup".
    """

    name: str
    subscripts: tuple[str, ...]
    exceptions: tuple[tuple[str, ...], ...]
    kind: str
    keyword: str
    tree: Any


def translate(text: str) -> Parsed:
    """Parse one equation. Raises Refusal, or whatever PySD's grammar raises."""
    component = Element(equation=text, units="", documentation="").parse()
    if not isinstance(component, Component):
        raise Refusal("is no equation.", "Write `name = expression ~ units ~ comment |`.")
    kind = "equation"
    if isinstance(component, Lookup):
        kind = "lookup"
        grammar, visitor = Grammar.get("lookups"), _Lookups
    else:
        kind = "series" if isinstance(component, Data) else "equation"
        grammar, visitor = Grammar.get("components", parsing_ops), _Equation
    if component.expression:
        tree = visitor(grammar.parse(component.expression)).translation
    else:
        tree = structures["data"]()
    if type(tree).__name__.startswith("Get") and not all(
        isinstance(each, str) for each in vars(tree).values()
    ):
        raise Refusal(
            "names a table, separator or cell without quotes.",
            "Write each in single quotes, as in GET DIRECT CONSTANTS('beds.csv', ',', 'B2').",
        )
    subscripts, exceptions = component.subscripts
    return Parsed(
        name=component.name,
        subscripts=tuple(subscripts),
        exceptions=tuple(tuple(group) for group in exceptions),
        kind=kind,
        keyword=getattr(component, "keyword", None) or "",
        tree=tree,
    )


class _Lookups(LookupsVisitor):  # type: ignore[misc]
    """The right-hand side of a lookup."""

    unwrapped_exceptions = (Refusal,)

    def visit_limits(self, _node: Any, _children: Any) -> str:
        return ""

    def visit_regularLookup(self, node: Any, _children: Any) -> None:  # noqa: N802
        self.translation = _points(node.text)


class _Equation(EquationVisitor):  # type: ignore[misc]
    """The right-hand side of any other equation."""

    unwrapped_exceptions = (Refusal,)

    def visit_limits(self, _node: Any, _children: Any) -> str:
        return ""

    def visit_lookup_with_def(self, node: Any, children: Any) -> Any:
        argument = self.elements[children[4]]
        points = node.children[11].text
        return self.add_element(InlineLookupsStructure(argument, _points(points)))

    def visit_array(self, node: Any, _children: Any) -> Any:
        rows = [
            [_sum(cell) for cell in row.split(",") if cell.strip()] for row in node.text.split(";")
        ]
        rows = [row for row in rows if row]
        if len({len(row) for row in rows}) > 1:
            raise Refusal(
                "lists rows of different lengths.", "Give each row one number for each element."
            )
        if "," not in node.text and ";" not in node.text:
            return self.add_element(rows[0][0])
        return self.add_element(np.array(rows))

    def visit_expr(self, _node: Any, children: Any) -> Any:
        known = children[0] in self.elements
        return children[0] if known else self.add_element(_number(children[0]))

    def visit_string(self, node: Any, _children: Any) -> Any:
        return self.add_element(node.text[1:-1])

    def visit_arguments(self, _node: Any, children: Any) -> Any:
        found = tuple(self.elements[each.strip(",")] for each in children)
        return self.add_element(found)


def _points(text: str) -> LookupsStructure:
    """The points of a lookup, whose limits in square brackets are skipped."""
    pairs = [(_number(x), _number(y)) for x, y in _POINT.findall(text[text.rfind("]") + 1 :])]
    pairs.sort(key=lambda pair: pair[0])
    xs, ys = tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    nothing = (None, None)
    return LookupsStructure(x=xs, y=ys, x_limits=nothing, y_limits=nothing, type="interpolate")


def _sum(text: str) -> float:
    """A literal number, or several to be added up: PySD's grammar takes `41 + 1` for one."""
    if not _SUM.fullmatch(text.replace("\\", " ")):
        raise _no_number(text)
    return sum(_number(term) for term in _TERM.findall(text))


def _no_number(text: str) -> Refusal:
    return Refusal(f"`{text.strip()[:30]}` is no number.", "Write 12, 0.5 or 1e-3.")


def _number(text: str) -> float:
    try:
        value = float(re.sub(r"[\s\\]", "", text))
    except ValueError:
        raise _no_number(text) from None
    if not np.isfinite(value):
        raise Refusal(f"`{text.strip()[:30]}` is too large a number.", "Write a smaller one.")
    return value
