"""What shaped a model when it was read, and a step that the model reads itself.

Where equations read TIME STEP it is a constant like any other, and a run with another step has to
tell them so. Some models were shaped by their step when they were read (a DELAY FIXED holds one
value for each step of its time); those run with no other.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from localcare.engine.inputs import Batch
from localcare.model.spec import Kind, ModelSpec
from localcare.problems import BadInput, Problem

__all__ = ["TIME_STEP", "with_step"]

#: The identifier of the control variable.
TIME_STEP = "time_step"


def with_step(spec: ModelSpec, batch: Batch, step: float) -> Batch:
    """The batch for a run with this step, which equations that read TIME STEP then see.

    Raises BadInput where the model was shaped by another step, or by another value of a constant
    that the batch sets.
    """
    shaping = [name for name in spec.structural if name in batch.constants or name in batch.paths]
    if shaping:
        why = "shaped the model when it was read, so another value would change nothing."
        raise BadInput([Problem(why, "Change it in the model file.", key=name) for name in shaping])
    if math.isclose(step, spec.time.step, rel_tol=1e-9):
        return batch
    if TIME_STEP in spec.structural:
        why = f"the model runs with its own step of {spec.time.step:.9g} only, not {step:.9g}."
        cure = "A DELAY FIXED holds one value for each step: change TIME STEP in the model file."
        raise BadInput(Problem(why, cure, key="TIME STEP"))
    variable = spec.by_identifier.get(TIME_STEP)
    if variable is None or variable.kind is not Kind.CONSTANT or TIME_STEP in batch.constants:
        return batch
    own = np.full(batch.members, step)
    return replace(batch, constants={**batch.constants, TIME_STEP: own})
