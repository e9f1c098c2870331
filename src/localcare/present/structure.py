"""Figures of the model itself, drawn from its file: stocks and flows by sector, feedback loops.

In: a `ModelSpec`, and for loops the ranges of its variables in a run. Out: `Drawing`s.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcare.model.causal import graph
from localcare.model.expression import Apply, Expression, Reference, walk
from localcare.model.polarity import Loop, Range, find_loop
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.present.style import BLUE, GREY, LIGHT, MINUS, ORANGE, Drawing, new_figure, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LOOPS", "draw_loops", "draw_structure", "model_caption"]

#: The loops that the model's comments name, by variables that each runs through in turn.
LOOPS: Mapping[str, tuple[str, ...]] = {
    "bed-blocking": (
        "medically_fit_waiting", "occupancy", "crowding_effect_on_stay", "emergency_patients",
    ),
    "bed-fill": (
        "bed_pressure", "bed_supply_effect_on_admissions", "long_stay_admissions",
        "emergency_patients",
    ),
    "access": (
        "gp_access", "access_shortfall", "progression", "population", "gp_contacts_needed",
        "gp_capacity_ratio",
    ),
    "waiting": (
        "waiting_list_by_system", "excess_waiting_per_person", "waiting_effect_on_progression",
        "population", "emergency_admissions", "planned_share_in_a_bed", "overnight_operations",
    ),
    "burnout": (
        "workload_felt_by_place", "leaving_by_place", "experienced_by_place",
        "hours_at_hand_by_place",
    ),
    "experience dilution": (
        "recruits", "newly_qualified_by_place", "hours_at_hand_by_place",
        "workload_felt_by_place", "leaving_by_place", "experienced_by_place", "vacancies",
    ),
    "learning": (
        "maturity", "maturity_effect_on_reach", "caseload", "results_shown",
        "learning_from_places_ahead",
    ),
    "invest-to-save": (
        "outcome_payment", "capacity_bought", "caseload", "emergency_demand",
        "acute_cost_avoided",
    ),
}  # fmt: skip
#: Letters in a line beside a stock, and flows that are named there.
SIDE, MOST_FLOWS = 28, 4
LINE, HEAD = 0.127, 1.9  # inches a line; lines a sector's head


def draw_loops(spec: ModelSpec, ranges: Mapping[str, Range]) -> Drawing:
    """A ring a loop: the variables it runs through, and on each link + where more makes more, a
    minus where more makes less, +/- where equations do not tell (people move between states). A
    loop with an even number of minus signs reinforces itself."""
    import pandas as pd

    causal = graph(spec)
    found = {name: find_loop(spec, causal, waypoints, ranges) for name, waypoints in LOOPS.items()}
    drawn = {name: loop for name, loop in found.items() if loop is not None}
    reinforcing = [name for name, loop in drawn.items() if loop.sign > 0]
    title = (
        f"{len(drawn)} feedback loops run through the model; equations alone show "
        f"{len(reinforcing)} of them to reinforce themselves"
    )
    caption = model_caption(spec) + (
        "Links follow the shortest way through its equations. + more makes more, "
        f"{MINUS} more makes less, \N{PLUS-MINUS SIGN} equations do not tell, as where people move "
        "between states of frailty. R reinforces, B balances."
    )
    across = 3
    rows = -(-len(drawn) // across)
    with style():
        figure, axes = new_figure(
            rows, across, title=title, caption=caption, size=(11.0, 0.9 + 2.9 * rows)
        )
        for panel, (name, loop) in zip(axes.flat, drawn.items(), strict=False):
            _ring(panel, name, loop, spec)
        for panel in list(axes.flat)[len(drawn) :]:
            panel.remove()
    table = pd.DataFrame(
        [
            (name, link.cause, link.effect, " > ".join(link.path), _sign(link.sign))
            for name, loop in drawn.items()
            for link in loop.links
        ],
        columns=["loop", "cause", "effect", "path", "sign"],
    )
    told = " ".join(
        f"{name} ({_kind(loop)}): "
        + ", ".join(_called(spec, each.cause) for each in loop.links)
        + "."
        for name, loop in drawn.items()
    )
    alt = f"Causal-loop diagrams of the model. Each loop runs through these and back. {told}"
    return Drawing("loops", figure, table, alt, title, caption)


def draw_structure(spec: ModelSpec) -> Drawing:
    """Every stock of the model in its box, sector by sector, with what fills it to the left and
    what drains it to the right."""
    sectors: dict[str, list[Variable]] = {}
    for variable in spec.variables:
        if variable.kind is Kind.STOCK and not variable.hidden:
            sectors.setdefault(variable.group or "model", []).append(variable)
    count = sum(math.prod(spec.shape(v.identifier)) for vs in sectors.values() for v in vs)
    kinds = sum(len(each) for each in sectors.values())
    title = f"{kinds} kinds of stock in {len(sectors)} sectors, {count:,} stocks in all"
    caption = model_caption(spec) + (
        "Boxes are stocks, with how many of each there are; on the left what fills them, on the "
        "right what drains them. A flow on both sides adds and takes away by element."
    )
    lines = [(sector, stock) for sector, stocks in sectors.items() for stock in stocks]
    heights = [
        max(1, *(len(words.splitlines())
                 for words in (_boxed(spec, stock), *_flows_words(spec, stock))))
        for _, stock in lines
    ]  # fmt: skip
    with style():
        depth = 1.1 + LINE * _places(lines, heights)[1]
        figure, axes = new_figure(1, 2, title=title, caption=caption, size=(11.0, depth))
        _columns(axes[0], spec, lines, heights)
    table = _flow_table(spec, lines)
    told = "; ".join(
        f"{sector}: {', '.join(stock.name for stock in stocks)}"
        for sector, stocks in sectors.items()
    )
    alt = f"Stock-and-flow diagram of the model by sector. Stocks, {told}."
    return Drawing("structure", figure, table, alt, title, caption)


def _places(
    lines: Sequence[tuple[str, Variable]], heights: Sequence[int]
) -> tuple[list[tuple[int, float]], float]:
    """The column and the height of every stock, and how deep the deeper column is; a sector stands
    in one column, under its head."""
    sectors = len({sector for sector, _ in lines})
    half = (sum(heights) + 0.3 * len(lines) + HEAD * sectors) / 2
    places, column, y, before, deepest = [], 0, 0.0, "", 0.0
    for (sector, _), height in zip(lines, heights, strict=True):
        if sector != before:
            column, y = (1, 0.0) if column == 0 and y >= half - HEAD else (column, y)
            y, before = y + HEAD, sector
        places.append((column, y + height / 2))
        y += height + 0.3
        deepest = max(deepest, y)
    return places, deepest


def _columns(
    panels: Sequence[Axes],
    spec: ModelSpec,
    lines: Sequence[tuple[str, Variable]],
    heights: Sequence[int],
) -> None:
    places, deepest = _places(lines, heights)
    for panel in panels:
        panel.set_xlim(0, 1)
        panel.set_ylim(deepest + 0.5, -0.5)
        panel.axis("off")
    before = ""
    for (sector, stock), height, (column, y) in zip(lines, heights, places, strict=True):
        if sector != before:
            top = y - height / 2 - HEAD / 2 + 0.2
            panels[column].text(
                0.0, top, sector, fontsize=8.2, fontweight="bold", color=BLUE, va="center"
            )
            before = sector
        _stock(panels[column], spec, stock, y)


def _stock(panel: Axes, spec: ModelSpec, stock: Variable, y: float) -> None:
    panel.text(
        0.5, y, _boxed(spec, stock), ha="center", va="center", fontsize=6.9,
        bbox={"boxstyle": "square,pad=0.25", "facecolor": "white", "edgecolor": BLUE,
              "linewidth": 0.9},
    )  # fmt: skip
    filling, draining = _flows_words(spec, stock)
    arrow = {"arrowstyle": "-|>", "color": GREY, "linewidth": 0.7}
    if filling:
        panel.text(0.27, y, filling, ha="right", va="center", fontsize=6.6, linespacing=0.95)
        panel.annotate("", (0.345, y), (0.28, y), arrowprops=arrow)
    if draining:
        panel.text(0.73, y, draining, ha="left", va="center", fontsize=6.6, linespacing=0.95)
        panel.annotate("", (0.72, y), (0.655, y), arrowprops=arrow)


def _boxed(spec: ModelSpec, stock: Variable) -> str:
    """A stock's name and how many of it there are, in lines that fit the box."""
    size = math.prod(spec.shape(stock.identifier))
    return textwrap.fill(f"{stock.name} ({size})" if size > 1 else stock.name, 31)


