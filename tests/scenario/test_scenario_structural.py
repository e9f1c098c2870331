"""Constants that shaped the model, or set its clock, cannot be set by a scenario."""

from dataclasses import replace

import pytest

from localcare.model.spec import Kind, Variable
from localcare.problems import BadInput
from localcare.scenario import catalogue, parse_setting, parse_settings


@pytest.fixture
def shaped(spec):
    order = Variable("order of stay", "order_of_stay", Kind.CONSTANT, values=(3.0,))
    clock = Variable("TIME STEP", "time_step", Kind.CONSTANT, values=(1 / 120,))
    return catalogue(
        replace(spec, variables=(*spec.variables, order, clock), structural=("order_of_stay",))
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order of stay=4", "shaped the model when it was read"),
        ("TIME STEP=0.5", "sets the clock of the model"),
    ],
)
def test_setting_them_is_refused(shaped, text, said):
    with pytest.raises(BadInput, match=said):
        parse_setting(text, shaped)


def test_other_constants_of_the_model_can_be_set(shaped):
    (setting,) = parse_settings(["discount rate=0.05"], shaped)
    assert setting is not None
