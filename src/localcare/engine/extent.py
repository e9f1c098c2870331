"""How much memory the results of a run take, and how much work it is, known before it is run."""

from __future__ import annotations

import math
from collections.abc import Iterable

from localcare.engine.schedule import Schedule
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem

__all__ = ["refuse_too_long", "refuse_too_much", "result_bytes"]

_NUMBER = 8  # bytes
#: More numbers than this, computed in one call, are taken for a mistake: at a nanosecond each,
#: about what the compiled engine needs, they last three hours.
MOST_WORK = 10**13


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


def refuse_too_long(spec: ModelSpec, times: Schedule, members: int) -> None:
    """Raise BadInput where a run would compute more numbers than it does in three hours."""
    moving = [
        each.identifier for each in spec.variables if each.kind in (Kind.STOCK, Kind.AUXILIARY)
    ]
    elements = _elements(spec, moving)
    steps = times.steps - times.first_step
    work = elements * steps * len(times.stages) * members
    if work > MOST_WORK:
        of = f" of {members:,} members" if members > 1 else ""
        raise BadInput(
            Problem(
                f"a run would compute {elements:,} numbers{of} in each of {steps:,} steps, which "
                "takes hours.",
                "Use a longer TIME STEP, a nearer FINAL TIME, or fewer elements.",
                file=spec.file,
            )
        )


def _elements(spec: ModelSpec, names: Iterable[str]) -> int:
    return sum(math.prod(spec.shape(name)) for name in names)


def _size(count: int) -> str:
    return f"{count / 1e9:.3g} GB"
