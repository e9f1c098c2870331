"""A small model, as a spec made by hand: every kind of input a scenario may name, and some that it
may not. Time runs from 2019 to 2031 in years, saved every month."""

from pathlib import Path

import pytest

from localcare.model.assumptions import Assumption, Distribution, Quality, Scope
from localcare.model.levers import Direction, Lever
from localcare.model.spec import Dimension, Kind, ModelSpec, TimeSettings, Variable
from localcare.scenario import Catalogue, Scenario, catalogue, load

PLACES = ("Ashford", "Dover", "Swale", "Thanet")
SYSTEMS = ("East Kent", "West Kent")
FRAILTY = ("fit", "mild", "severe")


def constant(name, values, dimensions=(), units="Dmnl", limits=(None, None)):
    identifier = name.lower().replace(" ", "_")
    return Variable(
        name, identifier, Kind.CONSTANT, dimensions, units, limits, values=tuple(values)
    )


def lever(name, low, high):
    return Lever(name, "neighbourhood", low, high, "occupancy", Direction.UP, "pulls it")


def assumed(name, low, high, distribution=Distribution.TRIANGULAR, scope=Scope.VALUE):
    quality = Quality.PUBLISHED
    return Assumption(name, low, high, distribution, scope, quality, ("walsh2023",), "stated")


VARIABLES = (
    constant("virtual ward places", (10, 20), ("system",), "place", (0, None)),
    constant("proactive care reach", (0.05, 0.1, 0.05, 0.0), ("place",), "Dmnl", (0, 1)),
    constant("same day care share", (0.3,), (), "Dmnl", (0, 1)),
    constant("Recruits", (1, 2, 3, 4, 5, 6), ("system", "frailty"), "FTE/Year"),
    constant("real recovery share", (0.25,)),
    constant("discount rate", (0.035,), (), "1/Year"),
    constant("hours per contact", (1, 2, 3, 4, 5, 6), ("system", "frailty"), "hour/contact"),
    constant("census variant", (0,)),
    constant("care home places", (100, float("nan")), ("system",), "bed"),
    Variable(
        "home care supply", "home_care_supply", Kind.SERIES, ("system",), "hour/Year", (0, None),
        values=(100, 110, 120, 200, 220, 240), times=(2019, 2025, 2031),
    ),
    Variable(
        "recording change", "recording_change", Kind.SERIES, (), "Dmnl",
        values=(0, 1), times=(2019, 2025), interpolation="hold",
    ),
    Variable("occupancy", "occupancy", Kind.AUXILIARY, ("system",), "Dmnl"),
    Variable("population", "population", Kind.STOCK, ("place",), "person", (0, None)),
)  # fmt: skip
LEVERS = (
    lever("virtual ward places", 0, 400),
    lever("proactive care reach", 0, 0.8),
    lever("same day care share", 0, 0.6),
    lever("Recruits", 0, 60),
)
ASSUMPTIONS = (
    assumed("real recovery share", 0, 0.5),
    assumed("discount rate", 0.035, 0.035, Distribution.FIXED),
    assumed("census variant", 0, 1, Distribution.VARIANT),
    assumed("hours per contact", 0.8, 1.2, scope=Scope.FACTOR),
    assumed("home care supply", 0.5, 2, scope=Scope.FACTOR),
)


@pytest.fixture(scope="session")
def spec() -> ModelSpec:
    dimensions = (
        Dimension("place", PLACES),
        Dimension("system", SYSTEMS),
        Dimension("frailty", FRAILTY),
    )
    time = TimeSettings(2019.0, 2031.0, 1 / 120, 1 / 12, "Year")
    return ModelSpec("toy", "toy.mdl", "0" * 64, time, dimensions, VARIABLES)


@pytest.fixture(scope="session")
def known(spec) -> Catalogue:
    return catalogue(spec, LEVERS, ASSUMPTIONS)


@pytest.fixture(scope="session")
def levers() -> tuple[Lever, ...]:
    """The rows of the small model's levers table."""
    return LEVERS


@pytest.fixture
def write(tmp_path):
    """Writes a scenario file of that name, with `name` and `title` filled in unless it has them."""

    def written(name: str, body: str = "", *, head: bool = True) -> Path:
        path = tmp_path / f"{name}.yaml"
        start = f"name: {name}\ntitle: A title\n" if head else ""
        path.write_text(start + body, encoding="utf-8")
        return path

    return written


@pytest.fixture
def resolve(write, known, tmp_path):
    """The scenario of a body of YAML, resolved against the small model."""

    def resolved(body: str = "", name: str = "mine") -> Scenario:
        return load(write(name, body), known, folder=tmp_path)

    return resolved
