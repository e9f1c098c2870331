"""Resolved scenarios: what a run changes, in the model's own terms.

A `Setting` holds, for each element it touches, the course its value takes over time. A `Scenario`
is a title, an argument and settings, none of which touch the same element; `overrides` turns it
into what the engine reads. Everything is frozen and plain, so two scenarios can be compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Overrides, Path
from localcare.model.spec import Kind, ModelSpec, Variable

__all__ = ["Course", "Scenario", "Setting", "own_course"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Course:
    """A value over model time: linear between `times`, which rise, and held at both ends. One
    time alone is a value for the whole run."""

    times: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether it is one value for the whole run."""
        return len(self.times) == 1

    def value_at(self, time: float) -> float:
        """The value at one time."""
        return float(self.at(np.array([time]))[0])

    def at(self, times: Floats) -> Floats:
        """Values at `times` (k,); never outside the two values a point lies between."""
        own_times, own_values = np.array(self.times), np.array(self.values)
        values = np.interp(times, own_times, own_values)
        after = np.clip(np.searchsorted(own_times, times, side="left"), 0, own_times.size - 1)
        before = np.clip(after - 1, 0, None)
        ends = own_values[before], own_values[after]
        inside: Floats = np.clip(values, np.minimum(*ends), np.maximum(*ends))
        return inside


@dataclass(frozen=True)
class Setting:
    """One thing a scenario sets: a lever, constant or series, on the elements at `positions` (flat,
    row-major, over the variable's dimensions; 0 alone for a scalar), each on its own course.

    `section` is where it was written: "levers", "constants", "series" or "--set". `where` names the
    elements for people ("" for all of them).
    """

    variable: str
    name: str
    unit: str
    section: str
    positions: tuple[int, ...]
    courses: tuple[Course, ...]
    where: str = ""
    note: str = ""
    file: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it was written, for people: the file without its folder, and the line."""
        return self.file if self.line is None else f"{FilePath(self.file).name}:{self.line}"


@dataclass(frozen=True)
class Scenario:
    """A scenario whose parents are resolved. `files` are those it was read from, its own last;
    `hash` is the SHA-256 of their contents."""

    name: str
    title: str
    rationale: str = ""
    sources: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    files: tuple[FilePath, ...] = ()
    hash: str = hashlib.sha256(b"").hexdigest()

    def overrides(self, spec: ModelSpec) -> Overrides:
        """What one member of a run changes."""
        constants: dict[str, Floats] = {}
        paths: dict[str, Path] = {}
        for name in dict.fromkeys(setting.variable for setting in self.settings):
            variable, shape = spec.by_identifier[name], spec.shape(name)
            courses = self.courses(variable)
            if variable.kind is Kind.CONSTANT and all(c.is_fixed for c in courses.values()):
                values = np.array(variable.values, dtype=np.float64)
                for position, course in courses.items():
                    values[position] = course.values[0]
                constants[name] = values.reshape(shape)
            else:
                paths[name] = _path(variable, shape, courses)
        return Overrides(constants, paths)

    def courses(self, variable: Variable) -> dict[int, Course]:
        """The courses this scenario sets for a variable, by element."""
        return {
            position: course
            for setting in self.settings
            if setting.variable == variable.identifier
            for position, course in zip(setting.positions, setting.courses, strict=True)
        }

    def with_settings(self, settings: Iterable[Setting]) -> Scenario:
        """The scenario with further settings, which win over its own wherever they meet."""
        added = tuple(settings)
        won = {(each.variable, position) for each in added for position in each.positions}
        kept = (_without(each, won) for each in self.settings)
        return replace(self, settings=(*(each for each in kept if each.positions), *added))


def own_course(variable: Variable, position: int) -> Course:
    """What an element does in the model as it stands."""
    if variable.kind is not Kind.SERIES:
        return Course((0.0,), (variable.values[position],))
    count = len(variable.times)
    values = variable.values[position * count : (position + 1) * count]
    return Course(tuple(variable.times), tuple(values))


def _path(variable: Variable, shape: tuple[int, ...], courses: dict[int, Course]) -> Path:
    elements = int(np.prod(shape, dtype=np.int64))
    full = [courses.get(each) or own_course(variable, each) for each in range(elements)]
    moving = {time for course in full if not course.is_fixed for time in course.times}
    times = np.array(sorted(moving), dtype=np.float64)
    values = np.stack([course.at(times) for course in full])
    return Path(times, values.reshape((*shape, times.size)))


def _without(setting: Setting, won: set[tuple[str, int]]) -> Setting:
    pairs = zip(setting.positions, setting.courses, strict=True)
    kept = [(p, course) for p, course in pairs if (setting.variable, p) not in won]
    if len(kept) == len(setting.positions):
        return setting
    positions, courses = tuple(p for p, _ in kept), tuple(course for _, course in kept)
    return replace(setting, positions=positions, courses=courses)
