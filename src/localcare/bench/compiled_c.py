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

__all__ = ["FLAGS", "plain_c"]

FLAGS = ("-O3", "-march=native")
#: gcc contracts products and sums, and the C multiplies by inverses.
ALLOWED = 1e-11


def plain_c(case: Case, members: int, folder: Path) -> Contender:
    """The model as C, run for so many members one after another. Files go into `folder`."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Unavailable("gcc is not installed", "apt-get install gcc")
    program = write_program(case.spec, case.schedule, case.saves)
    source, library = folder / f"{case.name}.c", folder / f"{case.name}.so"
    source.write_text(program.text, encoding="utf-8")
    command = [gcc, *FLAGS, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
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

    note = f"gcc {' '.join(FLAGS)}, libm, one run a call"
    return Contender("plain C", members, timed, values, ALLOWED, note=note)
