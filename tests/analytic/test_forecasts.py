"""Forecasts that need no model, by hand."""

import numpy as np

from localcare.study.forecasts import NAIVE, drift, last_value, seasonal_naive

QUARTERS = np.array([10.0, 20.0, 30.0, 40.0, 12.0, 22.0, 34.0, 46.0])


def test_seasonal_naive_repeats_the_last_year_as_often_as_needed():
    assert seasonal_naive(QUARTERS, 4, 6).tolist() == [12, 22, 34, 46, 12, 22]


def test_last_value_stays_where_it_is():
    assert last_value(QUARTERS, 4, 3).tolist() == [46, 46, 46]


def test_drift_goes_on_from_first_to_last():
    slope = (46 - 10) / 7
    assert np.allclose(drift(QUARTERS, 4, 2), [46 + slope, 46 + 2 * slope])


def test_there_are_three():
    assert list(NAIVE) == ["seasonal naive", "last value", "drift"]
