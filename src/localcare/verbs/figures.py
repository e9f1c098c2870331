"""`localcare figures RUN`: every figure that a folder of results holds enough for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from localcare.present.console import Terminal
from localcare.present.declared import Declared
from localcare.present.figures import FIGURES, drawable, find_figure
from localcare.present.files import FIGURES_FOLDER
from localcare.present.helper import helping
from localcare.present.publishing import drawing
from localcare.present.results import file_of_results, open_current
from localcare.present.style import write
from localcare.present.tables import plain_table
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.store import check_target, is_results, read_manifest, replacing
from localcare.verbs.compare import crowded
from localcare.verbs.drawn import FURTHER, further

__all__ = ["figures_command", "list_figures"]

#: The figure that runs the model anew, for every coalition of a policy's settings.
DRIVERS = "drivers"
#: The figure that has a fan where the run has draws.
BEDS = "beds"


def figures_command(
    run: Path,
    out: Path | None,
    *,
    only: Sequence[str],
    formats: Sequence[str],
    policy: str | None,
    quiet: bool,
) -> None:
    """Draw the figures of a run or comparison into `out` (the folder figures/ of the run for None).

    `only` names figures; what the folder holds besides of the same run is kept. `policy` is whose
    difference is broken down by what drives it. Raises BadInput for a folder that is none of ours
    or of another version, a name that no figure has, and a figure, or all of them, that the
    results hold too little for.
    """
    terminal = Terminal(quiet=quiet)
    wanted = _named(only)
    dataset = open_current(run)
    folder = run / FIGURES_FOLDER if out is None else out
    check_target(folder)
    if "scenario" in dataset.dims and (why := crowded([str(n) for n in dataset["scenario"].data])):
        raise BadInput(Problem(why, "Compare fewer scenarios.", file=run))
    drawn = drawable(dataset, wanted)
    left_out = [(each.name, each.lacking(dataset)) for each in wanted if each not in drawn]
    if only and left_out:
        raise BadInput(Problem(f"cannot be drawn: {why}.", _CURE, run, None, f"figure {name}")
                       for name, why in left_out)  # fmt: skip
    if not drawn and not set(FURTHER) & set(only):
        why = "holds nothing that a figure shows: " + "; ".join(dict(left_out).values()) + "."
        raise BadInput(Problem(why, _CURE, file=run))
    kinds = tuple(formats) or ("png", "svg")
    others = [name for name in (BEDS, *FURTHER) if not only or name in only]
    if policy is not None and DRIVERS not in others:
        others.append(DRIVERS)
    with helping(wanted=len(drawn) > 1) as helper:
        with terminal.busy("Gathering draws, drivers and observed figures"):
            found = further(run, dataset, others, policy)
        asked = {*only, *([] if policy is None else [DRIVERS])}
        problems = [
            Problem(f"cannot be drawn: {lacked}.", "", run, None, f"figure {name}")
            for name, lacked in found.lacking.items()
            if name in asked
        ]
        if problems:
            raise BadInput(problems)
        extra = found.drawings
        left_out += found.lacking.items()
        count = len(drawn) + len(extra)
        replaced = {each.name for each in extra}
        plain = [each for each in drawn if each.name not in replaced]
        file = file_of_results(run)
        with (
            terminal.busy("Drawing a figure" if count == 1 else f"Drawing {count} figures"),
            replacing(folder) as scratch,
        ):
            _keep(folder, dataset.attrs["run"], scratch)
            with drawing(dataset, file, scratch, helper=helper, figures=plain, formats=kinds):
                for each in extra:
                    write(each, scratch, kinds)
    lines = [f"{each.name}: {each.title(dataset)}" for each in plain]
    lines += [f"{each.name}: {each.title}" for each in extra]
    terminal.show("\n".join(lines))
    for name, why in left_out:
        terminal.say(f"{name}: not drawn, since {why}.")
    terminal.say(f"Written to {folder}, each with its numbers (.csv) and alt text (.txt).")


def _keep(folder: Path, run: str, scratch: Path) -> None:
    """Take along what stands in the folder of the same run: fans and chances of its draws, say."""
    if is_results(folder) and read_manifest(folder).get("run") == run:
        shutil.copytree(folder, scratch, dirs_exist_ok=True)


_CURE = "`localcare compare` with the shipped model makes results that hold everything."


def list_figures() -> None:
    """Print the figures that there are, and what each shows."""
    rows = [(each.name, each.shows, "yes" if each.published else "") for each in FIGURES]
    rows += [(name, shows, "") for name, shows in FURTHER.items()]
    Terminal().show(plain_table(("figure", "what it shows", "drawn by compare"), rows))


def _named(only: Sequence[str]) -> tuple[Declared, ...]:
    """The figures of these names, all for none."""
    others = tuple(FURTHER)
    found = {name: find_figure(name) for name in only if name not in others}
    there = [*(each.name for each in FIGURES), *others]
    problems = [
        Problem(
            "no such figure.",
            did_you_mean(name, there) or "`localcare figures --list` shows them.",
            key=name,
        )
        for name, figure in found.items()
        if figure is None
    ]
    if problems:
        raise BadInput(problems)
    return tuple(each for each in found.values() if each is not None) or (() if only else FIGURES)
