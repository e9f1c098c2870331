"""Swings (`engine.swings`) inside the kernel: random bits, normal numbers, and what they move.

The random bits are those of `engine.noise`: Philox 4x32-10, keyed by seed and process, counted by
draw and member. So are the numbers, but for rounding: logarithm, sine and cosine are the kernel's
own. A record (`control.SWING`) holds a process's keys and places, and its last pair of draws.
"""

from __future__ import annotations

import math

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import SWING, field_number, type_of
from localcare.engine.kernel.frame import PARAMETERS, Frame
from localcare.engine.kernel.functions import call
from localcare.engine.kernel.ir_module import BYTES, Module
from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.names import BASE, STATE
from localcare.engine.noise import BUMPS, MULTIPLIERS, ROUNDS

__all__ = ["define_swing"]

WORD = 2**32 - 1
Words = tuple[str, str, str, str]
SPARE = 11  # of 64 random bits, those that a double does not hold


def define_swing(module: Module, layout: Layout) -> None:
    """`swing(workspace, control, step number)`: bring all swings to the end of the step, if the
    grid has a point there, and the stocks with them."""
    _define_draw(module, layout)
    part = Frame(module, layout)
    code = part.code
    after = code.pure("add i64 %number, 1")
    steps = part.field("swing_steps")
    over = code.pure(f"urem i64 {after}, {steps}", after, steps)
    on_grid = code.pure(f"icmp eq i64 {over}, 0", over)
    some = code.pure(f"icmp ne i64 {part.field('swings_count')}, 0")
    with code.when(code.pure(f"and i1 {on_grid}, {some}", on_grid, some)):
        before = code.now(f"sub i64 {code.now(f'udiv i64 {after}, {steps}')}, 1")
        first = code.now(f"mul i64 {before}, {part.field('swing_intervals')}")
        with code.loop(part.field("swings_count")) as each:
            _Swinging(part, each.index).move(first)
    code.define(f"internal void @swing({PARAMETERS}, i64 %number)", attributes="noinline #0")


class _Swinging:
    """Writes what happens to one swing."""

    def __init__(self, part: Frame, number: str) -> None:
        self.part, self.code = part, part.code
        offset = self.code.index_multiply(number, SWING.itemsize)
        self.record = self.code.now(f"getelementptr i8, ptr {part.field('swings')}, i64 {offset}")

    def at(self, name: str) -> str:
        """The address of a field of the record."""
        number = field_number(SWING, name)
        return self.code.now(f"getelementptr i64, ptr {self.record}, i64 {number}")

    def field(self, name: str) -> str:
        """A field of the record."""
        return self.code.now(f"load {type_of(SWING, name)}, ptr {self.at(name)}, align {BYTES}")

    def place(self, slot: str) -> str:
        """The address of a slot of the workspace."""
        real = self.code.lanes.real
        return self.code.now(f"getelementptr inbounds {real}, ptr %workspace, i64 {slot}")

    def load(self, slot: str) -> str:
        """What is in a slot."""
        lanes = self.code.lanes
        return self.code.now(f"load {lanes.real}, ptr {self.place(slot)}, align {lanes.align}")

    def store(self, value: str, slot: str) -> None:
        """Put a real into a slot."""
        lanes = self.code.lanes
        at = self.place(slot)
        self.code.do(f"store {lanes.real} {value}, ptr {at}, align {lanes.align}")

    def move(self, first: str) -> None:
        """Move the swing over the intervals from the one numbered `first` on."""
        code, lanes, layout = self.code, self.code.lanes, self.part.layout
        value, stock = self.field("value"), self.field("stock")
        before = self.load(value)
        kept, spread = self.load(self.field("kept")), self.load(self.field("spread"))
        intervals = self.part.field("swing_intervals")
        with code.loop(intervals, [(lanes.real, before)]) as loop:
            interval = code.now(f"add i64 {first}, {loop.index}")
            drawn = self._draw(interval)
            shock = code.multiply(spread, drawn)
            loop.next_values = (code.add(code.multiply(kept, loop.carried[0]), shock),)
        (swing,) = loop.next_values
        self.store(swing, value)
        moved = code.subtract(swing, before)
        self.store(code.add(self.load(stock), moved), stock)
        # Where they are is the start of the next step.
        ahead = layout.slots[BASE] - layout.slots[STATE]
        for slot in (value, stock):
            self.store(self.load(slot), code.now(f"add i64 {slot}, {ahead}"))

    def _draw(self, interval: str) -> str:
        """The normal number of an interval: draws come in pairs."""
        code, lanes = self.code, self.code.lanes
        pair = code.now(f"lshr i64 {interval}, 1")
        fresh = code.now(f"icmp ne i64 {pair}, {self.field('pair')}")
        with code.when(fresh):
            numbers = self.part.field("numbers")
            code.do(f"call void @draw(ptr {self.record}, ptr {numbers}, i64 {pair})")
        odd = code.now(f"and i64 {interval}, 1")
        drawn = self.field("drawn")
        at = code.now(f"getelementptr {lanes.real}, ptr {drawn}, i64 {odd}")
        return code.now(f"load {lanes.real}, ptr {at}, align {BYTES}")


