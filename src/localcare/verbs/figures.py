"""`localcare figures RUN`: every figure that a folder of results holds enough for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from localcare.present.console import Terminal
from localcare.present.declared import Declared
from localcare.present.figures import FIGURES, drawable, find_figure
from localcare.present.results import FIGURES_FOLDER, open_current, write_figures
from localcare.present.tables import plain_table
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.store import check_target, replacing
from localcare.verbs.compare import crowded

__all__ = ["figures_command", "list_figures"]


def figures_command(
    run: Path, out: Path | None, *, only: Sequence[str], formats: Sequence[str], quiet: bool
) -> None:
    """Draw the figures of a run or comparison into `out` (the folder figures/ of the run for None).

    `only` names figures. Raises BadInput for a folder that is none of ours or of another version,
    a name that no figure has, and a figure, or all of them, that the results hold too little for.
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
    if not drawn:
        why = "holds nothing that a figure shows: " + "; ".join(dict(left_out).values()) + "."
        raise BadInput(Problem(why, _CURE, file=run))
    with terminal.busy(f"Drawing {len(drawn)} figures"), replacing(folder) as scratch:
        write_figures(dataset, scratch, drawn, tuple(formats) or ("png", "svg"))
    terminal.show("\n".join(f"{each.name}: {each.title(dataset)}" for each in drawn))
    for name, why in left_out:
        terminal.say(f"{name}: not drawn, since {why}.")
    terminal.say(f"Written to {folder}, each with its numbers (.csv) and alt text (.txt).")


_CURE = "`localcare compare` with the shipped model makes results that hold everything."


def list_figures() -> None:
    """Print the figures that there are, and what each shows."""
    rows = [(each.name, each.shows, "yes" if each.published else "") for each in FIGURES]
    Terminal().show(plain_table(("figure", "what it shows", "drawn by compare"), rows))


def _named(only: Sequence[str]) -> tuple[Declared, ...]:
    """The figures of these names, all for none."""
    found = {name: find_figure(name) for name in only}
    known = [each.name for each in FIGURES]
    problems = [
        Problem(
            "no such figure.",
            did_you_mean(name, known) or "`localcare figures --list` shows them.",
            key=name,
        )
        for name, figure in found.items()
        if figure is None
    ]
    if problems:
        raise BadInput(problems)
    return tuple(each for each in found.values() if each is not None) or FIGURES
