"""What a step does to the stocks: moving them on from stage to stage, and looking at the result.

The functions work on the stretches of the workspace that hold all stocks (`names`). Limits come in
records (`control.LIMITS`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from localcare.engine.kernel.control import LIMITS, field_number, type_of
from localcare.engine.kernel.frame import PARAMETERS, Frame
from localcare.engine.kernel.ir_text import BYTES, Module
from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.names import BASE, FAULT, FLOW, GAIN, LARGEST, STATE

__all__ = ["define_advances", "define_check", "define_discrete"]

#: A stock may pass a limit by this share of the largest magnitude it has had: rounding does.
SLACK = 1e-9


def define_advances(module: Module, layout: Layout) -> None:
    """`advance_first`, `advance_on` and `advance_last`: from the net flow of a stage to the stocks
    of the next, `%share` of a step after its start, or to the end of the step."""
    for name in ("first", "on", "last"):
        part = Frame(module, layout)
        part.each(layout.flowing, partial(_advance, part, name))
        part.code.define(
            f"internal void @advance_{name}(ptr noalias %workspace, double %share)",
            attributes="noinline #0",
        )


def _advance(part: Frame, name: str, stock: str) -> None:
    """Move one stock on."""
    code = part.code
    gained = code.multiply(_gained(part, name, stock), code.splat("%share"))
    part.write(STATE, code.add(part.read(BASE, stock), gained), stock)


def define_discrete(module: Module, layout: Layout) -> None:
    """`note` and `settle`, for discrete stocks: keep what they will be, at the first stage of a
    step, and make them so at its end."""
    for name, source, target in (("note", FLOW, GAIN), ("settle", GAIN, STATE)):
        part = Frame(module, layout)
        count = layout.lengths[STATE] - layout.flowing
        with part.code.loop(count) as each:
            stock = part.code.index_add(each.index, layout.flowing)
            part.write(target, part.read(source, stock), stock)
        part.code.define(f"internal void @{name}(ptr noalias %workspace)", attributes="noinline #0")


def _gained(part: Frame, name: str, stock: str) -> str:
    """What a stock moves by, for a whole share: the net flow of the stage, or the weighted sum of
    all at the end of the step. Keeps the sum so far."""
    code, flow = part.code, part.read(FLOW, stock)
    if name == "first":
        part.write(GAIN, flow, stock)
        return flow
    if name == "last":
        return code.add(part.read(GAIN, stock), flow)
    part.write(GAIN, code.add(part.read(GAIN, stock), code.add(flow, flow)), stock)
    return flow


def define_check(module: Module, layout: Layout) -> None:
    """`check(workspace, control)`: whether the stocks of some member, or anything computed, are
    not finite, or stocks outside their limits by more than rounding. The stocks become the start
    of the next step."""
    part = Frame(module, layout)
    code = part.code
    fault = part.read(FAULT)
    bad = code.compare("uno", fault, fault)
    if layout.lengths[STATE]:
        bad = code.either(bad, _stocks_outside(part))
    code.define(f"internal i1 @check({PARAMETERS})", f"i1 {code.any_of(bad)}")


def _stocks_outside(part: Frame) -> str:
    """The mask of members some stock of which is not finite or outside its limits."""
    code, lanes = part.code, part.code.lanes
    limits, fields = part.field("limits"), len(LIMITS.names or ())
    none = (lanes.mask, lanes.truth(value=False))
    with code.loop(part.field("limits_count"), [none]) as stock:
        row = code.index_multiply(stock.index, fields)

        def field(name: str) -> str:
            index = code.index_add(row, field_number(LIMITS, name))
            at = code.now(f"getelementptr i64, ptr {limits}, i64 {index}")
            return code.now(f"load {type_of(LIMITS, name)}, ptr {at}, align {BYTES}")

        outside = _outside(part, stock.index, field)
        stock.next_values = (code.either(stock.carried[0], outside),)
    return stock.next_values[0]


def _outside(part: Frame, stock: str, field: Callable[[str], str]) -> str:
    """The same mask for one stock."""
    code, real, number = part.code, part.code.lanes.real, part.code.number
    first, count = field("first"), field("count")
    starts = [(real, number(start)) for start in (math.inf, -math.inf, 0.0)]
    with code.loop(count, starts) as each:
        element = code.now(f"add i64 {first}, {each.index}")
        value = part.read(STATE, element)
        part.write(BASE, value, element)
        least, most, finite = each.carried
        each.next_values = (
            code.choose(code.compare("olt", value, least), value, least),
            code.choose(code.compare("ogt", value, most), value, most),
            code.fused(value, number(0.0), finite),
        )
    least, most, finite = each.next_values
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
    return code.either(outside, code.compare("uno", finite, finite))
