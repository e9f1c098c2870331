"""The run over time, as a function of the module: steps, stages, limits and when to save.

In: a workspace with the members' inputs in it, and a `control.CONTROL`. Out: results where its
records say, and in it whether a member failed, and at which step. A failed block stops at the end
of that step; who failed, and why, is for the caller to find out.
"""

from __future__ import annotations

from localcare.engine.kernel.control import NO_FAILURE
from localcare.engine.kernel.forcing import define_follow
from localcare.engine.kernel.frame import PARAMETERS, Frame
from localcare.engine.kernel.ir_module import BYTES, Lanes, Module
from localcare.engine.kernel.layout import Layout
from localcare.engine.kernel.names import BASE, LARGEST, MIDDLE, NARROW, STATE, SUMS, TIME, WEIGHT
from localcare.engine.kernel.random import define_swing
from localcare.engine.kernel.saving import define_saving
from localcare.engine.kernel.stocks import (
    define_advances,
    define_discrete,
    define_ends,
    define_flows_wrong,
)

__all__ = ["define_simulate"]


def define_simulate(module: Module, layout: Layout, *, points: bool) -> None:
    """Put `simulate(workspace, control)` into a module that computes a model: one that saves
    points, or means over saving intervals."""
    define_saving(module, layout.slots[WEIGHT])
    followers = [define_follow(module, Lanes(count)) for count in sorted({1, module.lanes.count})]
    _define_copy_narrow(module, layout)
    _define_set_time(module, layout, followers)
    define_advances(module, layout)
    define_ends(module, layout)
    define_flows_wrong(module, layout)
    define_swing(module, layout)
    if layout.flowing < layout.lengths[STATE]:
        define_discrete(module, layout)
    _Simulation(module, layout, points=points).define()


def _define_copy_narrow(module: Module, layout: Layout) -> None:
    """`copy_narrow(workspace)`: copy what is the same for all members out of its wide slots."""
    part = Frame(module, layout)
    code, lanes = part.code, module.lanes.count
    if layout.narrow:
        begin = layout.slots[min(layout.narrow, key=layout.narrow.__getitem__)] * lanes
        first = layout.slots[NARROW] * lanes
        with code.loop(layout.lengths[NARROW]) as each:
            wide = code.index_add(code.index_multiply(each.index, lanes), begin)
            at = code.now(f"getelementptr double, ptr %workspace, i64 {wide}")
            value = code.now(f"load double, ptr {at}, align {BYTES}")
            to = code.index_add(each.index, first)
            at = code.now(f"getelementptr double, ptr %workspace, i64 {to}")
            code.do(f"store double {value}, ptr {at}, align {BYTES}")
    code.define("internal void @copy_narrow(ptr noalias %workspace)", attributes="noinline #0")


def _define_set_time(module: Module, layout: Layout, followers: list[str]) -> None:
    """`set_time(workspace, control, step number, offset, flags, which)`: bring the clock, inputs
    and what follows from them to a time of a step."""
    part = Frame(module, layout)
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
    part.write(TIME, code.splat(times[0]))
    part.write(MIDDLE, code.splat(middle))
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


