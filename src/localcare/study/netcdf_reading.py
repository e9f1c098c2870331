"""Reading back what `netcdf.write_dataset` wrote.

In: a file. Out: the Dataset that `xarray.open_dataset` gives, in memory, in a fifth of the time:
h5netcdf looks names up anew for every dimension of hundreds of variables. xarray decodes the
coordinates; numbers are read as they are. A file that others changed since is left to xarray.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import h5py
    import xarray as xr

__all__ = ["read_dataset"]

#: Attributes by which HDF5 and NetCDF keep dimensions, which are no one's to read.
_INNER = {
    "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Coordinates", "_Netcdf4Dimid",
    "_NCProperties",
}  # fmt: skip
#: Attributes by which stored numbers are not the numbers meant; we write none on data.
_ENCODED = {"_FillValue", "missing_value", "scale_factor", "add_offset", "dtype"}
#: A variable: its dimensions, its values and its attributes.
_Raw = tuple[tuple[str, ...], NDArray[Any], dict[str, Any]]


class _NotOurs(Exception):
    """A file is not as we write them."""


def read_dataset(path: Path, names: Collection[str] | None = None) -> xr.Dataset:
    """The Dataset of a file, or of its data no more than the variables of these names.

    Raises OSError, ValueError, KeyError or RuntimeError for a file that is damaged or none at all.
    """
    import xarray as xr

    try:
        data, coordinates, attributes = _read(path, names)
    except _NotOurs:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            return opened.load()
    decoded = xr.decode_cf(xr.Dataset(coordinates, attrs=attributes))
    return xr.Dataset(data, decoded.coords, decoded.attrs)


def _read(
    path: Path, names: Collection[str] | None
) -> tuple[dict[str, _Raw], dict[str, _Raw], dict[str, Any]]:
    """Data by name, coordinates by name as they are encoded, and the attributes of the whole."""
    import h5py

    data: dict[str, _Raw] = {}
    coordinates: dict[str, _Raw] = {}
    with h5py.File(path, "r") as file:
        attributes = _attributes(file)
        beside = str(attributes.get("coordinates", "")).split()
        everything = {name: file[name] for name in file}
        scales = {
            h5py.h5o.get_info(each.id).addr: name
            for name, each in everything.items()
            if each.attrs.get("CLASS") == b"DIMENSION_SCALE"
        }
        for name, each in everything.items():
            if name in scales.values():
                if not each.attrs["NAME"].startswith(b"This is a netCDF dimension but not"):
                    coordinates[name] = ((name,), _values(each), _attributes(each))
            elif name in beside:
                coordinates[name] = (_dimensions(each, scales), _values(each), _attributes(each))
            elif names is None or name in names:
                told = _attributes(each)
                if each.dtype != np.float64 or _ENCODED & set(told):
                    raise _NotOurs
                data[name] = (_dimensions(each, scales), each[...], told)
    return data, coordinates, attributes


def _dimensions(variable: h5py.Dataset, scales: dict[int, str]) -> tuple[str, ...]:
    """The names of a variable's dimensions, from where in the file their scales lie."""
    from h5py import h5o, h5r

    try:
        attached = variable.attrs["DIMENSION_LIST"] if variable.ndim else ()
        return tuple(
            scales[h5o.get_info(h5r.dereference(each[0], variable.id)).addr] for each in attached
        )
    except (KeyError, IndexError) as error:
        raise _NotOurs from error


def _values(variable: h5py.Dataset) -> NDArray[Any]:
    values: NDArray[Any] = variable[...]
    return values if variable.dtype.kind != "O" else variable.asstr()[...].astype(str)


def _attributes(of: h5py.File | h5py.Dataset) -> dict[str, Any]:
    """Attributes as xarray has them: texts, and single numbers by themselves."""
    found: dict[str, Any] = {}
    for name, value in of.attrs.items():
        if name in _INNER:
            continue
        if isinstance(value, bytes):
            found[name] = value.decode()
        elif isinstance(value, np.ndarray) and value.size == 1:
            found[name] = value.reshape(())[()]
        else:
            found[name] = value
    return found
