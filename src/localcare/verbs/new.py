"""`localcare new`: a scenario of one's own to edit, with every lever and what it may be."""

from __future__ import annotations

import os
from pathlib import Path

from localcare.paths import scenarios_folder
from localcare.present.console import Terminal
from localcare.problems import BadInput, Problem
from localcare.scenario import SUFFIX, files_named, names
from localcare.scenario.template import check_name, template
from localcare.study.project import open_project
from localcare.verbs.scenarios import BASELINE, find_scenario, own_folders

__all__ = ["new_command"]


def new_command(name: str, parent: str, out: Path, model: Path | None, *, quiet: bool) -> None:
    """Write `out`/`name`.yaml, which does what the scenario `parent` does. Raises BadInput for a
    name that cannot be, a file that is there and a folder that cannot be written to."""
    terminal = Terminal(quiet=quiet)
    check_name(name)
    if name in names(scenarios_folder()):
        why = "is the name of a scenario that comes with localcare."
        raise BadInput(Problem(why, "Choose another name.", key=f'"{name}"'))
    path = out / f"{name}{SUFFIX}"
    if os.path.lexists(path):
        raise BadInput(_there(path))
    project = open_project(model)
    if project.levers is None:
        why = "has no table of levers beside it, so there is nothing to fill in."
        raise BadInput(Problem(why, "Leave out --model, or write the table.", file=project.path))
    begun = find_scenario(parent, project, say=terminal.say)
    text = template(name, begun, project.catalogue, project.levers.rows)
    _write(path, text)
    found = files_named(name, *own_folders())
    called = name if found[:1] and found[0].resolve() == path.resolve() else str(path)
    given = "" if model is None else f" --model {model}"
    terminal.say(
        f"Wrote {path}: {begun.name}'s settings, and every other lever as a comment.\n"
        f"Next: edit it, then `localcare compare {BASELINE} {called}{given}`."
    )


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError as error:
        where = path if os.path.lexists(path) else path.parent
        raise BadInput(_there(where)) from error
    except OSError as error:
        raise BadInput(_unwritten(path, error)) from error
    try:
        with stream:
            stream.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise BadInput(_unwritten(path, error)) from error


def _there(path: Path) -> Problem:
    return Problem("is already there, and is left as it is.", "Choose another name.", file=path)


def _unwritten(path: Path, error: OSError) -> Problem:
    why = f"could not be written: {error.strerror or error}."
    return Problem(why, "Choose another folder with --out.", file=path)
