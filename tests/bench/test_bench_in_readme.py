"""The table in README is one that `localcare bench --markdown` prints, and says what it shows."""

import re
from pathlib import Path

import pytest

from localcare.verbs.bench import CONTEST, TARGETS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ENGINES = {
    "kernel", "kernel with noise", "kernel, one run", "kernel, all saved", "plain C",
    "C, elements one by one", "numpy", "Simlin", "PySD",
}  # fmt: skip
NUMBER = r"[\d,.e+-]+"


def tables(text):
    """The tables of the benchmark, each as rows of cells."""
    printed = text.split("<!-- bench -->")[1].split("<!-- /bench -->")[0]
    found = [[]]
    for line in printed.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [each for each in found if each]


def number(text):
    return float(re.match(NUMBER, text).group().replace(",", ""))


def faults(text):
    """What is not as the command prints it."""
    found, contests = tables(text), 0
    for head, rule, *rows in found:
        if set("".join(rule)) != {"-"} or any(len(row) != len(head) for row in rows):
            yield f"ragged: {head}"
        if tuple(head) == CONTEST:
            contests += 1
            yield from (f"an engine {row[0]}" for row in rows if row[0] not in ENGINES)
            times = [cell for row in rows for cell in row[3:6]]
            spread = rf"{NUMBER}( \({NUMBER}-{NUMBER}\))?"
            yield from (f"a time {cell}" for cell in times if not re.fullmatch(spread, cell))
            yield from (f"{row[0]} differs" for row in rows if "differs" in row[-1])
        elif tuple(head) == TARGETS:
            for what, wanted, got, verdict in rows:
                least = wanted.startswith("at least ")
                bound, value = number(wanted.split()[-1]), number(got)
                reached = value >= bound if least else value <= bound
                # what is printed is rounded, and so may sit on the bound itself
                if value != bound and verdict != ("reached" if reached else "not reached"):
                    yield f"{what}: {got}, {wanted}, is {verdict}"
        else:
            yield f"a table of {head}"
    if not contests:
        yield "no engines"


def test_readme_holds_what_the_command_prints():
    assert list(faults(README)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("| engine |", "| motor |"),
        ("| plain C |", "| plain D |"),
        ("reached |", "perhaps |"),
        ("<!-- bench -->", "<!-- bench --><!-- /bench -->"),
    ],
)
def test_a_table_that_was_tampered_with_is_noticed(before, after):
    printed = (
        f"<!-- bench -->\n| {' | '.join(CONTEST)} |\n|{' --- |' * len(CONTEST)}\n"
        "| plain C | 4 | 1 | 8.00 (7.00-9.00) | 8.00 | 3.00 | 1e-14 of 1e-11 |\n\n"
        f"| {' | '.join(TARGETS)} |\n|{' --- |' * len(TARGETS)}\n"
        "| plain C over the kernel | at least 3 | 3.10 (3.00-3.20) | reached |\n<!-- /bench -->"
    )
    assert list(faults(printed)) == []
    assert before in printed
    assert list(faults(printed.replace(before, after)))
