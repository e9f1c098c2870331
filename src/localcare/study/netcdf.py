"""Writing a labelled Dataset as NetCDF-4 that plain `xarray.open_dataset` decodes.

In: a Dataset as `dataset.label` makes it, whose every dimension has a coordinate. Out: a file in
which every number is kept to the bit, compressed with the filters that every build of HDF5 has
(shuffle and deflate).

xarray writes the coordinates and the attributes of the whole, so that their encoding is xarray's.
The hundreds of variables are then added through h5py, which takes a tenth of the time: a variable
of a NetCDF-4 file is a dataset with a dimension scale attached for each dimension (`scales`).
"""

from __future__ import annotations

import io
import math
import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localcare.study.scales import Scales

if TYPE_CHECKING:
    import h5py
    import xarray as xr
    from h5py import h5d, h5t

__all__ = ["write_dataset"]

Floats = NDArray[np.float64]
#: A chunk of a variable: where it begins, and its bytes as they are kept.
Piece = tuple[tuple[int, ...], bytes]

#: Numbers of one member or scenario in a chunk, at most. Compression finds what two scenarios have
#: in common (all, until a policy starts) only where they lie within 32,768 bytes of each other, and
#: shuffling leaves one byte of each number in a row.
CHUNK = 16_000
#: A chunk holds at most this many numbers of all members together (8 MB).
LARGEST = 1_000_000
#: A variable is compressed where this share of its numbers repeat the one a time before, or that of
#: the scenario before. Others shrink by a quarter at most, for several times the work: those from
#: 0.3 to 0.5 made the file of one run 0.5% smaller for a fifth more time.
REPEATING = 0.5
#: Smaller variables are not worth compressing.
SMALL = 1000
#: Variables that a thread takes at once.
AT_ONCE = 16
#: How hard to compress: the least, which finds nearly as much.
LEVEL = 1
DATES = {"units": "days since 1900-01-01", "calendar": "proleptic_gregorian", "dtype": "int32"}


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write the Dataset; a file that is there is replaced.

    The file is put together in memory and written at once, since HDF5 ends the whole process when
    the disk fills beneath it. Raises OSError where it cannot be written.
    """
    import h5py

    coordinates = dataset.drop_vars(list(dataset.data_vars))
    encoding = {
        str(name): DATES
        for name, values in coordinates.variables.items()
        if values.dtype.kind == "M"
    }
    contents = io.BytesIO(coordinates.to_netcdf(engine="h5netcdf", encoding=encoding))
    variables = {str(name): dataset.variables[name] for name in dataset.data_vars}
    with h5py.File(contents, "r+") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
        scales = Scales(file, [str(name) for name in dataset.dims])
        listed = list(variables.values())
        groups = [listed[at : at + AT_ONCE] for at in range(0, len(listed), AT_ONCE)]
        packed = chain.from_iterable(pool.map(_packed, groups))
        for (name, variable), (numbers, pieces) in zip(variables.items(), packed, strict=True):
            written = _create(file, name, numbers, chunked=bool(pieces))
            if pieces:
                for start, piece in pieces:
                    written.write_direct_chunk(start, piece)
            else:
                written.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers)
            scales.attach(name, written, tuple(map(str, variable.dims)))
            for key, value in variable.attrs.items():
                _put_attribute(written, str(key), value)
        scales.close()
    path.write_bytes(contents.getbuffer())


def _packed(variables: Sequence[xr.Variable]) -> list[tuple[Floats, list[Piece]]]:
    return [_pack(variable) for variable in variables]


def _pack(variable: xr.Variable) -> tuple[Floats, list[Piece]]:
    """The numbers of a variable and, where compressing pays, the chunks of a file: where each
    begins, and what HDF5's own filters would make of it (shuffle: the first byte of every number,
    then the second; deflate). Compressing so, as many at once as there are processors, takes most
    of the time out of writing."""
    numbers = np.ascontiguousarray(variable.to_numpy(), np.float64)
    if numbers.size <= SMALL or numbers.ndim < 2 or not _repeats(numbers):
        return numbers, []
    chunk = _chunk(numbers.shape)
    pieces: list[Piece] = []
    for start in product(*map(range, (0,) * numbers.ndim, numbers.shape, chunk)):
        block = numbers[tuple(slice(a, a + long) for a, long in zip(start, chunk, strict=True))]
        if block.shape != chunk:  # a chunk at the end is as long as any
            block = np.pad(block, [(0, n - m) for n, m in zip(chunk, block.shape, strict=True)])
        shuffled = np.ascontiguousarray(block).view(np.uint8).reshape(-1, numbers.itemsize).T
        pieces.append((start, zlib.compress(shuffled.tobytes(), LEVEL)))
    return numbers, pieces


def _create(file: h5py.File, name: str, numbers: Floats, *, chunked: bool) -> h5d.DatasetID:
    """An empty dataset for numbers, in compressed chunks or as they are."""
    from h5py import h5d, h5p, h5s, h5t

    settings = h5p.create(h5p.DATASET_CREATE)
    settings.set_fill_time(h5d.FILL_TIME_NEVER)
    settings.set_obj_track_times(False)  # the same bytes whenever it is written
    # the order in which things were made is what readers of NetCDF list them in
    settings.set_attr_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
    shape = numbers.shape
    if chunked:
        settings.set_chunk(_chunk(shape))
        settings.set_shuffle()
        settings.set_deflate(LEVEL)
    return h5d.create(file.id, name.encode(), h5t.IEEE_F64LE, h5s.create_simple(shape), settings)


def _repeats(numbers: Floats) -> bool:
    """Whether compressing an array (members, times, ...) pays."""
    shares = [
        np.count_nonzero(later == earlier) / later.size
        for later, earlier in ((numbers[1:], numbers[:-1]), (numbers[:, 1:], numbers[:, :-1]))
        if later.size
    ]
    return max(shares, default=0.0) >= REPEATING


def _chunk(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Chunks of a variable (members, times, *dimensions): some times of many members."""
    members, times, *rest = shape
    elements = math.prod(rest)
    together = min(times, max(1, CHUNK // elements))
    return (min(members, max(1, LARGEST // (together * elements))), together, *rest)


def _put_attribute(written: h5d.DatasetID, name: str, text: str) -> None:
    """A text as NetCDF-4 itself keeps it: of fixed length, in UTF-8."""
    from h5py import h5a, h5s

    value = text.encode()
    kind = _text_of(max(len(value), 1))
    attribute = h5a.create(written, name.encode(), kind, h5s.create(h5s.SCALAR))
    attribute.write(np.array(value, dtype=f"S{max(len(value), 1)}"), kind)


@cache
def _text_of(length: int) -> h5t.TypeID:
    """HDF5's type of a text of so many bytes."""
    from h5py import h5t

    kind = h5t.C_S1.copy()
    kind.set_size(length)
    kind.set_cset(h5t.CSET_UTF8)
    return kind
