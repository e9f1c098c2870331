"""The social-care sector of the shipped model: care-home residents are part of the population,
limited by places and neutral at the reference; carers and home care act as the model card says.

One batch over the first years of the model.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath

import numpy as np
import pytest

from localcare.engine import Batch, Overrides, Path, run
from localcare.model import load

MODEL = FilePath(__file__).parents[2] / "models" / "kent_medway.mdl"
END = 2025.0
FROM_2020 = np.array([2020.0, 2020.0 + 1 / 12])
MILD = 1  # states of frailty from here on live in care homes
RESIDENTS = 13_500


@pytest.fixture(scope="module")
def spec():
    spec = load(MODEL)
    return replace(spec, time=replace(spec.time, final=END))


def setting(spec, **values):
    """Constants set outright, every element to the same number."""
    return Overrides(
        {name: np.full(spec.shape(name), value, dtype=float) for name, value in values.items()}
    )


def members(spec):
    supported = Path(FROM_2020, np.tile([0.0, 0.6], (4, 1)))
    scarce = Path(np.array([2019.0, 2020.0]), np.array([1.0, 0.8]))
    return {
        "baseline": Overrides(),
        "carers supported": Overrides(paths={"additional_carers_supported": supported}),
        "little home care": Overrides(paths={"home_care_supply_against_need": scarce}),
        "carers never tire": setting(spec, response_of_carers_to_load=0.0),
        "few carers": setting(spec, share_of_carers_who_stop=0.5, response_of_carers_to_load=3.0),
        "no market": setting(spec, share_of_growing_need_that_care_homes_follow=0.0),
        "full homes": Overrides(
            setting(
                spec,
                share_of_growing_need_that_care_homes_follow=0.0,
                care_home_occupancy_in_2019=0.999,
                response_of_care_home_entry_to_the_load_on_carers=20.0,
            ).constants
        ),
    }


@pytest.fixture(scope="module")
def of(spec):
    """Values of one variable in one member, (time, *dimensions)."""
    named = members(spec)
    names = list(named)
    result = run(spec, Batch.of(spec, list(named.values())), engine="kernel")
    return lambda name, member="baseline": result.values[name][..., names.index(member)]


@pytest.mark.parametrize("variant", [0.0, 1.0])
def test_nothing_acts_at_the_start_of_2019(spec, variant):
    first = replace(spec, time=replace(spec.time, final=spec.time.initial + spec.time.saveper))
    chosen = setting(spec, lower_frailty_variant=variant)
    batch = Batch.of(first, [chosen])
    result = run(first, batch, method="euler", points=True, engine="kernel")

    def start(name):
        return result.values[name][0][..., 0]

    assert start("care_home_residents").sum() == pytest.approx(RESIDENTS)
    for name in ("load_on_carers", "unpaid_carers", "care_home_supply_against_2019"):
        assert start(name) == pytest.approx(1.0, abs=1e-9), name
    wanted = start("care_home_entry_wanted").sum(axis=-1)
    assert start("care_home_entry_from_home") == pytest.approx(wanted)


def test_moves_to_care_homes_and_deaths_in_them_balance_in_2019(of):
    moved = of("care_home_entry")[:12].mean(axis=0).sum()
    died = of("care_home_deaths")[:12].mean(axis=0).sum()
    assert moved == pytest.approx(died, rel=0.03)


@pytest.mark.parametrize("member", ["baseline", "no market", "full homes", "few carers"])
def test_residents_are_people_of_the_population_and_live_in_places(of, member):
    residents = of("care_home_residents", member)
    assert (residents[1:] < of("people_by_system_and_frailty", member)).all()
    assert (residents.sum(axis=-1) <= of("care_home_places", member) * (1 + 1e-9)).all()


def test_deaths_of_residents_are_among_the_deaths_of_the_population(of):
    residents = of("care_home_deaths").sum(axis=1)
    everyone = of("deaths").sum(axis=(1, 2))[:, MILD:]
    assert (residents < everyone).all()


def test_full_homes_keep_people_out_and_hold_acute_beds(of):
    wanted = of("care_home_entry_wanted", "full homes")[-1].sum()
    assert of("care_home_entry_from_home", "full homes")[-1].sum() < 0.99 * wanted
    waiting = of("medically_fit_waiting", "full homes")[-1].sum()
    assert waiting > 1.01 * of("medically_fit_waiting")[-1].sum()


def test_support_of_carers_keeps_people_at_home_and_leaves_places_to_the_hospital(of):
    member = "carers supported"
    assert (of("care_home_residents", member)[-1] < of("care_home_residents")[-1]).all()
    supply = "care_home_supply_against_2019"
    assert (of(supply, member)[-1] > of(supply)[-1]).all()
    assert of("policy_cost", member)[-1] > 0


def test_scarce_home_care_loads_carers_and_fills_acute_beds(of):
    member = "little home care"
    assert (of("load_on_carers", member)[-1] > of("load_on_carers")[-1]).all()
    assert of("home_care_hours_in_use", member)[-1] < of("home_care_hours_in_use")[-1]
    waiting = of("medically_fit_waiting", member)[-1].sum()
    assert waiting > 1.01 * of("medically_fit_waiting")[-1].sum()


def test_the_loop_of_carers_raises_their_load_where_it_is_above_that_of_2019(of):
    load, cut = of("load_on_carers")[-1], of("load_on_carers", "carers never tire")[-1]
    assert (load[load > 1] > cut[load > 1]).all()
    assert (load > 1).any()
