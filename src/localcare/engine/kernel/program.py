"""A model as the text of one LLVM module.

In: a spec, which variables are to be kept and the number of lanes. Out: the text, and an `Outline`
of where everything lies. The module's functions compute what follows from constants, from time and
from the stocks; `integrate` adds those that run over time.

What is computed depends on what is kept: an auxiliary that neither a stock nor anything kept needs
is left out. How a value is computed never does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from localcare.engine.kernel.abreast import abreast_alone
from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.expressions import Writer
from localcare.engine.kernel.integrate import define_simulate
from localcare.engine.kernel.ir_module import Lanes, Module
from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.lookups import Points
from localcare.engine.kernel.loops import write_group
from localcare.engine.kernel.names import flow_of, sum_of
from localcare.engine.kernel.nought import Simplifier
from localcare.engine.kernel.outline import Outline
from localcare.engine.kernel.patterns import patterns_of
from localcare.engine.kernel.phases import Equations, equations_of
from localcare.engine.kernel.plan import Group, plan
from localcare.engine.kernel.self_test import define_self_test
from localcare.engine.kernel.share import Sharer
from localcare.engine.kernel.sparse import Spreader
from localcare.engine.kernel.storage import Kept, Storage, storage_for
from localcare.engine.kernel.terms import Equation, Phase, Place
from localcare.engine.kernel.watching import shown_elsewhere
from localcare.model.spec import Kind, ModelSpec

__all__ = ["write_program"]

#: Groups of one function: enough to share little, few enough for LLVM to stay fast.
GROUPS_OF_A_FUNCTION = 24


def write_program(
    spec: ModelSpec,
    kept: Collection[str],
    lanes: int,
    attributes: str,
    *,
    points: bool = False,
    varied: Collection[str] | None = None,
    loose: Collection[str] = (),
) -> tuple[str, Outline]:
    """Write a model's module: its text and where everything lies. `kept` are the variables to be
    saved, as `points` or else as means; `attributes` are those of its functions; `varied` the
    inputs that may differ from member to member, None for all, `loose` the tables that need not
    have noughts where the model's have."""
    equations = _needed(equations_of(spec), spec, kept)
    abreast = abreast_alone if lanes == 1 else _one_by_one
    sharer = Sharer()
    state = sharer.shared(_spread(spec, equations, loose, abreast))
    groups = {
        "constants": plan(equations.constant),
        "timed": plan(equations.timed, abreast),
        "state": plan(state, abreast),
        "initial": plan(equations.initial),
    }
    auxiliary = [name for name in kept if spec.by_identifier[name].kind is not Kind.STOCK]
    sums, changes, fixed = (
        sorted(name for name in auxiliary if equations.phases[name] is phase)
        for phase in (Phase.STATE, Phase.TIME, Phase.CONSTANT)
    )
    if points:
        sums, changes, fixed = [], [], sorted(auxiliary)
    lengths = {**equations.lengths, **sharer.lengths}
    same = _same(spec, groups["constants"], varied) if lanes > 1 else frozenset()
    layout = Layout(spec, lanes)
    storage = storage_for(layout, groups, lengths, Kept(sums, [*changes, *fixed], points), same)
    module = Module(Lanes(lanes), attributes)
    lookups = {
        variable.identifier: Points.of(variable, layout.elements(variable.identifier))
        for variable in spec.variables
        if variable.kind is Kind.LOOKUP
    }
    summed = {name: sum_of(name) for name in sums}
    flowing = [name for name in layout.stocks if not spec.by_identifier[name].discrete]
    known = {**layout.lengths, **lengths}
    shown = shown_elsewhere(
        state, flowing, lambda name: known[name] if name in known else layout.elements(name)
    )
    for name, own in groups.items():
        define = _Groups(module, storage, lookups)
        if name == "state":
            define = replace(define, sums=summed, shown=shown)
        define.function(name, own)
    define_simulate(module, layout, points=points)
    define_self_test(module)
    return module.text(), Outline(
        lanes=lanes,
        points=points,
        size=layout.size,
        slots=layout.slots,
        stocks=tuple(layout.stocks),
        sums=tuple(sums),
        changes=tuple(changes),
        fixed=tuple(fixed),
        constants=tuple(_names(group) for group in groups["constants"]),
        varied=None if varied is None else tuple(sorted(varied)),
        loose=tuple(sorted(loose)),
    )


