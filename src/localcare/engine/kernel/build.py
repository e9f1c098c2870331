"""A compiled model, ready to run: from the cache on disk, or compiled and put there.

Raises KernelUnavailable where this computer cannot run it: llvmlite does not load, the processor
lacks what the code leans on, memory may not be made executable, or the code fails the test of
arithmetic that every kernel carries.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcare.engine.kernel import cache
from localcare.engine.kernel.outline import Outline
from localcare.engine.kernel.self_test import passes
from localcare.model.spec import Kind, ModelSpec

__all__ = ["Kernel", "KernelUnavailable", "build", "text_of"]


class KernelUnavailable(Exception):
    """The compiled engine cannot be used here, for the reason given."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled model. `simulate` takes the addresses of a workspace and of a control."""

    outline: Outline
    inputs: NDArray[np.float64]  # what the model has in each slot, (slots,)
    loaded: object  # keeps the machine code in memory
    simulate: Callable[[int, int], object]
    compiled: bool  # now, rather than read from the cache


def build(
    spec: ModelSpec,
    kept: Collection[str],
    lanes: int,
    *,
    points: bool = False,
    varied: Collection[str] | None = None,
    loose: Collection[str] = (),
) -> Kernel:
    """The kernel for a model, the variables to be saved, as points or means, and so many lanes,
    which takes members that differ in the inputs `varied`, or None for any, and whose tables have
    noughts where the model's have, but for those that are `loose`."""
    try:
        from localcare.engine.kernel import machine

        target = machine.host()
    except (ImportError, OSError, RuntimeError) as error:
        raise KernelUnavailable(str(error)) from error
    try:
        key = cache.key_of(spec, kept, (lanes, points), (varied, loose), target)
        entry = cache.load(key)
        if entry is not None:
            kernel = _loaded(spec, *entry, compiled=False)
            if kernel is not None:
                return kernel
        from localcare.engine.kernel.program import write_program

        text, outline = write_program(
            spec, kept, lanes, target.attributes, points=points, varied=varied, loose=loose
        )
        # Beside eight members a loop's own cost is small, and writing it out takes a quarter of
        # the time to compile.
        data = machine.emit_object(text, target, unroll=lanes == 1)
        kernel = _loaded(spec, data, outline, compiled=True)
    except RecursionError as error:
        raise KernelUnavailable("an equation of the model is nested too deeply for it") from error
    except (OSError, RuntimeError) as error:
        raise KernelUnavailable(str(error)) from error
    if kernel is None:
        raise KernelUnavailable("its arithmetic fails the self-test on this computer")
    cache.store(key, data, outline)
    return kernel


def text_of(spec: ModelSpec, kept: Collection[str], lanes: int) -> str:
    """The LLVM IR of a model, for reading."""
    from localcare.engine.kernel import machine
    from localcare.engine.kernel.program import write_program

    return write_program(spec, kept, lanes, machine.host().attributes)[0]


def _loaded(spec: ModelSpec, data: bytes, outline: Outline, *, compiled: bool) -> Kernel | None:
    """The kernel of an object file, or None if it fails its self-test."""
    from localcare.engine.kernel import machine

    loaded = machine.load_object(data, machine.host())
    pointers = [ctypes.c_void_p, ctypes.c_void_p]
    if not passes(loaded.function("self_test", pointers), outline.lanes):
        return None
    simulate = loaded.function("simulate", pointers)
    return Kernel(outline, _inputs(spec, outline), loaded, simulate, compiled)


def _inputs(spec: ModelSpec, outline: Outline) -> NDArray[np.float64]:
    """The model's own constants where they lie in the workspace, 0 elsewhere, (slots,)."""
    inputs = np.zeros(outline.size)
    for variable in spec.variables:
        if variable.kind is Kind.CONSTANT:
            first = outline.slots[variable.identifier]
            # Adding 0 turns -0 into 0, the one number that a path would not hand on to the bit.
            inputs[first : first + len(variable.values)] = np.array(variable.values) + 0.0
    return inputs
