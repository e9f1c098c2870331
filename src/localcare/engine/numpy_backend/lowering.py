"""From expressions to a graph of array operations.

In: an expression and the loops it stands in. Out: a `Term`. Two equal values are one object,
whichever equations they come from: what is written twice is computed once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from localcare.engine.numpy_backend.indexing import arithmetic_step, element_numbers
from localcare.engine.numpy_backend.values import (
    Detail,
    Evenly,
    Gathered,
    Loops,
    Operand,
    Phase,
    Reduction,
    TableUse,
    Term,
    Value,
)
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.engine.semantics import JUMP, SMALL
from localcare.model.expression import (
    Along,
    Apply,
    At,
    Expression,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
    walk,
)
from localcare.model.spec import ModelSpec

__all__ = ["Lowering", "phase_of"]

COMPARISONS = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
CONNECTIVES = {"and", "or", "not"}
TIMED = {"step", "ramp", "pulse", "pulse_train"}


def phase_of(expression: Expression, phases: Mapping[str, Phase]) -> Phase:
    """When an expression changes, given when the variables do."""
    latest = Phase.CONSTANT
    for part in walk(expression):
        if isinstance(part, Reference):
            latest = max(latest, phases[part.variable])
        elif isinstance(part, Time) or (isinstance(part, Apply) and part.function in TIMED):
            latest = max(latest, Phase.TIME)
    return latest


class Lowering:
    """Builds values for the equations of one program. Without `hoist` all are of one phase."""

    def __init__(
        self,
        spec: ModelSpec,
        workspace: Workspace,
        phases: Mapping[str, Phase],
        step: float,
        *,
        hoist: bool = True,
    ) -> None:
        self._spec = spec
        self._workspace = workspace
        self._phases = phases
        self._step = step
        self._hoist = hoist
        self._known: dict[Hashable, Value] = {}

    def lower(self, expression: Expression, loops: Loops) -> Term:
        """The term that computes an expression."""
        if isinstance(expression, Number):
            return self._number(expression.value)
        if isinstance(expression, Time):
            return self._clock("time")
        if isinstance(expression, Reference):
            return self._read(expression, loops)
        if isinstance(expression, Apply):
            terms = [self.lower(argument, loops) for argument in expression.arguments]
            return self._function(expression.function, terms, loops)
        if isinstance(expression, Interpolate):
            return self._interpolate(expression, loops)
        return self._reduce(expression, loops)

    # -- leaves ---------------------------------------------------------------------------------

    def _number(self, number: float) -> Term:
        return Term(self._value("number", members=False, detail=float(number)))

    def _clock(self, which: str) -> Term:
        return Term(self._value(which, members=False, phase=Phase.TIME))

    def _read(self, reference: Reference, loops: Loops) -> Term:
        """The rows of a variable: a view where they are evenly spaced, else copied together."""
        shape = self._workspace.shape(reference.variable)
        first = self._workspace.rows(reference.variable).start
        names = loops.ordered({i.axis for i in reference.indices if isinstance(i, Along)})
        extents = loops.extents(names)
        phase = self._phases[reference.variable]
        unit, strides = 1, dict.fromkeys(names, 0)
        even = True
        for length, index in reversed(list(zip(shape, reference.indices, strict=True))):
            if isinstance(index, At):
                first += index.position * unit
            else:
                gap = arithmetic_step(index.positions)
                even = even and gap is not None
                first += index.positions[0] * unit
                strides[index.axis] += (gap or 0) * unit
            unit *= length
        if even:
            detail = Evenly(first, tuple(strides.values()))
            return Term(self._value("read", extents=extents, phase=phase, detail=detail), names)
        rows = element_numbers(reference.indices, shape, names, extents)
        gathered = Gathered(reference.variable, rows.tobytes())
        return Term(self._value("gather", extents=extents, phase=phase, detail=gathered), names)

    # -- functions ------------------------------------------------------------------------------

    def _function(self, name: str, terms: Sequence[Term], loops: Loops) -> Term:
        """A function of FUNCTIONS in terms of the operations that the binder knows."""

        def do(operation: str, *operands: Term) -> Term:
            return self._elementwise(operation, operands, loops)

        def number(value: float) -> Term:
            return self._number(value)

        if name == "if":
            return do("select", *terms)
        if name in ("xidz", "zidz"):
            top, bottom = terms[:2]
            instead = terms[2] if name == "xidz" else number(0.0)
            tiny = do("less", do("absolute", bottom), number(SMALL))
            return do("select", tiny, instead, do("divide", top, bottom))
        if name in ("quantum", "modulo"):
            number_, unit = terms
            whole = do("multiply", unit, do("integer", do("divide", number_, unit)))
            quantum = do("select", do("less", unit, number(SMALL)), number_, whole)
            return quantum if name == "quantum" else do("subtract", number_, quantum)
        if name == "step":
            height, at = terms
            return do("select", do("greater", self._clock("middle"), at), height, number(0.0))
        if name == "ramp":
            slope, start, finish = terms
            time = self._clock("time")
            length = do("subtract", do("minimum", finish, time), start)
            return do(
                "select", do("greater", time, start), do("multiply", slope, length), number(0.0)
            )
        if name in ("pulse", "pulse_train"):
            start, middle = terms[0], self._clock("middle")
            width = do("maximum", terms[1], number(self._step))
            after = do("greater", middle, start)
            if name == "pulse":
                return do("and", after, do("less", middle, do("add", start, width)))
            since = do("remainder", do("subtract", middle, start), terms[2])
            last = do("add", terms[3], number((0.5 + JUMP) * self._step))
            within = do("and", after, do("less", middle, last))
            return do("and", within, do("less", since, width))
        return do(name, *terms)

    def _elementwise(self, operation: str, terms: Sequence[Term], loops: Loops) -> Term:
        if operation in CONNECTIVES:
            terms = [self._truth(term) for term in terms]
        elif operation == "select":
            terms = [self._truth(terms[0]), *(self._numeric(term) for term in terms[1:])]
        else:
            terms = [self._numeric(term) for term in terms]
        names = loops.ordered({name for term in terms for name in term.loops})
        phase = max(term.value.phase for term in terms)
        if phase > Phase.CONSTANT:
            terms = [self._spread(term, names, loops) for term in terms]
        return Term(
            self._value(
                operation,
                _operands(terms, names),
                loops.extents(names),
                phase,
                members=any(term.value.members for term in terms),
                logical=operation in COMPARISONS or operation in CONNECTIVES,
            ),
            names,
        )

    def _spread(self, term: Term, names: tuple[str, ...], loops: Loops) -> Term:
        """A constant operand at full size, so that the operation meets arrays of one layout."""
        value = term.value
        if value.phase is not Phase.CONSTANT or not value.members:
            return term
        if term.loops == names and (value.operation != "read" or _contiguous(value)):
            return term
        return self.full(term, names, loops)

    def full(self, term: Term, names: tuple[str, ...], loops: Loops) -> Term:
        """A contiguous copy of a term over all the loops named."""
        value = term.value
        copied = self._value(
            "copy",
            _operands([term], names),
            loops.extents(names),
            value.phase,
            logical=value.logical,
        )
        return Term(copied, names)

    def _truth(self, term: Term) -> Term:
        return term if term.value.logical else self._converted("truth", term, logical=True)

    def _numeric(self, term: Term) -> Term:
        return self._converted("copy", term, logical=False) if term.value.logical else term

    def _converted(self, operation: str, term: Term, *, logical: bool) -> Term:
        value = term.value
        operand = Operand(value, tuple(range(len(value.extents))))
        converted = self._value(
            operation, (operand,), value.extents, value.phase, members=value.members,
            logical=logical,
        )  # fmt: skip
        return Term(converted, term.loops)

    # -- lookups and reductions -----------------------------------------------------------------

    def _interpolate(self, expression: Interpolate, loops: Loops) -> Term:
        argument = self._numeric(self.lower(expression.argument, loops))
        along = {i.axis for i in expression.indices if isinstance(i, Along)}
        names = loops.ordered({*argument.loops, *along})
        extents = loops.extents(names)
        elements = b""
        if expression.indices:
            argument = self.full(argument, names, loops)
            shape = self._spec.shape(expression.table)
            elements = element_numbers(expression.indices, shape, names, extents).tobytes()
        detail = TableUse(expression.table, expression.mode, elements)
        value = self._value(
            "lookup", _operands([argument], names), extents, argument.value.phase,
            members=argument.value.members, detail=detail,
        )  # fmt: skip
        return Term(value, names)

    def _reduce(self, expression: Reduce, loops: Loops) -> Term:
        inner = loops.around(expression.axes)
        body = self._numeric(self.lower(expression.body, inner))
        own = tuple(axis.name for axis in expression.axes)
        outer = tuple(name for name in body.loops if name not in own)
        if body.loops[: len(own)] != own or not body.value.members:
            body = self.full(body, own + outer, inner)
        value = self._value(
            "reduce", _operands([body], body.loops), loops.extents(outer), body.value.phase,
            detail=Reduction(expression.operation, len(own)),
        )  # fmt: skip
        return Term(value, outer)

    def _value(
        self,
        operation: str,
        operands: tuple[Operand, ...] = (),
        extents: tuple[int, ...] = (),
        phase: Phase = Phase.CONSTANT,
        *,
        members: bool = True,
        logical: bool = False,
        detail: Detail = None,
    ) -> Value:
        """The value so described, new or known already."""
        if not self._hoist:
            phase = Phase.STATE
        readers = tuple((id(operand.value), operand.along) for operand in operands)
        key = (operation, extents, logical, type(detail), repr(detail), readers)
        known = self._known.get(key)
        if known is None:
            known = Value(operation, operands, extents, phase, members, logical, detail)
            self._known[key] = known
        return known


def _contiguous(read: Value) -> bool:
    """Whether what a "read" value reads lies in consecutive rows."""
    strides = read.detail.strides if isinstance(read.detail, Evenly) else ()
    unit = 1
    for extent, stride in zip(reversed(read.extents), reversed(strides), strict=True):
        if extent > 1 and stride != unit:
            return False
        unit *= extent
    return True


def _operands(terms: Sequence[Term], names: Sequence[str]) -> tuple[Operand, ...]:
    return tuple(
        Operand(term.value, tuple(names.index(name) for name in term.loops)) for term in terms
    )