class _Simulation(Frame):
    """Writes the time loop."""

    def __init__(self, module: Module, layout: Layout, *, points: bool) -> None:
        super().__init__(module, layout)
        code = self.code
        self.points = points
        self.runge_kutta = code.now(f"icmp ne i64 {self.field('runge_kutta')}, 0")
        half = code.now(f"fmul double {self.field('step')}, 5.0e-1")
        self.shares = {"half": half, "whole": self.field("step"), "sixth": self.field("sixth")}

    def define(self) -> None:
        """Write the function and put it into the module."""
        code = self.code
        self._set_time("0", "0.0", "all_flags", "1")
        code.do("call void @copy_narrow(ptr %workspace)")
        code.do("call void @initial(ptr %workspace)")
        wrong = self._end("look", "0.0")
        with code.when(wrong):
            self.set_field("failed", "-1")
        right = code.now(f"xor i1 {wrong}, true")
        with code.when(right):
            with code.when(code.now(f"icmp ne ptr {self.field('state')}, null")):
                self._restore()
            self._steps()
            with code.when(code.now(f"icmp eq i64 {self.latest('failed')}, {NO_FAILURE}")):
                self._last_bound()
        # What went past the cache is there for other threads to see.
        code.do("fence seq_cst")
        code.define(f"void @simulate({PARAMETERS})")

    def _restore(self) -> None:
        """Put the stocks, and what they have been at most, to where an earlier run left them."""
        stocks, limits = self.layout.lengths[STATE], self.layout.lengths[LARGEST]

        def carry(names: tuple[str, ...], offset: int, element: str) -> None:
            value = self._given(self.code.index_add(element, offset))
            for name in names:
                self.write(name, value, element)

        self.each(stocks, lambda element: carry((STATE, BASE), 0, element))
        self.each(limits, lambda element: carry((LARGEST,), stocks, element))

    def _given(self, element: str) -> str:
        """An element of the state that was handed over (or several, see `each`)."""
        code = self.code
        slot = f"getelementptr {code.module.lanes.real}, ptr {self.field('state')}, i64 {element}"
        return code.now(f"load {code.lanes.real}, ptr {code.now(slot)}, align {BYTES}")

    def _steps(self) -> None:
        """All steps; `%number` counts them, `within` those of an interval, `row` intervals."""
        code = self.code
        with code.repeat([("i64", self.field("first_step")), ("i64", "0"), ("i64", "0")]) as loop:
            number, within, row = loop.carried
            begins = code.now(f"icmp eq i64 {within}, 0")
            with code.when(begins):
                self._save("save_points", "stocks", row)
                self._clear_sums()
            self._first_stage(number, begins, row)
            with code.when(self.runge_kutta):
                self._runge_kutta(number)
                wrong = self._end("end_rk4", self.shares["sixth"])
                with code.when(wrong):
                    self.set_field("failed", number)
            euler = code.now(f"xor i1 {self.runge_kutta}, true")
            with code.when(euler):
                wrong = self._end("end_euler", self.shares["whole"])
                with code.when(wrong):
                    self.set_field("failed", number)
            code.do(f"call void @swing(ptr %workspace, ptr %control, i64 {number})")
            following = code.now(f"add i64 {within}, 1")
            ends = code.now(f"icmp eq i64 {following}, {self.field('per_interval')}")
            if not self.points:
                with code.when(ends):
                    self._save_means(row)
            after = code.now(f"add i64 {number}, 1")
            next_row = code.now(f"add i64 {row}, 1")
            loop.next_values = (
                after,
                code.now(f"select i1 {ends}, i64 0, i64 {following}"),
                code.now(f"select i1 {ends}, i64 {next_row}, i64 {row}"),
            )
            more = code.now(f"icmp slt i64 {after}, {self.field('steps')}")
            wanted = code.now(f"icmp eq i64 {self.latest('cancelled')}, 0")
            right = code.now(f"icmp eq i64 {self.latest('failed')}, {NO_FAILURE}")
            on = code.now(f"and i1 {more}, {wanted}")
            loop.again = code.now(f"and i1 {on}, {right}")

    def _first_stage(self, number: str, begins: str, row: str) -> None:
        """The stage at the start of a step, with which a saving interval may begin."""
        code = self.code
        self._evaluate(number, "0.0", 1.0)
        if self.layout.flowing < self.layout.lengths[STATE]:
            code.do("call void @note(ptr %workspace)")
        with code.when(begins):
            if self.points:
                self._save("save_points", "fixed", row)
            else:
                code.do(f"call void @begin_changes(ptr %workspace, {self.records('changes')})")
        self._add_changes()

    def _runge_kutta(self, number: str) -> None:
        """The other stages of the classical method."""
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

    def _last_bound(self) -> None:
        """What is saved at the end of the run."""
        code = self.code
        last = self.field("steps")
        taken = code.now(f"sub i64 {last}, {self.field('first_step')}")
        row = code.now(f"sdiv i64 {taken}, {self.field('per_interval')}")
        self._save("save_points", "stocks", row)
        if self.points:
            self._evaluate(last, "0.0", 1.0)
            flows = code.now("call i1 @flows_wrong(ptr %workspace)")
            wrong = code.now(f"or i1 {self._end('look', '0.0')}, {flows}")
            with code.when(wrong):
                self.set_field("failed", last)
            self._save("save_points", "fixed", row)

    def _evaluate(self, number: str, offset: str, weight: float) -> None:
        self.write(WEIGHT, self.code.number(weight))
        self._set_time(number, offset, "some_flags", self.field("again"))
        self.code.do("call void @state(ptr %workspace)")

    def _set_time(self, number: str, offset: str, flags: str, again: str) -> None:
        self.code.do(
            f"call void @set_time(ptr %workspace, ptr %control, i64 {number}, double {offset},"
            f" ptr {self.field(flags)}, i64 {again})"
        )

    def _end(self, name: str, share: str) -> str:
        """The flag that says whether a member failed at the end of a step."""
        return self.code.now(f"call i1 @{name}(ptr %workspace, ptr %control, double {share})")

    def _advance(self, name: str, share: str) -> None:
        self.code.do(f"call void @advance_{name}(ptr %workspace, double {self.shares[share]})")

    def _add_changes(self) -> None:
        if not self.points:
            self.code.do(f"call void @add_changes(ptr %workspace, {self.records('changes')})")

    def _save_means(self, row: str) -> None:
        """All variables but stocks, over the interval that ends."""
        self._save("save_sums", "sums", row, self.field("weights"))
        self._save("save_changes", "changes", row, self.field("weights"))
        self._save("save_points", "fixed", row)

    def _save(self, function: str, kind: str, row: str, total: str = "") -> None:
        more = f", double {total}" if total else ""
        self.code.do(
            f"call void @{function}(ptr %workspace, {self.records(kind)}, i64 {row},"
            f" i64 {self.field('members')}, i64 {self.field('used')}{more})"
        )

    def _clear_sums(self) -> None:
        count = self.layout.lengths.get(SUMS, 0)
        self.each(count, lambda each: self.write(SUMS, self.code.number(0.0), each))
