"""From LLVM IR text to machine code in memory, for the computer this runs on.

In: the text of a module. Out: an object file as bytes; and from such bytes, loaded functions. The
triple, the processor and its features are the host's, asked of llvmlite, so nothing here is
particular to one system. Nothing lets LLVM reorder arithmetic.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import llvmlite
import llvmlite.binding as llvm

__all__ = ["Loaded", "Target", "emit_object", "host", "load_object"]

#: What the code leans on: fused multiply-add and rounding as single instructions.
NEEDED = {"x86_64": ("avx2", "fma"), "AMD64": ("avx2", "fma")}
OPTIMISATION = 2


@dataclass(frozen=True, slots=True)
class Target:
    """What machine code is made for. Two equal targets can share object files."""

    triple: str
    processor: str
    features: str
    llvm: str
    wide: bool  # has 512-bit vectors and should use them

    @property
    def attributes(self) -> str:
        """Function attributes for this target."""
        words = ["nounwind"]
        if self.wide:
            words += ['"prefer-vector-width"="512"', '"min-legal-vector-width"="512"']
        return " ".join(words)


@cache
def host() -> Target:
    """The computer this runs on. Raises OSError where the kernel cannot run on it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.check_jit_execution()
    features = llvm.get_host_cpu_features()
    lacking = [name for name in NEEDED.get(platform.machine(), ()) if not features.get(name)]
    if lacking:
        raise OSError(f"this processor lacks {' and '.join(lacking)}")
    triple = llvm.get_process_triple()
    if os.name == "nt":
        triple += "-elf"  # what llvmlite's loader reads on Windows
    version = ".".join(str(part) for part in llvm.llvm_version_info)
    return Target(
        triple=triple,
        processor=llvm.get_host_cpu_name(),
        features=features.flatten(),
        llvm=f"{version}/{llvmlite.__version__}",
        wide=bool(features.get("avx512f") and features.get("avx512dq")),
    )


def emit_object(text: str, target: Target, *, unroll: bool = True) -> bytes:
    """Compile a module. Raises RuntimeError, with LLVM's own words, for a text it rejects.

    The text already computes nothing twice and nothing in a loop that could stand outside it. Of
    LLVM's passes the two that gain speed all the same write out short loops, if wanted, and tidy
    up. The rest would take several times as long as making the code.
    """
    module, machine = llvm.parse_assembly(text), _machine(target)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())
    passes = llvm.create_new_function_pass_manager()
    if unroll:
        passes.add_loop_unroll_pass()
    passes.add_instruction_combine_pass()
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)
    return bytes(machine.emit_object(module))


def _machine(target: Target) -> llvm.TargetMachine:
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.processor,
        features=target.features,
        opt=OPTIMISATION,
        reloc="pic",
        codemodel="default",
        jit=True,
    )


@dataclass(frozen=True, eq=False)
class Loaded:
    """Machine code in memory, for as long as this object lives."""

    engine: llvm.ExecutionEngine

    def function(self, name: str, arguments: Sequence[type]) -> Callable[..., object]:
        """A function that gives nothing back. It runs without Python's interpreter lock."""
        address = self.engine.get_function_address(name)
        if not address:
            raise OSError(f"the object holds no function {name}")
        return ctypes.CFUNCTYPE(None, *arguments)(address)


def load_object(data: bytes, target: Target) -> Loaded:
    """Make the functions of an object file callable."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(target))
    engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    engine.finalize_object()
    return Loaded(engine)
