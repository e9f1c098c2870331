"""Measures on a small made-up comparison, against what arithmetic gives."""

import math

import numpy as np
import pytest
import xarray as xr

from localcare.measures.catalogue import MEASURES, compute, find, missing, yearly
from localcare.measures.hospital import CEILING, DAILY_SPREAD, normal_cdf
from localcare.measures.summary import tidy
from localcare.problems import BadInput

MONTHS = 36


def comparison(**variables):
    """Three years of two scenarios; each variable is (dimensions, numbers)."""
    bounds = (np.datetime64("2019-01", "M") + np.arange(MONTHS + 1)).astype("datetime64[ns]")
    years = bounds[:-1].astype("datetime64[Y]").astype(int) + 1970
    return xr.Dataset(
        variables,
        {
            "scenario": ["baseline", "policy"],
            "time": bounds[:-1],
            "time_bound": bounds,
            "year": ("time", years),
            "system": ["north", "south"],
            "place": ["here", "there"],
        },
    )


def months(*rows):
    """(scenario, time, parts): the same every month."""
    return np.repeat(np.asarray(rows, float)[:, np.newaxis], MONTHS, axis=1)


def bounds(*rows):
    """(scenario, time_bound) from (first, last) of a straight line."""
    return np.stack([np.linspace(first, last, MONTHS + 1) for first, last in rows])


BEDS = comparison(
    beds_occupied=(("scenario", "time", "system"), months([90.0, 300.0], [80.0, 200.0])),
    beds_open=(("scenario", "time", "system"), months([100.0, 400.0], [100.0, 200.0])),
)


def test_a_ratio_of_the_whole_is_that_of_the_sums_and_not_the_mean_of_the_parts():
    occupancy = find("occupancy")
    parts = yearly(occupancy, BEDS).sel(year=2020)
    np.testing.assert_allclose(parts.sel(scenario="baseline"), [0.9, 0.75])
    whole = yearly(occupancy, BEDS, ()).sel(year=2020)
    np.testing.assert_allclose(whole, [390 / 500, 280 / 300])


def test_a_sum_over_parts_is_the_whole_and_keeps_its_unit():
    bed_days = find("bed_days")
    np.testing.assert_allclose(compute(bed_days, BEDS, ()).isel(time=5), [142447.5, 102270.0])
    assert compute(bed_days, BEDS).attrs["units"] == "bed*day/Year"
    assert compute(bed_days, BEDS).sum("system").equals(compute(bed_days, BEDS, ()))


def test_expected_days_over_the_ceiling_follow_from_the_mean_and_the_spread():
    days = yearly(find("days_over_92_percent"), BEDS).sel(year=2019, scenario="baseline")
    chances = [0.5 * math.erfc((CEILING - each) / DAILY_SPREAD / 2**0.5) for each in (0.9, 0.75)]
    np.testing.assert_allclose(days, 365.25 * np.array(chances), atol=1e-3)
    at_the_ceiling = BEDS.assign(beds_occupied=BEDS["beds_open"] * CEILING)
    half = yearly(find("days_over_92_percent"), at_the_ceiling)
    np.testing.assert_allclose(half, 365.25 / 2, atol=1e-3)


def test_the_normal_distribution_is_that_of_the_mathematics_library():
    values = np.linspace(-6.0, 6.0, 241)
    exact = [0.5 * math.erfc(-each / 2**0.5) for each in values]
    np.testing.assert_allclose(normal_cdf(values), exact, atol=2e-7)


def money(**ends):
    """A policy that has spent and saved these sums by the end of 2021."""
    return comparison(
        total_spend_discounted=(
            ("scenario", "time_bound"),
            bounds((0.0, 1000.0), (0.0, 1000.0 + ends["net"])),
        ),
        gross_policy_spend_discounted=(
            ("scenario", "time_bound"),
            bounds((0.0, 0.0), (0.0, ends["spent"])),
        ),
    )


