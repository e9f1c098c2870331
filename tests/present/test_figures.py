"""Figures: their files, their alt text, their labels, and that they say what the numbers say."""

import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from localcare.measures.catalogue import MEASURES
from localcare.measures.summary import HEADLINE
from localcare.paths import figures_folder
from localcare.present import beds, frailty, overview, workforce
from localcare.present.figures import FIGURES, draw_all
from localcare.present.style import BLUE, GREY, ORANGE, PALETTE, style


@pytest.fixture(scope="module")
def drawn(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    draw_all(comparison.dataset, folder)
    return folder


@pytest.fixture(scope="module")
def drawings(comparison):
    with style():
        return [draw(comparison.dataset, "caption") for draw, _, _ in FIGURES.values()]


def test_every_figure_has_png_svg_numbers_and_alt_text(drawn):
    names = {path.name for path in drawn.iterdir()}
    assert names == {f"{n}.{e}" for n in FIGURES for e in ("png", "svg", "csv", "txt")}


def test_pictures_have_300_dots_an_inch_on_a_page(drawn):
    height, width, _ = imread(drawn / "beds.png").shape
    assert width == 3300
    assert height <= 2480


@pytest.mark.parametrize("name", FIGURES)
def test_alt_text_stands_in_the_files_too(drawn, name):
    alt = " ".join((drawn / f"{name}.txt").read_text().split())
    assert len(alt) > 100
    assert alt[:60] in " ".join((drawn / f"{name}.svg").read_text().split())
    assert alt[:60].encode() in (drawn / f"{name}.png").read_bytes()


def test_the_same_numbers_give_the_same_bytes(comparison, drawn, tmp_path):
    for path in draw_all(comparison.dataset, tmp_path):
        assert path.read_bytes() == (drawn / path.name).read_bytes(), path.name


def test_files_hold_no_date_and_no_path(drawn):
    for path in drawn.glob("*.svg"):
        text = path.read_text()
        assert not re.search(r"<dc:date>|/home/|/tmp/", text)


@pytest.mark.parametrize("index", range(len(FIGURES)), ids=list(FIGURES))
def test_no_text_leaves_the_page_and_titles_do_not_overlap(drawings, index):
    figure = drawings[index].figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = figure.bbox
    words = [*figure.texts, figure._suptitle, figure._supxlabel]
    for axes in figure.axes:
        words += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        low, high = axes.get_xlim()
        words += [each for each in axes.get_xticklabels() if low <= each.get_position()[0] <= high]
    boxes = [
        word.get_window_extent(renderer)
        for word in words
        if word is not None and word.get_text() and word.get_visible()
    ]
    assert len(boxes) > 4
    for box in boxes:
        assert box.x0 >= page.x0 - 2
        assert box.x1 <= page.x1 + 2
        assert box.y0 >= page.y0 - 2
        assert box.y1 <= page.y1 + 2
    titles = [axes._left_title.get_window_extent(renderer) for axes in figure.axes]
    shown = [box for box in titles if box.width > 1]
    assert not any(one.overlaps(two) for one, two in itertools.combinations(shown, 2))


@pytest.mark.parametrize("index", range(len(FIGURES)), ids=list(FIGURES))
def test_a_panel_has_at_most_four_colours_of_the_palette(drawings, index):
    allowed = {colour.lower() for colour in PALETTE} | {"#c9cdd2"}
    for axes in drawings[index].figure.axes:
        used = {str(line.get_color()).lower() for line in axes.lines}
        assert used <= allowed
        assert len(used) <= 4


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREY])
def test_lines_stand_out_from_white_as_accessibility_rules_ask(colour):
    assert 1.05 / (_luminance(colour) + 0.05) >= 3.0  # WCAG 2.2, 1.4.11


def test_titles_are_findings_computed_from_the_numbers(comparison):
    dataset = comparison.dataset.copy(deep=True)
    base = dataset.sel(scenario="baseline")
    for name in ("people_by_place_and_frailty", "beds_needed"):
        dataset[name] = dataset[name] * 0 + base[name]
    with style():
        title = overview.draw(dataset, "")
        people = frailty.draw(dataset, "")
    assert "No policy lowers beds needed" in title.figure._suptitle.get_text()
    assert "no policy lowers them" in people.figure._suptitle.get_text()


def test_the_layer_named_as_shortest_of_staff_is_so_by_share_and_the_title_says_share(comparison):
    at = comparison.dataset.sel(scenario="baseline")
    at = (
        at[["staff_in_post_by_layer", "staff_needed_by_layer"]]
        .groupby("year")
        .mean()
        .sel(year=2030)
    )
    share = 1 - at["staff_in_post_by_layer"] / at["staff_needed_by_layer"]
    worst = str(share["layer"][int(share.to_numpy().argmax())].item())
    with style():
        drawing = workforce.draw(comparison.dataset, "")
    title = " ".join(drawing.figure._suptitle.get_text().split())
    assert f"{worst} care lacks the largest share of its staff" in title
    assert f"{float(share.max()):.0%}" in title
    assert "primary scenario, acute care: " in drawing.alt


def test_the_numbers_beside_a_figure_are_those_of_the_dataset(comparison, drawn):
    table = pd.read_csv(drawn / "beds.csv").set_index(["scenario", "system", "time"])
    needed = comparison.dataset["beds_needed"]
    value = table.loc[("acute", "East Kent", "2030-06"), "beds_needed"]
    own = needed.sel(scenario="acute", system="East Kent", time="2030-06-01")
    assert value == pytest.approx(float(own), rel=1e-7)


def test_headline_names_measures():
    assert set(HEADLINE) <= {measure.name for measure in MEASURES}


@pytest.mark.parametrize("name", FIGURES)
def test_the_published_figures_are_those_of_this_model(drawn, name):
    """`localcare compare --publish` refreshes them."""
    own = pd.read_csv(drawn / f"{name}.csv")
    published = pd.read_csv(figures_folder() / f"{name}.csv")
    assert list(own.columns) == list(published.columns)
    numbers = own.select_dtypes("number").columns
    rest = own.columns.difference(numbers)
    pd.testing.assert_frame_equal(own[rest], published[rest])
    scale = published[numbers].abs().max()
    assert (((own[numbers] - published[numbers]).abs() / scale).fillna(0) <= 1e-6).all().all()


def test_the_published_folder_is_whole():
    names = {path.name for path in figures_folder().iterdir()}
    assert {f"{n}.{e}" for n in FIGURES for e in ("png", "svg", "csv", "txt")} <= names
    assert json.loads((figures_folder() / "manifest.json").read_text())["program"] == "localcare"


def test_other_figures_draw_the_baseline_alone(comparison):
    alone = comparison.dataset.sel(scenario=["baseline"])
    with style():
        for draw in (overview.draw, frailty.draw, beds.draw, workforce.draw):
            assert len(draw(alone, "caption").numbers) > 0
