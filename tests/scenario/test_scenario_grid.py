"""A grid sets levers to each of its values, in the scenario's own time."""

import numpy as np
import pytest

from localcare.problems import BadInput
from localcare.scenario.grid import count, grid_start, parse_grid, vary

PLACES = "virtual ward places"
RAMPED = """
levers:
  - {lever: virtual ward places, target: 30, unit: place, start: 2027.5, ramp: 2 years,
     systems: [West Kent]}
"""


def varied(scenario, known, *texts, start=2026.25):
    return list(vary(scenario, parse_grid(texts, known), known, start))


def test_several_grids_make_their_product_and_names_say_it(resolve, known):
    texts = (f"{PLACES}[West Kent]=50,60", "same day care share=0.1,0.20,.3")
    assert count(parse_grid(texts, known)) == 6
    found = varied(resolve(RAMPED), known, *texts)
    assert [each.name for each in found[:2]] == [
        "mine virtual ward places[West Kent]=50, same day care share=0.1",
        "mine virtual ward places[West Kent]=50, same day care share=0.2",
    ]
    assert len({each.name for each in found}) == 6
    assert count(()) == 1


def test_what_a_scenario_moves_keeps_its_time_and_what_it_does_not_begins_at_the_start(
    spec, resolve, known
):
    path = varied(resolve(RAMPED), known, f"{PLACES}=50")[0].overrides(spec).paths
    values = path["virtual_ward_places"]

    def at(element, time):
        return np.interp(time, values.times, values.values[element])

    assert [at(1, when) for when in (2027.5, 2028.5, 2029.5)] == pytest.approx([20, 35, 50])
    assert [at(0, when) for when in (2026.25, 2026.25 + 1 / 12, 2031)] == pytest.approx(
        [10, 50, 50]
    )


def test_what_is_set_for_the_whole_run_stays_so_and_so_does_what_is_no_lever(spec, resolve, known):
    scenario = resolve("constants: {same day care share: 0.4}")
    found = varied(scenario, known, "same day care share=0.5", "real recovery share=0.1")[0]
    overrides = found.overrides(spec)
    assert float(overrides.constants["same_day_care_share"]) == 0.5
    assert float(overrides.constants["real_recovery_share"]) == 0.1
    assert not overrides.paths


def test_a_lever_set_by_year_steps_to_the_value_at_its_first_year(spec, resolve, known):
    scenario = resolve("series: {same day care share: {2026/27: 0.31, 2027/28: 0.4}}")
    path = varied(scenario, known, "same day care share=0.5")[0].overrides(spec).paths
    course = path["same_day_care_share"]
    assert course.times == pytest.approx([2026.25, 2026.25 + 1 / 12])
    assert course.values == pytest.approx([0.3, 0.5])


def test_other_elements_keep_what_the_scenario_says(spec, resolve, known):
    found = varied(resolve(RAMPED), known, f"{PLACES}[East Kent]=50")[0]
    values = found.overrides(spec).paths["virtual_ward_places"]
    assert float(values.values[1, -1]) == 30


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["virtual word places=1,2"], 'Did you mean "virtual ward places"?'),
        ([f"{PLACES}=1,401"], "above the highest allowed, 400"),
        ([f"{PLACES}=1,two"], 'the text "two" where a number belongs'),
        ([f"{PLACES}=1,,2"], "says no number"),
        ([PLACES], "is not NAME=VALUE,VALUE"),
        ([f"{PLACES}=1,1.0"], "1 is given twice"),
        ([f"{PLACES}[Narnia]=1"], "Narnia"),
        ([f"{PLACES}=1", f"{PLACES}[East Kent]=2"], "is varied twice"),
        ([f"{PLACES}=1,2 bed"], '"bed" is not the unit'),
        (["occupancy=1"], "is computed by the model"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_with_its_reason(known, texts, words):
    with pytest.raises(BadInput) as refused:
        parse_grid(texts, known)
    assert words in str(refused.value)
    assert "--set" not in str(refused.value)


def test_a_start_outside_the_run_is_refused(known):
    assert grid_start(None, known) == 2026.25
    assert grid_start("2027-01-01", known) == 2027
    for text in ("2031", "soon"):
        with pytest.raises(BadInput, match="--start"):
            grid_start(text, known)
