"""INVERT MATRIX: the inverse of a square matrix, by Gauss and Jordan's elimination.

The matrix and the unit matrix beside it are turned, column by column, into the unit matrix and the
inverse. Each column takes its pivot from the row below in which its number is largest in size
(partial pivoting; Golub and Van Loan, Matrix Computations, section 3.4), the first of equal ones;
that row changes places with the one whose turn it is. Which row that is can change while a model
runs, so rows are picked by sums in which all others count as nothing, as an engine has no index
that is computed. Every column makes hidden auxiliaries of its own. A matrix that has no inverse
gives no number, which stops a run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from localcare.model import names
from localcare.model.definitions import structure
from localcare.model.expression import Along, Apply, At, Axis, Expression, Number, Reduce, Reference
from localcare.model.indexing import Loop, positions
from localcare.model.refusal import Refusal
from localcare.model.subscripts import MAX_SIZE

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["inverse"]

_MATRIX = "INVERT MATRIX"


def inverse(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """INVERT MATRIX(matrix, size): rows and columns are the last two subscripts, as on the left."""
    if len(arguments) != 2:
        raise Refusal(f"{_MATRIX} takes 2 arguments, not {len(arguments)}.", "Count them.")
    row, column, matrix = _own(translator, arguments[0])
    size = len(row.elements)
    if translator.expression(arguments[1]) != Number(float(size)):
        raise Refusal(
            f"{_MATRIX} is not told the size of its matrix, {size}, as a number.",
            f"Write {size}, or ELMCOUNT({row.range}).",
        )
    around = math.prod(len(loop.elements) for loop in translator.loops.outer)
    if 2 * around * size >= MAX_SIZE:  # both matrices, anew for each column
        raise Refusal(
            f"{_MATRIX} would keep {2 * around * size:,} numbers; fewer than {MAX_SIZE:,} are "
            "possible.",
            "Invert a smaller matrix.",
        )
    return _Elimination(translator, row, column).inverse(translator.expression(matrix))


@dataclass(frozen=True)
class _Elimination:
    """The inversion at one place of a model, whose loops `row` and `column` run through it."""

    translator: Translator
    row: Loop
    column: Loop

    def inverse(self, matrix: Expression) -> Expression:
        """The inverse at the row and column that the loops are at."""
        places = range(len(self.row.elements))
        here, there = self._number(self.row.axis), self._number(self.column.axis)
        left = self._kept(matrix)
        right = self._kept(_do("equal", here, there))
        for turn in places:
            low, below = self._rows(places[turn:])
            found = self._at(left, row=below, column=At(turn))
            sizes = _do("absolute", found)
            both = (self.row.axis, self.column.axis)
            largest = self._kept(Reduce("maximum", (low,), sizes), both)
            first = _do(
                "if", _do("equal", sizes, largest), self._listed(below), Number(float(len(places)))
            )
            pivot = self._kept(Reduce("minimum", (low,), first), both)
            taken = self._kept(self._row_of(left, pivot, turn), (self.row.axis,))
            divisor = self._at(taken, column=At(turn))
            factor = self._moved(left, pivot, turn, column=At(turn))
            following = []
            for side in (left, right):
                scaled = taken if side is left else self._row_of(side, pivot, turn)
                scaled = self._kept(_do("divide", scaled, divisor), (self.row.axis,))
                other = self._moved(side, pivot, turn)
                rest = _do("subtract", other, _do("multiply", factor, scaled))
                turned = _do("equal", here, Number(float(turn)))
                following.append(self._kept(_do("if", turned, scaled, rest)))
            left, right = following
        return right

    def _row_of(self, side: Reference, pivot: Expression, turn: int) -> Expression:
        """The pivot's row, at the column that the loop is at."""
        low, below = self._rows(range(turn, len(self.row.elements)))
        chosen = _do("equal", self._listed(below), pivot)
        found = self._at(side, row=below)
        return Reduce("sum", (low,), _do("if", chosen, found, Number(0.0)))

    def _moved(
        self, side: Reference, pivot: Expression, turn: int, column: At | None = None
    ) -> Expression:
        """What stands in the loop's row once the pivot's row has gone to its place."""
        chosen = _do("equal", self._number(self.row.axis), pivot)
        swapped = self._at(side, row=At(turn), column=column)
        return _do("if", chosen, swapped, self._at(side, column=column))

    def _at(
        self, side: Reference, row: At | Along | None = None, column: At | None = None
    ) -> Reference:
        """A hidden auxiliary at another row or column than the loops'."""
        other = {self.row.axis: row, self.column.axis: column}
        indices = []
        for index in side.indices:
            wanted = other.get(index.axis) if isinstance(index, Along) else None
            indices.append(index if wanted is None else wanted)
        return Reference(side.variable, tuple(indices))

    def _kept(self, value: Expression, without: Sequence[str] = ()) -> Reference:
        return self.translator.workshop.kept(self.translator, "elimination", value, without)

    def _rows(self, places: range) -> tuple[Axis, Along]:
        """A loop of its own over these rows, and how a hidden auxiliary is read along it."""
        parent = self.translator.symbols.subscripts.parent(self.row.range)
        whole = positions(parent, self.row.elements)
        name = self.translator.axis(f"{self.row.range}!")
        axis = Axis(name, parent.name, tuple(whole[place] for place in places))
        return axis, Along(name, tuple(places))

    def _number(self, axis: str) -> Expression:
        """The number of the row or column that a loop of the equation is at, counted from 0."""
        return self._listed(Along(axis, tuple(range(len(self.row.elements)))))

    def _listed(self, index: Along) -> Expression:
        return self.translator.workshop.listed(index, 1.0)


def _own(translator: Translator, matrix: Any) -> tuple[Loop, Loop, Any]:
    """The loops over the rows and the columns of the matrix, which must be those of the left, and
    the matrix as it is read along them. Where rows and columns are the same elements it may be
    written by the range of the rows alone, as in inverse[row, column] = ...(matrix[row, row], n).
    """
    written = getattr(matrix, "subscripts", None)
    if structure(matrix) != "ReferenceStructure" or written is None:
        raise Refusal(f"{_MATRIX} is given an expression.", "Give it a variable with subscripts.")
    last = [names.key(each) for each in written.subscripts[-2:]]
    loops = translator.loops.outer[-2:]
    if len(loops) == 2 and last == [loops[0].range] * 2 and loops[0].elements == loops[1].elements:
        last = [loops[0].range, loops[1].range]
        there = replace(written, subscripts=(*written.subscripts[:-1], last[1]))
        matrix = replace(matrix, subscripts=there)
    if translator.loops.reducing or len(last) < 2 or last != [loop.range for loop in loops]:
        raise Refusal(
            f"{_MATRIX} is given a matrix over other subscripts than those on the left.",
            "Write it as inverse[row, column] = INVERT MATRIX(matrix[row, column], size).",
        )
    row, column = loops
    if len(row.elements) != len(column.elements):
        raise Refusal(
            f"{_MATRIX} is given {len(row.elements)} rows and {len(column.elements)} columns.",
            "Only a square matrix has an inverse.",
        )
    return row, column, matrix


def _do(function: str, *arguments: Expression) -> Expression:
    return Apply(function, arguments)
