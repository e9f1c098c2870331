"""What a report says: findings, layers, uncertainty, assumptions, validation, manifest.

In: a `Material` (the Dataset and manifest of a folder of results, the model with its tables, what
validation found). Out: a `Report` of sections, each with words, tables and figures, which the web
page, the Word document and the slides all set. Every sentence is computed from the numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcare.measures.catalogue import MEASURES, missing, yearly
from localcare.measures.summary import ALL, HEADLINE, NEEDS, WHOLE, headline, last_year
from localcare.model.evidence_table import count_by_quality, joined
from localcare.present.bands import covers
from localcare.present.declared import Declared, known
from localcare.present.figures import drawable
from localcare.present.findings import capital, headline_changes, listed, names, signed, thousands
from localcare.present.report.changes import changed_inputs
from localcare.present.tables import GLOSSARY, HEADS, sentences
from localcare.study.dataset import ATTRIBUTION

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from localcare.study.project import Project
    from localcare.study.validation import Validated

__all__ = ["Cell", "Material", "Picture", "Report", "Section", "Sheet", "compose"]

#: A change from baseline of less than this share of the baseline is called none.
NOTHING = 0.001
_NOT_SURE = (
    "These results are one run of each scenario with the model's own values: nothing here says how "
    "likely a difference is. `localcare compare --draws 512` runs the same scenarios over the "
    "ranges of the evidence and adds bands and chances. Differences smaller than those ranges "
    "should not decide anything."
)
_FUTURES = (
    "The same scenarios were run over many futures drawn from the ranges of the evidence, every "
    "scenario over the same ones. The table gives the change from baseline that 95 in 100 futures "
    "lie between, its middle, and the share of futures in which the policy is better."
)
_REPRODUCED = (
    "A row that was fitted is called reproduced: it could not have failed, and says nothing about "
    "what the model foresees."
)
_REPEATED = (
    "The same version of the software, the same files (their SHA-256 below) and the command give "
    "the same numbers to the bit."
)
_QUANTILES = ("change_q025", "change_q50", "change_q975")
#: Figures by the section they stand in; others follow the last.
LAYERS = {
    "All layers together": ("layers", "comparison", "trade_off", "money"),
    "Primary and neighbourhood care": ("frailty", "frailty_by_place", "places", "care_functions"),
    "Intermediate and acute care": ("beds", "occupancy", "waiting_list"),
    "Workforce": ("workforce", "workforce_by_role"),
}


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made from. `bands` is the tidy summary where it has quantiles."""

    dataset: xr.Dataset
    manifest: Mapping[str, Any]
    project: Project
    validated: Validated | None
    bands: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its words, and the number to sort by where there is one."""

    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; the first column heads its rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its finding as title, its caption and its alt text."""

    figure: Declared
    title: str
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, points, tables and figures, in this order."""

    key: str
    heading: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Sheet, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `finding` is its first sentence, `repeat` the command that makes it again."""

    title: str
    subtitle: str
    finding: str
    sections: tuple[Section, ...]
    repeat: str
    attribution: str


def compose(material: Material) -> Report:
    """The report of a run or comparison. Raises BadInput where the results hold no figure of the
    headline (another model's)."""
    dataset, manifest = material.dataset, material.manifest
    policies = [name for name in names(dataset) if name != "baseline"]
    year = last_year(dataset)
    first, last = int(dataset["year"][0]), int(dataset["year"][-1])
    about = listed(policies) if policies else "the baseline"
    found = _findings(material, year)
    return Report(
        title=f"Health and care in Kent and Medway: {about}",
        subtitle=f"Modelled {first} to {last} by localcare {manifest['version']}, "
        f"run {manifest['run']}.",
        finding=found.words[0],
        sections=(
            found,
            *_layers(material, year),
            _uncertainty(material, year),
            _assumed(material),
            _validation(material),
            _words_explained(),
            _manifest(material),
        ),
        repeat=_repeat(manifest),
        attribution=ATTRIBUTION,
    )


# -- findings --------------------------------------------------------------------------------


def _findings(material: Material, year: int) -> Section:
    dataset = material.dataset
    if not set(dataset.data_vars) >= NEEDS or "baseline" not in names(dataset):
        names_only = listed([capital(name) for name in names(dataset)])
        return Section("findings", "What was found", (f"{names_only}, {year}.",))
    table = headline(dataset, year)
    changes = headline_changes(table)
    told = tuple(sentences(table, year)) or (_level(table["baseline"], year),)
    return Section(
        "findings",
        "What was found",
        told,
        tuple(words for policy in changes for words in [_policy(material, policy, year)] if words),
        (_headline_sheet(material, year),),
    )


def _level(base: Mapping[str, float], year: int) -> str:
    beds, people = base["beds_needed"], base["people_with_moderate_or_severe_frailty"]
    return (
        f"By {year} the baseline needs {thousands(beds, 4)} general and acute beds at 92% "
        f"occupancy and has {thousands(people, 4)} people with moderate or severe frailty."
    )


