"""A model compiled for some number of members at a time.

In: a spec, a width, the length of a step and which inputs follow paths. Out: a `Program`: load the
inputs of a block of members, start it (constants, initial values), then evaluate it for any time
and state; the results lie in its workspace. A program holds nothing of the runs before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.numpy_backend.binder import Binder, Call
from localcare.engine.numpy_backend.forcing import Forcing, LinearForcing, SteppedForcing
from localcare.engine.numpy_backend.indexing import arithmetic_step
from localcare.engine.numpy_backend.instructions import Compute, Instruction, Store
from localcare.engine.numpy_backend.lowering import Lowering, phase_of
from localcare.engine.numpy_backend.values import (
    Loops,
    Operand,
    Phase,
    Term,
    Value,
)
from localcare.engine.numpy_backend.workspace import Workspace
from localcare.model.expression import Expression
from localcare.model.spec import Component, Kind, ModelSpec, Task

__all__ = ["Program"]

Floats = NDArray[np.float64]


class Program:
    """A model for `width` members. `paths` are the inputs that a batch puts on paths."""

    def __init__(
        self, spec: ModelSpec, width: int, step: float, paths: Collection[str] = ()
    ) -> None:
        self.spec = spec
        self.workspace = Workspace(spec, width)
        self._step = step
        self._paths = frozenset(paths)
        self._time, self._middle = np.zeros(()), np.zeros(())
        self._clock = {"time": self._time, "middle": self._middle}
        phases = self._phases()
        fixed, moved = (
            [task for task in spec.order.constants if (phases[task.variable] > 0) is varies]
            for varies in (False, True)
        )
        flows = [
            Task(variable.identifier, number)
            for variable in spec.variables
            if variable.kind is Kind.STOCK
            for number in range(len(variable.components))
        ]
        workspace = self.workspace
        lowering = Lowering(spec, workspace, phases, step)
        everything = _Compiler(spec, workspace, lowering, self._clock)
        for task in (*fixed, *moved, *spec.order.step, *flows):
            everything.add(task, initial=False)
        bound = everything.bind()
        self._constant_calls = bound[Phase.CONSTANT]
        self._time_calls = bound[Phase.TIME]
        self._state_calls = bound[Phase.STATE]
        lowering = Lowering(spec, workspace, phases, step, hoist=False)
        beginning = _Compiler(spec, workspace, lowering, self._clock)
        for task in (*moved, *spec.order.initial):
            beginning.add(task, initial=True)
        self._initial_calls = beginning.bind()[Phase.STATE]
        self._forcings: list[Forcing] = []

    @property
    def calls(self) -> int:
        """How many numpy calls an evaluation makes."""
        return len(self._time_calls) + len(self._state_calls)

    def load(self, batch: Batch, columns: NDArray[np.intp]) -> None:
        """Take the inputs of the members `columns` of a batch, as many as the width."""
        # Adding 0 turns -0 into 0, the one number that a path would not hand on to the bit.
        workspace, self._forcings = self.workspace, []
        for variable in self.spec.variables:
            name = variable.identifier
            if variable.kind not in (Kind.CONSTANT, Kind.SERIES):
                continue
            shape = self.spec.shape(name)
            size = int(np.prod(shape, dtype=np.int64))
            out = workspace.values[workspace.rows(name)]
            if name in batch.paths:
                times, values = batch.paths[name]
                own = values.reshape(size, times.shape[0], batch.members)[..., columns] + 0.0
                self._forcings.append(LinearForcing(times[:, columns], own, out, self._step))
            elif name in batch.constants:
                out[...] = batch.constants[name].reshape(size, batch.members)[:, columns] + 0.0
            elif variable.kind is Kind.CONSTANT:
                out[...] = np.array(variable.values).reshape(size, 1) + 0.0
            else:
                times = np.array(variable.times, dtype=np.float64)
                own = np.array(variable.values, dtype=np.float64).reshape(size, -1) + 0.0
                if variable.interpolation == "linear":
                    self._forcings.append(
                        LinearForcing(times[:, np.newaxis], own[..., np.newaxis], out, self._step)
                    )
                else:
                    self._forcings.append(
                        SteppedForcing(times, own, out, self._step, variable.interpolation)
                    )

    def constants(self) -> None:
        """Compute what follows from constants alone."""
        for call in self._constant_calls:
            call()

    def initial(self, time: float) -> None:
        """Set every stock to its initial value."""
        self._set_time(time, time)
        for call in self._initial_calls:
            call()

    def evaluate(self, time: float, step_start: float, *, same_time: bool = False) -> None:
        """Compute auxiliaries and net flows for the stocks as they stand.

        `same_time` says that the last evaluation was for the same time of the same step.
        """
        if not same_time:
            self._set_time(time, step_start)
            for call in self._time_calls:
                call()
        for call in self._state_calls:
            call()

    def _set_time(self, time: float, step_start: float) -> None:
        self._time[...] = time
        self._middle[...] = step_start + 0.5 * self._step
        for forcing in self._forcings:
            forcing.update(time, step_start)

    def _phases(self) -> dict[str, Phase]:
        """When each variable changes in this program."""
        phases: dict[str, Phase] = {}
        for variable in self.spec.variables:
            if variable.kind is Kind.CONSTANT:
                on_path = variable.identifier in self._paths
                phases[variable.identifier] = Phase.TIME if on_path else Phase.CONSTANT
            elif variable.kind is Kind.SERIES:
                phases[variable.identifier] = Phase.TIME
            elif variable.kind is Kind.STOCK:
                phases[variable.identifier] = Phase.STATE
        equations = [
            (task.variable, self.spec.by_identifier[task.variable].components[task.component])
            for task in (*self.spec.order.constants, *self.spec.order.step)
        ]
        for name, _ in equations:
            # What has another equation for the start has to be computed again after it.
            again = bool(self.spec.by_identifier[name].initial)
            phases[name] = Phase.STATE if again else Phase.CONSTANT
        settled = False
        while not settled:  # more than once only where elements of two variables take turns
            settled = True
            for name, component in equations:
                phase = max(phases[name], phase_of(component.expression, phases))
                settled = settled and phase is phases[name]
                phases[name] = phase
        return phases


class _Compiler:
    """Collects the instructions of one program, task by task."""

    def __init__(
        self,
        spec: ModelSpec,
        workspace: Workspace,
        lowering: Lowering,
        clock: Mapping[str, Floats],
    ) -> None:
        self._spec, self._workspace, self._lowering = spec, workspace, lowering
        self._binder = Binder(spec, workspace, clock)
        self._programs: dict[Phase, list[Instruction]] = {phase: [] for phase in Phase}
        self._emitted: set[Value] = set()

    def bind(self) -> dict[Phase, list[Call]]:
        """The calls of each phase."""
        return self._binder.bind(self._programs)

    def add(self, task: Task, *, initial: bool) -> None:
        """Compile one equation."""
        variable = self._spec.by_identifier[task.variable]
        row = self._workspace.rows(task.variable).start
        components = variable.initial if initial and variable.initial else variable.components
        if variable.kind is Kind.STOCK and not initial:
            row = self._workspace.first_flow_row(task.variable)
        # What another equation gave for the start has to be put right at every evaluation.
        again = not initial and variable.kind is Kind.AUXILIARY and bool(variable.initial)
        floor = Phase.STATE if again else Phase.CONSTANT
        self._equation(components[task.component], row, self._spec.shape(task.variable), floor)

    def _equation(
        self, component: Component, row: int, shape: tuple[int, ...], floor: Phase
    ) -> None:
        """Compute a component's expression into its rows of the workspace, in phase `floor` at the
        earliest."""
        loops = Loops.of(component.axes)
        term = self._lower(component.expression, loops)
        names = tuple(axis.name for axis in component.axes)
        positions = [axis.positions for axis in component.axes]
        gaps = [arithmetic_step(each) for each in positions]
        units = [int(np.prod(shape[i + 1 :], dtype=np.int64)) for i in range(len(shape))]
        operand = Operand(term.value, tuple(names.index(name) for name in term.loops))
        phase = max(term.value.phase, floor)
        if None in gaps:
            grids = np.ix_(*(np.array(each) for each in positions))
            rows = row + sum(
                (grid * unit for grid, unit in zip(grids, units, strict=True)),
                start=np.zeros((), dtype=np.int64),
            )
            self._emit(term.value)
            self._programs[phase].append(Store(operand, self._workspace.values, rows))
            return
        first = row + sum(each[0] * unit for each, unit in zip(positions, units, strict=True))
        strides = [(gap or 0) * unit for gap, unit in zip(gaps, units, strict=True)]
        target = self._workspace.view(first, strides, loops.extents(names))
        direct = (
            term.loops == names
            and term.value.members
            and not term.value.logical
            and term.value.operation != "read"
            and term.value not in self._emitted
            and term.value.phase is phase
        )
        if direct:
            self._emit(term.value, target)
        else:
            self._emit(term.value)
            self._programs[phase].append(Store(operand, target))

    def _lower(self, expression: Expression, loops: Loops) -> Term:
        return self._lowering.lower(expression, loops)

    def _emit(self, value: Value, target: Floats | None = None) -> None:
        """Have a value computed, after what it needs."""
        if value in self._emitted:
            return
        self._emitted.add(value)
        for operand in value.operands:
            self._emit(operand.value)
        self._programs[value.phase].append(Compute(value, target))
