"""Measures of place: wellbeing, assets, maturity of place-based working, hubs."""

from __future__ import annotations

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is

__all__ = ["PLACE"]


PLACE: tuple[Measure, ...] = (
    Measure(
        "wellbeing",
        "Wellbeing",
        "point",
        "mean life satisfaction of adults, 0 to 10; for Kent and Medway the mean of places",
        MODEL,
        ("wellbeing",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
    Measure(
        "community_assets",
        "Community assets",
        "1",
        "share of adults who give time to groups every month; for Kent and Medway the "
        "mean of places",
        MODEL,
        ("community_assets",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
    Measure(
        "maturity",
        "Maturity of place-based working",
        "1",
        "geometric mean over the pillars, by place; for Kent and Medway the mean of places",
        MODEL,
        ("maturity_of_place",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
    Measure(
        "maturity_by_pillar",
        "Maturity of place-based working, by pillar",
        "1",
        "maturity by place and pillar; put together over them by the mean",
        MODEL,
        ("maturity",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
    Measure(
        "hub_sites",
        "Neighbourhood hubs",
        "hub",
        "hubs open beyond those of 2019, by place",
        MODEL,
        ("hub_sites",),
        as_it_is,
        at_year_end=True,
    ),
)
