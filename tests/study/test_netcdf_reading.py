"""Our files are read as xarray reads them, and those that others changed by xarray itself."""

import h5py
import numpy as np
import pytest
import xarray as xr

from localcare.study.dataset import month_starts
from localcare.study.netcdf import write_dataset
from localcare.study.netcdf_reading import read_dataset

MONTHS = 24


@pytest.fixture
def file(tmp_path):
    """A file of results with all that coordinates may be."""
    dates = month_starts(2019, MONTHS + 1)
    numbers = np.random.default_rng(1).normal(size=(2, MONTHS, 3))
    dataset = xr.Dataset(
        {
            "waiting": (("scenario", "time", "place"), numbers, {"units": "person"}),
            "staff": (("scenario", "time_bound"), np.ones((2, MONTHS + 1)), {"units": "FTE"}),
        },
        {
            "scenario": (("scenario",), ["baseline", "higher"], {"long_name": "scenario"}),
            "place": (("place",), ["Ashford", "Thanet", "Größe"]),
            "time": ("time", dates[:-1], {"axis": "T", "bounds": "time_bnds"}),
            "time_bnds": (("time", "bound"), np.stack([dates[:-1], dates[1:]], -1)),
            "time_bound": ("time_bound", dates),
            "year": ("time", dates[:-1].astype("datetime64[Y]").astype(int) + 1970),
            "policy_start": ("scenario", [np.nan, 2026.25], {"units": "1"}),
        },
        {"Conventions": "CF-1.11", "who": "é"},
    )
    write_dataset(dataset, tmp_path / "x.nc")
    return tmp_path / "x.nc"


def by_xarray(path):
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()


def test_a_file_is_read_as_xarray_reads_it(file):
    read, expected = read_dataset(file), by_xarray(file)
    assert read.identical(expected)
    assert list(read.variables) == list(expected.variables)
    assert {name: each.dtype for name, each in read.variables.items()} == {
        name: each.dtype for name, each in expected.variables.items()
    }


def test_no_more_is_read_than_was_asked_for(file):
    read = read_dataset(file, {"staff", "no such"})
    assert list(read.data_vars) == ["staff"]
    assert read["staff"].identical(by_xarray(file)["staff"])


def test_what_others_encoded_is_decoded(file):
    with h5py.File(file, "r+") as opened:
        opened["waiting"].attrs["scale_factor"] = 2.0
    assert read_dataset(file).identical(by_xarray(file))


def test_a_file_that_is_none_is_an_error(tmp_path):
    (tmp_path / "x.nc").write_bytes(b"no such thing")
    with pytest.raises(OSError, match="Unable to"):
        read_dataset(tmp_path / "x.nc")
