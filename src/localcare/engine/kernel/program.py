"""A model as the text of one LLVM module.

In: a spec, which variables are to be kept and the number of lanes. Out: the text, and an `Outline`
of where everything lies. The module's functions compute what follows from constants, from time and
from the stocks; `integrate` adds those that run over time.

What is computed depends on what is kept: an auxiliary that neither a stock nor anything kept needs
is left out. How a value is computed never does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.expressions import Writer
from localcare.engine.kernel.integrate import define_simulate
from localcare.engine.kernel.ir_text import Lanes, Module
from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.lookups import Points
from localcare.engine.kernel.loops import write_group
from localcare.engine.kernel.names import flow_of, sum_of
from localcare.engine.kernel.outline import Outline
from localcare.engine.kernel.phases import Equations, equations_of
from localcare.engine.kernel.plan import Group, plan
from localcare.engine.kernel.self_test import define_self_test
from localcare.engine.kernel.terms import Equation, Load, Phase, walk
from localcare.model.spec import Kind, ModelSpec

__all__ = ["write_program"]

#: Groups of one function: enough to share little, few enough for LLVM to stay fast.
GROUPS_OF_A_FUNCTION = 24


def write_program(
    spec: ModelSpec, kept: Collection[str], lanes: int, attributes: str
) -> tuple[str, Outline]:
    """Write a model's module: its text and where everything lies. `kept` are the variables to be
    saved, `attributes` those of its functions."""
    equations = _needed(equations_of(spec), spec, kept)
    groups = {
        "constants": plan(equations.constant),
        "timed": plan(equations.timed),
        "state": plan(equations.state),
        "initial": plan(equations.initial),
    }
    auxiliary = [name for name in kept if spec.by_identifier[name].kind is not Kind.STOCK]
    sums, changes, fixed = (
        sorted(name for name in auxiliary if equations.phases[name] is phase)
        for phase in (Phase.STATE, Phase.TIME, Phase.CONSTANT)
    )
    stored = _stored(spec, groups)
    layout = _layout(spec, equations, stored, sums, [*changes, *fixed])
    module = Module(Lanes(lanes), attributes)
    lookups = {
        variable.identifier: Points.of(variable, layout.elements(variable.identifier))
        for variable in spec.variables
        if variable.kind is Kind.LOOKUP
    }
    summed = {name: sum_of(name) for name in sums}
    for name, own in groups.items():
        define = _Groups(module, layout, lookups, stored[name], summed if name == "state" else {})
        define.function(name, own)
    define_simulate(module, layout)
    define_self_test(module)
    return module.text(), Outline(
        lanes=lanes,
        size=layout.size,
        slots=layout.slots,
        stocks=tuple(layout.stocks),
        sums=tuple(sums),
        changes=tuple(changes),
        fixed=tuple(fixed),
        constants=tuple(_names(group) for group in groups["constants"]),
    )


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


def _stored(spec: ModelSpec, groups: Mapping[str, Sequence[Group]]) -> dict[str, frozenset[str]]:
    """For each phase the variables whose values have to lie in the workspace.

    Constants, what follows from time, initial values and net flows always; an auxiliary of the
    state only if it is read other than by the next equations of its own group.
    """
    stored = {
        name: frozenset(e.target.variable for group in own for e in group.equations)
        for name, own in groups.items()
    }
    read: set[str] = {flow_of(v.identifier) for v in spec.variables if v.kind is Kind.STOCK}
    for group in groups["state"]:
        targets = {equation.target for equation in group.equations}
        for equation in group.equations:
            read.update(
                part.place.variable
                for part in walk(equation.term)
                if isinstance(part, Load) and part.place not in targets
            )
    stored["state"] = stored["state"] & read
    return stored


def _layout(
    spec: ModelSpec,
    equations: Equations,
    stored: Mapping[str, Iterable[str]],
    sums: Sequence[str],
    changes: Sequence[str],
) -> Layout:
    layout = Layout(spec)
    inputs = [v.identifier for v in spec.variables if v.kind in (Kind.CONSTANT, Kind.SERIES)]
    layout.add_variables(inputs)
    model = spec.by_identifier
    for part in ("constants", "timed"):
        for name in sorted(stored[part]):
            layout.add(name, layout.elements(name) if name in model else equations.lengths[name])
    layout.add_stocks()
    layout.add_variables(sorted(name for name in stored["state"] if name in model))
    layout.add_integrator()
    layout.add_sums(sums)
    layout.add_changes(changes)
    layout.add_variables(sorted(stored["initial"]))
    return layout


@dataclass(frozen=True)
class _Groups:
    """How the groups of one phase are written: which variables are stored, and which added up."""

    module: Module
    layout: Layout
    lookups: Mapping[str, Points]
    stored: frozenset[str]
    sums: Mapping[str, str]

    def function(self, name: str, groups: Sequence[Group]) -> None:
        """The function `name` that computes the groups. That of the constants takes flags too, one
        for each group, and leaves out groups whose flag is 0."""
        flagged = name == "constants"
        parts = range(0, len(groups), GROUPS_OF_A_FUNCTION)
        for start in parts:
            code = Arithmetic(self.module)
            writer = Writer(code, self.layout.slots, self.lookups)
            for number, group in enumerate(groups[start : start + GROUPS_OF_A_FUNCTION], start):
                if not flagged:
                    write_group(writer, group, self.stored, self.sums)
                    continue
                at = code.now(f"getelementptr i8, ptr %flags, i64 {number}")
                flag = code.now(f"load i8, ptr {at}, align 1")
                with code.when(code.now(f"icmp ne i8 {flag}, 0")):
                    write_group(writer, group, self.stored, self.sums)
            parameters = "ptr noalias %workspace" + (", ptr noalias %flags" if flagged else "")
            code.define(f"internal void @{name}_{start}({parameters})", attributes="noinline #0")
        code = Arithmetic(self.module)
        arguments = "ptr %workspace" + (", ptr %flags" if flagged else "")
        for start in parts:
            code.do(f"call void @{name}_{start}({arguments})")
        code.define(f"internal void @{name}({arguments})")
