"""`localcare validate`: what must come out right, row by row."""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import version
from pathlib import Path

from localcare.engine import Engine, SimulationError
from localcare.model import observed
from localcare.model.observed import Observed
from localcare.present.console import Terminal
from localcare.present.history import draw_history
from localcare.present.style import write
from localcare.present.validation import (
    as_json,
    fit_table,
    free_words,
    hold_out_table,
    hold_out_words,
    row_table,
)
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.study.calibration.hold_out import HeldOut, hold_out
from localcare.study.checks import run_checks
from localcare.study.dataset import ATTRIBUTION
from localcare.study.manifest import named, to_json
from localcare.study.observation import Meanings, check_meanings, read_meanings
from localcare.study.project import Project, open_project
from localcare.study.store import MANIFEST, PROGRAM, check_target, replacing
from localcare.study.validation import (
    SeriesFit,
    Validated,
    Validation,
    observed_fits,
    read_validation,
    validate,
)
from localcare.verbs.calibrate import calibration_task

__all__ = ["run_fits", "run_validation", "validate_command"]

#: The last day of figures that a hold-out is fitted to.
HELD_OUT_FROM = date(2022, 3, 31)


def validate_command(
    *,
    model: Path | None,
    data: Path | None,
    out: Path,
    figures: bool,
    held_out: bool,
    until: date | None,
    engine: Engine,
    quiet: bool,
    as_text: bool,
) -> None:
    """Print every row with its target and result, and write them with figures to `out`. Raises
    CheckFailed while any row fails."""
    terminal = Terminal(quiet=quiet or as_text)
    check_target(out)
    project = open_project(model)
    with terminal.busy(f"Validating {project.spec.file}"):
        found = run_validation(project, data, engine)
    held = None
    if held_out:
        with terminal.busy("Fitting to the earlier figures, forecasting the later"):
            held = _hold_out(project, data, until or HELD_OUT_FROM, engine)
    with terminal.busy("Drawing figures" if figures else "Writing results"):
        _write(project, found, held, out, figures=figures)
    if as_text:
        terminal.show(json.dumps(as_json(found, held), indent=2, ensure_ascii=False))
    else:
        terminal.show(row_table(found))
        terminal.show(fit_table(found))
        terminal.show(free_words(found))
        if held is not None:
            terminal.show(hold_out_table(held))
            for line in hold_out_words(held):
                terminal.show(line)
    terminal.say(f"Written to {out}")
    for row in found.rows:
        if not row.passed and row.because:
            terminal.fail([f"{row.row}: {row.because}"])
    if found.failed:
        raise CheckFailed(f"{found.failed} of {len(found.rows)} rows fail.")


def _hold_out(project: Project, data: Path | None, until: date, engine: Engine) -> HeldOut:
    early, whole = calibration_task(project, data, until), calibration_task(project, data, None)
    if not any(row.end > until for target in whole.targets for row in target.matched.rows):
        why = f"leaves no figure after {until} to forecast."
        raise BadInput(Problem(why, "Name an earlier day.", key="--until"))
    return hold_out(early, whole, until, engine=engine)


def _write(
    project: Project, found: Validated, held: HeldOut | None, out: Path, *, figures: bool
) -> None:
    manifest = named(
        {
            "program": PROGRAM,
            "kind": "validation",
            "version": version(PROGRAM),
            "model": project.spec.name,
            "model_hash": project.spec.hash,
            "attribution": ATTRIBUTION,
        }
    )
    with replacing(out) as scratch:
        text = json.dumps(as_json(found, held), indent=1, ensure_ascii=False)
        (scratch / "validation.json").write_text(text + "\n", encoding="utf-8")
        if figures:
            for drawing in draw_history(found.fits, manifest):
                write(drawing, scratch / "figures")
        (scratch / MANIFEST).write_text(to_json(manifest), encoding="utf-8")


def run_validation(project: Project, data: Path | None, engine: Engine) -> Validated:
    """All rows of a model, against the figures beside it and those of `data`."""
    asked = _asked(project, data)
    try:
        return validate(
            project.spec,
            *asked,
            lambda: run_checks(project, engine=engine),
            folder=project.path.parent,
            engine=engine,
        )
    except SimulationError as stop:
        raise CheckFailed(f"the model stopped: {stop}") from stop


def run_fits(project: Project) -> tuple[SeriesFit, ...]:
    """The observed series beside a model against the model; none where it has none beside it."""
    if not project.beside(".validation.yaml").exists():
        return ()
    try:
        return observed_fits(project.spec, *_asked(project, None))
    except SimulationError as stop:
        raise CheckFailed(f"the model stopped: {stop}") from stop


def _asked(project: Project, data: Path | None) -> tuple[Validation, Observed, Meanings]:
    """What is declared of a model, the figures, and what they mean in it. Raises BadInput."""
    declared = read_validation(_there(project, ".validation.yaml"))
    tables = [project.path.with_name(name) for name in declared.tables]
    figures = observed.read_all([*tables, *([] if data is None else [data])])
    meanings_file = _there(project, ".observed.yaml")
    meanings = read_meanings(meanings_file)
    problems = check_meanings(project.spec, meanings, meanings_file)
    if problems:
        raise BadInput(problems)
    return declared, figures, meanings


def _there(project: Project, ending: str) -> Path:
    path = project.beside(ending)
    if not path.exists():
        cure = f"Write {path.name}; the shipped model has one to start from."
        raise BadInput(Problem(f"has no {path.name} beside it.", cure, project.path))
    return path
