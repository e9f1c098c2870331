"""What noise and ensembles cost: in processor time, on the clock, in memory.

In: nothing but the shipped model and scenarios. Out: rows of what was measured and the targets they
are held to. The whole command is run in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from localcare.bench.report import Missing, Start, Target, spread
from localcare.bench.subjects import Case
from localcare.engine import Batch, run
from localcare.engine.diffusion import noisy

__all__ = ["DRAWS", "MEMBERS", "ensembles"]

Tell = Callable[[str], None]
MEMBERS, ROUNDS = 64, 5
#: Scenarios times draws of the whole command, and what it is held to.
DRAWS = 2048
SCENARIOS = (
    "primary", "neighbourhood", "intermediate", "acute", "early-learner", "four-layers",
    "prevention-first", "workforce-shortfall",
)  # fmt: skip
MINUTES, GIGABYTES, OUTSIDE, NOISE = 15.0, 2.0, 0.2, 2.0


def ensembles(
    case: Case, folder: Path, missing: list[Missing], tell: Tell, *, draws: int = DRAWS
) -> tuple[list[Start], list[Target]]:
    """What was measured, and what of it the ensembles are held to.

    `draws` are those of the whole command: nine scenarios, to figures. Processor time outside the
    kernel is that of the command less what its threads spend in calls of compiled code, measured in
    the command itself (`within`): a busy machine slows both alike.
    """
    found: list[Start] = []
    targets: list[Target] = []
    tell("members with and without noise")
    batch = Batch(MEMBERS, case.batch(MEMBERS).constants)
    plain: list[float] = []
    stirred: list[float] = []
    has = noisy(case.spec)
    for number in range(ROUNDS + 1):
        for seed, times in ((None, plain), (1, stirred)):
            if seed is None or has:
                begun = time.process_time()
                run(case.spec, batch, engine="kernel", save=list(case.saves), seed=seed)
                if number:  # the first compiles
                    times.append((time.process_time() - begun) / MEMBERS)
    member = spread(plain)
    found.append(Start(f"a member of {MEMBERS}, RK4, no noise", member, member))
    if has:
        with_noise = spread(stirred)
        found.append(Start(f"a member of {MEMBERS}, RK4, with noise", with_noise, with_noise))
        ratio = spread(a / b for a, b in zip(stirred, plain, strict=True))
        targets.append(Target("noise over the deterministic kernel", NOISE, ratio, less=True))
    else:
        missing.append(Missing("noise", "no stock of the model has any", "a model with noise"))
    tell(f"nine scenarios under {draws:,} draws each, to figures")
    words = ["compare", *SCENARIOS, "--draws", str(draws), "--quiet", "--out", str(folder / "all")]
    inside = folder / "inside.json"
    begun = time.perf_counter()
    processor, memory = _used([sys.executable, "-m", "localcare.bench.within", str(inside), *words])
    clock = time.perf_counter() - begun
    kernel = float(json.loads(inside.read_text(encoding="utf-8")))
    what = f"nine scenarios, {draws:,} draws each, to figures"
    found.append(Start(what, spread([clock]), spread([processor])))
    targets += _held(what, clock, memory, processor, kernel)
    return found, targets


def _held(
    what: str, clock: float, memory: float, processor: float, kernel: float
) -> Iterator[Target]:
    yield Target(f"minutes for {what}", MINUTES, spread([clock / 60]), less=True)
    yield Target("gigabytes of memory it takes at most", GIGABYTES, spread([memory]), less=True)
    words = (
        f"share of its processor time outside the kernel: of {processor:,.0f} seconds all but the "
        f"{kernel:,.0f} that its threads spent in compiled code"
    )
    yield Target(words, OUTSIDE, spread([1 - kernel / processor]), less=True)


def _used(command: list[str]) -> tuple[float, float]:
    """Processor seconds of a command, and the most memory that it took, in gigabytes.

    Raises CalledProcessError where it fails.
    """
    with tempfile.TemporaryFile() as said:
        begun = subprocess.Popen(command, stdout=said, stderr=said)  # noqa: S603 (our own command)
        _, status, used = os.wait4(begun.pid, 0)
        begun.returncode = os.waitstatus_to_exitcode(status)
        if begun.returncode:
            said.seek(0)
            raise subprocess.CalledProcessError(begun.returncode, command, said.read())
    unit = 1 if sys.platform == "darwin" else 1024
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9
