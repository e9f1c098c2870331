"""An ensemble of scenarios: which futures, what varies between them, and what to keep.

In: a project, scenarios, how many draws of what. Out: the `Plan` of the ensemble and the futures it
is made of. `Vary` says what bands cover: the model's uncertain numbers, its noise, or both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcare.engine import Engine, Method
from localcare.engine.diffusion import noisy
from localcare.problems import BadInput, Problem
from localcare.scenario import Scenario
from localcare.study.ensemble import Derived, Plan, plan
from localcare.study.futures import Futures, futures
from localcare.study.manifest import file_hash
from localcare.study.project import Project
from localcare.study.retention import History
from localcare.study.summaries import Paired

__all__ = ["WINTERS", "Vary", "plan_scenarios", "what_varies"]

#: As many winters by chance alone tell what a bad one does, to an eighth of the spread of winters.
WINTERS = 256


@dataclass(frozen=True, slots=True)
class Vary:
    """`draws` futures of a `seed`, that differ in the model's uncertain numbers, in its noise, or
    in both."""

    draws: int
    seed: int
    parameters: bool
    noise: bool

    @property
    def covers(self) -> str:
        """What bands over the draws cover, in words."""
        if self.parameters and self.noise:
            return "parameters and noise"
        return "parameters" if self.parameters else "noise"


def what_varies(
    project: Project, draws: int, seed: int, *, parameters: bool = True, noise: bool | None = None
) -> Vary:
    """What varies between draws; `noise` None is the model's noise, if it has any.

    Raises BadInput where nothing would vary, or noise is asked of a model that has none.
    """
    has = noisy(project.spec)
    if noise and not has:
        why = "no stock of the model has noise."
        raise BadInput(Problem(why, "Leave --noise out.", file=project.path, key="--noise"))
    wanted = has if noise is None else noise
    if not parameters and not wanted:
        why = "with neither parameters nor noise every draw would be the same."
        raise BadInput(Problem(why, "Vary one of them.", key="--no-parameters"))
    return Vary(draws, seed, parameters, wanted)


def plan_scenarios(
    project: Project,
    scenarios: Sequence[Scenario],
    vary: Vary,
    derived: Sequence[Derived],
    *,
    paired: Paired | None = None,
    history: History | None = None,
    engine: Engine = "kernel",
    method: Method = "rk4",
    step: float | None = None,
    settings: Sequence[str] = (),
) -> tuple[Plan, Futures]:
    """The ensemble of these scenarios, whose first is the baseline. Raises what `futures` and
    `plan` raise."""
    found = futures(project, scenarios, vary.draws, vary.seed, vary=vary.parameters)
    read = (*found.files, *(() if history is None else history.files))
    told = {
        "draws": found.draws,
        "draw_seed": found.seed,
        "covers": vary.covers,
        "settings": list(settings),
        "scenarios": {each.name: {"title": each.title, "hash": each.hash} for each in scenarios},
    }
    planned = plan(
        project,
        found.given(),
        derived=derived,
        engine=engine,
        method=method,
        step=step,
        seed=found.seed if vary.noise else None,
        hashes={each.name: file_hash(each) for each in read},
        told=told,
        paired=paired,
        history=history,
    )
    return planned, found
