"""Scenarios of one's own: begun with `new`, found by name, run by folder and by grid."""

import json

import numpy as np
import pandas as pd
import pytest

from localcare.model.text import number_text
from localcare.present.results import open_results
from localcare.scenario import load
from localcare.verbs.scenarios import find_scenario, scenario_names

MINE = """\
name: {0}
title: {1}
extends: baseline
levers:
  - {{lever: additional core beds, target: {2}, unit: bed, start: 2026/27}}
"""


@pytest.mark.parametrize("parent", scenario_names())
def test_a_new_scenario_does_what_its_shipped_parent_does_to_the_bit(
    say, project, tmp_path, parent
):
    said = say("new", "mine", "--from", parent)
    assert said.status == 0, said.err
    folder = tmp_path
    one = find_scenario(parent, project).overrides(project.spec)
    two = load(folder / "mine.yaml", project.catalogue, folder=folder).overrides(project.spec)
    assert one.constants.keys() == two.constants.keys()
    assert one.paths.keys() == two.paths.keys()
    assert one.paths or parent == "baseline"
    for name, path in one.paths.items():
        assert np.array_equal(path.times, two.paths[name].times), name
        assert path.values.tobytes() == two.paths[name].values.tobytes(), name


def test_a_new_scenario_names_every_lever_with_its_layer_unit_and_meaning(say, project, tmp_path):
    assert say("new", "mine", "--out", "plans").status == 0
    text = (tmp_path / "plans" / "mine.yaml").read_text(encoding="utf-8")
    words = " ".join(text.replace("#", " ").split())
    for row in project.levers.rows:
        variable = project.catalogue.lever(row.variable)
        assert f"- lever: {row.variable} " in words
        assert f"{row.variable} ({row.layer} layer" in words
        assert f"From {number_text(row.low)} to {number_text(row.high)}" in words
        assert row.note in words
        for dimension in variable.dimensions:
            assert f"{dimension}: {project.spec.by_dimension[dimension].elements[0]}" in words
        assert f"unit: {variable.units}" in words
    assert "0 bed in 2019" in words


def test_new_overwrites_nothing(say, tmp_path):
    (tmp_path / "mine.yaml").write_text("precious")
    said = say("new", "mine")
    assert said.status == 2
    assert "is already there" in said.err
    assert (tmp_path / "mine.yaml").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["My Policy"], '"my-policy" would do'),
        (["../mine"], "small letters, digits and hyphens"),
        (["acute"], "comes with localcare"),
        (["mine", "--from", "acut"], 'Did you mean "acute"?'),
        (["mine", "--out", "file/below"], "could not be written"),
        (["mine", "--model", "teacup.mdl"], "no table of levers"),
    ],
)
@pytest.mark.usefixtures("teacup")
def test_new_refuses_what_cannot_be_and_says_why(say, tmp_path, words, reason):
    (tmp_path / "file").write_text("")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    said = say("new", *words)
    assert said.status == 2
    assert reason in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_a_name_is_found_here_first_and_what_is_used_is_said(say, tmp_path):
    (tmp_path / "scenarios").mkdir()
    for folder, title in ((tmp_path / "scenarios", "Inner"), (tmp_path, "Outer")):
        (folder / "mine.yaml").write_text(MINE.format("mine", title, 50))
    (tmp_path / "acute.yaml").write_text(MINE.format("acute", "Not the shipped one", 1))
    said = say("compare", "mine", "acute", "--no-figures", "--out", "out")
    assert said.status == 0, said.err
    assert "mine: using scenarios/mine.yaml, not mine.yaml." in said.err
    assert "acute: using acute.yaml, not " in said.err
    titles = json.loads((tmp_path / "out" / "manifest.json").read_text())["scenarios"]
    assert titles["mine"]["title"] == "Inner"
    assert titles["acute"]["title"] == "Not the shipped one"
    assert "Not the shipped one" in say("describe", "acute").out
    assert "Not the shipped one" not in say("list", "--no-levers").out


