"""The contract of the Dataset: what plain `xarray.open_dataset` finds in a comparison."""

import json

import numpy as np
import pytest
import xarray as xr

from localcare.study.dataset import ATTRIBUTION
from localcare.study.netcdf import write_dataset


@pytest.fixture(scope="module")
def read(comparison, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "comparison.nc"
    write_dataset(comparison.dataset, path)
    with xr.open_dataset(path) as dataset:
        return dataset.load()


def test_every_number_survives_to_the_bit(comparison, read):
    for name, values in comparison.dataset.data_vars.items():
        np.testing.assert_array_equal(read[name].to_numpy(), values.to_numpy(), strict=True)


def test_months_are_dates_with_bounds_and_stocks_lie_between_them(read):
    assert read["time"].dtype.kind == "M"
    assert str(read["time"].to_numpy()[0])[:10] == "2019-01-01"
    assert str(read["time"].to_numpy()[-1])[:10] == "2030-12-01"
    assert read.sizes["time"] == 144
    assert read.sizes["time_bound"] == 145
    assert str(read["time_bound"].to_numpy()[-1])[:10] == "2031-01-01"
    assert read["year"].to_numpy().tolist() == [2019 + month // 12 for month in range(144)]
    np.testing.assert_array_equal(read["time_bnds"][:, 1], read["time_bound"][1:])
    assert read["population"].dims == ("scenario", "time_bound", "place", "age", "frailty")


@pytest.mark.parametrize(
    ("name", "dims"),
    [
        ("ae_attendances", ("scenario", "time", "system")),
        ("emergency_admissions", ("scenario", "time", "system")),
        ("beds_occupied", ("scenario", "time", "system")),
        ("no_criteria_to_reside", ("scenario", "time", "system")),
        ("caseload", ("scenario", "time_bound", "place", "care_function")),
    ],
)
def test_names_and_dimensions_that_others_rely_on(read, name, dims):
    assert read[name].dims == dims
    for dimension in dims[2:]:
        assert read[dimension].dtype.kind in "UO"


def test_every_variable_says_its_unit_name_and_method_and_decodes_as_a_number(read):
    for name, values in read.data_vars.items():
        if name == "time_bnds":
            continue
        assert values.dtype == np.float64, name
        assert values.attrs["units"], name
        assert values.attrs["long_name"], name
        assert values.attrs["cell_methods"] in {"time: mean", "time_bound: point"}, name


def test_conventions_attribution_and_manifest_are_plain_attributes(comparison, read):
    assert read.attrs["Conventions"].startswith("CF-")
    assert read.attrs["attribution"] == ATTRIBUTION
    assert "Open Government Licence v3.0" in read.attrs["attribution"]
    assert all(isinstance(value, str) for value in read.attrs.values())
    assert json.loads(read.attrs["scenarios"]) == comparison.manifest["scenarios"]
    assert read.attrs["run"] == comparison.manifest["run"]


def test_stocks_change_by_their_mean_net_flow(read):
    months = np.diff(read["time_bound"].to_numpy()).size
    beds = read["core_beds"].to_numpy() + read["beds_under_construction"].to_numpy()
    flow = read["bed_starts"].to_numpy() - read["beds_closed"].to_numpy()
    np.testing.assert_allclose(np.diff(beds, axis=1) * 12, flow, atol=1e-6)
    assert months == 144


def test_policies_leave_the_years_before_them_alone(read):
    starts = read["policy_start"].to_series()
    months = read["time"].dt.year + (read["time"].dt.month - 1) / 12
    for scenario in read["scenario"].to_numpy():
        before = read.sel(time=months < starts[scenario] - 1e-6)
        assert before.sizes["time"] >= 81 or scenario == "baseline"
        for name in ("emergency_admissions", "beds_needed", "staffing_gap"):
            base = before[name].sel(scenario="baseline")
            np.testing.assert_array_equal(before[name].sel(scenario=scenario), base)


def test_the_start_of_each_policy_is_told(read):
    starts = read["policy_start"].to_series()
    assert np.isnan(starts["baseline"])
    assert starts["early-learner"] == pytest.approx(2025.75)
    assert (starts.drop(["baseline", "early-learner"]) == 2026.25).all()
