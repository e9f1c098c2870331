"""The memory that the results of a run take, known before it is run."""

from __future__ import annotations

import math
from collections.abc import Iterable

from localcare.model.spec import ModelSpec
from localcare.problems import BadInput, Problem

__all__ = ["refuse_too_much", "result_bytes"]

_NUMBER = 8  # bytes


def result_bytes(spec: ModelSpec, names: Iterable[str], members: int) -> int:
    """The bytes of everything named (identifiers) at every saving time of the whole run."""
    times = (spec.time.final - spec.time.initial) / spec.time.saveper + 1
    return math.ceil(_elements(spec, names) * times * members * _NUMBER)


def refuse_too_much(
    spec: ModelSpec, names: Iterable[str], members: int, most: int, cure: str, *, copies: int = 1
) -> None:
    """Raise BadInput, with the reckoning, where the results of a run and as many `copies` as are
    made of them in all would take more than `most` bytes. `names` are identifiers.
    """
    names = list(names)
    bytes_ = result_bytes(spec, names, members) * copies
    if bytes_ <= most:
        return
    times = round((spec.time.final - spec.time.initial) / spec.time.saveper) + 1
    of = f" of {members:,} members" if members > 1 else ""
    held = f", {copies} times over while they are written," if copies > 1 else ""
    raise BadInput(
        Problem(
            f"its results would hold {_elements(spec, names):,} numbers{of} at {times:,} saving "
            f"times, which{held} takes {_size(bytes_)} of memory; up to {_size(most)} are used.",
            cure,
            file=spec.file,
        )
    )


def _elements(spec: ModelSpec, names: Iterable[str]) -> int:
    return sum(math.prod(spec.shape(name)) for name in names)


def _size(count: int) -> str:
    return f"{count / 1e9:.3g} GB"
