"""`localcare add`: a care function, a role or a place more, as rows and columns of the tables."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcare.model import ModelSpec, Variable, load
from localcare.model.additions import Addition, Change, additions
from localcare.model.build import build
from localcare.model.source import read_bytes
from localcare.paths import MODEL, models_folder
from localcare.present.console import Terminal
from localcare.problems import BadInput, Problem

__all__ = ["add_command"]

Floats = NDArray[np.float64]


def add_command(wanted: Addition, model: Path | None, *, quiet: bool) -> None:
    """Add an element to the tables of a model, after a trial on a copy. Raises BadInput, with
    nothing changed, where the model with the new rows could not be read or would change what the
    other elements had."""
    terminal = Terminal(quiet=quiet)
    path = models_folder() / MODEL if model is None else model
    before = load(path)
    changes = additions(path, before, wanted)
    _try_out(path, before, changes, None if wanted.share is None else wanted.like)
    _write(changes)
    given = "" if model is None else f" --model {model}"
    what = f"{wanted.like}'s numbers"
    if wanted.share is not None:
        what = f"{wanted.share:.0%} of {wanted.like}'s amounts"
    terminal.say(f"Added {wanted.element} to {wanted.dimension}, with {what}, in:")
    for change in changes:
        where = f"line {change.line}" if change.rows else "a new column"
        terminal.say(f"  {change.path}: {where}")
    terminal.say(f"Next: edit those numbers, then `localcare check{given}`.")


def _try_out(path: Path, before: ModelSpec, changes: Sequence[Change], shared: str | None) -> None:
    """Read the model with the changed tables, in a scratch folder, and hold the numbers of the
    other elements to what they were."""
    data = read_bytes(path)
    _, tables = build(path, data)
    new = {change.path.resolve(): change.text for change in changes}
    with tempfile.TemporaryDirectory(prefix="localcare-add-") as scratch:
        folder = Path(scratch)
        copy = folder / path.name
        copy.write_bytes(data)
        for file in tables:
            original, target = (path.parent / file).resolve(), folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if original in new:
                target.write_text(new[original], encoding="utf-8", newline="")
            else:
                shutil.copyfile(original, target)
        after = load(copy, cache=False)
    harmed = _harmed(before, after, shared)
    if harmed:
        why = f"adding it would change what others have in {', '.join(harmed)}."
        cure = "Keep the columns of a range together, at the end of its table."
        raise BadInput(Problem(why, cure, file=path))


def _harmed(before: ModelSpec, after: ModelSpec, shared: str | None) -> list[str]:
    """Variables with numbers from tables that differ for elements both have, leaving out an
    element whose amounts were shared out."""
    harmed = []
    for variable in before.variables:
        if not variable.values:
            continue
        own, new = _by_element(before, variable), _by_element(after, variable)
        for axis, name in enumerate(variable.dimensions):
            had, has = before.by_dimension[name].elements, after.by_dimension[name].elements
            kept = [each for each in had if each != shared]
            own = own.take([had.index(each) for each in kept], axis)
            new = new.take([has.index(each) for each in kept], axis)
        if own.shape != new.shape or not np.array_equal(own, new):
            harmed.append(variable.name)
    return harmed


def _by_element(spec: ModelSpec, variable: Variable) -> Floats:
    """A variable's numbers, of shape (*its dimensions, times or points)."""
    values = np.asarray(spec.by_identifier[variable.identifier].values)
    return values.reshape(*spec.shape(variable.identifier), -1)


def _write(changes: Sequence[Change]) -> None:
    """Put every table into place, or none of them."""
    written: list[tuple[Path, bytes]] = []
    try:
        for change in changes:
            kept = change.path.read_bytes()
            part = change.path.with_name(f".{change.path.name}.part")
            part.write_text(change.text, encoding="utf-8", newline="")
            part.replace(change.path)
            written.append((change.path, kept))
    except OSError as error:
        for path, kept in written:
            path.write_bytes(kept)
        for change in changes:
            change.path.with_name(f".{change.path.name}.part").unlink(missing_ok=True)
        why = f"could not be written: {error.strerror or os.strerror(error.errno or 0)}."
        raise BadInput(Problem(why, "Check its permissions.", file=change.path)) from error
