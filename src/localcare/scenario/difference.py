"""What two scenarios change differently, setting by setting.

In: two resolved scenarios and the model. Out: a `Difference` for each lever, constant or series
that they do not treat alike: the values it ends at in each, the elements, and the time over which
they part. A scenario that says nothing of an input leaves it at the model's own value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from localcare.model.spec import ModelSpec, TimeSettings, Variable
from localcare.scenario.moments import label
from localcare.scenario.scenario import Course, Scenario, Setting, own_course
from localcare.scenario.selection import words

__all__ = ["Difference", "difference", "sentence"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One input on which scenarios a and b differ.

    `from_values` and `to_values` are the lowest and highest values, over the elements named by
    `where` ("" for all), at which a and b end. They part at `start` and neither moves after `end`
    (model time; both the start of the run where a constant is set outright).
    """

    variable: str
    name: str
    unit: str
    where: str
    from_values: tuple[float, float]
    to_values: tuple[float, float]
    start: float
    end: float


def difference(a: Scenario, b: Scenario, spec: ModelSpec) -> tuple[Difference, ...]:
    """The inputs on which b differs from a, in the order a and then b set them."""
    found = []
    for name in dict.fromkeys(each.variable for each in (*a.settings, *b.settings)):
        variable = spec.by_identifier[name]
        groups: dict[tuple[int | None, int | None], list[int]] = {}
        courses_a, courses_b = a.courses(variable), b.courses(variable)
        for position in sorted({*courses_a, *courses_b}):
            key = (_setting_of(a, name, position), _setting_of(b, name, position))
            groups.setdefault(key, []).append(position)
        for positions in groups.values():
            pairs = {
                each: (
                    courses_a.get(each) or own_course(variable, each),
                    courses_b.get(each) or own_course(variable, each),
                )
                for each in positions
            }
            row = _row(spec, variable, pairs)
            if row is not None:
                found.append(row)
    return tuple(found)


def sentence(row: Difference, time: TimeSettings) -> str:
    """One line for people: what, where, from, to, when."""
    where = f" ({row.where})" if row.where else ""
    unit = f" {row.unit}" if row.unit and row.unit.lower() != "dmnl" else ""
    values = f"{_numbers(row.from_values)} to {_numbers(row.to_values)}{unit}"
    if row.from_values == row.to_values:
        values = f"{_numbers(row.to_values)}{unit} at another time"
    when = "for the whole run"
    if row.end > time.initial:
        when = f"{label(row.start, time)} to {label(row.end, time)}"
    return f"{row.name}{where}: {values}, {when}"


def _row(
    spec: ModelSpec, variable: Variable, pairs: dict[int, tuple[Course, Course]]
) -> Difference | None:
    """The difference over the elements of `pairs`, or None where they are the same throughout."""
    unlike = {each: pair for each, pair in pairs.items() if _parting(*pair) is not None}
    if not unlike:
        return None
    initial = spec.time.initial
    parted = [when for pair in unlike.values() if (when := _parting(*pair)) is not None]
    settled = [course.times[-1] for pair in unlike.values() for course in pair]
    return Difference(
        variable=variable.identifier,
        name=variable.name,
        unit=variable.units,
        where=words(spec, variable, tuple(unlike)),
        from_values=_ends(pair[0] for pair in unlike.values()),
        to_values=_ends(pair[1] for pair in unlike.values()),
        start=max(min(parted), initial),
        end=max(*settled, initial),
    )


def _parting(a: Course, b: Course) -> float | None:
    """The time up to which two courses are the same: the start of the run (or before it) where
    they differ from the first, None where they never do."""
    times = np.unique(np.array([*a.times, *b.times]))
    unlike = np.flatnonzero(a.at(times) != b.at(times))
    return None if unlike.size == 0 else float(times[max(int(unlike[0]) - 1, 0)])


def _setting_of(scenario: Scenario, name: str, position: int) -> int | None:
    settings: Sequence[Setting] = scenario.settings
    for index, setting in enumerate(settings):
        if setting.variable == name and position in setting.positions:
            return index
    return None


def _ends(courses: Iterable[Course]) -> tuple[float, float]:
    values = [course.values[-1] for course in courses]
    return min(values), max(values)


def _numbers(values: tuple[float, float]) -> str:
    low, high = values
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
