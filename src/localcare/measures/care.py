"""Measures of care outside hospital: care functions, places in them, general practice."""

from __future__ import annotations

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is, first_of, second_of
from localcare.measures.plain import Figures, products

__all__ = ["CARE"]


def _avoided(demand: Figures, effect: Figures, excess: Figures, share: Figures) -> Figures:
    """What each function alone takes from demand, summed over frailty."""
    return -products((demand, effect, excess, share), "frailty", excess)


def _contacts_avoided(demand: Figures, effect: Figures, excess: Figures, share: Figures) -> Figures:
    """The same of GP contacts, of whose need a function changes one share in every state."""
    return _avoided(demand, effect.sel(outcome="gp contacts", drop=True), excess, share)


#: How what each function avoids is reckoned, after what it is of.
_ALONE = (
    "before care, times the function's effect on them, its reach beyond 2019's and the share of "
    "people found and eligible, with the sign turned; each function alone, so that the parts add "
    "up to a little more than what all avoid together; below 0 where a function finds more need "
    "than it meets"
)

CARE: tuple[Measure, ...] = (
    Measure(
        "caseload",
        "People on the caseload of care functions",
        "person",
        "caseload by place and care function; one person may be on several",
        MODEL,
        ("caseload",),
        as_it_is,
    ),
    Measure(
        "reach",
        "Reach of care functions",
        "1",
        "people on the caseload divided by people eligible, by place and care function",
        MODEL,
        ("caseload", "eligible_people"),
        first_of,
        over=second_of,
        direction="up",
    ),
    Measure(
        "staffed_reach",
        "Reach that staff and places allow",
        "1",
        "people whom hours allotted, or places open, could serve divided by people eligible, by "
        "place and care function",
        MODEL,
        ("staffed_capacity", "eligible_people"),
        first_of,
        over=second_of,
    ),
    Measure(
        "contacts_delivered",
        "Contacts delivered by care functions",
        "contact/Year",
        "people served times contacts a person-year",
        MODEL,
        ("contacts_delivered",),
        as_it_is,
    ),
    Measure(
        "admissions_avoided_by_care_function",
        "Emergency admissions avoided by care functions",
        "admission/Year",
        f"emergency admissions {_ALONE}",
        MODEL,
        (
            "emergency_demand_before_care",
            "effect_on_admissions",
            "excess_reach",
            "found_share_of_the_eligible",
        ),
        _avoided,
        direction="up",
    ),
    Measure(
        "attendances_avoided_by_care_function",
        "A&E attendances avoided by care functions",
        "attendance/Year",
        f"A&E attendances {_ALONE}",
        MODEL,
        (
            "ae_demand_before_care",
            "effect_on_attendances",
            "excess_reach",
            "found_share_of_the_eligible",
        ),
        _avoided,
    ),
    Measure(
        "gp_contacts_avoided_by_care_function",
        "GP contacts avoided by care functions",
        "contact/Year",
        f"GP contacts needed {_ALONE}",
        MODEL,
        (
            "gp_contacts_needed_before_care",
            "effect_while_enrolled",
            "excess_reach",
            "found_share_of_the_eligible",
        ),
        _contacts_avoided,
    ),
    Measure(
        "people_in_places",
        "People in intermediate care, virtual wards and home care",
        "person",
        "people from home and from hospital in places of each function",
        MODEL,
        ("people_in_places",),
        as_it_is,
    ),
    Measure(
        "fullness_of_places",
        "Places of intermediate care that are full",
        "1",
        "people in places divided by places open, by place and function",
        MODEL,
        ("people_in_places", "places"),
        first_of,
        over=second_of,
    ),
    Measure(
        "gp_contacts",
        "GP contacts",
        "contact/Year",
        "contacts with general practice that take place",
        MODEL,
        ("gp_contacts",),
        as_it_is,
    ),
    Measure(
        "gp_access",
        "Access to general practice",
        "1",
        "GP contacts that take place divided by GP contacts that people need",
        MODEL,
        ("gp_contacts", "gp_contacts_needed"),
        first_of,
        over=second_of,
        direction="up",
    ),
    Measure(
        "care_home_residents",
        "Care-home residents",
        "person",
        "people who live in care homes, by system and frailty",
        MODEL,
        ("care_home_residents",),
        as_it_is,
    ),
    Measure(
        "home_care_hours",
        "Hours of home care in use",
        "hour/Year",
        "hours of long-term home care delivered",
        MODEL,
        ("home_care_hours_in_use",),
        as_it_is,
    ),
    Measure(
        "unpaid_carers",
        "Capacity of unpaid carers",
        "1",
        "what unpaid carers can do against 2019; for Kent and Medway the mean of systems",
        MODEL,
        ("unpaid_carers",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
)
