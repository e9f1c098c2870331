"""The same equations as plain scalar C: what a compiled system dynamics tool amounts to.

In: a spec and what to save. Out: the text of one C file whose `run` integrates one member by
Euler's method. One loop nest for each equation, in the model's order, over arrays of doubles; gcc
unrolls and vectorises them over subscripts as it sees fit. It starts from the equations that our
own kernel is compiled from, so it is spared the same work: what follows from constants is computed
once a run, divisions by what rarely changes are multiplications by an inverse, and auxiliaries
that nothing saved needs are left out. Unlike the kernel it looks for no value that is not finite
and no stock outside its limits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from localcare.bench.c_expressions import LIBRARY, Names, Printer
from localcare.engine.kernel.names import MIDDLE, STEP, TIME, flow_of
from localcare.engine.kernel.phases import Equations, equations_of
from localcare.engine.kernel.terms import Equation, Load, walk
from localcare.engine.schedule import Schedule
from localcare.model.spec import Kind, ModelSpec, Variable

__all__ = ["Program", "write_program"]

EQUATIONS_OF_A_FUNCTION = 25


@dataclass(frozen=True)
class Program:
    """A C file. `run(inputs, out)` reads `inputs` numbers, those of the variables `reads` one
    after the other, and writes rows of as many numbers as `saves` have, one for each saving time.
    """

    text: str
    reads: tuple[str, ...]
    saves: tuple[str, ...]
    equations: int


def write_program(spec: ModelSpec, schedule: Schedule, saves: Sequence[str]) -> Program:
    """Write the program. Raises ValueError for a series that is not linear, and for what has no
    meaning in it: stocks that hold their value in a step, and auxiliaries with another equation for
    the start."""
    for variable in spec.variables:
        if variable.discrete:
            raise ValueError(f"{variable.name}: stocks that hold their value are not written as C")
        if variable.kind is Kind.AUXILIARY and variable.initial:
            raise ValueError(f"{variable.name}: ACTIVE INITIAL is not written as C")
    writer = _Writer(spec, equations_of(spec), tuple(saves))
    return Program(
        text="\n".join(writer.lines(schedule)) + "\n",
        reads=tuple(variable.identifier for variable in writer.of_kind(Kind.CONSTANT)),
        saves=tuple(saves),
        equations=sum(math.prod(each.lengths) for each in writer.state),
    )


@dataclass
class _Writer:
    spec: ModelSpec
    equations: Equations
    saves: tuple[str, ...]
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        needed = _needed(self.spec, self.equations, self.saves)
        self.constant, self.timed, self.state, self.initial = (
            _in_order([each for each in part if each.target.variable in needed])
            for part in (
                self.equations.constant,
                self.equations.timed,
                self.equations.state,
                self.equations.initial,
            )
        )

    def of_kind(self, kind: Kind) -> list[Variable]:
        """The model's variables of a kind, in its order."""
        return [variable for variable in self.spec.variables if variable.kind is kind]

    def size(self, name: str) -> int:
        """How many numbers a variable, or a place of the kernel's own, has."""
        if name in self.spec.by_identifier:
            return math.prod(self.spec.shape(name))
        stock = re.fullmatch(r"\(flow of (.*)\)", name)
        return self.equations.lengths[name] if stock is None else self.size(stock.group(1))

    def lines(self, schedule: Schedule) -> Iterator[str]:
        """The whole file."""
        yield LIBRARY
        clock = [TIME, MIDDLE, STEP]
        yield from (f"static double {self.names.of(name)}[1];" for name in clock)
        parts = (*self.constant, *self.timed, *self.state, *self.initial)
        inputs = (*self.of_kind(Kind.CONSTANT), *self.of_kind(Kind.SERIES))
        arrays = [each.identifier for each in (*inputs, *self.of_kind(Kind.STOCK))]
        arrays += [each.target.variable for each in parts]
        for name in dict.fromkeys(arrays):
            yield f"static double {self.names.of(name)}[{self.size(name)}];"
        for lookup in self.of_kind(Kind.LOOKUP):
            yield from self._points(lookup)
        for series in self.of_kind(Kind.SERIES):
            yield from self._points(series)
        yield from self._function("constants", self.constant)
        yield from self._function("timed", self.timed)
        yield from self._function("state", self.state)
        yield from self._function("initial", self.initial)
        yield from self._advance()
        yield from self._run(schedule)

    def _points(self, variable: Variable) -> Iterator[str]:
        """The points of a lookup or series as constants."""
        if variable.drawn:
            raise ValueError(f"{variable.name}: RANDOM functions are not written as C")
        if variable.kind is Kind.SERIES and variable.interpolation != "linear":
            raise ValueError(f"{variable.name}: only linear series are written as C")
        name = self.names.of(variable.identifier)
        for suffix, numbers in (("x", variable.times), ("y", variable.values)):
            listed = ", ".join(map(repr, numbers))
            yield f"static const double {name}_{suffix}[{len(numbers)}] = {{{listed}}};"

    def _function(self, name: str, equations: Sequence[Equation]) -> Iterator[str]:
        """A function that computes equations, and those of its parts: gcc takes minutes over
        functions of thousands of lines."""
        printer = Printer(self.spec, self.names)
        parts = range(0, len(equations), EQUATIONS_OF_A_FUNCTION)
        for part in parts:
            yield f"static void {name}_{part}(void) {{"
            for equation in equations[part : part + EQUATIONS_OF_A_FUNCTION]:
                yield from printer.equation(equation)
            yield "}"
        calls = " ".join(f"{name}_{part}();" for part in parts)
        yield f"static void {name}(void) {{ {calls} }}"

    def _advance(self) -> Iterator[str]:
        """Euler's step, for each stock."""
        yield "static void advance(void) {"
        step = self.names.of(STEP)
        for stock in self.of_kind(Kind.STOCK):
            level = self.names.of(stock.identifier)
            flow = self.names.of(flow_of(stock.identifier))
            yield (
                f"    for (long i = 0; i < {self.size(stock.identifier)}; i++)"
                f" {level}[i] += {flow}[i] * {step}[0];"
            )
        yield "}"

    def _run(self, schedule: Schedule) -> Iterator[str]:
        """The run over time, saving at the start of every saving interval and at the end."""
        time, middle, step = (self.names.of(each) for each in (TIME, MIDDLE, STEP))
        yield "static void set_time(long number) {"
        yield f"    {time}[0] = {schedule.initial!r} + number * {schedule.step!r};"
        yield f"    {middle}[0] = {time}[0] + {schedule.step / 2!r};"
        for series in self.of_kind(Kind.SERIES):
            name, knots = self.names.of(series.identifier), len(series.times)
            count = self.size(series.identifier)
            yield f"    follow({name}, {name}_x, {name}_y, {knots}, {count}, {time}[0]);"
        yield "    timed();"
        yield "}"
        yield "void run(const double *inputs, double *out) {"
        yield f"    {step}[0] = {schedule.step!r};"
        for constant in self.of_kind(Kind.CONSTANT):
            name, count = self.names.of(constant.identifier), self.size(constant.identifier)
            yield f"    inputs = take({name}, inputs, {count});"
        yield "    constants();"
        yield "    set_time(0);"
        yield "    initial();"
        yield f"    for (long number = 0; number <= {schedule.steps}; number++) {{"
        yield "        set_time(number);"
        yield "        state();"
        yield f"        if (number % {schedule.per_interval} == 0) {{"
        for name in self.saves:
            yield f"            out = give(out, {self.names.of(name)}, {self.size(name)});"
        yield "        }"
        yield "        advance();"
        yield "    }"
        yield "}"


