"""What differs between two scenarios, and what people are shown of one."""

from localcare.scenario import describe, difference, list_scenarios, sentence

BODY = """
rationale: |
  People go home sooner when the ward comes with them.

  The trial is small.
sources: [walsh2023]
levers:
  - lever: virtual ward places
    target: 120
    unit: place
    start: 2026/27
    ramp: 2 years
    systems: [East Kent]
constants:
  real recovery share: 0.4
"""


def told(a, b, spec):
    return [sentence(row, spec.time) for row in difference(a, b, spec)]


def test_a_scenario_does_not_differ_from_itself(resolve, spec):
    assert difference(resolve(BODY), resolve(BODY, "other"), spec) == ()


def test_differences_say_what_where_from_to_and_when(resolve, spec):
    rows = told(resolve("", "a"), resolve(BODY, "b"), spec)
    assert rows == [
        "virtual ward places (East Kent): 10 to 120 place, April 2026 to April 2028",
        "real recovery share: 0.25 to 0.4, for the whole run",
    ]


def test_differences_run_backwards_too(resolve, spec):
    rows = told(resolve(BODY, "b"), resolve("", "a"), spec)
    assert rows[1] == "real recovery share: 0.4 to 0.25, for the whole run"


def test_the_same_target_at_another_time_is_a_difference(resolve, spec):
    later = BODY.replace("2026/27", "2027/28")
    rows = told(resolve(BODY, "a"), resolve(later, "b"), spec)
    assert rows == [
        "virtual ward places (East Kent): 120 place at another time, April 2026 to April 2029"
    ]


def test_a_target_at_the_models_own_value_is_no_difference(resolve, spec):
    own = "levers: [{lever: virtual ward places, factor: 1, start: 2026/27}]"
    assert difference(resolve("", "a"), resolve(own, "b"), spec) == ()


def test_only_places_that_differ_are_named(resolve, spec):
    one = "levers: [{lever: proactive care reach, target: 0.1, unit: Dmnl, start: 2026/27}]"
    rows = told(resolve("", "a"), resolve(one, "b"), spec)
    where = "proactive care reach (Ashford, Swale, Thanet)"
    assert rows == [f"{where}: 0-0.05 to 0.1, April 2026 to May 2026"]


def test_a_scenario_is_described_with_its_argument_and_what_it_changes(resolve, spec):
    assert describe(resolve(BODY), spec).splitlines() == [
        "mine: A title",
        "",
        "People go home sooner when the ward comes with them.",
        "",
        "The trial is small.",
        "",
        "Sources: walsh2023.",
        "",
        "Changes, from the model's own values:",
        "  virtual ward places (East Kent): 10 to 120 place, April 2026 to April 2028",
        "  real recovery share: 0.25 to 0.4, for the whole run",
    ]


def test_scenarios_are_listed_baseline_first_and_broken_ones_with_why(write, tmp_path):
    write("acute", "extends: baseline")
    write("baseline")
    write("broken", "titel: x")
    (tmp_path / "notes.txt").write_text("no scenario")
    listed = list_scenarios(tmp_path)
    assert [each.name for each in listed] == ["baseline", "acute", "broken"]
    assert listed[1].extends == ("baseline",)
    assert [len(each.problems) for each in listed] == [0, 0, 1]
