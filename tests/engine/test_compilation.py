"""What is compiled computes what the spec says, for any model and to the bit."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interpreter import Interpreter
from numpy.typing import NDArray
from random_models import models

from localcare.engine import Batch, Overrides
from localcare.engine.numpy_backend.program import Program
from localcare.model.spec import Kind, ModelSpec

relaxed = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def computed(spec: ModelSpec, batch: Batch, columns: list[int]) -> dict[str, NDArray[np.float64]]:
    """Everything at the initial time, for the columns of a batch, padded to a width."""
    width = -(-len(columns) // 8) * 8
    padded = np.array(columns + columns[-1:] * (width - len(columns)))
    with np.errstate(all="ignore"):
        program = Program(spec, width, spec.time.step, batch.paths)
        program.load(batch, padded)
        program.constants()
        program.initial(spec.time.initial)
        program.evaluate(spec.time.initial, spec.time.initial)
    return {
        variable.identifier: program.workspace.array(variable.identifier)[..., : len(columns)]
        for variable in spec.variables
        if variable.kind in (Kind.AUXILIARY, Kind.STOCK)
    }


@relaxed
@given(models())
def test_every_value_is_the_one_a_plain_interpreter_finds(spec: ModelSpec) -> None:
    found = computed(spec, Batch.of(spec, [Overrides()]), [0])
    expected = Interpreter(spec)
    with np.errstate(all="ignore"):
        expected.begin()
        expected.evaluate()
    for name, array in found.items():
        for element in itertools.product(*(range(n) for n in spec.shape(name))):
            np.testing.assert_array_equal(
                array[(*element, 0)], expected.values[name][element], err_msg=f"{name}{element}"
            )


@relaxed
@given(models(), st.randoms(use_true_random=False))
def test_a_member_has_the_same_bits_in_any_company(spec: ModelSpec, random: object) -> None:
    draw = np.random.default_rng(7)
    overrides = [
        Overrides({"ka": draw.normal(size=3), "kcb": draw.normal(size=(2, 4)) * 10.0**power})
        for power in range(-8, 9)
    ]
    batch = Batch.of(spec, overrides)
    together = computed(spec, batch, list(range(17)))
    order = list(range(17))
    random.shuffle(order)  # type: ignore[attr-defined]
    for columns in (order, order[:8], order[:3], order[:1]):
        for name, array in computed(spec, batch, columns).items():
            np.testing.assert_array_equal(array, together[name][..., columns], err_msg=name)
