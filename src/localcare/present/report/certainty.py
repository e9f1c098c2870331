"""How sure the results are, in words: bands and chances of draws, or that there were none.

In: a `Material`, whose `bands` are the tidy summary with quantiles. Out: a `Section`.
"""

from __future__ import annotations

import math

from localcare.measures.summary import ALL, HEADLINE, WHOLE
from localcare.present.bands import retained_words
from localcare.present.declared import known
from localcare.present.findings import capital, names, signed
from localcare.present.report.parts import Cell, Material, Point, Section, Sheet
from localcare.present.tables import HEADS

__all__ = ["uncertainty"]

HEADING = "How sure is this"
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
_QUANTILES = ("change_q025", "change_q50", "change_q975")


def uncertainty(material: Material, year: int) -> Section:
    """Bands and chances of one calendar year; where the run had no draws, that it had none."""
    bands = material.bands
    if bands is None:
        return Section("uncertainty", HEADING, (_NOT_SURE,))
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
                told.append(f"{chance:.0%} of futures: {known(measure).title}")
        points.append(Point(f"{capital(policy)} is better than the baseline in:", tuple(told)))
    attributes = material.manifest.get("ensemble", {})
    words = (f"{_FUTURES} {retained_words(attributes)}" if "covers" in attributes else _FUTURES,)
    heads = ("policy and measure", "2.5%", "middle", "97.5%", "share better")
    sheet = Sheet(f"Change from baseline in {year}, future by future.", heads, tuple(rows))
    pictures = material.pictures("certainty", "fans", "chance_of_breach", "bad_winter")
    return Section("uncertainty", HEADING, words, tuple(points), (sheet,), pictures)