def _flows_words(spec: ModelSpec, stock: Variable) -> tuple[str, str]:
    """What fills and what drains a stock, each in lines that fit beside it."""
    words = []
    for names in _flows(spec, stock):
        told = [_called(spec, name) for name in names[:MOST_FLOWS]]
        more = [f"{len(names) - MOST_FLOWS} more"] if len(names) > MOST_FLOWS else []
        words.append(textwrap.fill(", ".join([*told, *more]), SIDE))
    return words[0], words[1]


def _flows(spec: ModelSpec, stock: Variable) -> tuple[list[str], list[str]]:
    """Computed variables in the terms that a net flow adds, and in those it takes away."""
    sides: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for component in stock.components:
        for term, sign in _terms(component.expression, 1):
            for part in walk(term):
                if isinstance(part, Reference) and part.variable != stock.identifier:
                    variable = spec.by_identifier[part.variable]
                    if variable.kind is Kind.AUXILIARY and not variable.hidden:
                        sides[sign < 0][part.variable] = None
    return list(sides[0]), list(sides[1])


def _terms(expression: Expression, sign: int) -> list[tuple[Expression, int]]:
    """The terms that a sum adds (1) and takes away (-1)."""
    if isinstance(expression, Apply) and expression.function in {"add", "subtract"}:
        one, two = expression.arguments
        second = sign if expression.function == "add" else -sign
        return [*_terms(one, sign), *_terms(two, second)]
    if isinstance(expression, Apply) and expression.function == "negate":
        return _terms(expression.arguments[0], -sign)
    return [(expression, sign)]