def _policy(material: Material, policy: str, year: int) -> str:
    """What one policy makes better, worse and leaves as it is, null and harmful findings included:
    of all measures with a better side, those of the headline first."""
    better, worse, same = [], [], []
    for measure in _judged(material.dataset):
        values = yearly(measure, material.dataset, ()).sel(year=year)
        base = float(values.sel(scenario="baseline"))
        change = float(values.sel(scenario=policy)) - base
        if abs(change) <= NOTHING * abs(base):
            same.append(measure.title)
        elif (change > 0) == (measure.direction == "up"):
            better.append(f"{measure.title} {_share(change, base, measure.units)}")
        else:
            worse.append(f"{measure.title} {_share(change, base, measure.units)}")
    words = [
        f"{head}: {'; '.join(each[:MOST])}{_others(each)}."
        for head, each in (("Better", better), ("Worse", worse), ("No change", same))
        if each
    ]
    return f"{capital(policy)}. {' '.join(words)}" if words else ""


#: So many measures are named before the rest are counted.
MOST = 4


def _others(found: Sequence[str]) -> str:
    return f"; and {len(found) - MOST} more" if len(found) > MOST else ""


def _judged(dataset: xr.Dataset) -> list[Any]:
    judged = [
        each
        for each in MEASURES
        if each.direction and each.aggregate and not each.needs_baseline
        and not missing(each, dataset)
    ]  # fmt: skip
    return sorted(judged, key=lambda each: each.name not in HEADLINE)


def _share(change: float, base: float, units: str) -> str:
    """A change as a share of the baseline, or as it is where the baseline has next to nothing."""
    if abs(change) < abs(base):
        return f"{signed(100 * change / base, 2)}%"
    scale, unit = _scaled(units)
    return f"{signed(change / scale, 2)} {unit}".rstrip()


def _headline_sheet(material: Material, year: int) -> Sheet:
    table = headline(material.dataset, year)
    base = table["baseline"]
    rows = []
    for scenario in names(material.dataset):
        cells = [Cell(scenario)]
        for name in HEADLINE:
            scale, own = HEADS[name][1], table[scenario][name]
            if scenario == "baseline":
                cells.append(Cell(thousands(own / scale, 5), own))
            else:
                cells.append(Cell(signed((own - base[name]) / scale), own - base[name]))
        rows.append(tuple(cells))
    caption = f"Kent and Medway in {year}: the baseline, and each policy's change from it."
    return Sheet(caption, ("scenario", *(HEADS[name][0] for name in HEADLINE)), tuple(rows))


# -- layers ----------------------------------------------------------------------------------


def _layers(material: Material, year: int) -> list[Section]:
    figures = {figure.name: figure for figure in drawable(material.dataset)}
    sections = []
    placed = {name for group in LAYERS.values() for name in group}
    groups = dict(LAYERS)
    rest = tuple(name for name in figures if name not in placed)
    if rest:
        groups["Further figures"] = rest
    for heading, wanted in groups.items():
        pictures = tuple(
            _picture(figures[name], material.dataset) for name in wanted if name in figures
        )
        if not pictures:
            continue
        shown = dict.fromkeys(
            m for name in wanted if name in figures for m in figures[name].measures
        )
        sections.append(
            Section(
                heading.lower().replace(" ", "-"),
                heading,
                tables=_measures_sheet(material, tuple(shown), year),
                pictures=pictures,
            )
        )
    return sections


def _picture(figure: Declared, dataset: xr.Dataset) -> Picture:
    return Picture(figure, figure.title(dataset), figure.caption(dataset), figure.alt(dataset))


def _measures_sheet(material: Material, wanted: Sequence[str], year: int) -> tuple[Sheet, ...]:
    """Measures in rows, scenarios in columns, for Kent and Medway in one year."""
    scenarios = names(material.dataset)
    rows = []
    for measure in map(known, wanted):
        if missing(measure, material.dataset) or not measure.aggregate or measure.needs_baseline:
            continue
        values = yearly(measure, material.dataset, ()).sel(year=year)
        numbers = [float(values.sel(scenario=name)) for name in scenarios]
        scale, unit = _scaled(measure.units)
        cells = (Cell(thousands(number / scale, 4), number) for number in numbers)
        rows.append((Cell(f"{measure.title}, {unit}" if unit else measure.title), *cells))
    if not rows:
        return ()
    return (Sheet(f"Kent and Medway in {year}.", ("measure", *scenarios), tuple(rows)),)


def _scaled(units: str) -> tuple[float, str]:
    """What to divide by for people, and the unit to print."""
    if units == "1":
        return 0.01, "%"
    if units.startswith("GBP"):
        return 1e6, units.replace("GBP", "\N{POUND SIGN}m").replace("/Year", " a year")
    return 1.0, units.replace("/Year", " a year")


# -- uncertainty, assumptions, validation ----------------------------------------------------


