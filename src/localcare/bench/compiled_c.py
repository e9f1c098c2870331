"""Plain C, compiled and loaded: one call runs one member."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np

from localcare.bench.contender import Contender, Unavailable
from localcare.bench.plain_c import write_program
from localcare.bench.subjects import Case, Values

__all__ = ["plain_c"]

FLAGS = ("-O3", "-march=native")
#: gcc computes several elements of an array at once unless told not to.
SCALAR = "-fno-tree-vectorize"
#: gcc contracts products and sums, and the C multiplies by inverses.
ALLOWED = 1e-11


def plain_c(case: Case, members: int, folder: Path, *, one_by_one: bool = False) -> Contender:
    """The model as C, run for so many members one after another; `one_by_one` has gcc compute the
    elements of an array so. Files go into `folder`."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Unavailable("gcc is not installed", "apt-get install gcc")
    program = write_program(case.spec, case.schedule, case.saves)
    flags = (*FLAGS, SCALAR) if one_by_one else FLAGS
    name = "C, elements one by one" if one_by_one else "plain C"
    source, library = (folder / f"{case.name}{'_1' * one_by_one}{end}" for end in (".c", ".so"))
    source.write_text(program.text, encoding="utf-8")
    command = [gcc, *flags, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own C, by gcc)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise Unavailable(f"gcc fails ({' '.join(said)})", "gcc --version") from error
    run = ctypes.CDLL(str(library)).run
    run.argtypes, run.restype = [ctypes.c_void_p, ctypes.c_void_p], None

    batch = case.batch(members)
    own = {name: np.array(case.spec.by_identifier[name].values) for name in program.reads}
    inputs = np.empty((members, sum(array.size for array in own.values())))
    for member in range(members):
        columns = [
            batch.constants[name].reshape(-1, members)[:, member]
            if name in batch.constants
            else array
            for name, array in own.items()
        ]
        inputs[member] = np.concatenate(columns)
    sizes = [math.prod(case.spec.shape(name)) for name in program.saves]
    out = np.empty((members, case.schedule.intervals + 1, sum(sizes)))

    def timed() -> None:
        for given, taken in zip(inputs, out, strict=True):
            run(given.ctypes.data, taken.ctypes.data)

    def values(_: object) -> Values:
        ends = np.cumsum([0, *sizes]).tolist()
        return {
            name: out[0, :, start:end].reshape(-1, *case.spec.shape(name))
            for name, start, end in zip(program.saves, ends, ends[1:], strict=False)
        }

    note = f"gcc {' '.join(flags)}, libm, one run a call"
    return Contender(name, members, timed, values, ALLOWED, note=note)
