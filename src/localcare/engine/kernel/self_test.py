"""A test that every kernel carries: whether arithmetic on this computer gives the bits it must.

The function `self_test` of a module computes a few things at which a wrong compiler, a processor
set to flush small numbers to zero or a broken cache entry would show: a fused multiply-add, a
quotient, a subnormal number, an exponential and a logarithm. `passes` compares with the bits they
have everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from localcare.engine.kernel.ir_module import Module

__all__ = ["define_self_test", "passes"]

ARGUMENTS = (0.7, 1.25, 3.0, 1e-3, 12.5, 0.1, 650.0, 1e-300)

#: The bits of the results, a row for each argument.
EXPECTED = (
    (
        0xBC87C57C57C57C58, 0x3FCDDDDDDDDDDDDD, 0x000000000000000B, 0x40001C2A61268987,
        0xBFD6D3C324E13F50,
    ),
    (
        0x3C90000000000000, 0x3FDAAAAAAAAAAAAB, 0x0000000000000014, 0x400BEC38EDB0FAF0,
        0x3FCC8FF7C79A9A22,
    ),
    (
        0xBC90000000000000, 0x3FF0000000000000, 0x0000000000000030, 0x403415E5BF6FB106,
        0x3FF193EA7AAD030A,
    ),
    (
        0x3C78000000000000, 0x3F35D867C3ECE2A5, 0x0000000000000000, 0x3FF0041919B7EE34,
        0xC01BA18A998FFFA0,
    ),
    (
        0x3C78000000000000, 0x4010AAAAAAAAAAAB, 0x00000000000000C8, 0x411060C52565BA66,
        0x400434B1382EFEB8,
    ),
    (
        0x3C90000000000000, 0x3FA1111111111111, 0x0000000000000002, 0x3FF1AEC7B35A00D4,
        0xC0026BB1BBB55515,
    ),
    (
        0xBC30000000000000, 0x406B155555555555, 0x00000000000028A0, 0x7A8AF11C8C4DD193,
        0x4019E86B716ED400,
    ),
    (
        0xBC94810BC819F83A, 0x018C92D503F699CC, 0x0000000000000000, 0x3FF0000000000000,
        0xC085963447F87FB5,
    ),
)  # fmt: skip


def define_self_test(module: Module) -> None:
    """Put the function into the module; it reads one real and writes five."""
    from localcare.engine.kernel.arithmetic import Arithmetic
    from localcare.engine.kernel.functions import call
    from localcare.engine.kernel.ir_module import BYTES

    code = Arithmetic(module)
    real = code.lanes.real
    x = code.now(f"load {real}, ptr %arguments, align {BYTES}")
    inverse = code.divide(code.number(1.0), x)
    results = (
        code.fused(x, inverse, code.number(-1.0)),
        code.divide(x, code.number(3.0)),
        code.multiply(x, code.number(2.0**-1070)),
        call(code, "exponential", x),
        call(code, "logarithm", x),
    )
    for number, value in enumerate(results):
        at = code.now(f"getelementptr {real}, ptr %results, i64 {number}")
        code.do(f"store {real} {value}, ptr {at}, align {BYTES}")
    code.define("void @self_test(ptr %arguments, ptr %results)")


def passes(function: Callable[[int, int], object], lanes: int) -> bool:
    """Whether the loaded function gives the right bits for every argument in every lane."""
    for shift in range(len(ARGUMENTS)):
        order = [(shift + lane) % len(ARGUMENTS) for lane in range(lanes)]
        arguments = np.array([ARGUMENTS[number] for number in order])
        results = np.zeros((5, lanes))
        function(arguments.ctypes.data, results.ctypes.data)
        expected = np.array([EXPECTED[number] for number in order], dtype=np.uint64).T
        if not np.array_equal(results.view(np.uint64), expected):
            return False
    return True
