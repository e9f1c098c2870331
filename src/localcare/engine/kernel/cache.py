"""Machine code kept on disk, so that a model is compiled once on a computer.

An entry is named by a hash of all that it follows from: the model, what is kept, the lanes, the
processor, LLVM and the code of this room. It begins with a checksum of itself. Nothing here may
stop a run: a cache that is corrupt, locked or cannot be written is as good as none. Since what it
holds will be executed, a folder that others could write to is not read.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.engine.kernel.outline import Outline
from localcare.model.spec import ModelSpec

if TYPE_CHECKING:
    from localcare.engine.kernel.machine import Target

__all__ = ["folder", "key_of", "load", "store"]

#: Entries kept; the least recently used beyond are deleted.
KEPT = 64
SUFFIX = ".kernel"
_DIGEST = 32  # bytes of a checksum
_LENGTH = 8  # bytes that hold the outline's length


def folder() -> Path:
    """The user's cache folder for kernels."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("localcare", appauthor=False)) / "kernels"


def key_of(
    spec: ModelSpec,
    kept: Collection[str],
    form: tuple[int, bool],
    inputs: tuple[Collection[str] | None, Collection[str]],
    target: Target,
) -> str:
    """The name of the entry. `form` is the number of lanes and whether points are saved, `inputs`
    which may differ between members (None for all), and which tables are loose."""
    key = hashlib.sha256(_own_code())
    lists = [None if names is None else sorted(names) for names in inputs]
    for part in (target, form, sorted(kept), lists, spec.fingerprint):
        key.update(repr(part).encode() + b"\0")
    return key.hexdigest()


@cache
def _own_code() -> bytes:
    """A hash of the code that decides what the machine code is."""
    found = hashlib.sha256()
    here = Path(__file__).parent
    for module in (*sorted(here.glob("*.py")), here.parent / "semantics.py"):
        found.update(module.read_bytes())
    return found.digest()


def load(key: str) -> tuple[bytes, Outline] | None:
    """The object file and outline of an entry, or None."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        entry = folder() / (key + SUFFIX)
        if not _safe(entry.parent):
            return None
        data = entry.read_bytes()
        checksum, rest = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(rest).digest() != checksum:
            return None
        length = int.from_bytes(rest[:_LENGTH], "little")
        outline = Outline.decode(rest[_LENGTH : _LENGTH + length])
        with suppress(OSError):
            os.utime(entry)
        return rest[_LENGTH + length :], outline
    return None


def store(key: str, data: bytes, outline: Outline) -> None:
    """Keep an object file and its outline."""
    import filelock

    encoded = outline.encode()
    rest = len(encoded).to_bytes(_LENGTH, "little") + encoded + data
    with suppress(OSError, NotImplementedError):
        where = folder()
        if not where.is_absolute():  # no home folder
            return
        where.mkdir(parents=True, exist_ok=True)
        where.parent.chmod(0o700)
        where.chmod(0o700)
        with filelock.FileLock(where / ".lock", timeout=10):
            handle, name = tempfile.mkstemp(dir=where, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(rest).digest() + rest)
                Path(name).replace(where / (key + SUFFIX))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _cap(where)


def _safe(where: Path) -> bool:
    """Whether only the user can write to the folder."""
    if os.name == "nt":
        return True
    status = where.stat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid == os.geteuid() and not status.st_mode & others


def _cap(where: Path) -> None:
    entries = sorted(where.glob("*" + SUFFIX), key=lambda each: each.stat().st_mtime)
    for old in entries[:-KEPT]:
        old.unlink()
