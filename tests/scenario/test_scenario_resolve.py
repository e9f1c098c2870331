"""What settings become: values over time for each element."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcare.engine.inputs import Batch, Overrides
from localcare.problems import BadInput
from localcare.scenario import load
from localcare.scenario.document import parse
from localcare.scenario.draft import draft
from localcare.scenario.resolve import lever, yearly
from localcare.scenario.scenario import Scenario

MONTH = 1 / 12


def at(path, *times):
    """The values of a path at some times, (elements, times)."""
    flat = np.atleast_2d(path.values.reshape(-1, path.times.size))
    return np.array([np.interp(times, path.times, row) for row in flat])


def the_path(scenario, spec, name):
    return scenario.overrides(spec).paths[name]


def test_a_scenario_without_settings_changes_nothing(resolve, spec):
    overrides = resolve().overrides(spec)
    assert not overrides.constants
    assert not overrides.paths


def test_a_lever_keeps_the_models_value_then_goes_straight_to_its_target(resolve, spec):
    body = """
levers:
  - {lever: same day care share, target: 0.5, unit: Dmnl, start: 2026/27, ramp: 2 years}
"""
    path = the_path(resolve(body), spec, "same_day_care_share")
    values = at(path, 2019, 2026.25, 2027.25, 2028.25, 2031)[0]
    assert values.tolist() == [0.3, 0.3, pytest.approx(0.4), 0.5, 0.5]


def test_a_step_takes_one_saving_interval(resolve, spec):
    body = "levers: [{lever: same day care share, target: 0.5, unit: Dmnl, start: 2026/27}]"
    path = the_path(resolve(body), spec, "same_day_care_share")
    assert path.times.tolist() == [2026.25, 2026.25 + MONTH]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("target: 100, unit: place", [100, 100]),
        ("target: 100, unit: Places", [100, 100]),
        ("factor: 1.5", [15, 30]),
        ("add: 5, unit: place", [15, 25]),
        ("target: {East Kent: 40, west_kent: 50}, unit: place", [40, 50]),
        ("factor: {West Kent: 2}", [10, 40]),
        ("target: 100, unit: place, systems: [West Kent]", [10, 100]),
        ("target: 100, unit: place, elements: {System: west kent}", [10, 100]),
    ],
)
def test_a_target_a_factor_or_an_addition_for_all_or_some_elements(resolve, spec, amount, expected):
    body = f"levers: [{{lever: Virtual_Ward  places, {amount}, start: 2026/27}}]"
    path = the_path(resolve(body), spec, "virtual_ward_places")
    assert at(path, 2031)[:, 0].tolist() == expected


def test_the_same_lever_may_go_different_ways_in_different_places(resolve, spec):
    body = """
levers:
  - {lever: proactive care reach, target: 0.3, unit: Dmnl, start: 2026/27, places: [Thanet]}
  - {lever: proactive care reach, target: 0.5, unit: Dmnl, start: 2027/28, places: [Dover, Swale]}
"""
    path = the_path(resolve(body), spec, "proactive_care_reach")
    assert at(path, 2027.2)[:, 0].tolist() == [0.05, 0.1, 0.05, 0.3]
    assert at(path, 2031)[:, 0].tolist() == [0.05, 0.5, 0.5, 0.3]


def test_trailblazers_begin_at_the_start_and_the_others_follow_at_even_intervals(resolve, spec):
    body = """
levers:
  - lever: proactive care reach
    target: 0.4
    unit: Dmnl
    start: 2026/27
    ramp: 1 year
    rollout: {trailblazers: [Dover], over: 9 months}
"""
    setting = resolve(body).settings[0]
    starts = [course.times[0] for course in setting.courses]
    assert starts == [2026.5, 2026.25, 2026.75, 2027.0]  # Ashford, Dover, Swale, Thanet
    assert all(course.times[1] - course.times[0] == 1 for course in setting.courses)


def test_the_order_of_the_places_is_the_order_in_which_they_follow(resolve, spec):
    body = """
