"""Which draws contradict the history: how implausible each is, and the rule that leaves some out.

In: `<model>.retention.yaml` beside the model, if there is one, and the observed figures it names:

    observed: kent_medway.observed.csv
    cut: 3
    series:
      A&E attendances: {discrepancy: 0.03}

Out: for every draw and every series and element (a system, say) the implausibility

    |mean modelled / mean observed - 1| / discrepancy

of the baseline over all observed periods, where the discrepancy is the standard deviation, as a
share, by which the mean of a sound run may be off. A draw whose largest implausibility is above the
`cut` contradicts the history and is left out of bands and chances; 3 is the rule of history
matching (Craig and others 1997; Vernon, Goldstein and Bower 2010: by Pukelsheim's rule at least 95%
of any unimodal distribution lies within three standard deviations). Draws are kept or left out
whole, so quantiles of those retained are plain quantiles. A model without the file retains all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from localcare.engine import Run
from localcare.model import ModelSpec, observed
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.scenario.document import plain, read
from localcare.study import errors
from localcare.study.observation import Matched, match, predict, read_meanings
from localcare.study.project import Project
from localcare.study.wording import worded

__all__ = ["History", "read_history"]

Floats = NDArray[np.float64]
ENDING, MEANINGS = ".retention.yaml", ".observed.yaml"


class _Weight(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    discrepancy: float = Field(gt=0)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    observed: str
    cut: float = Field(gt=0)
    series: dict[str, _Weight] = Field(min_length=1)


@dataclass(frozen=True)
class _Group:
    """The figures of one series and element; `rows` are their places in the series."""

    matched: Matched
    label: str
    rows: tuple[int, ...]
    discrepancy: float


@dataclass(frozen=True)
class History:
    """What draws are held against. `files` are those it was read from."""

    groups: tuple[_Group, ...]
    cut: float
    files: tuple[Path, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The series and elements, in order."""
        return tuple(group.label for group in self.groups)

    @property
    def needs(self) -> tuple[str, ...]:
        """Identifiers of what a run has to save."""
        return tuple(dict.fromkeys(name for each in self.groups for name in each.matched.needs))

    def implausibility(self, spec: ModelSpec, run: Run, columns: Sequence[int]) -> Floats:
        """How implausible the members in some columns of a run are, (members, labels)."""
        values = {name: run.values[name][..., list(columns)] for name in self.needs}
        part = replace(run, values=values)
        told: dict[str, Floats] = {}
        found = np.empty((len(columns), len(self.groups)))
        for place, group in enumerate(self.groups):
            series = group.matched.series
            if series not in told:
                told[series] = predict(spec, part, group.matched)
            seen = group.matched.values[list(group.rows)]
            for member, modelled in enumerate(told[series][list(group.rows)].T):
                found[member, place] = abs(errors.mean_error(modelled, seen)) / group.discrepancy
        return found

    def retained(self, implausibility: Floats) -> NDArray[np.bool_]:
        """Which members are kept, (members,). Raises CheckFailed where none is."""
        kept: NDArray[np.bool_] = implausibility.max(axis=1) <= self.cut
        if not kept.any():
            worst = self.labels[int(np.median(implausibility, axis=0).argmax())]
            raise CheckFailed(
                f"All {kept.size} draws contradict the history, {worst} most. Run more draws, hold "
                "the model's own numbers to the history (`localcare validate`), or leave the "
                "history out with --no-history."
            )
        return kept


def read_history(project: Project) -> History | None:
    """What stands beside a model, None where nothing does. Raises BadInput with every problem."""
    path = project.beside(ENDING)
    if not path.exists():
        return None
    document, _ = read(path)
    try:
        told = _Document.model_validate(plain(document))
    except ValidationError as error:
        cure = "See the head of localcare.study.retention for the form."
        raise BadInput(worded(path, document, error, cure)) from error
    table, meanings = path.with_name(told.observed), project.beside(MEANINGS)
    seen = observed.read(table)
    unknown = [name for name in told.series if name not in seen.series]
    if unknown:
        why = f"{table.name} has no series {', '.join(unknown)}."
        raise BadInput(Problem(why, f"It has {', '.join(seen.series)}.", file=path))
    matched = match(project.spec, read_meanings(meanings), seen, list(told.series))
    groups = tuple(
        _Group(each, f"{name}, {element}" if element else name, rows, told.series[name].discrepancy)
        for name, each in matched.items()
        for element, rows in _by_element(each).items()
    )
    return History(groups, told.cut, (path, table, meanings))


def _by_element(matched: Matched) -> dict[str, tuple[int, ...]]:
    """The places of a series' figures by the element they are of."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(matched.rows):
        found.setdefault(row.element, []).append(place)
    return {element: tuple(places) for element, places in found.items()}
