"""What was assumed: the inputs that scenarios changed, and the assumptions that matter most.

In: a `Material`. Out: a `Section`. Assumptions stand by their influence where a sensitivity
analysis of the same model was given, else by the quality of their evidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from localcare.measures.summary import last_year
from localcare.model.assumptions import Quality
from localcare.model.evidence_table import EvidenceRow, count_by_quality, joined
from localcare.present.findings import capital
from localcare.present.report.changes import changed_inputs
from localcare.present.report.parts import Cell, Influence, Material, Point, Section, Sheet

__all__ = ["assumed"]

#: Rows of the table of assumptions.
SHOWN = 15
_NO_INFLUENCE = (
    "Which assumptions drive these results was not worked out here: `localcare sensitivity` does, "
    "and `localcare report --sensitivity` takes it up. Until then the table shows those that are "
    "least sure: numbers that experts judged, the widest ranges first."
)


def assumed(material: Material) -> Section:
    """The inputs that scenarios changed, the assumptions that matter most, their quality."""
    project, manifest = material.project, material.manifest
    words = [
        (
            "Policies differ from the baseline in the levers below and in nothing else. Everything "
            "else is the model's, the same in every scenario."
        )
    ]
    tables = [
        Sheet(
            f"{capital(scenario)}: {manifest['scenarios'][scenario].get('title', '')}",
            ("what was changed", "from", "to", "from when", "until"),
            tuple(
                (Cell(row.name), Cell(row.before), Cell(row.after), Cell(row.start), Cell(row.end))
                for row in rows
            ),
        )
        for scenario in manifest["scenarios"]
        if (rows := changed_inputs(project.spec, manifest["scenarios"][scenario]["overrides"]))
    ]
    points: tuple[Point, ...] = ()
    if material.influence is not None:
        tables.append(_influential(material.influence, last_year(material.dataset)))
        points = tuple(Point(sentence) for sentence in material.influence.failing)
    if project.assumptions is not None and project.bibliography is not None:
        evidence = joined(project.spec, project.assumptions, project.bibliography)
        if material.influence is None:
            tables.append(_weakest(evidence))
            words.append(_NO_INFLUENCE)
        counts = count_by_quality(evidence)
        total = sum(counts.values())
        told = ", ".join(f"{count} {quality.value}" for quality, count in counts.items())
        words.append(
            f"Of {total} numbers in the model, by quality: {told}. `localcare assumptions` prints "
            "each with its range and source."
        )
    pictures = material.pictures("tornado")
    return Section("assumptions", "What was assumed", tuple(words), points, tuple(tables), pictures)


def _influential(influence: Influence, year: int) -> Sheet:
    """The assumptions with the largest share of the variance of a measure, a scenario at a time."""
    table = influence.indices
    years = [int(each) for each in table["year"]]
    at = year if year in years else max(years)
    rows = [
        (
            Cell(str(row["parameter"])),
            Cell(str(row["scenario"])),
            Cell(f"{row['ST']:.0%}", float(row["ST"])),
            Cell(f"\N{PLUS-MINUS SIGN}{row['ST_conf']:.0%}", float(row["ST_conf"])),
        )
        for name in dict.fromkeys(table["scenario"])
        for row in table[(table["scenario"] == name) & (table["year"] == at)]
        .nlargest(5, "ST")
        .to_dict("records")
        if row["ST"] > 0
    ]
    caption = (
        f"{influence.measure}, {at}: assumptions by their share of the variance, alone and with "
        "others (Sobol' total index). The baseline's level, each policy's change from it."
    )
    return Sheet(caption, ("assumption", "scenario", "share", "95% interval"), tuple(rows))


def _weakest(evidence: Sequence[EvidenceRow]) -> Sheet:
    """Numbers that experts judged, the widest range as a share of its middle first."""
    judged = [
        (row, (row.high - row.low) / abs(row.high + row.low) * 2)
        for row in evidence
        if row.quality is Quality.EXPERT_ASSUMPTION and row.low is not None and row.high is not None
        and row.high + row.low != 0 and math.isfinite(row.high - row.low)
    ]  # fmt: skip
    judged.sort(key=lambda each: (-each[1], each[0].variable))
    rows = tuple(
        (
            Cell(row.variable),
            Cell(row.value),
            Cell(f"{row.low:g} to {row.high:g}"),
            Cell("" if row.units.startswith("Dmnl") else row.units.split("[")[0].strip()),
            Cell(f"{width:.0%}", width),
        )
        for row, width in judged[:SHOWN]
    )
    heads = ("assumption", "value", "range", "unit", "range as a share of its middle")
    return Sheet(f"The {len(rows)} widest ranges of {len(judged)} numbers that experts judged.",
                 heads, rows)  # fmt: skip
