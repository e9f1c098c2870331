"""The benchmark: our engines beside others on the same equations, steps and outputs.

In: nothing but the shipped model and two small ones kept here. Out: a `Report` of what was
measured, with its spread, on what machine, and which tools were missing. Timings are taken in
rounds, each contender once a round, so that what else the machine does falls on all alike, and
ratios are taken within a round. Results have to agree before any time counts.
"""

from __future__ import annotations

from localcare.bench.contest import run_bench, run_ensembles
from localcare.bench.report import Report

__all__ = ["Report", "run_bench", "run_ensembles"]
