"""A file of results is plain NetCDF-4: read whole by others, by filters that every reader has."""

import errno
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from localcare.study.netcdf import write_dataset

MEMBERS, TIMES, PLACES = 3, 300, 20


def results(values):
    """A Dataset of one variable, as runs make them."""
    return xr.Dataset(
        {"beds": (("member", "time", "place"), values, {"units": "bed", "description": ""})},
        {
            "member": np.arange(MEMBERS),
            "time": ("time", np.arange(TIMES) / 12, {"model_unit": "Year"}),
            "place": np.array([f"place {i}" for i in range(PLACES)]),
        },
        {"Conventions": "CF-1.11", "who": "é"},
    )


@pytest.fixture
def noise():
    """Numbers of which no two are alike, some of them as odd as they come."""
    values = np.random.default_rng(1).normal(size=(MEMBERS, TIMES, PLACES))
    values[0, :5, 0] = [np.nan, np.inf, -np.inf, 5e-324, -0.0]
    return values


def test_everything_survives_to_the_bit(noise, tmp_path):
    dataset = results(noise)
    write_dataset(dataset, tmp_path / "x.nc")
    with xr.open_dataset(tmp_path / "x.nc") as read:
        read.load()
    assert read["beds"].to_numpy().tobytes() == noise.tobytes()
    assert read["beds"].dims == dataset["beds"].dims
    assert read["beds"].attrs == dataset["beds"].attrs
    assert read.attrs == dataset.attrs
    for name in dataset.coords:
        assert read[name].attrs == dataset[name].attrs
        np.testing.assert_array_equal(read[name], dataset[name])


def test_numbers_in_the_last_and_shorter_chunks_survive_too(noise, tmp_path):
    values = np.repeat(noise, 9, axis=1)  # 2,700 times
    dataset = results(noise).drop_dims("time").drop_vars("member")
    dataset["beds"] = (("member", "time", "place"), values, {"units": "bed"})
    dataset = dataset.assign_coords(member=np.arange(MEMBERS), time=np.arange(values.shape[1]))
    write_dataset(dataset, tmp_path / "x.nc")
    with h5py.File(tmp_path / "x.nc") as file:
        assert file["beds"].chunks == (MEMBERS, 800, PLACES)
        np.testing.assert_array_equal(file["beds"][:], values)


def test_what_repeats_is_compressed_by_filters_that_every_reader_has(noise, tmp_path):
    same_in_all_members = np.broadcast_to(noise[1], noise.shape)
    write_dataset(results(same_in_all_members), tmp_path / "x.nc")
    with h5py.File(tmp_path / "x.nc") as file:
        stored = file["beds"].id
        settings = stored.get_create_plist()
        filters = {settings.get_filter(i)[0] for i in range(settings.get_nfilters())}
        assert filters == {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}
        # what members have in common is stored little more than once
        assert stored.get_storage_size() < 1.1 * noise[1].nbytes
    with xr.open_dataset(tmp_path / "x.nc") as read:
        assert read["beds"].to_numpy().tobytes() == same_in_all_members.tobytes()


def test_what_does_not_repeat_is_not(noise, tmp_path):
    write_dataset(results(noise), tmp_path / "x.nc")
    with h5py.File(tmp_path / "x.nc") as file:
        assert file["beds"].compression is None


def test_no_clock_is_in_the_file(noise, tmp_path):
    """So that the same results are the same bytes."""
    write_dataset(results(noise), tmp_path / "results.nc")
    with h5py.File(tmp_path / "results.nc") as file:
        assert {"beds", "time", "place"} <= set(file)
        for written in file.values():
            assert not written.id.get_create_plist().get_obj_track_times()


def test_a_file_that_is_there_is_replaced(noise, tmp_path):
    write_dataset(results(noise), tmp_path / "x.nc")
    write_dataset(results(noise)[[]], tmp_path / "x.nc")
    with xr.open_dataset(tmp_path / "x.nc") as read:
        assert not read.data_vars


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_error_and_not_the_end_of_the_process():
    code = (
        "import sys, numpy, xarray; from pathlib import Path\n"
        "from localcare.study.netcdf import write_dataset\n"
        "data = xarray.Dataset({'beds': (('member', 'time'), numpy.random.rand(3, 9000))},\n"
        "                      {'member': range(3), 'time': range(9000)})\n"
        "try: write_dataset(data, Path('/dev/full'))\n"
        "except OSError as error: sys.exit(error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == errno.ENOSPC, done
    assert done.stderr == b""
