"""Commands for planners: what goes into a paper. Figures, drivers, reports, workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from localcare.cli.group import cli
from localcare.cli.options import options, several


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), required=False, metavar="[RUN]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder for the figures.  [default: RUN/figures]",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="NAME", help="Draw this figure; may be repeated.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["png", "svg", "pdf"]),
    help="File format; may be repeated.  [default: png and svg]",
)  # fmt: skip
@click.option(
    "--policy", default=None, metavar="SCENARIO",
    help="Whose difference from the baseline is broken down by what drives it.  [default: the one "
    "that needs fewest beds]",
)  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Show which figures there are.")
@options("quiet")
def figures(run: Path | None, out: Path | None, listed: bool, **options: Any) -> None:
    """Draw every figure that RUN, a folder that `run` or `compare` wrote, holds enough for.

    Each comes as a picture with its numbers (.csv) and its alt text (.txt), and says its finding in
    its title. Figures that the results hold too little for are named, with the reason.

    \b
    localcare figures results/comparison
    localcare figures results/comparison --only money --only trade_off --format pdf --out board
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.figures import figures_command, list_figures

    if listed:
        list_figures()
    elif run is None:
        raise click.UsageError("Give a RUN, such as results/comparison, or --list.")
    else:
        figures_command(run, out, **options)


@cli.command()
@click.argument("policy", metavar="POLICY")
@click.option(
    "--from", "reference", default="baseline", show_default=True, metavar="SCENARIO",
    help="The scenario that POLICY is held to.",
)  # fmt: skip
@click.option(
    "--measure", "measures", multiple=True, metavar="NAME",
    help="Break this measure down; may be repeated.  [default: beds needed, emergency admissions, "
    "people with moderate or severe frailty]",
)  # fmt: skip
@click.option("--year", type=int, default=None, help="The calendar year.  [default: the last]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder for the figure and its numbers.  [default: results/POLICY-drivers]",
)  # fmt: skip
@options("model", "set", "engine", "quiet")
def drivers(policy: str, out: Path | None, **options: Any) -> None:
    """Say which settings of POLICY drive its difference from the baseline.

    What the policy sets is put into at most eight groups, every coalition of which runs. A group's
    part is what it adds on average over every order (Shapley values): parts add up to the whole.
    Draws a waterfall with the spend of each group beside.

    \b
    localcare drivers neighbourhood
    localcare drivers four-layers --measure "running cost" --year 2028
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.drivers import drivers_command

    drivers_command(policy, out, **options)


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--format", "formats", callback=several("html", "docx", "pptx"), default="html",
    show_default=True, metavar="html,docx,pptx",
    help="What to write: html, docx, pptx or several of them with commas.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder for the files.  [default: RUN]",
)  # fmt: skip
@click.option(
    "--sensitivity", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder of `localcare sensitivity`, to say which assumptions drive the results.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace files that are already there.")
@options("model", "quiet")
def report(run: Path, formats: tuple[str, ...], out: Path | None, **options: Any) -> None:
    """Write a report of RUN, a folder of results: a web page, a Word document, slides.

    It opens with the finding and ends with the command that repeats the run.

    \b
    localcare report results/comparison
    localcare report results/comparison --format html,docx,pptx
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.report import report_command

    report_command(run, formats, out, **options)


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="FILE.xlsx",
    help="The file to write.  [default: RUN/results.xlsx]",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is already there.")
@options("model", "quiet")
def workbook(run: Path, out: Path | None, **options: Any) -> None:
    """Write the numbers of RUN, a folder of results, as an Excel workbook.

    Measures by year, place and system as tables, scenarios as inputs, every assumption, charts.

    \b
    localcare workbook results/comparison
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.workbook import workbook_command

    workbook_command(run, out, **options)
