"""`localcare list`, and what the other verbs find scenarios with."""

from __future__ import annotations

from pathlib import Path

from localcare.measures.catalogue import MEASURES
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
    "list_measures",
    "own_folders",
    "scenario_names",
    "shipped_files",
]


def list_measures(model: Path | None) -> None:
    """Print every measure: what it is called, its unit, how it is worked out; one
    that reads what the model does not hold is marked so."""
    spec = open_project(model).spec
    rows = []
    for each in MEASURES:
        lacking = [name for name in each.needs if name not in spec.by_identifier]
        note = f" (not available: needs {', '.join(lacking)})" if lacking else ""
        rows.append((each.name, each.title, each.units, each.formula + note))
    terminal = Terminal()
    terminal.show(plain_table(("measure", "title", "unit", "formula"), rows))
    terminal.say("`localcare describe NAME` says where a measure comes from.")


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
