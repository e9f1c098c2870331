"""What tests of several rooms share: the shipped comparison, run once by each test process."""

import pytest

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
