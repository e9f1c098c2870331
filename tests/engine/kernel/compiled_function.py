"""Call one mathematical function of the kernel on arrays: what the tests of its accuracy need."""

from __future__ import annotations

import ctypes

import numpy as np

from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.functions import call
from localcare.engine.kernel.ir_module import Lanes, Module
from localcare.engine.kernel.machine import emit_object, host, load_object


def compiled(name: str, lanes: int, count: int = 1):
    """The function `name` of `count` arguments as one of numpy arrays, `lanes` at a time."""
    target = host()
    module = Module(Lanes(lanes), target.attributes)
    code = Arithmetic(module)
    real = code.lanes.real
    with code.loop("%rounds") as block:
        values = []
        for k in range(count):
            at = code.pure(f"getelementptr {real}, ptr %x{k}, i64 {block.index}", block.index)
            values.append(code.now(f"load {real}, ptr {at}, align 8"))
        at = code.pure(f"getelementptr {real}, ptr %y, i64 {block.index}", block.index)
        code.do(f"store {real} {call(code, name, *values)}, ptr {at}, align 8")
    parameters = ", ".join(f"ptr %x{k}" for k in range(count))
    code.define(f"void @apply({parameters}, ptr %y, i64 %rounds)")
    loaded = load_object(emit_object(module.text(), target), target)
    function = loaded.function("apply", [ctypes.c_void_p] * (count + 1) + [ctypes.c_int64])

    def apply(*arrays: np.ndarray) -> np.ndarray:
        size = arrays[0].size
        rounds = -(-size // lanes)
        padded = [np.zeros(rounds * lanes) for _ in arrays]
        for place, array in zip(padded, arrays, strict=True):
            place[:size] = array
        out = np.empty(rounds * lanes)
        function(*(place.ctypes.data for place in padded), out.ctypes.data, rounds)
        return out[:size]

    apply.loaded = loaded
    return apply
