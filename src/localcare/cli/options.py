"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["options", "several"]


def several(*known: str) -> Callable[[click.Context, click.Parameter, str], tuple[str, ...]]:
    """A callback of an option that takes one or more of some words, with commas between them."""

    def words(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(word.strip() for word in value.split(",")))
        wrong = [word for word in given if word not in known]
        if wrong:
            listed = ", ".join(map(repr, wrong))
            raise click.BadParameter(f"{listed} is not among {', '.join(known)}.")
        return given

    return words


def options(*choices: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that gives a command the options of these names."""
    known = {
        "model": click.option(
            "--model", type=click.Path(path_type=Path), metavar="FILE",
            help="A Vensim .mdl file instead of the shipped model.",
        ),
        "set": click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE",
            help="Set a constant for every scenario; may be given several times.",
        ),
        "engine": click.option(
            "--engine", type=click.Choice(["kernel", "numpy"]), default="kernel", show_default=True,
            help="What integrates: compiled code, or numpy, the oracle it is held to.",
        ),
        "any engine": click.option(
            "--engine", type=click.Choice(["kernel", "numpy", "sdeint"]), default="kernel",
            show_default=True,
            help="What integrates: compiled code, numpy, the oracle it is held to, or sdeint, the "
            "oracle of stochastic methods, slowly and for small models only.",
        ),
        "method": click.option(
            "--method", type=click.Choice(["rk4", "euler", "euler-maruyama", "sri2"]),
            default="rk4", show_default=True,
            help="How equations are integrated; the last two with the noise of the model, if a "
            "stock `x` has a variable `x diffusion`.",
        ),
        "seed": click.option(
            "--seed", type=click.IntRange(min=0), default=None, metavar="NUMBER",
            help="Draw the model's noise, by this seed, the same for every scenario. Without one "
            "rk4 and euler leave noise out.",
        ),
        "step": click.option(
            "--step", metavar="YEARS", default=None,
            help="Time step, such as 1/240; it must divide the saving interval.",
        ),
        "noise": click.option(
            "--noise/--no-noise", default=None,
            help="Whether draws differ in the model's noise.  [default: if it has any]",
        ),
        "parameters": click.option(
            "--parameters/--no-parameters", default=True,
            help="Whether draws differ in the uncertain numbers of the assumptions table.",
        ),
        "history": click.option(
            "--history/--no-history", default=True,
            help="Whether draws that contradict the observed past are left out of the bands.",
        ),
        "target": click.option(
            "--target", "targets", multiple=True, metavar="MEASURE=VALUE",
            help="Say from which year on, and in which share of draws, a measure stays at this "
            "value or better; may be given several times. MEASURE<=VALUE and MEASURE>=VALUE say "
            "which way.",
        ),
        "workers": click.option(
            "--workers", type=int, default=None, metavar="N",
            help="Spread the draws over N processes of this machine.",
        ),
        "scheduler": click.option(
            "--scheduler", default=None, metavar="ADDRESS",
            help="Send the draws to a Dask scheduler, such as tcp://host:8786, on a network that "
            "you trust.",
        ),
        "quiet": click.option("-q", "--quiet", is_flag=True, help="Show results and errors only."),
    }  # fmt: skip

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for choice in reversed(choices):
            command = known[choice](command)
        return command

    return decorate
