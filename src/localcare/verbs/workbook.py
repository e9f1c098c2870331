"""`localcare workbook RUN`: the numbers of a run for Excel, with inputs, evidence and charts."""

from __future__ import annotations

from pathlib import Path

from localcare.present.console import Terminal
from localcare.present.report.extras import needed
from localcare.present.results import open_current
from localcare.present.workbook import results_workbook
from localcare.study.project import open_project
from localcare.study.store import read_manifest
from localcare.verbs.report import check_targets, put, same_model

__all__ = ["NAME", "workbook_command"]

#: What the file is called where no other name is given.
NAME = "results.xlsx"


def workbook_command(
    run: Path, out: Path | None, *, model: Path | None, force: bool, quiet: bool
) -> None:
    """Write the workbook of a folder of results to `out` (results.xlsx in the folder for None).

    Raises BadInput for a folder that is none of ours, of another version or of another model, and
    for a file that is there already unless `force`.
    """
    terminal = Terminal(quiet=quiet)
    path = run / NAME if out is None else out
    needed("xlsxwriter")
    dataset = open_current(run)
    check_targets([path], force=force)
    manifest, project = read_manifest(run), open_project(model)
    same_model(project, manifest, run)
    with terminal.busy("Writing the workbook"):
        put(path, results_workbook(dataset, manifest, project))
    terminal.say(f"Written: {path}")