def _flow_table(spec: ModelSpec, lines: Sequence[tuple[str, Variable]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for sector, stock in lines:
        filling, draining = _flows(spec, stock)
        size = math.prod(spec.shape(stock.identifier))
        rows.append((sector, stock.name, size, "; ".join(filling), "; ".join(draining)))
    return pd.DataFrame(rows, columns=["sector", "stock", "elements", "filled_by", "drained_by"])


def _ring(panel: Axes, name: str, loop: Loop, spec: ModelSpec) -> None:
    count = len(loop.links)
    spots = [
        (math.sin(2 * math.pi * i / count), math.cos(2 * math.pi * i / count)) for i in range(count)
    ]
    arrow: dict[str, Any] = {
        "arrowstyle": "-|>", "color": GREY, "linewidth": 1.0, "shrinkA": 15, "shrinkB": 15,
        "connectionstyle": "arc3,rad=-0.18",
    }  # fmt: skip
    for i, (link, (x, y)) in enumerate(zip(loop.links, spots, strict=True)):
        panel.annotate("", spots[(i + 1) % count], (x, y), arrowprops=arrow)
        words = textwrap.fill(_called(spec, link.cause), 15)
        panel.text(
            x, y, words, ha="center", va="center", fontsize=7, linespacing=0.95,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": LIGHT},
        )  # fmt: skip
        middle = 2 * math.pi * (i + 0.5) / count
        out = 1.02 if count < 5 else 1.17
        panel.text(
            out * math.sin(middle), out * math.cos(middle), _sign(link.sign), ha="center",
            va="center", fontsize=10, fontweight="bold", color=ORANGE if link.sign < 0 else BLUE,
        )  # fmt: skip
    panel.text(0, 0, _kind(loop)[:1].upper() if loop.sign else "", ha="center", va="center",
               fontsize=13, color=GREY)  # fmt: skip
    panel.set_title(name)
    sectors = dict.fromkeys(
        spec.by_identifier[each].group for link in loop.links for each in link.path
    )
    through = textwrap.fill("through " + ", ".join(filter(None, sectors)), 62)
    panel.text(0, -1.42, through, ha="center", va="top", fontsize=6.4, color=GREY)
    panel.set_xlim(-1.55, 1.55)
    panel.set_ylim(-1.95, 1.35)
    panel.axis("off")


def _kind(loop: Loop) -> str:
    return {1: "reinforcing", -1: "balancing", 0: "not told by its equations"}[loop.sign]


def _sign(sign: int) -> str:
    return {1: "+", -1: MINUS, 0: "\N{PLUS-MINUS SIGN}"}[sign]


def _called(spec: ModelSpec, name: str) -> str:
    return spec.by_identifier[name].name


def model_caption(spec: ModelSpec) -> str:
    """What it was drawn from."""
    return f"Drawn from {spec.file} (model {spec.hash[:12]}) by localcare. "
