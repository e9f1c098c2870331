"""`localcare list`, and what the other verbs find scenarios with."""

from __future__ import annotations

from pathlib import Path

from localcare.present.console import Terminal
from localcare.present.tables import plain_table
from localcare.study.project import open_project
from localcare.study.scenarios import (
    BASELINE,
    find_scenario,
    find_scenarios,
    is_known,
    own_folders,
    scenario_names,
    shipped_files,
)

__all__ = [
    "BASELINE",
    "find_scenario",
    "find_scenarios",
    "is_known",
    "list_command",
    "own_folders",
    "scenario_names",
    "shipped_files",
]


def list_command(model: Path | None, *, levers: bool) -> None:
    """Print the shipped scenarios and the model's levers."""
    project, terminal = open_project(model), Terminal()
    listed = find_scenarios(shipped_files(), project) if model is None else []
    if listed:
        rows = [(each.name, each.title, ", ".join(each.extends)) for each in listed]
        terminal.show(plain_table(("scenario", "title", "extends"), rows))
    if levers and project.levers is not None:
        table = plain_table(
            ("lever", "layer", "lowest", "highest", "unit", "by", "what it means"),
            (
                (
                    row.variable,
                    row.layer,
                    f"{row.low:g}",
                    f"{row.high:g}",
                    variable.units,
                    ", ".join(variable.dimensions),
                    row.note,
                )
                for row in project.levers.rows
                if (variable := project.catalogue.lever(row.variable)) is not None
            ),
            right=("lowest", "highest"),
        )
        terminal.show(table)
