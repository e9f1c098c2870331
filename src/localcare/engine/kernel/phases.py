"""The equations of a model, lowered, and when each variable changes.

In: a spec. Out: its equations as `terms.Equation`s in three phases (constants, time, state) and
those of the initial values, with what can be hoisted moved to the phase it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from localcare.engine.kernel.hoist import Hoister, phase_of
from localcare.engine.kernel.lower import Lowering, place_of
from localcare.engine.kernel.names import flow_of
from localcare.engine.kernel.terms import Equation, Phase
from localcare.model.expression import Along
from localcare.model.spec import Component, Kind, ModelSpec, Task

__all__ = ["Equations", "equations_of"]


@dataclass(frozen=True)
class Equations:
    """The equations of a model: `phases` of every variable and of every place that was hoisted,
    which has `lengths` elements; `constant`, `timed` and `state` are computed in these phases, the
    state's ending with the net flows; `initial` sets the stocks."""

    phases: dict[str, Phase]
    lengths: dict[str, int]
    constant: tuple[Equation, ...]
    timed: tuple[Equation, ...]
    state: tuple[Equation, ...]
    initial: tuple[Equation, ...]


def equations_of(spec: ModelSpec) -> Equations:
    """Lower a whole model."""
    order = spec.order
    flows = [
        Task(variable.identifier, number)
        for variable in spec.variables
        if variable.kind is Kind.STOCK
        for number in range(len(variable.components))
    ]
    computed = {task: _lowered(spec, task) for task in (*order.constants, *order.step)}
    net = [_lowered(spec, task) for task in flows]
    phases = _phases(spec, computed.values())
    hoister = Hoister(phases)
    by_phase: dict[Phase, list[Equation]] = {phase: [] for phase in Phase}
    for equation in computed.values():
        phase = phases[equation.target.variable]
        by_phase[phase].append(hoister.equation(equation, phase))
    by_phase[Phase.STATE] += [hoister.equation(equation, Phase.STATE) for equation in net]
    initial = []
    for task in order.initial:
        variable = spec.by_identifier[task.variable]
        if variable.initial:
            equation = _lowered(spec, task, initial=True)
        elif phases[task.variable] is Phase.STATE:
            equation = computed[task]
        else:
            continue  # computed before the initial values
        initial.append(hoister.equation(equation, Phase.STATE))
    return Equations(
        phases=hoister.phases,
        lengths=hoister.lengths,
        constant=(*by_phase[Phase.CONSTANT], *hoister.moved[Phase.CONSTANT]),
        timed=(*by_phase[Phase.TIME], *hoister.moved[Phase.TIME]),
        state=tuple(by_phase[Phase.STATE]),
        initial=tuple(initial),
    )


def _lowered(spec: ModelSpec, task: Task, *, initial: bool = False) -> Equation:
    """One equation, stored where it belongs."""
    variable = spec.by_identifier[task.variable]
    component = (variable.initial if initial else variable.components)[task.component]
    stock = variable.kind is Kind.STOCK
    target = flow_of(task.variable) if stock and not initial else task.variable
    return _equation(spec, component, target, spec.shape(task.variable))


def _equation(
    spec: ModelSpec, component: Component, target: str, shape: tuple[int, ...]
) -> Equation:
    lowering = Lowering(spec)
    lengths = tuple(rounds for _, rounds in lowering.open(component.axes))
    own = tuple(Along(axis.name, axis.positions) for axis in component.axes)
    place = place_of(target, shape, own, lowering.loops)
    term = lowering.term(component.expression)
    box = tuple(frozenset(axis.positions) for axis in component.axes)
    return Equation(place, lengths, term, tuple(lowering.reads), box)


def _phases(spec: ModelSpec, equations: Iterable[Equation]) -> dict[str, Phase]:
    """When each variable changes, for the whole variable: one element that moves moves all."""
    phases: dict[str, Phase] = {}
    for variable in spec.variables:
        phases[variable.identifier] = Phase.CONSTANT
        if variable.kind is Kind.SERIES:
            phases[variable.identifier] = Phase.TIME
        elif variable.kind is Kind.STOCK or variable.initial:
            # What has another equation for the start has to be computed again after it.
            phases[variable.identifier] = Phase.STATE
    equations = tuple(equations)
    settled = False
    while not settled:
        settled = True
        for equation in equations:
            name = equation.target.variable
            phase = phase_of(equation.term, phases)
            if phase > phases[name]:
                phases[name] = phase
                settled = False
    return phases
