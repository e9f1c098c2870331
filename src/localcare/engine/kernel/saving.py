"""Handing results out of the workspace, inside the kernel.

A record names a variable's slots and the array its results go to: (rows, elements, members), the
member last. Values are saved as they stand (`save_points`), as a sum divided by its weights
(`save_sums`, what the stages add up as they go) or as a first value and the mean change from it
(`save_changes`, for what does not depend on stocks: what is constant is saved to the bit).
"""

from __future__ import annotations

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import SAVED, field_number, type_of
from localcare.engine.kernel.ir_module import BYTES, Module

__all__ = ["define_saving"]


#: Bytes that memory is read and written in.
LINE = 64
ROW = ", i64 %row, i64 %members, i64 %used"
PARAMETERS = {
    "save_points": ROW,
    "save_sums": ROW + ", double %total",
    "save_changes": ROW + ", double %total",
    "begin_changes": "",
    "add_changes": "",
}


def define_saving(module: Module, weight: int) -> None:
    """Put the functions into the module; `weight` is the slot of the stage's weight. Each takes the
    workspace, records (`control.SAVED`) and their number, and those that save also the row, the
    number of members in the arrays and how many lanes are members."""
    for name, parameters in PARAMETERS.items():
        code = Arithmetic(module)
        some = code.pure("icmp ne i64 %count, 0")
        with code.when(some), code.loop("%count") as each:
            offset = code.index_multiply(each.index, SAVED.itemsize)
            record = code.now(f"getelementptr i8, ptr %records, i64 {offset}")
            saver = _Saver(code, record, weight)
            with code.loop(saver.field("count")) as element:
                getattr(saver, name)(element.index)
        code.define(f"internal void @{name}(ptr %workspace, ptr %records, i64 %count{parameters})")


class _Saver:
    """Writes what each function does with one element of one record."""

    def __init__(self, code: Arithmetic, record: str, weight: int) -> None:
        self.code, self.record = code, record
        self.weight = weight

    def field(self, name: str) -> str:
        """A field of the record."""
        number = field_number(SAVED, name)
        at = self.code.pure(f"getelementptr i64, ptr {self.record}, i64 {number}", self.record)
        return self.code.pure(f"load {type_of(SAVED, name)}, ptr {at}, align {BYTES}", at)

    def save_points(self, element: str) -> None:
        """The value as it stands."""
        self._save(self._read("slot", element), element)

    def save_sums(self, element: str) -> None:
        """The weighted mean of what was added up."""
        value = self.code.divide(self._read("slot", element), self.code.splat("%total"))
        self._save(value, element)

    def save_changes(self, element: str) -> None:
        """The first value and the weighted mean of the changes from it."""
        code = self.code
        change = code.divide(self._read("sum", element), code.splat("%total"))
        self._save(code.add(self._read("first", element), change), element)

    def begin_changes(self, element: str) -> None:
        """Take the value as it stands for the first."""
        self._write("first", element, self._read("slot", element))
        self._write("sum", element, self.code.number(0.0))

    def add_changes(self, element: str) -> None:
        """Add the change since the first value, times the weight of the stage."""
        code = self.code
        change = code.subtract(self._read("slot", element), self._read("first", element))
        total = code.fused(self._at_slot(self.weight), change, self._read("sum", element))
        self._write("sum", element, total)

    def _address(self, name: str, element: str) -> str:
        slot = self.code.now(f"add i64 {self.field(name)}, {element}")
        return self.code.now(f"getelementptr {self.code.lanes.real}, ptr %workspace, i64 {slot}")

    def _read(self, name: str, element: str) -> str:
        lanes = self.code.lanes
        at = self._address(name, element)
        return self.code.now(f"load {lanes.real}, ptr {at}, align {lanes.align}")

    def _write(self, name: str, element: str, value: str) -> None:
        lanes = self.code.lanes
        at = self._address(name, element)
        self.code.do(f"store {lanes.real} {value}, ptr {at}, align {lanes.align}")

    def _at_slot(self, slot: int) -> str:
        lanes = self.code.lanes
        at = self.code.pure(f"getelementptr {lanes.real}, ptr %workspace, i64 {slot}")
        return self.code.now(f"load {lanes.real}, ptr {at}, align {lanes.align}")

    def _save_line(self, value: str, at: str, full: str) -> None:
        """Put all lanes into memory: where they are one line of it, past the cache, which need not
        fetch what is written over."""
        code, kind = self.code, self.code.lanes.real
        bits = code.pure(f"ptrtoint ptr {self.field('address')} to i64", self.field("address"))
        stride = code.pure(f"mul i64 %members, {BYTES}")
        either = code.pure(f"or i64 {bits}, {stride}", bits, stride)
        inside = code.pure(f"and i64 {either}, {LINE - 1}", either)
        aligned = code.pure(f"icmp eq i64 {inside}, 0", inside)
        lines = code.pure(f"and i1 {full}, {aligned}", full, aligned)
        with code.when(lines):
            code.do(f"store {kind} {value}, ptr {at}, align {LINE}, !nontemporal !{{i32 1}}")
        odd = code.pure(f"xor i1 {aligned}, true", aligned)
        others = code.pure(f"and i1 {full}, {odd}", full, odd)
        with code.when(others):
            code.do(f"store {kind} {value}, ptr {at}, align {BYTES}")

    def _save(self, value: str, element: str) -> None:
        """Put the lanes that are members into their places."""
        code, lanes = self.code, self.code.lanes
        count = self.field("count")
        index = code.index_multiply(code.index_multiply("%row", count), "%members")
        index = code.index_add(code.index_multiply(element, "%members"), index)
        at = code.now(f"getelementptr double, ptr {self.field('address')}, i64 {index}")
        full = code.pure(f"icmp eq i64 %used, {lanes.count}")
        if lanes.align == LINE:
            self._save_line(value, at, full)
        else:
            with code.when(full):
                code.do(f"store {lanes.real} {value}, ptr {at}, align {BYTES}")
        if lanes.count == 1:
            return
        rest = code.pure(f"xor i1 {full}, true", full)
        with code.when(rest):
            for lane in range(lanes.count - 1):
                used = code.now(f"icmp ugt i64 %used, {lane}")
                with code.when(used):
                    one = code.now(f"getelementptr double, ptr {at}, i64 {lane}")
                    number = code.now(f"extractelement {lanes.real} {value}, i64 {lane}")
                    code.do(f"store double {number}, ptr {one}, align {BYTES}")
