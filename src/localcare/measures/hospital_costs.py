"""What hospitals cost, by the trust, place and state of frailty that it is spent on.

In: variables of a run as arrays (leading..., own...), the people by place and frailty, the GP
contacts they need. Out: GBP/Year over (leading..., system, place, frailty), the last place being
patients from outside the county.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from localcare.measures.apportion import Floats, relative, spread, with_outside

__all__ = ["FRAILTY", "HOSPITAL_READS", "PLACE", "PLACE_FRAILTY", "SYSTEM", "Hospital"]

PLACE, SYSTEM, FRAILTY = ("place",), ("system",), ("frailty",)
PLACE_FRAILTY, SYSTEM_FRAILTY = (*PLACE, *FRAILTY), (*SYSTEM, *FRAILTY)
#: The variables read, with their dimensions.
HOSPITAL_READS: dict[str, tuple[str, ...]] = {
    "place_to_system_share": ("place", "system"),
    "outside_patients_per_resident": SYSTEM,
    "ae_attendances": SYSTEM,
    "cost_of_an_ae_attendance": (),
    "ae_demand": PLACE,
    "ae_demand_before_care": PLACE_FRAILTY,
    "care_effect_on_ae_attendances": PLACE_FRAILTY,
    "emergency_admissions_by_frailty": SYSTEM_FRAILTY,
    "cost_of_treating_an_emergency_admission": (),
    "emergency_demand": PLACE_FRAILTY,
    "emergency_demand_before_care": PLACE_FRAILTY,
    "outpatient_attendances": SYSTEM,
    "cost_of_an_outpatient_attendance": (),
    "referral_rate_before_level": ("age", "frailty"),
    "mean_relative_gp_contacts": ("age",),
    "acute_running_cost": SYSTEM,
    "emergency_patients": SYSTEM_FRAILTY,
    "short_stay_patients": SYSTEM,
    "long_stay_demand_before_care": PLACE_FRAILTY,
    "care_effect_on_emergency_admissions": PLACE_FRAILTY,
    "care_effect_on_stays": PLACE_FRAILTY,
    "medically_fit_waiting": ("system", "pathway"),
    "medically_fit_flow": SYSTEM_FRAILTY,
    "pathway_need": ("system", "frailty", "pathway"),
    "planned_patients_in_a_bed": SYSTEM,
    "referrals_wanted": PLACE,
    "planned_running_cost": SYSTEM,
    "cost_of_residents_treated_elsewhere": (),
    "average_cost_of_an_emergency_admission": (),
    "emergency_admissions_elsewhere": PLACE,
    "ae_attendances_elsewhere": PLACE,
}


@dataclass(frozen=True, eq=False)
class Hospital:
    """Costs of the acute layer. `people` are residents over (leading..., place, frailty), nobody
    from outside; `contacts` the GP contacts needed, each place's relative to its own sum."""

    of: Mapping[str, Floats]
    people: Floats
    contacts: Floats

    @cached_property
    def attendances(self) -> Floats:
        """A&E by system: (leading..., system, place, frailty)."""
        of = self.of
        before = of["ae_demand_before_care"]
        mix = relative(before * of["care_effect_on_ae_attendances"], axis=-1)
        key = self._by_trust(of["ae_demand"][..., None] * mix, before)
        return self._spread(of["ae_attendances"] * of["cost_of_an_ae_attendance"][..., None], key)

    @cached_property
    def admissions(self) -> Floats:
        """Treatment of emergency admissions beyond the bed, by system."""
        cost = self.of["cost_of_treating_an_emergency_admission"][..., None, None]
        by_frailty = self.of["emergency_admissions_by_frailty"] * cost
        return by_frailty[..., None, :] * self._admitted

    @cached_property
    def _admitted(self) -> Floats:
        """Where those admitted to a trust in each state live."""
        of = self.of
        key = self._by_trust(of["emergency_demand"], of["emergency_demand_before_care"])
        return relative(key, axis=-2)

    @cached_property
    def outpatients(self) -> Floats:
        """Outpatient attendances by system, at the rates of people's ages."""
        of = self.of
        # In proportion to attendances a person: the gradient by frailty of referrals is taken out.
        rate = of["referral_rate_before_level"][..., 0] * of["mean_relative_gp_contacts"]
        people = np.einsum("...paf,...a->...pf", of["population"], rate)
        cost = of["outpatient_attendances"] * of["cost_of_an_outpatient_attendance"][..., None]
        return self._spread(cost, self._by_trust(people, people))

    @cached_property
    def planned(self) -> Floats:
        """How planned care of residents is shared, by system: adds to 1."""
        of = self.of
        key = of["referrals_wanted"][..., None] * self.contacts
        by_trust = np.einsum("...ps,...pf->...spf", of["share_of_a_place_served_by_system"], key)
        return self._spread(np.ones(by_trust.shape[:-2]), with_outside(by_trust))

    @cached_property
    def bed_days(self) -> Floats:
        """People in a bed or waiting for one, by system."""
        of = self.of
        before = of["long_stay_demand_before_care"]
        care = of["care_effect_on_emergency_admissions"] * of["care_effect_on_stays"]
        homes = relative(self._by_trust(before * care, before), axis=-2)
        leaving = relative(
            of["medically_fit_flow"][..., None] * of["pathway_need"], axis=-2
        )  # who waits for each pathway
        waiting = np.einsum("...sk,...sfk->...sf", of["medically_fit_waiting"], leaving)
        long = (of["emergency_patients"] + waiting)[..., None, :] * homes
        admitted = relative(of["emergency_admissions_by_frailty"], axis=-1)
        short = (of["short_stay_patients"][..., None] * admitted)[..., None, :] * self._admitted
        outside = of["outside_patients_per_resident"]
        in_bed = of["planned_patients_in_a_bed"] / (1 + outside)
        planned = in_bed[..., None, None] * self.planned
        planned[..., -1, :] = (in_bed * outside)[..., None] * self.planned.sum(axis=-2)
        total: Floats = long + short + planned
        return total

    @cached_property
    def beds(self) -> Floats:
        """What acute running cost is beyond A&E, admissions and outpatients, by system."""
        told = self.attendances + self.admissions + self.outpatients
        rest = self.of["acute_running_cost"] - told.sum(axis=(-2, -1))
        return self._spread(rest, self.bed_days)

    @cached_property
    def planned_care(self) -> Floats:
        """Theatres and operations, by system."""
        return self.of["planned_running_cost"][..., None, None] * self.planned

    @cached_property
    def elsewhere(self) -> Floats:
        """Residents whom hospitals beyond the county treat."""
        of = self.of
        admitted = of["emergency_admissions_elsewhere"][..., None] * relative(
            of["emergency_demand"], axis=-1
        )
        attended = of["ae_attendances_elsewhere"][..., None] * relative(
            of["ae_demand_before_care"] * of["care_effect_on_ae_attendances"], axis=-1
        )
        prices = (
            of["average_cost_of_an_emergency_admission"][..., None, None],
            of["cost_of_an_ae_attendance"][..., None, None],
        )
        key = with_outside(admitted * prices[0] + attended * prices[1])
        return self._spread(of["cost_of_residents_treated_elsewhere"], key)

    def _by_trust(self, residents: Floats, before: Floats) -> Floats:
        """Use of each trust by place and frailty, that of patients from outside being in proportion
        to what residents would use `before` care changed it."""
        share = self.of["place_to_system_share"]
        own = np.einsum("...ps,...pf->...spf", share, residents)
        others = np.einsum("...ps,...pf->...sf", share, before)
        others = self.of["outside_patients_per_resident"][..., None] * others
        return np.concatenate([own, others[..., None, :]], axis=-2)

    def _spread(self, amount: Floats, key: Floats) -> Floats:
        return spread(amount, key, self.people)
