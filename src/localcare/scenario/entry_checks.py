"""The parts of an entry, each read and checked against the model.

Every function takes an entry with its place in the file, what it needs of the model, and the list
of problems to which it adds; it returns what it read, as much as can be used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcare.model.spec import ModelSpec, TimeSettings, Variable
from localcare.problems import Problem
from localcare.scenario import moments
from localcare.scenario.catalogue import Catalogue, Range, same_unit, within
from localcare.scenario.draft import Located
from localcare.scenario.moments import Refused
from localcare.scenario.scenario import own_course
from localcare.scenario.schema import Amount, ConstantEntry, LeverEntry, WhereEntry
from localcare.scenario.selection import (
    Selection,
    index_along,
    own_value,
    select,
    spread,
    together,
    words,
)

__all__ = [
    "BEYOND",
    "check_range",
    "check_unit",
    "found",
    "offsets",
    "ramp",
    "selection",
    "start",
    "targets",
]

#: How many elements a message names before it says how many more there are.
NAMED = 4
BEYOND = "If it must leave its range write `{value: ..., beyond_range: <why>}`."


def found(
    located: Located[WhereEntry], find: Callable[[str], Variable], problems: list[Problem]
) -> Variable | None:
    """The variable an entry names."""
    try:
        return find(located.name)
    except Refused as refused:
        problems.append(located.problem(refused.why, refused.cure))
        return None


def start(
    located: Located[LeverEntry], time: TimeSettings, problems: list[Problem]
) -> float | None:
    """When a lever begins to move, in model time."""
    try:
        begin = moments.moment(located.entry.start, time)
        if not time.initial <= begin < time.final:
            why = f"lies outside the time the model covers, {moments.span(time)}."
            raise Refused(why, "Choose a time within it.")
    except Refused as refused:
        problems.append(located.problem(refused.why, refused.cure, "start"))
        return None
    return begin


def ramp(located: Located[LeverEntry], time: TimeSettings, problems: list[Problem]) -> float | None:
    """How long a lever moves, in model time."""
    shortest = moments.shortest_change(time)
    if located.entry.ramp is None:
        return shortest
    try:
        length = moments.duration(located.entry.ramp, time)
        if length < shortest * (1.0 - 1e-9):
            why = f"is shorter than the model's saving interval, {moments.length(shortest, time)}."
            raise Refused(why, "Leave `ramp` out: a step takes that long.")
    except Refused as refused:
        problems.append(located.problem(refused.why, refused.cure, "ramp"))
        return None
    return length


def selection(
    located: Located[WhereEntry], spec: ModelSpec, variable: Variable, problems: list[Problem]
) -> Selection:
    """The elements an entry names."""
    entry = located.entry
    named = dict(entry.elements)
    steps: dict[str, tuple[str, ...]] = {each: ("elements", each) for each in named}
    for dimension, key in (("place", "places"), ("system", "systems")):
        names = entry.places if key == "places" else entry.systems
        if names and dimension in named:
            why = f"`{key}` and `elements: {dimension}` say the same thing."
            problems.append(located.problem(why, "Keep one.", key))
        elif names:
            named[dimension], steps[dimension] = names, (key,)
    chosen, wrong = select(spec, variable, named)
    for dimension, refused in wrong:
        at = steps.get(dimension, ())
        problems.append(located.problem(refused.why, refused.cure, *at))
    return chosen


def offsets(
    located: Located[LeverEntry],
    spec: ModelSpec,
    variable: Variable,
    chosen: Selection,
    problems: list[Problem],
) -> dict[int, float]:
    """How much later than the start each flat position begins, under a roll-out."""
    roll_out = located.entry.rollout
    if roll_out is None:
        return {}
    over: float | None = None
    try:
        over = moments.duration(roll_out.over, spec.time)
        if over <= 0.0:
            raise Refused("must be longer than nothing.", "Leave `rollout` out to begin together.")
    except Refused as refused:
        problems.append(located.problem(refused.why, refused.cure, "rollout", "over"))
    try:
        axis, first = together(spec, variable, roll_out.trailblazers, chosen)
    except Refused as refused:
        problems.append(located.problem(refused.why, refused.cure, "rollout", "trailblazers"))
        return {}
    others = [each for each in chosen.chosen[axis] if each not in first]
    if not others:
        why = "leaves nobody to follow: every element begins at the start."
        problems.append(located.problem(why, "Leave `rollout` out.", "rollout", "trailblazers"))
    if over is None:
        return {}
    later = {each: over * (turn + 1) / len(others) for turn, each in enumerate(others)}
    return {
        position: later.get(index_along(spec, variable, position, axis), 0.0)
        for position in chosen.positions
    }


def targets(
    located: Located[LeverEntry] | Located[ConstantEntry],
    spec: ModelSpec,
    variable: Variable,
    chosen: Selection,
    problems: list[Problem],
) -> dict[int, float]:
    """The number each flat position is set to, in the variable's unit."""
    entry = located.entry
    keys = ("target", "factor", "add") if isinstance(entry, LeverEntry) else ("value", "factor")
    given: dict[str, Amount] = {key: getattr(entry, key) for key in keys if getattr(entry, key)}
    if len(given) != 1:
        which = " and ".join(f"`{key}`" for key in given)
        why = f"gives {which}, which say different things." if given else "says no number."
        problems.append(located.problem(why, f"Give one of {', '.join(keys)}."))
        return {}
    key, amount = next(iter(given.items()))
    check_unit(
        located,
        variable,
        problems,
        needed=isinstance(entry, LeverEntry) and key != "factor",
        or_none=key == "factor",
    )
    if not chosen.positions and key in {"target", "value"}:
        # No element was named right, which is reported; the number can still be held to its range.
        chosen, _ = select(spec, variable, {})
    numbers, wrong = spread(spec, variable, amount, chosen)
    for elements, refused in wrong:
        problems.append(located.problem(refused.why, refused.cure, key, *elements))
    if key == "factor":
        return {each: own_value(variable, each) * n for each, n in numbers.items()}
    if key == "add":
        return {each: own_value(variable, each) + n for each, n in numbers.items()}
    return numbers


