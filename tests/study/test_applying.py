"""A proposal changes exactly the numbers it names, wherever they are written, or nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from localcare.paths import models_folder
from localcare.problems import BadInput
from localcare.study.calibration.applying import apply_proposal
from localcare.study.calibration.proposal import Proposed
from localcare.study.project import open_project

SMALL = Path(__file__).parents[1] / "broken" / "observed" / "small.mdl"
GROWTH = Proposed(
    "growth", "growth", (), None, "value", 0.05, 0.0625, 0.01, 0.0, 0.2, "1/Year", "known",
    "arrivals January 2019 to December 2022",
)  # fmt: skip
SOUTH = replace(
    GROWTH,
    parameter="demand[south]",
    variable="demand",
    elements=("south",),
    old=300.0,
    new=281.5,
    low=1.0,
    high=900.0,
)
FACTOR = replace(
    GROWTH, parameter="demand", variable="demand", scope="factor", old=1.0, new=1.1, high=2.0
)


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(SMALL, folder)
    (folder / "small.assumptions.csv").write_text(
        "variable,low,high,distribution,scope,quality,source,note\n"
        "growth,0.02,0.06,uniform,value,expert-assumption,x,Judgement.\n"
        'demand,0.9,1.1,uniform,factor,measured,x,"A count, in all. Fitted by `localcare calibrate`'
        ' to old figures."\n'
        "stay,0.04,0.06,uniform,value,measured,x,Counted.\n"
    )
    return folder / "small.mdl"


def values(path, name):
    return open_project(path).spec.by_identifier[name].values


def test_scalars_and_elements_of_the_model_file(small):
    before = small.read_text().splitlines()
    changed = apply_proposal(open_project(small), [GROWTH, SOUTH], Path("p.csv"))
    assert {path.name for path in changed} == {"small.mdl", "small.assumptions.csv"}
    assert values(small, "growth") == (0.0625,)
    assert values(small, "demand") == (400.0, 281.5)
    after = small.read_text().splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 2


def test_a_factor_multiplies_every_element(small):
    apply_proposal(open_project(small), [FACTOR], Path("p.csv"))
    assert values(small, "demand") == pytest.approx((440.0, 330.0))


def test_evidence_says_what_a_number_was_fitted_to(small):
    apply_proposal(open_project(small), [GROWTH, FACTOR], Path("p.csv"))
    rows = open_project(small).assumptions.by_identifier
    growth, demand, stay = rows["growth"], rows["demand"], rows["stay"]
    told = "Fitted by `localcare calibrate` to arrivals January 2019 to December 2022."
    assert growth.note == f"Judgement. {told}"
    assert demand.note == f"A count, in all. {told}"
    assert (growth.quality, growth.low, growth.high) == ("derived", 0.02, 0.0625)
    assert (stay.note, stay.quality) == ("Counted.", "measured")


@pytest.mark.parametrize(
    ("proposed", "words"),
    [
        (replace(GROWTH, old=0.04), "was 0.04 when it was fitted, and is 0.05 in the model"),
        (replace(GROWTH, variable="grwth"), 'Did you mean "growth"?'),
        (replace(SOUTH, elements=("west",)), "is not in the model"),
    ],
)
def test_what_no_longer_fits_the_model_changes_nothing(small, proposed, words):
    before = {path: path.read_bytes() for path in small.parent.iterdir()}
    with pytest.raises(BadInput) as refused:
        apply_proposal(open_project(small), [GROWTH, proposed], Path("p.csv"))
    assert words in str(refused.value)
    assert {path: path.read_bytes() for path in small.parent.iterdir()} == before


def test_a_number_with_equations_of_its_own_is_left_to_a_person(small):
    text = small.read_text()
    own = "demand[north] = 400 ~~|\ndemand[south] = 300"
    small.write_text(text.replace("demand[ward] = 400, 300", own))
    with pytest.raises(BadInput, match=r"defined by 2 equations\. Change it by hand"):
        apply_proposal(open_project(small), [SOUTH], Path("p.csv"))


def test_tables_of_the_shipped_model_change_in_one_cell_each(tmp_path):
    shutil.copytree(models_folder(), tmp_path / "models")
    path = tmp_path / "models" / "kent_medway.mdl"
    project = open_project(path)
    spec = project.spec
    wanted, expected = [], {}
    for name, places in (
        ("size_of_a_dated_change", (4, 11)),
        ("pandemic_effect_on_ae_attendances", (2,)),
        ("discount_rate", (0,)),
    ):
        variable = spec.by_identifier[name]
        expected[name] = np.array(variable.values)
        for place in places:
            shape = spec.shape(name)
            elements = tuple(
                spec.by_dimension[dimension].elements[int(at)]
                for dimension, at in zip(
                    variable.dimensions,
                    np.unravel_index(place, shape) if shape else (),
                    strict=True,
                )
            )
            old = variable.values[place]
            new = old + 0.0123
            moment = variable.times[place] if variable.times else None
            expected[name][place] = new
            wanted.append(
                replace(GROWTH, parameter=f"{name} {place}", variable=name, elements=elements,
                        at=moment, old=old, new=new, low=-1.0)
            )  # fmt: skip
    apply_proposal(project, wanted, Path("p.csv"))
    after = open_project(path).spec
    for variable in spec.variables:
        name = variable.identifier
        now = np.array(after.by_identifier[name].values)
        assert now == pytest.approx(expected.get(name, np.array(variable.values)), rel=1e-7), name
