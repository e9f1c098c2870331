"""Files of tables: where they may lie, and what is in them.

In: the name that an equation gives. Out: a path within the model's folder, its bytes, and for a CSV
file the texts of its cells. What lies elsewhere, is no file, is too big or is no text is refused.
"""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

from localcare.model.refusal import Refusal
from localcare.model.source import MAX_BYTES
from localcare.problems import did_you_mean

__all__ = ["contents", "read_csv", "resolve"]


def resolve(folder: Path, file: str) -> Path:
    """The path of a table, which must lie in the model's folder or below it."""
    outside = Refusal(
        f"the table {file} lies outside the model's folder.",
        "Put it beside the model and name it by its path from there.",
    )
    if not file or "\0" in file or Path(file).is_absolute():
        raise outside
    try:
        path, root = (folder / file.replace("\\", "/")).resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError):
        raise outside from None
    if root not in path.parents:
        raise outside
    return path


def contents(file: str, path: Path) -> bytes:
    """The bytes of the table `file` at a path."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for without end
            raise Refusal(f"the table {file} is no file.", "Name a CSV file or a workbook.")
        if status.st_size >= MAX_BYTES:
            raise Refusal(
                f"the table {file} has over {MAX_BYTES / 1e6:.0f} MB.", "Make it smaller."
            )
        return path.read_bytes()
    except FileNotFoundError:
        near = [each.name for each in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        raise Refusal(
            f"there is no table {file}.", did_you_mean(path.name, near) or "Add it."
        ) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal(f"the table {file} cannot be read ({why}).", "Check it.") from None


def read_csv(file: str, data: bytes, mark: str) -> list[list[str]]:
    """The cells of a CSV file, row by row."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text or "\ufffd" in text:
        raise Refusal(f"the table {file} is not text.", "Save it as CSV in UTF-8.")
    if not text.strip():
        raise Refusal(f"the table {file} is empty.", "Fill it, or fetch it again.")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise Refusal(f"the table {file} is no CSV file ({error}).", "Save it again.") from None