def test_a_folder_runs_every_yaml_file_in_it_once_and_a_scenario_of_its_name_wins(say, tmp_path):
    plans = tmp_path / "acute"
    plans.mkdir()
    for name, beds in (("one", 10), ("two", 20), ("baseline", 0)):
        (plans / f"{name}.yaml").write_text(
            MINE.format(name, name.title(), beds).replace("extends: baseline\n", "")
        )
    (plans / "notes.txt").write_text("not a scenario")
    said = say("compare", "acute/", "acute/../acute", "--no-figures", "--out", "out")
    assert said.status == 0, said.err
    assert list(open_results(tmp_path / "out")["scenario"].to_numpy()) == ["baseline", "one", "two"]
    said = say("compare", "acute", "--no-figures", "--out", "out")
    assert "For the folder write acute/." in said.err
    assert list(open_results(tmp_path / "out")["scenario"].to_numpy()) == ["baseline", "acute"]


def test_a_grid_is_one_batch_whose_members_table_and_summary_hold(say, tmp_path):
    said = say(
        "compare", "neighbourhood", "--grid", "additional core beds[East Kent]=0,50",
        "--grid", "leavers retained=0.1,0.2,0.3,0.4,0.5", "--out", "out",
    )  # fmt: skip
    assert said.status == 0, said.err
    assert "No figures: 11 scenarios" in said.err
    assert not (tmp_path / "out" / "figures").exists()
    names = [
        f"neighbourhood additional core beds[East Kent]={beds}, leavers retained={share}"
        for beds in (0, 50)
        for share in (0.1, 0.2, 0.3, 0.4, 0.5)
    ]
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert list(dict.fromkeys(table["scenario"])) == ["baseline", *names]
    printed = "".join(said.out.split())
    assert "beds[East" in printed  # brackets of a name are no markup of the terminal
    open_beds = open_results(tmp_path / "out")["core_beds"].isel(time_bound=-1)
    more = open_beds.sel(scenario=names[5]) - open_beds.sel(scenario=names[0])
    assert float(more.sel(system="East Kent")) > 40
    assert float(abs(more.drop_sel(system="East Kent")).max()) == 0


def test_a_grid_without_a_policy_is_laid_over_the_baseline_from_its_start(say, tmp_path):
    said = say(
        "compare", "--grid", "additional core beds=50", "--start", "2028/29", "--no-figures",
        "--out", "out",
    )  # fmt: skip
    assert said.status == 0, said.err
    assert "begin in April 2028" in said.err
    results = open_results(tmp_path / "out")
    assert list(results["scenario"].to_numpy()) == ["baseline", "baseline additional core beds=50"]
    ordered = results["core_beds"].diff("scenario").isel(scenario=0).max("system")
    assert float(ordered.sel(time_bound="2028-04-01")) == 0
    assert float(ordered.isel(time_bound=-1)) > 30


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["plans"], "plans: holds no scenario"),
        (["bad"], "bad/mine.yaml:3: is not YAML"),
        (["acute", "--grid", "additional cor beds=1"], 'Did you mean "additional core beds"?'),
        (["acute", "--grid", "additional core beds=1,401"], "above the highest allowed, 400"),
        (["acute", "--grid", "additional core beds=1,many"], "where a number belongs"),
        (
            ["acute", "primary", "--grid", "leavers retained=0,.1,.2,.3,.4,.5", "--grid",
             "additional core beds=0,10,20,30,40"],
            "6 x 5 values of the grid for 2 scenarios and the baseline make 61 runs; 60 is the",
        ),
        (["--grid", "additional core beds=1", "--set", "additional core beds=2"], "both fixed by"),
        (["--start", "2027/28"], "there is no --grid"),
        (["--publish", "--grid", "additional core beds=1"], "--publish"),
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_is_one_message_and_writes_nothing(say, tmp_path, words, reason):
    (tmp_path / "plans").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "mine.yaml").write_text("name: mine\ntitle: [\n")
    said = say("compare", *words, "--out", "out")
    assert said.status == 2
    assert reason in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""
    assert not (tmp_path / "out").exists()
