"""A command of ours, with the processor time that its compiled kernel takes told apart.

In: `python -m localcare.bench.within FILE WORD...`, the words of a command. Out: what the command
gives, and in FILE the processor seconds (JSON) that its threads spent in calls of compiled code.
Nothing else counts as the kernel: not the inputs put into its memory, not the arrays made for its
results, not its compilation.
"""

from __future__ import annotations

import json
import runpy
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from localcare.engine import kernel

__all__ = ["timed_kernel"]


@contextmanager
def timed_kernel() -> Iterator[list[float]]:
    """Meanwhile, the processor seconds of every call of a kernel gather in a list."""
    seconds: list[float] = []
    prepare = kernel.prepare

    def prepared(*given: Any, **named: Any) -> kernel.Kernel:
        found = prepare(*given, **named)

        def simulate(workspace: int, control: int) -> object:
            begun = time.thread_time()
            try:
                return found.simulate(workspace, control)
            finally:
                seconds.append(time.thread_time() - begun)

        return replace(found, simulate=simulate)

    with patch.object(kernel, "prepare", prepared):
        yield seconds


if __name__ == "__main__":
    _, file, *words = sys.argv
    sys.argv = ["localcare", *words]
    with timed_kernel() as spent:
        try:
            runpy.run_module("localcare", run_name="__main__")
        finally:
            Path(file).write_text(json.dumps(sum(spent)), encoding="utf-8")
