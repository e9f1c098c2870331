"""Futures: the same draws for every scenario, whose own settings stand."""

import numpy as np
import pytest

from localcare.engine import run
from localcare.model import names
from localcare.problems import BadInput
from localcare.scenario import Scenario
from localcare.study.futures import Beside, batch_for, futures
from localcare.study.project import open_project
from localcare.study.uncertainty import parameters
from localcare.verbs.scenarios import find_scenarios


def test_scenarios_meet_the_same_draws_side_by_side(uncertain, scenarios):
    found = futures(uncertain, scenarios, 8, 1)
    batch = found.batch(0, 8)
    assert batch.members == 16
    growth = batch.constants["growth"].reshape(8, 2)
    np.testing.assert_array_equal(growth[:, 0], growth[:, 1])
    np.testing.assert_array_equal(growth[:, 0], found.values["growth"])
    own = np.array([400.0, 300.0, 100.0])
    demand = batch.constants["demand"].reshape(3, 8, 2)
    np.testing.assert_array_equal(demand[..., 1], own[:, None] * found.values["demand"])


def test_what_a_scenario_sets_is_not_drawn_in_it(uncertain, scenarios):
    found = futures(uncertain, scenarios, 8, 1)
    times, values = found.batch(0, 8).paths["stay"]
    values = values.reshape(-1, 8, 2)
    assert (values[..., 0] == found.values["stay"]).all()
    assert (values[:, :, 1] == np.array([[0.05], [0.04]])).all()
    assert (times.reshape(-1, 8, 2)[:, :, 1] == np.array([[2020.0], [2021.0]])).all()


def test_a_draw_does_not_depend_on_how_many_there_are_nor_on_the_block(uncertain, scenarios):
    few, many = (futures(uncertain, scenarios, draws, 1) for draws in (8, 64))
    np.testing.assert_array_equal(
        few.batch(4, 8).constants["growth"], many.batch(0, 16).constants["growth"][8:16]
    )


def test_a_number_that_is_added_leaves_other_draws_alone(uncertain_file, scenarios):
    before = futures(open_project(uncertain_file), scenarios, 64, 1).values
    table = uncertain_file.with_name("wards.assumptions.csv")
    fewer = "".join(line for line in table.read_text().splitlines(True) if "stay" not in line)
    table.write_text(fewer)
    after = futures(open_project(uncertain_file), scenarios, 64, 1).values
    assert set(before) - set(after) == {"stay"}
    for name, values in after.items():
        np.testing.assert_array_equal(values, before[name])


def test_a_hash_tells_other_draws_and_scenarios_apart(uncertain, scenarios):
    kinds = [
        futures(uncertain, scenarios, 8, 1),
        futures(uncertain, scenarios, 8, 2),
        futures(uncertain, scenarios, 16, 1),
        futures(uncertain, scenarios[:1], 8, 1),
        futures(uncertain, scenarios, 8, 1, vary=False),
    ]
    assert len({each.given().digest for each in kinds}) == len(kinds)
    assert futures(uncertain, scenarios, 8, 1).given().digest == kinds[0].given().digest


def test_every_kind_of_shipped_number_reaches_the_run(project):
    """Factors at 1 and values at the model's own give the run without draws, to rounding; a series
    drawn higher is higher."""
    scenarios = find_scenarios(["baseline", "neighbourhood"], project)
    drawn = futures(project, scenarios, 1, 1).drawn
    own = {each.name: np.array([each.centre]) for each in drawn}
    batch = batch_for(project.spec, Beside.of(project.spec, scenarios), drawn, own, 1)
    for name, values in batch.constants.items():
        variable = project.spec.by_identifier[name]
        wanted = np.array(variable.values).reshape(*project.spec.shape(name), 1)
        np.testing.assert_allclose(values, np.broadcast_to(wanted, values.shape), rtol=1e-15)
    series = {each.variable for each in drawn} & set(batch.paths)
    assert {"net_migration_planned", "share_crossing"} <= series
    save = ["people_by_place_and_frailty"]
    higher = {**own, "net migration planned": np.array([1.2])}
    assert names.identifier("net migration planned") in series
    more = batch_for(project.spec, Beside.of(project.spec, scenarios), drawn, higher, 1)
    few, many = (
        run(project.spec, each, engine="kernel", save=save).values[save[0]][-1].sum(axis=(0, 1))
        for each in (batch, more)
    )
    assert (many > few * 1.005).all()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("factor", [0.0, 0.6, 1.0, 1.0]), ("gradient", [0.0, 0.5**1.2, 1.0, 1.0])],
)
def test_draws_of_a_whole_array_are_held_at_its_limits(tmp_path, scope, expected):
    """A factor of 1.2 takes a share of 0.9 no further than 1; a power leaves 0 and 1 where they
    are."""
    nine = "0.9" if scope == "factor" else "1"
    model = tmp_path / "m.mdl"
    model.write_text(
        "ward: a, b, c, d ~~|\nx[ward] = INTEG(share[ward], 0) ~ person ~ .|\n"
        f"share[ward] = 0, 0.5, {nine}, 1 ~ person/Year [0,1] ~ .|\n"
        "INITIAL TIME = 0 ~ Year ~ .|\nFINAL TIME = 1 ~ Year ~ .|\n"
        "TIME STEP = 0.5 ~ Year ~ .|\nSAVEPER = 1 ~ Year ~ .|\n"
    )
    (tmp_path / "references.bib").write_text("@misc{k, author={A}, title={T}, year={2020}}")
    (tmp_path / "m.assumptions.csv").write_text(
        "variable,low,high,distribution,scope,quality,source,note\n"
        f"share,0.8,1.2,uniform,{scope},measured,k,n\n"
    )
    project = open_project(model)
    (one,) = parameters(project)
    beside = Beside.of(project.spec, [Scenario("baseline", "")])
    batch = batch_for(project.spec, beside, [one], {one.name: np.full(1, 1.2)}, 1)
    np.testing.assert_array_equal(batch.constants["share"][:, 0], expected)


def test_a_curve_is_not_drawn(uncertain_file, scenarios):
    table = uncertain_file.with_name("wards.assumptions.csv")
    text = table.read_text().replace("demand trend,1,1,fixed", "demand trend,1,2,uniform")
    table.write_text(text)
    with pytest.raises(BadInput, match="demand trend: a lookup cannot be drawn"):
        futures(open_project(uncertain_file), scenarios, 8, 1)
