"""Functions of the module that work on a workspace under a control: how they read and write both.

The workspace holds slots by name (`layout`), the control fields by name (`control.CONTROL`).
"""

from __future__ import annotations

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.control import CONTROL, field_number, type_of
from localcare.engine.kernel.ir_text import BYTES, Module
from localcare.engine.kernel.layout import Layout

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
