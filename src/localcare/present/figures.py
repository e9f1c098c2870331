"""The figures of a run or comparison, declared as data, and drawing them.

In: a Dataset. Out: files, each figure as PNG and SVG with its numbers (.csv) and its alt text
(.txt). Which figures `compare` draws is `PUBLISHED`; `localcare figures` draws all that the
Dataset holds enough for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from localcare.measures.hospital import CEILING
from localcare.measures.summary import HEADLINE
from localcare.present import facts, titles
from localcare.present.bands import retained_words
from localcare.present.declared import Declared
from localcare.present.layouts.bars import ChangeBars
from localcare.present.layouts.dots import ReachAndCapacity, StaffByLayer
from localcare.present.layouts.grids import Highlights, Line, SystemsByScenario
from localcare.present.layouts.matrix import Group, Overview, RoleGaps
from localcare.present.layouts.money import CostAndReturn, TradeOff
from localcare.present.layouts.stacks import LevelsAndChanges, StackedPlaces
from localcare.present.layouts.tiles import Tiles
from localcare.present.style import ORANGE, style, write

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FIGURES", "PUBLISHED", "beds_with_fan", "draw_all", "drawable", "find_figure"]

BEDS = SystemsByScenario(
    (
        Line("beds_needed", "beds needed at 92% occupancy"),
        Line("beds_open", "beds open", ORANGE, dashed=True),
    )
)

FIGURES: tuple[Declared, ...] = (
    Declared(
        "comparison",
        ChangeBars(HEADLINE),
        "Headline measures of each scenario less the baseline's.",
        "Bar charts of the change from baseline by policy, Kent and Medway.",
        titles.comparison,
        facts.comparison,
        published=True,
        note=facts.empty_posts,
    ),
    Declared(
        "layers",
        Overview(
            (
                Group(
                    "Primary care",
                    (
                        ("gp_contacts", "GP contacts"),
                        ("gp_access", "access"),
                        ("running_cost", "running cost"),
                    ),
                    "primary",
                ),
                Group(
                    "Neighbourhood care",
                    (
                        ("contacts_delivered", "care contacts"),
                        ("people_with_moderate_or_severe_frailty", "moderate, severe frailty"),
                        ("running_cost", "running cost"),
                    ),
                    "neighbourhood",
                ),
                Group(
                    "Intermediate care",
                    (
                        ("people_in_places", "in care"),
                        ("no_criteria_to_reside", "fit but in hospital"),
                        ("running_cost", "running cost"),
                    ),
                    "intermediate",
                ),
                Group(
                    "Acute care",
                    (
                        ("emergency_admissions", "emergency admissions"),
                        ("beds_needed", "beds needed"),
                        ("running_cost", "running cost"),
                    ),
                    "acute",
                ),
            )
        ),
        "The four layers of care in the last year: the baseline's level, and each policy's change "
        "from it; 0 is less than 0.05%. Care contacts are those of all care functions.",
        "A table of measures of the four layers of care by scenario, tinted by whether a policy is "
        "better or worse than the baseline.",
        titles.layers,
        note=facts.empty_posts,
    ),
    Declared(
        "frailty",
        LevelsAndChanges(),
        "People by electronic Frailty Index state, mean of each year.",
        "Line charts of people by frailty state in Kent and Medway.",
        titles.frailty,
        facts.frailty,
        published=True,
    ),
    Declared(
        "frailty_by_place",
        StackedPlaces(),
        "Residents with mild (at risk of progression), moderate and severe frailty as a share of "
        "all, stacked, baseline, mean of each year.",
        "Stacked area charts of the share of residents with mild, moderate and severe frailty, a "
        "panel a place.",
        titles.frailty_by_place,
    ),
    Declared(
        "primary_care",
        Highlights(("gp_access", "gp_contacts")),
        "GP contacts that take place as a share of those that people need, and their number, mean "
        "of each year.",
        "Line charts of access to general practice and of GP contacts in Kent and Medway.",
        titles.primary,
    ),
    Declared(
        "intermediate_care",
        Highlights(("people_in_places", "no_criteria_to_reside")),
        "People in intermediate care, virtual wards and home care, and people in hospital who "
        "could leave it, mean of each year.",
        "Line charts of people in intermediate care and of patients with no criteria to reside in "
        "Kent and Medway.",
        titles.intermediate,
    ),
    Declared(
        "care_functions",
        ReachAndCapacity(),
        "People on the caseload of each care function, and people whom staff and places would "
        "serve, as a share of those eligible at home, mean of the last year. Places of "
        "intermediate care also take people from hospital, so they may pass 100%.",
        "Dot charts of the reach of care functions against their capacity.",
        titles.care,
    ),
    Declared(
        "beds",
        BEDS,
        "General and acute beds needed for 92% occupancy, against beds open, by month.",
        "Line charts of general and acute beds needed at 92% occupancy and beds open, by month, "
        "for four hospital systems and each scenario.",
        titles.beds,
        facts.beds,
        published=True,
    ),
    Declared(
        "occupancy",
        Highlights(
            ("occupancy", "no_criteria_to_reside"),
            by_system=True,
            marks=(("occupancy", 100 * CEILING, "92%, the planning ceiling"),),
        ),
        "General and acute beds occupied as a share of beds open, and patients with no criteria to "
        "reside, by acute trust, mean of each year.",
        "Line charts of bed occupancy and of patients with no criteria to reside, a column a "
        "hospital system.",
        titles.occupancy,
    ),
    Declared(
        "waiting_list",
        Highlights(("waiting_list", "weeks_waited")),
        "People waiting for planned care, and weeks that the list takes to clear, mean of each "
        "year.",
        "Line charts of the waiting list and of weeks waited in Kent and Medway.",
        titles.waiting,
    ),
    Declared(
        "workforce",
        StaffByLayer(),
        "Full-time equivalents in post and needed by layer of care, mean of the year.",
        "Dot charts of staff in post against staff needed by layer of care.",
        titles.workforce,
        facts.workforce,
        published=True,
    ),
    Declared(
        "workforce_by_role",
        RoleGaps(),
        "Staff needed less staff in post, as a share of staff needed and in full-time equivalents, "
        "by role, mean of the year.",
        "A table of the staffing gap by role and scenario, tinted by its share of staff needed.",
        titles.workforce_by_role,
    ),
    Declared(
        "places",
        Tiles(("maturity", "wellbeing")),
        "Maturity of place-based working (geometric mean of six pillars) and wellbeing (points of "
        "10) by place, mean of the year. Tiles keep "
        "neighbours, not distances.",
        "Tile maps of the 13 places of Kent and Medway.",
        titles.places,
    ),
    Declared(
        "money",
        CostAndReturn(),
        "Running cost by layer; policy spend, savings and net cost against the baseline, "
        "discounted at 3.5% a year (HM Treasury Green Book). Real 2023/24 prices. Years of life "
        "and of health are not priced.",
        "An area chart of running cost by layer, and bar charts of policy spend, savings and "
        "return on investment by policy.",
        titles.money,
        compares=True,
        note=facts.empty_posts,
    ),
    Declared(
        "trade_off",
        TradeOff(),
        "Net cost since 2019, discounted at 3.5% a year, real 2023/24 prices, against the change "
        "in the bed-days that patients need, in a bed or waiting for one. Below and to the left "
        "is better.",
        "A scatter chart of policies: net cost against the change in bed-days needed.",
        titles.trade_off,
        compares=True,
        note=facts.empty_posts,
    ),
)

#: What `compare` draws and `--publish` keeps.
PUBLISHED = tuple(figure for figure in FIGURES if figure.published)


def find_figure(name: str) -> Declared | None:
    """The figure of that name, None where there is none."""
    return next((figure for figure in FIGURES if figure.name == name), None)


def beds_with_fan(summary: xr.Dataset) -> Declared:
    """The figure of beds needed against beds open, with the bands of an ensemble's summary."""
    plain = next(figure for figure in FIGURES if figure.name == "beds")
    shows = f"{plain.shows} {retained_words(summary.attrs)}"
    return replace(plain, layout=replace(BEDS, fan=summary), shows=shows)


def drawable(dataset: xr.Dataset, figures: Sequence[Declared] = FIGURES) -> tuple[Declared, ...]:
    """The figures that a Dataset holds enough for."""
    return tuple(figure for figure in figures if not figure.lacking(dataset))


def draw_all(
    dataset: xr.Dataset,
    folder: Path,
    figures: Sequence[Declared] = PUBLISHED,
    *,
    formats: Sequence[str] = ("png", "svg"),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Draw figures into `folder`; returns what was written. `progress` is told each name."""
    written: list[Path] = []
    with style():
        for figure in figures:
            progress(figure.name)
            written += write(figure.draw(dataset), folder, formats)
    return written
