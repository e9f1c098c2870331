"""`localcare validate`: what must come out right, row by row."""

from __future__ import annotations

import json
from pathlib import Path

from localcare.engine import Engine, SimulationError
from localcare.model import observed
from localcare.present.console import Terminal
from localcare.present.validation import as_json, fit_table, free_words, row_table
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.study.checks import run_checks
from localcare.study.observation import check_meanings, read_meanings
from localcare.study.project import Project, open_project
from localcare.study.validation import Validated, read_validation, validate

__all__ = ["run_validation", "validate_command"]


def validate_command(
    *, model: Path | None, data: Path | None, engine: Engine, quiet: bool, as_text: bool
) -> None:
    """Print every row with its target and result. Raises CheckFailed while any fails."""
    terminal = Terminal(quiet=quiet or as_text)
    project = open_project(model)
    with terminal.busy(f"Validating {project.spec.file}"):
        found = run_validation(project, data, engine)
    if as_text:
        terminal.show(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    else:
        terminal.show(row_table(found))
        terminal.show(fit_table(found))
        terminal.show(free_words(found))
    for row in found.rows:
        if not row.passed and row.because:
            terminal.fail([f"{row.row}: {row.because}"])
    if found.failed:
        raise CheckFailed(f"{found.failed} of {len(found.rows)} rows fail.")


def run_validation(project: Project, data: Path | None, engine: Engine) -> Validated:
    """All rows of a model, against the figures beside it and those of `data`."""
    declared = read_validation(_there(project, ".validation.yaml"))
    tables = [project.path.with_name(name) for name in declared.tables]
    figures = observed.read_all([*tables, *([] if data is None else [data])])
    meanings_file = _there(project, ".observed.yaml")
    meanings = read_meanings(meanings_file)
    problems = check_meanings(project.spec, meanings, meanings_file)
    if problems:
        raise BadInput(problems)
    try:
        return validate(
            project.spec,
            declared,
            figures,
            meanings,
            lambda: run_checks(project, engine=engine),
            engine=engine,
        )
    except SimulationError as stop:
        raise CheckFailed(f"the model stopped: {stop}") from stop


def _there(project: Project, ending: str) -> Path:
    path = project.beside(ending)
    if not path.exists():
        cure = f"Write {path.name}; the shipped model has one to start from."
        raise BadInput(Problem(f"has no {path.name} beside it.", cure, project.path))
    return path
