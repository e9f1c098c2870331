"""`--target MEASURE=VALUE`: what a planner wants met, read and held to what a run measures."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from localcare.measures.catalogue import MEASURES, missing, yearly
from localcare.measures.limits import Limit
from localcare.measures.measure import LEADING
from localcare.present.tables import measure_called
from localcare.problems import BadInput, Problem, did_you_mean

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["hold_targets", "read_targets"]

OPTION = "--target"
_FORM = re.compile(r"(?P<measure>[^<>=]+)(?P<how><=|>=|=)(?P<level>[^<>=]+)")


def read_targets(texts: Sequence[str]) -> tuple[Limit, ...]:
    """Targets as given: MEASURE=VALUE in the unit of the measure (92% for 0.92), at most or at
    least as is better for that measure, or MEASURE<=VALUE or MEASURE>=VALUE.

    Raises BadInput for what is no such thing, all problems at once.
    """
    found: list[Limit] = []
    problems: list[Problem] = []
    for text in texts:
        read = _read(text)
        if isinstance(read, Problem):
            problems.append(read)
        elif read not in found:
            found.append(read)
    if problems:
        raise BadInput(problems)
    return tuple(found)


def hold_targets(targets: Sequence[Limit], central: xr.Dataset) -> None:
    """Raise BadInput for a target on what the central run has no single figure of."""
    problems = []
    for target in targets:
        measure = measure_called(target.measure)
        if measure is None:
            continue
        lacking = missing(measure, central)
        if lacking:
            why = f"needs {', '.join(lacking)}, which these runs do not hold."
            problems.append(Problem(why, key=f"{OPTION}: {measure.name}"))
        elif not measure.aggregate:
            own = [str(name) for name in yearly(measure, central).dims if name not in LEADING]
            if own:
                why = f"is told by {', '.join(own)} and has no single figure to be met."
                problems.append(Problem(why, key=f"{OPTION}: {measure.name}"))
    if problems:
        raise BadInput(problems)


def _read(text: str) -> Limit | Problem:
    form = _FORM.fullmatch(text.strip())
    if form is None:
        cure = 'Write it as MEASURE=VALUE, such as "beds needed=3000".'
        return Problem(f"{text!r} is no target.", cure, key=OPTION)
    measure = measure_called(form["measure"])
    name = form["measure"].strip()
    if measure is None:
        cure = did_you_mean(name, [each.name for each in MEASURES])
        return Problem("no such measure.", cure, key=f"{OPTION}: {name}")
    level = _number(form["level"])
    if level is None:
        why = f"{form['level'].strip()!r} is no number."
        share = measure.units in ("", "1", "Dmnl")
        cure = "Give a share, such as 0.92 or 92%." if share else f"Give it in {measure.units}."
        return Problem(why, cure, key=f"{OPTION}: {measure.name}")
    if form["how"] == "=" and not measure.direction:
        why = "neither more nor less of it is better for all, so `=` does not say which is wanted."
        cure = f'Write "{measure.name}<={level:g}" or "{measure.name}>={level:g}".'
        return Problem(why, cure, key=f"{OPTION}: {measure.name}")
    at_least = form["how"] == ">=" or (form["how"] == "=" and measure.direction == "up")
    return Limit(measure.name, level, at_least=at_least)


def _number(text: str) -> float | None:
    """A number, 92% for 0.92; None for what is none."""
    text = text.strip()
    share = text.endswith("%")
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return value / 100 if share else value
