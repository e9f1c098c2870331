"""Delays and smooths as the stocks they stand for.

A delay of order n becomes n hidden stocks that empty one into the next, a smooth of order n
becomes n stocks that each follow the one before, and INITIAL, TREND and FORECAST one stock each.
They carry the units of what they hold, so that every engine computes them like any other stock,
and conservation can be checked through them. The time in a stage is the whole time by the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcare.model import names
from localcare.model.definitions import structure
from localcare.model.expression import Apply, Expression, Number, Reference
from localcare.model.hidden import Hidden, Site
from localcare.model.refusal import Refusal
from localcare.model.translate import Translator

__all__ = ["Delays"]

_MAX_ORDER = 100
_UNSUPPORTED = {
    "DelayFixedStructure": ("DELAY FIXED", "Use DELAY3, or DELAY N of a high order."),
    "SampleIfTrueStructure": ("SAMPLE IF TRUE", "Write it as a stock."),
    "AllocateAvailableStructure": ("ALLOCATE AVAILABLE", "Write the shares out."),
    "AllocateByPriorityStructure": ("ALLOCATE BY PRIORITY", "Write the shares out."),
}


@dataclass
class Delays(Hidden):
    """The workshop of a translation: hidden variables, delays among them."""

    def expand(self, tree: Any, translator: Translator, *, whole: bool) -> Expression | None:
        """The value of a delay, smooth or the like; None where `tree` is none of them."""
        shape = structure(tree)
        if shape in _UNSUPPORTED:
            name, cure = _UNSUPPORTED[shape]
            raise Refusal(f"the function {name} is not supported.", cure)
        makers = {
            "DelayStructure": self._delay,
            "DelayNStructure": self._delay,
            "SmoothStructure": self._smooth,
            "SmoothNStructure": self._smooth,
            "InitialStructure": self._initial,
            "TrendStructure": self._trend,
            "ForecastStructure": self._forecast,
        }
        if shape not in makers:
            return None
        if translator.loops.reducing:
            raise Refusal(
                "a delay or smooth stands inside SUM, PROD, VMIN or VMAX.",
                "Give it an equation of its own.",
            )
        units = self._units(tree, translator, whole=whole)
        word = shape.removesuffix("Structure").removesuffix("N").lower()
        if word == "delay":
            units = _held(units, self.time_unit)
        return makers[shape](tree, translator, Site.of(self, translator, word, units))

    def _units(self, tree: Any, translator: Translator, *, whole: bool) -> str:
        """Units of what goes into the delay, as far as they are written down."""
        if whole:
            return translator.definition.units
        source: Any = getattr(tree, "input", getattr(tree, "initial", None))
        if structure(source) == "ReferenceStructure":
            found = self.symbols.definitions.get(names.key(source.reference))
            return found.units if found else ""
        return ""

    def _order(self, tree: Any) -> int:
        """The order of a delay: a whole number, written out or a constant's value in the file."""
        written: Any = tree.order
        if structure(written) == "ReferenceStructure":
            found = self.symbols.definitions.get(names.key(written.reference))
            trees = [equation.tree for equation in found.equations] if found else []
            if found and len(trees) == 1 and structure(trees[0]) == "number":
                self.structural.add(found.identifier)
                written = trees[0]
        if structure(written) != "number" or int(written) != written:
            raise Refusal(
                "the order of a delay must be a whole number that is known beforehand.",
                "Write it as a number.",
            )
        if not 1 <= written <= _MAX_ORDER:
            raise Refusal(
                f"the order of a delay is {int(written)}; it can be 1 to {_MAX_ORDER}.",
                "Use a lower order.",
            )
        return int(written)

    def _delay(self, tree: Any, translator: Translator, site: Site) -> Expression:
        order = self._order(tree)
        inflow = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        stay = site.stage_time(translator.expression(tree.delay_time), order)
        if structure(tree) == "DelayNStructure" and isinstance(stay, Reference):
            self.steady[stay.variable] = translator
        for stage in range(1, order + 1):
            name = _stage_name(site, stage, order)
            identifier = self.unused(name)
            outflow = Apply("divide", (site.reference(identifier), stay))
            net = Apply("subtract", (inflow, outflow))
            site.stock(identifier, name, net, Apply("multiply", (start, stay)))
            inflow = outflow
        return inflow

    def _smooth(self, tree: Any, translator: Translator, site: Site) -> Expression:
        order = self._order(tree)
        followed = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        stay = site.stage_time(translator.expression(tree.smooth_time), order)
        for stage in range(1, order + 1):
            name = _stage_name(site, stage, order)
            followed = self._following(site, name, followed, stay, start)
        return followed

    def _following(
        self, site: Site, name: str, value: Expression, over: Expression, start: Expression
    ) -> Expression:
        """A stock that closes its gap to `value` over the time `over`."""
        identifier = self.unused(name)
        own = site.reference(identifier)
        gap = Apply("subtract", (value, own))
        site.stock(identifier, name, Apply("divide", (gap, over)), start)
        return own

    def _initial(self, tree: Any, translator: Translator, site: Site) -> Expression:
        identifier = self.unused(site.name)
        site.stock(identifier, site.name, Number(0.0), translator.expression(tree.initial))
        return site.reference(identifier)

    def _trend(self, tree: Any, translator: Translator, site: Site) -> Expression:
        value = translator.expression(tree.input)
        over = site.stage_time(translator.expression(tree.average_time), 1)
        trend = translator.expression(tree.initial_trend)
        growth = Apply("add", (Number(1.0), Apply("multiply", (trend, over))))
        start = Apply("divide", (value, growth))
        average = self._following(site, f"{site.name}, average", value, over, start)
        gap = Apply("subtract", (value, average))
        return Apply("zidz", (gap, Apply("multiply", (over, Apply("absolute", (average,))))))

    def _forecast(self, tree: Any, translator: Translator, site: Site) -> Expression:
        value = translator.expression(tree.input)
        over = site.stage_time(translator.expression(tree.average_time), 1)
        horizon = translator.expression(tree.horizon)
        average = self._following(site, f"{site.name}, average", value, over, value)
        gap = Apply("subtract", (value, average))
        slope = Apply("zidz", (gap, Apply("multiply", (over, average))))
        growth = Apply("add", (Number(1.0), Apply("multiply", (slope, horizon))))
        return Apply("multiply", (value, growth))


def _stage_name(site: Site, stage: int, order: int) -> str:
    return site.name if order == 1 else f"{site.name}, stage {stage} of {order}"


def _held(flow: str, time: str) -> str:
    """Units of what a flow fills: `person` for `person/Year` where the time unit is Year."""
    if not flow or not time:
        return ""
    if flow.replace(" ", "").lower().endswith(f"/{time.lower()}"):
        return flow[: flow.rindex("/")].rstrip()
    return time if flow.lower() in ("dmnl", "1") else f"{flow}*{time}"
