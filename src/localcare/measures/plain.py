"""Labelled arrays for the blocks of an ensemble: what measures ask of xarray, without its cost.

In: variables of a Dataset. Out: `Plain` arrays over the same dimensions, which the functions of
measures read as they read DataArrays: added, subtracted, multiplied, divided, picked by label,
summed. Numbers come out to the bit as xarray's do: dimensions are kept in the order in which they
lie in memory, in which numpy adds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Figures", "Plain", "products"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True)
class Plain:
    """Numbers over named dimensions, some of which have labels."""

    dims: tuple[str, ...]
    values: Array
    labels: Mapping[str, Array]

    @classmethod
    def of(cls, variable: xr.Variable, labels: Mapping[str, Array]) -> Plain:
        """A variable, its dimensions in the order of memory; nothing is copied."""
        values = variable.to_numpy()
        order = sorted(range(values.ndim), key=lambda axis: -abs(values.strides[axis]))
        dims = tuple(str(variable.dims[axis]) for axis in order)
        return cls(dims, values.transpose(order), labels)

    def __getitem__(self, dim: str) -> Plain:
        """The labels of a dimension."""
        return Plain((dim,), self.labels[dim], self.labels)

    @property
    def sizes(self) -> dict[str, int]:
        """How long each dimension is."""
        return dict(zip(self.dims, self.values.shape, strict=True))

    def to_numpy(self) -> Array:
        """The numbers."""
        return self.values

    def copy(self, data: Array) -> Plain:
        """Other numbers in their place."""
        return replace(self, values=data)

    def transpose(self, *dims: str | EllipsisType) -> Plain:
        """Dimensions in another order; those not named where `...` stands."""
        named = [each for each in dims if isinstance(each, str)]
        others = [each for each in self.dims if each not in named]
        order: list[str] = []
        for each in dims:
            order += [each] if isinstance(each, str) else others
        return replace(
            self,
            dims=tuple(order),
            values=self.values.transpose([self.dims.index(each) for each in order]),
        )

    def sel(self, *, drop: bool = False, **chosen: str | Sequence[str]) -> Plain:  # noqa: ARG002
        """What carries a label, without its dimension, or several labels."""
        found = self
        for dim, wanted in chosen.items():
            axis = found.dims.index(dim)
            own = [str(each) for each in found.labels[dim]]
            if isinstance(wanted, str):
                picked = found.values.take(own.index(wanted), axis=axis)
                dims = found.dims[:axis] + found.dims[axis + 1 :]
                found = replace(found, dims=dims, values=picked)
            else:
                places = [own.index(each) for each in wanted]
                labels = {**found.labels, dim: found.labels[dim][places]}
                picked = found.values.take(places, axis=axis)
                found = replace(found, values=picked, labels=labels)
        return found

    def sum(self, dims: str | Sequence[str]) -> Plain:
        """Added up over dimensions, what is no number left out."""
        return self._over(dims, np.sum, np.nansum)

    def mean(self, dims: str | Sequence[str]) -> Plain:
        """The mean over dimensions, what is no number left out."""
        return self._over(dims, np.mean, np.nanmean)

    def where(self, holds: Any) -> Plain:
        """The numbers where something holds, no number elsewhere."""
        return replace(self, values=np.where(holds.values, self.values, np.nan))

    def clip(self, min: float) -> Plain:  # noqa: A002
        """The numbers, none below the least."""
        return replace(self, values=np.clip(self.values, min, None))

    def along(self, wide: Sequence[str]) -> Array:
        """The numbers as they broadcast along more dimensions."""
        order = [self.dims.index(each) for each in wide if each in self.dims]
        if len(order) < len(self.dims):
            raise ValueError(f"{self.dims} is no part of {tuple(wide)}")
        missing = tuple(axis for axis, each in enumerate(wide) if each not in self.dims)
        return np.expand_dims(self.values.transpose(order), missing)

    def _over(
        self, dims: str | Sequence[str], every: Callable[..., Array], some: Callable[..., Array]
    ) -> Plain:
        names = (dims,) if isinstance(dims, str) else tuple(dims)
        axes = tuple(axis for axis, name in enumerate(self.dims) if name in names)
        found = every(self.values, axis=axes)
        if np.isnan(found).any():
            found = some(self.values, axis=axes)
        return replace(
            self, dims=tuple(name for name in self.dims if name not in names), values=found
        )

    def _with(self, other: Any, apply: Callable[[Any, Any], Array]) -> Plain:
        """Put together with a number, or with an array of the same or of fewer dimensions."""
        if not isinstance(other, Plain):
            return replace(self, values=apply(self.values, other))
        if len(other.dims) > len(self.dims):
            return replace(other, values=apply(self.along(other.dims), other.values))
        return replace(self, values=apply(self.values, other.along(self.dims)))

    def __add__(self, other: Any) -> Plain:
        return self._with(other, operator.add)

    def __sub__(self, other: Any) -> Plain:
        return self._with(other, operator.sub)

    def __mul__(self, other: Any) -> Plain:
        return self._with(other, operator.mul)

    def __truediv__(self, other: Any) -> Plain:
        return self._with(other, operator.truediv)

    def __gt__(self, other: Any) -> Plain:
        return self._with(other, operator.gt)

    def __le__(self, other: Any) -> Plain:
        return self._with(other, operator.le)

    def __and__(self, other: Any) -> Plain:
        return self._with(other, operator.and_)

    def __neg__(self) -> Plain:
        return replace(self, values=-self.values)


#: What functions of measures are given and give: arrays of xarray, or plain ones, which have what
#: functions ask for so far. What another one asks for goes into `Plain`.
Figures = TypeVar("Figures", "xr.DataArray", Plain)


def products(factors: Sequence[Figures], over: str, like: Figures) -> Figures:
    """The product of factors summed over a dimension, over the dimensions of `like`; no array over
    all of theirs is made on the way."""
    if isinstance(like, Plain):
        return _products(factors, over, like)
    import xarray as xr

    summed: Figures = xr.dot(*factors, dim=over)
    return summed.transpose(*like.dims)


def _products(factors: Sequence[Plain], over: str, like: Plain) -> Plain:
    """The same, row by row of the first dimension, so that what is made on the way stays in the
    processor's cache; in the order in which einsum multiplies and adds."""
    wide = np.broadcast_arrays(*(each.along((over, *like.dims)) for each in factors))
    found = np.zeros(like.values.shape)
    product = np.empty(found.shape[1:])
    for row in range(len(found)):
        for part in range(len(wide[0])):
            first, second, *others = (each[part, row] for each in wide)
            np.multiply(first, second, out=product)
            for other in others:
                product *= other
            found[row] += product
    return replace(like, values=found)
