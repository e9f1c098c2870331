"""Delays and smooths as the stocks they stand for.

A delay of order n becomes n hidden stocks that empty one into the next, a smooth of order n
becomes n stocks that each follow the one before, and INITIAL, TREND and FORECAST one stock each.
They carry the units of what they hold, so that every engine computes them like any other stock,
and conservation can be checked through them. The time in a stage is the whole time by the order.
DELAY FIXED and SAMPLE IF TRUE become discrete stocks: one for each step of the delay, each taking
over what the one before held; and one that remembers what was sampled last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from localcare.model import names
from localcare.model.allocation import ALLOCATIONS
from localcare.model.beforehand import Beforehand
from localcare.model.definitions import structure
from localcare.model.expression import Apply, At, Expression, Number, Reference
from localcare.model.hidden import Hidden
from localcare.model.refusal import Refusal
from localcare.model.sites import Site
from localcare.model.translate import Translator

__all__ = ["Delays"]

_MAX_ORDER = 100
_MAX_STEPS = 10_000
_WORDS = {"DelayFixedStructure": "pipeline", "SampleIfTrueStructure": "sample"}
#: The identifier of the control variable, where it shaped the model.
TIME_STEP = "time_step"


@dataclass
class Delays(Hidden):
    """The workshop of a translation: hidden variables, delays among them."""

    def expand(self, tree: Any, translator: Translator, *, whole: bool) -> Expression | None:
        """The value of a delay, smooth or the like; None where `tree` is none of them."""
        shape = structure(tree)
        if shape in ALLOCATIONS:
            if translator.loops.reducing:
                raise Refusal(
                    "an allocation stands inside SUM, PROD, VMIN or VMAX.",
                    "Give it an equation of its own.",
                )
            return ALLOCATIONS[shape](translator, tree)
        makers = {
            "DelayStructure": self._delay,
            "DelayNStructure": self._delay,
            "SmoothStructure": self._smooth,
            "SmoothNStructure": self._smooth,
            "InitialStructure": self._initial,
            "TrendStructure": self._trend,
            "ForecastStructure": self._forecast,
            "DelayFixedStructure": self._delay_fixed,
            "SampleIfTrueStructure": self._sample,
        }
        if shape not in makers:
            return None
        if translator.loops.reducing:
            raise Refusal(
                "a delay or smooth stands inside SUM, PROD, VMIN or VMAX.",
                "Give it an equation of its own.",
            )
        units = self._units(tree, translator, whole=whole)
        word = _WORDS.get(shape, shape.removesuffix("Structure").removesuffix("N").lower())
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
        """The order of a delay: a whole number, worked out for the initial time."""
        known = Beforehand(self.symbols)
        try:
            written = known.value(tree.order)
        except Refusal:
            written = math.nan
        self.structural |= known.read
        if not written.is_integer():
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
        moving = fits = False
        if structure(tree) == "DelayNStructure":
            order, moving, fits = self._fitting(tree, order)
        stay = site.stage_time(translator.expression(tree.delay_time), order)
        stays = [stay] * order
        leaves: Expression = stay
        if moving:
            # What is in a stage stays for the time that held when it came in.
            aging = replace(site, name=f"{site.name}, aging of its time", units=self.time_unit)
            last = aging.pipeline(stay, stay, max(order - 1, 1))
            stays[1:] = [_place(last, stage - 1) for stage in range(1, order)]
            leaves = _place(last, 0)
        content = Apply("multiply", (start, stay))
        if structure(tree) == "DelayNStructure" and not fits:
            content = Apply("multiply", (content, self._long_enough(stay)))
        for stage in range(1, order + 1):
            name = _stage_name(site, stage, order)
            identifier = self.unused(name)
            outflow = Apply("divide", (site.reference(identifier), stays[stage - 1]))
            net = Apply("subtract", (inflow, outflow))
            site.stock(identifier, name, net, content)
            inflow = outflow
        return Apply("divide", (site.reference(identifier), leaves)) if moving else inflow

    def _fitting(self, tree: Any, order: int) -> tuple[int, bool, bool]:
        """The order of a DELAY N with which each stage takes a step at least, as Vensim lowers it;
        whether the time in the delay changes; and whether the order is known to be that.
        """
        known = Beforehand(self.symbols)
        try:
            steps = known.steps(tree.delay_time)
        except Refusal:
            return order, known.moves(tree.delay_time), False
        fitting = max(1, min(order, math.floor(steps * (1 + 1e-9))))
        if fitting < order:
            self.structural |= {*known.read, TIME_STEP}
        return fitting, known.moving, True

    def _long_enough(self, stay: Expression) -> Expression:
        """1, or no number where a stage is shorter than a step: Vensim would lower the order then,
        by a time that is not known before the run."""
        step = Reference(self.symbols.find("time step").identifier)
        short = Apply("less", (stay, Apply("multiply", (step, Number(1 - 1e-9)))))
        return Apply("square_root", (Apply("if", (short, Number(-1.0), Number(1.0))),))

    def _delay_fixed(self, tree: Any, translator: Translator, site: Site) -> Expression:
        known = Beforehand(self.symbols)
        try:
            ratios = known.steps_of(tree.delay_time, translator.loops)
        except Refusal as refusal:
            raise Refusal(f"the time of a DELAY FIXED: {refusal.why}", refusal.cure) from None
        self.structural |= {*known.read, TIME_STEP}
        # A half is rounded up, to the precision in which Vensim computes.
        steps = np.maximum(1, np.floor(ratios + (0.5 + 1e-6)))
        most = float(steps.max())
        if most > _MAX_STEPS:
            raise Refusal(
                f"a DELAY FIXED holds {most:,.0f} steps; up to {_MAX_STEPS:,} are possible.",
                "Use a longer TIME STEP, or DELAY N.",
            )
        entering = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        if (steps == most).all():
            return site.pipeline(entering, start, int(most))
        # Those of fewer steps begin further on.
        begins = site.constant(f"{site.name}, begins", (most - steps).ravel().tolist())
        return site.pipeline(
            site.auxiliary(f"{site.name}, entering", entering), start, int(most), begins
        )

    def _sample(self, tree: Any, translator: Translator, site: Site) -> Expression:
        identifier = self.unused(site.name)
        chosen = Apply(
            "if",
            (
                translator.expression(tree.condition),
                translator.expression(tree.input),
                site.reference(identifier),
            ),
        )
        sampled = site.auxiliary(f"{site.name}, taken", chosen)
        start = translator.expression(tree.initial)
        site.stock(identifier, site.name, sampled, start, discrete=True)
        return sampled

    def _smooth(self, tree: Any, translator: Translator, site: Site) -> Expression:
        order = self._order(tree)
        followed = translator.expression(tree.input)
        start = translator.expression(tree.initial)
        stay = site.stage_time(translator.expression(tree.smooth_time), order)
        for stage in range(1, order + 1):
            name = _stage_name(site, stage, order)
            followed = self._following(site, name, followed, stay, start)
        return followed

    def followed(
        self, translator: Translator, value: Expression, over: Expression, start: Expression
    ) -> Reference:
        """A hidden stock that begins at `start` and closes its gap to `value` over a time."""
        self.structural.add(TIME_STEP)
        site = Site.of(self, translator, "noise", translator.definition.units)
        return self._following(site, site.name, value, over, start)

    def _following(
        self, site: Site, name: str, value: Expression, over: Expression, start: Expression
    ) -> Reference:
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


def _place(last: Reference, place: int) -> Reference:
    """Another place of a pipeline than its last."""
    return Reference(last.variable, (*last.indices[:-1], At(place)))


def _stage_name(site: Site, stage: int, order: int) -> str:
    return site.name if order == 1 else f"{site.name}, stage {stage} of {order}"


def _held(flow: str, time: str) -> str:
    """Units of what a flow fills: `person` for `person/Year` where the time unit is Year."""
    if not flow or not time:
        return ""
    if flow.replace(" ", "").lower().endswith(f"/{time.lower()}"):
        return flow[: flow.rindex("/")].rstrip()
    return time if flow.lower() in ("dmnl", "1") else f"{flow}*{time}"
