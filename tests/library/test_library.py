"""localcare as a library: what may be given, and what comes back."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import localcare
from localcare.engine import Batch, Overrides, Path, SimulationError
from localcare.engine import run as simulate

NORTH = ["north", "south", "west"]


def test_importing_localcare_imports_no_library():
    code = (
        "import sys, localcare; "
        "print({'numpy', 'xarray', 'pandas', 'llvmlite', 'pysd', 'click'} & set(sys.modules), "
        "[name for name in sys.modules if name.startswith('localcare')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == "set() ['localcare']"


def test_what_localcare_lacks_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        localcare.lode("x.mdl")


def test_a_run_is_a_dataset_with_members_first(wards):
    results = wards.run()
    assert dict(results.sizes) == {"member": 1, "time": 17, "ward": 3}
    assert results["patients"].dims == ("member", "time", "ward")
    assert results["time"].to_numpy()[[0, -1]].tolist() == [2019.0, 2023.0]
    assert results["ward"].to_numpy().tolist() == NORTH
    assert results["patients"].attrs["units"] == "person"
    assert results.attrs["model"] == "wards"


def test_it_is_what_the_engine_computes(wards):
    stays = np.array([0.05, 0.1])
    own = wards.run(overrides={"stay": stays}, engine="numpy", method="euler")
    each = [Overrides({"stay": np.array(stay)}) for stay in stays]
    expected = simulate(
        wards.spec, Batch.of(wards.spec, each), engine="numpy", method="euler", points=True
    )
    for name, values in expected.values.items():
        np.testing.assert_array_equal(own[name], np.moveaxis(values, -1, 0))


@pytest.mark.parametrize("name", ["demand", "Demand", "demand ", '"demand"'])
@pytest.mark.parametrize(
    "value",
    [
        [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]],
        xr.DataArray([[10.0, 40.0], [20.0, 50.0], [30.0, 60.0]], dims=("ward", "member")),
        xr.DataArray(
            [[30.0, 20.0, 10.0], [60.0, 50.0, 40.0]],
            {"ward": NORTH[::-1]},
            dims=("member", "ward"),
        ),
    ],
)
def test_an_array_is_for_each_member_and_element_in_whatever_order_it_says(wards, name, value):
    results = wards.run(overrides={name: value})
    alone = [
        wards.run(overrides={"demand": row}) for row in ([10.0, 20.0, 30.0], [40.0, 50.0, 60.0])
    ]
    for member, own in enumerate(alone):
        np.testing.assert_array_equal(
            results["patients"].isel(member=member), own["patients"].isel(member=0)
        )


def test_the_index_of_a_pandas_series_says_which_element_a_value_is_for(wards):
    one = wards.run(overrides={"demand": pd.Series([3.0, 1.0, 2.0], ["west", "north", "south"])})
    other = wards.run(overrides={"demand": [1.0, 2.0, 3.0]})
    np.testing.assert_array_equal(one["patients"], other["patients"])
    drawn = pd.Series([0.05, 0.06], [7, 3])  # rows that were picked from a table of draws
    assert wards.run(overrides={"stay": drawn}).sizes["member"] == 2
    assert wards.run(members=np.int64(2)).sizes["member"] == 2


def test_a_number_is_for_all_and_an_array_of_the_shape_for_all_members(wards):
    one = wards.run(overrides={"demand": 50.0, "growth": [1.0, 2.0]})
    two = wards.run(overrides={"demand": [50.0] * 3, "growth": [1.0, 2.0]})
    assert one.identical(two)
    assert one.sizes["member"] == 2
    lacking = xr.DataArray([1.0, 2.0], dims="member")
    assert one.equals(wards.run(overrides={"demand": 50.0, "growth": lacking}))


def test_members_may_have_names(wards):
    results = wards.run(members=["low", "high"], overrides={"stay": [0.05, 0.06]})
    assert results["member"].to_numpy().tolist() == ["low", "high"]
    assert float(results["patients"].sel(member="high").isel(time=-1).sum()) > float(
        results["patients"].sel(member="low").isel(time=-1).sum()
    )


@pytest.mark.parametrize(
    "series",
    [
        {2021: 1.0, 2022: 2.0},
        {2022.0: 2.0, 2021.0: 1.0},
        {"2021-01-01": 1.0, "2022-01-01": 2.0},
        ([2021, 2022], [1.0, 2.0]),
        ([2021, 2022], [[1.0, 2.0]]),
        xr.DataArray([1.0, 2.0], {"time": [2021.0, 2022.0]}),
        xr.DataArray([1.0, 2.0], {"time": np.array(["2021-01", "2022-01"], "datetime64[ns]")}),
        xr.DataArray([1.0, 2.0], {"time": [2021.0, 2022.0]}).to_series(),
    ],
)
def test_a_series_is_straight_between_its_times(wards, series):
    results = wards.run(series={"growth": series})
    path = Path(np.array([2021.0, 2022.0]), np.array([1.0, 2.0]))
    batch = Batch.of(wards.spec, [Overrides({}, {"growth": path})])
    expected = simulate(wards.spec, batch, engine="kernel", points=True)
    np.testing.assert_array_equal(
        results["admissions"], np.moveaxis(expected.values["admissions"], -1, 0)
    )
    at = results["admissions"].isel(member=0).sel(ward="north")
    trend = [1 + 0.2 * (year - 2019) / 11 for year in (2020, 2021.5, 2023)]
    expected = [400 * trend[0], 600 * trend[1], 800 * trend[2]]
    np.testing.assert_allclose(at.sel(time=[2020, 2021.5, 2023]), expected)


def test_series_differ_by_element_and_member(wards):
    values = np.arange(12.0).reshape(2, 2, 3)  # members, times, wards
    one = wards.run(series={"demand": ([2019, 2023], values)})
    labelled = xr.DataArray(
        values[..., ::-1],
        {"time": [2019.0, 2023.0], "ward": NORTH[::-1]},
        dims=("member", "time", "ward"),
    )
    assert one.equals(wards.run(series={"demand": labelled}))
    assert one.equals(wards.run(series={"demand": {2019: values[:, 0], 2023: values[:, 1]}}))
    ends = one["admissions"].isel(time=[0, -1]) / [[1.0], [1 + 0.2 * 4 / 11]]
    np.testing.assert_allclose(ends, values)


def test_only_what_is_named_is_kept_by_either_name(wards):
    results = wards.run(save=["Patients"])
    assert list(results.data_vars) == ["patients"]


def labelled(*members):
    return xr.DataArray([0.05, 0.06], {"member": list(members)})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"overrides": {"stey": 1.0}}, 'stey: no such variable. Did you mean "stay"?'),
        ({"overrides": {"patients": 1.0}}, "patients: is a stock and cannot be set."),
        ({"overrides": {"time step": 1.0}}, "sets the clock"),
        ({"overrides": {"stay": "long"}}, "'long' is no number"),
        ({"overrides": {"stay": [0.1, np.nan]}}, "not finite"),
        ({"overrides": {"demand": [1.0, 2.0]}}, "has the shape (3,) (ward); the array given has"),
        ({"overrides": {"stay": [0.1, 0.2], "growth": [1.0, 2.0, 3.0]}}, "given for 2 members"),
        ({"overrides": {"stay": [0.1, 0.2]}, "members": 3}, "2 members, where there are 3"),
        ({"overrides": {"stay": 1.0, "Stay": 2.0}}, "is given twice"),
        ({"overrides": {"stay": 1.0}, "series": {"stay": {2019: 1.0}}}, "is given twice"),
        ({"overrides": {"stay": xr.DataArray([1.0], dims="place")}}, "no dimension place"),
        (
            {"overrides": {"demand": xr.DataArray([1.0] * 3, {"ward": ["a", "b", "c"]})}},
            "Give each once: north, south, west.",
        ),
        ({"series": {"stay": {}}}, "has no times"),
        ({"series": {"stay": 3.0}}, "is no series"),
        ({"series": {"stay": ([2020, 2019], [1.0, 2.0])}}, "not in order"),
        ({"series": {"stay": ([2020, 2021], [1.0])}}, "2 times for 1 values"),
        ({"series": {"stay": {"soon": 1.0}}}, "soon"),
        ({"members": 0}, "0 members"),
        ({"members": 1.5}, "neither a number of members nor a list of their names"),
        ({"members": True}, "neither a number of members"),
        ({"members": "low"}, "neither a number of members"),
        ({"members": ["low", "low"]}, "low names two members"),
        ({"members": [["low"], ["high"]]}, "is no name of a member"),
        ({"members": 10**9, "overrides": {"stay": 1.0}}, "1,000,000,000 members are given"),
        ({"overrides": {"stay": []}}, "is given for 0 members"),
        ({"overrides": {1: 2.0}}, "1: no such variable"),
        ({"overrides": [("stay", 1.0)]}, "is no mapping from names to values"),
        ({"series": 3}, "is no mapping from names to values"),
        ({"overrides": {"stay": np.datetime64("2020-01-01")}}, "is a time, not a number"),
        ({"overrides": {"demand": np.ma.masked_equal([1.0, 2.0, 3.0], 2.0)}}, "masked"),
        ({"overrides": {"demand": pd.Series([1.0, 2.0, 3.0], list("abc"))}}, "Label each once"),
        ({"overrides": {"demand": pd.DataFrame([[1.0, 2.0, 3.0]])}}, "a table of pandas"),
        (
            {"overrides": {"stay": labelled("low", "high")}, "members": ["high", "low"]},
            "labelled low, high; those of members are high, low",
        ),
        (
            {"overrides": {"stay": labelled(1, 2), "growth": labelled(2, 1)}},
            "labelled 2, 1; those of stay are 1, 2",
        ),
        ({"save": "patients"}, 'Give ["patients"]'),
        ({"save": [3]}, "3: no such variable"),
        ({"step": "1/2"}, "'1/2' is not a number"),
        ({"points": "yes"}, "neither True nor False"),
        ({"members": 10**8}, "GB"),
        ({"save": ["stay"]}, "is a constant"),
        ({"save": ["nothing"]}, "no such variable"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_cure(wards, given, words):
    with pytest.raises(localcare.BadInput) as caught:
        wards.run(**given)
    assert words in str(caught.value)


def test_every_problem_is_told_at_once(wards):
    with pytest.raises(localcare.BadInput) as caught:
        wards.run(overrides={"stey": 1.0, "growht": 2.0}, series={"patients": {2019: 1.0}})
    assert len(caught.value.problems) == 3


def test_a_run_that_must_stop_says_where(wards):
    with pytest.raises(SimulationError, match="member 1"):
        wards.run(overrides={"demand": [[1.0] * 3, [1.0, -500.0, 1.0]]})


def test_a_constant_can_be_read_changed_and_given_back(wards):
    demand = wards.constant("demand")
    assert demand.dims == ("ward",)
    changed = wards.run(overrides={"demand": demand * 2})
    doubled = wards.run(overrides={"growth": 2.0})
    np.testing.assert_array_equal(changed["patients"], doubled["patients"])
    with pytest.raises(localcare.BadInput, match="is a stock"):
        wards.constant("patients")


def test_the_same_inputs_have_the_same_name(wards):
    hashes = [
        wards.run(overrides={"stay": value}).attrs["inputs_hash"] for value in (0.1, 0.1, 0.2)
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_shipped_model_needs_no_path():
    assert localcare.load().spec.name == "kent_medway"
