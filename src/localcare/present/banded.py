"""What an ensemble adds to a comparison: bands and chances in tables and figures.

In: the Dataset of the central run and an ensemble of the same scenarios. Out: a `Banded`, with the
tidy table with bands, the tables of chances, and the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localcare.measures.banded import banded
from localcare.measures.chances import breaches, targets, winters
from localcare.measures.limits import Limit
from localcare.present.files import CHANCES, TARGETS, WINTERS
from localcare.study.comparison import Outcome
from localcare.study.kept import Ensemble

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from localcare.present.style import Drawing

__all__ = ["DRAWN", "Banded"]

#: The figures of an ensemble: what each shows.
DRAWN = {
    "fans": "Bands of draws year by year: beds, occupancy, emergency admissions, staffing gap.",
    "certainty": "How sure each policy's change from the baseline is, draw by draw.",
    "chance_of_breach": "The chance that over 92% of beds are occupied, or a tenth of posts empty.",
    "bad_winter": "What a one-in-twenty winter does, by chance alone.",
}
#: What the manifest of a comparison says of its draws.
_TOLD = ("draws", "draw_seed", "covers", "retained", "seed", "inputs_hash", "run")


@dataclass(frozen=True, eq=False)
class Banded:
    """`summary` is the tidy table with columns for bands and chances, `tables` those of chances by
    file name, `spread` the summary of the ensemble, `winters` that of the draws by noise alone that
    winters are told of, None where there are none."""

    summary: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    spread: xr.Dataset
    winters: xr.Dataset | None

    @classmethod
    def of(
        cls,
        central: xr.Dataset,
        ensemble: Ensemble,
        asked: Sequence[Limit] = (),
        by_chance: Ensemble | None = None,
    ) -> Banded:
        """What an ensemble says of the scenarios of a central run, and of targets asked for;
        `by_chance` has the same futures with the model's own numbers, which differ by noise alone:
        winters are told of those. Raises ValueError where no measure can be read from the run."""
        spread = ensemble.summary
        summary = banded(central, spread)
        if summary is None:
            raise ValueError("no measure can be read from the central run")
        members = ensemble.retained
        tables = {CHANCES: breaches(members), TARGETS: targets(members, asked)}
        if by_chance is None and spread.attrs.get("covers") == "noise":
            by_chance = ensemble
        if by_chance is not None:
            tables[WINTERS] = winters(by_chance.retained)
        return cls(summary, tables, spread, None if by_chance is None else by_chance.summary)

    def drawings(self, central: xr.Dataset) -> Iterator[Drawing]:
        """The figures that the ensemble holds enough for."""
        from localcare.present.breaches import draw_breaches, draw_winters
        from localcare.present.fans import draw_changes, draw_fans
        from localcare.present.figures import beds_with_fan

        policies = central.sizes["scenario"] > 1
        beds = beds_with_fan(self.spread)
        if not beds.lacking(central):
            yield beds.draw(central)
        if "beds_needed" in self.spread:
            yield draw_fans(self.spread, central)
            if policies:
                yield draw_changes(self.spread, central)
        if len(self.tables[CHANCES]):
            yield draw_breaches(self.tables[CHANCES], self.spread, central)
        if self.winters is not None and len(self.tables[WINTERS]):
            yield draw_winters(self.tables[WINTERS], self.winters, central)

    @property
    def told(self) -> dict[str, str]:
        """What a manifest says of the draws."""
        return {name: self.spread.attrs[name] for name in _TOLD if self.spread.attrs.get(name)}

    def told_in(self, outcome: Outcome) -> Outcome:
        """The central run with a manifest that tells of the draws."""
        return replace(outcome, manifest={**outcome.manifest, "ensemble": self.told})
