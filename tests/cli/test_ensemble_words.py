"""`localcare ensemble`: what it writes, says and refuses."""

import json

import numpy as np
import pandas as pd
import pytest

from localcare.study.kept import open_ensemble

DRAWS = 8


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What eight draws of a scenario come to: the folder, and the words."""
    import contextlib
    import io

    from localcare.cli import main

    folder = tmp_path_factory.mktemp("ensemble") / "sure"
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        main(
            ["ensemble", "neighbourhood", "--draws", str(DRAWS), "--seed", "3", "--quiet",
             "--target", "beds needed=1", "--target", "occupancy<=100%", "--out", str(folder)]
        )  # fmt: skip
    return folder, words.getvalue()


def test_the_folder_holds_draws_members_summary_and_what_ran(said):
    folder, _ = said
    found = open_ensemble(folder)
    assert found.members["scenario"].to_numpy().tolist() == ["baseline", "neighbourhood"]
    assert found.members.sizes["member"] == DRAWS
    draws = pd.read_csv(folder / "draws.csv", encoding="utf-8-sig")
    assert draws["draw"].tolist() == list(range(DRAWS))
    np.testing.assert_allclose(
        draws["crowding threshold"], found.inputs["drawn"].sel(parameter="crowding threshold")
    )
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["draws"], manifest["draw_seed"], manifest["covers"]) == (
        DRAWS, 3, "parameters and noise",
    )  # fmt: skip


def test_the_summary_has_quantiles_and_chances_that_are_those_of_the_members(said):
    folder, _ = said
    table = pd.read_csv(folder / "summary.csv", encoding="utf-8-sig")
    row = table[
        (table.scenario == "neighbourhood") & (table.measure == "beds_needed")
        & (table.area == "Kent and Medway") & (table.year == 2030)
    ].iloc[0]  # fmt: skip
    beds = open_ensemble(folder).retained["beds_needed"].sel(year=2030)
    own = beds.sel(scenario="neighbourhood").to_numpy()
    change = own - beds.sel(scenario="baseline").to_numpy()
    for share, name in ((0.025, "q025"), (0.5, "q50"), (0.9, "q90")):
        np.testing.assert_allclose(row[name], np.quantile(own, share), rtol=1e-9)
        np.testing.assert_allclose(row[f"change_{name}"], np.quantile(change, share), rtol=1e-9)
    assert row["chance_better"] == pytest.approx((change < 0).mean(), abs=1e-9)
    assert row["value"] + row["change_q50"] > 0
    parts = beds.sizes["scenario"]
    assert parts == 2
    by_system = table[(table.measure == "beds_needed") & (table.area == "East Kent")]
    assert by_system["q50"].notna().all()


def test_the_table_says_what_bands_cover(said):
    folder, words = said
    retained = open_ensemble(folder).retained.sizes["member"]
    assert 0 < retained <= DRAWS
    assert f"{retained} of 8 draws" in words
    assert f"Bands cover uncertain parameters and noise, over {retained} draws." in words
    assert "chance better" in words


def test_a_target_is_told_by_scenario_and_area_with_its_chance(said):
    folder, words = said
    table = pd.read_csv(folder / "targets.csv", encoding="utf-8-sig").set_index("target")
    never = table.loc["beds_needed at most 1, for good"]
    assert {"Kent and Medway", "East Kent"} <= set(never["area"])
    assert (never["chance_met"] == 0).all()
    assert never["year_q50"].isna().all()
    always = table.loc["occupancy at most 1, for good"]
    assert set(always["scenario"]) == {"baseline", "neighbourhood"}
    assert (always["chance_met"] == 1).all()
    assert (always["year_q90"] == 2019).all()
    told = " ".join(words.split())
    assert "needed at 92% occupancy at most 1 beds, for good: chance, and from which year" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "beds needed"), "--target: 'beds needed' is no target."),
        (("--target", "beds neded=3000"), "--target: beds neded: no such measure. Did you mean"),
        (("--target", "beds needed=few"), "--target: beds_needed: 'few' is no number."),
        (("--target", "occupancy=full"), "'full' is no number. Give a share, such as 0.92 or 92%."),
        (("--target", "beds needed=nan"), "--target: beds_needed: 'nan' is no number."),
        (("--target", "policy spend=1e6"), 'Write "policy_spend<=1e+06" or "policy_spend>=1e+06"'),
        (("--draws", "0"), "draws: 0 draws cannot be run."),
        (("--draws", "100"), "draws: 100 is no power of two"),
        (("--draws", "8", "--seed", "one"), "'one' is not a valid integer"),
        (("--draws", "8", "--seed", "-1"), "seed: -1 is no whole number from 0."),
        (("--draws", "8", "--no-parameters", "--no-noise"), "every draw would be the same"),
        (("nonsuch", "--draws", "8"), "nonsuch"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(say, words, message, tmp_path):
    answer = say("ensemble", *words)
    assert answer.status == 2
    assert message in answer.err
    assert not (tmp_path / "results").exists()


def test_an_ensemble_of_other_draws_is_left_alone(say, said):
    folder, _ = said
    answer = say("ensemble", "neighbourhood", "--draws", 16, "--seed", 3, "--out", folder)
    assert answer.status == 2
    assert "holds an ensemble that is not this one: draws 8 there, 16 here" in answer.err
    assert open_ensemble(folder).members.sizes["member"] == DRAWS
