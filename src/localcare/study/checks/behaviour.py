"""Checks of what a run does: conservation, relations that always hold, extreme conditions.

In: the `Declared` promises and runs of the model: of means for conservation, of points for the
rest, where a stock and an auxiliary are compared at one moment. Totals are formed from saved stocks
and flows, not from the model's equations. Since means are weighted as the integrator weights its
stages, the change of a conserved total over a month equals the sum of its boundary flows times the
month, to rounding, whatever happens inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides, Run, SimulationError
from localcare.model import ModelSpec
from localcare.model.names import identifier
from localcare.model.spec import Kind
from localcare.problems import Problem
from localcare.study.checks.declared import (
    Conservation,
    Declared,
    Expectation,
    Extreme,
)
from localcare.study.checks.result import Finding
from localcare.study.checks.setting import constants

__all__ = ["check_always", "check_conservation", "check_extremes", "needed"]

#: Largest drift of a conserved total, relative to the total.
CONSERVED = 1e-9
#: Slack of a relation, relative to the largest magnitude of what is compared: rounding, no more.
ROUNDING = 1e-9

Floats = NDArray[np.float64]
Runner = Callable[[Batch], Run]


def needed(declared: Declared) -> set[str]:
    """Identifiers of what these checks read: stocks, auxiliaries, series and constants."""
    names: set[str] = set()
    for total in declared.conservation.values():
        names.update(total.stocks, total.inflows, total.outflows)
    extremes = [each.expect for each in declared.extremes.values()]
    for expectation in (*declared.always, *(each for group in extremes for each in group)):
        names.add(expectation.variable)
        names.update(
            each for each in (expectation.at_most, expectation.at_least) if isinstance(each, str)
        )
    names.update(loop.measure for loop in declared.loops.values())
    return {identifier(name) for name in names}


def check_conservation(spec: ModelSpec, declared: Declared, run: Run) -> list[Finding]:
    """Each declared total against its boundary flows, at every month of every member."""
    return [_conserved(spec, name, total, run) for name, total in declared.conservation.items()]


def check_always(spec: ModelSpec, declared: Declared, run: Run) -> list[Finding]:
    """Each relation that always holds, at every saved point, element and member."""
    faults = [
        fault
        for expectation in declared.always
        for member in range(run.members)
        if (fault := _broken(spec, expectation, run, member, {}))
    ]
    problems = tuple(Problem(fault, "Look at its equation.", spec.file) for fault in faults)
    return [Finding("relations", f"{len(declared.always)} that always hold", problems)]


def check_extremes(spec: ModelSpec, declared: Declared, runner: Runner) -> list[Finding]:
    """Each extreme condition: it runs to the end, what is expected happens, and what always holds
    holds there too, where limits bind that the baseline is far from.

    `runner` runs a batch and saves what `needed` names as points.
    """
    return [
        _extreme(spec, name, each, declared.always, runner)
        for name, each in declared.extremes.items()
    ]


def _conserved(spec: ModelSpec, name: str, total: Conservation, run: Run) -> Finding:
    held = sum(_grand(spec, run, each) for each in total.stocks)
    flow = sum((_grand(spec, run, each) for each in total.inflows), start=np.zeros(()))
    flow = flow - sum((_grand(spec, run, each) for each in total.outflows), start=np.zeros(()))
    interval = np.diff(run.bounds)[:, np.newaxis]
    moved = np.cumsum(np.broadcast_to(flow, (interval.size, run.members)) * interval, axis=0)
    drift = np.abs(np.asarray(held)[1:] - np.asarray(held)[0] - moved)
    scale = max(float(np.abs(held).max()), float(np.abs(moved).max()), np.finfo(float).tiny)
    worst = float(drift.max()) / scale
    shown = f"{name}: drift {worst:.1e} of the total"
    if worst <= CONSERVED:
        return Finding("conservation", shown)
    month = int(np.unravel_index(int(drift.argmax()), drift.shape)[0])
    why = (
        f"the total of {', '.join(total.stocks)} departs from its boundary flows by "
        f"{float(drift.max()):.6g} ({worst:.1e} of it) by {run.bounds[month + 1]:.4g}."
    )
    cure = "A flow into one stock that leaves no other, or a boundary flow that is not declared."
    return Finding("conservation", shown, (Problem(why, cure, spec.file, key=name),))


def _grand(spec: ModelSpec, run: Run, name: str) -> Floats:
    """A variable summed over all its dimensions: (times, members)."""
    values = _values(spec, run, name, {})
    total: Floats = values.reshape(values.shape[0], -1, values.shape[-1]).sum(axis=1)
    return total


def _values(spec: ModelSpec, run: Run, name: str, given: Mapping[str, Floats]) -> Floats:
    """A variable at every saved time, (times, *own shape, members). A constant, which no run saves,
    is the same at one time and in one member; those that a run was given stand in `given`."""
    variable = spec.by_identifier[identifier(name)]
    if variable.kind is not Kind.CONSTANT:
        return run.values[variable.identifier]
    own = np.array(variable.values).reshape(spec.shape(variable.identifier))
    return np.asarray(given.get(variable.identifier, own))[np.newaxis, ..., np.newaxis]


def _extreme(
    spec: ModelSpec, name: str, extreme: Extreme, always: Sequence[Expectation], runner: Runner
) -> Finding:
    given = constants(spec, extreme.set)
    try:
        run = runner(Batch.of(spec, [Overrides(constants=given)]))
    except SimulationError as error:
        problem = Problem(f"the run stopped: {error}", extreme.because, spec.file, key=name)
        return Finding("extremes", name, (problem,))
    expected = (*extreme.expect, *always)
    faults = [fault for each in expected if (fault := _broken(spec, each, run, 0, given))]
    problems = tuple(Problem(fault, extreme.because, spec.file, key=name) for fault in faults)
    shown = f"{name}: {len(extreme.expect)} expectations, {len(always)} relations"
    return Finding("extremes", shown, problems)


def _broken(
    spec: ModelSpec,
    expectation: Expectation,
    run: Run,
    member: int,
    given: Mapping[str, Floats],
) -> str:
    """How a run with some constants `given` breaks an expectation; empty where it does not."""
    name = identifier(expectation.variable)
    times = run.bounds

    def of_member(variable: str) -> Floats:
        found = _values(spec, run, variable, given)
        found = np.broadcast_to(found, (times.size, *found.shape[1:-1], run.members))
        return found[..., member]

    values = of_member(expectation.variable)
    first = 0 if expectation.start is None else int(np.searchsorted(times, expectation.start))
    values, times = values[first:], times[first:]
    if expectation.grows or expectation.falls:
        change = float(values[-1].sum() - values[0].sum())
        wanted = change > 0 if expectation.grows else change < 0
        verb = "grow" if expectation.grows else "fall"
        return (
            ""
            if wanted
            else (
                f"{expectation.variable} should {verb} but moves by {change:.6g} "
                f"from {times[0]:.6g} to {times[-1]:.6g}."
            )
        )
    bound = expectation.at_most if expectation.at_most is not None else expectation.at_least
    if isinstance(bound, str):
        limit = of_member(bound)[first:]
    else:
        limit = np.full_like(values, bound if bound is not None else 0.0)
    over = values - limit if expectation.at_most is not None else limit - values
    scale = max(float(np.abs(values).max(initial=0)), float(np.abs(limit).max(initial=0)))
    if not over.size or float(over.max()) <= ROUNDING * scale:
        return ""
    at = np.unravel_index(int(over.argmax()), over.shape)
    relation = "at most" if expectation.at_most is not None else "at least"
    return (
        f"{expectation.variable}{_elements(spec, name, at[1:])} is {values[at]:.6g} at "
        f"{times[at[0]]:.6g} but should be {relation} {bound} ({limit[at]:.6g})."
    )


def _elements(spec: ModelSpec, name: str, positions: Sequence[np.intp]) -> str:
    dimensions = spec.by_identifier[name].dimensions
    words = [
        spec.by_dimension[dimension].elements[int(position)]
        for dimension, position in zip(dimensions, positions, strict=True)
    ]
    return f"[{', '.join(words)}]" if words else ""
