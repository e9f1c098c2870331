"""`localcare report RUN`: what was found, for people who do not run models, in a file a format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.summary import last_year
from localcare.present.console import Terminal
from localcare.present.declared import caption_of, known
from localcare.present.drivers import draw_tornado, tornado_shows
from localcare.present.files import SUMMARY
from localcare.present.history import draw_history
from localcare.present.report.content import compose
from localcare.present.report.extras import needed
from localcare.present.report.parts import Influence, Material, Report
from localcare.present.results import open_current
from localcare.present.style import Drawing, picture, style
from localcare.problems import BadInput, Problem
from localcare.study.project import Project, open_project
from localcare.study.store import cannot_write, read_manifest
from localcare.verbs.drawn import drawn_of_draws, of_drivers
from localcare.verbs.sensitivity import SENTENCES
from localcare.verbs.validate import run_validation

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["check_targets", "put", "report_command", "same_model"]

#: What each is written with, looked for before time is spent.
LIBRARIES = {"html": "jinja2", "docx": "docx", "pptx": "pptx"}
#: In a folder of a sensitivity analysis.
INDICES, TORNADO = "indices.csv", "tornado.csv"


def report_command(
    run: Path, formats: Sequence[str], out: Path | None, *, sensitivity: Path | None,
    model: Path | None, force: bool, quiet: bool,
) -> None:  # fmt: skip
    """Write report.html, report.docx and report.pptx (those of `formats`) into `out`, or the folder
    of the run for None. Raises BadInput for a folder that is none of ours, of another version or of
    another model, and for a file that is there already unless `force`. `sensitivity` is a folder
    that `localcare sensitivity` wrote, of the same model."""
    terminal = Terminal(quiet=quiet)
    folder = run if out is None else out
    files = {each: folder / f"report.{each}" for each in formats or ("html",)}
    for each in files:
        needed(LIBRARIES[each])
    dataset = open_current(run)
    check_targets(list(files.values()), force=force)
    manifest, project = read_manifest(run), open_project(model)
    same_model(project, manifest, run)
    influence = None if sensitivity is None else _influence(sensitivity, project, dataset)
    with terminal.busy("Validating the model"):
        validated = None
        if project.beside(".validation.yaml").exists():
            validated = run_validation(project, None, "kernel")
    bands = _bands(run)
    with terminal.busy("Gathering draws and drivers"):
        drawings = _drawings(run, dataset, model)
        if validated is not None:
            drawings += draw_history(validated.fits, dataset.attrs)
        if influence is not None:
            drawings = [each for each in drawings if each.name != influence.tornado.name]
            drawings.append(influence.tornado)
    report = compose(
        Material(dataset, manifest, project, validated, bands, influence, model, tuple(drawings))
    )
    with terminal.busy("Drawing figures"):
        pictures = _draw(report)
    with terminal.busy("Writing"):
        for kind, path in files.items():
            put(path, _set(kind, report, pictures))
    terminal.show(report.finding)
    terminal.say("Written: " + ", ".join(str(path) for path in files.values()))


def same_model(project: Project, manifest: Mapping[str, object], run: Path) -> None:
    """Raise BadInput where results are of another model than the project's."""
    if manifest.get("model_hash") != project.spec.hash:
        why = f"is of another model than {project.spec.file} as it is now."
        cure = "Run it again, or give its model with --model."
        raise BadInput(Problem(why, cure, file=run))


def check_targets(files: Sequence[Path], *, force: bool) -> None:
    """Raise BadInput where a file is there already, unless `force`."""
    there = [path for path in files if os.path.lexists(path)]
    if there and not force:
        cure = "Give --force to replace it, or another folder with --out."
        raise BadInput(Problem("is already there.", cure, file=path) for path in there)


def put(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there. Raises BadInput where that cannot be."""
    part = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except OSError as error:
        if part:
            Path(part).unlink(missing_ok=True)
        raise BadInput(cannot_write(path, error)) from error


def _drawings(run: Path, dataset: xr.Dataset, model: Path | None) -> list[Drawing]:
    """The figures of a run's draws, and what drives the policy that needs fewest beds, of the
    shipped model."""
    drawings = list(drawn_of_draws(run, dataset))
    driven = None if model is not None else of_drivers(run, dataset, None)[0]
    return drawings if driven is None else [*drawings, driven]


def _draw(report: Report) -> dict[str, bytes]:
    """The figures of a report as PNG, by name."""
    with style():
        return {
            each.name: picture(each.draw())
            for section in report.sections
            for each in section.pictures
        }


def _bands(run: Path) -> pd.DataFrame | None:
    """The summary of a run with draws, whose rows have quantiles; None for one without."""
    import pandas as pd

    path = run / SUMMARY
    if not path.exists():
        return None
    table = pd.read_csv(path, encoding="utf-8-sig")
    return table if any("q50" in column for column in table.columns) else None


def _influence(folder: Path, project: Project, dataset: xr.Dataset) -> Influence:
    """What a sensitivity analysis found. Raises BadInput for a folder that is none, or is of
    another model."""
    import pandas as pd

    told = read_manifest(folder)
    if "sensitivity" not in told or not (folder / INDICES).exists():
        cure = "Give a folder that `localcare sensitivity` wrote."
        raise BadInput(Problem("holds no sensitivity analysis.", cure, file=folder))
    same_model(project, told, folder)
    measure = known(told["sensitivity"]["measure"])
    sentences = (folder / SENTENCES).read_text(encoding="utf-8").splitlines()
    indices, tornado = (
        pd.read_csv(folder / name, encoding="utf-8-sig") for name in (INDICES, TORNADO)
    )
    year = last_year(dataset)
    shows = tornado_shows(measure, year, int(told["sensitivity"]["top"]))
    drawing = draw_tornado(tornado, measure, year, caption_of(dataset, shows))
    sentences_there = tuple(each for each in sentences if each)
    return Influence(measure.title, indices, sentences_there, drawing)


def _set(kind: str, report: Report, pictures: Mapping[str, bytes]) -> bytes:
    if kind == "html":
        from localcare.present.report.page import web_page

        return web_page(report, pictures).encode("utf-8")
    if kind == "docx":
        from localcare.present.report.document import word_document

        return word_document(report, pictures)
    from localcare.present.report.slides import slide_deck

    return slide_deck(report, pictures)
