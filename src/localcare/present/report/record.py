"""What stands at the end of a report: validation, words explained, and how to repeat the run.

In: a `Material`. Out: `Section`s, and the command that makes the results again.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from localcare.present.report.parts import Cell, Material, Point, Section, Sheet
from localcare.present.tables import GLOSSARY

__all__ = ["command", "record", "validation", "words_explained"]

OBSERVED = "How the model does against what was observed"
#: What is drawn of the past: `localcare figures` draws every series.
TOLD = ("observed_a_e_attendances", "observed_emergency_admissions", "observed_beds_occupied",
        "observed_no_criteria", "observed_waiting_list")  # fmt: skip
_REPRODUCED = (
    "A row that was fitted is called reproduced: it could not have failed, and says nothing about "
    "what the model foresees."
)
_REPEATED = (
    "The same version of the software, the same files (their SHA-256 below) and the command give "
    "the same numbers to the bit."
)
_OWN_FILES = (
    "A scenario that is not shipped needs its file beside the command. What each changed stands "
    "under \N{LEFT DOUBLE QUOTATION MARK}What was assumed\N{RIGHT DOUBLE QUOTATION MARK} and, to "
    "the bit, in manifest.json."
)


def validation(material: Material) -> Section:
    """The rows of `localcare validate`, those that fail first in words."""
    found = material.validated
    if found is None:
        return Section("validation", OBSERVED, ("This model has no rows of validation beside it.",))
    summary = tuple(
        (
            Cell(row.row),
            Cell(row.kind),
            Cell(f"{sum(part.passed for part in row.parts)} of {len(row.parts)}"),
            Cell("pass" if row.passed else "FAIL"),
        )
        for row in found.rows
    )
    parts = tuple(
        (
            Cell(f"{row.row}: {part.what}"),
            Cell(part.target),
            Cell(part.result),
            Cell(part.without_history),
            Cell("pass" if part.passed else "FAIL"),
        )
        for row in found.rows
        for part in row.parts
    )
    points = tuple(
        Point(
            f"{row.row} fails{f': {row.because}' if row.because else '.'}",
            tuple(
                f"{part.what}: {part.result}; wanted {part.target}."
                for part in row.parts
                if not part.passed
            ),
        )
        for row in found.rows
        if not row.passed
    )
    passed = len(found.rows) - found.failed
    words = (f"{passed} of {len(found.rows)} rows pass. {_REPRODUCED}",)
    tables = (
        Sheet("Rows of `localcare validate`.",
              ("what must come out right", "kind", "parts that pass", "verdict"), summary),
        Sheet("Their parts, with the result of a run without what was fitted to the past.",
              ("what must come out right", "target", "result", "without history", "verdict"),
              parts),
    )  # fmt: skip
    pictures = material.pictures(*TOLD)
    return Section("validation", OBSERVED, words, points, tables, pictures)


def words_explained() -> Section:
    """The glossary."""
    rows = tuple((Cell(word), Cell(meaning)) for word, meaning in GLOSSARY.items())
    return Section(
        "words", "Words", (), (), (Sheet("What words mean.", ("word", "meaning"), rows),)
    )


def record(material: Material) -> Section:
    """The manifest: what ran."""
    manifest = material.manifest
    left = {"scenarios", "program", "attribution"}
    rows = [
        (Cell(key), Cell(value if isinstance(value, str) else json.dumps(value)))
        for key, value in manifest.items()
        if key not in left
    ]
    rows += [
        (Cell(f"scenario {name}"), Cell(str(each.get("hash", ""))))
        for name, each in manifest["scenarios"].items()
    ]
    sheet = Sheet("What ran.", ("entry", "value"), tuple(rows))
    return Section("manifest", "How to repeat this", (_REPEATED, _OWN_FILES), (), (sheet,))


def command(material: Material) -> str:
    """The command that makes the results again, as a shell takes it."""
    manifest = material.manifest
    grid = manifest.get("grid")
    scenarios = list(manifest["scenarios"]) if grid is None else grid["scenarios"]
    alone = len(scenarios) == 1 and grid is None
    words = ["localcare", "run" if alone else "compare", *scenarios]
    for axis in () if grid is None else grid["axes"]:
        words += ["--grid", axis]
    if grid is not None and grid["start"] is not None:
        words += ["--start", grid["start"]]
    if material.given is not None:
        words += ["--model", material.given.as_posix()]
    for each in manifest.get("settings", ()):
        words += ["--set", each]
    for option, own in (("engine", "kernel"), ("method", "rk4")):
        if manifest[option] != own:
            words += [f"--{option}", manifest[option]]
    if manifest["step"] != material.project.spec.time.step:
        words += ["--step", repr(manifest["step"])]
    return shlex.join([*words, *_drawn(manifest)])


def _drawn(manifest: Mapping[str, Any]) -> list[str]:
    """The options of draws and noise."""
    ensemble = manifest.get("ensemble")
    if not ensemble:
        seed = manifest.get("seed")
        return [] if seed is None else ["--seed", str(seed)]
    words = ["--draws", str(ensemble["draws"]), "--seed", str(ensemble["draw_seed"])]
    left_out = {"parameters": "--no-noise", "noise": "--no-parameters"}
    if ensemble.get("covers") in left_out:
        words.append(left_out[ensemble["covers"]])
    return words if "retained" in ensemble else [*words, "--no-history"]
