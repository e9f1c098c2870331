"""Commands on uncertainty: how sure a result is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from localcare.cli.group import cli
from localcare.cli.options import options
from localcare.paths import RESULTS

__all__ = ["ensemble"]


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
@options("noise", "parameters", "history", "model", "set", "engine", "step", "quiet")
def ensemble(scenarios: tuple[str, ...], out: Path, **options: Any) -> None:
    """Run scenarios under many draws of what is uncertain, and say how sure the result is.

    Each draw gives every uncertain number of the assumptions table a value from its range, the same
    for every SCENARIO and for the baseline, which runs with them. Writes members.zarr, summary.nc,
    summary.csv, draws.csv and manifest.json. What is interrupted goes on by the same command.

    \b
    localcare ensemble neighbourhood --draws 512 --seed 1 --out results/sure
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.ensemble import Draws, ensemble_command

    draws = Draws(
        *(options.pop(name) for name in ("draws", "seed", "noise", "parameters", "history"))
    )
    ensemble_command(scenarios, out, draws, **options)
