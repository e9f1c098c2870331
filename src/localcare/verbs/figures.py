"""`localcare figures RUN`: every figure that a folder of results holds enough for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.catalogue import missing, yearly
from localcare.measures.drivers import drivers
from localcare.planner import draw_model, layers_of
from localcare.present.console import Terminal
from localcare.present.declared import Declared, known
from localcare.present.figures import FIGURES, drawable, find_figure
from localcare.present.findings import names
from localcare.present.results import FIGURES_FOLDER, open_current, write_figures
from localcare.present.style import Drawing, write
from localcare.present.tables import plain_table
from localcare.present.waterfall import DRIVEN, SPEND, draw_drivers
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.manifest import overrides_of
from localcare.study.project import open_project
from localcare.study.store import check_target, is_results, read_manifest, replacing
from localcare.verbs.compare import crowded

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["figures_command", "list_figures"]

#: The figure that runs the model anew, for every coalition of a policy's settings.
DRIVERS = "drivers"
#: Figures of the model that ran.
MODELLED = {
    "structure": "Stocks and flows of the model by sector, drawn from its file.",
    "loops": "Feedback loops of the model, drawn from its equations.",
}


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
    if not drawn and not {DRIVERS, *MODELLED} & set(only):
        why = "holds nothing that a figure shows: " + "; ".join(dict(left_out).values()) + "."
        raise BadInput(Problem(why, _CURE, file=run))
    kinds = tuple(formats) or ("png", "svg")
    driven: Drawing | None = None
    if not only or DRIVERS in only:
        driven, why = _drivers(run, dataset, policy)
        if driven is None and (DRIVERS in only or policy):
            raise BadInput(Problem(f"cannot be drawn: {why}.", _CURE, run, None, DRIVERS))
        left_out += [] if driven is not None else [(DRIVERS, why)]
    extra = [] if driven is None else [driven]
    modelled = [name for name in MODELLED if not only or name in only]
    if modelled:
        drawings, why = _of_the_model(run, modelled)
        if not drawings and only:
            raise BadInput(Problem(f"cannot be drawn: {why}.", _CURE, run, None, modelled[0]))
        extra += drawings
        left_out += [] if drawings else [(name, why) for name in modelled]
    count = len(drawn) + len(extra)
    with (
        terminal.busy("Drawing a figure" if count == 1 else f"Drawing {count} figures"),
        replacing(folder) as scratch,
    ):
        _keep(folder, dataset.attrs["run"], scratch)
        write_figures(dataset, scratch, drawn, kinds)
        for drawing in extra:
            write(drawing, scratch, kinds)
    lines = [f"{each.name}: {each.title(dataset)}" for each in drawn]
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


def _drivers(run: Path, dataset: xr.Dataset, policy: str | None) -> tuple[Drawing | None, str]:
    """What drives the difference that a policy of a comparison makes (the one that needs fewest
    beds, for None); or nothing, and why."""
    manifest = read_manifest(run)
    policies = names(dataset)[1:]
    if "baseline" not in names(dataset) or not policies:
        return None, "the results do not hold a policy beside the baseline"
    if policy is not None and policy not in policies:
        cure = did_you_mean(policy, policies) or f"There are: {', '.join(policies)}."
        raise BadInput(Problem("is no policy of these results.", cure, run, None, policy))
    project = open_project(None)
    if manifest.get("model_hash") != project.spec.hash:
        return None, "the results are of another model than the shipped one of today"
    lacking = [name for name in (*DRIVEN, SPEND) if missing(known(name), dataset)]
    if lacking:
        return None, f"the model does not hold {', '.join(lacking)}"
    if policy is None:
        ends = yearly(known(DRIVEN[0]), dataset, ()).isel(year=-1)
        policy = min(policies, key=lambda name: float(ends.sel(scenario=name)))
    first, second = (overrides_of(manifest, name) for name in ("baseline", policy))
    measures = [known(name) for name in (*DRIVEN, SPEND)]
    found = drivers(project.spec, first, second, measures, layers=layers_of(project))
    return draw_drivers(found, policy, dataset.attrs), ""


def _of_the_model(run: Path, wanted: Sequence[str]) -> tuple[list[Drawing], str]:
    """Figures of the model behind results; or none, and why."""
    spec = open_project(None).spec
    if read_manifest(run).get("model_hash") != spec.hash:
        return [], "the results are of another model than the shipped one of today"
    return draw_model(spec, wanted), ""


def list_figures() -> None:
    """Print the figures that there are, and what each shows."""
    rows = [(each.name, each.shows, "yes" if each.published else "") for each in FIGURES]
    rows.append((DRIVERS, "What drives the difference that a policy makes, by Shapley values.", ""))
    rows += [(name, shows, "") for name, shows in MODELLED.items()]
    Terminal().show(plain_table(("figure", "what it shows", "drawn by compare"), rows))


def _named(only: Sequence[str]) -> tuple[Declared, ...]:
    """The figures of these names, all for none."""
    others = (DRIVERS, *MODELLED)
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
