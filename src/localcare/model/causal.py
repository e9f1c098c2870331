"""What causes what: the causal graph of a model, and the variables that nothing uses.

In goes a `ModelSpec`; out come direct causes and uses of a variable, its tree of causes or uses
to a depth, and problems. A stock's causes are what its net flow reads and, apart from them, what
its initial value reads. Delays and smooths are seen through: `perceived load` is caused by `load`
and by its delay time, whatever hidden stocks lie between.

A variable that nothing uses is most often a mistake, so it has to say that it is meant as an
output: by Vensim's own `:SUPPLEMENTARY` flag, as the fourth field of its equation. (Names that
nothing defines do not come this far: a model that reads one is refused when it is loaded.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from localcare.model.expression import Interpolate, Reference, walk
from localcare.model.spec import Component, Kind, ModelSpec, Variable
from localcare.problems import Problem

__all__ = ["CLOCK", "CausalGraph", "Tree", "graph", "unused"]

#: The variables that set the clock; Vensim itself uses them.
CLOCK = frozenset({"initial_time", "final_time", "time_step", "saveper"})


@dataclass(frozen=True, slots=True)
class Tree:
    """A variable with its causes (or uses), each with theirs. `repeated`: shown in full elsewhere
    in the tree, as happens in every feedback loop; `more`: cut off by the depth asked for.
    """

    variable: str
    branches: tuple[Tree, ...] = ()
    repeated: bool = False
    more: bool = False


@dataclass(frozen=True)
class CausalGraph:
    """Who reads whom, by identifier, in the order in which the equations name them.

    `flow` and `initial` hold the causes of each visible variable, hidden ones seen through;
    `uses` turns both round. `raw_uses` is over all variables, hidden ones too.
    """

    flow: Mapping[str, tuple[str, ...]]
    initial: Mapping[str, tuple[str, ...]]
    uses: Mapping[str, tuple[str, ...]]
    raw_uses: Mapping[str, tuple[str, ...]]

    def causes(self, identifier: str) -> tuple[str, ...]:
        """The direct causes of a variable, those of its initial value last."""
        return tuple(dict.fromkeys((*self.flow[identifier], *self.initial[identifier])))

    def cause_tree(self, identifier: str, depth: int) -> Tree:
        """The causes of a variable, their causes and so on, `depth` levels down."""
        return _tree(identifier, {each: self.causes(each) for each in self.flow}, depth, set())

    def use_tree(self, identifier: str, depth: int) -> Tree:
        """What uses a variable, what uses that and so on, `depth` levels down."""
        return _tree(identifier, self.uses, depth, set())

    def reached_from(self, identifier: str) -> frozenset[str]:
        """Every variable that this one can change, directly or through others."""
        return _reached((identifier,), self.uses)

    def random(self, spec: ModelSpec) -> frozenset[str]:
        """Every variable whose value RANDOM functions have a part in."""
        return _reached(
            tuple(each.identifier for each in spec.variables if each.drawn), self.raw_uses
        )

    def feeds(self, identifier: str) -> frozenset[str]:
        """Every variable that can change this one, directly or through others."""
        return _reached((identifier,), {each: self.causes(each) for each in self.flow})


def graph(spec: ModelSpec) -> CausalGraph:
    """The causal graph of a model."""
    raw_flow = {each.identifier: _read(each.components) for each in spec.variables}
    raw_initial = {each.identifier: _read(each.initial) for each in spec.variables}
    hidden = {each.identifier for each in spec.variables if each.hidden}
    inside = {each: (*raw_flow[each], *raw_initial[each]) for each in hidden}
    visible = [each.identifier for each in spec.variables if not each.hidden]
    flow = {each: _seen_through(raw_flow[each], inside) for each in visible}
    initial = {each: _seen_through(raw_initial[each], inside) for each in visible}
    known = spec.by_identifier
    return CausalGraph(
        flow,
        initial,
        _turned(visible, {each: (*flow[each], *initial[each]) for each in visible}),
        _turned(known, {each: (*raw_flow[each], *raw_initial[each]) for each in known}),
    )


def unused(spec: ModelSpec, outputs: Collection[str] = ()) -> list[Problem]:
    """A problem for every variable that nothing uses and that is not meant as an output.

    Meant as outputs are variables flagged `:SUPPLEMENTARY`, stocks, and those whose identifier is
    in `outputs` (levers, and what measures read). `x diffusion` is the noise of the stock x.
    """
    uses = graph(spec).raw_uses
    return [
        Problem(
            "nothing uses it.",
            "Use it, remove it, or declare it an output with "
            '":SUPPLEMENTARY" as the fourth field of its equation.',
            file=spec.file,
            line=variable.line or None,
            key=variable.name,
        )
        for variable in spec.variables
        if not any(user != variable.identifier for user in uses[variable.identifier])
        and not _stands_alone(spec, variable)
        and variable.identifier not in outputs
    ]


def _stands_alone(spec: ModelSpec, variable: Variable) -> bool:
    """Whether a variable has a purpose without being used by another equation."""
    noise = variable.identifier.removesuffix("_diffusion")
    return (
        variable.hidden
        or variable.supplementary
        or variable.kind is Kind.STOCK
        or variable.identifier in CLOCK
        or (noise != variable.identifier and noise in spec.by_identifier)
    )


def _read(components: Iterable[Component]) -> tuple[str, ...]:
    """The identifiers that equations read, each once."""
    names: dict[str, None] = {}
    for component in components:
        for part in walk(component.expression):
            if isinstance(part, Reference):
                names[part.variable] = None
            elif isinstance(part, Interpolate):
                names[part.table] = None
    return tuple(names)


def _seen_through(names: Iterable[str], inside: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The names, hidden ones replaced by what they read themselves."""
    found: dict[str, None] = {}
    passed = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in inside:
            found[name] = None
        elif name not in passed:
            passed.add(name)
            waiting = [*inside[name], *waiting]
    return tuple(found)


def _turned(
    names: Iterable[str], causes: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Causes turned round into uses; every name has an entry."""
    uses: dict[str, dict[str, None]] = {name: {} for name in names}
    for user, read in causes.items():
        for name in read:
            uses.setdefault(name, {})[user] = None
    return {name: tuple(users) for name, users in uses.items()}


def _reached(start: Sequence[str], edges: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Everything the edges lead to; the start only where a loop leads back to it."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        for name in edges.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


def _tree(identifier: str, edges: Mapping[str, Sequence[str]], depth: int, shown: set[str]) -> Tree:
    branches = edges.get(identifier, ())
    if identifier in shown and branches:
        return Tree(identifier, repeated=True)
    if depth <= 0:
        return Tree(identifier, more=bool(branches))
    shown.add(identifier)
    return Tree(identifier, tuple(_tree(each, edges, depth - 1, shown) for each in branches))
