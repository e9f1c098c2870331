"""Ensembles of scenarios: paired draw by draw, summarised exactly, two seeds in agreement."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from localcare.engine import Batch, run
from localcare.problems import BadInput
from localcare.study import ensemble
from localcare.study.chances import plan_scenarios, what_varies
from localcare.study.ensemble import Derived, carry_out
from localcare.study.futures import futures
from localcare.study.kept import Ensemble
from localcare.study.project import open_project
from localcare.study.store import read_manifest
from localcare.study.summaries import Paired


def total(dataset):
    return dataset["patients"].sum("ward")


DERIVED = [Derived("patients", ("patients",), total)]


def made(project, scenarios, folder, draws=64, seed=1):
    vary = what_varies(project, draws, seed)
    planned, _ = plan_scenarios(
        project, scenarios, vary, DERIVED, paired=Paired("baseline", {"patients": "down"})
    )
    folder.mkdir()
    carry_out(planned, folder)
    return Ensemble(folder)


@pytest.mark.parametrize("narrowest", [16, 64])
def test_members_and_paired_summaries_are_those_of_runs_one_by_one(
    uncertain, scenarios, tmp_path, monkeypatch, narrowest
):
    monkeypatch.setattr(ensemble, "NARROWEST", narrowest)
    found = made(uncertain, scenarios, tmp_path / "e")
    values = futures(uncertain, scenarios, 64, 1).values
    alone = np.empty((64, 17, 2))
    for k in range(0, 64, 21):
        for s in range(2):
            given = futures(uncertain, scenarios[s : s + 1], 64, 1).batch(k, k + 1)
            result = run(uncertain.spec, given, engine="kernel", points=True)
            alone[k, :, s] = result.values["patients"].sum(axis=1)[:, 0]
            np.testing.assert_array_equal(found.members["patients"][k, :, s], alone[k, :, s])
    assert found.members["patients"].dims == ("member", "time", "scenario")
    own = np.moveaxis(found.members["patients"].to_numpy(), 0, -1)
    change = own - own[:, :1]
    shares = found.summary["quantile"].to_numpy()
    np.testing.assert_array_equal(
        found.summary["patients_change"], np.quantile(change, shares, axis=-1)
    )
    np.testing.assert_array_equal(found.summary["patients_better"], (change < 0).mean(axis=-1))
    np.testing.assert_array_equal(found.inputs["drawn"].sel(parameter="growth"), values["growth"])


def test_two_seeds_agree_within_their_stated_error(uncertain, scenarios, tmp_path):
    """The standard error of a mean is at most that of independent draws, sd / sqrt(n)."""
    first, second = (made(uncertain, scenarios, tmp_path / str(seed), 256, seed) for seed in (1, 2))
    for name in ("patients_mean", "patients_change_mean"):
        values = first.members["patients"]
        if "change" in name:
            values = values - values.sel(scenario="baseline")
        error = values.std("member", ddof=1) / 16
        np.testing.assert_allclose(first.summary[f"{name}_error"], error, rtol=1e-12, atol=1e-15)
        apart = abs(first.summary[name] - second.summary[name])
        assert (apart <= 3 * np.sqrt(2) * error).all()
    assert not first.members.equals(second.members)


def test_the_model_that_stops_is_named_with_its_draw_and_scenario(uncertain, tmp_path):
    from localcare.engine import SimulationError
    from localcare.study.blocks import Job
    from localcare.study.given import Given

    demand = np.full((3, 6), 50.0)
    demand[1, 5] = -500.0
    given = Given(3, lambda a, b: Batch(2 * (b - a), {"demand": demand}), ("one", "two"))
    options = {
        "engine": "kernel", "method": "rk4", "step": None, "seed": None, "save": ("patients",),
        "points": True,
    }  # fmt: skip
    job = Job(uncertain.spec, given, ("patients",), ("patients",), (), 8, options)
    with pytest.raises(SimulationError, match=r"in scenario two at time .* \(member 2\)"):
        job.run(0)


def test_nothing_that_varies_is_refused(uncertain):
    with pytest.raises(BadInput, match="every draw would be the same"):
        what_varies(uncertain, 8, 1, parameters=False)
    with pytest.raises(BadInput, match="no stock of the model has noise"):
        what_varies(uncertain, 8, 1, noise=True)
    assert what_varies(uncertain, 8, 1).covers == "parameters"


@pytest.fixture
def noisy(uncertain_file):
    """The model with growth that reverts to 1, kicked by noise."""
    text = uncertain_file.read_text().replace("growth = 1\n", "growth = INTEG(1 - growth, 1)\n")
    extra = "growth diffusion = 0.05\n\t~\tDmnl\t~\tNoise.\t|\nINITIAL TIME"
    uncertain_file.write_text(text.replace("INITIAL TIME", extra, 1))
    table = uncertain_file.with_name("wards.assumptions.csv")
    drawn, fixed = "growth,0.9,1.2,triangular", "growth diffusion,0.05,0.05,fixed"
    table.write_text(table.read_text().replace(drawn, fixed))
    return open_project(uncertain_file)


def test_scenarios_meet_the_same_noise_and_draws_meet_different(noisy, scenarios, tmp_path):
    twice = [scenarios[0], replace(scenarios[0], name="the same")]
    vary = what_varies(noisy, 16, 3, parameters=False)
    assert vary.covers == "noise"
    planned, table = plan_scenarios(noisy, twice, vary, DERIVED)
    (tmp_path / "e").mkdir()
    carry_out(planned, tmp_path / "e")
    found = Ensemble(tmp_path / "e").members["patients"]
    same = found.sel(scenario="the same")
    np.testing.assert_array_equal(found.sel(scenario="baseline"), same)
    assert (found.isel(time=-1).std("member") > 0).all()
    assert table.drawn == ()


def test_bands_of_both_cover_more_than_noise_alone(noisy, scenarios, tmp_path):
    spreads = {}
    for parameters in (False, True):
        vary = what_varies(noisy, 64, 3, parameters=parameters)
        planned, _ = plan_scenarios(noisy, scenarios[:1], vary, DERIVED)
        folder = tmp_path / str(parameters)
        folder.mkdir()
        found = carry_out(planned, folder)
        xr.testing.assert_identical(found.summary, Ensemble(folder).summary)
        assert read_manifest(folder)["seed"] == 3
        last = Ensemble(folder).members["patients"].isel(time=-1, scenario=0)
        spreads[vary.covers] = float(last.std())
    assert spreads["parameters and noise"] > 1.5 * spreads["noise"] > 0
