"""Each check passes a sound model and rejects one that is broken in its own way."""

from pathlib import Path

import pytest

from localcare.problems import BadInput
from localcare.study.checks import run_checks
from localcare.study.project import open_project

BROKEN = Path(__file__).parents[1] / "broken" / "checks"


def findings(name):
    return list(run_checks(open_project(BROKEN / f"{name}.mdl")))


def test_a_sound_model_passes_every_check():
    found = findings("sound")
    assert [str(fault) for each in found for fault in each.faults] == []
    assert {each.check for each in found} == {
        "units",
        "evidence",
        "names",
        "limits",
        "conservation",
        "relations",
        "time constants",
        "step-halving",
        "extremes",
    }


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("conservation", "conservation", "departs from its boundary flows"),
        ("limits", "limits", "beds"),
        ("time_constant", "time constants", "its time constant is 0.1"),
        ("halving", "step-halving", "when the step is halved"),
        ("always", "relations", "patients is"),
        ("extremes", "extremes", "patients should grow but moves by"),
        ("extremes_stop", "extremes", "the run stopped: admissions"),
        ("loops", "loops", "it should mean less patients but moves it by +"),
        ("loops", "loops", "it is declared weak but moves patients by +"),
        ("loops", "loops", "only, and is not declared weak"),
    ],
)
def test_a_broken_model_is_rejected_by_its_check(name, check, words):
    failed = [each for each in findings(name) if not each.passed]
    assert check in {each.check for each in failed}
    faults = [str(fault) for each in failed for fault in each.faults]
    assert any(words in fault for fault in faults), faults
    assert all(f"{name}.mdl" in fault for fault in faults)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("always:\n  - {variable: patient, at_most: 1}", 'Did you mean "patients"?'),
        ("always:\n  - {variable: patients}", "give one of at_most, at_least, grows, falls"),
        ("always:\n  - {variable: patients, at_most: 1, grows: true}", "give one of"),
        ("extremes:\n  x: {because: y, set: [{constant: stay}]}", "give a value or a factor"),
        (
            "extremes:\n  x: {because: y, set: [{constant: beds, value: 1}]}",
            'no such constant as "beds"',
        ),
        ("conservation:\n  x: {stocks: [stay]}", 'no such stock as "stay"'),
        ("conservations: {}", "conservations"),
        ("always:\n  - {variable: of wards, at_most: patients}", "cannot be compared element by"),
        ("always:\n  - {variable: crowding, at_most: 1}", 'no such variable as "crowding"'),
        (
            "loops:\n  x: {because: y, switch: beds, measure: patients, acting: more}",
            'no such constant as "beds"',
        ),
        (
            "loops:\n  x: {because: y, switch: stay, measure: patients, acting: better}",
            "'more' or 'less'",
        ),
    ],
)
def test_a_promise_that_cannot_be_read_is_refused_with_file_and_key(tmp_path, text, words):
    model = tmp_path / "ward.mdl"
    model.write_text((BROKEN / "sound.mdl").read_text() + A_DIMENSION_AND_A_LOOKUP)
    (tmp_path / "ward.checks.yaml").write_text(text)
    with pytest.raises(BadInput, match=r"ward\.checks\.yaml:\d+: ") as caught:
        list(run_checks(open_project(model)))
    assert words in str(caught.value)


A_DIMENSION_AND_A_LOOKUP = """
ward: a, b ~~|
of wards[ward] = patients ~ person ~ . |
crowding((0,0),(1,1)) ~ Dmnl ~ . |
"""


def test_shares_of_a_whole_that_do_not_sum_to_it_are_named_with_their_line(tmp_path):
    model = tmp_path / "m.mdl"
    mix = "mix[ward, kind] = 0.25, 0.75; 0.5, 0.6; ~ Dmnl ~ .|\n"
    model.write_text(
        "ward: a, b ~~|\nkind: c, d ~~|\n" + mix + "x = INTEG(SUM(mix[a, kind!]), 0) ~ Year ~ .|\n"
        "INITIAL TIME = 0 ~ Year ~ .|\nFINAL TIME = 1 ~ Year ~ .|\n"
        "TIME STEP = 0.5 ~ Year ~ .|\nSAVEPER = 1 ~ Year ~ .|\n"
    )
    promise = tmp_path / "m.checks.yaml"
    promise.write_text("totals:\n  - {constant: mix, over: kind}\n")
    found = next(
        each for each in run_checks(open_project(model), quick=True) if each.check == "totals"
    )
    (fault,) = found.faults
    assert str(fault).endswith(
        "m.mdl:3: mix: sums to 1.1 over kind for b. Correct its numbers, so that they sum to 1."
    )
    promise.write_text("totals:\n  - {constant: mix, over: kinds}\n")
    with pytest.raises(BadInput, match=r'mix has no dimension kinds. Did you mean "kind"?'):
        list(run_checks(open_project(model), quick=True))


