"""Inputs that change over time, evaluated inside the kernel.

Series of the model (one set of knots for all members) and paths of scenarios (one for each) are
followed by the same code, written once for one lane and once for all. A record says where an
input's knots lie (`control.RECORD`); its cursor says how many of them each lane has passed, and
only moves on. What passing a knot means is `engine.semantics`; `knots` made thresholds of it.
"""

from __future__ import annotations

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import RECORD, field_number, type_of
from localcare.engine.kernel.ir_module import BYTES, Lanes, Module

__all__ = ["define_follow"]


def define_follow(module: Module, lanes: Lanes) -> str:
    """Put into the module the function that brings inputs with knots for so many lanes up to a
    time; its name. It takes the workspace, records and their number, the time and the number of
    the step."""
    name = f"follow_{lanes.count}"
    if name in module.functions:
        return name
    code = Arithmetic(module, lanes)
    some = code.pure("icmp ne i64 %count, 0")
    time, step = code.splat("%time"), code.splat("%step")
    with code.when(some), code.loop("%count") as each:
        offset = code.index_multiply(each.index, RECORD.itemsize)
        record = code.now(f"getelementptr i8, ptr %records, i64 {offset}")
        follower = _Follower(code, record)
        with code.when(follower.moved(time, step)):
            follower.enter()
        follower.write(time, module.lanes)
    code.define(
        f"internal void @{name}(ptr %workspace, ptr %records, i64 %count, double %time,"
        " double %step)"
    )
    return name


class _Follower:
    """Writes the parts of the function for one record."""

    def __init__(self, code: Arithmetic, record: str) -> None:
        self.code, self.record = code, record

    def field(self, name: str) -> str:
        """A field of the record, read now."""
        at = self._address(name)
        return self.code.now(f"load {type_of(RECORD, name)}, ptr {at}, align {BYTES}")

    def _address(self, name: str) -> str:
        number = field_number(RECORD, name)
        return self.code.now(f"getelementptr i64, ptr {self.record}, i64 {number}")

    def pick(self, array: str, rows: str, kind: str = "double") -> str:
        """In each lane the number in its column of a (rows, lanes) array, at the row its bits
        say."""
        code, count = self.code, self.code.lanes.count
        found = []
        for lane in range(count):
            row = code.lane(rows, lane, "i64")
            index = code.index_add(code.index_multiply(row, count), lane)
            at = code.now(f"getelementptr {kind}, ptr {array}, i64 {index}")
            found.append(code.now(f"load {kind}, ptr {at}, align {BYTES}"))
        return code.gather(found, kind)

    def moved(self, time: str, step: str) -> str:
        """Move the cursor past every knot passed; whether that, or being new, changed anything."""
        code, bits = self.code, self.code.lanes.bits
        from_time, from_step = self.field("from_time"), self.field("from_step")
        knots, place = self.field("knots"), self.field("cursor")
        fresh = self.field("fresh")
        last = code.splat(code.index_add(knots, -1), "i64")
        cursor = code.now(f"load {bits}, ptr {place}, align {BYTES}")
        with code.repeat([(bits, cursor), ("i64", fresh)]) as search:
            at, changed = search.carried
            within = code.pure(f"icmp sle {bits} {at}, {last}", at, last)
            row = code.choose_bits(within, at, last)
            by_time = code.compare("oge", time, self.pick(from_time, row))
            by_step = code.compare("oge", step, self.pick(from_step, row))
            passed = code.both(within, code.both(by_time, by_step))
            further = code.bitwise("add", at, code.integer(1))
            again = code.any_of(passed)
            mark = code.pure(f"select i1 {again}, i64 1, i64 {changed}", again, changed)
            search.next_values = (code.choose_bits(passed, further, at), mark)
            search.again = again
        cursor, changed = search.next_values
        code.do(f"store {bits} {cursor}, ptr {place}, align {BYTES}")
        return code.now(f"icmp ne i64 {changed}, 0")

    def enter(self) -> None:
        """Work out base, rise, before and slack for the interval that the cursor is in."""
        code, lanes = self.code, self.code.lanes
        bits, real = lanes.bits, lanes.real
        cursor = code.now(f"load {bits}, ptr {self.field('cursor')}, align {BYTES}")
        used = code.now(f"load {bits}, ptr {self.field('used')}, align {BYTES}")
        one, zero = code.integer(1), code.integer(0)
        some = code.now(f"icmp sgt {bits} {cursor}, {zero}")
        lower = code.choose_bits(some, code.bitwise("sub", cursor, one), zero)
        more = code.now(f"icmp slt {bits} {cursor}, {used}")
        upper = code.choose_bits(code.both(some, more), cursor, lower)
        times = self.field("times")
        before = self.pick(times, lower)
        width = code.subtract(self.pick(times, upper), before)
        wide = code.compare("ogt", width, code.number(0.0))
        slack = code.choose(wide, width, code.number(1.0))
        for value, name in ((before, "before"), (slack, "slack")):
            code.do(f"store {real} {value}, ptr {self.field(name)}, align {BYTES}")
        values, base, rise = self.field("values"), self.field("base"), self.field("rise")
        stretch = code.index_multiply(self.field("knots"), lanes.count)
        with code.loop(self.field("count")) as element:
            offset = code.index_multiply(element.index, stretch)
            own = code.now(f"getelementptr double, ptr {values}, i64 {offset}")
            low = self.pick(own, lower)
            difference = code.subtract(self.pick(own, upper), low)
            for value, array in ((low, base), (difference, rise)):
                at = code.now(f"getelementptr {real}, ptr {array}, i64 {element.index}")
                code.do(f"store {real} {value}, ptr {at}, align {BYTES}")
        code.do(f"store i64 0, ptr {self._address('fresh')}, align {BYTES}")

    def write(self, time: str, wide: Lanes) -> None:
        """Write the input's values at the time into the workspace, which has `wide` lanes."""
        code, real = self.code, self.code.lanes.real
        before, slack = (
            code.now(f"load {real}, ptr {self.field(name)}, align {BYTES}")
            for name in ("before", "slack")
        )
        share = code.divide(code.subtract(time, before), slack)
        one, zero = code.number(1.0), code.number(0.0)
        share = code.choose(code.compare("ogt", share, one), one, share)
        share = code.choose(code.compare("olt", share, zero), zero, share)
        base, rise, slot = self.field("base"), self.field("rise"), self.field("slot")
        with code.loop(self.field("count")) as element:
            low, difference = (
                code.now(
                    f"load {real}, ptr "
                    + code.now(f"getelementptr {real}, ptr {array}, i64 {element.index}")
                    + f", align {BYTES}"
                )
                for array in (base, rise)
            )
            value = code.add(code.multiply(difference, share), low)
            index = code.now(f"add i64 {slot}, {element.index}")
            at = code.now(f"getelementptr {wide.real}, ptr %workspace, i64 {index}")
            if code.lanes.count != wide.count:
                value = _spread(code, value, wide)
            code.do(f"store {wide.real} {value}, ptr {at}, align {wide.align}")


def _spread(code: Arithmetic, value: str, wide: Lanes) -> str:
    """A scalar in every lane of a wider real."""
    one = code.now(f"insertelement {wide.real} poison, double {value}, i64 0")
    return code.now(
        f"shufflevector {wide.real} {one}, {wide.real} poison, <{wide.count} x i32> zeroinitializer"
    )
