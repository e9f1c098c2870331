"""Two seeds tell the same of the shipped model, within the errors that they state."""

from functools import partial

import numpy as np
import pytest

from localcare.measures.catalogue import find, yearly
from localcare.study.blocks import Derived
from localcare.study.chances import plan_scenarios, what_varies
from localcare.study.ensemble import carry_out
from localcare.study.kept import Ensemble
from localcare.study.summaries import Paired
from localcare.verbs.scenarios import find_scenarios

MEASURES = ("beds_needed", "emergency_admissions", "staffing_gap", "running_cost", "waiting_list")


@pytest.mark.long
def test_means_of_levels_and_changes_agree_in_every_year(project, tmp_path):
    scenarios = find_scenarios(["baseline", "intermediate"], project)
    derived = [
        Derived(name, find(name).needs, partial(yearly, find(name), by=())) for name in MEASURES
    ]
    first, second = (
        told(tmp_path / str(seed), project, scenarios, derived, seed) for seed in (1, 2)
    )
    for name in MEASURES:
        for what in (f"{name}_mean", f"{name}_change_mean"):
            own = first[what].transpose("year", "scenario")
            apart = np.abs(own - second[what])
            error = np.hypot(first[f"{what}_error"], second[f"{what}_error"])
            assert (apart <= 3 * error).all(), what
            assert (apart > 0).any(), what
    # and the errors are no larger than a tenth of the spread that they are of
    spread = first["beds_needed"].sel(quantile=0.975) - first["beds_needed"].sel(quantile=0.025)
    assert (first["beds_needed_mean_error"] < spread / 10).all()


def told(folder, project, scenarios, derived, seed):
    """The summary of 128 draws of a seed."""
    folder.mkdir()
    vary = what_varies(project, 128, seed)
    paired = Paired("baseline", dict.fromkeys(MEASURES, "down"))
    planned, _ = plan_scenarios(project, scenarios, vary, derived, paired=paired)
    carry_out(planned, folder)
    return Ensemble(folder).summary
