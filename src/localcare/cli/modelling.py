"""Commands for modellers: hold a model to its promises, its evidence and other engines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from localcare.cli.group import cli
from localcare.cli.options import options
from localcare.paths import RESULTS


@cli.command()
@options("model", "engine", "quiet")
@click.option("--quick", is_flag=True, help="Only what needs no run: units, evidence, names.")
def check(quick: bool, **options: Any) -> None:
    """Hold the model to its units, evidence, names, conservation, limits, step and extremes.

    Exits with 1 while any check fails.
    """
    from localcare.verbs.check import check_command

    check_command(quick=quick, **options)


@cli.command()
@options("model", "engine", "quiet")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE",
    help="Figures of your own, in the columns of models/kent_medway.observed.csv; a series in it "
    "takes the place of the shipped one.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS / "calibration", show_default=True,
    metavar="DIR", help="Folder for the proposal; one that localcare made is replaced.",
)  # fmt: skip
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="From how many starts to fit: the model's own values, then some drawn within the bounds.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Which starts are drawn.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    metavar="DATE",
    help="Use no figure of a period that ends after this day.",
)
@click.option(
    "--apply",
    "proposal",
    type=click.Path(path_type=Path),
    default=None,
    metavar="PROPOSAL",
    help="Fit nothing: put the numbers of this proposal.csv into the model's files.",
)
def calibrate(
    *,
    proposal: Path | None,
    data: Path | None,
    out: Path,
    starts: int,
    seed: int,
    until: datetime | None,
    **options: Any,
) -> None:
    """Fit constants to observed figures, say how well each is known, and propose new values.

    What is fitted to what stands in MODEL.calibration.yaml. Nothing of the model changes until a
    person has read the proposal and applies it.

    \b
    localcare calibrate
    localcare calibrate --until 2022-03-31 --starts 8
    localcare calibrate --apply results/calibration/proposal.csv
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.calibrate import apply_command, calibrate_command

    if proposal is not None:
        apply_command(model=options["model"], proposal=proposal, quiet=options["quiet"])
        return
    day = None if until is None else until.date()
    calibrate_command(data=data, out=out, starts=starts, seed=seed, until=day, **options)


@cli.command()
@options("model", "engine", "quiet")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="FILE",
    help="Figures of your own, in the columns of models/kent_medway.observed.csv; a series in it "
    "takes the place of the shipped one.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS / "validation", show_default=True,
    metavar="DIR", help="Folder for the results; one that localcare made is replaced.",
)  # fmt: skip
@click.option("--no-figures", is_flag=True, help="Do not draw observed against modelled.")
@click.option(
    "--hold-out", is_flag=True,
    help="Also fit to the earlier figures, forecast the later, and print the errors beside those "
    "of forecasts that need no model. Takes a minute.",
)  # fmt: skip
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="DATE",
    help="The last day that --hold-out is fitted to.  [default: 2022-03-31]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def validate(
    *,
    data: Path | None,
    out: Path,
    no_figures: bool,
    hold_out: bool,
    until: datetime | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Hold the model to what was observed: every row with target, result, pass or fail.

    Shows each result with and without the numbers that were fitted to the past, splits the error
    of every series (Theil), and draws observed against modelled. Exits with 1 while any row fails.

    \b
    localcare validate
    localcare validate --hold-out
    localcare validate --no-figures --json > validation.json
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.validate import validate_command

    validate_command(
        data=data, out=out, figures=not no_figures, held_out=hold_out,
        until=None if until is None else until.date(), as_text=as_json, **options,
    )  # fmt: skip


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@options("engine", "quiet")
@click.option("--json", "as_json", is_flag=True, help="Print every model as JSON.")
def conformance(folder: Path, as_json: bool, **options: Any) -> None:
    """Run every Vensim model below DIR that has its expected output beside it, and compare.

    DIR is a copy of the public SD test models, or any folder of models each with its output.tab or
    output.csv. Models run as their authors ran them: by Euler, at their own step and saveper. Exits
    with 1 if any is wrong.

    \b
    localcare conformance test-models
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.conformance import conformance_command

    conformance_command(folder, as_json=as_json, **options)


@cli.command()
@options("model")
@click.option("--sector", metavar="WORD", help="Only sectors whose name holds WORD.")
@click.option(
    "--quality", help="Only this quality.",
    type=click.Choice(["measured", "published", "derived", "expert-assumption"]),
)  # fmt: skip
@click.option(
    "--csv", "to", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the whole joined table to a CSV file that Excel opens.",
)  # fmt: skip
@click.option(
    "--xlsx", type=click.Path(path_type=Path), metavar="FILE",
    help="Write it as an Excel workbook.",
)  # fmt: skip
def assumptions(
    sector: str | None, quality: str | None, model: Path | None, **files: Path | None
) -> None:
    """Show every number of the model with its range, quality and source.

    \b
    localcare assumptions --quality expert-assumption
    localcare assumptions --sector money --csv money.csv
    localcare assumptions --xlsx evidence.xlsx
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.assumptions import assumptions_command

    assumptions_command(model, sector, quality, files["to"], files["xlsx"])