def _spread(
    spec: ModelSpec,
    equations: Equations,
    loose: Collection[str],
    abreast: Callable[[Equation], int],
) -> Sequence[Equation]:
    """The equations of the state, reductions over tables of noughts written out."""
    patterns = patterns_of(spec)
    constants: dict[str, list[Equation]] = {}
    for equation in equations.constant:
        constants.setdefault(equation.target.variable, []).append(equation)
    model = held = Simplifier(patterns, constants)
    if not patterns.keys().isdisjoint(loose):
        kept = {name: own for name, own in patterns.items() if name not in loose}
        held = Simplifier(kept, constants)
    return Spreader(model, held, abreast).spread(equations.state)


def _one_by_one(_: Equation) -> int:
    return 1


def _same(
    spec: ModelSpec, constants: Sequence[Group], varied: Collection[str] | None
) -> frozenset[str]:
    """The constants, and what follows from constants, that are the same for all members."""
    if varied is None:
        return frozenset()
    differs = set(varied)
    found = {v.identifier for v in spec.variables if v.kind is Kind.CONSTANT} - differs
    for group in constants:
        for equation in group.equations:
            own = equation.target.variable
            if differs.isdisjoint(read.place.variable for read in equation.reads):
                found.add(own)
            else:
                differs.add(own)
    return frozenset(found - differs)


def _names(group: Group) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a group reads and what it computes."""
    read = {read.place.variable: None for e in group.equations for read in e.reads}
    return tuple(read), tuple({e.target.variable: None for e in group.equations})


def _needed(equations: Equations, spec: ModelSpec, kept: Collection[str]) -> Equations:
    """The equations without those that neither stocks nor anything kept needs."""
    parts = ("constant", "timed", "state", "initial")
    by_target: dict[str, list[Equation]] = {}
    for part in parts:
        for equation in getattr(equations, part):
            by_target.setdefault(equation.target.variable, []).append(equation)
    stocks = [v.identifier for v in spec.variables if v.kind is Kind.STOCK]
    waiting = [*kept, *stocks, *(flow_of(name) for name in stocks)]
    needed = set(waiting)
    while waiting:
        for equation in by_target.get(waiting.pop(), ()):
            for read in equation.reads:
                if read.place.variable not in needed:
                    needed.add(read.place.variable)
                    waiting.append(read.place.variable)
    kept_parts = {
        part: tuple(e for e in getattr(equations, part) if e.target.variable in needed)
        for part in parts
    }
    return Equations(equations.phases, equations.lengths, **kept_parts)


@dataclass(frozen=True)
class _Groups:
    """How groups are written: where values lie, which are added up, and which show elsewhere that
    they are not finite."""

    module: Module
    storage: Storage
    lookups: Mapping[str, Points]
    sums: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[Place] = frozenset()

    def function(self, name: str, groups: Sequence[Group]) -> None:
        """The function `name` that computes the groups. That of the constants takes flags too, one
        for each group, and leaves out groups whose flag is 0."""
        flagged = name == "constants"
        parts = range(0, len(groups), GROUPS_OF_A_FUNCTION)
        for start in parts:
            code = Arithmetic(self.module)
            # What comes before the copies are made reads what they are copied from.
            narrow = self.storage.layout.narrow if name in ("state", "initial") else {}
            writer = Writer(code, self.storage.slots(name), self.lookups, narrow)
            write = partial(
                write_group,
                writer,
                stored=self.storage.stored[name],
                sums=self.sums,
                shown=self.shown,
            )
            for number, group in enumerate(groups[start : start + GROUPS_OF_A_FUNCTION], start):
                if not flagged:
                    write(group)
                    continue
                at = code.now(f"getelementptr i8, ptr %flags, i64 {number}")
                flag = code.now(f"load i8, ptr {at}, align 1")
                with code.when(code.now(f"icmp ne i8 {flag}, 0")):
                    write(group)
            parameters = "ptr noalias %workspace" + (", ptr noalias %flags" if flagged else "")
            code.define(f"internal void @{name}_{start}({parameters})", attributes="noinline #0")
        code = Arithmetic(self.module)
        arguments = "ptr %workspace" + (", ptr %flags" if flagged else "")
        for start in parts:
            code.do(f"call void @{name}_{start}({arguments})")
        code.define(f"internal void @{name}({arguments})")
