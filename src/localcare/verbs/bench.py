"""`localcare bench`: our engines beside others, in tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from localcare.bench import Report, run_bench, run_ensembles
from localcare.bench.report import Agreement, Row, Spread, Subject, Target
from localcare.present.console import Terminal
from localcare.present.tables import plain_table
from localcare.problems import BadInput, CheckFailed, Problem
from localcare.study.draws import check_number

__all__ = ["bench_command"]

CONTEST = (
    "engine",
    "members",
    "threads",
    "processor, ms a member",
    "clock, ms a member",
    "times ours",
    "agreement",
)
TARGETS = ("target for the shipped model", "wanted", "found", "")


def bench_command(
    *,
    to: Path | None,
    quick: bool,
    strict: bool,
    quiet: bool,
    markdown: bool = False,
    ensemble: int | None = None,
) -> None:
    """Print what was measured, in tables or as Markdown for a README; write all of it to `to`. With
    `ensemble`, noise and ensembles of so many draws are measured instead of engines.

    Raises CheckFailed at the end where results disagree and, with `strict`, where a tool is
    missing.
    """
    terminal = Terminal(quiet=quiet)
    if to is not None and not to.absolute().parent.is_dir():
        raise BadInput(Problem("its folder is not there.", "Make it first.", file=to))
    with terminal.busy("Measuring") as status:

        def tell(text: str) -> None:
            if status is not None:
                status.update(text)

        if ensemble is None:
            report = run_bench(quick=quick, tell=tell)
        else:
            report = run_ensembles(draws=check_number(ensemble), tell=tell)
    terminal.show(*(_markdown(report) if markdown else _tables(report)))
    for each in report.missing:
        terminal.say(f"{each.contender} took no part: {each.why}. To have it: {each.cure}")
    if to is not None:
        to.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
        terminal.say(f"Wrote {to}")
    failed = list(map(_disagreement, report.disagreeing))
    if strict and report.missing:
        names = ", ".join(each.contender for each in report.missing)
        failed.append(f"--strict: {names} took no part.")
    if failed:
        raise CheckFailed("\n".join(failed))


def _disagreement(row: Row) -> str:
    """What is wrong with the results of a row that disagrees."""
    agreed = row.agreement
    if agreed is None or agreed.worst is None:
        where = "" if agreed is None else agreed.where
        return f"{row.subject}: {row.contender} has no number for {where}."
    return (
        f"{row.subject}: {row.contender} differs from the reference engine by {agreed.worst:.1e} "
        f"of the largest {agreed.where}; {agreed.allowed:.0e} is allowed."
    )


def _tables(report: Report) -> Iterator[Table | str]:
    """Everything that is printed."""
    yield "; ".join(f"{name} {value}" for name, value in report.machine.items())
    yield (
        "Each figure is a median, with the least and most of several rounds in brackets. Times "
        "ours: processor time over that of the first row. Agreement: the largest difference from "
        "the reference engine, as a share of a variable's largest magnitude, of what is allowed."
    )
    for subject in report.subjects:
        rows = [row for row in report.rows if row.subject == subject.name]
        yield plain_table(
            CONTEST,
            (_cells(row) for row in rows),
            right=("members", "threads"),
            title=_title(subject),
        )
        yield "\n".join(f"{row.contender}: {row.note}." for row in rows if row.note)
    for title, more in (
        ("The cost of members: one thread; the ratio is to one member", report.members),
        ("The cost of size: the ratio is a member's and a number's, to the first", report.sizes),
    ):
        if more:
            yield _scaling(title, more)
    if report.starts:
        yield plain_table(
            ("what", "seconds, clock", "seconds, processor"),
            ((each.what, _text(each.clock), _text(each.processor)) for each in report.starts),
            title="Starting",
        )
    if report.targets:
        yield plain_table(
            TARGETS,
            map(_target, report.targets),
            title="Targets",
        )


def _markdown(report: Report) -> Iterator[str]:
    """The contests and the targets as Markdown."""
    yield "; ".join(f"{name} {value}" for name, value in report.machine.items())
    for subject in report.subjects:
        rows = [row for row in report.rows if row.subject == subject.name]
        yield f"\n{_title(subject)}\n\n{_markdown_table(CONTEST, map(_cells, rows))}"
    if report.targets:
        yield f"\n{_markdown_table(TARGETS, map(_target, report.targets))}"


def _title(subject: Subject) -> str:
    return (
        f"{subject.name}: {subject.stocks:,} stocks and {subject.auxiliaries:,} auxiliaries a "
        f"step, {subject.steps:,} Euler steps, {subject.saved:,} numbers saved {subject.times:,} "
        "times"
    )


def _markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(each.replace('|', '/') for each in line)} |" for line in lines)


def _target(target: Target) -> tuple[str, ...]:
    return (
        target.what,
        f"{'at most' if target.less else 'at least'} {target.wanted:,g}",
        _text(target.found),
        "reached" if target.reached else "not reached",
    )


def _cells(row: Row) -> tuple[str, ...]:
    agreed = row.agreement
    return (
        row.contender,
        f"{row.members:,}",
        str(row.threads),
        _text(row.processor, 1e3),
        _text(row.clock, 1e3),
        _text(row.ratio),
        "" if agreed is None else _agreed(agreed),
    )


def _agreed(agreed: Agreement) -> str:
    if agreed.worst is None:
        return "differs"
    text = f"{agreed.worst:.0e} of {agreed.allowed:.0e}"
    return text if agreed.reached else f"differs: {text}"


def _scaling(title: str, rows: Sequence[Row]) -> Table:
    return plain_table(
        ("model", "members", "ms a member, processor", "ms a member, clock", "ratio", ""),
        (
            (
                row.subject,
                f"{row.members:,}",
                _text(row.processor, 1e3),
                _text(row.clock, 1e3),
                _text(row.ratio),
                row.note,
            )
            for row in rows
        ),
        right=("members",),
        title=title,
    )


def _text(spread: Spread, scale: float = 1.0) -> str:
    """A median and its spread, each to three figures.

    >>> _text(Spread(0.00123456, 0.001, 12.3, 9), 1e3)
    '1.23 (1.00-12,300)'
    """
    least, most = (_figure(each * scale) for each in (spread.least, spread.most))
    median = _figure(spread.median * scale)
    return median if spread.rounds == 1 else f"{median} ({least}-{most})"


def _figure(number: float) -> str:
    """Three figures, no powers of ten."""
    if abs(number) >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:#.3g}" if abs(number) >= 0.001 else f"{number:.2g}"
