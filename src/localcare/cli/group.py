"""The command itself: what it says without a verb, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click

from localcare import __version__
from localcare.extras import collect_seldom, leave_dask_out
from localcare.problems import BadInput, CheckFailed, Problem

__all__ = ["cli", "main"]

FIRST = """\
localcare models health and care in Kent and Medway, 2019 to 2030. Three commands to try first:

  localcare compare                      run every shipped scenario side by side
  localcare describe beds_needed         where a number comes from
  localcare list                         the scenarios, and the levers they can pull

`localcare --help` shows the rest."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    if arguments is None:  # a process of our own
        leave_dask_out()
        collect_seldom()
    try:
        cli.main(args=arguments, prog_name="localcare", standalone_mode=False)
    except click.exceptions.Abort as stop:
        # click's own words for Ctrl-C; what was interrupted may have better ones
        words = str(stop.__cause__) if isinstance(stop.__cause__, KeyboardInterrupt) else ""
        _fail([words or "Interrupted; nothing was written."])
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except BadInput as error:
        _fail(error.problems)
        sys.exit(2)
    except CheckFailed as error:
        _fail([str(error)])
        sys.exit(1)
    except KeyboardInterrupt:
        _fail(["Interrupted; nothing was written."])
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as in `localcare list | head`
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:  # what can go wrong with a file we read is said where we read it
        _fail([f"Could not write: {error.strerror or error}. Free some room, and retry."])
        sys.exit(2)


def _fail(problems: Iterable[Problem | str]) -> None:
    """Say what is wrong."""
    from localcare.present.console import Terminal

    Terminal().fail(problems)


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
