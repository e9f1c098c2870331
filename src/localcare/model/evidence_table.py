"""The joined table of evidence: each number of the model with its range, quality and sources.

In go a `ModelSpec`, its assumptions and its references; out come frozen rows in the order of the
model file, for `localcare assumptions`, `localcare describe` and workbooks.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from localcare.model.assumptions import Assumptions, Distribution, Quality, Scope
from localcare.model.bibliography import Bibliography
from localcare.model.evidence import needs_evidence
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.model.text import number_text
from localcare.problems import BadInput, Problem, did_you_mean

__all__ = ["COLUMNS", "EvidenceRow", "count_by_quality", "joined", "row_of", "sectors", "write_csv"]

COLUMNS = (
    "variable", "sector", "units", "value", "low", "high", "distribution", "scope", "quality",
    "sources", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One number or array of numbers. `value` is its value, or a summary in words; what follows
    it is None or empty where the assumptions table has no row. `sources` are printable references
    (author, year, title), or the bare key where the references lack it.
    """

    variable: str
    identifier: str
    sector: str
    units: str
    value: str
    low: float | None = None
    high: float | None = None
    distribution: Distribution | None = None
    scope: Scope | None = None
    quality: Quality | None = None
    sources: tuple[str, ...] = ()
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `COLUMNS`."""
        return (
            self.variable,
            self.sector,
            self.units,
            self.value,
            "" if self.low is None else number_text(self.low),
            "" if self.high is None else number_text(self.high),
            self.distribution or "",
            self.scope or "",
            self.quality or "",
            "; ".join(self.sources),
            self.note,
        )


def joined(
    spec: ModelSpec,
    assumptions: Assumptions,
    bibliography: Bibliography,
    sector: str = "",
    quality: Quality | None = None,
) -> tuple[EvidenceRow, ...]:
    """The rows of one sector (a group of the model file, or part of its name) and quality, or all.

    Raises BadInput where the model has no such sector.
    """
    known = sectors(spec)
    wanted = {name for name in known if sector.lower() in name.lower()}
    exact = {name for name in known if sector.lower() == name.lower()}
    if sector and not wanted:
        cure = did_you_mean(sector, known) or f"The sectors are {', '.join(known)}."
        raise BadInput(Problem("the model has no such sector.", cure, key=sector))
    rows = (
        row_of(variable, assumptions, bibliography)
        for variable in spec.variables
        if needs_evidence(variable) and (not sector or variable.group in (exact or wanted))
    )
    return tuple(row for row in rows if quality is None or row.quality is quality)


def row_of(variable: Variable, assumptions: Assumptions, bibliography: Bibliography) -> EvidenceRow:
    """The row of one constant, series or lookup."""
    known = EvidenceRow(
        variable.name, variable.identifier, variable.group, variable.units, _value(variable)
    )
    row = assumptions.of(variable.name)
    if row is None:
        return known
    references = bibliography.by_key
    return EvidenceRow(
        known.variable,
        known.identifier,
        known.sector,
        known.units,
        known.value,
        row.low,
        row.high,
        row.distribution,
        row.scope,
        row.quality,
        tuple(str(references.get(key, key)) for key in row.sources),
        row.note,
    )


def sectors(spec: ModelSpec) -> list[str]:
    """The groups of the model file that hold numbers, in its order."""
    groups = (each.group for each in spec.variables if each.group and needs_evidence(each))
    return list(dict.fromkeys(groups))


def count_by_quality(rows: Iterable[EvidenceRow]) -> dict[Quality, int]:
    """How many rows there are of each quality, best first."""
    counts = Counter(row.quality for row in rows)
    return {quality: counts[quality] for quality in Quality}


def write_csv(rows: Iterable[EvidenceRow], stream: TextIO) -> None:
    """Write rows as a CSV table with a header. Open a file for it with `newline=""`."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells() for row in rows)


def _value(variable: Variable) -> str:
    """The value of a scalar, or how many values there are and the span they cover."""
    values = variable.values
    if len(values) == 1:
        return number_text(values[0])
    if not values:
        return ""
    low, high = min(values), max(values)
    kind = {Kind.SERIES: "values over time", Kind.LOOKUP: "points"}.get(variable.kind, "values")
    if low == high:
        return f"{number_text(low)} ({len(values)} {kind}, all equal)"
    mean = math.fsum(values) / len(values)
    return f"{_brief(low)} to {_brief(high)}, mean {_brief(mean)} ({len(values)} {kind})"


def _brief(value: float) -> str:
    """A number to four significant digits, without an exponent where it is of everyday size."""
    if value == 0 or not math.isfinite(value):
        return number_text(value)
    return number_text(round(value, 3 - math.floor(math.log10(abs(value)))))
