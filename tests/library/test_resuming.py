"""Stopping a run at a saving time and going on from it, through memory or a file."""

import numpy as np
import pytest
import xarray as xr

import localcare

STAYS = np.linspace(0.03, 0.1, 5)


@pytest.fixture
def given():
    return {
        "overrides": {"stay": STAYS, "demand": [350.0, 310.5, 90.1]},
        "series": {"growth": {2019: 1.0, 2020.3: 1.2, 2023: 0.9}},
    }


def assert_whole(whole, first, rest):
    """Two parts, put together, are the whole to the bit; the bound is in both."""
    count = first.sizes["time"]
    for name in whole.data_vars:
        own = whole[name].to_numpy()
        assert first[name].to_numpy().tobytes() == own[:, :count].tobytes()
        assert rest[name].to_numpy().tobytes() == own[:, count - 1 :].tobytes()
    both = np.concatenate([first["time"].to_numpy(), rest["time"].to_numpy()[1:]])
    np.testing.assert_array_equal(both, whole["time"])


@pytest.mark.parametrize("through", ["memory", "file"])
@pytest.mark.parametrize("engine", ["kernel", "numpy"])
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_parts_are_the_whole(wards, given, tmp_path, through, engine, method):  # noqa: PLR0917
    whole = wards.run(**given, engine=engine, method=method)
    standing = wards.run_until(2020.75, **given, engine=engine, method=method)
    start = standing
    if through == "file":
        standing.save(tmp_path / "state.nc")
        start = tmp_path / "state.nc"
    assert_whole(whole, standing.results, wards.resume(start))
    assert standing.results.identical(
        wards.run(**given, until=2020.75, engine=engine, method=method)
    )


def test_a_run_may_stand_more_than_once_and_ask_for_times_as_dates(wards, given, tmp_path):
    whole = wards.run(**given)
    once = wards.run_until("2020-07-01", **given)
    once.save(tmp_path / "once.nc")
    again = wards.resume_until(tmp_path / "once.nc", 2022)
    assert (once.time, again.time) == (2020.5, 2022.0)
    np.testing.assert_array_equal(
        again.results["patients"], whole["patients"].sel(time=slice(2020.5, 2022))
    )
    np.testing.assert_array_equal(
        wards.resume(again)["patients"], whole["patients"].sel(time=slice(2022, None))
    )


def test_names_of_members_and_seeds_are_kept(wards_file, tmp_path):
    noisy = tmp_path / "noisy.mdl"
    text = wards_file.read_text().replace("growth = 1\n", "growth = INTEG(1 - growth, 1)\n")
    extra = "growth diffusion = 0.02\n\t~\tDmnl\t~\tNoise.\t|\nINITIAL TIME"
    noisy.write_text(text.replace("INITIAL TIME", extra, 1))
    model = localcare.load(noisy)
    options = {"members": ["a", "b", "c"], "method": "sri2", "seed": 3}
    whole = model.run(**options)
    model.run_until(2021, **options).save(tmp_path / "state.nc")
    rest = model.resume(tmp_path / "state.nc")
    assert rest["member"].to_numpy().tolist() == ["a", "b", "c"]
    assert rest.attrs["seed"] == 3
    np.testing.assert_array_equal(rest["growth"], whole["growth"].sel(time=slice(2021, None)))


REMEMBERING = """{UTF-8}
level = INTEG(entering - level/3 + late, 1) ~~|
entering = 2 + PULSE TRAIN(1, 0.5, 2, 7) + STEP(1, 3) + drawn*0.1 ~~|
late = DELAY FIXED(level, 1.5, entering)*0.1 ~~|
seen = SAMPLE IF TRUE(MODULO(Time, 2) < 0.1, level, 0) ~~|
aging = DELAY N(level, 2, 1, 3) + SMOOTH3(level, 2) + TREND(level, 2, 0.1) ~~|
fixed = INITIAL(level*2) ~~|
start = ACTIVE INITIAL(level, 7) ~~|
drawn = RANDOM NORMAL(-5, 5, 0, 1, 3) ~~|
mood[ward] = INTEG(-mood[ward]*0.5, 1) ~~|
mood diffusion[ward] = 0.2 ~~|
ward: north, south ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 8 ~~|
SAVEPER = 1 ~~|
TIME STEP = 0.25 ~~|
"""


@pytest.mark.parametrize("engine", ["kernel", "numpy"])
def test_all_that_remembers_goes_on_from_a_file_with_noise_too(tmp_path, engine):
    path = tmp_path / "remembering.mdl"
    path.write_text(REMEMBERING, encoding="utf-8")
    model = localcare.load(path, cache=False)
    for options in ({"seed": 5, "members": 3}, {"seed": 5, "method": "euler"}):
        whole = model.run(engine=engine, **options)
        once = model.run_until(3, engine=engine, **options)
        once.save(tmp_path / "once.nc")
        again = model.resume_until(tmp_path / "once.nc", 5)
        again.save(tmp_path / "again.nc")
        rest = model.resume(tmp_path / "again.nc")
        for name in whole.data_vars:
            own = whole[name].sel(time=slice(5, None)).to_numpy()
            assert rest[name].to_numpy().tobytes() == own.tobytes(), name


def test_a_model_of_constants_runs_and_holds_nothing(tmp_path):
    path = tmp_path / "constants.mdl"
    path.write_text(REMEMBERING[REMEMBERING.index("INITIAL TIME") :] + "x = 1 ~~|")
    assert not localcare.load(path, cache=False).run(members=2).data_vars


