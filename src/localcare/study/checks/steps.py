"""Checks of the step: is it short enough for the model's quickest stock, and do results hold when
it is halved?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from localcare.engine import Run
from localcare.engine.stability import step_ratios
from localcare.model import ModelSpec
from localcare.model.names import identifier
from localcare.problems import Problem
from localcare.study.checks.result import Finding

__all__ = ["check_halving", "check_time_constants"]

#: Largest part of a monthly output that halving the step may move.
MOVED = 1e-3
#: Elements of a variable smaller than this part of its largest are held to the largest instead:
#: a relative change of something that is next to nothing says nothing.
SMALL = 1e-4


def check_time_constants(spec: ModelSpec, step: float) -> Finding:
    """No stock drains with a time constant shorter than the step."""
    ratios = step_ratios(spec, step)
    if not ratios:
        return Finding("time constants", "no stocks")
    problems = [
        Problem(
            f"its time constant is {each.time_constant:.4g} at {each.time:.6g}, and the step "
            f"{each.ratio:.2f} times that.",
            f"Shorten the step to {each.time_constant:.4g} or less, or lump what passes so fast.",
            spec.file,
            spec.by_identifier[identifier(each.variable)].line,
            each.variable + (f"[{', '.join(each.subscripts)}]" if each.subscripts else ""),
        )
        for each in ratios
        if each.ratio > 1
    ]
    quickest = ratios[0]
    shown = f"step at most {quickest.ratio:.2f} of the quickest, that of {quickest.variable}"
    return Finding("time constants", shown, tuple(problems))


def check_halving(spec: ModelSpec, run_at: Callable[[float], Run], step: float) -> Finding:
    """Run with the step and with half of it, and compare every saved value.

    `run_at` runs the model at a step. A value may move by `MOVED` of the largest magnitude that
    its element of the variable reaches.
    """
    whole, half = run_at(step), run_at(step / 2)
    worst, where = 0.0, ""
    problems = []
    for name, values in whole.values.items():
        other = half.values[name]
        scale = np.abs(values).max(axis=0)
        floor = SMALL * float(scale.max(initial=0.0))
        if floor == 0.0:
            continue
        moved = np.abs(values - other) / np.maximum(scale, floor)
        largest = float(moved.max())
        if largest > worst:
            worst, where = largest, spec.by_identifier[name].name
        if largest > MOVED:
            at = int(np.unravel_index(int(moved.argmax()), moved.shape)[0])
            problems.append(
                Problem(
                    f"moves by {largest:.2%} at {whole.bounds[at]:.6g} when the step is halved.",
                    f"Shorten the step below {step:.6g}, or look for a switch or a stock that "
                    "empties within a few days.",
                    spec.file,
                    spec.by_identifier[name].line,
                    spec.by_identifier[name].name,
                )
            )
    return Finding("step-halving", f"largest move {worst:.1e} ({where})", tuple(problems))
