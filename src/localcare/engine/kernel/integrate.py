"""The run over time, as a function of the module: steps, stages, limits and when to save.

In: a workspace with the members' inputs in it, and a `control.CONTROL`. Out: results where its
records say, and in it whether a member failed, and at which step. A failed block stops at the end
of that step; who failed, and why, is for the caller to find out.
"""

from __future__ import annotations

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import CONTROL, LIMITS, NO_FAILURE, field_number, type_of
from localcare.engine.kernel.forcing import define_follow
from localcare.engine.kernel.ir_text import BYTES, Lanes, Module
from localcare.engine.kernel.layout import BASE, FAULT, FLOW, GAIN, STATE, SUMS, WEIGHT, Layout
from localcare.engine.kernel.lower import MIDDLE, TIME
from localcare.engine.kernel.saving import define_saving

__all__ = ["define_simulate"]

#: A stock may pass a limit by this share of the largest magnitude it has had: rounding does.
SLACK = 1e-9


PARAMETERS = "ptr noalias %workspace, ptr noalias %control"


def define_simulate(module: Module, layout: Layout) -> None:
    """Put `simulate(workspace, control)` into a module that computes a model."""
    define_saving(module, layout.slots[WEIGHT])
    followers = [define_follow(module, Lanes(count)) for count in sorted({1, module.lanes.count})]
    _define_evaluate(module, layout, followers)
    _define_advances(module, layout)
    _define_check(module, layout)
    _Simulation(module, layout).define()


class _Part:
    """A function with a control and a workspace, and ways to read and write them."""

    def __init__(self, module: Module, layout: Layout) -> None:
        self.code, self.layout = Arithmetic(module), layout

    def field(self, name: str) -> str:
        """A field of the control, read once."""
        at = self.code.pure(f"getelementptr i64, ptr %control, i64 {field_number(CONTROL, name)}")
        return self.code.pure(f"load {type_of(CONTROL, name)}, ptr {at}, align {BYTES}", at)

    def set_field(self, name: str, value: str) -> None:
        """Write a field of the control."""
        at = self.code.now(f"getelementptr i64, ptr %control, i64 {field_number(CONTROL, name)}")
        self.code.do(f"store {type_of(CONTROL, name)} {value}, ptr {at}, align {BYTES}")

    def latest(self, name: str) -> str:
        """A field of the control that may have changed, read now."""
        at = self.code.now(f"getelementptr i64, ptr %control, i64 {field_number(CONTROL, name)}")
        kind = type_of(CONTROL, name)
        return self.code.now(f"load volatile {kind}, ptr {at}, align {BYTES}")

    def address(self, name: str, element: str | int = 0) -> str:
        """The address of an element of a stretch of the workspace."""
        slot = self.code.index_add(str(element), self.layout.slots[name])
        return self.code.now(
            f"getelementptr inbounds {self.code.lanes.real}, ptr %workspace, i64 {slot}"
        )

    def read(self, name: str, element: str | int = 0) -> str:
        """An element of a stretch, read now."""
        lanes = self.code.lanes
        at = self.address(name, element)
        return self.code.now(f"load {lanes.real}, ptr {at}, align {lanes.align}")

    def write(self, name: str, value: str, element: str | int = 0) -> None:
        """Write an element of a stretch."""
        lanes = self.code.lanes
        at = self.address(name, element)
        self.code.do(f"store {lanes.real} {value}, ptr {at}, align {lanes.align}")

    def records(self, name: str) -> str:
        """Records and their number, as arguments."""
        return f"ptr {self.field(name)}, i64 {self.field(name + '_count')}"


def _define_evaluate(module: Module, layout: Layout, followers: list[str]) -> None:
    """`set_time(workspace, control, step number, offset, flags, which)`: bring the clock, inputs
    and what follows from them to a time of a step."""
    part = _Part(module, layout)
    code = part.code
    number = code.pure("sitofp i64 %number to double")
    moved = code.pure(f"fadd double {number}, %offset", number)
    step, initial = part.field("step"), part.field("initial")
    times = []
    for steps in (moved, number):
        length = code.pure(f"fmul double {steps}, {step}", steps, step)
        times.append(code.pure(f"fadd double {initial}, {length}", initial, length))
    half = code.pure(f"fmul double {step}, 5.0e-1", step)
    middle = code.pure(f"fadd double {times[1]}, {half}", times[1], half)
    part.write(TIME.variable, code.splat(times[0]))
    part.write(MIDDLE.variable, code.splat(middle))
    names = {1: "shared", module.lanes.count: "wide"}
    for follower, lanes in zip(followers, sorted({1, module.lanes.count}), strict=True):
        for kind in ("shared", "wide") if len(followers) == 1 else (names[lanes],):
            code.do(
                f"call void @{follower}(ptr %workspace, {part.records(kind)},"
                f" double {times[0]}, double {number})"
            )
    with code.when(code.pure("icmp ne i64 %again, 0")):
        code.do("call void @constants(ptr %workspace, ptr %flags)")
    code.do("call void @timed(ptr %workspace)")
    code.define(
        f"internal void @set_time({PARAMETERS}, i64 %number, double %offset, ptr %flags,"
        " i64 %again)",
        attributes="noinline #0",
    )


