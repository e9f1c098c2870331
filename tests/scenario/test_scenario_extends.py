"""Scenarios that build on others."""

import pytest

from localcare.problems import BadInput
from localcare.scenario import load

REACH = "levers: [{lever: proactive care reach, target: 0.4, unit: Dmnl, start: 2026/27}]"
WARDS = "levers: [{lever: virtual ward places, target: 100, unit: place, start: 2026/27}]"


@pytest.fixture
def family(write, known, tmp_path):
    write("reach", REACH)
    write("wards", WARDS)

    def loaded(body):
        return load(write("child", body), known, folder=tmp_path)

    return loaded


def targets(scenario):
    return {each.variable: each.courses[0].values[-1] for each in scenario.settings}


def test_a_scenario_takes_over_all_its_parents_set(family):
    child = family("extends: [reach, wards]")
    assert targets(child) == {"proactive_care_reach": 0.4, "virtual_ward_places": 100}
    assert [path.stem for path in child.files] == ["reach", "wards", "child"]


def test_a_scenario_adds_to_its_parents(family):
    child = family("extends: reach\nconstants: {real recovery share: 0.1}")
    assert targets(child) == {"proactive_care_reach": 0.4, "real_recovery_share": 0.1}


def test_what_a_child_replaces_it_may_set_anew(family):
    child = family(f"extends: [reach, wards]\nreplaces: [Proactive care reach]\n"
                   f"{REACH.replace('0.4', '0.2')}")  # fmt: skip
    assert targets(child) == {"proactive_care_reach": 0.2, "virtual_ward_places": 100}


def test_what_a_child_replaces_and_does_not_set_keeps_the_models_value(family):
    assert targets(family("extends: [reach, wards]\nreplaces: [proactive care reach]")) == {
        "virtual_ward_places": 100
    }


def test_a_child_may_set_a_lever_of_its_parent_elsewhere(write, known, tmp_path):
    write("thanet", REACH.replace("start", "places: [Thanet], start"))
    path = write("child", "extends: thanet\n" + REACH.replace("start", "places: [Dover], start"))
    child = load(path, known, folder=tmp_path)
    assert [each.where for each in child.settings] == ["Thanet", "Dover"]


def test_two_parents_with_one_grandparent_do_not_disagree(write, known, tmp_path, family):
    write("one", "extends: reach")
    write("two", "extends: [reach, wards]")
    assert targets(family("extends: [one, two]")) == {
        "proactive_care_reach": 0.4,
        "virtual_ward_places": 100,
    }


def test_a_parent_is_looked_for_beside_its_child_first(write, known, tmp_path):
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    write("reach", REACH).rename(shipped / "reach.yaml")
    child = load(write("child", "extends: reach"), known, folder=shipped)
    assert targets(child) == {"proactive_care_reach": 0.4}
    write("reach", REACH.replace("0.4", "0.3"))
    child = load(write("child", "extends: reach"), known, folder=shipped)
    assert targets(child) == {"proactive_care_reach": 0.3}


def test_problems_of_a_parent_are_told_with_those_of_the_child(write, known, tmp_path):
    write("reach", REACH.replace("0.4", "4"))
    with pytest.raises(BadInput) as refused:
        load(write("child", f"extends: reach\n{WARDS.replace('place,', 'bed,')}"), known,
             folder=tmp_path)  # fmt: skip
    assert sorted(each.file.name for each in refused.value.problems) == ["child.yaml", "reach.yaml"]


def test_the_hash_follows_every_file_a_scenario_is_read_from(family, write):
    first = family("extends: reach").hash
    assert family("extends: reach").hash == first
    assert family("extends: reach\n").hash != first
    write("reach", REACH + "\n")
    assert family("extends: reach").hash != first


def test_a_line_of_ancestors_is_followed_as_far_as_anyone_needs(write, known, tmp_path):
    write("s1", REACH)
    for n in range(2, 60):
        write(f"s{n}", f"extends: s{n - 1}")
    assert targets(load("s50", known, folder=tmp_path)) == {"proactive_care_reach": 0.4}
    with pytest.raises(BadInput, match="is the 50th scenario in a line of parents"):
        load("s51", known, folder=tmp_path)
