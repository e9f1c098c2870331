"""What tables hold nought and one for, known before a run.

In: a spec, and a batch. Out: for each table (a constant with elements) which elements are 0, and
in a table of noughts and ones also which are 1; and which tables of a batch keep to that. Most
tables of who does what, where, are mostly noughts; a member, a draw or a scenario seldom puts
anything in their place. Where one does, the table is `loose`, and nothing is known of it.
"""

from __future__ import annotations

import numpy as np

from localcare.engine.inputs import Batch
from localcare.model.spec import Kind, ModelSpec, Variable

__all__ = ["Pattern", "loosened_by", "patterns_of"]

#: For each element of a table 0, 1 or, where nothing is known, None.
Pattern = tuple[float | None, ...]


def patterns_of(spec: ModelSpec) -> dict[str, Pattern]:
    """The patterns of all tables in which some elements, but not all, are 0."""
    found = {variable.identifier: _pattern(variable) for variable in spec.variables}
    return {name: pattern for name, pattern in found.items() if pattern}


def loosened_by(spec: ModelSpec, batch: Batch) -> frozenset[str]:
    """The tables that do not keep to their patterns in every member of a batch at all times."""
    loose = {name for name in batch.paths if _pattern(spec.by_identifier[name])}
    for name, values in batch.constants.items():
        pattern = _pattern(spec.by_identifier[name])
        known = np.array([np.nan if each is None else each for each in pattern])
        fixed = ~np.isnan(known)
        own = values.reshape(-1, batch.members)[: known.size]
        if not (own[fixed] == known[fixed, np.newaxis]).all():
            loose.add(name)
    return frozenset(loose)


def _pattern(variable: Variable) -> Pattern:
    """The pattern of one variable; empty if it has none."""
    if variable.kind is not Kind.CONSTANT:
        return ()
    values = set(variable.values)
    if 0.0 not in values or values == {0.0}:
        return ()
    known = {0.0, 1.0} if values == {0.0, 1.0} else {0.0}
    return tuple(abs(each) if each in known else None for each in variable.values)