def _define_advances(module: Module, layout: Layout) -> None:
    """`advance_first`, `advance_on` and `advance_last`: from the net flow of a stage to the stocks
    of the next, `%share` of a step after its start, or to the end of the step."""
    for name in ("first", "on", "last"):
        part = _Part(module, layout)
        code = part.code
        share = code.splat("%share")
        with code.loop(layout.lengths[STATE]) as each:
            flow, base = part.read(FLOW, each.index), part.read(BASE, each.index)
            if name == "first":
                part.write(GAIN, flow, each.index)
            else:
                twice = code.add(flow, flow) if name == "on" else flow
                flow_sum = code.add(part.read(GAIN, each.index), twice)
                if name == "on":
                    part.write(GAIN, flow_sum, each.index)
                else:
                    flow = flow_sum
            value = code.add(base, code.multiply(flow, share))
            part.write(STATE, value, each.index)
        code.define(
            f"internal void @advance_{name}(ptr noalias %workspace, double %share)",
            attributes="noinline #0",
        )


def _define_check(module: Module, layout: Layout) -> None:
    """`check(workspace, control)`: whether the stocks of some member, or anything computed, are
    not finite, or stocks outside their limits by more than rounding. The stocks become the start
    of the next step."""
    part = _Part(module, layout)
    code, lanes = part.code, part.code.lanes
    truth, number = lanes.truth(value=False), code.number
    size = len(LIMITS.names or ())
    limits = part.field("limits")
    fault = part.read(FAULT)
    bad = code.compare("uno", fault, fault)
    with code.loop(part.field("limits_count"), [truth], of=lanes.mask) as stock:
        row = code.index_multiply(stock.index, size)

        def field(name: str) -> str:
            index = code.index_add(row, field_number(LIMITS, name))
            at = code.now(f"getelementptr i64, ptr {limits}, i64 {index}")
            return code.now(f"load {type_of(LIMITS, name)}, ptr {at}, align {BYTES}")

        first, count = field("first"), field("count")
        starts = [number(float("inf")), number(float("-inf")), number(0.0)]
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
        size_now = [code.absolute(least), code.absolute(most), part.read("(largest)", stock.index)]
        largest = size_now[0]
        for other in size_now[1:]:
            largest = code.choose(code.compare("ogt", other, largest), other, largest)
        part.write("(largest)", largest, stock.index)
        slack = code.multiply(largest, number(SLACK))
        low, high = code.splat(field("low")), code.splat(field("high"))
        outside = code.either(
            code.compare("olt", least, code.subtract(low, slack)),
            code.compare("ogt", most, code.add(high, slack)),
        )
        outside = code.either(outside, code.compare("uno", finite, finite))
        stock.next_values = (code.either(stock.carried[0], outside),)
    failed = code.any_of(code.either(bad, stock.next_values[0]))
    code.define(f"internal i1 @check({PARAMETERS})", f"i1 {failed}", attributes="noinline #0")


