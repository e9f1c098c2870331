"""Months add to years."""

import numpy as np
import pytest
import xarray as xr

from localcare.measures.periods import by_year, monthly


def months(values, start="2019-01"):
    time = (np.datetime64(start, "M") + np.arange(len(values))).astype("datetime64[ns]")
    years = time.astype("datetime64[Y]").astype(int) + 1970
    return xr.DataArray(
        np.asarray(values, float), dims="time", coords={"time": time, "year": ("time", years)}
    )


def test_a_calendar_year_is_the_mean_of_its_months():
    yearly = by_year(months(range(24)))
    assert yearly["year"].to_numpy().tolist() == [2019, 2020]
    assert yearly.to_numpy().tolist() == [5.5, 17.5]


def test_a_financial_year_begins_in_april_and_broken_years_are_left_out():
    yearly = by_year(months(range(24)), financial=True)
    assert yearly["year"].to_numpy().tolist() == [2019]
    assert float(yearly[0]) == np.mean(range(3, 15))


def test_points_become_the_mean_of_a_months_bounds():
    time = months([0.0, 0.0, 0.0])
    dataset = xr.Dataset(coords=time.coords)
    points = xr.DataArray([1.0, 3.0, 5.0, 9.0], dims="time_bound")
    assert monthly(points, dataset).to_numpy().tolist() == [2.0, 4.0, 7.0]


def test_units_survive():
    assert by_year(months(range(12)).assign_attrs(units="bed")).attrs["units"] == "bed"


@pytest.mark.parametrize("count", [1, 11])
def test_less_than_a_year_gives_no_year(count):
    assert by_year(months(range(count))).sizes["year"] == 0
