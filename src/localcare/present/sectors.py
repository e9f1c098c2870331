"""A figure of the model itself: which sector reads which, every sector of its file.

In: a `ModelSpec`. Out: a `Drawing`: a table of sectors, a row the one that acts and a column the
one that it acts on, with the number of causal links between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from localcare.model.causal import graph
from localcare.model.spec import Kind, ModelSpec
from localcare.present.structure import model_caption
from localcare.present.style import BLUE, Drawing, new_figure, style, tinted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_sectors", "links_between"]

#: The share of blue in the darkest cell: black on it keeps a contrast above 4.5.
DARKEST = 0.45


def links_between(spec: ModelSpec) -> tuple[list[str], NDArray[np.int64]]:
    """Sectors in the order of the file, and how many variables of each (rows) a variable of
    another (columns) reads, pair by pair; what only sets a start value counts too."""
    causal = graph(spec)
    sectors = {variable.identifier: variable.group or "model" for variable in spec.variables
               if not variable.hidden and variable.identifier in causal.flow}  # fmt: skip
    names = list(dict.fromkeys(sectors.values()))
    at = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for identifier, sector in sectors.items():
        for cause in causal.causes(identifier):
            if cause in sectors:
                counts[at[sectors[cause]], at[sector]] += 1
    return names, counts


def draw_sectors(spec: ModelSpec) -> Drawing:
    """The table, with the number of stocks and of other computed variables beside each sector."""
    import pandas as pd
    from matplotlib.patches import Rectangle

    names, counts = links_between(spec)
    between = counts.copy()
    np.fill_diagonal(between, 0)
    most = names[int((between > 0).sum(axis=1).argmax())]
    title = (
        f"{len(names)} sectors act on each other by {int(between.sum()):,} causal links; {most} "
        f"acts on most others, {int((between > 0).sum(axis=1).max())}"
    )
    caption = model_caption(spec) + (
        "A cell counts causal links from a variable of the sector on the left to one of the sector "
        "above; those within a sector are in grey. Beside each sector its stocks and its other "
        "computed variables."
    )
    sides = [f"{name} ({_sizes(spec, name)})" for name in names]
    with style():
        size = (11.0, 3.2 + 0.21 * len(names))
        figure, axes = new_figure(1, 1, title=title, caption=caption, size=size)
        panel = axes[0, 0]
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                if not count:
                    continue
                share = DARKEST * min(1.0, 0.2 + float(count) / max(int(between.max()), 1))
                fill = "#EEEEEE" if row == column else tinted(BLUE, min(share, DARKEST))
                box: Any = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill,
                                     edgecolor="white")  # fmt: skip
                panel.add_patch(box)
                panel.text(column, row, str(count), ha="center", va="center", fontsize=6.8,
                           color="#1A1A1A")  # fmt: skip
        panel.set_xlim(-0.5, len(names) - 0.5)
        panel.set_ylim(len(names) - 0.5, -0.5)
        panel.set_yticks(range(len(names)), sides, fontsize=7.2)
        panel.set_xticks(range(len(names)), names, fontsize=7, rotation=90)
        panel.xaxis.tick_top()
        panel.tick_params(length=0)
        panel.grid(visible=False)
    rows = [
        (cause, effect, int(counts[row, column]))
        for row, cause in enumerate(names)
        for column, effect in enumerate(names)
        if counts[row, column]
    ]
    told = "; ".join(
        f"{cause} on " + ", ".join(names[i] for i in np.flatnonzero(between[row]))
        for row, cause in enumerate(names)
        if between[row].any()
    )
    alt = f"A table of which sector of the model acts on which others. {told}."
    table = pd.DataFrame(rows, columns=["cause", "effect", "links"])
    return Drawing("sectors", figure, table, alt, title, caption)


def _sizes(spec: ModelSpec, sector: str) -> str:
    own = [each for each in spec.variables
           if (each.group or "model") == sector and not each.hidden]  # fmt: skip
    stocks = sum(each.kind is Kind.STOCK for each in own)
    computed = sum(each.kind is Kind.AUXILIARY for each in own)
    return f"{stocks}, {computed}"
