"""A care function, a role and a place more are rows of tables: `localcare add` on a copy."""

import shutil

import numpy as np
import pytest

import localcare
from localcare.paths import models_folder


@pytest.fixture
def copy(tmp_path):
    """The shipped model and its tables, in a folder of their own."""
    folder = tmp_path / "copy"
    shutil.copytree(models_folder(), folder)
    return folder / "kent_medway.mdl"


def texts_of(model):
    return {path.name: path.read_bytes() for path in sorted(model.parent.rglob("*.csv"))}


def test_a_care_function_more_finds_people_and_takes_staff(say, copy):
    before = localcare.load(copy).run(until=2019.25)
    equations = copy.read_bytes()
    said = say(
        "add", "dementia support", "--to", "care function", "--like", "care planning",
        "--model", copy,
    )  # fmt: skip
    assert said.status == 0, said.err
    assert "care_function_hours.csv: line" in said.err
    assert copy.read_bytes() == equations
    after = localcare.load(copy).run(until=2019.25)
    new, old = (
        after["caseload"].sel(care_function=name) for name in ("dementia support", "care planning")
    )
    assert float(new.isel(time_bound=0).sum()) > 0
    np.testing.assert_array_equal(new.isel(time_bound=0), old.isel(time_bound=0))
    first = {"time_bound": 0, "time": 0}
    np.testing.assert_array_equal(
        after["caseload"]
        .sel(care_function=before.care_function)
        .isel(first, missing_dims="ignore"),
        before["caseload"].isel(first, missing_dims="ignore"),
    )
    asked = [ds["hours_asked_by_place"].isel(time=0).sum().item() for ds in (before, after)]
    assert asked[0] == pytest.approx(asked[1], rel=1e-5)  # what it takes, other work had in 2019
    assert say("check", "--quick", "--model", copy).status == 0


def test_a_place_split_off_leaves_the_people_of_all_places_what_they_were(say, copy):
    before = localcare.load(copy).run(until=2019.25)["population"]
    said = say(
        "add", "Ebbsfleet", "--to", "place", "--like", "Dartford", "--share", "0.15",
        "--model", copy,
    )  # fmt: skip
    assert said.status == 0, said.err
    after = localcare.load(copy).run(until=2019.25)["population"]
    together = after.sel(place=["Dartford", "Ebbsfleet"]).sum("place")
    np.testing.assert_allclose(together, before.sel(place="Dartford"), rtol=1e-6)
    assert float(after.sel(place="Ebbsfleet").sum() / together.sum()) == pytest.approx(
        0.15, abs=1e-3
    )
    others = [name for name in before.place.values if name != "Dartford"]
    np.testing.assert_allclose(
        after.sel(place=others).isel(time_bound=0),
        before.sel(place=others).isel(time_bound=0),
        rtol=1e-12,
    )


def test_a_role_more_shares_the_work_of_another(say, copy):
    before = localcare.load(copy).run(until=2019.25)["staff_in_post"]
    said = say(
        "add", "paramedic", "--to", "place role", "--like", "community nurse", "--share", "0.25",
        "--model", copy,
    )  # fmt: skip
    assert said.status == 0, said.err
    after = localcare.load(copy).run(until=2019.25)["staff_in_post"].isel(time=0)
    first = before.sel(role="community nurse").isel(time=0)
    assert after.sel(role="paramedic").item() == pytest.approx(0.25 * first.item(), rel=1e-3)
    assert after.sel(role=["paramedic", "community nurse"]).sum().item() == pytest.approx(
        first.item(), rel=1e-6
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("a-b", "--to", "place", "--like", "Dover"), "cannot be a name in a model"),
        (("dover", "--to", "place", "--like", "Thanet"), "place has it already"),
        (("Ebbsfleet", "--to", "place", "--like", "Dartfort"), 'Did you mean "Dartford"?'),
        (("Ebbsfleet", "--to", "palce", "--like", "Dover"), 'Did you mean "place"?'),
        (("age 90 plus", "--to", "age", "--like", "age 85 plus"), "in the model file, not in a"),
        (("E", "--to", "place", "--like", "Dover", "--share", "1"), "1 is no share"),
    ],
)
def test_what_cannot_be_added_changes_nothing(say, copy, words, reason):
    before = texts_of(copy)
    said = say("add", *words, "--model", copy)
    assert said.status == 2
    assert reason in said.err
    assert texts_of(copy) == before


def test_a_column_read_by_its_place_is_not_pushed_aside(say, tmp_path):
    """A table with other figures behind the columns of a range: a new column would move them."""
    model = tmp_path / "own.mdl"
    model.write_text(
        "ward:\n\tGET DIRECT SUBSCRIPT('own.csv', ',', 'B1', 'C1', '') ~~|\n"
        "beds[ward] = GET DIRECT CONSTANTS('own.csv', ',', 'B2') ~ bed ~|\n"
        "cost = GET DIRECT CONSTANTS('own.csv', ',', 'D2') ~ GBP ~|\n"
        "spent = INTEG(cost * SUM(beds[ward!]), 0) ~ GBP*bed ~|\n"
        "INITIAL TIME = 0 ~ Year ~|\nFINAL TIME = 1 ~ Year ~|\n"
        "TIME STEP = 0.5 ~ Year ~|\nSAVEPER = 1 ~ Year ~|\n"
    )
    table = tmp_path / "own.csv"
    table.write_text("kind,north,south,cost\nall,10,20,5\n")
    said = say("add", "west", "--to", "ward", "--like", "south", "--model", model)
    assert said.status == 2
    assert said.err
    assert table.read_text() == "kind,north,south,cost\nall,10,20,5\n"
