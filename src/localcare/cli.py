"""The command line: words in, words out. Everything it does is done in the rooms before it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from localcare import __version__
from localcare.paths import RESULTS
from localcare.problems import BadInput, CheckFailed

__all__ = ["cli", "main"]

FIRST = """\
localcare models health and care in Kent and Medway, 2019 to 2030. Three commands to try first:

  localcare compare                      run every shipped scenario side by side
  localcare describe beds_needed         where a number comes from
  localcare list                         the scenarios, and the levers they can pull

`localcare --help` shows the rest."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    from localcare.present.console import Terminal

    try:
        cli.main(args=arguments, prog_name="localcare", standalone_mode=False)
    except click.exceptions.Abort:
        Terminal().fail(["Interrupted; nothing was written."])
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except BadInput as error:
        Terminal().fail(error.problems)
        sys.exit(2)
    except CheckFailed as error:
        Terminal().fail([str(error)])
        sys.exit(1)
    except KeyboardInterrupt:
        Terminal().fail(["Interrupted; nothing was written."])
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as in `localcare list | head`
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:  # what can go wrong with a file we read is said where we read it
        Terminal().fail([f"Could not write: {error.strerror or error}. Free some room, and retry."])
        sys.exit(2)


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from localcare.study.project import open_project

        spec = open_project(None).spec
        click.echo(f"localcare {__version__}, model {spec.name} {spec.hash[:12]}")
        context.exit()


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True,
    help="Show the version of the software and of the model, and exit.",
)  # fmt: skip
@click.pass_context
def cli(context: click.Context) -> None:
    """A stock-and-flow model of health and care in Kent and Medway, 2019 to 2030.

    A SCENARIO is the name of a file in scenarios/ (`localcare list` shows them) or a path to a
    YAML file of your own. Tables go to standard output, all other words to standard error.
    """
    if context.invoked_subcommand is None:
        click.echo(FIRST)


def _options(*choices: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that several commands share."""
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
            help="Which noise a stochastic method draws; every scenario meets the same.",
        ),
        "step": click.option(
            "--step", metavar="YEARS", default=None,
            help="Time step, such as 1/240; it must divide the saving interval.",
        ),
        "quiet": click.option("-q", "--quiet", is_flag=True, help="Show results and errors only."),
    }  # fmt: skip

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for choice in reversed(choices):
            command = known[choice](command)
        return command

    return decorate


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
    "--start", metavar="DATE", default=None,
    help="When a lever of --grid begins that a scenario does not move itself.  [default: 2026/27]",
)
@_options("model", "set", "any engine", "method", "step", "seed", "quiet")
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
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.compare import compare_command

    compare_command(scenarios, out, figures=not no_figures, publish=publish, **options)


@cli.command()
@click.argument("scenario", default="baseline")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="Folder for the results.  [default: results/SCENARIO]",
)  # fmt: skip
@_options("model", "set", "any engine", "method", "step", "seed", "quiet")
def run(scenario: str, out: Path | None, **options: Any) -> None:
    """Run one SCENARIO (the baseline unless named) and write run.nc, summary.csv, manifest.json.

    \b
    localcare run neighbourhood
    localcare run --model my.mdl --method euler --set "birth rate=0.03"
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.run import run_command

    run_command(scenario, out, **options)


@cli.command()
@_options("model", "engine", "quiet")
@click.option("--quick", is_flag=True, help="Only what needs no run: units, evidence, names.")
def check(quick: bool, **options: Any) -> None:
    """Hold the model to its units, evidence, names, conservation, limits, step and extremes.

    Exits with 1 while any check fails.
    """
    from localcare.verbs.check import check_command

    check_command(quick=quick, **options)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@_options("engine", "quiet")
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
@click.argument("name", metavar="NAME")
@click.option(
    "--from", "parent", default="baseline", show_default=True, metavar="SCENARIO",
    help="The scenario whose settings to start with.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), metavar="DIR",
    help="Folder to write NAME.yaml into.  [default: the current one]",
)
@_options("model", "quiet")
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
@_options("model")
@click.option("--levers/--no-levers", default=True, help="Show the levers too.")
def list_(levers: bool, model: Path | None) -> None:
    """List the scenarios and the levers a scenario can pull, with range and unit."""
    from localcare.verbs.scenarios import list_command

    list_command(model, levers=levers)


@cli.command()
@click.argument("name", nargs=-1, required=True)
@_options("model")
@click.option(
    "--depth", type=click.IntRange(min=1), default=1, show_default=True,
    help="How far to follow causes and uses.",
)  # fmt: skip
def describe(name: tuple[str, ...], depth: int, model: Path | None) -> None:
    """Say where a number comes from: equation, units, source, causes and uses of NAME.

    NAME is a variable of the model, a measure, a scenario, a lever or a word of the glossary.

    \b
    localcare describe beds needed
    localcare describe staffing_gap --depth 2
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.describe import describe_command

    describe_command(" ".join(name), depth, model)


@cli.command()
@click.argument("first")
@click.argument("second")
@_options("model")
def diff(first: str, second: str, model: Path | None) -> None:
    """Show how two scenarios, or two folders of results, differ: inputs and outputs.

    \b
    localcare diff baseline neighbourhood
    localcare diff results/neighbourhood results/board
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.diff import diff_command

    diff_command(first, second, model)


@cli.command()
@_options("model")
@click.option("--sector", metavar="WORD", help="Only sectors whose name holds WORD.")
@click.option(
    "--quality", help="Only this quality.",
    type=click.Choice(["measured", "published", "derived", "expert-assumption"]),
)  # fmt: skip
@click.option(
    "--csv", "to", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the whole joined table to a CSV file that Excel opens.",
)  # fmt: skip
def assumptions(
    sector: str | None, quality: str | None, to: Path | None, model: Path | None
) -> None:
    """Show every number of the model with its range, quality and source.

    \b
    localcare assumptions --quality expert-assumption
    localcare assumptions --sector money --csv money.csv
    """  # noqa: D301 (click wants the character \b)
    from localcare.verbs.assumptions import assumptions_command

    assumptions_command(model, sector, quality, to)


@cli.command()
@_options("model", "quiet")
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
@_options("quiet")
@click.option(
    "--json", "to", type=click.Path(path_type=Path), metavar="FILE",
    help="Write everything that was measured to a JSON file.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Two small models only, in seconds.")
@click.option("--strict", is_flag=True, help="Fail if a tool to compare with is missing.")
def bench(to: Path | None, quick: bool, strict: bool, quiet: bool) -> None:
    """Measure our engines beside PySD, Simlin and plain C, on the same models and steps.

    Takes about ten minutes, and wants an otherwise idle machine. Needs gcc, and pysimlin from
    `pip install 'localcare[bench]'`; what is missing is named and left out.
    """
    from localcare.verbs.bench import bench_command

    bench_command(to=to, quick=quick, strict=strict, quiet=quiet)
