"""Measures of the workforce: staff needed, in post, the gap, hours short, leavers."""

from __future__ import annotations

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is, difference, first_of, second_of
from localcare.measures.plain import Figures

__all__ = ["WORKFORCE"]


def _short(asked: Figures, at_hand: Figures) -> Figures:
    """What is missing; hours to spare in one place are no help in another."""
    return (asked - at_hand).clip(min=0)


WORKFORCE: tuple[Measure, ...] = (
    Measure(
        "staff_needed",
        "Staff needed",
        "FTE",
        "hours asked for by care functions and all other work, over the hours of a post, by role",
        MODEL,
        ("staff_needed",),
        as_it_is,
    ),
    Measure(
        "staff_in_post",
        "Staff in post",
        "FTE",
        "newly qualified and experienced, by role",
        MODEL,
        ("staff_in_post",),
        as_it_is,
    ),
    Measure(
        "staffing_gap",
        "Staffing gap",
        "FTE",
        "staff needed less staff in post, summed over roles: posts to spare in one role count "
        "against a gap in another",
        MODEL,
        ("staffing_gap",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "staffing_gap_share",
        "Staffing gap as a share of staff needed",
        "1",
        "staff needed less staff in post, divided by staff needed, by role",
        MODEL,
        ("staffing_gap", "staff_needed"),
        first_of,
        over=second_of,
        direction="down",
    ),
    Measure(
        "staffing_gap_by_place",
        "Staffing gap in places",
        "FTE",
        "staff needed less staff in post, of the roles that work in places, by place and role",
        MODEL,
        ("staff_needed_by_place", "staff_in_post_by_place"),
        difference,
        direction="down",
    ),
    Measure(
        "staffing_gap_by_system",
        "Staffing gap in systems",
        "FTE",
        "staff needed less staff in post, of the roles that work across a system, by system and "
        "role",
        MODEL,
        ("staff_needed_by_system", "staff_in_post_by_system"),
        difference,
        direction="down",
    ),
    Measure(
        "hours_short_by_place",
        "Hours short in places",
        "hour/Year",
        "hours that care functions and all other work ask for beyond those that staff in post can "
        "give, of the roles that work in places, by place and role",
        MODEL,
        ("hours_asked_by_place", "hours_at_hand_by_place"),
        _short,
        direction="down",
    ),
    Measure(
        "hours_short_by_system",
        "Hours short in systems",
        "hour/Year",
        "hours asked for beyond those that staff in post can give, of the roles that work across a "
        "system, by system and role",
        MODEL,
        ("hours_asked_by_system", "hours_at_hand_by_system"),
        _short,
        direction="down",
    ),
    Measure(
        "staff_needed_by_layer",
        "Staff needed by layer of care",
        "FTE",
        "staff needed, each role in the layers it works in",
        MODEL,
        ("staff_needed_by_layer",),
        as_it_is,
    ),
    Measure(
        "staff_in_post_by_layer",
        "Staff in post by layer of care",
        "FTE",
        "staff in post, each role shared out as its need is",
        MODEL,
        ("staff_in_post_by_layer",),
        as_it_is,
    ),
    Measure(
        "staffing_gap_by_layer",
        "Staffing gap by layer of care",
        "FTE",
        "staff needed less staff in post, each role in the layers it works in",
        MODEL,
        ("staff_needed_by_layer", "staff_in_post_by_layer"),
        difference,
        direction="down",
    ),
    Measure(
        "leavers",
        "Staff who leave",
        "FTE/Year",
        "newly qualified and experienced staff who leave, by role",
        MODEL,
        ("leavers",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "leaver_rate",
        "Share of staff who leave in a year",
        "1/Year",
        "leavers divided by staff in post, by role",
        MODEL,
        ("leavers", "staff_in_post"),
        first_of,
        over=second_of,
        direction="down",
    ),
)
