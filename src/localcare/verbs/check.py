"""`localcare check`: hold a model to what it promises."""

from __future__ import annotations

from pathlib import Path

from localcare.engine import Engine
from localcare.measures.catalogue import MEASURES
from localcare.present.console import Terminal
from localcare.present.tables import plain_table
from localcare.problems import CheckFailed
from localcare.study.checks import run_checks
from localcare.study.project import Project, open_project
from localcare.verbs.scenarios import find_scenarios, shipped_files

__all__ = ["check_command"]


def check_command(*, model: Path | None, engine: Engine, quiet: bool, quick: bool) -> None:
    """Print each check with its result. Raises CheckFailed while any fails."""
    terminal = Terminal(quiet=quiet)
    project = open_project(model)
    rows = []
    failed = 0
    with terminal.busy(f"Checking {project.spec.file}"):
        findings = list(
            run_checks(
                project,
                engine=engine,
                quick=quick,
                cited=_cited(project, shipped=model is None),
                measures={each.name: each.needs for each in MEASURES},
            )
        )
    for finding in findings:
        rows.append((finding.check, "pass" if finding.passed else "FAIL", finding.shown))
        failed += not finding.passed
    terminal.show(plain_table(("check", "result", "what was held to"), rows))
    for finding in findings:
        terminal.fail(finding.faults)
    if failed:
        raise CheckFailed(f"{failed} of {len(findings)} checks failed.")


def _cited(project: Project, *, shipped: bool) -> set[str]:
    """Keys of the references that scenarios cite. Which scenarios belong to a model that is not
    the shipped one is not known, so none of its references is called idle."""
    if shipped:
        scenarios = find_scenarios(shipped_files(), project)
        return {source for each in scenarios for source in each.sources}
    return set(project.bibliography.by_key) if project.bibliography else set()
