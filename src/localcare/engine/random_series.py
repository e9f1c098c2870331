"""The numbers behind RANDOM functions: drawn before a run, and given to it like any other input.

In: a spec with drawn series (`Variable.drawn`), a batch, a schedule and a `Noise`. Out: the batch
with a path for each such series. A number is drawn at the start of each step and holds through it,
whatever stages the method has, as in Vensim. It depends on the run's seed, the number of the
member, the series (named after the variable and the place of the call in it), its element, the
seed that the model file gives the function, and the number of the step: nothing else. So a state
can be gone on from, and two scenarios of one member number meet the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from localcare.engine.inputs import Batch
from localcare.engine.noise import Noise, key, uniforms
from localcare.engine.schedule import Schedule
from localcare.model.spec import ModelSpec, Variable
from localcare.problems import BadInput, Problem

__all__ = ["DEFAULT_SEED", "drawn_series", "with_draws"]

Floats = NDArray[np.float64]
#: The seed of a run that was given none, of a model with RANDOM functions.
DEFAULT_SEED = 1
#: Steps drawn at a time, an even number.
STRETCH = 512
#: Bytes that the paths of one batch may take.
MOST = 2 * 1024**3


def drawn_series(spec: ModelSpec) -> tuple[Variable, ...]:
    """The series of a model that a run draws."""
    return tuple(each for each in spec.variables if each.drawn)


def with_draws(spec: ModelSpec, batch: Batch, schedule: Schedule, noise: Noise) -> Batch:
    """The batch with the draws of every series, (*dimensions, 2 steps + 1, members), which jump at
    the start of each step. Raises BadInput where they would not fit into memory, or where a batch
    itself sets a drawn series."""
    series = drawn_series(spec)
    taken = [each for each in series if each.identifier in batch.paths]
    if taken:
        why = "is drawn at random by the run and cannot be set."
        raise BadInput([Problem(why, "Leave it out.", key=each.name) for each in taken])
    steps, members = schedule.steps, batch.members
    knots = 2 * steps + 1
    elements = sum(int(np.prod(spec.shape(each.identifier))) for each in series)
    if elements * knots * members * 8 > MOST:
        why = (
            f"its RANDOM functions draw {elements * steps * members:,} numbers for {members} "
            "members at once, more than memory should hold."
        )
        raise BadInput(Problem(why, "Run fewer members at a time.", file=spec.file))
    times = np.repeat([schedule.time(step) for step in range(steps + 1)], 2)[1:]
    columns = np.broadcast_to(times[:, np.newaxis], (knots, members))
    paths = {}
    for each in series:
        shape = spec.shape(each.identifier)
        values = np.empty((int(np.prod(shape)), knots, members))
        for number, label in enumerate(_labels(spec, each)):
            process = key(noise.seed, "random function", each.identifier, each.drawn, label)
            for first in range(0, steps + 1, STRETCH):
                count = min(STRETCH, steps + 1 - first)
                numbers = uniforms(process, first, count + count % 2, noise.members)[:count]
                begin, end = 2 * first, 2 * (first + count)
                values[number, begin:end:2] = numbers
                # The knot before the next step holds the same number, so that it jumps there.
                held = values[number, begin + 1 : end : 2]
                held[...] = numbers[: len(held)]
        paths[each.identifier] = (columns, values.reshape(*shape, knots, members))
    return replace(batch, paths={**batch.paths, **paths})


def _labels(spec: ModelSpec, series: Variable) -> Iterator[str]:
    """The elements of a series in row-major order, by the names of their labels."""
    labels = [""]
    for name in series.dimensions:
        elements = spec.by_dimension[name].elements
        labels = [f"{before}\0{element}" for before in labels for element in elements]
    yield from labels
