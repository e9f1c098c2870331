"""From a graph of values to calls that are ready to make.

In: instructions (compute this value, store it there) in order, by phase. Out: for each phase a list
of functions without arguments; calling them in order fills every variable. Each is one numpy
call (rarely a few) bound to the arrays it reads and writes, so that an evaluation allocates next
to nothing. Intermediate arrays are reused as soon as their last reader has run.

A member's bits must not depend on how many members there are. Arithmetic rounds each element by
itself. Functions with vector implementations of their own (`exp`, `power`, ...) are called on
contiguous arrays only, whose length is a multiple of `LANES`; reductions add in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine.numpy_backend.instructions import (
    Compute,
    Instruction,
    Store,
    last_readers,
)
from localcare.engine.numpy_backend.lookups import Table
from localcare.engine.numpy_backend.values import (
    Evenly,
    Gathered,
    Operand,
    Phase,
    Reduction,
    TableUse,
    Value,
)
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.model.spec import ModelSpec

__all__ = ["Binder", "Call"]

Array = NDArray[Any]
Call = Callable[[], object]

#: Rounded correctly element by element, so that they may run in place and on any layout.
EXACT: Mapping[str, np.ufunc] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "negate": np.negative, "absolute": np.absolute, "integer": np.trunc,
    "square_root": np.sqrt, "remainder": np.fmod, "minimum": np.minimum, "maximum": np.maximum,
    "equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal,
    "and": np.logical_and, "or": np.logical_or, "not": np.logical_not,
}  # fmt: skip

#: With vector implementations of their own: contiguous arrays only, never in place.
ROUNDED: Mapping[str, np.ufunc] = {
    "power": np.power, "exponential": np.exp, "logarithm": np.log,
    "sine": np.sin, "cosine": np.cos, "tangent": np.tan,
    "arcsine": np.arcsin, "arccosine": np.arccos, "arctangent": np.arctan,
    "hyperbolic_sine": np.sinh, "hyperbolic_cosine": np.cosh, "hyperbolic_tangent": np.tanh,
}  # fmt: skip

REDUCTIONS: Mapping[str, np.ufunc] = {
    "sum": np.add, "product": np.multiply, "minimum": np.minimum, "maximum": np.maximum,
}  # fmt: skip

#: Up to this many elements are combined one by one, which then costs less than a reduction.
FEW = 4


class Binder:
    """Binds the instructions of one program."""

    def __init__(self, spec: ModelSpec, workspace: Workspace, clock: Mapping[str, Array]) -> None:
        self._spec = spec
        self._workspace = workspace
        self._clock = clock
        self._arrays: dict[Value, Array] = {}
        self._owned: dict[Value, Array] = {}
        self._free: dict[tuple[type, int], list[Array]] = {}
        self._calls: list[Call] = []

    def bind(self, programs: Mapping[Phase, Iterable[Instruction]]) -> dict[Phase, list[Call]]:
        """The calls of each phase; a later phase may read what an earlier one computed."""
        kept = last_readers(programs)
        bound = {}
        for phase, instructions in programs.items():
            self._calls = []
            for number, instruction in enumerate(instructions):
                ending = kept.get((phase, number), ())
                if isinstance(instruction, Store):
                    self._store(instruction)
                    self._release(ending)
                else:
                    self._compute(instruction, ending)
            bound[phase] = self._calls
        return bound

    # -- one instruction ------------------------------------------------------------------------

    def _store(self, store: Store) -> None:
        if store.rows is None:
            source = self._seen(store.operand, store.target.ndim - 1)
            self._call(np.copyto, store.target, source)
            return
        source = np.broadcast_to(
            self._seen(store.operand, len(store.rows.shape)),
            (*store.rows.shape, self._workspace.width),
        )
        self._call(self._workspace.values.__setitem__, store.rows, source)

    def _compute(self, instruction: Compute, ending: Iterable[Value]) -> None:
        value, target = instruction.value, instruction.target
        operation, detail = value.operation, value.detail
        if isinstance(detail, float):
            self._arrays[value] = np.array(detail)
        elif operation in self._clock:
            self._arrays[value] = self._clock[operation]
        elif isinstance(detail, Evenly):
            self._arrays[value] = self._workspace.view(detail.row, detail.strides, value.extents)
        elif operation in EXACT:
            operands = [self._seen(operand, len(value.extents)) for operand in value.operands]
            self._release(ending)  # first, so that the result may take the place of an operand
            self._call(EXACT[operation], *operands, out=self._result(value, target))
            return
        else:
            self._compound(value, self._result(value, target))
        self._release(ending)

    def _compound(self, value: Value, out: Array) -> None:
        """Operations of more than one call, or that must not run in place."""
        detail = value.detail
        if isinstance(detail, Reduction):
            self._reduce(detail, self._arrays[value.operands[0].value], out)
            return
        operands = [self._seen(operand, len(value.extents)) for operand in value.operands]
        if isinstance(detail, Gathered):
            self._gather(detail, out)
        elif isinstance(detail, TableUse):
            self._lookup(detail, operands[0], out)
        elif value.operation == "select":
            chosen, yes, no = operands
            self._call(np.copyto, out, no)
            self._call(np.copyto, out, yes, where=chosen)
        elif value.operation == "copy":
            self._call(np.copyto, out, operands[0])
        elif value.operation == "truth":
            self._call(np.not_equal, operands[0], np.array(0.0), out=out)
        else:
            self._rounded(ROUNDED[value.operation], operands, out)

    def _rounded(self, function: np.ufunc, operands: list[Array], out: Array) -> None:
        """A function that sees only contiguous arrays of one shape, and numbers."""
        scratch = []
        for position, array in enumerate(operands):
            if array.ndim and (array.shape != out.shape or not array.flags.c_contiguous):
                scratch.append(self._take(np.float64, out.shape))
                self._call(np.copyto, scratch[-1], array)
                operands[position] = scratch[-1]
        if out.flags.c_contiguous:
            self._call(function, *operands, out=out)
        else:
            scratch.append(self._take(np.float64, out.shape))
            self._call(function, *operands, out=scratch[-1])
            self._call(np.copyto, out, scratch[-1])
        for array in scratch:
            self._give(array)

    def _gather(self, detail: Gathered, out: Array) -> None:
        rows = np.frombuffer(detail.rows, dtype=np.int64)
        source = self._workspace.values[self._workspace.rows(detail.variable)]
        gathered = out if out.flags.c_contiguous else self._take(np.float64, out.shape)
        self._call(source.take, rows, 0, gathered.reshape(rows.size, -1), "clip")
        if gathered is not out:
            self._call(np.copyto, out, gathered)
            self._give(gathered)

    def _lookup(self, detail: TableUse, argument: Array, out: Array) -> None:
        elements = np.frombuffer(detail.elements, dtype=np.int64) if detail.elements else None
        count = int(np.prod(self._spec.shape(detail.lookup), dtype=np.int64))
        table = Table(self._spec.by_identifier[detail.lookup], count, detail.mode, elements)
        rows = 1 if elements is None else elements.size
        asked, answer = argument, out
        if not argument.flags.c_contiguous:
            asked = self._take(np.float64, out.shape)
            self._call(np.copyto, asked, argument)
        if not out.flags.c_contiguous:
            answer = self._take(np.float64, out.shape)
        self._call(table.read, asked.reshape(rows, -1), answer.reshape(rows, -1))
        if answer is not out:
            self._call(np.copyto, out, answer)
            self._give(answer)
        if asked is not argument:
            self._give(asked)

    def _reduce(self, detail: Reduction, body: Array, out: Array) -> None:
        """Combine along leading dimensions in row-major order, first element first."""
        combine = REDUCTIONS[detail.operation]
        reduced = body.shape[: detail.dimensions]
        count = int(np.prod(reduced, dtype=np.int64))
        if count > FEW:
            if not _row_major(body, detail.dimensions):
                ordered = self._take(np.float64, body.shape)
                self._call(np.copyto, ordered, body)
                self._give(ordered)
                body = ordered
            self._call(combine.reduce, body, axis=tuple(range(detail.dimensions)), out=out)
            return
        elements = [body[index] for index in np.ndindex(*reduced)]
        if count == 1:
            self._call(np.copyto, out, elements[0])
            return
        self._call(combine, elements[0], elements[1], out=out)
        for element in elements[2:]:
            self._call(combine, out, element, out=out)

    # -- arrays ---------------------------------------------------------------------------------

    def _seen(self, operand: Operand, dimensions: int) -> Array:
        """An operand's array with a dimension of 1 wherever it does not change."""
        array = self._arrays[operand.value]
        if not operand.value.members or operand.along == tuple(range(dimensions)):
            return array
        index: list[Any] = [np.newaxis] * dimensions
        for dimension in operand.along:
            index[dimension] = slice(None)
        seen: Array = array[tuple(index)]
        return seen

    def _result(self, value: Value, target: Array | None) -> Array:
        if target is None:
            kind = np.bool_ if value.logical else np.float64
            if value.members:
                target = self._take(kind, (*value.extents, self._workspace.width))
                self._owned[value] = target
            else:
                target = np.zeros((), dtype=kind)
        self._arrays[value] = target
        return target

    def _take(self, kind: type, shape: tuple[int, ...]) -> Array:
        """An array of the shape that nothing reads any more, or a new one."""
        size = int(np.prod(shape, dtype=np.int64))
        free = self._free.get((kind, size))
        return (free.pop() if free else np.empty(size, dtype=kind)).reshape(shape)

    def _give(self, array: Array) -> None:
        """Hand an array back for reuse by later calls."""
        self._free.setdefault((array.dtype.type, array.size), []).append(array.reshape(-1))

    def _release(self, ending: Iterable[Value]) -> None:
        for value in ending:
            array = self._owned.pop(value, None)
            if array is not None:
                self._give(array)

    def _call(self, function: Callable[..., object], *arguments: Any, **named: Any) -> None:
        self._calls.append(partial(function, *arguments, **named))


def _row_major(body: Array, dimensions: int) -> bool:
    """Whether numpy, which walks through memory in order, takes the leading dimensions of an array
    in their own order, outside the members."""
    strides = [body.strides[i] for i in range(dimensions) if body.shape[i] > 1]
    falling = all(outer > inner for outer, inner in pairwise(strides))
    return falling and all(stride > body.strides[-1] for stride in strides)
