"""A folder to work in that outlives an interruption, and takes its place when the work is done.

In: the folder wanted, what the work is (a plain mapping). Out: a hidden folder beside it, `.NAME.
unfinished`, that holds `job.json` and whatever the work leaves there; the same one when the same
work is begun again. Two runs cannot work in it together (a lock that the system drops when a
process ends, however it ends), and work of another kind is named and left alone.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from localcare.problems import BadInput, CheckFailed, Problem
from localcare.study.store import cannot_write, check_target, move_into_place

__all__ = ["JOB", "Interrupted", "Lost", "differences", "job_of", "unfinished", "working"]

JOB, LOCK = "job.json", "lock"


class Lost(CheckFailed):
    """Those who did the work are gone, and what they did is kept."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with words on what is kept."""


def unfinished(target: Path) -> Path:
    """Where work for a folder is kept until it is done."""
    target = Path(os.path.abspath(target))  # noqa: PTH100
    return target.with_name(f".{target.name}.unfinished")


@contextmanager
def working(target: Path, job: Mapping[str, Any], *, within: str = "") -> Iterator[Path]:
    """The folder to work in, which takes the place of `target` when all is done.

    `job` is what the work is, plain JSON; where `target` holds the same work, done, that is gone on
    with (and so verified). `within` is the part of the folder that the job belongs to; the rest is
    made anew. On an error or an interruption the work is kept.

    Raises BadInput where the folder cannot be written, another process works in it, or it holds
    other work.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100
    check_target(target)
    place = unfinished(target)
    told = json.loads(json.dumps(job))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = not place.exists()
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(cannot_write(target, error)) from error
    with _locked(place) as lock:
        try:
            before = job_of(place / within)
            if before is None and job_of(target / within) == told:
                _take_up(target / within, place / within)
                before = told
            if before is not None and before != told:
                why = f"holds unfinished work that is not this: {differences(before, told)}."
                cure = "Give the same options to go on with it, choose another --out, or delete it."
                raise BadInput(Problem(why, cure, file=place))
            (place / within).mkdir(parents=True, exist_ok=True)
            (place / within / JOB).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
            yield place
            lock.release()
            (place / LOCK).unlink(missing_ok=True)
            move_into_place(place, target)
        except OSError as error:
            raise BadInput(_kept(place, target, error)) from error
        except KeyboardInterrupt as stop:
            words = f"Interrupted. What was done is kept in {place}: the same command goes on."
            raise Interrupted(words) from stop
        except (BadInput, CheckFailed) as stop:
            # what cannot be run at all is not worth going on with
            if fresh and not isinstance(stop, Lost):
                shutil.rmtree(place, ignore_errors=True)
            raise


def job_of(folder: Path) -> dict[str, Any] | None:
    """What work a folder holds, None where that cannot be told."""
    try:
        found: dict[str, Any] = json.loads((folder / JOB).read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        return None


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How one job differs from another, in words."""
    changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    words = []
    for key in changed:
        pair = [_short(each.get(key, "nothing")) for each in (before, now)]
        plain = len(pair[0]) + len(pair[1]) < 80
        words.append(f"{key} {pair[0]} there, {pair[1]} here" if plain else f"other {key}")
    return "; ".join(words)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    hashed = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if hashed else text


@contextmanager
def _locked(place: Path) -> Iterator[FileLock]:
    lock = FileLock(place / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        why = "another run is writing into it."
        cure = "Wait for it to end, or choose another --out."
        raise BadInput(Problem(why, cure, file=place)) from None
    try:
        yield lock
    finally:
        lock.release()


def _take_up(source: Path, target: Path) -> None:
    """Move work that was done to where it is gone on with."""
    target.mkdir(parents=True, exist_ok=True)
    for each in source.iterdir():
        each.rename(target / each.name)
    source.rmdir()


def _kept(place: Path, target: Path, error: OSError) -> Problem:
    if error.errno != errno.ENOSPC:
        return cannot_write(target, error)
    why = f"the disk is full; what was done is kept in {place}."
    return Problem(why, "Free some room, and give the same command to go on.", file=target)