def test_one_past_has_many_futures(wards):
    standing = wards.run_until(2021, overrides={"stay": 0.06})
    growth = np.array([1.0, 1.5, 2.0])
    futures = wards.resume(standing, overrides={"growth": growth})
    assert futures.sizes["member"] == 3
    for member, value in enumerate(growth):
        path = ([2019, 2021, 2021, 2023], [1.0, 1.0, value, value])
        whole = wards.run(overrides={"stay": 0.06}, series={"growth": path})
        np.testing.assert_array_equal(
            futures["patients"].isel(member=member),
            whole["patients"].isel(member=0).sel(time=slice(2021, None)),
        )


def test_what_is_given_now_replaces_what_was_given_before(wards, given):
    standing = wards.run_until(2021, **given)
    assert standing.batch.paths.keys() == {"growth"}
    held = wards.resume(standing, overrides={"growth": 1.0, "stay": 0.05})
    moved = wards.resume(standing, series={"growth": {2021: 1.0}, "stay": {2021: 0.05}})
    np.testing.assert_array_equal(held["patients"], moved["patients"])


def test_the_shipped_model_goes_on_from_the_month_it_stood_in(tmp_path):
    model = localcare.load()
    save = ["population", "beds needed", "occupancy"]
    whole = model.run(save=save, until="2020-07-01")
    first = model.run_until("2020-03-01", save=save)
    first.save(tmp_path / "state.nc")
    rest = model.resume(tmp_path / "state.nc", save=save, until="2020-07-01")
    assert rest["time"].to_numpy()[0] == np.datetime64("2020-03-01")
    assert rest["time_bound"].to_numpy()[[0, -1]].tolist() == [
        np.datetime64(day, "ns").item() for day in ("2020-03-01", "2020-07-01")
    ]
    xr.testing.assert_identical(rest.drop_attrs(), whole.sel(
        time=slice("2020-03-01", None), time_bound=slice("2020-03-01", None)
    ).drop_attrs())  # fmt: skip
    together = xr.concat([first.results["beds_needed"], rest["beds_needed"]], "time")
    assert together.drop_attrs().identical(whole["beds_needed"].drop_attrs())


def test_a_state_is_a_plain_file(wards, given, tmp_path):
    standing = wards.run_until(2021, **given)
    standing.save(tmp_path / "state.nc")
    with xr.open_dataset(tmp_path / "state.nc") as stocks:
        np.testing.assert_array_equal(
            stocks["patients"], standing.results["patients"].isel(time=-1, drop=True)
        )
        assert stocks["ward"].to_numpy().tolist() == ["north", "south", "west"]
        assert stocks.attrs["time"] == 2021.0
    assert [path.name for path in tmp_path.iterdir()] == ["state.nc"]


def damage(path, how):
    if how == "missing":
        path.unlink()
    elif how == "text":
        path.write_text("not a state")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    else:
        with xr.open_dataset(path) as found:
            stocks = found.load()
        if how == "foreign":
            stocks = stocks.assign_attrs(format="other")
        elif how == "no stock":
            stocks = stocks.drop_vars("patients")
        elif how == "not finite":
            stocks["patients"][0, 0] = np.nan
        elif how == "element":
            stocks = stocks.isel(ward=[0, 1])
        elif how == "no inputs":
            stocks = stocks.drop_vars("given_stay")
        stocks.to_netcdf(path, engine="h5netcdf")


@pytest.mark.parametrize(
    "how", ["missing", "text", "cut", "foreign", "no stock", "not finite", "element", "no inputs"]
)
def test_a_damaged_state_is_refused_by_name(wards, given, tmp_path, how):
    wards.run_until(2021, **given).save(tmp_path / "state.nc")
    damage(tmp_path / "state.nc", how)
    with pytest.raises(
        localcare.BadInput, match=r"state\.nc.* is not a state that localcare saved"
    ):
        wards.resume(tmp_path / "state.nc")


def test_a_state_of_another_model_is_refused(wards, wards_file, tmp_path):
    wards.run_until(2021).save(tmp_path / "state.nc")
    changed = tmp_path / "wards.mdl"
    changed.write_text(wards_file.read_text().replace("400, 300, 100", "400, 300, 101"))
    with pytest.raises(localcare.BadInput, match="as it was before it changed"):
        localcare.load(changed).resume(tmp_path / "state.nc")


@pytest.mark.parametrize(
    ("until", "words"),
    [(2020.6, "The nearest is 2020.5"), (2019, "saving time from 2019.25"), ("soon", "soon")],
)
def test_a_time_between_saving_times_is_refused(wards, until, words):
    with pytest.raises(localcare.BadInput, match="until: ") as caught:
        wards.run_until(until)
    assert words in str(caught.value)


def test_as_many_members_go_on_as_stood(wards, given):
    standing = wards.run_until(2021, **given)
    with pytest.raises(localcare.BadInput, match="5 members, and 3 are given"):
        wards.resume(standing, overrides={"growth": [1.0, 2.0, 3.0]})


def test_a_state_that_cannot_be_written_leaves_nothing(wards, tmp_path):
    with pytest.raises(localcare.BadInput, match="could not be written"):
        wards.run_until(2021).save(tmp_path / "nowhere" / "state.nc")
    assert not list(tmp_path.iterdir())
