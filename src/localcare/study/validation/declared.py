"""What must come out right, read from `<model>.validation.yaml` beside the model.

    history:
      inputs: [net migration planned]
      fitted:
        - {variable: pandemic effect on ae attendances, off: 1}
    rows:
      - row: A&E attendances by system and month
        kind: validated
        parts:
          - {measure: mean error, series: A&E attendances, within: 0.03}
          - {measure: mean absolute error, series: A&E attendances, within: 0.15,
             from: 2020-04-01, to: 2021-04-01}

A row is one line of what was promised; it passes where all its parts do. It is `validated` where it
could have failed, `reproduced` where it was fitted. `history` lists what enters the model from
outside: `inputs` that drive it, and what was `fitted` to the past, each with the value at which it
does nothing, if it has one. `because` says what is known of why a row fails.

Windows are dates: `from` is inside, `to` is not. Errors are shares (0.03 is 3%).

| measure | what is held to what |
|---|---|
| mean error | the mean of each element of a series, within a share of the observed |
| mean absolute error | the mean absolute percentage error of each element |
| largest error | every single figure, within a share |
| largest difference | every single figure, within so many of its unit |
| level | nothing: level, trend and error are printed |
| share | a part of a variable over a larger part, within so much of a target, at one time |
| drift of shares | the shares of one dimension in each element of another, between two times |
| effect | a variable under `set` over itself under `against`, less 1, between two bounds |
| checks | the checks of `localcare check` of these names |
| need groups | the table of Patient Need Groups, against what is published of them |
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from localcare.problems import BadInput, Problem
from localcare.scenario.document import line_of, plain, read
from localcare.study.wording import worded

__all__ = [
    "AnyPart", "Change", "ChecksPart", "DriftPart", "EffectPart", "Fitted", "History", "LeftOut",
    "NeedGroupsPart", "NeedUse", "Row", "SeriesPart", "SharePart", "Spread", "Validation", "Window",
    "read_validation",
]  # fmt: skip

Elements = dict[str, tuple[str, ...]]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Window(_Entry):
    """A stretch of time: `from` is inside, `to` is not."""

    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return (self.start is None or day >= self.start) and (self.end is None or day < self.end)


class LeftOut(_Entry):
    """A figure that is not compared, and why."""

    element: str = ""
    start: date
    because: str


class Change(_Entry):
    """A constant (or series) set to a `value`, or multiplied by a `factor`, on all elements or on
    those named, from the beginning or from the model time `from` on."""

    constant: str
    elements: Elements = {}
    value: float | None = None
    factor: float | None = None
    start: Annotated[float | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _one_amount(self) -> Change:
        if (self.value is None) == (self.factor is None):
            raise ValueError("give a value or a factor")
        return self


class SeriesPart(Window):
    """A modelled series against the observed one, element by element."""

    measure: Literal[
        "mean error", "mean absolute error", "largest error", "largest difference", "level"
    ]
    series: str
    within: float | None = Field(default=None, gt=0)
    elements: tuple[str, ...] = ()
    without: tuple[Window, ...] = ()
    leave_out: tuple[LeftOut, ...] = ()
    set: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _bounded(self) -> SeriesPart:
        if (self.within is None) != (self.measure == "level"):
            raise ValueError("give `within`, unless the measure is level")
        return self


class SharePart(_Entry):
    """`part` of a variable over the larger part `whole` at a time, within so much of a target."""

    measure: Literal["share"]
    variable: str
    part: Elements
    whole: Elements = {}
    at: float
    target: float
    within: float = Field(gt=0)
    set: tuple[Change, ...] = ()


class DriftPart(_Entry):
    """How far the shares of `across` in each element of `by` move between two times at most."""

    measure: Literal["drift of shares"]
    variable: str
    across: str
    by: str
    start: Annotated[float, Field(alias="from")]
    end: Annotated[float, Field(alias="to")]
    within: float = Field(gt=0)
    set: tuple[Change, ...] = ()


class Spread(_Entry):
    """The low and high end of what is uncertain, and effects that the range between them holds."""

    low: tuple[Change, ...] = Field(min_length=1)
    high: tuple[Change, ...] = Field(min_length=1)
    holds: tuple[float, ...] = Field(min_length=1)


class EffectPart(_Entry):
    """A variable's mean between two times under `set`, over the same under `against`, less 1;
    `over` another variable, each is a ratio first. With `across`, further settings hold for
    both sides at each end of what is uncertain."""

    measure: Literal["effect"]
    variable: str
    over: str | None = None
    elements: Elements = {}
    start: Annotated[float, Field(alias="from")]
    end: Annotated[float, Field(alias="to")]
    set: tuple[Change, ...] = Field(min_length=1)
    against: tuple[Change, ...] = ()
    between: tuple[float, float]
    range: Spread | None = None


class NeedUse(_Entry):
    """A use of care: its `column` of the table, the variable that has it by state, what `share` of
    all of it the labelled have, and how many times the average (`rate`, or more than `over`)."""

    column: str
    variable: str
    share: float | None = None
    rate: float | None = None
    over: float | None = None


class NeedGroupsPart(_Entry):
    """A crosswalk from the states of `dimension` to a label: `table` gives for each state the share
    labelled and, for each use, how much more they use than the mean of their state. `people` is
    the share of all people that has the label, in the calendar `year`."""

    measure: Literal["need groups"]
    table: str
    dimension: str
    year: int
    variable: str
    people: float
    uses: tuple[NeedUse, ...] = Field(min_length=1)
    within: float = Field(gt=0)


class ChecksPart(_Entry):
    """Checks of `localcare check`, by name."""

    measure: Literal["checks"]
    checks: tuple[str, ...] = Field(min_length=1)


AnyPart = Annotated[
    SeriesPart | SharePart | DriftPart | EffectPart | NeedGroupsPart | ChecksPart,
    Field(discriminator="measure"),
]


class Row(_Entry):
    """One line of what must come out right."""

    row: str
    kind: Literal["validated", "reproduced"]
    parts: tuple[AnyPart, ...] = Field(min_length=1)
    because: str = ""


class Fitted(_Entry):
    """What was fitted to the past, and the value at which it does nothing; None for what has none,
    which is counted and stays."""

    variable: str
    off: float | None = None


class History(_Entry):
    """What enters from outside."""

    inputs: tuple[str, ...] = ()
    fitted: tuple[Fitted, ...] = ()


class Validation(_Entry):
    """All of it. `tables` are the files of figures beside the model."""

    tables: tuple[str, ...] = Field(min_length=1)
    history: History = History()
    rows: tuple[Row, ...] = Field(min_length=1)


def read_validation(path: Path) -> Validation:
    """Read the file. Raises BadInput with every problem of its form."""
    document, _ = read(path)
    try:
        declared = Validation.model_validate(plain(document))
    except ValidationError as error:
        cure = "See the head of localcare.study.validation.declared for the form."
        raise BadInput(worded(path, document, error, cure)) from error
    problems = []
    seen: dict[str, int] = {}
    for position, row in enumerate(declared.rows):
        first = seen.setdefault(row.row, position)
        if first != position:
            line = line_of(document, "rows", position)
            problems.append(Problem("there are two rows of this name.", "", path, line, row.row))
    if problems:
        raise BadInput(problems)
    return declared
