"""`localcare bench` measures, prints and writes what it measured."""

import dataclasses
import json
import subprocess

import pytest

from localcare.bench import Report, contest, ours
from localcare.bench.contender import Contender, Unavailable
from localcare.bench.report import Agreement, Missing, Row, Start, Subject, Target, spread
from localcare.bench.subjects import small
from localcare.cli import main

TIMES = spread([0.001, 0.002, 0.004])
REPORT = Report(
    machine={"processor": "a fast one"},
    subjects=(Subject("tiny", 2, 3, 100, 4, 11),),
    rows=(
        Row("tiny", "kernel", 64, 1, TIMES, TIMES, spread([1.0]), Agreement(1e-13, 1e-12, 4)),
        Row("tiny", "PySD", 1, 1, TIMES, TIMES, spread([9e5]), None, "10 of 100 steps"),
    ),
    sizes=(Row("tiny, 4 times", "kernel", 16, 1, TIMES, TIMES, spread([1.1]), None, "20 numbers"),),
    starts=(Start("compiling", TIMES, TIMES),),
    targets=(Target("plain C over the kernel", 3.0, spread([2.0])),),
    missing=(Missing("Simlin", "pysimlin is not installed", "pip install 'localcare[bench]'"),),
)


@pytest.fixture
def measured(monkeypatch):
    """A report without the measuring."""
    import localcare.verbs.bench as verb

    monkeypatch.setattr(verb, "run_bench", lambda **_: REPORT)
    return verb


def command(*words):
    try:
        main(["bench", *words])
    except SystemExit as stop:
        return stop.code
    return 0


def test_tables_name_engines_ratios_and_what_was_not_reached(measured, capsys):
    measured.bench_command(to=None, quick=True, strict=False, quiet=False)
    out, err = capsys.readouterr()
    assert "a fast one" in out
    assert "2.00 (1.00-4.00)" in out
    assert "900,000" in out
    assert "1e-13 of 1e-12" in out
    assert "PySD: 10 of 100 steps." in out
    assert "not reached" in out
    assert "Simlin took no part: pysimlin is not installed" in err
    assert "pip install 'localcare[bench]'" in err


def test_json_holds_every_measurement(measured, tmp_path):
    to = tmp_path / "bench.json"
    measured.bench_command(to=to, quick=True, strict=False, quiet=True)
    found = json.loads(to.read_text(encoding="utf-8"))
    assert found["rows"][0]["processor"] == {
        "median": 0.002, "least": 0.001, "most": 0.004, "rounds": 3,
    }  # fmt: skip
    assert found["missing"][0]["contender"] == "Simlin"


def test_strict_fails_where_a_tool_is_missing(measured):
    assert command("--quick") == 0
    assert command("--quick", "--strict") == 1


@pytest.mark.parametrize(
    ("worst", "said"),
    [(2e-9, "by 2.0e-09 of the largest beds"), (None, "Simlin has no number for beds")],
)
def test_results_that_disagree_are_shown_kept_and_fail_at_the_end(
    worst, said, tmp_path, monkeypatch, capsys
):
    import localcare.verbs.bench as verb

    agreed = Agreement(worst, 1e-9, 4, "beds")
    rows = (*REPORT.rows, Row("tiny", "Simlin", 1, 1, TIMES, TIMES, spread([300.0]), agreed))
    monkeypatch.setattr(verb, "run_bench", lambda **_: dataclasses.replace(REPORT, rows=rows))
    to = tmp_path / "bench.json"
    assert command("--quick", "--json", str(to)) == 1
    out, err = capsys.readouterr()
    assert "differs" in out
    assert said in " ".join(err.split())
    assert len(json.loads(to.read_text(encoding="utf-8"))["rows"]) == 3


def test_who_cannot_run_a_model_is_left_out(monkeypatch):
    def failing():
        raise Unavailable("it cannot run it", "a newer one")

    case = small()[1]
    contenders = [
        ours.kernel(case, 1),
        Contender("Simlin", 1, failing, lambda found: found, 1e-8),
    ]
    missing: list[Missing] = []
    able, agreements = contest._compared(case, contenders, missing, lambda text: None)
    assert [each.name for each in able] == ["kernel, one run"]
    assert len(agreements) == 1
    assert missing == [Missing("Simlin", "it cannot run it", "a newer one")]


def test_a_folder_that_is_not_there_is_said_before_measuring(tmp_path):
    assert command("--json", str(tmp_path / "none" / "bench.json")) == 2


def test_a_command_that_fails_is_said_and_loses_nothing(tmp_path, monkeypatch):
    from localcare.bench import starting

    def failing(words, folder):
        raise subprocess.CalledProcessError(1, words, b"", b"first\nno room left\n")

    monkeypatch.setattr(starting, "_command", failing)
    missing: list[Missing] = []
    found, targets = starting.starts(small()[1], tmp_path, missing, lambda text: None)
    assert [each.contender for each in missing] == ["localcare run baseline", "localcare compare"]
    assert missing[0].why == "it fails (no room left)"
    assert len(found) == 4
    assert [each.what for each in targets] == ["seconds to compile, cold"]


def test_our_engines_are_measured_on_a_small_model():
    case = small()[1]
    contenders = [ours.kernel(case, 8), ours.kernel(case, 1), ours.numpy(case, 8, rounds=1)]
    contenders, agreements = contest._compared(case, contenders, [], lambda text: None)
    rows, found = contest._measured(
        case, contenders, agreements, quick=True, tell=lambda text: None
    )
    assert [row.contender for row in rows] == ["kernel", "kernel, one run", "numpy"]
    assert all(row.agreement.worst <= 1e-12 for row in rows)
    assert rows[2].ratio.median > 1
    assert [len(times) for times in found] == [2, 2, 1]


@pytest.mark.long
def test_quick_measures_all_engines_on_the_small_models(tmp_path):
    to = tmp_path / "bench.json"
    assert command("--quick", "--strict", "--json", str(to)) == 0
    found = json.loads(to.read_text(encoding="utf-8"))
    assert {row["subject"] for row in found["rows"]} == {"epidemic", "supply_chain"}
    assert {row["contender"] for row in found["rows"]} == {
        "kernel", "kernel, one run", "plain C", "numpy", "Simlin", "PySD",
    }  # fmt: skip


def test_markdown_has_the_same_rows_for_a_readme(measured, capsys):
    measured.bench_command(to=None, quick=True, strict=False, quiet=False, markdown=True)
    lines = capsys.readouterr().out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[0].startswith("| engine | members | threads | processor, ms a member |")
    assert set(table[1]) == set("| -")
    assert table[2].startswith("| kernel | 64 | 1 | 2.00 (1.00-4.00) |")
    assert len({line.count("|") for line in table[:4]}) == 1
    assert table[4].startswith("| target for the shipped model | wanted | found |")
    assert "not reached" in table[-1]
