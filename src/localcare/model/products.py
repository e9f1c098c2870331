"""Products over subscripts, written out factor by factor.

`write_out` turns `PROD(1 + effect[function!])` into `((1 + effect[first]) * (1 + effect[second]))`:
the same arithmetic in the same order, for engines that read Vensim files but know no PROD.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from localcare.model import names
from localcare.model.statements import QUOTED
from localcare.model.subscripts import Subscripts

__all__ = ["write_out"]

_PRODUCT = re.compile(r"\bPROD\s*\(", re.IGNORECASE)
_CALL = re.compile(r"\b(?:SUM|PROD|VMIN|VMAX)\s*\(", re.IGNORECASE)
_MARKED = re.compile(r'("(?:\\"|[^"])*+"|[^\[\],!"]+)!')


def write_out(equation: str, subscripts: Subscripts, spelled: dict[str, str]) -> str:
    """The text of an equation without PROD. `spelled` says how elements are written."""
    calls = list(_outermost(_PRODUCT, equation))
    for start, opening, end in reversed(calls):
        body = write_out(equation[opening + 1 : end - 1], subscripts, spelled)
        nested = [(first, last) for first, _, last in _outermost(_CALL, body)]
        marks = [
            match
            for match in _MARKED.finditer(body)
            if not any(first <= match.start() < last for first, last in nested)
        ]
        loops = list(dict.fromkeys(names.key(match.group(1)) for match in marks))
        factors = []
        for chosen in itertools.product(*(subscripts.elements(loop) for loop in loops)):
            picked = dict(zip(loops, chosen, strict=True))
            factor = body
            for match in reversed(marks):
                element = spelled[picked[names.key(match.group(1))]]
                factor = factor[: match.start()] + element + factor[match.end() :]
            factors.append(f"({factor})")
        equation = f"{equation[:start]}({' * '.join(factors)}){equation[end:]}"
    return equation


def _outermost(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int, int]]:
    """Calls not inside one another: where each starts, where its parenthesis opens, and one past
    where that closes. Names in quotes are no calls."""
    hidden = QUOTED.sub(lambda match: "_" * len(match.group()), text)
    position = 0
    while (match := pattern.search(hidden, position)) is not None:
        depth, position = 1, match.end()
        while depth and position < len(hidden):
            depth += (hidden[position] == "(") - (hidden[position] == ")")
            position += 1
        yield match.start(), match.end() - 1, position
