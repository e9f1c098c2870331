"""Attaching the dimension scales of an HDF5 file to many datasets.

In: a file whose scales are written, and datasets. Out: the two attributes by which HDF5 knows which
scale belongs to which axis: `DIMENSION_LIST` of a dataset (for each axis, references to its scales)
and `REFERENCE_LIST` of a scale (which dataset, which axis). HDF5's own `H5DSattach_scale` rewrites
the second for every dataset it is given, so that hundreds take a time that grows with their square;
here it is written once. Source of the form: HDF5 Dimension Scale Specification, The HDF Group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py
    from h5py import h5d

__all__ = ["Scales"]

OF_DATASET, OF_SCALE = "DIMENSION_LIST", "REFERENCE_LIST"


class Scales:
    """The scales `names` of a file. `attach` what belongs to them, then `close`."""

    def __init__(self, file: h5py.File, names: Sequence[str]) -> None:
        import h5py

        self._file = file
        self._referring: dict[str, list[tuple[Any, int]]] = {name: [] for name in names}
        self._references = {name: file[name].ref for name in names}
        self._lists: dict[tuple[str, ...], Any] = {}
        self._listed = h5py.h5t.py_create(h5py.vlen_dtype(h5py.ref_dtype), logical=True)

    def attach(self, name: str, dataset: h5d.DatasetID, dimensions: tuple[str, ...]) -> None:
        """Say that a dataset lies over these dimensions, one for each of its axes."""
        from h5py import h5a, h5r, h5s

        if not dimensions:
            return
        own = h5r.create(self._file.id, name.encode(), h5r.OBJECT)
        for axis, dimension in enumerate(dimensions):
            self._referring[dimension].append((own, axis))
        space = h5s.create_simple((len(dimensions),))
        attribute = h5a.create(dataset, OF_DATASET.encode(), self._listed, space)
        attribute.write(self._list(dimensions))

    def close(self) -> None:
        """Say at each scale what belongs to it, beside what was attached before."""
        import h5py

        kind = np.dtype([("dataset", h5py.ref_dtype), ("dimension", np.int32)])
        for dimension, own in self._referring.items():
            if not own:
                continue
            attributes = self._file[dimension].attrs
            before = [tuple(each) for each in attributes.get(OF_SCALE, ())]
            attributes.create(OF_SCALE, np.array([*before, *own], dtype=kind), dtype=kind)

    def _list(self, dimensions: tuple[str, ...]) -> Any:
        if dimensions not in self._lists:
            import h5py

            listed = np.empty(len(dimensions), dtype=h5py.vlen_dtype(h5py.ref_dtype))
            for axis, dimension in enumerate(dimensions):
                listed[axis] = np.array([self._references[dimension]], dtype=h5py.ref_dtype)
            self._lists[dimensions] = listed
        return self._lists[dimensions]
