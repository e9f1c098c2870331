"""A scenario file for a planner to edit: every lever of the model, with what it may be.

In: a name, the scenario to start from, the `Catalogue` of the model and the rows of its levers
table. Out: the text of a YAML file. What the parent sets is written out, as its files say it, so
that the new file resolves to the same overrides; every other lever is a comment that becomes a
setting when its `# ` is removed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localcare.model.levers import Lever
from localcare.model.names import key
from localcare.model.spec import ModelSpec, Variable
from localcare.model.text import number_text
from localcare.problems import BadInput, Problem
from localcare.scenario import moments, resolve
from localcare.scenario.catalogue import Catalogue, same_unit
from localcare.scenario.document import plain, read
from localcare.scenario.draft import Located, draft
from localcare.scenario.moments import Refused
from localcare.scenario.scenario import Scenario, Setting
from localcare.scenario.schema import is_name
from localcare.scenario.selection import own_value, path_of
from localcare.scenario.yaml_text import entry, flow

__all__ = ["check_name", "template"]

#: The usual beginning and length of a policy, in models with a calendar.
START, RAMP = "2026/27", "1 year"
COMMENT = 100


@dataclass(frozen=True)
class _Written:
    """A setting of the parent and the entry of a file that says it."""

    setting: Setting
    located: Located[Any]


def check_name(name: str) -> None:
    """Raise BadInput unless `name` can be the name of a scenario."""
    if is_name(name):
        return
    close = "-".join(key(name.removesuffix(".yaml").removesuffix(".yml")).replace("-", " ").split())
    cure = "Use small letters, digits and hyphens, 60 at most."
    if is_name(close):
        cure += f' "{close}" would do.'
    raise BadInput(Problem("cannot be the name of a scenario.", cure, key=f'"{name}"'))


def template(name: str, parent: Scenario, known: Catalogue, levers: Sequence[Lever]) -> str:
    """The text of a new scenario file that does what `parent` does."""
    spec = known.spec
    written = _written(parent, known)
    pulled = [(row, known.lever(row.variable)) for row in levers]
    lines = [*_head(name, parent), "", *_how([variable for _, variable in pulled], spec)]
    lines += ["", "levers:"]
    for row, variable in pulled:
        own = [each for each in written if each.setting.variable == variable.identifier]
        lines += ["", *_lever(row, variable, own, spec)]
    lines += ["", *_section("constants", _constants(written, spec), _CONSTANTS)]
    lines += ["", *_section("series", _series(written), _SERIES)]
    return "\n".join(lines) + "\n"


_CONSTANTS = (
    "Constants of the model, set for the whole run; `localcare assumptions` shows their ranges.",
    "constants:",
    "  <name of a constant>: <number>",
)
_SERIES = (
    "Levers, or data series of the model, year by year.",
    "series:",
    "  <name of a lever>: {2026/27: <number>, 2027/28: <number>}",
)


def _written(parent: Scenario, known: Catalogue) -> list[_Written]:
    """Every setting of the parent with its entry, found by resolving its files once more."""
    found: list[_Written] = []
    left = list(parent.settings)
    for file in parent.files:
        read_in, _ = draft(read(file)[0], file)
        pairs = [
            *((each, resolve.lever(each, known)[0]) for each in read_in.levers),
            *((each, resolve.constant(each, known)[0]) for each in read_in.constants),
            *((each, resolve.yearly(each, known)[0]) for each in read_in.series),
        ]
        for located, setting in pairs:
            if setting is not None and setting in left:
                left.remove(setting)
                found.append(_Written(setting, located))
    if left:
        raise BadInput(Problem("changed while it was read.", "Try again.", parent.files[-1]))
    return found


def _head(name: str, parent: Scenario) -> Iterator[str]:
    title = name.replace("-", " ").capitalize()
    yield from _comment(
        f"A scenario begun from {parent.name} ({parent.title}). It stands alone: what is changed "
        f"in {parent.name} later does not reach it. Edit what you mean to change, then run "
        f"`localcare compare baseline {name}`. A line that begins with # says nothing to the "
        "model; remove `# ` from the lines of a lever to set it. Numbers outside their range, "
        "misspelt names and other slips are told with their line."
    )
    yield ""
    yield from entry("name", name)
    yield from entry("title", f"{title}, begun from {parent.name}")
    yield "rationale: |"
    yield "  Why this should work, how strong the evidence is, what is uncertain."
    if parent.sources:
        words = ("# sources: ", flow(parent.sources))
        yield f"# Evidence that {parent.name} rests on:"
        yield from textwrap.wrap("".join(words), COMMENT, subsequent_indent="#   ",
                                 break_long_words=False, break_on_hyphens=False)  # fmt: skip


def _how(levers: Sequence[Variable], spec: ModelSpec) -> Iterator[str]:
    """How a lever is set, and the elements there are."""
    used = {name for each in levers for name in each.dimensions}
    how = (
        f"Each lever goes from its value of {_beginning(spec)}, from `start`, in a straight line "
        "over `ramp`, to `target`, and stays there."
    )
    if used:
        how += (
            " `target` is one number or one for each element, as in {Ashford: 5, Dover: 8}; "
            "`elements` names those that a setting holds for, all where there is no such line. "
            "Elements:"
        )
    yield from _comment(how)
    for each in spec.dimensions:
        if each.name in used:
            yield from _comment(f"{each.name}: {', '.join(each.elements)}.", indent=2, hang=2)


def _lever(
    row: Lever, variable: Variable, own: Sequence[_Written], spec: ModelSpec
) -> Iterator[str]:
    by = " and ".join(variable.dimensions)
    unit = "" if same_unit(variable.units or "Dmnl", "Dmnl") else f" {variable.units}"
    kind = f"{row.layer} layer" if unit else f"{row.layer} layer, a number without unit"
    yield from _comment(f"{variable.name} ({kind}{f', by {by}' if by else ''})", indent=2)
    low, high = number_text(row.low), number_text(row.high)
    allowed = f"From {low} to {high}{unit}; {_own(variable)}{unit} in {_beginning(spec)}."
    yield from _comment(f"{allowed} {row.note}", indent=4)
    sections = {each.setting.section for each in own}
    if sections - {"levers"}:
        yield from _comment(f"Set below, under `{min(sections)}:`.", indent=4)
        return
    for each in own:
        yield from _item(plain(each.located.node))
    if not own:
        example = list(_item(_example(variable, spec)))
        if variable.dimensions:
            named = (f"{d}: {flow((_first(variable, spec, d),))}" for d in variable.dimensions)
            example.append(f"    elements: {{{', '.join(named)}}}")
        yield from (f"  # {line[2:]}" for line in example)


def _item(values: dict[str, Any]) -> Iterator[str]:
    """An entry of `levers:`."""
    lines = [line for name, value in values.items() for line in entry(name, value, 4)]
    yield f"  - {lines[0][4:]}"
    yield from lines[1:]


def _example(variable: Variable, spec: ModelSpec) -> dict[str, Any]:
    """A setting that leaves the lever where it is."""
    values = {each for each in variable.values if each == each}  # noqa: PLR0124 (not a number)
    number = {"target": values.pop()} if len(values) == 1 else {"factor": 1.0}
    example: dict[str, Any] = {"lever": variable.name, **number}
    example["unit"] = variable.units or "Dmnl"
    example["start"] = spec.time.initial
    try:
        if spec.time.initial <= moments.moment(START, spec.time) < spec.time.final:
            example["start"] = START
        if moments.duration(RAMP, spec.time) >= moments.shortest_change(spec.time):
            example["ramp"] = RAMP
    except Refused:
        pass  # a model without a calendar: it starts at its beginning, at once
    return example


def _first(variable: Variable, spec: ModelSpec, dimension: str) -> str:
    """The first element of a dimension for which the variable has a value."""
    axis = variable.dimensions.index(dimension)
    position = next(
        i for i in range(len(variable.values)) if own_value(variable, i) == own_value(variable, i)
    )
    return path_of(spec, variable, position)[axis]


def _own(variable: Variable) -> str:
    """The model's own value, or the lowest and highest of its elements'."""
    values = [each for each in variable.values if each == each]  # noqa: PLR0124 (not a number)
    low, high = number_text(min(values)), number_text(max(values))
    return low if low == high else f"{low} to {high}"


def _beginning(spec: ModelSpec) -> str:
    return number_text(spec.time.initial)


def _constants(written: Sequence[_Written], spec: ModelSpec) -> Iterator[str]:
    """The constants, each as its file says it; one that several files set, by element."""
    by_variable: dict[str, list[_Written]] = {}
    for each in written:
        if each.setting.section == "constants":
            by_variable.setdefault(each.setting.variable, []).append(each)
    for group in by_variable.values():
        if len(group) == 1:
            yield from entry(group[0].setting.name, plain(group[0].located.node), 2)
            continue
        values: dict[str, Any] = {}
        for each in group:
            variable = spec.by_identifier[each.setting.variable]
            pairs = zip(each.setting.positions, each.setting.courses, strict=True)
            for position, course in pairs:
                *outer, last = path_of(spec, variable, position)
                inner = values
                for element in outer:
                    inner = inner.setdefault(element, {})
                inner[last] = course.values[0]
        reasons = [e.located.entry.beyond_range for e in group if e.located.entry.beyond_range]
        freed = {"beyond_range": " ".join(reasons)} if reasons else {}
        yield from entry(group[0].setting.name, {"value": values, **freed}, 2)


def _series(written: Sequence[_Written]) -> Iterator[str]:
    """The series; several settings of one stand in a list."""
    by_variable: dict[str, list[_Written]] = {}
    for each in written:
        if each.setting.section == "series":
            by_variable.setdefault(each.setting.variable, []).append(each)
    for group in by_variable.values():
        if len(group) == 1:
            yield from entry(group[0].setting.name, plain(group[0].located.node), 2)
            continue
        yield f"  {flow(group[0].setting.name)}:"
        for each in group:
            content = plain(each.located.node)
            long = content if isinstance(content, dict) and "years" in content else None
            yield from _item(long or {"years": content})


def _section(name: str, lines: Iterable[str], example: Sequence[str]) -> Iterator[str]:
    body = list(lines)
    yield from _comment(example[0])
    if body:
        yield f"{name}:"
        yield from body
    else:
        yield from (f"# {line}" for line in example[1:])


def _comment(text: str, indent: int = 0, hang: int = 0) -> Iterator[str]:
    """Comment lines: the mark `indent` (at most 2) in, the words `indent` in from it, lines after
    the first `hang` more."""
    margin = f"{' ' * min(indent, 2)}# {' ' * max(indent - 2, 0)}"
    yield from textwrap.wrap(
        " ".join(text.split()), COMMENT, initial_indent=margin,
        subsequent_indent=margin + " " * hang, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
