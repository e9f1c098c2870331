"""What stands out among draws, and that luck does not."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from localcare.measures.swings import swings

MEMBERS, OTHERS = 200, 60


@pytest.fixture
def drawn():
    random = np.random.default_rng(5)
    return pd.DataFrame(random.random((MEMBERS, OTHERS)), columns=[f"n{i}" for i in range(OTHERS)])


def _values(baseline, policy):
    return xr.DataArray(
        np.stack([baseline, policy], axis=1), dims=("member", "scenario"),
        coords={"scenario": ["baseline", "policy"]},
    )  # fmt: skip


def test_the_number_that_drives_a_result_stands_out_with_the_means_of_its_outer_fifths(drawn):
    noise = np.random.default_rng(6).normal(0, 0.5, MEMBERS)
    level = 10 * drawn["n3"].to_numpy() + noise
    found = swings(_values(level, level - 4 * drawn["n7"].to_numpy()), drawn, 2030)
    assert list(found["parameter"]) == ["n3", "n7"]
    assert list(found["scenario"]) == ["baseline", "policy"]
    order = np.argsort(drawn["n3"].to_numpy())
    row = found.iloc[0]
    assert row["at_low"] == pytest.approx(level[order[:40]].mean())
    assert row["at_high"] == pytest.approx(level[order[-40:]].mean())
    assert row["at_centre"] == pytest.approx(level.mean())
    assert found.iloc[1]["at_high"] == pytest.approx(-4 * 0.9, abs=0.2)
    assert found.attrs["assumptions"] == OTHERS


def test_luck_alone_stands_out_in_one_ensemble_of_twenty_or_fewer(drawn):
    random = np.random.default_rng(7)
    shown = 0
    for _ in range(60):
        noise = random.normal(0, 1, MEMBERS)
        shown += len(swings(_values(noise, noise), drawn, 2030)) > 0
    assert shown <= 8  # 3 expected; more than 8 has a chance below 0.005


def test_few_draws_tell_nothing(drawn):
    level = drawn["n3"].to_numpy()[:40]
    assert swings(_values(level, level), drawn[:40], 2030).empty
