"""Ensembles: streamed to disk, the same bits as in memory, summarised exactly."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import localcare
from localcare.engine import Batch, Overrides, SimulationError, run
from localcare.study import blocks, ensemble, spool
from localcare.study.ensemble import Derived, Given, run_ensemble
from localcare.study.kept import open_ensemble
from localcare.study.overrides import batch_of

MEMBERS = 50


@pytest.fixture
def given(wards):
    """A stay and a demand for each member, and a growth that moves."""
    random = np.random.default_rng(1)
    return batch_of(
        wards.spec,
        {
            "stay": random.uniform(0.03, 0.1, MEMBERS),
            "demand": random.uniform(50, 90, (MEMBERS, 3)),
        },
        {"growth": {2019: 1.0, 2023: random.uniform(0.5, 2.0, MEMBERS)}},
    )


@pytest.fixture
def expected(wards, given):
    """The same in memory, as numbers (member, time, ward)."""
    result = run(wards.spec, given, engine="kernel", points=True)
    return {name: np.moveaxis(values, -1, 0) for name, values in result.values.items()}


@pytest.mark.parametrize(("narrowest", "column"), [(1, 1), (7, 2000), (16, 10**6), (64, 10**6)])
def test_members_and_summaries_do_not_depend_on_blocks_or_chunks(  # noqa: PLR0917 (fixtures)
    wards, given, expected, tmp_path, monkeypatch, narrowest, column
):
    monkeypatch.setattr(ensemble, "NARROWEST", narrowest)
    monkeypatch.setattr(spool, "COLUMN", column)
    levels = [10.0, 20.0]
    found = run_ensemble(
        wards.spec, given, tmp_path / "e", save=["patients"], above={"patients": levels}
    )
    own, summary = expected["patients"], found.summary
    np.testing.assert_array_equal(found.members["patients"], own, strict=True)
    own = np.ascontiguousarray(np.moveaxis(own, 0, -1))
    assert found.members["patients"].dims == ("member", "time", "ward")
    assert found.members["ward"].to_numpy().tolist() == ["north", "south", "west"]
    quantiles = summary["quantile"].to_numpy()
    np.testing.assert_array_equal(summary["patients"], np.quantile(own, quantiles, axis=-1))
    np.testing.assert_array_equal(summary["patients_mean"], own.mean(axis=-1))
    above = [(own > level).mean(axis=-1) for level in levels]
    np.testing.assert_array_equal(summary["patients_above"], above)
    assert summary["patients_level"].to_numpy().tolist() == levels
    assert summary["patients"].attrs["units"] == "person"


def test_what_members_were_given_is_kept_and_named_by_a_hash(wards, given, tmp_path, monkeypatch):
    hashes = set()
    for narrowest in (3, 64):
        monkeypatch.setattr(ensemble, "NARROWEST", narrowest)
        found = run_ensemble(wards.spec, given, tmp_path / "e", save=["patients"])
        inputs = found.inputs
        np.testing.assert_array_equal(inputs["stay"], given.constants["stay"])
        np.testing.assert_array_equal(inputs["demand"].transpose(), given.constants["demand"])
        times, values = given.paths["growth"]
        np.testing.assert_array_equal(inputs["growth_times"].transpose(), times)
        np.testing.assert_array_equal(inputs["growth_values"].transpose(), values)
        hashes.add(json.loads((found.folder / "manifest.json").read_text())["inputs_hash"])
    assert len(hashes) == 1
    other = Batch(MEMBERS, {"stay": given.constants["stay"] + 1})
    changed = run_ensemble(wards.spec, other, tmp_path / "e", save=["patients"])
    assert json.loads((changed.folder / "manifest.json").read_text())["inputs_hash"] not in hashes


def test_members_may_be_made_one_by_one_or_block_by_block(wards, tmp_path, monkeypatch):
    monkeypatch.setattr(ensemble, "NARROWEST", 8)
    stays = np.linspace(0.03, 0.1, MEMBERS)
    ways = (
        Batch(MEMBERS, {"stay": stays}),
        (Overrides({"stay": np.array(stay)}) for stay in stays),
        Given(MEMBERS, lambda first, last: Batch(last - first, {"stay": stays[first:last]})),
    )
    found = [
        run_ensemble(wards.spec, way, tmp_path / str(i), save=["patients"]).members
        for i, way in enumerate(ways)
    ]
    assert found[0].identical(found[1])
    assert found[0].identical(found[2])


def test_a_block_of_another_size_than_asked_is_refused(wards, tmp_path):
    wrong = Given(MEMBERS, lambda _first, _last: Batch(1))
    with pytest.raises(ValueError, match="1 members were made"):
        run_ensemble(wards.spec, wrong, tmp_path / "e", save=["patients"])


def test_a_measure_is_kept_instead_of_what_it_is_made_of(wards, given, expected, tmp_path):
    total = Derived("all_patients", ("patients",), lambda dataset: dataset["patients"].sum("ward"))
    found = run_ensemble(wards.spec, given, tmp_path / "e", derived=[total])
    assert list(found.members.data_vars) == ["all_patients"]
    np.testing.assert_array_equal(found.members["all_patients"], expected["patients"].sum(axis=-1))


def test_few_members_keep_everything_and_many_what_is_named(wards, given, expected, tmp_path):
    few = Batch(32, {"stay": given.constants["stay"][:32]})
    found = run_ensemble(wards.spec, few, tmp_path / "e")
    assert set(found.members.data_vars) == set(expected)
    with pytest.raises(localcare.BadInput, match="too many to keep every variable"):
        run_ensemble(wards.spec, given, tmp_path / "e")


def test_noise_depends_on_the_member_not_on_the_block(wards_file, tmp_path, monkeypatch):
    noisy = tmp_path / "noisy.mdl"
    text = wards_file.read_text().replace("growth = 1\n", "growth = INTEG(1 - growth, 1)\n")
    extra = "growth diffusion = 0.02\n\t~\tDmnl\t~\tNoise.\t|\nINITIAL TIME"
    noisy.write_text(text.replace("INITIAL TIME", extra, 1))
    model = localcare.load(noisy)
    found = []
    for narrowest in (3, 64):
        monkeypatch.setattr(ensemble, "NARROWEST", narrowest)
        own = model.ensemble(
            tmp_path / "e", members=10, save=["growth"], method="euler-maruyama", seed=1, quiet=True
        )
        found.append(own.members.load())
    assert found[0].identical(found[1])
    assert float(found[0]["growth"].isel(time=-1).std()) > 0
    whole = model.run(members=10, save=["growth"], method="euler-maruyama", seed=1)
    np.testing.assert_array_equal(whole["growth"], found[0]["growth"])


def test_the_member_that_stops_is_named_by_its_number_among_all(wards, tmp_path, monkeypatch):
    monkeypatch.setattr(ensemble, "NARROWEST", 8)
    demand = np.full((3, MEMBERS), 50.0)
    demand[1, 37] = -500.0
    with pytest.raises(SimulationError, match=r"patients\[south\] .* \(member 37\)"):
        run_ensemble(
            wards.spec, Batch(MEMBERS, {"demand": demand}), tmp_path / "e", save=["patients"]
        )
    assert not (tmp_path / "e").exists()
    assert not list(tmp_path.iterdir())


def test_an_interrupted_ensemble_leaves_what_was_there(wards, given, tmp_path):
    found = run_ensemble(wards.spec, given, tmp_path / "e", save=["patients"])
    before = found.members.load()

    def stop(_what, done, _all):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        run_ensemble(wards.spec, given, tmp_path / "e", save=["discharges"], progress=stop)
    assert open_ensemble(tmp_path / "e").members.identical(before)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".e.unfinished", "e"]


def test_progress_goes_from_nothing_to_all(wards, given, tmp_path, monkeypatch):
    monkeypatch.setattr(ensemble, "NARROWEST", 8)
    told = []
    run_ensemble(
        wards.spec, given, tmp_path / "e", save=["patients"],
        progress=lambda *each: told.append(each),
    )  # fmt: skip
    running = [done for what, done, _ in told if what == "running members"]
    assert running == [*range(0, MEMBERS, 8), MEMBERS]
    parts = [(done, everything) for what, done, everything in told if what == "summarising"]
    assert parts[0][0] == 0
    assert parts[-1][0] == parts[-1][1]


def test_what_cannot_be_stored_is_refused_before_anything_runs(wards, given, tmp_path, monkeypatch):
    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr(blocks, "run", never)
    refused = (
        ({"save": ["nothing"]}, "no such variable"),
        ({"save": ["patients"], "above": {"patient": [1.0]}}, 'Did you mean "patients"?'),
    )
    for options, words in refused:
        with pytest.raises(localcare.BadInput) as caught:
            run_ensemble(wards.spec, given, tmp_path / "e", **options)
        assert words in str(caught.value)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(localcare.BadInput, match="GB are free"):
        run_ensemble(wards.spec, given, tmp_path / "e", save=["patients"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis").write_text("keep")
    with pytest.raises(localcare.BadInput, match="left alone"):
        run_ensemble(wards.spec, given, tmp_path / "mine", save=["patients"])


def test_a_missing_zarr_is_named_with_the_command_that_installs_it(
    wards, given, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(localcare.BadInput, match=r"pip install 'localcare\[ensemble\]'"):
        run_ensemble(wards.spec, given, tmp_path / "e", save=["patients"])


def test_a_folder_that_holds_no_ensemble_is_named(tmp_path):
    with pytest.raises(localcare.BadInput, match="not a folder of localcare's results"):
        open_ensemble(tmp_path)


def test_the_library_streams_variables_and_measures_by_name(tmp_path):
    model = localcare.load()
    found = model.ensemble(
        tmp_path / "e",
        members=3,
        overrides={"crowding threshold": [0.85, 0.9, 0.95]},
        save=["Beds needed", "policy spend"],
        above={"beds needed": [600.0]},
        quiet=True,
    )
    assert set(found.members.data_vars) == {"beds_needed", "policy_spend"}
    whole = model.run(overrides={"crowding threshold": [0.85, 0.9, 0.95]}, save=["beds needed"])
    np.testing.assert_array_equal(found.members["beds_needed"], whole["beds_needed"])
    assert found.summary["beds_needed"].dims == ("quantile", "time", "system")
    assert str(found.summary["time"].to_numpy()[0])[:10] == "2019-01-01"
    with xr.open_zarr(tmp_path / "e" / "members.zarr", chunks=None) as plain:
        assert plain["beds_needed"].attrs["units"] == "bed"
    assert localcare.open_ensemble(tmp_path / "e").members.identical(found.members)


LARGE = """
import resource, sys
import numpy as np
import localcare
n = 10_000
model = localcare.load()
threshold = np.random.default_rng(1).uniform(0.85, 0.95, n)
found = model.ensemble(
    sys.argv[1], overrides={"crowding threshold": threshold},
    save=["beds needed", "emergency admissions", "caseload", "staffing gap"],
)
assert found.members.sizes["member"] == n
assert found.members.nbytes > 2.0e9
assert float(found.summary["beds_needed"].isel(time=-1).sum()) > 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="needs the module resource")
def test_ten_thousand_members_of_the_shipped_model_stay_under_2_gb(tmp_path):
    """What is kept is larger than what may be in memory."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(tmp_path / "e")],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    resident = int(done.stdout) * (1 if sys.platform == "darwin" else 1024)
    assert resident < 2e9
