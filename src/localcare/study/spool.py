"""A store on disk for members that do not fit into memory together, written block by block.

In: Datasets of consecutive members, labelled alike. Out: a Zarr group (format 2, which every reader
of Zarr knows) that `xarray.open_zarr` decodes: the same variables over all members, every number to
the bit. A chunk holds all times of one block of members and of few elements, so that a block
touches chunks of its own only, and the series of one element can be read for all members at once.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.problems import BadInput, Problem
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["COLUMN", "Spool", "checksum", "columns", "need_zarr", "open_group"]

Floats = NDArray[np.float64]
#: The elements of one chunk hold at most this many bytes over all times and members, unless one
#: element alone is more.
COLUMN = 64 * 2**20
#: Where a store of format 2 keeps the dimensions of an array.
DIMENSIONS = "_ARRAY_DIMENSIONS"


def need_zarr() -> None:
    """Raise BadInput where the package that writes the store is missing."""
    try:
        import zarr  # noqa: F401 (looked for only)
    except ImportError as error:
        raise BadInput(
            Problem(
                "ensembles are kept in Zarr stores, and the package zarr is not installed.",
                "Install it with: pip install 'localcare[ensemble]'",
            )
        ) from error


class Spool:
    """A store for `members` members, of which `block` come at a time; `path` must not exist yet, or
    be a store of which `group` is a part: a new one, or with `again` one that is gone on with."""

    def __init__(
        self, path: Path, members: int, block: int, group: str | None = None, *, again: bool = False
    ) -> None:
        need_zarr()
        self._path, self._group = path, group
        self._members, self._block = members, block
        self._arrays: dict[str, Any] | None = self._open() if again else None

    def write(self, first: int, block: xr.Dataset) -> str:
        """Write the members first, first + 1, ..., which a Dataset holds; their checksum."""
        if self._arrays is None:
            self._arrays = self._create(block)
        numbers = {}
        for name, array in self._arrays.items():
            variable = block.variables[name]
            if variable.shape[1:] != array.shape[1:]:
                raise ValueError(f"{name}: {variable.shape} in a store of {array.shape}")
            numbers[name] = np.ascontiguousarray(variable.to_numpy(), dtype=np.float64)
            self._put(array, first, numbers[name])
        return checksum(numbers)

    def _put(self, array: Any, first: int, numbers: Floats) -> None:
        """Write the chunks that a block makes of an array: what `array[first:...] = numbers` does,
        without zarr's event loop, which takes five times as long as the work. A chunk at the end
        is as long as any; one without a number is not written."""
        folder = self._path / (self._group or "") / array.basename
        chunk = array.chunks
        if first % chunk[0] or len(numbers) > chunk[0]:
            raise ValueError(f"members from {first} are no block of {chunk[0]}")
        for part in product(*map(range, (0,) * numbers.ndim, numbers.shape, chunk)):
            at = tuple(slice(a, a + long) for a, long in zip(part, chunk, strict=True))
            values = numbers[at]
            number = (first, *part[1:])
            key = ".".join(str(a // long) for a, long in zip(number, chunk, strict=True))
            if np.isnan(values).all():
                (folder / key).unlink(missing_ok=True)
                continue
            whole = np.full(chunk, np.nan)
            whole[tuple(slice(length) for length in values.shape)] = values
            (folder / key).write_bytes(_codec().encode(whole))

    def stored(self, first: int, last: int) -> str | None:
        """The checksum of what the store holds of some members; None where it cannot be read."""
        if self._arrays is None:
            return None
        try:
            return checksum({name: array[first:last] for name, array in self._arrays.items()})
        except (OSError, ValueError, RuntimeError):  # what a damaged chunk is met with
            return None

    def close(self) -> None:
        """Finish the store: gather what its parts are in one place, for quick opening."""
        import zarr

        zarr.consolidate_metadata(str(self._path), path=self._group)

    def _open(self) -> dict[str, Any]:
        """The arrays of a store that is gone on with, by name."""
        import zarr

        group: Any = zarr.open_group(str(self._path), path=self._group, mode="r+", zarr_format=2)
        return {
            name: array
            for name, array in sorted(group.arrays())
            if name != MEMBER and array.attrs[DIMENSIONS][:1] == [MEMBER]
        }

    def _create(self, block: xr.Dataset) -> dict[str, Any]:
        """The arrays of the store, filled by no one yet, by name."""
        import zarr

        labels = block.drop_vars(list(block.data_vars)).drop_vars(MEMBER, errors="ignore")
        labels = labels.assign_coords(
            {MEMBER: (MEMBER, np.arange(self._members), {"long_name": MEMBER})}
        )
        labels.to_zarr(self._path, group=self._group, mode="w-", zarr_format=2, consolidated=False)
        group = zarr.open_group(str(self._path), path=self._group, mode="r+")
        arrays: dict[str, Any] = {}
        for name in map(str, block.data_vars):
            variable = block.variables[name]
            if variable.dims[0] != MEMBER:
                raise ValueError(f"{name}: dimensions {variable.dims}")
            arrays[name] = group.create_array(
                name,
                shape=(self._members, *variable.shape[1:]),
                chunks=self._chunk(variable),
                dtype="f8",
                fill_value=float("nan"),
                compressors=_codec(),
                attributes={DIMENSIONS: list(map(str, variable.dims)), **variable.attrs},
            )
        return dict(sorted(arrays.items()))

    def _chunk(self, variable: xr.Variable) -> tuple[int, ...]:
        """Chunks of a variable (member, time, *dimensions)."""
        _, *rest = variable.shape
        times, elements = rest[:1], rest[1:]
        room = max(1, COLUMN // (8 * self._members * math.prod(times)))
        chunk: list[int] = []
        for length in reversed(elements):
            chunk.insert(0, min(length, room))
            room = max(1, room // length)
        return (min(self._block, self._members), *times, *chunk)


def _codec() -> Any:
    """What chunks are compressed by."""
    from numcodecs import Blosc

    return Blosc("lz4", 1, Blosc.SHUFFLE)


def checksum(numbers: Mapping[str, NDArray[np.float64]]) -> str:
    """SHA-256 of arrays by name."""
    digest = hashlib.sha256()
    for name, array in numbers.items():
        digest.update(f"{name} {array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def open_group(path: Path, group: str | None = None) -> xr.Dataset:
    """A store as a Dataset whose numbers are read when they are asked for."""
    import xarray as xr

    need_zarr()
    opened: xr.Dataset = xr.open_zarr(path, group=group, chunks=None)
    return opened


def columns(shape: tuple[int, ...], chunk: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """The elements of an array (member, time, *dimensions) that lie in chunks of their own, as
    slices of its later dimensions."""
    found: list[tuple[slice, ...]] = [()]
    for length, step in zip(shape[2:], chunk[2:], strict=True):
        found = [
            (*each, slice(start, min(start + step, length)))
            for each in found
            for start in range(0, length, step)
        ]
    return found
