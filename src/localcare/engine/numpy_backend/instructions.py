"""What a program does, one instruction after another, before it is bound to arrays.

Out: for each instruction, the values that nobody reads after it, so that their arrays can serve
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.engine.numpy_backend.values import Operand, Phase, Value

__all__ = ["Compute", "Instruction", "Store", "last_readers"]

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Compute:
    """Compute a value, into `target` where given (an array of the value's own shape)."""

    value: Value
    target: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """Copy a value into `target`, whose dimensions `operand.along` counts, by rows if given."""

    operand: Operand
    target: Array
    rows: NDArray[np.int64] | None = None


Instruction = Compute | Store


def last_readers(
    programs: Mapping[Phase, Iterable[Instruction]],
) -> dict[tuple[Phase, int], list[Value]]:
    """Which values nobody reads after an instruction, where all their readers are of one phase.

    A value read in a later phase keeps its array for good: the earlier phase may run less often.
    """
    home: dict[Value, Phase] = {}
    last: dict[Value, tuple[Phase, int]] = {}
    shared: set[Value] = set()
    for phase, instructions in programs.items():
        for number, instruction in enumerate(instructions):
            if isinstance(instruction, Compute):
                home[instruction.value] = phase
                last[instruction.value] = (phase, number)
                operands = instruction.value.operands
            else:
                operands = (instruction.operand,)
            for operand in operands:
                if home[operand.value] is not phase:
                    shared.add(operand.value)
                last[operand.value] = (phase, number)
    ending: dict[tuple[Phase, int], list[Value]] = {}
    for value, where in last.items():
        if value not in shared:
            ending.setdefault(where, []).append(value)
    return ending
