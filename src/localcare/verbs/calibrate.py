"""`localcare calibrate`: fit constants to observed figures, and write a proposal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from localcare.engine import Engine
from localcare.model import observed
from localcare.paths import RESULTS
from localcare.present.calibration import error_table, number_table, said, start_table
from localcare.present.console import Terminal
from localcare.problems import BadInput, Problem
from localcare.study.calibration import Fit, Task, fit, read_calibration, set_up
from localcare.study.calibration.applying import apply_proposal
from localcare.study.calibration.covariance import kept_covariance
from localcare.study.calibration.proposal import files, read_proposal
from localcare.study.manifest import file_hash, named, to_json
from localcare.study.observation import check_meanings, read_meanings
from localcare.study.project import Project, open_project
from localcare.study.store import MANIFEST, PROGRAM, check_target, replacing

__all__ = ["apply_command", "calibrate_command", "calibration_task"]

FOLDER = RESULTS / "calibration"


def calibrate_command(
    *,
    model: Path | None,
    data: Path | None,
    out: Path,
    starts: int,
    seed: int,
    until: date | None,
    engine: Engine,
    quiet: bool,
) -> None:
    """Fit, print and write a proposal to `out`."""
    terminal = Terminal(quiet=quiet)
    check_target(out)
    project = open_project(model)
    task = calibration_task(project, data, until)
    for series, elements in lost_elements(project, data):
        terminal.say(f"{data} has no {series} of {', '.join(elements)}: none are used.")
    with terminal.busy(f"Fitting {len(task.parameters)} numbers to {task.figures} figures"):
        found = fit(task, starts=starts, seed=seed, engine=engine, say=terminal.say)
    with replacing(out) as scratch:
        for name, text in files(found).items():
            (scratch / name).write_text(text, encoding="utf-8")
        manifest = to_json(_manifest(project, found, data, until))
        (scratch / MANIFEST).write_text(manifest, encoding="utf-8")
    terminal.show(number_table(found))
    terminal.show(error_table(found))
    terminal.show(start_table(found))
    for line in said(found):
        terminal.show(line)
    terminal.say(
        f"Written to {out}. Read {out / 'proposal.csv'}, remove what you do not want, and "
        f"`localcare calibrate --apply {out / 'proposal.csv'}` puts the rest into the model."
    )


def apply_command(*, model: Path | None, proposal: Path, quiet: bool) -> None:
    """Put a proposal into the model's files, and its covariance beside them."""
    terminal = Terminal(quiet=quiet)
    project = open_project(model)
    rows = read_proposal(proposal)
    beside = proposal.with_name("covariance.csv")
    text = kept_covariance(beside, {row.parameter for row in rows}) if beside.exists() else ""
    changed = [*apply_proposal(project, rows, proposal)]
    if text:
        kept = project.beside(".covariance.csv")
        kept.write_text(text, encoding="utf-8")
        changed.append(kept)
    terminal.say(f"{len(rows)} numbers changed in {', '.join(path.name for path in changed)}.")
    terminal.say("Now run `localcare check` and `localcare validate`.")


def calibration_task(project: Project, data: Path | None, until: date | None) -> Task:
    """The task that a model's calibration file sets. Raises BadInput with every problem of it and
    of the figures."""
    path = _there(project, ".calibration.yaml")
    declared, document = read_calibration(path)
    meanings_file = _there(project, ".observed.yaml")
    meanings = read_meanings(meanings_file)
    problems = check_meanings(project.spec, meanings, meanings_file)
    if problems:
        raise BadInput(problems)
    tables = [project.path.with_name(name) for name in declared.tables]
    figures = observed.read_all([*tables, *([] if data is None else [data])])
    return set_up(
        project.spec, declared, path, document, observed=figures, meanings=meanings, until=until
    )


def lost_elements(project: Project, data: Path | None) -> list[tuple[str, tuple[str, ...]]]:
    """Series of `data` that take the place of a shipped one and hold fewer systems, with these."""
    if data is None:
        return []
    declared, _ = read_calibration(_there(project, ".calibration.yaml"))
    tables = [project.path.with_name(name) for name in declared.tables]
    shipped, figures = observed.read_all(tables), observed.read_all([*tables, data])
    return [*observed.lost(shipped, figures).items()]


def _manifest(
    project: Project, found: Fit, data: Path | None, until: date | None
) -> dict[str, Any]:
    hashes = dict(project.hashes)
    for path in (project.beside(".calibration.yaml"), project.beside(".observed.yaml"), data):
        if path is not None:
            hashes[path.name] = file_hash(path)
    return named(
        {
            "program": PROGRAM,
            "kind": "calibration",
            "model": project.spec.name,
            "model_hash": project.spec.hash,
            "input_hashes": hashes,
            "until": None if until is None else until.isoformat(),
            "seed": found.seed,
            "figures": found.task.figures,
            "squares": {"before": found.before, "after": found.after},
            "starts": [each.after for each in found.starts],
            "condition": found.known.condition if found.known.condition < 1e300 else None,
        }
    )


def _there(project: Project, ending: str) -> Path:
    path = project.beside(ending)
    if not path.exists():
        cure = f"Write {path.name}; the shipped model has one to start from."
        raise BadInput(Problem(f"has no {path.name} beside it.", cure, project.path))
    return path
