"""Feedback loops, each cut in turn: does it do what the model says, and does it matter?

In: the loops that a model declares, and something that runs a batch and saves what is measured as
points. Out: a finding a loop. All loops run as one batch, each twice: acting, and cut.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from localcare.engine import Batch, Overrides, Run, SimulationError
from localcare.model import ModelSpec
from localcare.model.names import identifier
from localcare.problems import Problem
from localcare.study.checks.declared import Declared, Loop
from localcare.study.checks.result import Finding
from localcare.study.checks.setting import constants

__all__ = ["STRONG", "check_loops"]

#: A loop that moves its measure by less than this share of it is weak.
STRONG = 0.005


def check_loops(
    spec: ModelSpec, declared: Declared, runner: Callable[[Batch], Run]
) -> list[Finding]:
    """What each loop does to its measure in the last year of the run, against what is declared."""
    loops = declared.loops
    if not loops:
        return []
    members = [
        Overrides(constants={**constants(spec, loop.set), identifier(loop.switch): np.array(acts)})
        for loop in loops.values()
        for acts in (1.0, 0.0)
    ]
    try:
        run = runner(Batch.of(spec, members))
    except SimulationError as error:
        name = list(loops)[error.member // 2]
        why = f"the run with the loop {'cut' if error.member % 2 else 'acting'} stopped: {error}"
        return [Finding("loops", name, (Problem(why, file=spec.file, key=name),))]
    return [
        _finding(spec, name, loop, _effect(run, loop, 2 * number))
        for number, (name, loop) in enumerate(loops.items())
    ]


def _effect(run: Run, loop: Loop, member: int) -> float:
    """Relative difference of the measure's total in the last year, acting against cut."""
    values = run.values[identifier(loop.measure)]
    last = run.bounds > run.bounds[-1] - 1 + 1e-9
    totals = values[last].reshape(int(last.sum()), -1, run.members).sum(axis=(0, 1))
    return float((totals[member] - totals[member + 1]) / abs(totals[member + 1]))


def _finding(spec: ModelSpec, name: str, loop: Loop, effect: float) -> Finding:
    strength = "weak: " if loop.weak else ""
    shown = f"{name}: {strength}{effect:+.2%} {loop.measure} in the last year"
    faults = []
    if (effect > 0) != (loop.acting == "more"):
        faults.append(f"it should mean {loop.acting} {loop.measure} but moves it by {effect:+.2%}.")
    if loop.weak and abs(effect) >= STRONG:
        faults.append(f"it is declared weak but moves {loop.measure} by {effect:+.2%}.")
    if not loop.weak and abs(effect) < STRONG:
        faults.append(f"it moves {loop.measure} by {effect:+.2%} only, and is not declared weak.")
    problems = (Problem(fault, loop.because, spec.file, key=name) for fault in faults)
    return Finding("loops", shown, tuple(problems))