levers:
  - lever: proactive care reach
    target: 0.4
    unit: Dmnl
    start: 2026/27
    places: [Thanet, Swale, Dover]
    rollout: {trailblazers: [Thanet], over: 6 months}
"""
    setting = resolve(body).settings[0]
    starts = dict(zip(setting.positions, (c.times[0] for c in setting.courses), strict=True))
    assert starts == {1: 2026.75, 2: 2026.5, 3: 2026.25}


def test_a_lever_of_two_dimensions_is_rolled_out_along_the_one_of_its_trailblazers(resolve, spec):
    body = """
levers:
  - lever: Recruits
    factor: 2
    start: 2026/27
    rollout: {trailblazers: [West Kent], over: 1 year}
"""
    starts = [course.times[0] for course in resolve(body).settings[0].courses]
    assert starts == [2027.25] * 3 + [2026.25] * 3


def test_constants_are_set_outright_for_some_or_all_elements(resolve, spec):
    body = """
constants:
  real recovery share: 0.4
  hours per contact: {East Kent: {mild: 2.2}, severe: {West Kent: 6.5}}
  virtual ward places: {factor: 2}
  census variant: 1
"""
    overrides = resolve(body).overrides(spec)
    assert not overrides.paths
    assert overrides.constants["real_recovery_share"].shape == ()
    assert overrides.constants["real_recovery_share"] == 0.4
    assert overrides.constants["hours_per_contact"].tolist() == [[1, 2.2, 3], [4, 5, 6.5]]
    assert overrides.constants["virtual_ward_places"].tolist() == [20, 40]
    assert overrides.constants["census_variant"] == 1


def test_a_constant_may_leave_its_range_where_the_scenario_says_why(resolve, spec):
    body = """
