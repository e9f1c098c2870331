"""Figures of the model itself: every stock, every named loop, legible and the same each time."""

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from localcare.model import load
from localcare.model.spec import Kind
from localcare.paths import MODEL, models_folder
from localcare.planner import draw_model
from localcare.present.sectors import links_between
from localcare.present.structure import LOOPS


@pytest.fixture(scope="module")
def drawn(project):
    return dict(zip(("structure", "sectors", "loops"), draw_model(project.spec), strict=True))


def test_the_structure_shows_every_stock_with_what_fills_and_drains_it(drawn, project):
    table = drawn["structure"].numbers.set_index("stock")
    stocks = [v for v in project.spec.variables if v.kind is Kind.STOCK and not v.hidden]
    assert set(table.index) == {each.name for each in stocks}
    beds = table.loc["beds under construction"]
    assert (beds["filled_by"], beds["drained_by"]) == ("bed_starts", "beds_completed")
    figure = drawn["structure"].figure
    shown = " ".join(" ".join(t.get_text().split()) for axes in figure.axes for t in axes.texts)
    for stock in stocks:
        assert stock.name in shown


def test_every_sector_of_the_file_stands_with_what_it_acts_on(drawn, project):
    names, counts = links_between(project.spec)
    groups = {each.group for each in project.spec.variables if not each.hidden and each.group}
    assert groups <= {*names, "Control"}
    table = drawn["sectors"].numbers
    assert table["links"].sum() == counts.sum()
    stays = table[(table["cause"] == "primary care access")]
    assert "emergency demand" in set(stays["effect"])
    labels = [each.get_text() for axes in drawn["sectors"].figure.axes
              for each in axes.get_yticklabels()]  # fmt: skip
    assert [label.rsplit(" (", 1)[0] for label in labels] == names


def test_links_between_sectors_are_counted_by_hand(tmp_path):
    path = tmp_path / "two.mdl"
    path.write_text(
        "{UTF-8}\n********\n\t.one\n********~\n\t\t|\na = 1 ~ Dmnl ~ |\nb = a ~ Dmnl ~ |\n"
        "********\n\t.two\n********~\n\t\t|\nc = a + b ~ Dmnl ~ |\n"
        "INITIAL TIME = 0 ~ Month ~ |\nFINAL TIME = 1 ~ Month ~ |\nTIME STEP = 1 ~ Month ~ |\n"
        "SAVEPER = 1 ~ Month ~ |\n"
    )
    names, counts = links_between(load(path, cache=False))
    one, two = names.index("one"), names.index("two")
    assert (counts[one, one], counts[one, two], counts[two, one]) == (1, 2, 0)


def test_every_loop_that_the_models_comments_name_is_found_in_its_equations(drawn):
    assert set(drawn["loops"].numbers["loop"]) == set(LOOPS)
    text = (models_folder() / MODEL).read_text()
    for name in LOOPS:
        assert f'oop "{name}"' in text, name


def test_loops_that_feed_themselves_are_told_so(drawn):
    for name in ("bed-blocking", "burnout", "learning", "invest-to-save"):
        assert f"{name} (reinforcing)" in drawn["loops"].alt


@pytest.mark.parametrize("name", ["structure", "sectors", "loops"])
def test_texts_stay_on_the_page_and_off_each_other(drawn, name):
    figure = drawn[name].figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    words = [w for axes in figure.axes for w in (*axes.texts, axes._left_title) if w.get_text()]
    boxes = [(w.get_text(), w.get_window_extent(canvas.get_renderer())) for w in words]
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 2 or down < 2, f"{one!r} lies on {two!r}"
