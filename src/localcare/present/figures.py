"""The figures of a comparison: which there are, how each is captioned, and drawing them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.summary import NEEDS
from localcare.present import beds, frailty, overview, workforce
from localcare.present.style import Drawing, style, write

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FIGURES", "draw_all"]

#: Each figure: how it is drawn, what its caption says it shows, and the variables it needs.
FIGURES: dict[str, tuple[Callable[[xr.Dataset, str], Drawing], str, frozenset[str]]] = {
    "comparison": (
        overview.draw,
        "Headline measures of each scenario less the baseline's.",
        NEEDS,
    ),
    "frailty": (
        frailty.draw,
        "People by electronic Frailty Index state, mean of each year.",
        frozenset({"people_by_place_and_frailty"}),
    ),
    "beds": (
        beds.draw,
        "General and acute beds needed for 92% occupancy, against beds open, by month.",
        frozenset({"beds_needed", "beds_open"}),
    ),
    "workforce": (
        workforce.draw,
        "Full-time equivalents in post and needed by layer of care, mean of the year.",
        frozenset({"staff_in_post_by_layer", "staff_needed_by_layer"}),
    ),
}


def draw_all(
    dataset: xr.Dataset, folder: Path, *, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Draw every figure of a comparison into `folder`; returns what was written."""
    written: list[Path] = []
    with style():
        for draw, shows, _ in FIGURES.values():
            written += write(draw(dataset, _caption(dataset, shows)), folder, formats)
    return written


def _caption(dataset: xr.Dataset, shows: str) -> str:
    years = dataset["year"].to_numpy()
    return (
        f"{shows} Kent and Medway, {int(years[0])} to {int(years[-1])}. Modelled: localcare "
        f"{dataset.attrs['version']}, run {dataset.attrs['run']}. Contains public sector "
        "information licensed under the Open Government Licence v3.0."
    )
