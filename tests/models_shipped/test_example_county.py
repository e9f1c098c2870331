"""Another county is other tables: the small second set runs without a change to any equation."""

import shutil

import numpy as np
import pytest

import localcare
from localcare.paths import models_folder
from localcare.study.checks import run_checks
from localcare.study.project import open_project


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The shipped model with the tables of the example laid over its own, as the card says."""
    folder = tmp_path_factory.mktemp("county") / "my_county"
    shutil.copytree(models_folder(), folder)
    for table in (folder / "example_county").glob("*.csv"):
        shutil.copyfile(table, folder / "kent_medway" / table.name)
    return folder / "kent_medway.mdl"


def test_its_equations_are_the_shipped_ones(county):
    assert county.read_bytes() == (models_folder() / "kent_medway.mdl").read_bytes()


def test_it_has_places_and_systems_of_its_own(county):
    spec = localcare.load(county).spec
    assert spec.by_dimension["place"].elements == ("Northtown", "Southvale", "Hillbury")
    assert spec.by_dimension["system"].elements == ("Northtown Infirmary", "Hill Hospital")


def test_every_table_of_it_replaces_a_shipped_one(county):
    own = {path.name for path in (county.parent / "example_county").glob("*.csv")}
    assert own <= {path.name for path in (models_folder() / "kent_medway").glob("*.csv")}
    card = (models_folder() / "README.md").read_text(encoding="utf-8")
    assert f"the tables that differ, {len(own)} of them" in card


def test_it_runs_to_2030_with_finite_numbers_and_promises_kept(county):
    run = localcare.load(county).run()
    for name in ("population", "beds_occupied", "waiting_list", "staffing_gap"):
        assert np.isfinite(run[name]).all(), name
    people = float(run["population"].isel(time_bound=0).sum())
    tables = county.parent / "kent_medway" / "initial_population.csv"
    cells = [line.split(",")[1:] for line in tables.read_text().splitlines()[1:]]
    assert people == pytest.approx(sum(float(cell) for row in cells for cell in row))


def test_its_units_and_evidence_hold(county):
    project = open_project(county)
    cited = set(project.bibliography.by_key)
    found = {each.check: each for each in run_checks(project, quick=True, cited=cited)}
    for check in ("units", "evidence", "levers"):
        assert [str(fault) for fault in found[check].faults] == []
