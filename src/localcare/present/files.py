"""What the files of a folder of results are called, and what its tables hold."""

from __future__ import annotations

__all__ = [
    "CHANCES",
    "COMPARISON",
    "ENSEMBLE",
    "FIGURES_FOLDER",
    "FINANCIAL_SUMMARY",
    "RUN",
    "SUMMARY",
    "TABLES",
    "TARGETS",
    "WINTERS",
]

RUN, COMPARISON = "run.nc", "comparison.nc"
SUMMARY, FINANCIAL_SUMMARY = "summary.csv", "summary_financial_years.csv"
FIGURES_FOLDER = "figures"
#: Where the draws are kept.
ENSEMBLE = "ensemble"
CHANCES, TARGETS, WINTERS = "chances.csv", "targets.csv", "winters.csv"
#: The tables of chances: what each holds.
TABLES = {
    CHANCES: "the chance of breaching a limit, by year",
    TARGETS: "when a limit is kept, or a target met, for good",
    WINTERS: "what a one-in-twenty winter does, by chance alone",
}
