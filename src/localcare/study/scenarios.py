"""Finding scenarios: the shipped ones, those of the folder one works in, and files by path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from localcare.paths import scenarios_folder
from localcare.problems import BadInput, Problem
from localcare.scenario import SUFFIX, Scenario, Setting, files_named, load, names, parse_settings
from localcare.study.project import Project

__all__ = [
    "BASELINE",
    "find_scenario",
    "find_scenarios",
    "is_known",
    "own_folders",
    "scenario_names",
    "shipped_files",
]

BASELINE = "baseline"
#: The order in which the layers of care are told.
_LAYERS = ("primary", "neighbourhood", "intermediate", "acute")


def scenario_names() -> list[str]:
    """The shipped scenarios: the baseline, the layers of care in their order, then the rest."""
    order = {name: position for position, name in enumerate((BASELINE, *_LAYERS))}
    return sorted(names(scenarios_folder()), key=lambda name: (order.get(name, len(order)), name))


def shipped_files() -> list[str]:
    """The paths of the shipped scenarios, whatever has the same name elsewhere, in order."""
    return [str(scenarios_folder() / f"{name}{SUFFIX}") for name in scenario_names()]


def own_folders() -> tuple[Path, ...]:
    """Where names are looked for before the shipped scenarios: `scenarios/` of the folder the
    command is given in, and that folder."""
    return (Path("scenarios"), Path())


def is_known(name: str) -> bool:
    """Whether there is a scenario of that name, own or shipped."""
    plain = Path(name).name == name
    return plain and bool(files_named(name, *own_folders(), scenarios_folder()))


def find_scenario(
    name: str,
    project: Project,
    settings: Sequence[str] = (),
    *,
    say: Callable[[str], None] | None = None,
) -> Scenario:
    """A scenario by name or path, with `NAME=VALUE` settings of the command line on top."""
    return find_scenarios((name,), project, settings, say=say)[0]


def find_scenarios(
    wanted: Sequence[str],
    project: Project,
    settings: Sequence[str] = (),
    *,
    say: Callable[[str], None] | None = None,
) -> list[Scenario]:
    """Scenarios by name or path. Raises BadInput with every problem of every one of them.

    A name is looked for in `own_folders` before the shipped scenarios; where it is the name of
    several files, `say` is told which one is used.
    """
    problems: list[Problem] = []
    found: list[Scenario] = []
    keys = None if project.bibliography is None else set(project.bibliography.by_key)
    for name in wanted:
        if name == BASELINE and project.levers is None:  # a model that is not ours, as it stands
            found.append(Scenario(BASELINE, f"{project.spec.name} as it stands"))
            continue
        try:
            shipped, own = scenarios_folder(), own_folders()
            found.append(load(name, project.catalogue, folder=shipped, own=own, references=keys))
            files = files_named(name, *own, shipped) if Path(name).name == name else ()
            if say is not None and len(files) > 1:
                say(f"{name}: using {files[0]}, not {' or '.join(map(str, files[1:]))}.")
        except BadInput as error:
            problems += error.problems
    added: tuple[Setting, ...] = ()
    try:
        added = parse_settings(settings, project.catalogue)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(dict.fromkeys(problems))
    repeated = {each.name for each in found if sum(o.name == each.name for o in found) > 1}
    if repeated:
        why = "is the name of two of the scenarios given."
        raise BadInput(Problem(why, "Rename one of them.", key=", ".join(sorted(repeated))))
    return [each.with_settings(added) if added else each for each in found]
