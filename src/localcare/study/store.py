"""Folders of results: written whole beside their place and moved into it, or not at all.

A folder is ours when it holds a `manifest.json` that says so. Ours are replaced whole; an empty
folder is used; anything else is refused, so that no one's files are lost.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcare.problems import BadInput, Problem

__all__ = [
    "MANIFEST",
    "PROGRAM",
    "cannot_write",
    "check_target",
    "is_results",
    "move_into_place",
    "read_manifest",
    "replacing",
]

MANIFEST = "manifest.json"
#: What `manifest.json` gives as its program in a folder of ours.
PROGRAM = "localcare"


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder to write results into, which takes the place of `target` when all is written.

    On any error, Ctrl-C included, the new folder is removed and `target` is as it was. Raises
    BadInput where `target` cannot be written, or holds something that is not ours.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise BadInput(cannot_write(target, error)) from error
    try:
        scratch.chmod(0o755)
        yield scratch
        move_into_place(scratch, target)
    except OSError as error:
        raise BadInput(cannot_write(target, error)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def check_target(target: Path) -> None:
    """Raise BadInput unless results may be written to `target`: before time is spent on them."""
    if not target.exists():
        parent = next((each for each in target.absolute().parents if each.exists()), None)
        if parent is not None and not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
            raise BadInput(
                Problem(
                    f"{parent} is not a folder that can be written to.",
                    "Choose another with --out.",
                    file=target,
                )
            )
        return
    if not target.is_dir():
        raise BadInput(
            Problem("is a file, not a folder.", "Choose another with --out.", file=target)
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise BadInput(
            Problem(
                f"{target.parent} cannot be written to.", "Choose another with --out.", file=target
            )
        )
    if any(target.iterdir()) and not is_results(target):
        raise BadInput(
            Problem(
                "is not empty and holds no manifest of localcare, so it is left alone.",
                "Choose another folder with --out, or empty this one.",
                file=target,
            )
        )


def is_results(folder: Path) -> bool:
    """Whether a folder holds results that localcare wrote."""
    try:
        return bool(_manifest(folder)["program"] == PROGRAM)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder of results. Raises BadInput where it is none."""
    if not is_results(folder):
        raise BadInput(
            Problem(
                "is not a folder of localcare's results (it has no manifest.json of ours).",
                "Give a folder that `localcare run` or `localcare compare` wrote.",
                file=folder,
            )
        )
    return _manifest(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return found


def move_into_place(scratch: Path, target: Path) -> None:
    """Put `scratch` where `target` is; what was there goes only once the new one stands."""
    if not target.exists():
        scratch.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.rename(old / "was")
    try:
        scratch.rename(target)
    except BaseException:
        (old / "was").rename(target)
        old.rmdir()
        raise
    shutil.rmtree(old, ignore_errors=True)


def cannot_write(target: Path, error: OSError) -> Problem:
    """Why a folder of results could not be written, and what to do."""
    if error.errno == errno.ENOSPC:
        why, cure = "the disk is full; nothing was changed.", "Free some room or use --out."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        why = "cannot be written to."
        cure = "Close what has it open, or choose another folder with --out."
    else:
        why, cure = f"could not be written: {error.strerror or error}.", "Use --out."
    return Problem(why, cure, file=target)
