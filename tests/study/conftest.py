"""Wards with ranges: a small model whose numbers are uncertain."""

import pytest

from localcare.scenario import Course, Scenario, Setting
from localcare.study.project import open_project

HEAD = "variable,low,high,distribution,scope,quality,source,note\n"
RANGES = """growth,0.9,1.2,triangular,value,derived,localcare,Judged.
stay,0.03,0.1,beta-pert,value,derived,localcare,Judged.
demand,0.8,1.2,normal,factor,derived,localcare,Judged.
demand trend,1,1,fixed,factor,derived,localcare,Judged.
"""
BIB = "@misc{localcare,\n  title = {Here},\n  author = {Us},\n  year = {2024}\n}\n"


@pytest.fixture
def uncertain_file(wards_file, tmp_path):
    """The model's file, with a table of ranges beside it."""
    folder = tmp_path / "models"
    folder.mkdir()
    path = folder / "wards.mdl"
    path.write_text(wards_file.read_text())
    (folder / "wards.assumptions.csv").write_text(HEAD + RANGES)
    (folder / "references.bib").write_text(BIB)
    return path


@pytest.fixture
def uncertain(uncertain_file):
    """The same as a project."""
    return open_project(uncertain_file)


@pytest.fixture
def scenarios():
    """The baseline, and one that shortens stays from 2020 to 2021."""

    def course(*values):
        return Course((2020.0, 2021.0), values)

    shorter = Setting("stay", "stay", "Year", "constants", (0,), (course(0.05, 0.04),))
    return [Scenario("baseline", "As it is"), Scenario("shorter", "Shorter", settings=(shorter,))]
