"""`localcare conformance`: other people's models held to the results that came with them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from localcare.engine import Engine
from localcare.present.console import Terminal
from localcare.present.tables import plain_table
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.study.conformance import TOLERANCE, Outcome, Verdict, cases, hold

__all__ = ["conformance_command"]

#: So many reasons of one model are printed; `--json` gives all.
MOST_SHOWN = 3


def conformance_command(folder: Path, *, engine: Engine, quiet: bool, as_json: bool) -> None:
    """Run every model below a folder. Raises CheckFailed where any is wrong."""
    terminal = Terminal(quiet=quiet or as_json)
    if not folder.is_dir():
        raise BadInput(Problem("is no folder.", "Name one that holds .mdl files.", folder))
    found = cases(folder)
    if not any(expected for _, expected in found):
        why = "holds no .mdl file with its expected output beside it."
        raise BadInput(Problem(why, "The output is output.tab or output.csv.", folder))
    with terminal.busy(f"Running {len(found)} models"):
        verdicts = [hold(model, out, engine=engine) for model, out in found if out is not None]
    alone = [str(model.relative_to(folder)) for model, out in found if out is None]
    counts = Counter(each.outcome for each in verdicts)
    if as_json:
        click.echo(json.dumps(_plain(folder, verdicts, counts, alone), indent=1))
    else:
        rows = [_row(folder, each) for each in verdicts if each.outcome is not Outcome.RIGHT]
        terminal.show(plain_table(("model", "outcome", "why"), rows))
        listed = ", ".join(f"{counts[each]} {each}" for each in Outcome if counts[each])
        terminal.show(
            f"{len(verdicts)} models with an output: {listed} "
            f"(Euler, {TOLERANCE:g} of each variable's range)."
        )
        if alone:
            terminal.say(f"{len(alone)} models without an output were left out.")
    if counts[Outcome.WRONG]:
        raise CheckFailed(f"{counts[Outcome.WRONG]} of {len(verdicts)} models are wrong.")


def _row(folder: Path, verdict: Verdict) -> tuple[str, str, str]:
    why = [*verdict.why[:MOST_SHOWN]]
    if len(verdict.why) > len(why):
        why.append(f"and {len(verdict.why) - len(why)} more.")
    return str(verdict.model.relative_to(folder)), verdict.outcome, "\n".join(why)


def _plain(
    folder: Path, verdicts: list[Verdict], counts: Counter[Outcome], alone: list[str]
) -> dict[str, object]:
    return {
        "tolerance": TOLERANCE,
        "counts": {each.value: counts[each] for each in Outcome},
        "without an output": alone,
        "models": [
            {
                "model": str(each.model.relative_to(folder)),
                "outcome": each.outcome,
                "why": each.why,
                "worst variable": each.variable,
                "worst difference": each.worst,
                "compared": each.compared,
                "engine": each.engine,
            }
            for each in verdicts
        ],
    }
