"""Commands for planners: run, compare, find out, write a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from localcare.cli.group import cli
from localcare.cli.options import options
from localcare.paths import RESULTS


@cli.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS / "comparison", show_default=True,
    metavar="DIR", help="Folder for the results; one that localcare made is replaced.",
)  # fmt: skip
@click.option("--no-figures", is_flag=True, help="Do not draw figures.")
@click.option("--publish", is_flag=True, help="Refresh the project's figures/ as well.")
@click.option(
    "--grid", "grids", multiple=True, metavar="NAME=V1,V2",
    help="Run every scenario at each of these values of a lever; several --grid at every "
    "combination of theirs.",
)  # fmt: skip
@click.option(
    "--start",
    metavar="DATE",
    default=None,
    help="When a lever of --grid begins that a scenario does not move itself.  [default: 2026/27]",
)
@click.option(
    "--draws", type=int, default=None, metavar="N",
    help="Run every scenario under N draws of what is uncertain too, for bands and chances; a "
    "power of two, such as 512.",
)  # fmt: skip
@options(
    "model", "set", "any engine", "method", "step", "seed", "noise", "parameters", "history",
    "target", "workers", "scheduler", "quiet",
)  # fmt: skip
def compare(
    scenarios: tuple[str, ...], out: Path, no_figures: bool, publish: bool, **options: Any
) -> None:
    """Run scenarios side by side and say how they differ from the baseline.

    Without a SCENARIO all shipped ones run. The baseline always runs with them. A folder stands
    for the YAML files in it. Writes comparison.nc, summary.csv, manifest.json and figures/ into
    the folder given by --out.

    \b
    localcare compare
    localcare compare neighbourhood my-policy.yaml --out results/board
    localcare compare neighbourhood --grid "additional core beds=0,50,100"
    localcare compare --draws 512
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.compare import compare_command
    from localcare.verbs.targets import read_targets

    workers = (options.pop("workers"), options.pop("scheduler"))
    varied = {name: options.pop(name) for name in ("noise", "parameters", "history")}
    draws, seed = options.pop("draws"), options["seed"]
    options["targets"] = read_targets(options["targets"])
    if draws is not None:
        from localcare.study.cluster import Workers
        from localcare.verbs.ensemble import Draws

        seed = 1 if seed is None else seed
        options["draws"] = Draws(draws, seed, **varied, workers=Workers(*workers))
        options["seed"] = None
    compare_command(scenarios, out, figures=not no_figures, publish=publish, **options)


@cli.command()
@click.argument("scenario", default="baseline")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder for the results.  [default: results/SCENARIO]",
)  # fmt: skip
@options("model", "set", "any engine", "method", "step", "seed", "quiet")
def run(scenario: str, out: Path | None, **options: Any) -> None:
    """Run one SCENARIO (the baseline unless named) and write run.nc, summary.csv, manifest.json.

    \b
    localcare run neighbourhood
    localcare run --model my.mdl --method euler --set "birth rate=0.03"
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.run import run_command

    run_command(scenario, out, **options)


@cli.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--from", "parent", default="baseline", show_default=True, metavar="SCENARIO",
    help="The scenario whose settings to start with.",
)  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Folder to write NAME.yaml into.  [default: the current one]",
)
@options("model", "quiet")
def new(name: str, parent: str, out: Path, model: Path | None, quiet: bool) -> None:
    """Write NAME.yaml, a scenario of your own to edit, with every lever and what it may be.

    Levers that the scenario given by --from sets are filled in, the others stand as comments, each
    with its unit, range, dimensions and value of 2019. Nothing is overwritten.

    \b
    localcare new my-policy --from neighbourhood
    localcare compare baseline my-policy
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.new import new_command

    new_command(name, parent, out, model, quiet=quiet)


@cli.command("list")
@options("model")
@click.option("--levers/--no-levers", default=True, help="Show the levers too.")
@click.option("--measures", is_flag=True, help="Show what can be read off a run instead.")
def list_(levers: bool, measures: bool, model: Path | None) -> None:
    """List the scenarios and the levers a scenario can pull, with range and unit; or the measures.

    \b
    localcare list
    localcare list --measures
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.scenarios import list_command, list_measures

    if measures:
        list_measures(model)
        return
    list_command(model, levers=levers)


@cli.command()
@click.argument("name", nargs=-1)
@options("model")
@click.option(
    "--depth", type=click.IntRange(min=1), default=1, show_default=True,
    help="How far to follow causes and uses.",
)  # fmt: skip
@click.option("--kernel", is_flag=True, help="Print the compiled engine's code for the model.")
def describe(name: tuple[str, ...], depth: int, kernel: bool, model: Path | None) -> None:
    """Say where a number comes from: equation, units, source, causes and uses of NAME.

    NAME is a variable of the model, a measure, a scenario, a lever or a word of the glossary.

    \b
    localcare describe beds needed
    localcare describe staffing_gap --depth 2
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.describe import describe_command, kernel_command

    if kernel == bool(name):
        raise click.UsageError("Give a NAME, or --kernel without one.")
    if kernel:
        kernel_command(model)
        return

    describe_command(" ".join(name), depth, model)


@cli.command()
@click.argument("first")
@click.argument("second")
@options("model")
def diff(first: str, second: str, model: Path | None) -> None:
    """Show how two scenarios, or two folders of results, differ: inputs and outputs.

    \b
    localcare diff baseline neighbourhood
    localcare diff results/neighbourhood results/board
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.diff import diff_command

    diff_command(first, second, model)
