"""The verbs on the shipped model: what they write and what a planner reads."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from localcare.measures.catalogue import MEASURES
from localcare.measures.summary import headline
from localcare.present.tables import comparison_table, measure_called

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_compare_writes_everything_and_tells_what_was_found(say, tmp_path, comparison):
    said = say("compare")
    assert said.status == 0, said.err
    folder = tmp_path / "results" / "comparison"
    written = {path.name for path in folder.iterdir()}
    assert written == {
        "comparison.nc",
        "summary.csv",
        "summary_financial_years.csv",
        "targets.csv",
        "manifest.json",
        "figures",
    }
    assert len(list((folder / "figures").iterdir())) == 17
    table = headline(comparison.dataset, 2030)
    for scenario in table:
        assert re.search(rf"^ *{scenario} .*\d", said.out, re.MULTILINE), scenario
    assert f"{table['baseline']['emergency_admissions']:,.0f}"[:5] in said.out
    sentences = re.findall(
        r"^By 2030 .*\.$|lowers the number of people.*\.$", said.err, re.MULTILINE
    )
    assert len(sentences) == 2
    for what in ("comparison.nc", "summary.csv", "figures", "localcare describe"):
        assert what in said.err
    assert [path.name for path in folder.parent.iterdir()] == ["comparison"]


def test_summary_is_tidy_and_agrees_with_the_dataset(say, tmp_path):
    say("compare", "acute", "--no-figures", "--out", "out")
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert list(table.columns) == [
        "scenario",
        "measure",
        "title",
        "area",
        "part",
        "year",
        "value",
        "change_from_baseline",
        "units",
    ]
    keys = ["scenario", "measure", "area", "part", "year"]
    assert not table.duplicated(keys).any()
    assert set(table["scenario"]) == {"baseline", "acute"}
    with xr.open_dataset(tmp_path / "out" / "comparison.nc") as dataset:
        months = dataset["emergency_admissions"].sel(scenario="acute", system="West Kent")
        own = float(months.where(dataset["year"] == 2029, drop=True).mean())
    row = table.set_index(keys).loc[
        ("acute", "emergency_admissions", "West Kent", "all", 2029), "value"
    ]
    assert float(row) == pytest.approx(own)


def test_run_writes_one_scenario_and_set_changes_it(say, tmp_path):
    assert say("run").status == 0
    said = say("run", "--set", "crowding threshold=0.85", "--out", "other")
    assert said.status == 0, said.err
    with (
        xr.open_dataset(tmp_path / "results" / "baseline" / "run.nc") as one,
        xr.open_dataset(tmp_path / "other" / "run.nc") as two,
    ):
        assert not np.array_equal(one["beds_occupied"], two["beds_occupied"])
    manifest = json.loads((tmp_path / "other" / "manifest.json").read_text())
    assert manifest["settings"] == ["crowding threshold=0.85"]
    again = say("diff", "results/baseline", "other")
    assert again.status == 0, again.err
    assert "crowding_threshold" in again.out
    assert "Emergency admissions" in again.out


def test_diff_of_two_scenarios_shows_inputs_and_outputs(say):
    said = say("diff", "baseline", "intermediate")
    assert said.status == 0, said.err
    assert "additional intermediate beds" in said.out
    assert "General and acute beds needed" in said.out


def test_diff_of_two_folders_shows_what_each_lever_was_set_to(say):
    say("run", "baseline", "--out", "one")
    say("run", "intermediate", "--out", "two")
    lines = say("diff", "one", "two").out.splitlines()
    lever = next(line for line in lines if "additional_intermediate_beds" in line)
    assert "the model's own to 0 in 2026.25 and" in lever


def test_a_run_is_that_member_of_a_comparison(say):
    say("compare", "acute", "--no-figures", "--out", "both")
    say("run", "acute", "--out", "alone")
    said = say("diff", "both", "alone")
    assert "scenario baseline: only in the first" in said.out
    rows = [line for line in said.out.splitlines() if "bed" in line or "FTE" in line]
    assert rows
    assert all(re.search(r" 0   \S+ *$", line) for line in rows), rows


def test_diff_of_a_scenario_with_itself_finds_nothing(say):
    assert "no input differs" in say("diff", "acute", "acute").out


def test_list_shows_scenarios_in_the_order_of_care_and_levers_with_range(say):
    said = say("list")
    names = ["baseline", "primary", "neighbourhood", "intermediate", "acute", "four-layers"]
    positions = [said.out.index(f"{name} ") for name in names]
    assert positions == sorted(positions)
    assert "additional core beds" in said.out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beds needed", ["Measure beds_needed", "Auxiliary beds needed", "planning occupancy"]),
        ("planning occupancy", ["0.92", "quality", "source", "uses"]),
        ("population", ["INTEG(", "Stock population", "deaths"]),
        ("staffing gap", ["Measure staffing_gap", "staff needed"]),
        ("neighbourhood", ["Neighbourhood teams", "social prescribing"]),
        ("occupancy", ["occupancy: general and acute beds"]),
        ("additional core beds", ["lever", "acute layer"]),
    ],
)
def test_describe_says_where_a_number_comes_from(say, name, words):
    said = say("describe", *name.split())
    assert said.status == 0, said.err
    for word in words:
        assert word in said.out


def test_every_number_of_the_printed_table_can_be_described(say):
    from localcare.measures.summary import HEADLINE

    for name in HEADLINE:
        said = say("describe", name)
        assert "formula" in said.out
        assert "causes" in said.out


def test_every_title_and_column_head_that_is_printed_can_be_described(say, comparison):
    heads = comparison_table(headline(comparison.dataset, 2030), 2030).columns[1:]
    titles = [str(column.header) for column in heads] + [each.title for each in MEASURES]
    for title in titles:
        assert measure_called(title) is not None, title
    assert "Measure beds_needed" in say("describe", titles[1]).out


def test_every_word_of_the_glossary_in_the_readme_is_described(say):
    table = README.split("### Words")[1].split("##")[0]
    rows = re.findall(r"^\| (?!word|---)(.+?) \|", table, re.MULTILINE)
    words = [word for row in rows for word in row.split(", ")]
    assert len(words) > 8
    for word in words:
        assert say("describe", word).out.lower().startswith(word.lower() + ":"), word


def test_assumptions_filter_and_write_a_table_for_excel(say, tmp_path):
    said = say("assumptions", "--quality", "measured")
    assert "expert-assumption" not in said.out.replace("0 expert-assumption", "")
    assert say("assumptions", "--csv", "all.csv").status == 0
    raw = (tmp_path / "all.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(tmp_path / "all.csv")
    assert len(table) > 150
    assert say("assumptions", "--sector", "nowhere").status == 2


def test_a_folder_cannot_be_compared_with_a_scenario(say, tmp_path):
    say("run", "--out", "out")
    said = say("diff", "out", "acute")
    assert said.status == 2
    assert "two folders, or two scenarios" in said.err


def test_a_damaged_result_is_named(say, tmp_path):
    say("run", "--out", "out")
    (tmp_path / "out" / "run.nc").write_bytes(b"not a file")
    said = say("diff", "out", "out")
    assert said.status == 2
    assert "run.nc" in said.err


def test_publishing_something_else_than_the_shipped_comparison_is_refused(say):
    assert say("compare", "acute", "--publish").status == 2


#: Commands that take half a minute and more: `pytest -m long` runs them; each has quicker tests.
SLOW = ("validate", "sensitivity", "calibrate", "report", "workbook")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, marks=pytest.mark.long if words.startswith(SLOW) else ())
        for words in re.findall(r"^    localcare (\S.*?)  +\S", README, re.MULTILINE)
    ],
)
def test_every_command_that_readme_lists_works(say, words, tmp_path):
    (tmp_path / "my.yaml").write_text(
        "name: my\ntitle: My policy\nextends: baseline\n"
        "levers:\n  - {lever: additional core beds, target: 50, unit: bed, start: 2026/27}\n"
    )
    if words == "check":
        words = "check --quick"  # the whole check is a test of its own
    if words == "compare":
        words = "compare --no-figures"  # and so is drawing
    # Many futures take minutes; a few take the same way.
    words = re.sub(r"--draws \d+", "--draws 4 --no-history", words)
    if words.startswith("sensitivity"):
        words += " --trajectories 2 --samples 2 --top 2"
    if words.startswith("calibrate"):
        words += " --starts 1"
    if words.startswith("figures"):
        say("run", "baseline", "--out", words.split()[1])
        words += " --only frailty_by_place --format svg"
    if words.startswith(("report", "workbook")):
        say("run", "baseline", "--out", words.split()[1])
    said = say(*words.replace('"', "").split())
    # A validation of which a row fails ends with 1, and the shipped model's has one that does.
    assert said.status == (1 if words.startswith("validate") else 0), said.err


def test_the_shipped_model_passes_every_check(say):
    said = say("check")
    assert said.status == 0, said.err
    assert "FAIL" not in said.out


def test_describe_prints_the_kernel_of_a_model(say, teacup):
    said = say("describe", "--kernel", "--model", teacup)
    assert said.status == 0, said.err
    assert "define " in said.out
    assert "cooling" in said.out  # names of variables stand in its comments
    assert say("describe").status == 2
    assert say("describe", "--kernel", "beds").status == 2
