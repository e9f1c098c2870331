"""From the entries of a scenario file to settings in a model's own terms.

In: an entry (`schema`) with its place in the file, and the `Catalogue` of the model. Out: a
`Setting`, or None with every problem of the entry.

A lever's course is the model's own value until the start, then a straight line over the ramp to
the target, then the target. Without a ramp the change takes one saving interval. Under a roll-out
the trailblazers begin at the start and the other elements of that dimension follow one by one at
even intervals, the last of them `over` later.
"""

from __future__ import annotations

from itertools import pairwise

from localcare.model.spec import Kind, TimeSettings, Variable
from localcare.problems import Problem
from localcare.scenario import entry_checks as checks
from localcare.scenario import moments
from localcare.scenario.catalogue import Catalogue
from localcare.scenario.draft import Located
from localcare.scenario.moments import Refused
from localcare.scenario.scenario import Course, Setting, own_course
from localcare.scenario.schema import ConstantEntry, LeverEntry, SeriesEntry, WhereEntry
from localcare.scenario.selection import own_value, words

__all__ = ["constant", "lever", "yearly"]

#: The longest share of a year that the step from one year's value to the next takes.
LONGEST_YEARLY_STEP = 0.5


def lever(located: Located[LeverEntry], known: Catalogue) -> tuple[Setting | None, list[Problem]]:
    """The setting of one entry of `levers:`."""
    problems: list[Problem] = []
    start = checks.start(located, known.spec.time, problems)
    ramp = checks.ramp(located, known.spec.time, problems)
    variable = checks.found(located, known.lever, problems)
    if variable is None:
        return None, problems
    selection = checks.selection(located, known.spec, variable, problems)
    offsets = checks.offsets(located, known.spec, variable, selection, problems)
    targets = checks.targets(located, known.spec, variable, selection, problems)
    checks.check_range(located, known, variable, targets, problems)
    if problems or start is None or ramp is None:
        return None, problems
    courses = {}
    for position, target in targets.items():
        begin = start + offsets.get(position, 0.0)
        courses[position] = Course((begin, begin + ramp), (own_value(variable, position), target))
    return _setting(located, known, variable, "levers", courses), problems


def constant(
    located: Located[ConstantEntry], known: Catalogue
) -> tuple[Setting | None, list[Problem]]:
    """The setting of one entry of `constants:`."""
    problems: list[Problem] = []
    variable = checks.found(located, known.constant, problems)
    if variable is None:
        return None, problems
    selection = checks.selection(located, known.spec, variable, problems)
    targets = checks.targets(located, known.spec, variable, selection, problems)
    checks.check_range(located, known, variable, targets, problems)
    if problems:
        return None, problems
    courses = {position: Course((0.0,), (value,)) for position, value in targets.items()}
    return _setting(located, known, variable, "constants", courses), problems


def yearly(located: Located[SeriesEntry], known: Catalogue) -> tuple[Setting | None, list[Problem]]:
    """The setting of one entry of `series:`."""
    problems: list[Problem] = []
    values = located.entry.years
    starts = _years(located, known.spec.time, problems)
    variable = checks.found(located, known.yearly, problems)
    if variable is None:
        return None, problems
    selection = checks.selection(located, known.spec, variable, problems)
    checks.check_unit(located, variable, problems)
    for year, value in values.items():
        same = dict.fromkeys(selection.positions, value)
        at, when = ("years", year), starts.get(year)
        checks.check_range(located, known, variable, same, problems, steps=at, when=when)
    if problems:
        return None, problems
    steps = sorted((starts[year], value) for year, value in values.items())
    courses = {
        each: _by_year(variable, each, steps, known.spec.time) for each in selection.positions
    }
    return _setting(located, known, variable, "series", courses), problems


def _setting(
    located: Located[WhereEntry],
    known: Catalogue,
    variable: Variable,
    section: str,
    courses: dict[int, Course],
) -> Setting:
    positions = tuple(sorted(courses))
    entry = located.entry
    beyond = entry.beyond_range if isinstance(entry, ConstantEntry) else None
    return Setting(
        variable=variable.identifier,
        name=variable.name,
        unit=variable.units,
        section=section,
        positions=positions,
        courses=tuple(courses[position] for position in positions),
        where=words(known.spec, variable, positions),
        note=entry.note or beyond or "",
        file=str(located.file),
        line=located.line,
    )


def _years(
    located: Located[SeriesEntry], time: TimeSettings, problems: list[Problem]
) -> dict[str, float]:
    """The start of each year of a series, in model time."""
    starts: dict[str, float] = {}
    kinds: set[bool] = set()
    for year in located.entry.years:
        try:
            start, financial = moments.year_start(year, time)
            if start in starts.values():
                raise Refused("is given twice.", "Keep one.")
            if start + 1.0 <= time.initial or start >= time.final:
                why = f"lies outside the time the model covers, {moments.span(time)}."
                raise Refused(why, "Remove it.")
        except Refused as refused:
            problems.append(located.problem(refused.why, refused.cure, "years", year))
            continue
        starts[year] = start
        kinds.add(financial)
    if not located.entry.years:
        cure = "Write `{2026/27: 0.2, 2027/28: 0.3}`."
        problems.append(located.problem("gives no year.", cure, "years"))
    if len(kinds) > 1:
        why = "mixes financial years and calendar years."
        problems.append(located.problem(why, "Use one of the two.", "years"))
    else:
        for (before, first), (year, second) in pairwise(
            sorted(starts.items(), key=lambda each: each[1])
        ):
            if second - first > 1.5:
                why = f"a year is missing between {before} and {year}."
                cure = "Give every year from the first to the last."
                problems.append(located.problem(why, cure, "years", year))
    return starts


def _by_year(
    variable: Variable, position: int, steps: list[tuple[float, float]], time: TimeSettings
) -> Course:
    """The model's own value until the first year, then each year's value, reached over one saving
    interval from the start of the year and held to its end."""
    own, first = own_course(variable, position), steps[0][0]
    change = min(moments.shortest_change(time), LONGEST_YEARLY_STEP)
    times: list[float] = []
    values: list[float] = []
    if variable.kind is Kind.SERIES:
        earlier = [pair for pair in zip(own.times, own.values, strict=True) if pair[0] < first]
        times, values = [pair[0] for pair in earlier], [pair[1] for pair in earlier]
    before = own.value_at(first)
    for start, value in steps:
        times += [start, start + change]
        values += [before, value]
        before = value
    return Course(tuple(times), tuple(values))
