"""Grids over levers: `--grid "NAME=VALUE,VALUE"`, one axis each, all combinations of them.

In: the texts, and the `Catalogue` of the model. Out: axes of settings, and a scenario for each
combination, named after what it sets: `neighbourhood additional core beds=50, leavers retained=0`.

A value of a grid is the level a lever settles at. An element that the scenario moves keeps the
scenario's own start and ramp; one that it does not move steps there from a `start` for all of the
grid, and what is set for the whole run, or is no lever, is set for the whole run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from localcare.model.text import number_text
from localcare.problems import BadInput, Problem
from localcare.scenario import moments
from localcare.scenario.catalogue import Catalogue
from localcare.scenario.entry_checks import BEYOND
from localcare.scenario.moments import Refused
from localcare.scenario.scenario import Course, Scenario, Setting
from localcare.scenario.selection import own_value
from localcare.scenario.setting import parse_setting

__all__ = ["OPTION", "START", "Axis", "count", "grid_start", "parse_grid", "vary"]

OPTION, START = "--grid", "--start"
#: When levers of a grid begin that a scenario does not move, in models with a calendar: where the
#: shipped scenarios do.
USUAL_START = "2026/27"
_FORM = 'Write it like --grid "additional core beds=0,50,100", or "name[element]=..." for one.'


@dataclass(frozen=True)
class Axis:
    """What one `--grid` sets, in turn, with the words that name each in a scenario's name."""

    text: str
    labels: tuple[str, ...]
    settings: tuple[Setting, ...]


def parse_grid(texts: Iterable[str], known: Catalogue) -> tuple[Axis, ...]:
    """An axis for every `--grid`; no two may set the same thing. Raises BadInput with every
    problem."""
    axes: list[Axis] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            axis = _axis(text, known)
        except BadInput as bad:
            problems.extend(bad.problems)
            continue
        for first in axes:
            if _meet(first.settings[0], axis.settings[0]):
                why = f'is varied twice, by "{first.text}" and "{text}".'
                cure = "Put all its values into one."
                problems.append(Problem(why, cure, OPTION, None, axis.settings[0].name))
        axes.append(axis)
    if problems:
        raise BadInput(dict.fromkeys(problems))
    return tuple(axes)


def count(axes: Sequence[Axis]) -> int:
    """How many combinations there are: 1 without an axis."""
    number = 1
    for axis in axes:
        number *= len(axis.settings)
    return number


def grid_start(text: str | None, known: Catalogue) -> float | None:
    """When levers that a scenario does not move begin, in model time: `text`, or else the usual
    start; None, for the whole run, in a model without that date. Raises BadInput."""
    time = known.spec.time
    try:
        start = moments.moment(USUAL_START if text is None else text, time)
        if not time.initial <= start < time.final:
            why = f"lies outside the time the model covers, {moments.span(time)}."
            raise Refused(why, "Choose a time within it.")
    except Refused as refused:
        if text is None:
            return None
        raise BadInput(Problem(refused.why, refused.cure, START, None, text)) from refused
    return start


def vary(
    scenario: Scenario, axes: Sequence[Axis], known: Catalogue, start: float | None
) -> Iterator[Scenario]:
    """The scenario at every combination of the axes, the last axis changing fastest."""
    pairs = [tuple(zip(axis.labels, axis.settings, strict=True)) for axis in axes]
    for chosen in itertools.product(*pairs):
        words = ", ".join(label for label, _ in chosen)
        settings = [_placed(setting, scenario, known, start) for _, setting in chosen]
        varied = scenario.with_settings(settings)
        yield replace(varied, name=f"{scenario.name} {words}", title=f"{scenario.title}; {words}")


def _axis(text: str, known: Catalogue) -> Axis:
    left, equals, right = text.rpartition("=")
    if not equals:
        raise BadInput(Problem(f'"{text}" is not NAME=VALUE,VALUE.', _FORM, OPTION))
    settings: list[Setting] = []
    labels: list[str] = []
    problems: list[Problem] = []
    for value in right.split(","):
        try:
            setting = parse_setting(f"{left}={value}", known)
        except BadInput as bad:
            problems.extend(_of_grid(each) for each in bad.problems)
            continue
        label = _label(setting)
        if label in labels:
            why = f"{label.rpartition('=')[2]} is given twice."
            problems.append(Problem(why, "Keep one.", OPTION, None, setting.name))
        labels.append(label)
        settings.append(replace(setting, section=OPTION, file=f'{OPTION} "{text}"'))
    if problems:
        raise BadInput(dict.fromkeys(problems))
    return Axis(text, tuple(labels), tuple(settings))


def _of_grid(problem: Problem) -> Problem:
    cure = problem.cure.replace(BEYOND, "").rstrip()  # a file may say why, a grid cannot
    cure = _FORM if cure.startswith("Write it like --set") else cure
    why = problem.why.replace("NAME=VALUE.", "NAME=VALUE,VALUE.")
    return replace(problem, why=why, cure=cure, file=OPTION)


def _label(setting: Setting) -> str:
    where = f"[{setting.where}]" if setting.where else ""
    return f"{setting.name}{where}={number_text(setting.courses[0].values[0])}"


def _meet(one: Setting, other: Setting) -> bool:
    return one.variable == other.variable and bool(set(one.positions) & set(other.positions))


def _placed(setting: Setting, scenario: Scenario, known: Catalogue, start: float | None) -> Setting:
    """The setting of a grid in a scenario's own time: the scenario's first move of each element,
    or a step at `start`."""
    variable = known.spec.by_identifier[setting.variable]
    if variable.identifier not in known.levers:
        return setting
    own = scenario.courses(variable)
    step = moments.shortest_change(known.spec.time)
    courses: list[Course] = []
    for position, fixed in zip(setting.positions, setting.courses, strict=True):
        moved, target = own.get(position), fixed.values[0]
        if moved is not None and not moved.is_fixed:
            courses.append(Course(moved.times[:2], (moved.values[0], target)))
        elif moved is not None or start is None:
            courses.append(fixed)
        else:
            ends = (own_value(variable, position), target)
            courses.append(Course((start, start + step), ends))
    return replace(setting, courses=tuple(courses))
