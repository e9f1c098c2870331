"""Volatilities that no process can have.

In: a spec and a batch. Out: nothing, or BadInput that names each noisy stock whose diffusion
follows from constants alone and is below 0 for some member. A diffusion that moves with a stock may
change its sign, which leaves the law of the process as it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from localcare.engine.diffusion import SUFFIX
from localcare.engine.inputs import Batch
from localcare.model.expression import walk
from localcare.model.spec import Kind, ModelSpec, Order
from localcare.problems import BadInput, Problem

__all__ = ["refuse_negative"]


def refuse_negative(spec: ModelSpec, batch: Batch) -> None:
    """Raise BadInput where the diffusion of a noisy stock is a negative number."""
    made_from = {}
    for stock in spec.variables:
        name = stock.identifier + SUFFIX
        if stock.kind is Kind.STOCK and name in spec.by_identifier:
            reached = _reached(spec, name)
            if reached is not None and not reached & batch.paths.keys():
                made_from[name] = reached
    if not made_from:
        return
    lowest = _lowest(spec, batch, made_from)
    problems = []
    for name, value in lowest.items():
        if value >= 0 or np.isnan(value):
            continue
        variable, numbers = spec.by_identifier[name], made_from[name] - {name}
        own = [each for each in spec.variables if each.identifier in numbers]
        said = ", ".join(each.name for each in own if each.kind is Kind.CONSTANT)
        problems.append(
            Problem(
                f"a volatility of {value:.6g} cannot be: it is a standard deviation, which is 0 "
                "or more.",
                f"See what it follows from: {said}." if said else "Set it to 0 for no noise.",
                file=spec.file,
                line=variable.line or None,
                key=variable.name,
            )
        )
    if problems:
        raise BadInput(problems)


def _reached(spec: ModelSpec, name: str) -> set[str] | None:
    """A variable and all that it is computed from, by identifier; None where that is not constants
    alone."""
    fixed = {task.variable for task in spec.order.constants}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        own = waiting.pop()
        variable = spec.by_identifier[own]
        if own in found:
            continue
        if variable.kind not in (Kind.CONSTANT, Kind.LOOKUP) and own not in fixed:
            return None
        found.add(own)
        for component in variable.components:
            for part in walk(component.expression):
                read = getattr(part, "variable", getattr(part, "table", None))
                if read is not None:
                    waiting.append(read)
    return found


def _lowest(spec: ModelSpec, batch: Batch, made_from: dict[str, set[str]]) -> dict[str, float]:
    """The lowest value of each diffusion over its elements and the members of a batch, from a model
    of nothing but what they follow from."""
    from localcare.engine.numpy_backend.program import Program
    from localcare.engine.numpy_backend.workspace import LANES

    needed = set().union(*made_from.values())
    small = replace(
        spec,
        variables=tuple(each for each in spec.variables if each.identifier in needed),
        order=Order(tuple(each for each in spec.order.constants if each.variable in needed)),
    )
    width = -(-batch.members // LANES) * LANES
    columns: NDArray[np.intp] = np.minimum(np.arange(width), batch.members - 1)
    with np.errstate(all="ignore"):
        program = Program(small, width, spec.time.step)
        program.load(replace(batch, paths={}), columns)
        program.constants()
    values, rows = program.workspace.values, program.workspace.rows
    return {name: float(values[rows(name)].min()) for name in made_from}