class _Simulation(_Part):
    """Writes the time loop."""

    def __init__(self, module: Module, layout: Layout) -> None:
        super().__init__(module, layout)
        code = self.code
        self.runge_kutta = code.now(f"icmp ne i64 {self.field('runge_kutta')}, 0")
        self.points = code.now(f"icmp ne i64 {self.field('points')}, 0")
        self.means = code.now(f"xor i1 {self.points}, true")
        half = code.now(f"fmul double {self.field('step')}, 5.0e-1")
        self.shares = {"half": half, "whole": self.field("step"), "sixth": self.field("sixth")}

    def define(self) -> None:
        """Write the function and put it into the module."""
        code = self.code
        self._set_time("0", "0.0", "all_flags", "1")
        code.do("call void @initial(ptr %workspace)")
        wrong = code.now("call i1 @check(ptr %workspace, ptr %control)")
        with code.when(wrong):
            self.set_field("failed", "-1")
        right = code.now(f"xor i1 {wrong}, true")
        with code.when(right):
            self._steps()
            with code.when(code.now(f"icmp eq i64 {self.latest('failed')}, {NO_FAILURE}")):
                self._last_bound()
        code.define(f"void @simulate({PARAMETERS})")

    def _steps(self) -> None:
        """All steps; `%number` counts them, `within` those of an interval, `row` intervals."""
        code = self.code
        with code.repeat([("i64", "0"), ("i64", "0"), ("i64", "0")]) as loop:
            number, within, row = loop.carried
            begins = code.now(f"icmp eq i64 {within}, 0")
            with code.when(begins):
                self._save("save_points", "stocks", row)
                self._clear_sums()
            self._first_stage(number, begins, row)
            with code.when(self.runge_kutta):
                self._runge_kutta(number)
            euler = code.now(f"xor i1 {self.runge_kutta}, true")
            with code.when(euler):
                self._advance("first", "whole")
            wrong = code.now("call i1 @check(ptr %workspace, ptr %control)")
            with code.when(wrong):
                self.set_field("failed", number)
            following = code.now(f"add i64 {within}, 1")
            ends = code.now(f"icmp eq i64 {following}, {self.field('per_interval')}")
            both = code.now(f"and i1 {ends}, {self.means}")
            with code.when(both):
                self._save("save_sums", "sums", row, self.field("weights"))
                self._save("save_changes", "changes", row, self.field("weights"))
                self._save("save_points", "fixed", row)
            after = code.now(f"add i64 {number}, 1")
            next_row = code.now(f"add i64 {row}, 1")
            loop.next_values = (
                after,
                code.now(f"select i1 {ends}, i64 0, i64 {following}"),
                code.now(f"select i1 {ends}, i64 {next_row}, i64 {row}"),
            )
            more = code.now(f"icmp slt i64 {after}, {self.field('steps')}")
            wanted = code.now(f"icmp eq i64 {self.latest('cancelled')}, 0")
            right = code.now(f"xor i1 {wrong}, true")
            on = code.now(f"and i1 {more}, {wanted}")
            loop.again = code.now(f"and i1 {on}, {right}")

    def _first_stage(self, number: str, begins: str, row: str) -> None:
        """The stage at the start of a step, with which a saving interval may begin."""
        code = self.code
        self._evaluate(number, "0.0", 1.0)
        first_point = code.now(f"and i1 {begins}, {self.points}")
        with code.when(first_point):
            self._save_points(row)
        first_mean = code.now(f"and i1 {begins}, {self.means}")
        with code.when(first_mean):
            code.do(f"call void @begin_changes(ptr %workspace, {self.records('changes')})")
        self._add_changes()

    def _runge_kutta(self, number: str) -> None:
        """The other stages of the classical method and the step's end."""
        self._advance("first", "half")
        self._evaluate(number, "5.0e-1", 2.0)
        self._add_changes()
        self._advance("on", "half")
        # The time is the same: only what depends on stocks has changed.
        self.code.do("call void @state(ptr %workspace)")
        self._add_changes()
        self._advance("on", "whole")
        self._evaluate(number, "1.0", 1.0)
        self._add_changes()
        self._advance("last", "sixth")

    def _last_bound(self) -> None:
        """What is saved at the end of the run."""
        code = self.code
        last = self.field("steps")
        row = code.now(f"sdiv i64 {last}, {self.field('per_interval')}")
        self._save("save_points", "stocks", row)
        with code.when(self.points):
            self._clear_sums()
            self._evaluate(last, "0.0", 1.0)
            wrong = code.now("call i1 @check(ptr %workspace, ptr %control)")
            with code.when(wrong):
                self.set_field("failed", last)
            self._save_points(row)

    def _evaluate(self, number: str, offset: str, weight: float) -> None:
        self.write(WEIGHT, self.code.number(weight))
        self._set_time(number, offset, "some_flags", self.field("again"))
        self.code.do("call void @state(ptr %workspace)")

    def _set_time(self, number: str, offset: str, flags: str, again: str) -> None:
        self.code.do(
            f"call void @set_time(ptr %workspace, ptr %control, i64 {number}, double {offset},"
            f" ptr {self.field(flags)}, i64 {again})"
        )

    def _advance(self, name: str, share: str) -> None:
        self.code.do(f"call void @advance_{name}(ptr %workspace, double {self.shares[share]})")

    def _add_changes(self) -> None:
        self.code.do(f"call void @add_changes(ptr %workspace, {self.records('changes')})")

    def _save_points(self, row: str) -> None:
        """All variables but stocks as they stand; sums hold one value then."""
        for kind in ("sums", "changes", "fixed"):
            self._save("save_points", kind, row)

    def _save(self, function: str, kind: str, row: str, total: str = "") -> None:
        more = f", double {total}" if total else ""
        self.code.do(
            f"call void @{function}(ptr %workspace, {self.records(kind)}, i64 {row},"
            f" i64 {self.field('members')}, i64 {self.field('used')}{more})"
        )

    def _clear_sums(self) -> None:
        count = self.layout.lengths[SUMS]
        if count:
            with self.code.loop(count) as each:
                self.write(SUMS, self.code.number(0.0), each.index)
