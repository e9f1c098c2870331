"""Chances: of a breach, of keeping a limit for good, and bad winters, by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from localcare.measures.chances import breaches, targets, winters
from localcare.measures.limits import Limit

YEARS = [2027, 2028, 2029, 2030]


@pytest.fixture
def members():
    """Four draws of two scenarios; occupancy by year, beds needed by month."""
    baseline = [
        [0.95, 0.95, 0.95, 0.95],
        [0.95, 0.91, 0.95, 0.91],
        [0.95, 0.95, 0.91, 0.91],
        [0.90, 0.90, 0.90, 0.92],
    ]
    policy = np.array(baseline) - 0.035
    occupancy = np.stack([np.array(baseline), policy], axis=-1)
    months = pd.date_range("2027-01-01", "2030-12-01", freq="MS")
    beds = np.zeros((4, len(months), 2))
    for draw in range(4):
        beds[draw, :, 0] = 100 * draw + np.where(months.month.isin([12, 1, 2]), 30, 0)
        beds[draw, :, 1] = beds[draw, :, 0] - 10 * draw
    return xr.Dataset(
        {
            "occupancy": (("member", "year", "scenario"), occupancy),
            "beds_needed__monthly": (("member", "time", "scenario"), beds),
        },
        {"year": YEARS, "time": months, "scenario": ["baseline", "policy"]},
    )


def test_the_chance_of_a_breach_is_the_share_of_draws_above_the_limit(members):
    found = breaches(members).set_index(["scenario", "year"])
    assert found.loc["baseline", "chance"].tolist() == [0.75, 0.5, 0.5, 0.25]
    assert found.loc["policy", "chance"].tolist() == [0, 0, 0, 0]
    assert found.loc[("baseline", 2027), "standard_error"] == np.sqrt(0.75 * 0.25 / 4)
    assert set(found["draws"]) == {4}


def test_a_target_is_met_from_the_first_year_after_which_it_is_kept(members):
    found = targets(members).set_index("scenario")
    base = found.loc["baseline"]
    assert base["chance_met"] == 0.75  # 2030, 2029, 2027 and never
    assert [base[f"year_q{share}"] for share in (10, 50, 90)] == [2027, 2029, 2030]
    assert found.loc["policy", "year_q90"] == 2027


def test_a_target_that_no_draw_meets_has_no_year(members):
    found = targets(members.isel(member=[0])).set_index("scenario").loc["baseline"]
    assert found["chance_met"] == 0
    assert np.isnan(found["year_q50"])


def test_a_target_that_is_asked_for_stands_beside_the_limits_in_either_way(members):
    asked = (Limit("occupancy", 0.95), Limit("occupancy", 0.91, at_least=True))
    found = targets(members, asked)
    assert list(dict.fromkeys(found["target"])) == [
        "occupancy at most 0.92, for good",
        "occupancy at most 0.95, for good",
        "occupancy at least 0.91, for good",
    ]
    base = found[found["scenario"] == "baseline"].set_index("target")
    assert base.loc["occupancy at most 0.95, for good", "chance_met"] == 1
    least = base.loc["occupancy at least 0.91, for good"]
    assert least["chance_met"] == 1  # from 2027 in three draws, in the fourth from 2030
    assert [least[f"year_q{share}"] for share in (10, 50, 90)] == [2027, 2027, 2030]


def test_a_bad_winter_is_one_that_a_draw_in_twenty_passes(members):
    found = winters(members)
    assert sorted(set(found["winter"])) == [2028, 2029, 2030]  # only whole winters
    base = found[(found.scenario == "baseline") & (found.winter == 2030)].iloc[0]
    levels = 30 + 100 * np.arange(4)
    assert base["median"] == np.quantile(levels, 0.5)
    assert base["one_in_twenty"] == np.quantile(levels, 0.95)
    policy = found[(found.scenario == "policy") & (found.winter == 2030)].iloc[0]
    assert policy["change_then"] == -30  # in the draw that is the baseline's worst
    assert base["change_then"] == 0