CONSTANT_FLOWS = """{UTF-8}
patients = INTEG(arrivals + visits - discharged, 5) ~ person [0,?] ~ In beds. |
arrivals = 3 ~ person/Year ~ A constant that is a flow. |
visits := TABLE ~ person/Year ~ A series that is a flow. |
discharged = patients ~ person/Year ~ Out. |
beds = 5 ~ person ~ A constant that is a limit. |
INITIAL TIME = 0 ~ Year ~ . |
FINAL TIME = 4 ~ Year ~ . |
TIME STEP = 0.125 ~ Year ~ . |
SAVEPER = 0.25 ~ Year ~ . |
"""


def test_constants_and_series_may_be_flows_and_limits(tmp_path):
    """Their flows are reckoned with (without either the total drifts), and a limit is the one that
    an extreme condition sets."""
    table = "GET DIRECT DATA('visits.csv', ',', 'A', 'B2')"
    (tmp_path / "visits.csv").write_text("year,visits\n0,1\n2,2\n4,1\n")
    model = tmp_path / "ward.mdl"
    model.write_text(CONSTANT_FLOWS.replace("TABLE", table))
    text = (
        "conservation:\n  all: {{stocks: [patients], inflows: [{0}], outflows: [discharged]}}\n"
        "always:\n  - {{variable: patients, at_most: beds}}\n"
        "extremes:\n  fewer beds:\n    because: z\n    set: [{{constant: beds, value: 2}}]\n"
    )
    failed = {}
    for inflows in ("arrivals, visits", "arrivals", "visits"):
        (tmp_path / "ward.checks.yaml").write_text(text.format(inflows))
        found = list(run_checks(open_project(model)))
        failed[inflows] = {each.check: str(each.faults) for each in found if each.faults}
    of_flows = [{"conservation", "relations"} & set(each) for each in failed.values()]
    assert of_flows == [set(), {"conservation"}, {"conservation"}]
    assert "at most beds (2)" in failed["arrivals, visits"]["extremes"]


def test_what_a_loop_does_is_the_difference_in_the_last_year():
    """The ward without the loop settles at admissions x stay = 6 people; with it at the p for which
    p = 6 (1 + 0.5 (p / 5 - 1)), which is 7.5."""
    shown = [each.shown for each in findings("loops") if each.check == "loops"]
    assert "crowding turned round: +24" in shown[0]


def test_an_element_may_be_set_by_its_number(tmp_path):
    model = tmp_path / "wards.mdl"
    model.write_text(
        "ward: north, south ~~|\n"
        "patients[ward] = INTEG(admissions[ward] - patients[ward] / stay, 1) ~ person [0,?] ~ .|\n"
        "admissions[ward] = 1, 2 ~ person/Year ~ .|\nstay = 1 ~ Year ~ .|\n"
        "INITIAL TIME = 0 ~ Year ~ .|\nFINAL TIME = 40 ~ Year ~ .|\n"
        "TIME STEP = 0.25 ~ Year ~ .|\nSAVEPER = 1 ~ Year ~ .|\n"
    )
    text = (
        "extremes:\n  x:\n    because: y\n"
        "    set: [{{constant: admissions, elements: {{ward: [{0}]}}, value: 7}}]\n"
        "    expect: [{{variable: patients, at_most: 2.001, from: 39}}]\n"
    )
    told = {}
    for number in (1, 2, 3):
        (tmp_path / "wards.checks.yaml").write_text(text.format(number))
        try:
            found = [each for each in run_checks(open_project(model)) if each.check == "extremes"]
            told[number] = str(found[0].faults[0])
        except BadInput as error:
            told[number] = str(error)
    assert "patients[north]" in told[1]
    assert "patients[south]" in told[2]
    assert "has 2 elements, and none of number 3" in told[3]


def test_quick_leaves_out_what_needs_a_run():
    project = open_project(BROKEN / "sound.mdl")
    assert [each.check for each in run_checks(project, quick=True)] == [
        "units",
        "evidence",
        "names",
    ]
