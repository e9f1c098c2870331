"""Who the cost of care falls on: all that the layers cost, by place and by state of frailty.

In: variables of a run as DataArrays over months. Out: DataArrays over layer, place and frailty,
GBP/Year, whose sums over place and frailty are the money sector's `running cost by layer` and
`capital cost by layer`. Patients from outside the county, whom its hospitals treat, are a place of
their own, `OUTSIDE`.

Nothing is estimated here: every amount is the model's, and is shared out in the proportions of the
use that the model has of it by place and frailty.

| cost | shared out by |
|---|---|
| general practice | hours of each place; within it contacts needed |
| care functions, finding people | cost in each place; within it people served |
| other work, training, recruitment | need for community care; within a place as functions |
| programmes of places | as booked in each place; within it as neighbourhood functions |
| care homes | residents by frailty; places by those of their system |
| A&E, admissions, outpatients | attendances, admissions, people at the rates of their age |
| beds | days in hospital: short, long and planned stays, the wait to leave |
| planned care | referrals of each place; within it contacts needed |
| residents treated elsewhere | their admissions and attendances |
| hubs, intermediate places | where they are built; within a place as functions |
| acute beds, theatres | days in bed; planned care |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from localcare.measures.apportion import Floats, ratio, relative, spread, with_outside
from localcare.measures.hospital_costs import (
    FRAILTY,
    HOSPITAL_READS,
    PLACE,
    PLACE_FRAILTY,
    SYSTEM,
    Hospital,
)
from localcare.measures.measure import LEADING, Measure
from localcare.measures.plain import Figures, Plain

__all__ = ["COSTS", "OUTSIDE", "Shares", "capital", "recurrent"]

#: The place of patients who live outside the county.
OUTSIDE = "patients from outside"
LAYERS = ("primary", "neighbourhood", "intermediate", "acute")

#: The variables read, with their dimensions.
_REST: dict[str, tuple[str, ...]] = {
    "running_cost_by_layer": ("layer",),
    "capital_cost_by_layer": ("layer",),
    "people_by_place_and_frailty": PLACE_FRAILTY,
    "population": ("place", "age", "frailty"),
    # primary care
    "primary_running_cost": (),
    "cost_of_a_practice_hour": (),
    "gp_hours_available": PLACE,
    "sessional_gp_hours": PLACE,
    "gp_contacts_needed_before_care": PLACE_FRAILTY,
    "care_effect_on_gp_contacts": PLACE_FRAILTY,
    # care in the community
    "people_served": ("place", "care_function"),
    "running_cost_a_person_year": ("care_function", "layer"),
    "eligible_share": ("care_function", "frailty"),
    "care_function_cost_by_place": ("place", "layer"),
    "cost_of_finding_people": ("layer",),
    "workforce_cost_by_layer": ("layer",),
    "need_for_community_care": PLACE,
    "place_programme_cost": PLACE,
    "cost_of_carer_support": (),
    "care_home_cost_by_frailty": FRAILTY,
    "care_home_residents_by_system": SYSTEM,
    "share_of_a_place_served_by_system": ("place", "system"),
    # capital
    "hub_capital_cost": (),
    "hub_starts": PLACE,
    "intermediate_capital_cost": PLACE,
    "acute_capital_cost": SYSTEM,
    "planned_capital_cost": SYSTEM,
}
_OWN = _REST | HOSPITAL_READS
NEEDS = tuple(_OWN)


@dataclass(frozen=True, eq=False)
class Shares:
    """What the model has by place and frailty, and the costs shared out by it.

    `of` holds the variables of `NEEDS` as arrays (leading..., own...). Every result is over
    (leading..., place, frailty), the last place being `OUTSIDE`, in GBP/Year.
    """

    of: dict[str, Floats]

    @cached_property
    def people(self) -> Floats:
        """Residents; nobody from outside."""
        return with_outside(self.of["people_by_place_and_frailty"])

    @cached_property
    def contacts(self) -> Floats:
        """GP contacts needed, each place's relative to its own sum."""
        need = self.of["gp_contacts_needed_before_care"] * self.of["care_effect_on_gp_contacts"]
        return relative(need, axis=-1)

    @cached_property
    def general_practice(self) -> Floats:
        """Practices' own hours, and the sessions that are what is left of primary running cost."""
        of = self.of
        own = of["cost_of_a_practice_hour"][..., None] * of["gp_hours_available"]
        rest = of["primary_running_cost"] - own.sum(axis=-1)
        bought = self._spread(rest, with_outside(self._within(of["sessional_gp_hours"])))
        return with_outside(own[..., None] * self.contacts) + bought

    def functions(self, layer: int) -> Floats:
        """Care functions of a layer."""
        of = self.of
        return with_outside(
            of["care_function_cost_by_place"][..., layer, None] * self._mix_of_functions[layer]
        )

    @cached_property
    def _mix_of_functions(self) -> list[Floats]:
        """By layer, how the cost of functions falls on the states within each place; where a layer
        has none in a place, as all functions."""
        of = self.of
        eligible = np.einsum(
            "...cf,...pf->...pcf", of["eligible_share"], of["people_by_place_and_frailty"]
        )
        served = of["people_served"][..., None] * relative(eligible, axis=-1)
        by_layer = [
            np.einsum("...c,...pcf->...pf", of["running_cost_a_person_year"][..., layer], served)
            for layer in range(len(LAYERS))
        ]
        people = relative(of["people_by_place_and_frailty"], axis=-1)
        everything = relative(np.sum(by_layer, axis=0), axis=-1, otherwise=people)
        return [relative(each, axis=-1, otherwise=everything) for each in by_layer]

    @cached_property
    def need(self) -> Floats:
        """Need for community care, within a place as the cost of neighbourhood functions."""
        need = self.of["need_for_community_care"][..., None]
        return with_outside(need * self._mix_of_functions[1])

    @cached_property
    def programmes(self) -> Floats:
        """Programmes of places and support for carers."""
        booked = self.of["place_programme_cost"][..., None] * self._mix_of_functions[1]
        return with_outside(booked) + self._spread(self.of["cost_of_carer_support"], self.need)

    @cached_property
    def care_homes(self) -> Floats:
        """What councils and the NHS pay, by frailty as the model has it."""
        of = self.of
        people, served = (
            of["people_by_place_and_frailty"],
            of["share_of_a_place_served_by_system"],
        )
        frail = np.einsum("...ps,...pf->...s", served, people[..., 1:])
        rate = np.einsum(
            "...ps,...s->...p", served, ratio(of["care_home_residents_by_system"], frail)
        )
        by_place = relative(people * rate[..., None], axis=-2)
        return with_outside(of["care_home_cost_by_frailty"][..., None, :] * by_place)

    @cached_property
    def hospital(self) -> Hospital:
        """Costs of the acute layer."""
        return Hospital(self.of, self.people, self.contacts)

    def recurrent(self) -> Floats:
        """(leading..., layer, place, frailty)."""
        acute = self.hospital
        emergency = acute.attendances + acute.admissions + acute.outpatients + acute.beds
        hospital = (emergency + acute.planned_care).sum(axis=-3) + acute.elsewhere
        own = [self.general_practice, self.programmes, self.care_homes, hospital]
        keys = [self.general_practice, self.need, self.need, hospital]
        layers = []
        for layer, (amount, key) in enumerate(zip(own, keys, strict=True)):
            functions = self.functions(layer)
            finding = self._spread(self.of["cost_of_finding_people"][..., layer], functions)
            staff = self._spread(self.of["workforce_cost_by_layer"][..., layer], key)
            layers.append(amount + functions + finding + staff)
        return np.stack(np.broadcast_arrays(*layers), axis=-3)

    def capital(self) -> Floats:
        """(leading..., layer, place, frailty)."""
        of = self.of
        hubs = of["hub_starts"][..., None] * self._mix_of_functions[1]
        places = of["intermediate_capital_cost"][..., None] * self._mix_of_functions[2]
        beds = self._spread(of["acute_capital_cost"], self.hospital.bed_days)
        theatres = of["planned_capital_cost"][..., None, None] * self.hospital.planned
        layers = [
            0 * self.people,
            self._spread(of["hub_capital_cost"], with_outside(hubs)),
            with_outside(places),
            (beds + theatres).sum(axis=-3),
        ]
        return np.stack(np.broadcast_arrays(*layers), axis=-3)

    def _within(self, by_place: Floats) -> Floats:
        """An amount of each place, within it by contacts needed."""
        return by_place[..., None] * self.contacts

    def _spread(self, amount: Floats, key: Floats) -> Floats:
        return spread(amount, key, self.people)