def _define_draw(module: Module, layout: Layout) -> None:
    """`draw(record, member numbers, pair)`: put a pair of draws into a record."""
    part = Frame(module, layout)
    code, lanes = part.code, module.lanes
    bits = lanes.bits

    def field(name: str) -> str:
        at = code.pure(f"getelementptr i64, ptr %record, i64 {field_number(SWING, name)}")
        return code.now(f"load {type_of(SWING, name)}, ptr {at}, align {BYTES}")

    members = code.now(f"load {bits}, ptr %numbers, align {BYTES}")
    pair = code.splat("%pair", "i64")
    word, half = code.integer(WORD), code.integer(32)

    def low(value: str) -> str:
        return code.bitwise("and", value, word)

    def high(value: str) -> str:
        return code.bitwise("lshr", value, half)

    counter = (low(pair), high(pair), low(members), high(members))
    key = tuple(code.splat(field(name), "i64") for name in ("first_key", "second_key"))
    words = _philox(code, counter, (key[0], key[1]))
    uniforms = []
    for top, bottom in (words[:2], words[2:]):
        whole = code.bitwise("or", code.bitwise("shl", top, half), bottom)
        whole = code.bitwise("lshr", whole, code.integer(SPARE))
        real = code.pure(f"uitofp {bits} {whole} to {lanes.real}", whole)
        scaled = code.multiply(real, code.number(2.0**-53))
        uniforms.append(code.add(scaled, code.number(2.0**-54)))
    size = code.multiply(code.number(-2.0), call(code, "logarithm", uniforms[0]))
    radius = code.root(size)
    angle = code.multiply(code.number(2.0 * math.pi), uniforms[1])
    drawn = field("drawn")
    for number, function in enumerate(("cosine", "sine")):
        at = code.now(f"getelementptr {lanes.real}, ptr {drawn}, i64 {number}")
        value = code.multiply(radius, call(code, function, angle))
        code.do(f"store {lanes.real} {value}, ptr {at}, align {BYTES}")
    at = code.pure(f"getelementptr i64, ptr %record, i64 {field_number(SWING, 'pair')}")
    code.do(f"store i64 %pair, ptr {at}, align {BYTES}")
    code.define(
        "internal void @draw(ptr %record, ptr %numbers, i64 %pair)", attributes="noinline #0"
    )


def _philox(code: Arithmetic, counter: Words, key: tuple[str, str]) -> Words:
    """Four words of 32 random bits, for four of counter and two of key."""
    a, b, c, d = counter
    k, m = key
    word, half = code.integer(WORD), code.integer(32)
    for number in range(ROUNDS):
        if number:
            k, m = (
                code.bitwise("and", code.bitwise("add", own, code.integer(int(bump))), word)
                for own, bump in zip((k, m), BUMPS, strict=True)
            )
        left, right = (
            code.bitwise("mul", own, code.integer(int(by)))
            for own, by in zip((a, c), MULTIPLIERS, strict=True)
        )

        def mixed(product: str, other: str, own: str) -> str:
            top = code.bitwise("lshr", product, half)
            return code.bitwise("xor", code.bitwise("xor", top, other), own)

        a, b, c, d = (
            mixed(right, b, k),
            code.bitwise("and", right, word),
            mixed(left, d, m),
            code.bitwise("and", left, word),
        )
    return a, b, c, d
