"""Rows about the model itself: a share, how shares drift, the effect of a change.

In: a spec, a run of the members that the part asks for, the declared part. Out: its result.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Run
from localcare.model import ModelSpec
from localcare.model.spec import Kind
from localcare.study.validation.declared import (
    DriftPart,
    EffectPart,
    Elements,
    SharePart,
)
from localcare.study.validation.result import PartResult
from localcare.study.validation.settings import NotInModel, positions, told, variable_called

__all__ = ["drift_of_shares", "effect", "share"]

Floats = NDArray[np.float64]
#: Slack of a bound that is compared with a computed number.
ROUNDING = 1e-9


def share(spec: ModelSpec, run: Run, member: int, part: SharePart) -> PartResult:
    """A part of a variable over a larger part, at one time."""
    at = _moment(spec, run, part.variable, part.at)
    of = _total(spec, run, part.variable, part.part, member)[at]
    whole = _total(spec, run, part.variable, part.whole, member)[at]
    value = float(of / whole)
    smaller = [d for d, chosen in part.part.items() if chosen != part.whole.get(d)]
    inside = ", ".join(each for d in smaller for each in part.part[d])
    changed = told(part.set)
    what = f"share of {part.variable} that is {inside}, {part.at:g}{changed}"
    target = f"{part.target:.1%} within {part.within * 100:.3g} points"
    passed = abs(value - part.target) <= part.within + ROUNDING
    return PartResult(what, target, f"{value:.1%}", passed, value)


def drift_of_shares(spec: ModelSpec, run: Run, member: int, part: DriftPart) -> PartResult:
    """The largest move of a share of `across` within an element of `by`, in points."""
    variable = variable_called(spec, part.variable)
    for dimension in (part.across, part.by):
        if dimension not in variable.dimensions:
            raise NotInModel(f"{part.variable} has no dimension {dimension} yet")
    values = run.values[variable.identifier][..., member]
    keep = [1 + variable.dimensions.index(each) for each in (part.by, part.across)]
    others = tuple(axis for axis in range(1, values.ndim) if axis not in keep)
    table = values.sum(axis=others)
    if keep[0] > keep[1]:
        table = table.swapaxes(1, 2)
    shares = table / table.sum(axis=2, keepdims=True)
    first = _moment(spec, run, part.variable, part.start)
    last = _moment(spec, run, part.variable, part.end)
    moved = np.abs(shares[first : last + 1] - shares[first]).max(axis=0)
    spot = np.unravel_index(int(moved.argmax()), moved.shape)
    by = spec.by_dimension[part.by].elements[int(spot[0])]
    across = spec.by_dimension[part.across].elements[int(spot[1])]
    most = float(moved.max())
    return PartResult(
        f"shares of {part.across} in each {part.by}, {part.start:g} to {part.end:g}"
        f"{told(part.set)}",
        f"within {part.within * 100:.3g} point{'s' if part.within != 0.01 else ''}",
        f"{most * 100:.2f} points ({by}, {across})",
        most <= part.within + ROUNDING,
        most,
    )


def effect(spec: ModelSpec, run: Run, members: Mapping[str, int], part: EffectPart) -> PartResult:
    """The effect between its bounds; with a range, what that holds. `members` are the positions of
    "against" and "set", and of the same with " low" and " high" for a range."""
    value = _effect(spec, run, part, members["against"], members["set"])
    low, high = part.between
    passed = low - ROUNDING <= value <= high + ROUNDING
    target = f"{low:+.1%} to {high:+.1%}" if high - low > 2e-2 else f"{(low + high) / 2:+.1%}"
    result = f"{value:+.1%}"
    if part.range is not None:
        ends = [
            _effect(spec, run, part, members[f"against {end}"], members[f"set {end}"])
            for end in ("low", "high")
        ]
        holds = all(min(ends) - ROUNDING <= each <= max(ends) for each in part.range.holds)
        target += "; range holds " + " and ".join(f"{each:+.0%}" for each in part.range.holds)
        result += f" ({min(ends):+.1%} to {max(ends):+.1%})"
        passed = passed and holds
    what = f"effect on {part.variable}, {part.start:g} to {part.end:g}"
    return PartResult(what, target, result, passed, value)


def _effect(spec: ModelSpec, run: Run, part: EffectPart, before: int, after: int) -> float:
    sides = []
    for member in (before, after):
        value = _mean(spec, run, part.variable, part, member)
        if part.over is not None:
            value /= _mean(spec, run, part.over, part, member)
        sides.append(value)
    return sides[1] / sides[0] - 1


def _mean(spec: ModelSpec, run: Run, name: str, part: EffectPart, member: int) -> float:
    totals = _total(spec, run, name, part.elements, member)
    first, last = _moment(spec, run, name, part.start), _moment(spec, run, name, part.end)
    return float(totals[first : max(last, first + 1)].mean())


def _total(spec: ModelSpec, run: Run, name: str, elements: Elements, member: int) -> Floats:
    """A variable over time, (times,), summed over the elements asked for."""
    variable = variable_called(spec, name)
    values = run.values[variable.identifier][..., member]
    chosen = positions(spec, variable, elements)
    for axis, places in enumerate(chosen, start=1):
        values = np.take(values, places, axis=axis)
    total: Floats = values.reshape(values.shape[0], -1).sum(axis=1)
    return total


def _moment(spec: ModelSpec, run: Run, name: str, time: float) -> int:
    """The position of a time: the bound for a stock, the interval that begins then for a mean."""
    stock = variable_called(spec, name).kind is Kind.STOCK
    times = run.bounds if stock else run.start
    return min(int(np.searchsorted(times, time - 1e-6)), times.size - 1)
