"""The same text is right for other processors and systems than the one the tests run on.

Narrower processors of the host's kind run here and must give the same bits. For other kinds the
code is made but cannot be run: it must need nothing from outside, no library of mathematics and no
helper for large stack frames, and fuse nothing that the text does not.
"""

from __future__ import annotations

import platform
import re
import struct

import llvmlite.binding as llvm
import numpy as np
import pytest
from building import Building, do
from kernel_models import lively, overridden, saved

from localcare.engine import Batch
from localcare.engine.kernel import machine
from localcare.engine.kernel.arithmetic import Arithmetic
from localcare.engine.kernel.build import _loaded
from localcare.engine.kernel.ir_module import Lanes, Module
from localcare.engine.kernel.program import write_program
from localcare.engine.kernel.run import run_kernel
from localcare.engine.schedule import schedule
from localcare.model.expression import FUNCTIONS
from localcare.model.spec import ModelSpec

HOST = machine.host()
ELSEWHERE = [
    ("aarch64-unknown-linux-gnu", "generic", "+neon"),
    ("aarch64-apple-darwin-elf", "apple-m1", ""),
    ("x86_64-unknown-linux-gnu", "haswell", ""),
    ("x86_64-unknown-linux-gnu", "skylake-avx512", ""),
    ("x86_64-pc-windows-msvc-elf", "haswell", ""),
]


def everything() -> ModelSpec:
    """A model that uses every function, on constants and on stocks."""
    model = Building({"a": ("p", "q", "r")})
    model.constant("k", [0.1, 0.2, 0.3], "a")
    model.lookup("table", np.arange(60.0), np.sqrt(np.arange(60.0)))
    model.series("ser", [0, 1, 2], [1, 3, 2])
    model.stock("s", model.read("k", "a"), model.read("ser"), "a")
    for function, count in FUNCTIONS.items():
        model.auxiliary(f"x_{function}", do(function, *[model.read("s", "a")] * count), "a")
        model.auxiliary(f"y_{function}", do(function, *[model.read("k", "a")] * count), "a")
    model.auxiliary("read", model.look("table", model.read("s", "a")), "a")
    return model.spec()


def undefined(data: bytes) -> list[str]:
    """The symbols that an ELF object of 64 bits leaves to others."""
    (sections,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, sections + size * i) for i in range(count)]
    found = []
    for kind, offset, length, link in ((h[1], h[4], h[5], h[6]) for h in headers):
        if kind != 2:  # the table of symbols
            continue
        names = headers[link][4]
        for at in range(offset + 24, offset + length, 24):
            name, _, _, section = struct.unpack_from("<IBBH", data, at)
            if section == 0:
                found.append(data[names + name : data.index(b"\0", names + name)].decode())
    return found


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize(("triple", "processor", "features"), ELSEWHERE)
def test_code_for_any_system_needs_nothing_from_outside(
    triple: str, processor: str, features: str, lanes: int
) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = machine.Target(triple, processor, features, "", wide="512" in processor)
    spec = everything()
    text, _ = write_program(spec, saved(spec), lanes, target.attributes)
    assert undefined(machine.emit_object(text, target)) == []


def test_what_is_needed_from_outside_would_be_seen() -> None:
    text = "declare double @sin(double)\ndefine double @f(double %x) {\n"
    text += "  %y = call double @sin(double %x)\n  ret double %y\n}\n"
    assert undefined(machine.emit_object(text, HOST)) == ["sin"]


@pytest.mark.parametrize(("triple", "processor", "features"), ELSEWHERE)
def test_a_product_and_a_sum_are_rounded_apart(triple: str, processor: str, features: str) -> None:
    """As the text says, though the processor could do both at once."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = machine.Target(triple, processor, features, "", wide=False)
    assembly = []
    for fused in (False, True):
        module = Module(Lanes(8))
        code = Arithmetic(module)
        place = f"load {code.lanes.real}, ptr %x, align 8"
        a, b, c = (code.now(place) for _ in range(3))
        value = code.fused(a, b, c) if fused else code.add(code.multiply(a, b), c)
        code.do(f"store {code.lanes.real} {value}, ptr %x, align 8")
        code.define("void @f(ptr %x)")
        made = machine._machine(target).emit_assembly(llvm.parse_assembly(module.text()))
        assembly.append(re.findall(r"\b(?:v?fn?m(?:add|la)\w*)", made))
    assert not assembly[0]
    assert assembly[1]


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="for x86-64")
@pytest.mark.parametrize("lanes", [1, 4, 8])
def test_a_processor_with_narrower_vectors_gives_the_same_bits(lanes: int) -> None:
    spec = lively()
    batch = Batch.of(spec, [overridden(number) for number in range(11)])
    found = []
    for target in (HOST, machine.Target(HOST.triple, "haswell", "", HOST.llvm, wide=False)):
        text, outline = write_program(spec, saved(spec), lanes, target.attributes)
        kernel = _loaded(spec, machine.emit_object(text, target), outline, compiled=True)
        assert kernel is not None
        values, failure = run_kernel(
            kernel, spec, batch, schedule(spec.time, "rk4"), saved(spec), threads=1
        )
        assert failure is None
        found.append(values)
    for name, array in found[0].items():
        np.testing.assert_array_equal(array.view(np.int64), found[1][name].view(np.int64), name)


def test_the_host_is_asked_for_what_the_code_leans_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: llvm.FeatureMap({"avx2": True}))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    machine.host.cache_clear()
    with pytest.raises(OSError, match="lacks fma"):
        machine.host()
    machine.host.cache_clear()
