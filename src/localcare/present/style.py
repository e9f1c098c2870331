"""How figures look: palette, type, frame, and how they are written so that the bytes repeat.

The palette and the rules are the Government Analysis Function's (Data visualisation: colours in
charts, 2023): at most four colours a panel, lines labelled where they end, never colour alone.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcare.present.table_files import csv_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREY",
    "LIGHT",
    "MINUS",
    "ORANGE",
    "PALETTE",
    "UPRIGHT",
    "Drawing",
    "folded",
    "frame",
    "mark",
    "new_figure",
    "picture",
    "style",
    "tinted",
    "write",
]

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
BLUE, GREY, ORANGE = PALETTE[0], PALETTE[4], PALETTE[3]
#: For what is context, not data: rules and fills under lines.
LIGHT = "#C9CDD2"
#: A4 landscape less margins, in inches.
PAGE = (11.0, 7.4)
#: The same page upright.
UPRIGHT = (7.4, 10.3)
DPI = 300
MINUS = "\N{MINUS SIGN}"
TITLE, CAPTION = 12, 7.5

_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": "#707070",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.7,
    "xtick.color": "#3D3D3D",
    "ytick.color": "#3D3D3D",
    "lines.linewidth": 1.8,
    "svg.hashsalt": "localcare",
    "svg.fonttype": "path",
    "figure.dpi": 100,
}


def style() -> AbstractContextManager[None]:
    """Matplotlib's settings for these figures, for as long as the context lasts."""
    import matplotlib as mpl

    return mpl.rc_context(_SETTINGS)


@dataclass(frozen=True)
class Drawing:
    """A finished figure: what is drawn, the numbers in it, its alt text, title and caption."""

    name: str
    figure: Figure
    numbers: pd.DataFrame
    alt: str
    title: str
    caption: str


def new_figure(
    rows: int, columns: int, *, title: str, caption: str, size: tuple[float, float] = PAGE,
    key: Sequence[Mapping[str, Any]] = (), **options: Any,
) -> tuple[Figure, Any]:  # fmt: skip
    """A figure with a grid of panels under a title that states the finding, above a caption.

    `key` explains marks that cannot be labelled where they stand, in a line under the title: for
    each the properties of a matplotlib line, `label` included. Returns the figure and its axes as
    an array (rows, columns).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    wrapped = textwrap.fill(title, int(size[0] * 9.2))
    lines = textwrap.fill(caption, int(size[0] * 16.5))
    room = "\n" if key else ""  # constrained layout keeps this line free for the key
    figure.suptitle(wrapped + room, x=0.01, ha="left", fontsize=TITLE, fontweight="bold")
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=CAPTION, color="#3D3D3D")
    if key:
        below = TITLE * 1.25 * (wrapped.count("\n") + 1) / 72 / size[1]
        figure.legend(
            handles=[Line2D([], [], **properties) for properties in key],
            loc="upper left",
            bbox_to_anchor=(0.003, 1 - below),
            ncols=len(key),
            frameon=False,
            fontsize=8.5,
        )
    return figure, axes


def folded(name: str, beside: int) -> str:
    """A scenario's name broken to the width of one of `beside` panels in a row of the page."""
    return textwrap.fill(name, max(78 // max(beside, 1), 13))


def tinted(colour: str, share: float) -> str:
    """A colour thinned with white to a share of itself, for fills that carry text."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in parts)


def mark(axes: Axes, starts: Iterable[float]) -> None:
    """A dotted line where a policy starts."""
    for start in starts:
        axes.axvline(start, color=GREY, linewidth=0.8, linestyle=":")


def frame(axes: Axes, *, zero: bool = False) -> None:
    """Plain thousands on the y axis; with `zero`, start it there."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.6g}".replace("-", MINUS))
    )
    if zero:
        axes.set_ylim(bottom=0)


def write(drawing: Drawing, folder: Path, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Write the figure, its numbers (.csv) and its alt text (.txt, and in the files' metadata).

    The files hold no date, so the same figure gives the same bytes on one machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Description": drawing.alt, "Software": "localcare"},
        "svg": {"Description": drawing.alt, "Date": None, "Creator": "localcare"},
        "pdf": {"Subject": drawing.alt, "CreationDate": None, "Creator": "localcare"},
    }
    with style():  # ids within an SVG are made of its salt
        _settle(drawing.figure)
        for kind in formats:
            path = folder / f"{drawing.name}.{kind}"
            drawing.figure.savefig(path, format=kind, dpi=DPI, metadata=metadata[kind])
            written.append(path)
    numbers = folder / f"{drawing.name}.csv"
    numbers.write_text(csv_text(drawing.numbers, digits=8), encoding="utf-8", newline="\n")
    alt = folder / f"{drawing.name}.txt"
    alt.write_text(textwrap.fill(drawing.alt, 100) + "\n", encoding="utf-8")
    return [*written, numbers, alt]


def picture(drawing: Drawing, dpi: int = 150) -> bytes:
    """The figure as PNG bytes, for a page or document that carries it inside, and says its title
    and its caption itself."""
    _without_words(drawing.figure)
    _settle(drawing.figure)
    stream = io.BytesIO()
    told = {"Description": drawing.alt, "Software": "localcare"}
    drawing.figure.savefig(stream, format="png", dpi=dpi, metadata=told)
    return stream.getvalue()


def _without_words(figure: Figure) -> None:
    """Take title and caption off a figure that was not laid out yet, and the room they had."""
    title, caption = figure.get_suptitle().rstrip("\n"), figure.get_supxlabel()
    if not title:
        return
    points = TITLE * 1.25 * (title.count("\n") + 1) + CAPTION * 1.25 * (caption.count("\n") + 1)
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.003, 1.0))
    figure.suptitle("\n" if figure.legends else "")
    figure.supxlabel("")
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height - points / 72)


def _settle(figure: Figure) -> None:
    """Lay the figure out once: matplotlib would do so anew, and draw everything twice, for every
    format."""
    layout = figure.get_layout_engine()
    if layout is not None:
        figure.set_dpi(DPI)
        layout.execute(figure)
        figure.set_layout_engine(None)
