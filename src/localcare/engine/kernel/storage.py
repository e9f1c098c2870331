"""Which values lie in the workspace, and where.

In: the groups of each part of a kernel. Out: a `Storage`. Constants, what follows from time,
initial values and net flows have places of their own. An auxiliary that follows from stocks has one
only if it is read other than by the next equations of its own group, and then only for as long as
it is needed: `lifetimes`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.lifetimes import take_turns
from localcare.engine.kernel.names import flow_of
from localcare.engine.kernel.plan import Group
from localcare.engine.kernel.terms import Load, walk
from localcare.model.spec import Kind, ModelSpec

__all__ = ["PASSING", "Kept", "Storage", "storage_for"]

#: The stretch in which auxiliaries take turns.
PASSING = "(passing)"


@dataclass(frozen=True)
class Kept:
    """What is saved besides stocks: for means `sums`, added up stage by stage, and `others`; where
    `points` are saved all are others."""

    sums: Sequence[str]
    others: Sequence[str]
    points: bool


@dataclass(frozen=True)
class Storage:
    """`stored` are the variables whose values each part puts into the workspace; `layout` says
    where. The initial values of what takes turns later lie elsewhere, at `starting`."""

    layout: Layout
    stored: Mapping[str, frozenset[str]]
    starting: Mapping[str, int]

    def slots(self, part: str) -> Mapping[str, int]:
        """The first slot of every name, as a part of the kernel sees it."""
        if part == "initial":
            return {**self.layout.slots, **self.starting}
        return self.layout.slots


def storage_for(
    layout: Layout,
    groups: Mapping[str, Sequence[Group]],
    lengths: Mapping[str, int],
    kept: Kept,
    same: Collection[str],
) -> Storage:
    """The storage for the parts "constants", "timed", "state" and "initial". `lengths` has the
    elements of places that are not variables; what is the `same` for all members gets narrow
    copies."""
    spec = layout.spec
    stored = _stored(spec, groups, kept)

    def elements(name: str) -> int:
        return lengths[name] if name in lengths else layout.elements(name)

    inputs = [v.identifier for v in spec.variables if v.kind in (Kind.CONSTANT, Kind.SERIES)]
    computed = [name for part in ("constants", "timed") for name in sorted(stored[part])]
    begin = layout.size
    for name in [*inputs, *computed]:
        if name in same:
            layout.add(name, elements(name))
    layout.add_narrow(begin)
    for name in [*inputs, *computed]:
        layout.add(name, elements(name))
    layout.add_stocks()
    flows = {flow_of(name) for name in layout.stocks}
    if kept.points:
        layout.add_variables(kept.others)
    taking = stored["state"] - flows - set(layout.slots)
    passing = {name: elements(name) for name in sorted(taking)}
    layout.add_together(PASSING, *take_turns(groups["state"], passing))
    layout.add_integrator()
    if not kept.points:
        layout.add_sums(kept.sums)
        layout.add_changes(kept.others)
    starting = {}
    for name in sorted(stored["initial"] - set(layout.stocks)):
        starting[name] = layout.add(f"(start of {name})", elements(name))
    return Storage(layout, stored, starting)


def _stored(
    spec: ModelSpec, groups: Mapping[str, Sequence[Group]], kept: Kept
) -> dict[str, frozenset[str]]:
    """For each part the variables whose values have to lie in the workspace."""
    stored = {
        name: frozenset(e.target.variable for group in own for e in group.equations)
        for name, own in groups.items()
    }
    read: set[str] = {flow_of(v.identifier) for v in spec.variables if v.kind is Kind.STOCK}
    for group in groups["state"]:
        targets = {equation.target for equation in group.equations}
        for equation in group.equations:
            read.update(
                part.place.variable
                for part in walk(equation.term)
                if isinstance(part, Load) and part.place not in targets
            )
    if kept.points:
        read.update(kept.others)
    stored["state"] = stored["state"] & read
    return stored
