"""`localcare assumptions`: every number with its range, quality and source."""

from __future__ import annotations

from pathlib import Path

from localcare.model import bibliography
from localcare.model.assumptions import Quality
from localcare.model.evidence_table import count_by_quality, joined, write_csv
from localcare.present.console import Terminal
from localcare.present.tables import plain_table
from localcare.present.workbook import evidence_workbook
from localcare.problems import BadInput, Problem
from localcare.study.project import open_project
from localcare.verbs.report import put

__all__ = ["assumptions_command"]


def assumptions_command(
    model: Path | None,
    sector: str | None,
    quality: str | None,
    to: Path | None = None,
    workbook: Path | None = None,
) -> None:
    """Print the joined table, or write all of it to a CSV file or a workbook."""
    project, terminal = open_project(model), Terminal()
    if project.assumptions is None:
        cure = f"Write {project.path.stem}.assumptions.csv beside it."
        raise BadInput(Problem("has no assumptions table.", cure, file=project.path))
    references = project.bibliography or bibliography.Bibliography(Path("references.bib"), ())
    rows = joined(
        project.spec, project.assumptions, references, sector or "",
        None if quality is None else Quality(quality),
    )  # fmt: skip
    if to is not None:
        try:
            with to.open("w", encoding="utf-8-sig", newline="") as stream:
                write_csv(rows, stream)
        except OSError as error:
            why = f"could not be written: {error.strerror}."
            raise BadInput(Problem(why, "Name another file.", file=to)) from error
        terminal.say(f"Wrote {len(rows)} rows to {to}")
    if workbook is not None:
        put(workbook, evidence_workbook(rows))
        terminal.say(f"Wrote {len(rows)} rows to {workbook}")
    if to is not None or workbook is not None:
        return
    table = plain_table(
        ("number", "value", "unit", "low", "high", "quality", "source"),
        (
            (
                row.variable,
                row.value,
                row.units,
                "" if row.low is None else f"{row.low:g}",
                "" if row.high is None else f"{row.high:g}",
                str(row.quality or ""),
                "; ".join(row.sources),
            )
            for row in rows
        ),
        right=("low", "high"),
        title=f"{len(rows)} numbers of {project.spec.file}",
    )
    counts = count_by_quality(rows)
    terminal.show(table)
    terminal.show(", ".join(f"{count} {quality.value}" for quality, count in counts.items()))
