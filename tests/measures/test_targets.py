"""When targets are met in runs without draws, by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from localcare.measures.catalogue import find
from localcare.measures.limits import Limit
from localcare.measures.targets import years_met


@pytest.fixture
def dataset():
    """Beds needed of two systems in three years: whole 300, 200, 100 and less 60 a policy."""
    months = pd.date_range("2028-01-01", "2030-12-01", freq="MS")
    north = np.select([months.year == 2028, months.year == 2029], [200.0, 50.0], 80.0)
    south = np.select([months.year == 2028, months.year == 2029], [100.0, 150.0], 20.0)
    base = np.stack([north, south], axis=-1)
    beds = np.stack([base, base - 30], axis=0)
    needs = find("beds_needed").needs
    return xr.Dataset(
        dict.fromkeys(needs, (("scenario", "time", "system"), beds)),
        {"time": months, "scenario": ["baseline", "policy"], "system": ["North", "South"]},
    ).assign_coords(year=("time", months.year))


def test_a_target_is_met_from_the_year_after_which_it_is_never_missed(dataset):
    found = years_met(dataset, (Limit("beds_needed", 140), Limit("beds_needed", 70)))
    at = found.set_index(["target", "area", "scenario"])["year"]
    whole = at["beds_needed at most 140, for good"]["Kent and Medway"]
    assert whole["baseline"] == 2030
    assert whole["policy"] == 2029
    north = at["beds_needed at most 70, for good"]["North"]
    assert pd.isna(north["baseline"])  # 50 in 2029 is followed by 80
    assert north["policy"] == 2029


def test_a_run_without_the_measures_has_no_targets(dataset):
    assert years_met(dataset.drop_vars(list(dataset.data_vars)), ()) is None
