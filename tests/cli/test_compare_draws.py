"""`localcare compare --draws`: bands and chances in the tables, files and figures."""

import contextlib
import io
import json

import numpy as np
import pandas as pd
import pytest

from localcare.cli import main
from localcare.present import publishing
from localcare.present.banded import DRAWN, Banded
from localcare.present.results import open_results
from localcare.study.kept import open_ensemble

DRAWS = 8
WORDS = ("compare", "intermediate", "--draws", str(DRAWS), "--seed", "2", "--quiet", "--no-history")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Eight draws of a policy beside the baseline: the folder, and the words."""
    folder = tmp_path_factory.mktemp("draws") / "board"
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        main([*WORDS, "--out", str(folder)])
    return folder, words.getvalue()


def test_the_tables_hold_the_models_own_numbers_beside_bands_and_chances(compared):
    folder, words = compared
    table = pd.read_csv(folder / "summary.csv", encoding="utf-8-sig")
    own = table[(table.measure == "beds_needed") & (table.part == "all")]
    assert own[["value", "q025", "q50", "q975", "mean"]].notna().all().all()
    assert (own["q025"] <= own["q50"]).all()
    changes = own[(own.scenario == "intermediate") & (own.year == 2030)]
    assert ((changes["chance_better"] >= 0) & (changes["chance_better"] <= 1)).all()
    chances = pd.read_csv(folder / "chances.csv", encoding="utf-8-sig")
    assert set(chances["measure"]) == {"occupancy", "staffing_gap_share"}
    assert chances["chance"].between(0, 1).all()
    assert set(pd.read_csv(folder / "winters.csv", encoding="utf-8-sig")["scenario"]) == {
        "baseline", "intermediate",
    }  # fmt: skip
    assert (folder / "targets.csv").exists()
    assert "Bands cover uncertain parameters and noise, over 8 draws." in words


def test_figures_are_drawn_with_captions_that_say_what_bands_cover(compared):
    folder, _ = compared
    for name in ("fans", "certainty", "chance_of_breach", "bad_winter"):
        for ending in ("png", "svg", "csv", "txt"):
            assert (folder / "figures" / f"{name}.{ending}").stat().st_size > 100
    alt = " ".join((folder / "figures" / "fans.txt").read_text().split())
    assert "The middle 95% of draws in 2030" in alt
    assert "over 8 draws" in alt
    fans = pd.read_csv(folder / "figures" / "fans.csv")
    beds = open_ensemble(folder / "ensemble").members["beds_needed"]
    last = fans[
        (fans.measure == "beds_needed") & (fans.scenario == "baseline") & (fans.year == 2030)
    ]
    found = beds.sel(year=2030, scenario="baseline")
    np.testing.assert_allclose(last["0.5"], np.quantile(found, 0.5), rtol=1e-7)


def test_winters_differ_by_chance_alone(compared):
    folder, _ = compared
    alone = open_ensemble(folder / "ensemble" / "winters")
    assert alone.summary.attrs["covers"] == "noise"
    beds = alone.members["beds_needed__monthly"].sel(scenario="intermediate")
    winter = beds.sel(time=slice("2029-12-01", "2030-02-28")).mean("time")
    assert winter.std("member") > 0
    table = pd.read_csv(folder / "winters.csv", encoding="utf-8-sig")
    own = table[(table.scenario == "intermediate") & (table.measure == "beds_needed")]
    last = own[own.winter == 2030].iloc[0]
    np.testing.assert_allclose(last["one_in_twenty"], np.quantile(winter, 0.95), rtol=1e-9)
    svg = (folder / "figures" / "bad_winter.svg").read_text(encoding="utf-8")
    assert "differ by chance alone" in " ".join(svg.split())


def test_the_manifest_says_which_draws(compared):
    folder, _ = compared
    told = json.loads((folder / "manifest.json").read_text())["ensemble"]
    assert (told["draws"], told["draw_seed"], told["covers"]) == ("8", "2", "parameters and noise")


def test_the_same_comparison_again_does_not_run_its_draws_again(compared, monkeypatch):
    from localcare.study.blocks import Job

    def never(*_):
        raise AssertionError

    folder, _ = compared
    before = open_ensemble(folder / "ensemble").members.load()
    monkeypatch.setattr(Job, "simulate", never)
    main([*WORDS, "--no-figures", "--out", str(folder)])
    assert open_ensemble(folder / "ensemble").members.identical(before)
    assert not (folder / "figures").exists()


def test_targets_without_draws_are_told_by_the_year_from_which_they_are_met(say, tmp_path):
    out = tmp_path / "board"
    answer = say(
        "compare", "intermediate", "--no-figures", "--out", str(out),
        "--target", "beds needed=3300", "--target", "gp access>=99.9%",
    )  # fmt: skip
    assert answer.status == 0
    table = pd.read_csv(out / "targets.csv", encoding="utf-8-sig")
    summary = pd.read_csv(out / "summary.csv", encoding="utf-8-sig")
    beds = summary[(summary.measure == "beds_needed") & (summary.part == "all")]
    rows = table[table.target == "beds_needed at most 3300, for good"]
    assert set(rows.area) > {"Kent and Medway", "East Kent"}
    for row in rows.itertuples():
        own = beds[(beds.scenario == row.scenario) & (beds.area == row.area)]
        missed = own[own.value > 3300].year
        first = own.year.min() if missed.empty else missed.max() + 1
        assert (np.isnan(row.year) and first > own.year.max()) or row.year == first
    assert "From which year targets are met for good" in answer.out
    assert "not met" in answer.out


def test_bands_are_published_beside_the_other_figures(compared, tmp_path, monkeypatch):
    folder, _ = compared
    # what figures look like is for other tests
    monkeypatch.setattr(publishing, "write_figures", lambda *_: None)
    monkeypatch.setattr(publishing, "write", lambda each, to: (to / f"{each.name}.png").touch())
    central, ensemble = open_results(folder), open_ensemble(folder / "ensemble")
    banded = Banded.of(central, ensemble, (), open_ensemble(folder / "ensemble" / "winters"))
    publishing.publish(central, tmp_path / "figures", banded)
    about = (tmp_path / "figures" / "README.md").read_text(encoding="utf-8")
    assert "Drawn by `localcare compare --draws 8 --seed 2 --publish`" in about
    assert "Bands cover uncertain parameters and noise, over 8 draws." in about
    for name in DRAWN:
        assert (tmp_path / "figures" / f"{name}.png").exists()
        assert f"- `{name}`: " in about
    told = json.loads((tmp_path / "figures" / "manifest.json").read_text())
    assert told["run"] == central.attrs["run"]
    assert told["ensemble"]["inputs_hash"] == ensemble.summary.attrs["inputs_hash"]