def check_unit(
    located: Located[WhereEntry],
    variable: Variable,
    problems: list[Problem],
    *,
    needed: bool = False,
    or_none: bool = False,
) -> None:
    """The unit an entry gives must be the model's; `or_none`: or that of a bare factor."""
    unit, own = located.entry.unit, variable.units or "Dmnl"
    if unit is None:
        if needed:
            cure = f"Write `unit: {own}`, the model's unit for {variable.name}."
            problems.append(located.problem("has no unit.", cure))
    elif not same_unit(unit, own) and not (or_none and same_unit(unit, "Dmnl")):
        why = f'"{unit}" is not the unit of {variable.name}, which is "{own}".'
        cure = f"Give the number in {own} and write `unit: {own}`."
        problems.append(located.problem(why, cure, "unit"))


def check_range(
    located: Located[WhereEntry],
    known: Catalogue,
    variable: Variable,
    numbers: Mapping[int, float],
    problems: list[Problem],
    *,
    steps: tuple[str, ...] = (),
    when: float | None = None,
) -> None:
    """Every number must lie within the limits of the variable's units and its range in the tables,
    which a constant may leave by saying why. `steps` lead to the number in the entry; `when` is
    the time to whose own value a factor's range relates, for a series."""
    faults: dict[tuple[str, str], list[int]] = {}
    entry = located.entry
    freed = isinstance(entry, ConstantEntry) and entry.beyond_range is not None
    allowed = None if freed else known.range_of(variable.identifier)
    outright = isinstance(entry, ConstantEntry)
    for position, number in numbers.items():
        fault = _limit_fault(variable, number)
        if fault is None and allowed is not None:
            own = own_value(variable, position)
            if when is not None:
                own = own_course(variable, position).value_at(when)
            fault = _range_fault(variable, allowed, own, number)
            if fault is not None and outright and not allowed.variant:
                fault = (fault[0], f"{fault[1]} {BEYOND}")
        if fault is not None:
            faults.setdefault(fault, []).append(position)
    if not faults:
        return
    at = steps or tuple(
        key for key in ("target", "factor", "add", "value") if getattr(entry, key, None) is not None
    )
    (why, cure), positions = next(iter(faults.items()))
    where = words(known.spec, variable, positions)
    names = where.split(", ")
    if len(names) > NAMED:
        where = f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    others = sum(len(each) for each in faults.values()) - len(positions)
    also = f" So are {others} other elements." if others > 1 else ""
    also = " So is another element." if others == 1 else also
    problems.append(located.problem(f"{why}{f' ({where})' if where else ''}.{also}", cure, *at))


def _limit_fault(variable: Variable, number: float) -> tuple[str, str] | None:
    low, high = variable.limits
    if (low is None or number >= low) and (high is None or number <= high):
        return None
    side = f"at least {low:g}" if low is not None and number < low else f"at most {high:g}"
    return f"{_with_unit(number, variable)} cannot be: it is {side} in the model", ""


def _range_fault(
    variable: Variable, allowed: Range, own: float, number: float
) -> tuple[str, str] | None:
    low, high = sorted(allowed.scope.applied(own, end) for end in (allowed.low, allowed.high))
    if allowed.variant and number not in {low, high}:
        why = f"is neither {low:g} nor {high:g}, of which {allowed.table} lets a scenario choose"
        return f"{_with_unit(number, variable)} {why}", "Choose one."
    if within(number, low, high):
        return None
    cure = f"Choose from {low:g} to {high:g}."
    if low == high:
        why = f"is not {low:g}, at which {allowed.table} holds it"
        cure = "Leave it out."
    elif number > high:
        why = f"is above the highest allowed, {high:g} ({allowed.table})"
    else:
        why = f"is below the lowest allowed, {low:g} ({allowed.table})"
    return f"{_with_unit(number, variable)} {why}", cure


def _with_unit(number: float, variable: Variable) -> str:
    unit = "" if same_unit(variable.units or "Dmnl", "Dmnl") else f" {variable.units}"
    return f"{number:g}{unit}"
