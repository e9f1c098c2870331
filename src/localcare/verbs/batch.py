"""Which scenarios `compare` runs: names, files, folders of files, and grids over levers.

In: the words and options of the command line. Out: resolved scenarios, the baseline first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from localcare.problems import BadInput, Problem
from localcare.scenario import Scenario, grid, label, parse_settings
from localcare.study.project import Project
from localcare.verbs.scenarios import BASELINE, find_scenarios, is_known

__all__ = ["MOST", "gather"]

#: Scenarios that run as one batch: each takes some 15 MB of memory on the shipped model.
MOST = 60
_ENDINGS = (".yaml", ".yml")


def gather(
    wanted: Sequence[str],
    project: Project,
    settings: Sequence[str],
    *,
    grids: Sequence[str],
    start: str | None,
    say: Callable[[str], None],
) -> list[Scenario]:
    """The scenarios wanted, and the baseline before them.

    A grid is laid over every scenario but the baseline, or over the baseline where no other is
    wanted. Raises BadInput with every problem.
    """
    if start is not None and not grids:
        why = "says when the levers of a grid begin, and there is no --grid."
        raise BadInput(Problem(why, "Give one, or leave it out.", key=grid.START))
    problems: list[Problem] = []
    axes: tuple[grid.Axis, ...] = ()
    begins: float | None = None
    names: list[str] = []
    try:
        names = _expanded(wanted, say)
    except BadInput as bad:
        problems += bad.problems
    try:
        axes = grid.parse_grid(grids, project.catalogue)
        begins = grid.grid_start(start, project.catalogue)
        _check_apart(axes, settings, project)
    except BadInput as bad:
        problems += bad.problems
    if not any(Path(name).stem == BASELINE for name in names):
        names.insert(0, BASELINE)
    _check_number(len(names), axes)
    found: list[Scenario] = []
    try:
        found = find_scenarios(names, project, settings, say=say)
    except BadInput as bad:
        problems += bad.problems
    if problems:
        raise BadInput(dict.fromkeys(problems))
    found.sort(key=lambda each: each.name != BASELINE)
    if not axes:
        return found
    levers = project.catalogue.levers
    if begins is not None and any(each.settings[0].variable in levers for each in axes):
        when = label(begins, project.spec.time)
        say(f"Levers of the grid begin in {when}, or when the scenario begins to move them.")
    varied = [each for each in found if each.name != BASELINE] or found[:1]
    return [found[0], *(v for s in varied for v in grid.vary(s, axes, project.catalogue, begins))]


def _expanded(wanted: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """The words with every folder replaced by its files; a file is kept once."""
    names: list[str] = []
    problems: list[Problem] = []
    files: set[Path] = set()
    for word in wanted:
        folder = Path(word)
        if not word or not folder.is_dir():
            names.append(word)
        elif is_known(word):
            say(f"{word}: the scenario of that name. For the folder write {word}/.")
            names.append(word)
        else:
            found = sorted(each for each in folder.iterdir() if each.suffix in _ENDINGS)
            if not found:
                why = "holds no scenario (no file that ends in .yaml)."
                cure = f"`localcare new my-policy --out {folder}` writes one."
                problems.append(Problem(why, cure, folder))
            fresh = [each for each in found if each.resolve() not in files]
            files.update(each.resolve() for each in fresh)
            names += map(str, fresh)
    if problems:
        raise BadInput(problems)
    return names


def _check_apart(axes: Sequence[grid.Axis], settings: Sequence[str], project: Project) -> None:
    """Raise BadInput where --set fixes what --grid varies."""
    if not axes:
        return
    for fixed in parse_settings(settings, project.catalogue):
        for axis in axes:
            varied = axis.settings[0]
            if fixed.variable == varied.variable and set(fixed.positions) & set(varied.positions):
                why = "is both fixed by --set and varied by --grid."
                raise BadInput(Problem(why, "Leave one of them out.", key=varied.name))


def _check_number(scenarios: int, axes: Sequence[grid.Axis]) -> None:
    """Raise BadInput where more would run than one batch may hold; the baseline counts as one."""
    others = max(scenarios - 1, 1) if axes else scenarios - 1
    total = 1 + others * grid.count(axes)
    if total <= MOST:
        return
    sizes = " x ".join(str(len(axis.settings)) for axis in axes)
    grids = f"{sizes} values of the grid for {others}" if axes else f"{others}"
    why = f"{grids} {'scenario' if others == 1 else 'scenarios'} and the baseline make {total} runs"
    cure = "Give fewer values or scenarios, or compare them in parts."
    raise BadInput(Problem(f"{why}; {MOST} is the most at once.", cure))
