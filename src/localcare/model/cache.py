"""Parsed models kept on disk, so that a model is parsed once.

A spec is stored as JSON in the user's cache folder, under the hash of the model file and of the
code that reads it. The entry lists the tables it was built from with their hashes, and is used
only while all are the same. It begins with a checksum of itself. Nothing here may stop a run: a
cache that is corrupt, locked or cannot be written is as good as none.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from localcare.model import expression, spec
from localcare.model.refusal import Refusal
from localcare.model.spec import Kind, ModelSpec
from localcare.model.table_files import resolve

__all__ = ["decode", "encode", "folder", "load", "store"]

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
        checksum, _, text = _entry(data).read_bytes().partition(b"\n")
        if checksum.decode() != hashlib.sha256(text).hexdigest():
            return None
        entry = json.loads(text, object_hook=_object)
        found = entry["spec"]
        fresh = all(
            hashlib.sha256(resolve(model.parent, file).read_bytes()).hexdigest() == digest
            for file, digest in entry["tables"].items()
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, Refusal):
        return None
    if not fresh or not isinstance(found, ModelSpec):
        return None
    return dataclasses.replace(found, name=model.stem, file=model.name)


def store(data: bytes, built: ModelSpec, tables: Mapping[str, str]) -> None:
    """Keep a spec for the model file with these bytes and these tables."""
    import filelock

    with suppress(OSError, ValueError, NotImplementedError):
        entry = _entry(data)
        if not entry.is_absolute():  # no home folder
            return
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.parent.parent.chmod(0o700)
        entry.parent.chmod(0o700)
        content = {"tables": dict(tables), "spec": encode(built)}
        text = json.dumps(content, separators=(",", ":")).encode()
        with filelock.FileLock(entry.parent / ".lock", timeout=5):
            handle, name = tempfile.mkstemp(dir=entry.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
                Path(name).replace(entry)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            _cap(entry.parent)


def _entry(data: bytes) -> Path:
    """Where the spec of a model file with these bytes is kept. The name changes with the code of
    this room and with PySD, so that no other version's spec is read.
    """
    key = hashlib.sha256(metadata.version("pysd").encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        key.update(module.read_bytes())
    key.update(data)
    return folder() / f"{key.hexdigest()}.json"


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
