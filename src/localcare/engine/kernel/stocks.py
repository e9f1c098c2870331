"""What a step does to the stocks: moving them on from stage to stage, and looking at the result.

The functions work on the stretches of the workspace that hold all stocks (`names`). Limits come in
records (`control.LIMITS`), one for each stock.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import LIMITS, field_number, type_of
from localcare.engine.kernel.frame import PARAMETERS, Frame
from localcare.engine.kernel.ir_module import BYTES, Module
from localcare.engine.kernel.layout import SIDE_BY_SIDE, Layout
from localcare.engine.kernel.names import BASE, FAULT, FLOW, GAIN, LARGEST, STATE

__all__ = ["define_advances", "define_discrete", "define_ends", "define_flows_wrong"]

#: A stock may pass a limit by this share of the largest magnitude it has had: rounding does.
SLACK = 1e-9


def define_advances(module: Module, layout: Layout) -> None:
    """`advance_first` and `advance_on`: from the net flow of a stage to the stocks of the next,
    `%share` of a step after its start. They keep the weighted sum of the net flows so far."""
    for name in ("first", "on"):
        part = Frame(module, layout)
        part.each(layout.flowing, partial(_advance, part, name))
        part.code.define(
            f"internal void @advance_{name}(ptr noalias %workspace, double %share)",
            attributes="noinline #0",
        )


def _advance(part: Frame, name: str, stock: str) -> None:
    """Move one stock on."""
    code, flow = part.code, part.read(FLOW, stock)
    gain = flow
    if name == "on":
        gain = code.add(part.read(GAIN, stock), code.add(flow, flow))
    part.write(GAIN, gain, stock)
    gained = code.multiply(flow, code.splat("%share"))
    part.write(STATE, code.add(part.read(BASE, stock), gained), stock)


def define_discrete(module: Module, layout: Layout) -> None:
    """`note`, for discrete stocks: keep what they will be, at the first stage of a step."""
    part = Frame(module, layout)
    with part.code.loop(layout.lengths[STATE] - layout.flowing) as each:
        stock = part.code.index_add(each.index, layout.flowing)
        part.write(GAIN, part.read(FLOW, stock), stock)
    part.code.define("internal void @note(ptr noalias %workspace)", attributes="noinline #0")


def define_flows_wrong(module: Module, layout: Layout) -> None:
    """`flows_wrong(workspace)`: whether some net flow is not finite."""
    part = Frame(module, layout)
    code = part.code
    bad = code.lanes.truth(value=False)
    if layout.lengths[FLOW]:
        with code.loop(layout.lengths[FLOW], [(code.lanes.real, code.number(0.0))]) as each:
            flow = part.read(FLOW, each.index)
            each.next_values = (code.fused(flow, code.number(0.0), each.carried[0]),)
        bad = code.compare("uno", each.next_values[0], each.next_values[0])
    code.define(
        "internal i1 @flows_wrong(ptr noalias %workspace)",
        f"i1 {code.any_of(bad)}",
        attributes="noinline #0",
    )


def define_ends(module: Module, layout: Layout) -> None:
    """`end_euler`, `end_rk4` and `look`: bring the stocks to the end of a step by either method
    (`%share` is the step, or a sixth of it), or leave them where they are, and tell whether those
    of some member, or anything computed, are not finite, or stocks outside their limits by more
    than rounding. Where they are is the start of the next step."""
    for name in ("end_euler", "end_rk4", "look"):
        part = Frame(module, layout)
        code = part.code
        fault = part.read(FAULT)
        bad = code.compare("uno", fault, fault)
        of = layout.spec.by_identifier
        flowing = sum(not of[stock].discrete for stock in layout.stocks)
        for begin, end, move in (
            (0, flowing, name),
            (flowing, len(layout.stocks), name if name == "look" else "settle"),
        ):
            if end > begin:
                bad = code.either(bad, _Ends(part, move).outside(begin, end))
        code.define(f"internal i1 @{name}({PARAMETERS}, double %share)", f"i1 {code.any_of(bad)}")


class _Ends:
    """Writes the pass over the stocks at the end of a step. Where a slot holds one lane, elements
    of a stock go side by side, and those behind its last do nothing."""

    def __init__(self, part: Frame, move: str) -> None:
        self.part, self.move = part, move
        self.width = SIDE_BY_SIDE if part.code.module.lanes.count == 1 else 1

    def outside(self, begin: int, end: int) -> str:
        """The mask of members some stock of which, of stocks number `begin` to `end`, is not
        finite or outside its limits."""
        part, code, lanes = self.part, self.part.code, self.part.code.lanes
        limits, fields = part.field("limits"), len(LIMITS.names or ())
        with code.loop(end - begin, [(lanes.mask, lanes.truth(value=False))]) as loop:
            stock = code.index_add(loop.index, begin)
            row = code.index_multiply(stock, fields)

            def field(name: str) -> str:
                index = code.index_add(row, field_number(LIMITS, name))
                at = code.now(f"getelementptr i64, ptr {limits}, i64 {index}")
                return code.now(f"load {type_of(LIMITS, name)}, ptr {at}, align {BYTES}")

            loop.next_values = (code.either(loop.carried[0], self._stock(stock, field)),)
        return loop.next_values[0]

    def _stock(self, stock: str, field: Callable[[str], str]) -> str:
        """The same mask for one stock."""
        part, code, number = self.part, self.part.code, self.part.code.number
        least, most, bad = self._elements(field("first"), field("count"))
        largest = part.read(LARGEST, stock)
        for size in (code.absolute(least), code.absolute(most)):
            largest = code.choose(code.compare("ogt", size, largest), size, largest)
        part.write(LARGEST, largest, stock)
        slack = code.multiply(largest, number(SLACK))
        low, high = code.splat(field("low")), code.splat(field("high"))
        outside = code.either(
            code.compare("olt", least, code.subtract(low, slack)),
            code.compare("ogt", most, code.add(high, slack)),
        )
        return code.either(outside, bad)

    def _elements(self, first: str, count: str) -> tuple[str, str, str]:
        """Move the elements of a stock; the least and most of them, and the mask of members with
        one that is not finite."""
        part, code, width = self.part, self.part.code, self.width
        rounds = count
        if width > 1:
            more = code.now(f"add i64 {count}, {width - 1}")
            rounds = code.now(f"udiv i64 {more}, {width}")
        with code.lanes_of(width if width > 1 else code.lanes.count):
            real, number = code.lanes.real, code.number
            starts = [(real, number(start)) for start in (math.inf, -math.inf)]
            starts.append((code.lanes.bits, code.integer(0)))
            with code.loop(rounds, starts) as each:
                own = code.index_multiply(each.index, width)
                element = code.now(f"add i64 {first}, {own}")
                value = self._moved(element)
                lower = upper = known = value
                if width > 1:
                    within = _within(code, own, count)
                    value = code.choose(within, value, part.read(STATE, element))
                    lower = code.choose(within, value, number(math.inf))
                    upper = code.choose(within, value, number(-math.inf))
                    known = code.choose(within, value, number(0.0))
                if self.move != "look":
                    part.write(STATE, value, element)
                if self.move != "end_euler":
                    base = value
                    if width > 1:
                        base = code.choose(within, value, part.read(BASE, element))
                    part.write(BASE, base, element)
                least, most, fault = each.carried
                # The difference is 0, all of whose bits are 0, or NaN for what is not finite.
                found = code.as_bits(code.subtract(known, known))
                each.next_values = (
                    code.choose(code.compare("olt", lower, least), lower, least),
                    code.choose(code.compare("ogt", upper, most), upper, most),
                    code.bitwise("or", fault, found),
                )
            least, most, fault = each.next_values
            bad = code.pure(f"icmp ne {code.lanes.bits} {fault}, {code.integer(0)}", fault)
            if width > 1:
                bad = code.any_of(bad)
                for half in (4, 2, 1):
                    other = code.turned(least, half)
                    least = code.choose(code.compare("olt", other, least), other, least)
                    other = code.turned(most, half)
                    most = code.choose(code.compare("ogt", other, most), other, most)
                least, most = code.lane(least, 0), code.lane(most, 0)
        return least, most, bad

    def _moved(self, stock: str) -> str:
        """Where an element of a stock goes."""
        part, code = self.part, self.part.code
        if self.move == "look":
            return part.read(STATE, stock)
        if self.move == "settle":
            return part.read(GAIN, stock)
        flow, share = part.read(FLOW, stock), code.splat("%share")
        if self.move == "end_euler":
            return code.add(part.read(STATE, stock), code.multiply(flow, share))
        gained = code.multiply(code.add(part.read(GAIN, stock), flow), share)
        return code.add(part.read(BASE, stock), gained)


def _within(code: Arithmetic, first: str, count: str) -> str:
    """The mask of lanes that are elements of a stock, of which lane 0 is number `first`."""
    lanes = code.lanes
    numbers = "<" + ", ".join(f"i64 {lane}" for lane in range(lanes.count)) + ">"
    own = code.bitwise("add", code.splat(first, "i64"), numbers)
    end = code.splat(count, "i64")
    return code.pure(f"icmp ult {lanes.bits} {own}, {end}", own, end)
