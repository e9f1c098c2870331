"""A tornado: every end of every assumption can be seen, and none that moves nothing is shown."""

import pandas as pd
import pytest

from localcare.measures.catalogue import find
from localcare.present.drivers import draw_tornado
from localcare.present.style import style

ROWS = [
    ("either side", -10.0, 0.0, 12.0),
    ("one side", 9.0, 0.0, 5.0),
    ("far on one side", -15.0, 0.0, -14.0),
    ("next to nothing", 0.0, 0.0, 0.01),
    ("nothing", 0.0, 0.0, 0.0),
]


@pytest.fixture(scope="module")
def panel():
    rows = [("policy", 2030, name, *ends) for name, *ends in ROWS]
    columns = ["scenario", "year", "parameter", "at_low", "at_centre", "at_high"]
    with style():
        drawing = draw_tornado(pd.DataFrame(rows, columns=columns), find("beds_needed"), 2030, "")
    return drawing.figure.axes[0]


def test_rows_are_in_the_order_of_how_far_they_move_the_result(panel):
    """How near to each other both ends lie on one side of the centre does not count."""
    labels = {label.get_text(): at for label, at in zip(
        panel.get_yticklabels(), panel.get_yticks(), strict=True)}  # fmt: skip
    assert sorted(labels, key=labels.get, reverse=True) == [
        "either side", "far on one side", "one side",
    ]  # fmt: skip


def test_no_bar_hides_another(panel):
    boxes = [bar.get_bbox() for bar in panel.patches]
    assert len(boxes) == 6
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            across = min(one.xmax, other.xmax) - max(one.xmin, other.xmin)
            up = min(one.ymax, other.ymax) - max(one.ymin, other.ymin)
            assert across < 1e-9 or up < 1e-9
