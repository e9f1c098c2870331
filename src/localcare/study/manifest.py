"""What ran: everything that is needed to run it again, as plain JSON.

A manifest holds no date and no path, so that the same inputs give the same manifest. Its `run`
is a short name made from its contents, which captions quote.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from localcare.engine import inputs
from localcare.engine.inputs import Overrides
from localcare.engine.run import Run
from localcare.model.spec import ModelSpec
from localcare.study.dataset import ATTRIBUTION
from localcare.study.store import PROGRAM

__all__ = ["attributes", "build", "common", "file_hash", "named", "overrides_of", "to_json"]

_LIBRARIES = ("numpy", "xarray", "pysd", "llvmlite", "sdeint", "h5netcdf", "matplotlib")


def build(
    spec: ModelSpec,
    run: Run,
    scenarios: Mapping[str, Mapping[str, Any]],
    overrides: Sequence[Overrides],
    hashes: Mapping[str, str],
    *,
    settings: Sequence[str] = (),
    grid: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest of a batch.

    `scenarios` gives, by name in the order of the members, what describes each one (title, hash of
    its file); `overrides` what each changed, resolved; `hashes` the SHA-256 of further inputs (the
    assumptions table, the levers table); `settings` the `NAME=VALUE` given on the command line;
    `grid`, where one was laid over scenarios, what was asked for (`scenarios`, `axes`, `start`).
    """
    return named(
        {
            **common(spec, run, hashes),
            "settings": list(settings),
            **({"grid": dict(grid)} if grid else {}),
            "scenarios": {
                name: {**described, "overrides": _plain(each)}
                for (name, described), each in zip(scenarios.items(), overrides, strict=True)
            },
        }
    )


def common(spec: ModelSpec, run: Run, hashes: Mapping[str, str]) -> dict[str, Any]:
    """What every manifest says: the model and the tables beside it, how it was run, and by what."""
    return {
        "program": PROGRAM,
        "version": version("localcare"),
        "git_commit": _git_commit(),
        "model": spec.name,
        "model_file": spec.file,
        "model_hash": spec.hash,
        "input_hashes": dict(hashes),
        "engine": run.engine,
        "method": run.method,
        "step": run.step,
        "time": {
            "unit": spec.time.unit,
            "initial": spec.time.initial,
            "final": float(run.bounds[-1]),
            "saving_interval": spec.time.saveper,
        },
        "seed": run.seed,
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "attribution": ATTRIBUTION,
    }


def named(contents: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest with a short name made of its contents."""
    digest = hashlib.sha256(to_json(contents).encode()).hexdigest()
    return {"run": digest[:12], **contents}


def overrides_of(manifest: Mapping[str, Any], scenario: str) -> Overrides:
    """What a scenario of a manifest changed, to the bit. Raises KeyError for one that it lacks."""
    told = manifest["scenarios"][scenario]["overrides"]
    return Overrides(
        {name: np.array(value, dtype=np.float64) for name, value in told["constants"].items()},
        {
            name: inputs.Path(np.array(each["times"], dtype=np.float64), np.array(each["values"]))
            for name, each in told["paths"].items()
        },
    )


def attributes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The manifest as plain attributes of a Dataset: text, one for each entry."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        for key, value in manifest.items()
    }


def to_json(contents: Mapping[str, Any]) -> str:
    """Readable JSON that is the same for the same contents."""
    return json.dumps(contents, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(overrides: Overrides) -> dict[str, Any]:
    """Overrides as JSON: every number is kept to the bit (Python prints floats exactly)."""
    return {
        "constants": {
            name: np.asarray(value).tolist() for name, value in sorted(overrides.constants.items())
        },
        "paths": {
            name: {"times": path.times.tolist(), "values": path.values.tolist()}
            for name, path in sorted(overrides.paths.items())
        },
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _git_commit() -> str:
    """The commit of the clone that this package runs from, marked `+` where files differ from it;
    empty outside a clone."""
    folder = Path(__file__).resolve().parents[3]
    if not (folder / ".git").exists():
        return ""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit + ("+" if _git(folder, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(  # noqa: S603
        ["git", "-C", str(folder), *words],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout.strip()
