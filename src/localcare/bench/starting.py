"""What it takes to start: parsing and compiling, cold and warm, and whole commands.

Everything cold happens in a cache folder of its own, which is thrown away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcare.bench.report import Missing, Start, Target, spread
from localcare.bench.subjects import Case
from localcare.engine.kernel import LANES, KernelUnavailable, build
from localcare.model import load

__all__ = ["starts"]

#: What keeps Python from writing what it has compiled; it would then compile at every start.
UNCACHED = "PYTHONDONTWRITEBYTECODE"
ROUNDS = 5
Tell = Callable[[str], None]


def starts(
    case: Case, folder: Path, missing: list[Missing], tell: Tell
) -> tuple[list[Start], list[Target]]:
    """What was measured, and what of it the kernel is held to. What fails is put with what is
    `missing`, so that the rest is not lost."""
    found: list[Start] = []
    targets: list[Target] = []
    with _cache_in(folder / "cache"):
        tell("parsing and compiling, cold and warm")
        found.append(_timed("parsing the model and its tables, cold", 2, lambda: load(
            case.path, cache=False)))  # fmt: skip
        load(case.path)
        found.append(_timed("reading the parsed model, warm", ROUNDS, lambda: load(case.path)))
        with _unless_unavailable():
            found += _compiling(case, folder)
            targets.append(Target("seconds to compile, cold", 2.0, found[-2].clock, less=True))
        for words, wanted in ((["run", "baseline"], 1.5), (["compare"], 8.0)):
            tell(f"localcare {' '.join(words)}")
            try:
                start = _command(words, folder)
            except subprocess.CalledProcessError as error:
                said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
                name = f"localcare {' '.join(words)}"
                missing.append(Missing(name, f"it fails ({' '.join(said)})", name))
                continue
            found.append(start)
            what = f"seconds for localcare {' '.join(words)}, warm"
            targets.append(Target(what, wanted, start.clock, less=True))
    return found, targets


def _compiling(case: Case, folder: Path) -> list[Start]:
    """The kernel for an ensemble, compiled and then taken from the cache; never one that is still
    in memory."""
    kept, points = frozenset(case.saves), case.schedule.points

    def once() -> tuple[float, float]:
        return _seconds(lambda: build(case.spec, kept, LANES, points=points))

    cold = []
    for number in range(3):
        with _cache_in(folder / f"cold_{number}"):
            cold.append(once())
    once()
    warm = [once() for _ in range(ROUNDS)]
    return [
        Start(what, spread(c for c, _ in times), spread(p for _, p in times))
        for what, times in (
            ("compiling the kernel, cold", cold),
            ("loading the kernel from the cache, warm", warm),
        )
    ]


def _command(words: list[str], folder: Path) -> Start:
    """A whole command in a process of its own, once to warm up and then again and again."""
    out = folder / f"results_{words[0]}"
    command = [sys.executable, "-m", "localcare", *words, "--quiet", "--out", str(out)]

    # Warm is with Python's own cache of compiled modules, also where writing it is switched off.
    caching = {name: value for name, value in os.environ.items() if name != UNCACHED}

    def once() -> None:
        subprocess.run(  # noqa: S603 (our own command)
            command, check=True, capture_output=True, env=caching
        )

    once()
    clock, processor = [], []
    for _ in range(ROUNDS):
        before, begun = _children(), time.perf_counter()
        once()
        clock.append(time.perf_counter() - begun)
        processor.append(_children() - before)
    what = f"localcare {' '.join(words)}, whole process, warm"
    return Start(what, spread(clock), spread(processor))


def _children() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = os.times()
    return used.children_user + used.children_system


def _timed(what: str, rounds: int, run: Callable[[], object]) -> Start:
    times = [_seconds(run) for _ in range(rounds)]
    return Start(what, spread(clock for clock, _ in times), spread(cpu for _, cpu in times))


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


@contextmanager
def _cache_in(folder: Path) -> Iterator[None]:
    """The user's cache folder moved, for this process and those it starts."""
    names = ("XDG_CACHE_HOME", "LOCALAPPDATA")
    before = {name: os.environ.get(name) for name in names}
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ.update(dict.fromkeys(names, str(folder)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _unless_unavailable() -> Iterator[None]:
    """Go on where the kernel cannot be had."""
    try:
        yield
    except KernelUnavailable:
        return