constants:
  discount rate: {value: 0.015, beyond_range: The Treasury's rate for health effects.}
"""
    scenario = resolve(body)
    assert scenario.overrides(spec).constants["discount_rate"] == 0.015
    assert scenario.settings[0].note == "The Treasury's rate for health effects."


def test_a_years_value_holds_through_that_year(resolve, spec):
    body = "series: {same day care share: {2026/27: 0.4, 2027/28: 0.5}}"
    path = the_path(resolve(body), spec, "same_day_care_share")
    times = (2019, 2026.25, 2026.25 + MONTH, 2027.25, 2027.25 + MONTH, 2031)
    assert at(path, *times)[0].tolist() == [0.3, 0.3, 0.4, 0.4, 0.5, 0.5]


def test_a_series_of_the_model_keeps_its_own_course_until_the_first_year(resolve, spec):
    body = "series: {home care supply: {years: {2027: 150}, systems: East Kent}}"
    path = the_path(resolve(body), spec, "home_care_supply")
    east, west = at(path, 2019, 2022, 2026, 2027 + MONTH, 2031)
    assert east == pytest.approx([100, 105, 110 + 10 / 6, 150, 150])
    assert west == pytest.approx([200, 210, 220 + 20 / 6, 220 + 20 * (2 + MONTH) / 6, 240])


def test_overrides_fit_the_engines_batch(resolve, spec):
    body = """
levers: [{lever: Recruits, factor: 2, start: 2026/27, elements: {frailty: [mild, fit]}}]
constants: {real recovery share: 0.4}
series: {home care supply: {2026/27: 150}}
"""
    batch = Batch.of(spec, [Overrides(), resolve(body).overrides(spec)])
    times, values = batch.paths["recruits"]
    assert times.shape == (2, 2)
    assert values.shape == (2, 3, 2, 2)
    assert batch.constants["real_recovery_share"].tolist() == [0.25, 0.4]


def test_a_scenario_may_be_found_by_name_or_by_path(write, known, tmp_path):
    path = write("mine")
    assert load("mine", known, folder=tmp_path) == load(path, known, folder=tmp_path)
    assert load(str(path), known, folder=tmp_path).name == "mine"


def test_a_name_that_no_scenario_has_is_told_with_the_nearest(write, known, tmp_path):
    write("neighbourhood")
    with pytest.raises(
        BadInput, match=r'neighborhood: no such scenario\. Did you mean "neighbourhood"'
    ):
        load("neighborhood", known, folder=tmp_path)


def test_every_problem_of_a_file_is_told_at_once(resolve):
    body = """
titel: x
levers:
  - {lever: virtual ward place, target: 1, unit: place, start: soon}
  - {lever: proactive care reach, target: 3, unit: bed, start: 2026/27, places: [Thant]}
constants: {real recovery share: lots}
"""
    with pytest.raises(BadInput) as refused:
        resolve(body)
    lines = [each.line for each in refused.value.problems]
    assert lines == [4, 6, 6, 7, 7, 7, 8]


numbers = st.floats(0, 0.8)
starts = st.floats(2019, 2030.9)
ramps = st.one_of(st.none(), st.integers(1, 150).map(lambda months: f"{months} months"))
places = st.lists(st.sampled_from(["Ashford", "Dover", "Swale", "Thanet"]), min_size=2, unique=True)


@st.composite
def entries(draw):
    """One valid setting of a lever by place, as YAML."""
    chosen = draw(places)
    body = {
        "lever": "proactive care reach",
        "target": draw(numbers),
        "unit": "Dmnl",
        "start": draw(starts),
        "places": f"[{', '.join(chosen)}]",
    }
    if ramp := draw(ramps):
        body["ramp"] = ramp
    if draw(st.booleans()):
        over = draw(st.integers(1, 60))
        first = chosen[: draw(st.integers(1, len(chosen) - 1))]
        body["rollout"] = f"{{trailblazers: [{', '.join(first)}], over: {over} months}}"
    return "name: a\ntitle: b\nlevers:\n  - " + "\n    ".join(
        f"{key}: {value!r}" if isinstance(value, float) else f"{key}: {value}"
        for key, value in body.items()
    )


@settings(max_examples=200, deadline=None)
@given(text=entries())
def test_every_valid_lever_has_times_that_never_fall_and_values_in_range(
    text, spec, known, tmp_path_factory
):
    read_in, problems = draft(parse(text, "a.yaml"), tmp_path_factory.getbasetemp() / "a.yaml")
    assert not problems
    setting, problems = lever(read_in.levers[0], known)
    assert not problems
    path = Scenario("a", "b", settings=(setting,)).overrides(spec).paths["proactive_care_reach"]
    assert (np.diff(path.times) > 0).all()
    assert path.values.min() >= 0
    assert path.values.max() <= 0.8
    own = np.array([0.05, 0.1, 0.05, 0.0])
    assert (path.values[:, 0] == own).all()
    set_at = list(setting.positions)
    target = setting.courses[0].values[-1]
    assert (path.values[set_at, -1] == target).all()


@settings(max_examples=100, deadline=None)
@given(
    first=st.integers(2019, 2029),
    values=st.lists(st.floats(0, 0.6), min_size=1, max_size=12),
    financial=st.booleans(),
)
def test_every_valid_series_has_times_that_never_fall_and_values_in_range(
    first, values, financial, *, spec, known, tmp_path_factory
):
    values = values[: 2031 - first]
    years = [
        f"{y}/{(y + 1) % 100:02d}" if financial else str(y)
        for y in range(first, first + len(values))
    ]
    body = ", ".join(f"{year}: {value!r}" for year, value in zip(years, values, strict=True))
    text = f"name: a\ntitle: b\nseries: {{same day care share: {{{body}}}}}"
    read_in, problems = draft(parse(text, "a.yaml"), tmp_path_factory.getbasetemp() / "a.yaml")
    assert not problems
    setting, problems = yearly(read_in.series[0], known)
    assert not problems
    path = Scenario("a", "b", settings=(setting,)).overrides(spec).paths["same_day_care_share"]
    assert (np.diff(path.times) >= 0).all()
    assert path.values.min() >= min(*values, 0.3)
    assert path.values.max() <= max(*values, 0.3)
    middles = [first + 0.25 * financial + 0.5 + n for n in range(len(values))]
    assert at(path, *middles)[0].tolist() == values
