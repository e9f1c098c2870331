"""Commands on uncertainty: how sure a result is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from localcare.cli.group import cli
from localcare.cli.options import options
from localcare.paths import RESULTS

__all__ = ["ensemble", "sensitivity"]


@cli.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--draws", type=int, default=512, show_default=True, metavar="N",
    help="How many futures each scenario meets; a power of two.",
)  # fmt: skip
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="S",
    help="Which futures: a seed fixes every draw.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS / "ensemble", show_default=True,
    metavar="DIR", help="Folder for the results; an interrupted run goes on where it stopped.",
)  # fmt: skip
@options(
    "noise", "parameters", "history", "target", "workers", "scheduler", "model", "set",
    "engine", "step", "quiet",
)  # fmt: skip
def ensemble(scenarios: tuple[str, ...], out: Path, **options: Any) -> None:
    """Run scenarios under many draws of what is uncertain, and say how sure the result is.

    Each draw gives every uncertain number of the assumptions table a value from its range, the same
    for every SCENARIO and for the baseline, which runs with them. Writes members.zarr, summary.nc,
    summary.csv, draws.csv and manifest.json. What is interrupted goes on by the same command.

    \b
    localcare ensemble neighbourhood --draws 512 --seed 1 --out results/sure
    localcare ensemble intermediate --target "beds needed=3300"
    """  # noqa: D301 (click wants the character \b)
    from localcare.study.cluster import Workers
    from localcare.verbs.ensemble import Draws, ensemble_command
    from localcare.verbs.targets import read_targets

    asked = ("draws", "seed", "noise", "parameters", "history")
    workers = Workers(options.pop("workers"), options.pop("scheduler"))
    targets = read_targets(options.pop("targets"))
    draws = Draws(**{name: options.pop(name) for name in asked}, workers=workers)
    ensemble_command(scenarios, out, draws, targets, **options)


@cli.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--measure", "measured", default="beds_needed", show_default=True, metavar="NAME",
    help="The measure whose drivers are wanted; `localcare describe NAME` tells of it.",
)  # fmt: skip
@click.option(
    "--trajectories", type=int, default=10, show_default=True, metavar="N",
    help="Ways through all assumptions in the screening.",
)  # fmt: skip
@click.option(
    "--samples", type=int, default=256, show_default=True, metavar="N",
    help="Base points of the indices; a power of two.",
)  # fmt: skip
@click.option(
    "--top", type=click.IntRange(min=2), default=20, show_default=True, metavar="N",
    help="Assumptions that indices are made for.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, metavar="S", help="Fixes all.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=RESULTS / "sensitivity", show_default=True,
    metavar="DIR", help="Folder for the results; one that localcare made is replaced.",
)  # fmt: skip
@options("workers", "scheduler", "model", "set", "engine", "step", "quiet")
def sensitivity(scenarios: tuple[str, ...], out: Path, measured: str, **options: Any) -> None:
    """Find which assumptions drive a result, and which would make a policy fail.

    Screens every uncertain number by Morris's method, then gives Sobol' indices for those that
    matter, for the baseline's level and each policy's change from it, in every year. Without a
    SCENARIO all shipped ones run; that takes some twenty minutes.

    \b
    localcare sensitivity intermediate --measure beds_needed
    """  # noqa: D301 (click wants the character \b)
    from localcare.study.cluster import Workers
    from localcare.study.sensitivity import Extent
    from localcare.verbs.sensitivity import sensitivity_command

    asked = ("trajectories", "samples", "top", "seed")
    extent = Extent(**{name: options.pop(name) for name in asked})
    workers = Workers(options.pop("workers"), options.pop("scheduler"))
    sensitivity_command(scenarios, out, measured, extent, workers, **options)
