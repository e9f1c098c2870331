"""Tables, sentences and the glossary for the terminal. No logic but layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from localcare.measures.catalogue import MEASURES, Measure
from localcare.measures.summary import HEADLINE, Headline
from localcare.model import names
from localcare.present.findings import capital, headline_changes, listed, signed, thousands

__all__ = [
    "GLOSSARY",
    "HEADS",
    "comparison_table",
    "measure_called",
    "plain_table",
    "sentences",
]

#: What a row is called is not broken up to this length.
LONGEST = 24
#: Scenarios that a sentence names before it gives their number.
NAMED = 5

#: Column heads of the printed comparison, with the divisor that their unit asks for.
HEADS = {
    "emergency_admissions": ("Emergency admissions a year", 1.0),
    "beds_needed": ("Beds needed at 92%", 1.0),
    "people_with_moderate_or_severe_frailty": ("People, moderate or severe frailty", 1.0),
    "staffing_gap": ("Staffing gap, FTE", 1.0),
    "running_cost": ("Running cost, £m a year", 1e6),
    "policy_spend": ("Policy spend to then, £m", 1e6),
}

GLOSSARY = {
    "stock": "what accumulates, such as people or beds; known at a point in time.",
    "flow": "what fills or drains a stock, per year.",
    "auxiliary": "what is computed from stocks, flows and constants at one time.",
    "lever": "a constant of the model that a scenario may change over time; `localcare list` shows "
    "them.",
    "member": "one future among those that are run together.",
    "emergency admission": "an unplanned stay in hospital, same-day stays included.",
    "beds needed at 92%": "general and acute beds with which 92 in 100 would be occupied, "
    "the NHS planning ceiling.",
    "occupancy": "general and acute beds with a patient in them, as a share of those open.",
    "no criteria to reside": "in hospital though well enough to be elsewhere.",
    "moderate or severe frailty": "high and very high need by the electronic Frailty Index; mild "
    "is the group at risk of progression.",
    "FTE": "full-time equivalent: one person's full working week.",
    "full-time equivalent": "FTE: one person's full working week.",
    "staffing gap": "staff needed for the care asked for, less staff in post, role by role.",
    "running cost": "what the care modelled here costs in a year, in real 2023/24 prices; "
    "capital is counted apart.",
    "policy spend": "what a scenario's levers cost above 2019, in running and capital money, "
    "discounted at 3.5% a year; savings are not taken off.",
}


class Sheet(Table):
    """A plain table that, where a console is too narrow for its longest words, gives each row as
    lines of `head: cell` instead."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._narrowest() <= options.max_width:
            yield from super().__rich_console__(console, options)
        else:
            yield self._lines()

    def _narrowest(self) -> int:
        """The width at which no word need be broken, with two blanks between columns."""
        texts = [[str(column.header), *map(str, column.cells)] for column in self.columns]
        longest = [
            max(len(word) for text in each for word in [*text.split(), ""]) for each in texts
        ]
        return sum(longest) + 2 * len(longest)

    def _lines(self) -> Text:
        heads = [str(column.header) for column in self.columns]
        lines = [str(self.title)] if self.title else []
        for first, *rest in zip(*(column.cells for column in self.columns), strict=True):
            lines += ["", str(first)]
            lines += [
                f"  {head}: {cell}" for head, cell in zip(heads[1:], rest, strict=True) if cell
            ]
        return Text("\n".join(lines))


def comparison_table(headline: Headline, year: int) -> Table:
    """Each scenario in one year: the baseline's level, every policy's change from it."""
    base = headline.get("baseline")
    rows = []
    for scenario, row in headline.items():
        cells = []
        for name in HEADLINE:
            scale = HEADS[name][1]
            if base is None or scenario == "baseline":
                cells.append(thousands(row[name] / scale, 5))
            else:
                cells.append(signed((row[name] - base[name]) / scale))
        rows.append((scenario, *cells))
    heads = [HEADS[name][0] for name in HEADLINE]
    title = f"Kent and Medway in {year}: baseline, and each policy's change from it"
    return plain_table(("scenario", *heads), rows, right=heads, title=title)


def sentences(headline: Headline, year: int) -> list[str]:
    """Two sentences on what was found, from the numbers of the table."""
    changes = headline_changes(headline)
    if not changes:
        return []
    base = headline["baseline"]
    best = min(changes, key=lambda name: changes[name]["beds_needed"])
    beds, cost = changes[best]["beds_needed"], changes[best]["running_cost"] / 1e6
    first = (
        f"By {year} {best} lowers beds needed most: by {thousands(-beds)} of the baseline's "
        f"{thousands(base['beds_needed'], 4)}, and {'raises' if cost > 0 else 'lowers'} running "
        f"cost by £{thousands(abs(cost))}m a year."
        if beds < 0
        else f"By {year} no policy lowers the beds needed."
    )
    people = {
        name: each["people_with_moderate_or_severe_frailty"] for name, each in changes.items()
    }
    raises = [name for name, change in people.items() if change > 0.5]
    least = min(people, key=lambda name: people[name])
    if people[least] >= -0.5:
        return [first, "No policy lowers the number of people with moderate or severe frailty."]
    second = (
        f"{capital(least)} lowers the number of people with moderate or severe frailty most, "
        f"by {thousands(-people[least])}"
    )
    if not raises:
        return [first, second + "."]
    which = listed(raises) if len(raises) <= NAMED else f"{len(raises)} others"
    return [first, f"{second}; {which} {'raises' if len(raises) == 1 else 'raise'} it."]


def plain_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    title: str = "",
) -> Table:
    """A simple table; columns named in `right` are set to the right."""
    table = Sheet(
        box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left",
        title_style="bold",
    )  # fmt: skip
    rows = [tuple(row) for row in rows]
    # What a row is called stays whole where it is short.
    short = bool(rows) and max(len(row[0]) for row in rows) <= LONGEST
    for at, head in enumerate(heads):
        table.add_column(
            head,
            justify="right" if head in right else "left",
            overflow="fold",
            no_wrap=short and at == 0,
        )
    for row in rows:
        table.add_row(*map(Text, row))  # brackets in a name are no markup
    return table


def measure_called(name: str) -> Measure | None:
    """The measure of a name, a title, or a column head of the printed comparison, in any case."""
    wanted = names.key(name)
    for measure in MEASURES:
        head = HEADS.get(measure.name, ("",))[0]
        if wanted in {names.key(each) for each in (measure.name, measure.title, head)}:
            return measure
    return None
