"""Figures of observed against modelled: what is drawn, and that it repeats."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from localcare.model.observed import Observation, Period
from localcare.present.history import draw, groups, whole
from localcare.present.style import style, write
from localcare.study.errors import theil
from localcare.study.validation import SeriesFit


def fit(element, error, *, years=4, published=2024, out=None):
    rows = tuple(
        Observation(
            "visits", element, date(2019 + year, 1, 1), Period.YEAR, 365.0, "visit", "A board",
            published, "", Path("x.csv"), 2 + year,
        )
        for year in range(years)
    )  # fmt: skip
    observed = np.full(years, 365.0)
    modelled = observed * (1 + error)
    excluded = np.arange(years) == out
    return SeriesFit(
        "visits", element, "ward", "visit", True, rows, observed, modelled, observed * 2, excluded,
        error, abs(error), theil(modelled, observed),
    )  # fmt: skip


def test_a_figure_is_one_series_and_dimension_with_figures_enough():
    fits = [fit("north", 0.1), fit("south", 0.2), fit("west", 0.3, years=2)]
    assert [[each.element for each in group] for group in groups(fits)] == [["north", "south"]]


def test_errors_of_elements_are_weighted_by_their_figures():
    assert whole([fit("north", 0.1, years=4), fit("south", 0.2, years=12)]) == pytest.approx(0.175)


def test_a_figure_tells_the_error_in_its_title_and_alt_text_and_a_day_on_its_axis():
    with style():
        drawing = draw([fit("north", 0.1, out=2), fit("south", -0.02)], "Caption.")
    title = drawing.figure._suptitle.get_text()
    assert "visits: the model is 5.4% from what was observed" in title.lower()
    assert "north: mean error +10.0%" in drawing.alt
    axes = drawing.figure.axes[0]
    assert axes.get_ylabel() == "visits a day"
    lines = {round(float(line.get_ydata()[0]), 3) for line in axes.lines if len(line.get_ydata())}
    assert any(abs(each - 1.1) < 0.01 for each in lines)
    assert drawing.numbers["left_out"].sum() == 1
    assert len(drawing.numbers) == 8


def test_what_was_published_before_its_time_is_called_projected():
    with style():
        drawing = draw([fit("north", 0.0, published=2020)], "Caption.")
    assert "follows what was projected" in drawing.figure._suptitle.get_text()


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        with style():
            write(draw([fit("north", 0.1)], "Caption."), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