def _needed(spec: ModelSpec, equations: Equations, saves: Iterable[str]) -> set[str]:
    """What the stocks and what is saved follow from."""
    by_target: dict[str, list[Equation]] = {}
    for part in (equations.constant, equations.timed, equations.state, equations.initial):
        for equation in part:
            by_target.setdefault(equation.target.variable, []).append(equation)
    stocks = [each.identifier for each in spec.variables if each.kind is Kind.STOCK]
    waiting = [*saves, *stocks, *map(flow_of, stocks)]
    needed = set(waiting)
    while waiting:
        for equation in by_target.get(waiting.pop(), ()):
            for term in walk(equation.term):
                if isinstance(term, Load) and term.place.variable not in needed:
                    needed.add(term.place.variable)
                    waiting.append(term.place.variable)
    return needed


def _in_order(equations: Sequence[Equation]) -> list[Equation]:
    """The equations of the model in its order, each after those of the kernel's own places (whose
    names are in parentheses) that it reads."""
    own: dict[str, list[Equation]] = {}
    for equation in equations:
        if equation.target.variable.startswith("("):
            own.setdefault(equation.target.variable, []).append(equation)
    ordered: dict[Equation, None] = {}

    def put(equation: Equation) -> None:
        for term in walk(equation.term):
            if isinstance(term, Load):
                for before in own.pop(term.place.variable, ()):
                    put(before)
        ordered[equation] = None

    for equation in equations:
        put(equation)
    return list(ordered)
