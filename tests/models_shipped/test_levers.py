"""Each lever of the shipped model, pulled alone, moves the outcome that its row names the way the
row says; a scenario without it is the baseline to the bit.

One batch of one scenario a lever, over the first years of the model.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, run
from localcare.model.names import identifier
from localcare.scenario import load
from localcare.study.project import open_project

#: Long enough for a ward to be built and for staff to be trained.
END = 2025.0
START = "2020-01-01"
#: How far each lever is pulled, from the model's own value towards its highest.
SHARE = 0.5
#: A lever that does nothing by itself, and the one it is pulled with and told from: money follows
#: outcomes, so without any there is none; people are found in another way only beyond 2019's reach.
COMPANIONS = {
    "outcome payment share": "additional reach",
    "found by clinical impression": "additional reach",
}
#: A change of an outcome that is no rounding.
LEAST_CHANGE = 1e-6


@pytest.fixture(scope="module")
def project():
    return open_project(None)


@pytest.fixture(scope="module")
def spec(project):
    return replace(project.spec, time=replace(project.spec.time, final=END))


def entry(project, row, amount: str) -> str:
    """A setting of one lever, as it stands in a scenario file."""
    return f"  - {{lever: {row.variable}, {amount}, start: {START}, ramp: 1 year}}\n"


def pull(project, row) -> str:
    """The setting that pulls a lever a share of the way to its highest, everywhere."""
    variable = project.catalogue.lever(row.variable)
    own = max(variable.values)
    return entry(
        project, row, f"target: {own + SHARE * (row.high - own)!r}, unit: {variable.units}"
    )


@pytest.fixture(scope="module")
def batch(project, spec, tmp_path_factory):
    """A run of one scenario a lever, and two more: one that builds on a scenario that pulls all of
    them and lets go of all, and one that sets all of them to the model's own value."""
    folder = tmp_path_factory.mktemp("levers")
    rows = project.levers.rows
    by_name = {row.variable: row for row in rows}
    bodies = {}
    for n, row in enumerate(rows):
        together = [row, *(by_name[name] for name in [COMPANIONS.get(row.variable)] if name)]
        bodies[f"lever-{n}"] = "levers:\n" + "".join(pull(project, each) for each in together)
    bodies["all"] = "levers:\n" + "".join(pull(project, row) for row in rows)
    names = ", ".join(row.variable for row in rows)
    bodies["let-go"] = f"extends: all\nreplaces: [{names}]\n"
    bodies["own"] = "levers:\n" + "".join(entry(project, row, "factor: 1") for row in rows)
    for name, body in bodies.items():
        text = f"name: {name}\ntitle: For a test\n{body}"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    members = [name for name in bodies if name != "all"]
    scenarios = [load(name, project.catalogue, folder=folder) for name in members]
    return run(spec, Batch.of(spec, [each.overrides(spec) for each in scenarios]), engine="kernel")


@pytest.fixture(scope="module")
def baseline(spec):
    return run(spec, Batch.of(spec, [Overrides()]), engine="kernel")


def test_every_lever_moves_its_outcome_the_way_its_row_says(project, batch, baseline):
    wrong = []
    members = [row.variable for row in project.levers.rows]
    for member, row in enumerate(project.levers.rows):
        outcome = identifier(row.outcome)
        with_lever = batch.values[outcome][-1, ..., member].sum()
        without = baseline.values[outcome][-1, ..., 0].sum()
        if row.variable in COMPANIONS:
            alone = members.index(COMPANIONS[row.variable])
            without = batch.values[outcome][-1, ..., alone].sum()
        change = (with_lever - without) / max(abs(without), 1e-12)
        if not (change if row.direction == "up" else -change) > LEAST_CHANGE:
            wrong.append(f"{row.variable}: {row.outcome} should go {row.direction}: {change:+.2%}")
    assert not wrong


def test_scenarios_that_let_go_of_every_lever_are_the_baseline_to_the_bit(batch, baseline):
    for name, values in baseline.values.items():
        for member in (-2, -1):
            assert np.array_equal(batch.values[name][..., member], values[..., 0]), name


def test_every_lever_costs_money(project, batch):
    spend = batch.values["gross_policy_spend_discounted"][-1]
    free = [row.variable for member, row in enumerate(project.levers.rows) if not spend[member] > 0]
    assert not free
