"""Errors and their shares against numbers worked out by hand."""

import numpy as np
import pytest

from localcare.study.errors import largest_difference, largest_error, mape, mean_error, theil

OBSERVED = np.array([10.0, 20.0, 40.0])
MODELLED = np.array([11.0, 18.0, 40.0])


def test_errors_by_hand():
    assert mean_error(MODELLED, OBSERVED) == pytest.approx(-1 / 70)
    assert mape(MODELLED, OBSERVED) == pytest.approx((0.1 + 0.1 + 0.0) / 3)
    assert largest_error(MODELLED, OBSERVED) == pytest.approx(0.1)
    assert largest_difference(MODELLED, OBSERVED) == 2.0


def test_something_where_nothing_was_observed_is_an_infinite_error():
    assert mape(np.array([1.0, 1.0]), np.array([0.0, 1.0])) == np.inf
    assert mape(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.0


def test_an_offset_is_all_bias_a_stretch_all_variation_a_shuffle_all_covariation():
    wave = np.array([1.0, 2.0, 3.0, 2.0])
    offset = theil(wave + 0.5, wave)
    assert (offset.rmse, offset.bias) == pytest.approx((0.5, 1.0))
    stretch = theil(2 + 3 * (wave - 2), wave)
    assert (stretch.bias, stretch.variation, stretch.covariation) == pytest.approx((0, 1, 0))
    shuffle = theil(np.array([2.0, 3.0, 2.0, 1.0]), wave)
    assert (shuffle.bias, shuffle.variation, shuffle.covariation) == pytest.approx((0, 0, 1))


def test_shares_by_hand_and_together_one():
    # means 23 and 70/3; deviations -12 -5 17 and -40/3 -10/3 50/3
    split = theil(MODELLED, OBSERVED)
    squared = (1 + 4 + 0) / 3
    assert split.rmse == pytest.approx(squared**0.5)
    assert split.bias == pytest.approx((23 - 70 / 3) ** 2 / squared)
    spreads = (np.sqrt((144 + 25 + 289) / 3), np.sqrt((1600 + 100 + 2500) / 27))
    assert split.variation == pytest.approx((spreads[0] - spreads[1]) ** 2 / squared)
    assert split.bias + split.variation + split.covariation == pytest.approx(1)


def test_an_exact_fit_has_no_shares():
    split = theil(OBSERVED, OBSERVED)
    assert split.rmse == 0
    assert np.isnan([split.bias, split.variation, split.covariation]).all()
