"""Which stocks are noisy, what their processes are called, and whose noise depends on what."""

from __future__ import annotations

import pytest
from building import Building, do

from localcare.engine.diffusion import additive, processes
from localcare.model.expression import Time
from localcare.problems import BadInput

PLACES = {"place": ("north", "south"), "age": ("young", "old")}


def noisy(model: Building, stock: str, *dimensions: str) -> None:
    """A stock whose diffusion is half of itself, through another variable."""
    model.stock(stock, 0.0, 1.0, *dimensions)
    model.auxiliary(
        f"half_{stock}", do("multiply", 0.5, model.read(stock, *dimensions)), *dimensions
    )
    model.auxiliary(f"{stock}_diffusion", model.read(f"half_{stock}", *dimensions), *dimensions)


def test_every_element_of_a_noisy_stock_has_a_process_named_after_it() -> None:
    model = Building(dict(PLACES))
    model.stock("calm", 0.0, 1.0)
    model.constant("heat_diffusion", 1.0)  # of no stock
    noisy(model, "people", "place", "age")
    noisy(model, "demand")
    spec = model.spec()
    assert [each.label for each in processes(spec)] == [
        "people[north, young]",
        "people[north, old]",
        "people[south, young]",
        "people[south, old]",
        "demand",
    ]
    assert additive(spec, processes(spec)) is False


def test_noise_that_depends_on_time_and_quiet_stocks_alone_is_additive() -> None:
    model = Building(dict(PLACES))
    noisy_flow = model.read("x", "place")
    model.stock("quiet", model.reduce("sum", ["place"], noisy_flow), 1.0)
    model.stock("x", 0.0, 1.0, "place")
    model.auxiliary(
        "x_diffusion", do("add", model.read("quiet"), do("exponential", Time())), "place"
    )
    model.stock("y", 0.0, 1.0)
    model.constant("y_diffusion", 0.1)
    spec = model.spec()
    assert additive(spec, processes(spec)) is True


def test_noise_that_depends_on_another_element_is_named_with_it() -> None:
    model = Building(dict(PLACES))
    model.stock("x", 0.0, 1.0, "place")
    model.auxiliary("total", model.reduce("sum", ["place"], model.read("x", "place")))
    model.auxiliary("x_diffusion", model.read("total"), "place")
    noisy(model, "y")
    model.stock("z", 0.0, 1.0)
    model.auxiliary("z_diffusion", model.look("effect", model.read("half_y")))
    model.lookup("effect", [0, 1], [0, 1])
    spec = model.spec()
    with pytest.raises(BadInput) as caught:
        additive(spec, processes(spec))
    first, second = (str(each) for each in caught.value.problems)
    assert "the noise of x[north] depends on x[south], which has noise of its own" in first
    assert "the noise of z depends on y" in second
    assert "Use euler-maruyama" in second


def test_a_shifted_element_is_another_one() -> None:
    model = Building(dict(PLACES))
    model.stock("x", 0.0, 1.0, "place")
    model.auxiliary("x_diffusion", model.read("x", ("place", (1, 0))), "place")
    spec = model.spec()
    with pytest.raises(BadInput, match=r"x\[north\] depends on x\[south\]"):
        additive(spec, processes(spec))


def test_a_chain_of_a_thousand_causes_is_followed() -> None:
    model = Building()
    model.stock("x", 0.0, 1.0)
    model.auxiliary("c0", do("multiply", 0.5, model.read("x")))
    for number in range(1, 1500):
        model.auxiliary(f"c{number}", do("add", model.read(f"c{number - 1}"), 1.0))
    model.auxiliary("x_diffusion", model.read("c1499"))
    import sys

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)  # the builder of the test recurses, what is tested does not
    try:
        spec = model.spec()
    finally:
        sys.setrecursionlimit(limit)
    assert additive(spec, processes(spec)) is False


def test_a_diffusion_without_the_subscripts_of_its_stock_is_refused() -> None:
    model = Building(dict(PLACES))
    model.stock("x", 0.0, 1.0, "place")
    model.constant("x_diffusion", 0.1)
    model.stock("y", 0.0, 1.0)
    model.lookup("y_diffusion", [0, 1], [0, 1])
    with pytest.raises(BadInput) as caught:
        processes(model.spec())
    first, second = (str(each) for each in caught.value.problems)
    assert "does not have the subscripts of the stock. Write x_diffusion[place]." in first
    assert "the noise of y is a lookup" in second


def test_a_model_without_noise_is_refused() -> None:
    model = Building()
    model.stock("x", 0.0, 1.0)
    with pytest.raises(BadInput, match="no stock of the model has noise"):
        processes(model.spec())
