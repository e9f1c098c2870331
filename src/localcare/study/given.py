"""What the members of an ensemble are given, block by block.

In: a batch, overrides one by one, or a function that makes batches. Out: batches of consecutive
members; each as a labelled Dataset, to be kept; and one hash of all, whatever the blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine import Batch, Overrides
from localcare.model import ModelSpec
from localcare.study.dataset import axis_name
from localcare.study.values import MEMBER

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Given", "InputsHash", "as_dataset", "part"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Given:
    """`make(first, last)` gives the batch of members first, ..., last - 1. All must name the same
    inputs, with as many knots, and a member must not depend on the block it is made in.

    Where every member is run under several scenarios, `beside` names these, and the batch holds a
    column for each, those of one member beside each other. `told(first, last)` is what is kept of
    what members were given, over `member`; the whole batch for None. `digest` is a hash of all that
    members are given, "" where it is to be made of the batches.
    """

    members: int
    make: Callable[[int, int], Batch]
    beside: tuple[str, ...] = ()
    told: Callable[[int, int], xr.Dataset] | None = None
    digest: str = ""

    @classmethod
    def of(cls, spec: ModelSpec, given: Given | Batch | Iterable[Overrides]) -> Given:
        """Whatever way members are given, made into one."""
        if isinstance(given, Given):
            return given
        batch = given if isinstance(given, Batch) else Batch.of(spec, list(given))
        return cls(batch.members, lambda first, last: part(batch, first, last))

    def block(self, first: int, last: int) -> Batch:
        """The batch of some members. Raises ValueError where it is for another number of them."""
        batch = self.make(first, last)
        asked = (last - first) * max(1, len(self.beside))
        if batch.members != asked:
            raise ValueError(f"{batch.members} members were made where {asked} were asked")
        return batch

    def numbers(self, first: int, last: int) -> list[int]:
        """The number of the member in each column of a block: columns of one meet one noise."""
        return [number for number in range(first, last) for _ in self.beside or (None,)]

    def hashed(self, block: int) -> Given:
        """The same with a hash of all inputs, which is the same whatever the blocks they are made
        in."""
        if self.digest:
            return self
        found = InputsHash()
        for first in range(0, self.members, block):
            found.update(self.block(first, min(first + block, self.members)))
        return replace(self, digest=found.hexdigest())

    def kept(self, spec: ModelSpec, first: int, last: int) -> xr.Dataset:
        """What is kept of the inputs of a block."""
        if self.told is not None:
            return self.told(first, last)
        return as_dataset(spec, self.block(first, last), first)


def part(batch: Batch, first: int, last: int) -> Batch:
    """Some members of a batch."""
    return Batch(
        last - first,
        {name: array[..., first:last] for name, array in batch.constants.items()},
        {
            name: (times[..., first:last], values[..., first:last])
            for name, (times, values) in batch.paths.items()
        },
    )


def as_dataset(spec: ModelSpec, batch: Batch, first: int) -> xr.Dataset:
    """A batch as a Dataset over member: constants under their identifiers; of what follows a path
    `x_times` (member, x_knot) and `x_values` (member, ..., x_knot)."""
    import xarray as xr

    found: dict[str, tuple[tuple[str, ...], Floats, dict[str, str]]] = {}
    used: set[str] = set()
    for name in (*batch.constants, *batch.paths):
        variable = spec.by_identifier[name]
        used.update(variable.dimensions)
        axes = tuple(axis_name(each) for each in variable.dimensions)
        told = {"long_name": variable.name, "units": variable.units or "1"}
        if name in batch.constants:
            found[name] = ((MEMBER, *axes), _member_first(batch.constants[name]), told)
            continue
        times, values = batch.paths[name]
        knot = f"{name}_knot"
        clock = {"long_name": f"times of {variable.name}", "model_unit": spec.time.unit or "1"}
        found[f"{name}_times"] = ((MEMBER, knot), _member_first(times), clock)
        found[f"{name}_values"] = ((MEMBER, *axes, knot), _member_first(values), told)
    labels = {
        axis_name(each.name): np.array(each.elements)
        for each in spec.dimensions
        if each.name in used
    }
    numbered = np.arange(first, first + batch.members)
    return xr.Dataset(found, {**labels, MEMBER: numbered})


class InputsHash:
    """A hash of what all members are given, the same whatever the blocks it is told of."""

    def __init__(self) -> None:
        self._members = 0
        self._parts: dict[str, Any] = {}

    def update(self, batch: Batch) -> None:
        """Take note of the next members."""
        arrays = dict(batch.constants)
        for name, (times, values) in batch.paths.items():
            arrays |= {f"{name} times": times, f"{name} values": values}
        for name, array in arrays.items():
            if name not in self._parts:
                head = f"{name} {array.shape[:-1]}".encode()
                self._parts[name] = hashlib.sha256(head)
            self._parts[name].update(np.ascontiguousarray(_member_first(array)).tobytes())
        self._members += batch.members

    def hexdigest(self) -> str:
        """The hash of what was noted."""
        whole = hashlib.sha256(str(self._members).encode())
        for name in sorted(self._parts):
            whole.update(self._parts[name].digest())
        return whole.hexdigest()


def _member_first(array: Floats) -> Floats:
    return np.moveaxis(array, -1, 0)
