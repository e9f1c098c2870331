"""Measures of money: running and capital cost, investment, what comes back and when.

All in real 2023/24 prices. What is discounted is so at 3.5% a year (HM Treasury, Green Book) to
1 January 2024, by the model itself.
"""

from __future__ import annotations

import numpy as np

from localcare.measures.measure import MODEL, Measure
from localcare.measures.pieces import above_baseline, as_it_is, below_baseline
from localcare.measures.plain import Figures

__all__ = ["MONEY"]

_GREEN_BOOK = "model equations; 3.5%: HM Treasury Green Book"


def _saved(total: Figures, invested: Figures) -> Figures:
    """What a policy saves before its own cost is taken off."""
    return above_baseline(invested) - above_baseline(total)


def _returned(total: Figures, _invested: Figures) -> Figures:
    return below_baseline(total)


def _spent(_total: Figures, invested: Figures) -> Figures:
    return above_baseline(invested)


def _payback(total: Figures, invested: Figures) -> Figures:
    """The year by which savings had first covered what was spent; none before that."""
    axis = "year" if "year" in total.dims else "time"
    net, spent = above_baseline(total), above_baseline(invested)
    paid = ((spent > 0) & (net <= 0)).transpose(..., axis)
    years = np.where(paid.to_numpy(), total["year"].to_numpy(), np.inf)
    first = np.minimum.accumulate(years, axis=-1)
    return paid.copy(data=np.where(np.isfinite(first), first, np.nan))


MONEY: tuple[Measure, ...] = (
    Measure(
        "running_cost",
        "Running cost of health and care",
        "GBP/Year",
        "running cost by layer, real 2023/24 prices",
        MODEL,
        ("running_cost_by_layer",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "capital_cost",
        "Capital cost",
        "GBP/Year",
        "capital cost by layer, real 2023/24 prices",
        MODEL,
        ("capital_cost_by_layer",),
        as_it_is,
        direction="down",
    ),
    Measure(
        "investment",
        "Investment",
        "GBP/Year",
        "what levers cost above 2019 in a year, running and capital, by layer, real 2023/24 "
        "prices, not discounted; savings are not taken off",
        MODEL,
        ("policy_cost_by_layer",),
        as_it_is,
    ),
    Measure(
        "policy_spend",
        "Policy spend since 2019, discounted",
        "GBP",
        "what levers cost above 2019, running and capital, discounted at 3.5% a year; gross of "
        "what is saved",
        _GREEN_BOOK,
        ("gross_policy_spend_discounted",),
        as_it_is,
        at_year_end=True,
    ),
    Measure(
        "net_cost",
        "Net cost since 2019, discounted",
        "GBP",
        "all running and capital cost less the baseline's, discounted at 3.5% a year, real 2023/24 "
        "prices: what a policy costs when its savings are taken off",
        _GREEN_BOOK,
        ("total_spend_discounted",),
        above_baseline,
        direction="down",
        at_year_end=True,
        needs_baseline=True,
    ),
    Measure(
        "savings",
        "Savings since 2019, discounted",
        "GBP",
        "policy spend above the baseline's less net cost, discounted at 3.5% a year, real 2023/24 "
        "prices; below 0 where a policy causes cost elsewhere",
        _GREEN_BOOK,
        ("total_spend_discounted", "gross_policy_spend_discounted"),
        _saved,
        direction="up",
        at_year_end=True,
        needs_baseline=True,
    ),
    Measure(
        "return_on_investment",
        "Return on investment",
        "1",
        "savings since 2019 less policy spend, divided by policy spend, both discounted at 3.5% a "
        "year: 0 where a policy pays for itself, -1 where it saves nothing. Money alone: years of "
        "life and of health are not priced",
        _GREEN_BOOK,
        ("total_spend_discounted", "gross_policy_spend_discounted"),
        _returned,
        over=_spent,
        direction="up",
        at_year_end=True,
        needs_baseline=True,
    ),
    Measure(
        "payback_year",
        "Year in which a policy has paid for itself",
        "year",
        "the first year at whose end savings since 2019 cover policy spend, both discounted at "
        "3.5% a year; empty until then",
        _GREEN_BOOK,
        ("total_spend_discounted", "gross_policy_spend_discounted"),
        _payback,
        aggregate="",
        at_year_end=True,
        needs_baseline=True,
    ),
    Measure(
        "year_of_care_cost",
        "Cost of a year of care",
        "GBP/(person*Year)",
        "what a person of each state of frailty costs in a year, real 2023/24 prices",
        MODEL,
        ("year_of_care_cost",),
        as_it_is,
        aggregate="",
        direction="down",
    ),
    Measure(
        "payment_by_tariff",
        "What hospitals would be paid by tariff",
        "GBP/Year",
        "activity of each trust at its price, real 2023/24 prices",
        MODEL,
        ("payment_by_tariff",),
        as_it_is,
    ),
    Measure(
        "payment_by_capitation",
        "What hospitals would be paid by capitation",
        "GBP/Year",
        "people of each trust's catchment at the cost of 2019, real 2023/24 prices",
        MODEL,
        ("payment_by_capitation",),
        as_it_is,
    ),
    Measure(
        "outcome_payment",
        "Outcome payment",
        "GBP/Year",
        "the share of acute cost avoided that flows back to neighbourhood care, real 2023/24 "
        "prices",
        MODEL,
        ("outcome_payment",),
        as_it_is,
    ),
)
