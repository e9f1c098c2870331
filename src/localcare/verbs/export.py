"""`localcare export`: the model as one file that needs no tables, for other software."""

from __future__ import annotations

from pathlib import Path

from localcare.model.export import self_contained
from localcare.paths import MODEL, models_folder
from localcare.present.console import Terminal
from localcare.problems import BadInput, Problem

__all__ = ["export_command"]


def export_command(
    model: Path | None, out: Path, *, products: bool, force: bool, quiet: bool = False
) -> None:
    """Write the model to `out`. Raises BadInput for a model that cannot be used and for a file
    that is already there, unless `force`; never replaces the model itself."""
    source = models_folder() / MODEL if model is None else model
    if out.exists() and (not force or out.samefile(source)):
        cure = "Name another file." if force else "Name another file, or give --force."
        raise BadInput(Problem("is already there.", cure, file=out))
    terminal = Terminal(quiet=quiet)
    with terminal.busy(f"Writing {source.name} without its tables"):
        text = self_contained(source, products=products)
        try:
            out.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            why = f"could not be written: {error.strerror}."
            raise BadInput(Problem(why, "Name another file.", file=out)) from error
    terminal.say(f"Wrote {out}")
