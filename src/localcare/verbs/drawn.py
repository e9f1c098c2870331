"""Figures that need more than the Dataset of a run: its draws, further runs, observed figures, the
model's file. In: a folder of results. Out: drawings by name, and why others cannot be drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.catalogue import missing, yearly
from localcare.measures.drivers import drivers
from localcare.measures.summary import last_year
from localcare.measures.swings import swings
from localcare.planner import MODELLED, draw_model, layers_of
from localcare.present.banded import Banded
from localcare.present.bands import retained_words
from localcare.present.declared import caption_of, known
from localcare.present.drivers import draw_tornado
from localcare.present.findings import names
from localcare.present.history import draw_history
from localcare.present.style import Drawing, style
from localcare.present.waterfall import DRIVEN, SPEND, draw_drivers
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.study.kept import Ensemble
from localcare.study.manifest import overrides_of
from localcare.study.project import open_project
from localcare.study.store import read_manifest
from localcare.verbs.ensemble import DRAWS, WINTERS_FOLDER
from localcare.verbs.validate import run_fits

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FURTHER", "Found", "drawn_of_draws", "draws_of", "further", "of_drivers"]

#: What there is, beside the figures of a run's Dataset.
FURTHER = {
    "fans": "Bands of draws by year and scenario, of a run with draws.",
    "certainty": "How sure each policy's change is, of a run with draws.",
    "chance_of_breach": "The chance of breaching limits by year, of a run with draws.",
    "bad_winter": "What a one-in-twenty winter does, of a run with draws.",
    "tornado": "Which assumptions move beds needed most, of a run with draws enough.",
    "drivers": "What drives the difference that a policy makes, by Shapley values.",
    "history": "The model against what was observed, a figure a series.",
    "structure": "Stocks and flows of the model by sector, drawn from its file.",
    "sectors": "Which sector of the model acts on which, every sector, drawn from its file.",
    "loops": "Feedback loops of the model, drawn from its equations.",
}
#: Those of the draws; beds have a fan there.
OF_DRAWS = ("beds", "fans", "certainty", "chance_of_breach", "bad_winter", "tornado")
_OTHER_MODEL = "the results are of another model than the shipped one of today (run it again)"
#: What a tornado of draws is of.
SWUNG = "beds_needed"


@dataclass
class Found:
    """Drawings, and by name why others are not among them."""

    drawings: list[Drawing] = field(default_factory=list)
    lacking: dict[str, str] = field(default_factory=dict)


def further(run: Path, dataset: xr.Dataset, wanted: Sequence[str], policy: str | None) -> Found:
    """The figures wanted, of those named in `FURTHER`, that a folder of results has enough for."""
    found = Found()
    of_draws = [name for name in OF_DRAWS if name in wanted]
    if of_draws:
        drawn = {each.name: each for each in drawn_of_draws(run, dataset)}
        found.drawings += [drawn[name] for name in of_draws if name in drawn]
        why = (
            "its draws do not tell"
            if drawn
            else "the run has no draws, which `localcare compare --draws 512` makes"
        )
        found.lacking |= {name: why for name in of_draws if name in FURTHER and name not in drawn}
    if "drivers" in wanted:
        one, why = of_drivers(run, dataset, policy)
        found.drawings += [] if one is None else [one]
        found.lacking |= {} if one is not None else {"drivers": why}
    modelled = [name for name in MODELLED if name in wanted]
    project = open_project(None) if modelled or "history" in wanted else None
    if project is None:
        return found
    if read_manifest(run).get("model_hash") != project.spec.hash:
        found.lacking |= {name: _OTHER_MODEL for name in (*modelled, "history") if name in wanted}
        return found
    if "history" in wanted:
        found.drawings += draw_history(run_fits(project), dataset.attrs)
    found.drawings += draw_model(project.spec, modelled)
    return found


def draws_of(run: Path) -> Ensemble | None:
    """The ensemble in a folder of results; None for one without draws."""
    place = next((each for each in (run / "ensemble", run) if (each / "summary.nc").exists()), None)
    return None if place is None else Ensemble(place)


def drawn_of_draws(run: Path, dataset: xr.Dataset) -> Iterator[Drawing]:
    """All figures of the draws of a run: none for one without."""
    ensemble = draws_of(run)
    if ensemble is None:
        return
    with style():
        by_chance = Ensemble(ensemble.folder / WINTERS_FOLDER)
        winters = by_chance if (by_chance.folder / "summary.nc").exists() else None
        yield from Banded.of(dataset, ensemble, by_chance=winters).drawings(dataset)
        yield from _tornado(ensemble, dataset)


def _tornado(ensemble: Ensemble, dataset: xr.Dataset) -> Iterator[Drawing]:
    """What assumptions do to beds needed, where the draws tell."""
    import pandas as pd

    table = pd.read_csv(ensemble.folder / DRAWS, encoding="utf-8-sig")
    members = ensemble.retained
    if SWUNG not in members or "baseline" not in names(dataset):
        return
    year = last_year(dataset)
    own = members[SWUNG].sel(year=year).load()
    moved = swings(own, table.set_index("draw").loc[own["member"].to_numpy()], year)
    if moved.empty:
        return
    shows = (
        f"{known(SWUNG).title}, {year}: mean of the draws in which an assumption is in its lowest "
        "fifth, and of those in which it is in its highest; only assumptions that stand out from "
        f"what chance would do among {moved.attrs['assumptions']}."
    )
    caption = f"{caption_of(dataset, shows)} {retained_words(ensemble.summary.attrs)}"
    yield draw_tornado(moved, known(SWUNG), year, caption, fifths=True)


def of_drivers(run: Path, dataset: xr.Dataset, policy: str | None) -> tuple[Drawing | None, str]:
    """What drives the difference that a policy of a comparison makes (the one that needs fewest
    beds, for None); or nothing, and why."""
    manifest = read_manifest(run)
    policies = names(dataset)[1:]
    if "baseline" not in names(dataset) or not policies:
        return None, "the results do not hold a policy beside the baseline"
    if policy is not None and policy not in policies:
        cure = did_you_mean(policy, policies) or f"There are: {', '.join(policies)}."
        raise BadInput(Problem("is no policy of these results.", cure, run, None, policy))
    project = open_project(None)
    if manifest.get("model_hash") != project.spec.hash:
        return None, _OTHER_MODEL
    lacking = [name for name in (*DRIVEN, SPEND) if missing(known(name), dataset)]
    if lacking:
        return None, f"the model does not hold {', '.join(lacking)}"
    if policy is None:
        ends = yearly(known(DRIVEN[0]), dataset, ()).isel(year=-1)
        policy = min(policies, key=lambda name: float(ends.sel(scenario=name)))
    first, second = (overrides_of(manifest, name) for name in ("baseline", policy))
    measures = [known(name) for name in (*DRIVEN, SPEND)]
    found = drivers(project.spec, first, second, measures, layers=layers_of(project))
    return draw_drivers(found, policy, dataset.attrs), ""