def recurrent(*values: Figures) -> Figures:
    """Running cost by layer, place and frailty; `values` are the variables of `NEEDS`."""
    return _labelled(values, Shares(_arrays(values)).recurrent())


def capital(*values: Figures) -> Figures:
    """Capital cost by layer, place and frailty; `values` are the variables of `NEEDS`."""
    return _labelled(values, Shares(_arrays(values)).capital())


def _arrays(values: tuple[Figures, ...]) -> dict[str, Floats]:
    leading = _leading(values)
    found = {}
    for (name, own), each in zip(_OWN.items(), values, strict=True):
        there = [dimension for dimension in leading if dimension in each.dims]
        numbers = each.transpose(*there, *own).to_numpy()
        lengths = [each.sizes[d] if d in there else 1 for d in leading]
        found[name] = numbers.reshape(*lengths, *numbers.shape[len(there) :])
    return found


def _leading(values: tuple[Figures, ...]) -> list[str]:
    first = values[0]
    return [str(name) for name in first.dims if name in LEADING]


def _labelled(values: tuple[Figures, ...], numbers: Floats) -> Figures:
    by_layer: Figures = values[0]
    people: Figures = values[NEEDS.index("people_by_place_and_frailty")]
    dims = (*_leading(values), "layer", "place", "frailty")
    labels = {
        "layer": by_layer["layer"].to_numpy(),
        "place": np.array([*people["place"].to_numpy().tolist(), OUTSIDE]),
        "frailty": people["frailty"].to_numpy(),
    }
    if isinstance(by_layer, Plain):
        return replace(by_layer, dims=dims, values=numbers, labels={**by_layer.labels, **labels})
    import xarray as xr

    coordinates = {
        name: each for name, each in by_layer.coords.items() if set(each.dims) <= set(dims[:-3])
    }
    return xr.DataArray(numbers, {**coordinates, **labels}, dims)


_SOURCE = "model equations; shared out by the use of each place and state of frailty"

COSTS: tuple[Measure, ...] = (
    Measure(
        "recurrent_cost",
        "Recurrent cost by layer, place and frailty",
        "GBP/Year",
        "all running cost, real 2023/24 prices: what each layer spends on the people of each place "
        "and state of frailty, and on patients from outside; adds to running cost",
        _SOURCE,
        NEEDS,
        recurrent,
        direction="down",
        every_draw=False,
    ),
    Measure(
        "capital_spend",
        "Capital cost by layer, place and frailty",
        "GBP/Year",
        "all capital cost, real 2023/24 prices, as recurrent cost; adds to capital cost",
        _SOURCE,
        NEEDS,
        capital,
        direction="down",
        every_draw=False,
    ),
)
