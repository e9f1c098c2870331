"""Parsed models kept on disk, so that a model is parsed once.

A spec is stored as JSON in the user's cache folder, under the hash of the model file and of what
this package makes of it. The entry lists the tables it was built from with their hashes, and is
used only while all are the same. Nothing here may stop a run: a cache that is corrupt, locked or
cannot be written is as good as none.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from localcare.model import expression, spec
from localcare.model.refusal import Refusal
from localcare.model.spec import Kind, ModelSpec
from localcare.model.tables import resolve

__all__ = ["decode", "encode", "folder", "load", "store"]

#: Changes whenever what is made of a model file changes.
SCHEMA = 2
_KEPT = 32  # entries; the oldest beyond are deleted
_TYPES: dict[str, Any] = {
    name: kind
    for module in (expression, spec)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}


def folder() -> Path:
    """The user's cache folder for parsed models (its mode is 0700 once made)."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("localcare", appauthor=False)) / "models"


def load(model: Path, data: bytes) -> ModelSpec | None:
    """The stored spec of the model file with these bytes, or None."""
    try:
        entry = json.loads(_entry(data).read_bytes(), object_hook=_object)
        found = entry["spec"]
        fresh = all(
            hashlib.sha256(resolve(model.parent, file).read_bytes()).hexdigest() == digest
            for file, digest in entry["tables"].items()
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, Refusal):
        return None
    if not fresh or not isinstance(found, ModelSpec) or not found.variables:
        return None
    return dataclasses.replace(found, name=model.stem, file=model.name)


def store(data: bytes, built: ModelSpec, tables: Mapping[str, str]) -> None:
    """Keep a spec for the model file with these bytes and these tables."""
    import filelock

    entry = _entry(data)
    with suppress(OSError, filelock.Timeout, ValueError):
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.parent.parent.chmod(0o700)
        entry.parent.chmod(0o700)
        text = json.dumps(
            {"tables": dict(tables), "spec": encode(built)}, separators=(",", ":")
        ).encode()
        with filelock.FileLock(entry.parent / ".lock", timeout=5):
            handle, name = tempfile.mkstemp(dir=entry.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text)
                Path(name).replace(entry)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
            _cap(entry.parent)


def _entry(data: bytes) -> Path:
    from localcare import __version__

    key = hashlib.sha256(f"{__version__} {SCHEMA} ".encode() + data).hexdigest()
    return folder() / f"{key}.json"


def _cap(where: Path) -> None:
    entries = sorted(where.glob("*.json"), key=lambda each: each.stat().st_mtime)
    for old in entries[:-_KEPT]:
        old.unlink()


def encode(value: Any) -> Any:
    """Dataclasses as JSON objects that name their type under "_", tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            each.name: encode(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
        return {"_": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [encode(each) for each in value]
    return value


def decode(text: str | bytes) -> Any:
    """The inverse of `encode` followed by json.dumps."""
    return json.loads(text, object_hook=_object)


def _object(found: dict[str, Any]) -> Any:
    name = found.pop("_", None)
    if name is None:
        return found
    if "kind" in found:
        found["kind"] = Kind(found["kind"])
    return _TYPES[name](
        **{key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    )
