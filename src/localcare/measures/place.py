"""Measures of place: wellbeing, assets, maturity of place-based working."""

from __future__ import annotations

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import as_it_is

__all__ = ["PLACE"]


PLACE: tuple[Measure, ...] = (
    Measure(
        "wellbeing",
        "Wellbeing",
        "1",
        "mean wellbeing of the people of a place; for Kent and Medway the mean of places",
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
        "groups, volunteers and meeting places of a place against 2019; for Kent and Medway the "
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
        "maturity by place and pillar; put together over them by the mean",
        MODEL,
        ("maturity",),
        as_it_is,
        aggregate="mean",
        direction="up",
    ),
)
