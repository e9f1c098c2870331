"""Scales are attached as HDF5's own function attaches them."""

import h5py
import numpy as np
import pytest

from localcare.study.scales import OF_SCALE, Scales

AXES = {"first": ("time", "place"), "second": ("place",), "third": (), "fourth": ("place", "place")}
LENGTHS = {"time": 3, "place": 2}


def file_with(path, attach):
    with h5py.File(path, "w") as file:
        for name, length in LENGTHS.items():
            file[name] = np.arange(length)
            file[name].make_scale(name)
        file["early"] = np.zeros(3)
        file["early"].dims[0].attach_scale(file["time"])
        for name, dimensions in AXES.items():
            file[name] = np.zeros([LENGTHS[each] for each in dimensions])
        attach(file)
    return path


def by_hdf5(file):
    for name, dimensions in AXES.items():
        for axis, dimension in enumerate(dimensions):
            h5py.h5ds.attach_scale(file[name].id, file[dimension].id, axis)


def by_ours(file):
    scales = Scales(file, list(LENGTHS))
    for name, dimensions in AXES.items():
        scales.attach(name, file[name].id, dimensions)
    scales.close()


def told(path):
    """Which scales each axis has, and what each scale says that it belongs to."""
    with h5py.File(path) as file:
        scales = {
            name: [[scale.name for scale in axis.values()] for axis in file[name].dims]
            for name in (*AXES, "early")
        }
        belongs = {
            name: sorted((file[own].name, int(axis)) for own, axis in file[name].attrs[OF_SCALE])
            for name in LENGTHS
        }
        attached = [
            h5py.h5ds.is_attached(file[name].id, file[dimension].id, axis)
            for name, dimensions in AXES.items()
            for axis, dimension in enumerate(dimensions)
        ]
        return scales, belongs, attached


def test_axes_and_scales_say_the_same_of_each_other_as_by_hdf5s_own_function(tmp_path):
    theirs = told(file_with(tmp_path / "theirs.h5", by_hdf5))
    assert told(file_with(tmp_path / "ours.h5", by_ours)) == theirs
    assert all(theirs[2])
    assert ("/early", 0) in theirs[1]["time"]


def test_a_dimension_without_a_scale_is_not_attached_in_silence(tmp_path):
    def unknown(file):
        Scales(file, ["time"]).attach("second", file["second"].id, ("place",))

    with pytest.raises(KeyError, match="place"):
        file_with(tmp_path / "unknown.h5", unknown)
