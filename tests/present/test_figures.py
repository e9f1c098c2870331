"""Figures: their files, their alt text, their labels, and that they say what the numbers say."""

import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from localcare.measures.catalogue import MEASURES
from localcare.measures.summary import HEADLINE
from localcare.paths import figures_folder
from localcare.present.banded import DRAWN
from localcare.present.declared import known
from localcare.present.figures import FIGURES, PUBLISHED, draw_all, drawable, find_figure
from localcare.present.helper import helping
from localcare.present.layouts.matrix import DARKEST
from localcare.present.sharing import Shared
from localcare.present.style import (
    BLUE,
    GREY,
    ORANGE,
    PALETTE,
    Drawing,
    new_figure,
    style,
    tinted,
    write,
)
from localcare.problems import BadInput
from localcare.study.futures import futures
from localcare.study.netcdf import write_dataset
from localcare.study.project import open_project
from localcare.verbs.batch import gather
from localcare.verbs.scenarios import shipped_files

NAMES = [figure.name for figure in PUBLISHED]
#: Fills of what is context.
CONTEXT = {"#c9cdd2", "#707070", "#ffffff", "white"}


@pytest.fixture(scope="module")
def drawn(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    draw_all(comparison.dataset, folder)
    return folder


@pytest.fixture(scope="module")
def complete(comparison):
    """The shipped comparison, from which every figure can be drawn."""
    assert drawable(comparison.dataset) == FIGURES
    return comparison.dataset


@pytest.fixture(scope="module")
def drawings(complete):
    return {figure.name: figure.draw(complete) for figure in FIGURES}


def test_every_published_figure_has_png_svg_numbers_and_alt_text(drawn):
    names = {path.name for path in drawn.iterdir()}
    assert names == {f"{n}.{e}" for n in NAMES for e in ("png", "svg", "csv", "txt")}


def test_pictures_have_300_dots_an_inch_on_a_page(drawn):
    for path in drawn.glob("*.png"):
        height, width, _ = imread(path).shape
        assert width in (3300, 2220), path.name  # A4 less margins, lying or upright
        assert height <= (2480 if width == 3300 else 3300), path.name


@pytest.mark.parametrize("name", NAMES)
def test_alt_text_stands_in_the_files_too(drawn, name):
    alt = " ".join((drawn / f"{name}.txt").read_text().split())
    assert len(alt) > 100
    assert alt[:60] in " ".join((drawn / f"{name}.svg").read_text().split())
    assert alt[:60].encode() in (drawn / f"{name}.png").read_bytes()


def test_the_same_numbers_give_the_same_bytes_by_one_process_and_by_two(
    comparison, drawn, tmp_path, monkeypatch
):
    monkeypatch.setattr("localcare.present.helper._processors", lambda: 2)
    file, folder = tmp_path / "comparison.nc", tmp_path / "figures"
    write_dataset(comparison.dataset, file)
    first, *others = sorted(PUBLISHED, key=lambda each: each.name)
    with helping() as helper:
        assert helper.draw(first.name, file, folder, ("png", "svg"))
        Shared(others, comparison.dataset, file, folder, helper=helper).finish()
    assert {path.name for path in folder.iterdir()} == {path.name for path in drawn.iterdir()}
    for path in folder.iterdir():
        assert path.read_bytes() == (drawn / path.name).read_bytes(), path.name


def test_what_a_helper_cannot_draw_is_drawn_here(comparison, drawn, tmp_path, monkeypatch):
    monkeypatch.setattr("localcare.present.helper._processors", lambda: 2)
    quick, file = find_figure("workforce"), tmp_path / "none.nc"
    with helping() as helper:
        Shared([quick], comparison.dataset, file, tmp_path, helper=helper).finish()
        assert not helper.draw(quick.name, file, tmp_path, ("png",))  # it ended
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (drawn / path.name).read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == 4


def test_one_processor_has_no_helper(monkeypatch):
    monkeypatch.setattr("localcare.present.helper._processors", lambda: 1)
    with helping() as helper:
        assert helper is None


def test_a_picture_drawn_by_itself_has_the_same_bytes_every_time(tmp_path):
    for folder in ("one", "two"):
        page, axes = new_figure(1, 1, title="A title", caption="A caption")
        axes[0, 0].plot([0, 1], [0, 1])
        drawing = Drawing("line", page, pd.DataFrame({"x": [0, 1]}), "A line.", "A title", "")
        write(drawing, tmp_path / folder, ("svg", "pdf"))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_files_hold_no_date_and_no_path(drawn):
    for path in drawn.glob("*.svg"):
        text = path.read_text()
        assert not re.search(r"<dc:date>|/home/|/tmp/", text)


def _words(figure):
    """Every text that is seen, but for the labels of ticks outside the view."""
    words = list(figure.texts)  # the title and the caption among them
    for legend in figure.legends:
        words += legend.get_texts()
    for axes in figure.axes:
        words += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            words += [
                label
                for tick in axis.get_major_ticks()
                for label in (tick.label1, tick.label2)
                if low <= tick.get_loc() <= high
            ]
    return [word for word in words if word and word.get_visible() and word.get_text().strip()]


def _box(word, renderer):
    """Where a text lies, without the arrow that may lead to it; a line that it leaves empty below
    itself, for the key, does not count."""
    box, text = Text.get_window_extent(word, renderer), word.get_text()
    empty = box.height / (text.count("\n") + 1) if text.endswith("\n") else 0.0
    return Bbox.from_extents(box.x0, box.y0 + empty, box.x1, box.y1)


@pytest.mark.parametrize("name", [figure.name for figure in FIGURES])
def test_no_text_leaves_the_page_and_no_two_texts_overlap(drawings, name):
    figure = drawings[name].figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = figure.bbox
    boxes = [(word.get_text(), _box(word, renderer)) for word in _words(figure)]
    assert len(boxes) > 4
    for text, box in boxes:
        inside = (
            box.x0 >= page.x0 - 2
            and box.x1 <= page.x1 + 2
            and box.y0 >= page.y0 - 2
            and box.y1 <= page.y1 + 2
        )
        assert inside, text
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 2 or down < 2, f"{one!r} lies on {two!r}"


@pytest.mark.parametrize("name", [figure.name for figure in FIGURES])
def test_a_panel_has_at_most_four_colours_of_the_palette(drawings, name):
    allowed = {colour.lower() for colour in PALETTE} | CONTEXT
    for axes in drawings[name].figure.axes:
        used = {str(line.get_color()).lower() for line in axes.lines}
        assert used <= allowed
        assert len(used - CONTEXT) <= 4


@pytest.mark.parametrize("figure", FIGURES, ids=lambda each: each.name)
def test_a_figure_says_what_it_is_in_its_title_its_caption_and_its_alt_text(figure, complete):
    assert 5 <= len(figure.title(complete).split()) <= 32
    caption, alt = figure.caption(complete), figure.alt(complete)
    for words in ("Kent and Medway, 2019 to 2030", "localcare", complete.attrs["run"]):
        assert words in caption
    assert len(alt) > 100
    assert "2030" in alt
    assert "nan" not in alt + caption + figure.title(complete)
    assert not figure.published or figure.name in NAMES


@pytest.mark.parametrize("figure", FIGURES, ids=lambda each: each.name)
def test_a_figure_shows_measures_and_gives_the_numbers_it_draws(figure, drawings):
    for name in figure.measures:
        assert known(name) in MEASURES
    numbers = drawings[figure.name].numbers
    assert len(numbers)
    assert "scenario" in numbers
    told = numbers.drop(columns="payback_year", errors="ignore").select_dtypes("number")
    assert told.notna().any().all()


def test_what_the_results_do_not_hold_is_named_by_the_figure(comparison):
    lacking = comparison.dataset.drop_vars("beds_open")
    beds = find_figure("beds")
    assert "beds_open" in beds.lacking(lacking)
    with pytest.raises(BadInput, match="figure beds: cannot be drawn: the results do not hold bed"):
        beds.draw(lacking)
    assert beds not in drawable(lacking)
    assert find_figure("frailty") in drawable(lacking)


def test_a_run_alone_is_drawn_and_what_needs_a_policy_says_so(complete):
    alone = complete.sel(scenario=["neighbourhood"])
    assert "a policy beside the baseline" in find_figure("money").lacking(alone)
    assert "a policy beside the baseline" in find_figure("trade_off").lacking(alone)
    rest = [figure for figure in FIGURES if not figure.compares]
    for figure in rest:
        assert len(figure.draw(alone).numbers) > 0, figure.name


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREY])
def test_lines_stand_out_from_white_as_accessibility_rules_ask(colour):
    assert 1.05 / (_luminance(colour) + 0.05) >= 3.0  # WCAG 2.2, 1.4.11


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREY])
def test_text_reads_on_the_darkest_cell(colour):
    fill = _luminance(tinted(colour, DARKEST)) + 0.05
    assert fill / (_luminance("#1A1A1A") + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_titles_are_findings_computed_from_the_numbers(comparison):
    dataset = comparison.dataset.copy(deep=True)
    base = dataset.sel(scenario="baseline")
    for name in ("people_by_place_and_frailty", "beds_needed"):
        dataset[name] = dataset[name] * 0 + base[name]
    assert "No policy lowers beds needed" in find_figure("comparison").title(dataset)
    assert "no policy lowers them" in find_figure("frailty").title(dataset)
    assert "No policy lowers the bed-days" in find_figure("trade_off").title(dataset)


def test_a_policy_that_pays_for_itself_is_named_as_such(comparison):
    dataset = comparison.dataset.copy(deep=True)
    total = dataset["total_spend_discounted"]
    dataset["total_spend_discounted"] = xr.where(
        dataset["scenario"] == "acute", 0.9 * total, total
    ).transpose(*total.dims)
    money = find_figure("money")
    assert money.title(dataset) == "Acute pays for itself in money by 2030"


def test_a_scenario_that_spends_nothing_has_no_return(comparison):
    dataset = comparison.dataset.copy(deep=True)
    for name in ("gross_policy_spend_discounted", "policy_cost_by_layer"):
        dataset[name] = dataset[name].where(dataset["scenario"] != "acute", 0.0)
    drawing = find_figure("money").draw(dataset)
    words = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    assert "spends nothing" in words
    assert "nan" not in drawing.alt


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
    drawing = find_figure("workforce").draw(comparison.dataset)
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


@pytest.mark.parametrize("name", NAMES)
def test_the_published_figures_are_those_of_this_model(drawn, name):
    """`localcare compare --publish` refreshes them."""
    own = pd.read_csv(drawn / f"{name}.csv")
    published = pd.read_csv(figures_folder() / f"{name}.csv")
    assert list(own.columns) == list(published.columns)[: len(own.columns)]  # bands come after
    numbers = own.select_dtypes("number").columns
    rest = own.columns.difference(numbers)
    pd.testing.assert_frame_equal(own[rest], published[rest])
    scale = published[numbers].abs().max()
    assert (((own[numbers] - published[numbers]).abs() / scale).fillna(0) <= 1e-6).all().all()


def test_the_published_folder_is_whole():
    names = {path.name for path in figures_folder().iterdir()}
    assert {f"{n}.{e}" for n in NAMES for e in ("png", "svg", "csv", "txt")} <= names
    assert json.loads((figures_folder() / "manifest.json").read_text())["program"] == "localcare"


def test_published_bands_are_of_the_numbers_and_scenarios_of_today():
    """`localcare compare --draws 512 --publish` refreshes them with the other figures; a
    publication without draws has none."""
    folder = figures_folder()
    told = json.loads((folder / "manifest.json").read_text())
    ensemble = told.get("ensemble")
    there = {name for name in DRAWN if (folder / f"{name}.png").exists()}
    assert there == (set() if ensemble is None else set(DRAWN))
    if ensemble is None:
        return
    project = open_project(None)
    scenarios = gather(
        shipped_files(), project, (), grids=(), start=None, say=lambda _: None
    )  # fmt: skip
    found = futures(project, scenarios, int(ensemble["draws"]), int(ensemble["draw_seed"]))
    assert found.given().digest == ensemble["inputs_hash"]
    assert f"run {told['run']}" in (folder / "certainty.svg").read_text(encoding="utf-8")


def test_ten_scenarios_still_have_room(complete):
    """As many as `compare` draws."""
    names = list(complete["scenario"].to_numpy())
    more = complete.sel(scenario=names[1:4]).assign_coords(
        scenario=["with-a-longer-name", "shorter-name", "third"]
    )
    nine = xr.concat([complete, more], "scenario", data_vars="minimal", coords="minimal",
                     compat="override", join="override")  # fmt: skip
    with style():
        for name in ("beds", "layers", "frailty"):
            figure = find_figure(name).draw(nine).figure
            assert len(figure.axes) >= 1, name
