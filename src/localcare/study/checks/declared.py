"""What a model promises of its own behaviour, read from `<model>.checks.yaml` beside it.

The file is data: which shares make a whole, which stocks together are conserved against which
boundary flows, which relations hold at all times, what must happen under extreme conditions, and
what feedback loops do. A modeller adds a promise without writing Python; `localcare check` holds
the model to it.

    totals:
      - {constant: frailty mix, over: frailty, total: 1}
    conservation:
      people:
        stocks: [population]
        inflows: [births, net migration]
        outflows: [deaths]
    always:
      - {variable: caseload, at_most: eligible people}
    extremes:
      no beds:
        because: Without beds there are no inpatients, and the queue grows.
        set:
          - {constant: initial core beds, factor: 0}
        expect:
          - {variable: inpatients, at_most: 1e-6, from: 2019.5}
          - {variable: waiting for a bed, grows: true}
    loops:
      bed-blocking:
        because: A full hospital keeps people longer, and is fuller for it.
        switch: bed blocking loop acts
        measure: emergency admissions
        acting: more
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from localcare.model import ModelSpec
from localcare.model.names import identifier
from localcare.model.spec import Kind
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario.document import Mapping, line_of, plain, read
from localcare.study.checks.setting import Setting, misplaced

__all__ = [
    "Conservation",
    "Declared",
    "Expectation",
    "Extreme",
    "Loop",
    "Total",
    "read_declared",
]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Conservation(_Entry):
    """The grand total of `stocks` changes by inflows less outflows and by nothing else."""

    stocks: tuple[str, ...] = Field(min_length=1)
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()


class Total(_Entry):
    """The elements of `constant` sum to `total` over the dimension `over`, for each of the others:
    shares of a whole."""

    constant: str
    over: str
    total: float = 1.0


class Expectation(_Entry):
    """What `variable` does from time `from` on (the start where not given).

    Exactly one of: `at_most`, `at_least` (a number, or the name of a variable of the same
    dimensions), or `grows`, `falls` (its total, from `from` to the end).
    """

    variable: str
    at_most: float | str | None = None
    at_least: float | str | None = None
    grows: Literal[True] | None = None
    falls: Literal[True] | None = None
    start: Annotated[float | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _one_relation(self) -> Expectation:
        given = [self.at_most, self.at_least, self.grows, self.falls]
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of at_most, at_least, grows, falls")
        return self


class Extreme(_Entry):
    """An extreme condition: what is set, and what must then happen. Finite values and stocks
    within their limits are asked of every one."""

    because: str
    set: tuple[Setting, ...] = Field(min_length=1)
    expect: tuple[Expectation, ...] = ()


class Loop(_Entry):
    """A feedback loop that a constant `switch` lets act (1) or cuts (0).

    In the last year of the run the total of `measure` is `acting` more or less than with the loop
    cut, by at least half a per cent; a loop that moves it by less is to be called `weak`. `set`
    holds for both, for a loop that only some policies turn.
    """

    because: str
    switch: str
    measure: str
    acting: Literal["more", "less"]
    weak: bool = False
    set: tuple[Setting, ...] = ()


class Declared(_Entry):
    """All that a model promises."""

    totals: tuple[Total, ...] = ()
    conservation: dict[str, Conservation] = {}
    always: tuple[Expectation, ...] = ()
    extremes: dict[str, Extreme] = {}
    loops: dict[str, Loop] = {}


def read_declared(path: Path, spec: ModelSpec) -> Declared:
    """Read and hold against the model. Raises BadInput with every problem of the file."""
    document, _ = read(path)
    try:
        declared = Declared.model_validate(plain(document))
    except ValidationError as error:
        raise BadInput(_worded(path, document, error)) from error
    problems = [
        Problem(
            f'no such {what} as "{name}" in {spec.file}.',
            did_you_mean(name, [v.name for v in spec.variables]),
            file=path,
            line=line_of(document, *where.split(".")),
            key=where,
        )
        for name, where, what in _names(declared)
        if not _fits(spec, name, what)
    ]
    if problems:
        raise BadInput(problems)
    problems = [
        Problem(fault, file=path, line=line_of(document, *where.split(".")), key=where)
        for where, settings in _settings(declared)
        for setting in settings
        if (fault := misplaced(spec, setting))
    ]
    problems += [
        Problem(fault, file=path, line=line_of(document, *where.split(".")), key=where)
        for where, expectations in _expectations(declared)
        for expectation in expectations
        if (fault := _incomparable(spec, expectation))
    ]
    problems += [
        Problem(
            f"{each.constant} has no dimension {each.over}.",
            did_you_mean(each.over, spec.by_identifier[identifier(each.constant)].dimensions),
            file=path,
            line=line_of(document, "totals", place),
            key="totals",
        )
        for place, each in enumerate(declared.totals)
        if each.over not in spec.by_identifier[identifier(each.constant)].dimensions
    ]
    if problems:
        raise BadInput(problems)
    return declared


def _settings(declared: Declared) -> list[tuple[str, tuple[Setting, ...]]]:
    """Every list of settings, and where it stands."""
    return [
        *((f"extremes.{name}.set", each.set) for name, each in declared.extremes.items()),
        *((f"loops.{name}.set", each.set) for name, each in declared.loops.items()),
    ]


def _expectations(declared: Declared) -> list[tuple[str, tuple[Expectation, ...]]]:
    """Every list of expectations, and where it stands."""
    return [
        ("always", declared.always),
        *((f"extremes.{name}.expect", each.expect) for name, each in declared.extremes.items()),
    ]


def _incomparable(spec: ModelSpec, expectation: Expectation) -> str:
    """Why two variables cannot be compared element by element; empty where they can."""
    variable = spec.by_identifier[identifier(expectation.variable)]
    for bound in (expectation.at_most, expectation.at_least):
        if isinstance(bound, str):
            other = spec.by_identifier[identifier(bound)]
            if other.dimensions != variable.dimensions:
                return (
                    f"{expectation.variable} is over ({', '.join(variable.dimensions)}) and "
                    f"{bound} over ({', '.join(other.dimensions)}), and they cannot be compared "
                    "element by element. Name variables of the same dimensions in the same order."
                )
    return ""


def _names(declared: Declared) -> list[tuple[str, str, str]]:
    """Every variable named, where, and as what."""
    found = []
    for total, each in declared.conservation.items():
        found += [(name, f"conservation.{total}.stocks", "stock") for name in each.stocks]
        flows = (*each.inflows, *each.outflows)
        found += [(name, f"conservation.{total}", "variable") for name in flows]
    for where, expectations in _expectations(declared):
        for expectation in expectations:
            other = (expectation.at_most, expectation.at_least)
            named = [expectation.variable, *(each for each in other if isinstance(each, str))]
            found += [(name, where, "variable") for name in named]
    found += [(each.constant, "totals", "constant") for each in declared.totals]
    for where, settings in _settings(declared):
        found += [(each.constant, where, "constant") for each in settings]
    for name, loop in declared.loops.items():
        found.append((loop.switch, f"loops.{name}.switch", "constant"))
        found.append((loop.measure, f"loops.{name}.measure", "variable"))
    return found


def _fits(spec: ModelSpec, name: str, what: str) -> bool:
    variable = spec.by_identifier.get(identifier(name))
    if variable is None:
        return False
    return {
        "stock": variable.kind is Kind.STOCK,
        "constant": variable.kind is Kind.CONSTANT,
        "variable": variable.kind is not Kind.LOOKUP,
    }[what]


def _worded(path: Path, document: Mapping, error: ValidationError) -> list[Problem]:
    return [
        Problem(
            fault["msg"].removeprefix("Value error, ") + ".",
            "See the head of localcare.study.checks.declared for the form.",
            file=path,
            line=line_of(document, *fault["loc"]),
            key=".".join(str(step) for step in fault["loc"]),
        )
        for fault in error.errors()
    ]