@cli.command()
@click.argument("element", metavar="NAME")
@click.option(
    "--to", "dimension", required=True, metavar="RANGE",
    help="What it is: a care function, placed function, place, place role ...",
)  # fmt: skip
@click.option(
    "--like", required=True, metavar="OTHER", help="The one of RANGE whose numbers to start from."
)
@click.option(
    "--share", type=float, default=None, metavar="SHARE",
    help="Take this share of OTHER's people, staff and other amounts, instead of repeating them.",
)  # fmt: skip
@options("model", "quiet")
def add(element: str, model: Path | None, quiet: bool, **start: Any) -> None:
    """Add a care function, a role or a place to the model's tables; no equation changes.

    NAME gets a row (or column) in every table that has one for OTHER, which you then edit. It is
    tried out on a copy first. Without --model the shipped model's own tables change.

    \b
    localcare add "dementia support" --to "care function" --like "care planning"
    localcare add "Ebbsfleet" --to place --like Dartford --share 0.15 --model copy/kent_medway.mdl
    """  # noqa: D301 (click wants the character \b)
    from localcare.model.additions import Addition
    from localcare.verbs.add import add_command

    add_command(Addition(element=element, **start), model, quiet=quiet)


@cli.command()
@options("model", "quiet")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE.mdl",
    help="The file to write.",
)  # fmt: skip
@click.option(
    "--products/--no-products", default=True,
    help="Keep PROD(), or write it out factor by factor for software that lacks it (Simlin).",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
def export(model: Path | None, out: Path, products: bool, force: bool, quiet: bool) -> None:
    """Write the model as one Vensim file with its tables inside, for use in other software.

    \b
    localcare export --out kent_medway_alone.mdl
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.export import export_command

    export_command(model, out, products=products, force=force, quiet=quiet)


@cli.command()
@options("quiet")
@click.option(
    "--json", "to", type=click.Path(path_type=Path), metavar="FILE",
    help="Write everything that was measured to a JSON file.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Two small models only, in seconds.")
@click.option("--strict", is_flag=True, help="Fail if a tool to compare with is missing.")
@click.option("--markdown", is_flag=True, help="Print tables as a README has them.")
@click.option(
    "--ensemble", type=int, default=None, metavar="N",
    help="Measure noise, and nine scenarios under N draws each to their figures, instead; 2048 is "
    "what targets are set for.",
)  # fmt: skip
def bench(to: Path | None, **options: Any) -> None:
    """Measure our engines beside PySD, Simlin and plain C, on the same models and steps.

    Takes about ten minutes, and wants an otherwise idle machine. Needs gcc, and pysimlin from
    `pip install 'localcare[bench]'`; what is missing is named and left out.
    """
    from localcare.verbs.bench import bench_command

    bench_command(to=to, **options)
