"""What tests of several rooms share: the shipped comparison, run once by each test process."""

import pytest

import localcare
from localcare.study.comparison import simulate
from localcare.study.project import open_project
from localcare.verbs.scenarios import find_scenarios, scenario_names


@pytest.fixture(scope="session")
def project():
    """The shipped model with its tables."""
    return open_project(None)


@pytest.fixture(scope="session")
def comparison(project):
    """All shipped scenarios as one batch: an `Outcome`."""
    return simulate(project, find_scenarios(scenario_names(), project), engine="kernel")


WARDS = """{UTF-8}
ward: north, south, west
\t~\t~\tWards.\t|
patients[ward] = INTEG(admissions[ward] - discharges[ward], 20)
\t~\tperson [0,?]\t~\tIn beds.\t|
discharges[ward] = patients[ward] / stay
\t~\tperson/Year\t~\tLeaving.\t|
admissions[ward] = demand[ward] * growth * demand trend(Time)
\t~\tperson/Year\t~\tArriving.\t|
demand[ward] = 400, 300, 100
\t~\tperson/Year\t~\tWithout growth.\t|
demand trend( (2019, 1), (2030, 1.2) )
\t~\tDmnl\t~\tA table.\t|
growth = 1
\t~\tDmnl\t~\tOf demand.\t|
stay = 0.05
\t~\tYear\t~\tMean stay.\t|
steps a year = 1 / TIME STEP
\t~\t1/Year\t~\tReads the clock.\t|
INITIAL TIME = 2019
\t~\tYear\t~\t|
FINAL TIME = 2023
\t~\tYear\t~\t|
TIME STEP = 0.0078125
\t~\tYear\t~\t|
SAVEPER = 0.25
\t~\tYear\t~\t|
"""


@pytest.fixture(scope="session")
def wards_file(tmp_path_factory):
    """The model's file."""
    path = tmp_path_factory.mktemp("model") / "wards.mdl"
    path.write_text(WARDS)
    return path


@pytest.fixture(scope="session")
def wards(wards_file):
    """The model, loaded."""
    return localcare.load(wards_file)
