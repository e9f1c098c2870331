"""Where the kernel cannot be had, numpy runs, one line says so, and the run records it."""

from __future__ import annotations

import logging
import sys

import numpy as np
import pytest
from building import Building, do

from localcare.engine import Batch, Overrides, run
from localcare.engine.kernel import KernelUnavailable, machine, self_test, simulate
from localcare.engine.schedule import schedule
from localcare.model.expression import Expression
from localcare.model.spec import ModelSpec


def growing(nested: int = 1) -> ModelSpec:
    model = Building()
    rate: Expression = model.read("s")
    for _ in range(nested):
        rate = do("multiply", rate, 0.5)
    model.stock("s", rate, 1.0)
    return model.spec()


def expect_numpy(spec: ModelSpec, caplog: pytest.LogCaptureFixture, why: str) -> None:
    batch = Batch.of(spec, [Overrides()])
    with caplog.at_level(logging.WARNING):
        found = run(spec, batch, engine="kernel")
    assert found.engine == "numpy"
    (line,) = caplog.messages
    assert why in line
    assert "numpy runs instead" in line
    assert "\n" not in line
    expected = run(spec, batch, engine="numpy").values["s"]
    np.testing.assert_array_equal(found.values["s"], expected)


def test_the_kernel_says_that_it_ran(caplog: pytest.LogCaptureFixture) -> None:
    spec = growing()
    assert run(spec, Batch.of(spec, [Overrides()]), engine="kernel").engine == "kernel"
    assert not caplog.messages


def test_without_llvmlite(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "localcare.engine.kernel.machine")
    monkeypatch.delattr("localcare.engine.kernel.machine")
    for name in [name for name in sys.modules if name.split(".")[0] == "llvmlite"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    expect_numpy(growing(), caplog, "llvmlite")


def test_on_a_processor_that_lacks_something(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> machine.Target:
        raise OSError("this processor lacks fma")

    monkeypatch.setattr(machine, "host", refuse)
    expect_numpy(growing(), caplog, "lacks fma")


def test_where_arithmetic_is_wrong(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spoilt = tuple(tuple(word ^ 1 for word in row) for row in self_test.EXPECTED)
    monkeypatch.setattr(self_test, "EXPECTED", spoilt)
    expect_numpy(growing(), caplog, "self-test")


def test_a_method_that_the_kernel_lacks() -> None:
    spec = growing()
    times = schedule(spec.time, "rk4")
    object.__setattr__(times, "method", "milstein")
    with pytest.raises(KernelUnavailable, match="milstein"):
        simulate(spec, Batch.of(spec, [Overrides()]), times, ("s",))


def test_an_equation_nested_too_deeply_is_refused_and_not_a_crash() -> None:
    spec = growing(5000)
    batch = Batch.of(spec, [Overrides()])
    with pytest.raises((KernelUnavailable, RecursionError)):
        simulate(spec, batch, schedule(spec.time, "rk4"), ("s",))
