"""Functions of the module that work on a workspace under a control: how they read and write both.

The workspace holds slots by name (`layout`), the control fields by name (`control.CONTROL`).
"""

from __future__ import annotations

from collections.abc import Callable

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import CONTROL, field_number, type_of
from localcare.engine.kernel.ir_module import BYTES, Module
from localcare.engine.kernel.layout import SIDE_BY_SIDE, Layout

__all__ = ["PARAMETERS", "Frame"]

PARAMETERS = "ptr noalias %workspace, ptr noalias %control"


class Frame:
    """A function being written that has a workspace and perhaps a control."""

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
            f"getelementptr inbounds {self.code.module.lanes.real}, ptr %workspace, i64 {slot}"
        )

    def read(self, name: str, element: str | int = 0) -> str:
        """An element of a stretch (or several, see `each`), read now."""
        at = self.address(name, element)
        align = self.code.module.lanes.align
        return self.code.now(f"load {self.code.lanes.real}, ptr {at}, align {align}")

    def write(self, name: str, value: str, element: str | int = 0) -> None:
        """Write an element of a stretch (or several)."""
        at = self.address(name, element)
        align = self.code.module.lanes.align
        self.code.do(f"store {self.code.lanes.real} {value}, ptr {at}, align {align}")

    def each(self, count: int, write: Callable[[str], None]) -> None:
        """Do what `write` writes for so many elements, given the index of each. Where a slot holds
        one lane, several elements go side by side: the index is that of the first."""
        code = self.code
        width = 1 if code.module.lanes.count > 1 else SIDE_BY_SIDE
        whole = count - count % width
        for begin, number, lanes in ((0, whole // width, width), (whole, count - whole, 1)):
            if number:
                side_by_side = lanes if width > 1 else code.lanes.count
                with code.lanes_of(side_by_side), code.loop(number) as each:
                    write(code.index_add(code.index_multiply(each.index, lanes), begin))

    def records(self, name: str) -> str:
        """Records and their number, as arguments."""
        return f"ptr {self.field(name)}, i64 {self.field(name + '_count')}"
