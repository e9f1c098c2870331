"""The draws that `localcare compare --draws` runs beside its scenarios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from localcare.measures.limits import Limit
from localcare.present.banded import Banded
from localcare.present.files import ENSEMBLE
from localcare.scenario import Scenario
from localcare.study.chances import Vary
from localcare.study.comparison import Outcome
from localcare.study.ensemble import refuse_full_disk
from localcare.study.project import Project
from localcare.study.retention import read_history
from localcare.study.work import working
from localcare.verbs.ensemble import Draws, carry_out_draws, plan_draws
from localcare.verbs.running import Options

__all__ = ["drawn_beside"]


def drawn_beside(
    project: Project,
    scenarios: Sequence[Scenario],
    outcome: Outcome,
    out: Path,
    *,
    draws: Draws,
    vary: Vary,
    options: Options,
    targets: Sequence[Limit],
    fill: Callable[[Path, Banded], None],
) -> Banded:
    """Run the scenarios of an `outcome` under every draw into a folder beside `out`, have `fill`
    put the comparison beside them, and move it into place. Raises what `working` raises."""
    history = read_history(project) if draws.history else None
    asked = plan_draws(project, scenarios, vary, options, outcome, history=history)
    refuse_full_disk(out, asked.plan)
    with working(out, asked.plan.words(), within=ENSEMBLE) as place:
        banded = carry_out_draws(
            asked, place / ENSEMBLE, outcome, workers=draws.workers, targets=targets,
            quiet=options.quiet,
        )  # fmt: skip
        fill(place, banded)
    return banded