def _uncertainty(material: Material, year: int) -> Section:
    bands = material.bands
    if bands is None:
        return Section(
            "uncertainty",
            "How sure is this",
            (_NOT_SURE,),
        )
    whole = bands[(bands["year"] == year) & (bands["area"] == WHOLE) & (bands["part"] == ALL)]
    rows, points = [], []
    for policy in [name for name in names(material.dataset) if name != "baseline"]:
        told = []
        for measure in HEADLINE:
            own = whole[(whole["scenario"] == policy) & (whole["measure"] == measure)]
            if own.empty:
                continue
            figures = {name: float(own[name].iloc[0]) for name in (*_QUANTILES, "chance_better")}
            title, scale = HEADS[measure]
            changes = [figures[name] / scale for name in _QUANTILES]
            chance = figures["chance_better"]
            rows.append(
                (
                    Cell(f"{policy}: {title}"),
                    *(Cell(signed(each), each) for each in changes),
                    Cell("", None) if math.isnan(chance) else Cell(f"{chance:.0%}", chance),
                )
            )
            if not math.isnan(chance) and known(measure).direction:
                told.append(f"{known(measure).title} in {chance:.0%} of futures")
        points.append(f"{capital(policy)} is better than the baseline on {'; '.join(told)}.")
    attributes = material.manifest.get("ensemble", {})
    words = (f"{_FUTURES} {covers(attributes)}" if "covers" in attributes else _FUTURES,)
    heads = ("policy and measure", "2.5%", "middle", "97.5%", "share better")
    sheet = Sheet(f"Change from baseline in {year}, future by future.", heads, tuple(rows))
    return Section("uncertainty", "How sure is this", words, tuple(points), (sheet,))


def _assumed(material: Material) -> Section:
    project, manifest = material.project, material.manifest
    words = [
        (
            "Policies differ from the baseline in the levers below and in nothing else. Everything "
            "else is the model's, the same in every scenario."
        )
    ]
    tables = [
        Sheet(
            f"{capital(scenario)}: {manifest['scenarios'][scenario].get('title', '')}",
            ("what was changed", "from", "to", "from when", "until"),
            tuple(
                (Cell(row.name), Cell(row.before), Cell(row.after), Cell(row.start), Cell(row.end))
                for row in rows
            ),
        )
        for scenario in manifest["scenarios"]
        if (rows := changed_inputs(project.spec, manifest["scenarios"][scenario]["overrides"]))
    ]
    if project.assumptions is not None and project.bibliography is not None:
        evidence = joined(project.spec, project.assumptions, project.bibliography)
        counts = count_by_quality(evidence)
        total = sum(counts.values())
        told = ", ".join(f"{count} {quality.value}" for quality, count in counts.items())
        words.append(
            f"Of {total} numbers in the model, by quality: {told}. `localcare assumptions` prints "
            "each with its range and source."
        )
    return Section("assumptions", "What was assumed", tuple(words), (), tuple(tables))


def _validation(material: Material) -> Section:
    found = material.validated
    if found is None:
        return Section(
            "validation",
            "How the model does against what was observed",
            ("This model has no rows of validation beside it.",),
        )
    rows = tuple(
        (
            Cell(row.row),
            Cell(row.kind),
            Cell("; ".join(f"{part.what}: {part.result} ({part.target})" for part in row.parts)),
            Cell("pass" if row.passed else "FAIL"),
        )
        for row in found.rows
    )
    passed = len(found.rows) - found.failed
    words = (f"{passed} of {len(found.rows)} rows pass. {_REPRODUCED}",)
    because = tuple(
        f"{row.row}: {row.because}" for row in found.rows if not row.passed and row.because
    )
    heads = ("what must come out right", "kind", "result (target)", "")
    sheet = Sheet("Rows of `localcare validate`.", heads, rows)
    heading = "How the model does against what was observed"
    return Section("validation", heading, words, because, (sheet,))


def _words_explained() -> Section:
    rows = tuple((Cell(word), Cell(meaning)) for word, meaning in GLOSSARY.items())
    return Section("words", "Words", (), (), (Sheet("", ("word", "meaning"), rows),))


# -- manifest --------------------------------------------------------------------------------


def _manifest(material: Material) -> Section:
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
    return Section("manifest", "How to repeat this", (_REPEATED,), (), (sheet,))


def _repeat(manifest: Mapping[str, Any]) -> str:
    """The command that makes the results again."""
    scenarios = list(manifest["scenarios"])
    words = ["localcare", "run" if len(scenarios) == 1 else "compare", *scenarios]
    words += [f'--set "{each}"' for each in manifest.get("settings", ())]
    for option, own in (("engine", "kernel"), ("method", "rk4")):
        if manifest[option] != own:
            words.append(f"--{option} {manifest[option]}")
    ensemble = manifest.get("ensemble")
    if ensemble:
        words.append(f"--draws {ensemble['draws']} --seed {ensemble['draw_seed']}")
    elif manifest.get("seed") is not None:
        words.append(f"--seed {manifest['seed']}")
    return " ".join(words)
