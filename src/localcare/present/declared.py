"""What a figure is before it is drawn: a name, measures, a layout, a caption and an alt text.

In: the Dataset of a run or comparison. Out: a `Drawing`. A figure is declared as data: its layout
says how measures lie on the page, its finding and its alt text are computed from the same numbers
that are drawn, so that no word can say something else than they do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from localcare.measures.catalogue import Measure, find, missing, yearly
from localcare.measures.summary import last_year
from localcare.present.findings import names, thousands
from localcare.present.style import Drawing, style
from localcare.problems import BadInput, Problem

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure as Page

__all__ = ["Declared", "Layout", "caption_of", "known", "largest_caseload", "levels"]


class Layout(Protocol):
    """How measures lie on a page."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures it shows."""

    def draw(self, dataset: xr.Dataset, title: str, caption: str) -> tuple[Page, pd.DataFrame]:
        """The page, and the numbers on it."""


@dataclass(frozen=True)
class Declared:
    """One figure. `shows` is what its caption says of it, `pictures` the first words of its alt
    text; `finding` makes its title, in about ten words; `note` what its caption warns of, if
    anything. One that `compares` wants policies beside
    the baseline. `published` ones are drawn by `compare` and stand in the project's figures/."""

    name: str
    layout: Layout
    shows: str
    pictures: str
    finding: Callable[[xr.Dataset], str]
    facts: Callable[[xr.Dataset], str] | None = None
    compares: bool = False
    published: bool = False
    note: Callable[[xr.Dataset], str] | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures it shows."""
        return self.layout.measures

    def lacking(self, dataset: xr.Dataset) -> str:
        """Why it cannot be drawn of a Dataset; nothing where it can."""
        lacks = dict.fromkeys(
            each for name in self.measures for each in missing(known(name), dataset)
        )
        if "scenario" not in dataset.dims:
            return "the results are of no scenarios"
        if self.compares and len(names(dataset)) < 2:
            lacks["a policy beside the baseline"] = None
        if "baseline" not in names(dataset) and len(names(dataset)) > 1:
            lacks["the baseline"] = None
        return f"the results do not hold {', '.join(lacks)}" if lacks else ""

    def title(self, dataset: xr.Dataset) -> str:
        """The finding, from the numbers."""
        return self.finding(dataset)

    def caption(self, dataset: xr.Dataset) -> str:
        """What is shown, where, when, and of which run."""
        warned = self.note(dataset) if self.note else ""
        return caption_of(dataset, f"{self.shows} {warned}".rstrip())

    def alt(self, dataset: xr.Dataset) -> str:
        """What someone who does not see the figure should be told."""
        told = self.facts(dataset) if self.facts else levels(dataset, self.measures)
        warned = f" {warned}" if self.note and (warned := self.note(dataset)) else ""
        return f"{self.pictures} {told}{warned}"

    def draw(self, dataset: xr.Dataset, caption: str | None = None) -> Drawing:
        """The finished figure. Raises BadInput where the Dataset lacks what it shows."""
        why = self.lacking(dataset)
        if why:
            cure = "`localcare compare` makes results that hold everything."
            raise BadInput(Problem(f"cannot be drawn: {why}.", cure, key=f"figure {self.name}"))
        said = self.caption(dataset) if caption is None else caption
        with style():
            title = self.title(dataset)
            page, numbers = self.layout.draw(dataset, title, said)
        return Drawing(self.name, page, numbers, self.alt(dataset), title, said)


def known(name: str) -> Measure:
    """A measure that a figure names."""
    measure = find(name)
    if measure is None:
        raise KeyError(name)
    return measure


def largest_caseload(dataset: xr.Dataset) -> list[str]:
    """The first scenario, and the policy whose care functions have most people on their caseload
    in the last year, if there is a policy."""
    first, *policies = names(dataset)
    ends = yearly(known("caseload"), dataset, ()).isel(year=-1)
    most = sorted(policies, key=lambda name: -float(ends.sel(scenario=name)))
    return [first, *most[:1]]


def caption_of(dataset: xr.Dataset, shows: str) -> str:
    """Measure, source, geography, period and run, in words."""
    years = dataset["year"].to_numpy()
    return (
        f"{shows} Kent and Medway, {int(years[0])} to {int(years[-1])}. Modelled: localcare "
        f"{dataset.attrs['version']}, run {dataset.attrs['run']}. Contains public sector "
        "information licensed under the Open Government Licence v3.0."
    )


def levels(dataset: xr.Dataset, measures: tuple[str, ...]) -> str:
    """What the measures come to in the last year, by scenario, for Kent and Medway."""
    year = last_year(dataset)
    told = []
    for measure in map(known, measures):
        values = yearly(measure, dataset, ()).sel(year=year)
        each = [f"{name} {_plainly(values.sel(scenario=name), measure)}" for name in names(dataset)]
        told.append(f"{measure.title} in {year}: {', '.join(each)}.")
    return " ".join(told)


def _plainly(value: xr.DataArray, measure: Measure) -> str:
    number = float(value)
    if math.isnan(number):
        return "none"
    if measure.units == "1":
        return f"{number:.1%}"
    if measure.units.startswith("GBP") and abs(number) >= 1e6:
        return f"\N{POUND SIGN}{thousands(number / 1e6)} million"
    return thousands(number, 4)