def test_return_is_what_is_saved_beyond_what_is_spent_over_what_is_spent():
    results = money(net=30.0, spent=120.0)
    at = {"scenario": "policy", "year": 2021}
    assert float(yearly(find("net_cost"), results).sel(at)) == pytest.approx(30.0)
    assert float(yearly(find("savings"), results).sel(at)) == pytest.approx(90.0)
    assert float(yearly(find("return_on_investment"), results).sel(at)) == pytest.approx(-0.25)
    assert np.isnan(yearly(find("return_on_investment"), results).sel(scenario="baseline")).all()


def test_a_policy_that_never_covers_its_cost_has_no_payback_year():
    assert np.isnan(yearly(find("payback_year"), money(net=30.0, spent=120.0))).all()


def test_the_payback_year_is_the_first_at_whose_end_savings_cover_spending():
    results = money(net=-10.0, spent=120.0)
    total = results["total_spend_discounted"].copy()
    total.loc[{"scenario": "policy"}] = np.where(
        np.arange(MONTHS + 1) < 20, total.sel(scenario="baseline") + 5.0, 600.0
    )
    found = yearly(find("payback_year"), results.assign(total_spend_discounted=total))
    told = found.sel(scenario="policy").to_numpy()
    assert np.isnan(told[0])
    assert told[1:].tolist() == [2020.0, 2020.0]


def test_financial_years_of_a_stock_end_in_march():
    spend = find("policy_spend")
    results = money(net=0.0, spent=36.0)
    ended = yearly(spend, results, financial=True).sel(scenario="policy")
    assert ended["year"].to_numpy().tolist() == [2019, 2020]
    np.testing.assert_allclose(ended, [15.0, 27.0])
    np.testing.assert_allclose(yearly(spend, results).sel(scenario="policy"), [12.0, 24.0, 36.0])


def test_what_a_model_does_not_hold_is_named_and_is_no_row_of_the_table():
    waiting = find("waiting_list")
    assert missing(waiting, BEDS) == ("waiting_list_by_system",)
    with pytest.raises(
        BadInput, match="waiting_list: needs waiting_list_by_system, which these results"
    ):
        yearly(waiting, BEDS)
    assert set(tidy(BEDS)["measure"]) == {
        "bed_days", "beds_open", "occupancy", "days_over_92_percent"
    }  # fmt: skip


def test_what_needs_a_baseline_is_not_told_of_a_run_alone():
    alone = money(net=1.0, spent=1.0).sel(scenario=["policy"])
    assert missing(find("net_cost"), alone) == ("a policy beside the baseline",)


def test_the_table_gives_the_whole_each_part_and_no_row_twice():
    table = tidy(BEDS)
    occupancy = table[(table.measure == "occupancy") & (table.year == 2020)]
    assert occupancy["area"].tolist() == [*2 * ["Kent and Medway"], *2 * ["north", "south"]]
    keys = ["scenario", "measure", "area", "part", "year"]
    assert not table.duplicated(keys).any()


@pytest.mark.parametrize("measure", MEASURES, ids=lambda each: each.name)
def test_a_measure_says_its_unit_its_formula_and_its_source(measure):
    assert measure.units
    assert len(measure.formula) > 10
    assert measure.source
    assert measure.direction in {"", "up", "down"}
    if "GBP" in measure.units and not measure.at_year_end:
        assert "2023/24 prices" in measure.formula
    if measure.units == "GBP":
        assert "discounted at 3.5%" in measure.formula


def test_names_of_measures_are_unique():
    names = [each.name for each in MEASURES]
    assert len(names) == len(set(names))


def test_the_shipped_model_holds_what_every_measure_reads(comparison):
    assert {each.name: missing(each, comparison.dataset) for each in MEASURES} == {
        each.name: () for each in MEASURES
    }


def test_hours_to_spare_in_one_place_are_no_help_in_another():
    hours = comparison(
        hours_asked_by_place=(("scenario", "time", "place"), months([10.0, 5.0], [8.0, 5.0])),
        hours_at_hand_by_place=(("scenario", "time", "place"), months([7.0, 9.0], [9.0, 9.0])),
    )
    short = compute(find("hours_short_by_place"), hours, ())
    assert short.isel(time=0).to_numpy().tolist() == [3.0, 0.0]
