"""Other people's engines: PySD and Simlin, each on its own copy of the exported model."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from localcare.bench.contender import Contender, Unavailable
from localcare.bench.subjects import Case, Values
from localcare.model.export import self_contained

__all__ = ["pysd", "simlin"]

#: They compute powers in ways of their own.
ALLOWED = 1e-9
#: Simlin adds the step to its time, step by step, and so is 1.5e-10 of a year late after twelve
#: years; a model whose seasons turn within weeks differs by some 2e-9 when it starts that late.
ALLOWED_LATE = 1e-8
#: Simlin is given so many tries to compile a model: about half of them fail on the shipped one.
OPENINGS = 20
#: PySD runs so many steps, of which the first, with the start of a run, is not counted.
STEPS = 11


def simlin(case: Case, folder: Path, rounds: int) -> Contender:
    """Simlin's virtual machine, without the loop analysis that it adds when asked."""
    try:
        import simlin as package
    except ImportError as error:
        raise Unavailable("pysimlin is not installed", "pip install 'localcare[bench]'") from error
    path = folder / f"{case.name}_for_simlin.mdl"
    path.write_text(self_contained(case.path, products=False), encoding="utf-8")
    simulation = _compiled_by_simlin(package, path, case.name)

    def timed() -> None:
        simulation.reset()
        try:
            simulation.run_to_end()
        except package.SimlinRuntimeError as error:
            raise Unavailable(f"it cannot run {case.name} ({error})", "a newer pysimlin") from error

    def values(_: object) -> Values:
        found: Values = {}
        for name in case.saves:
            array = np.empty((case.schedule.intervals + 1, *case.spec.shape(name)))
            for place, written in _elements(case, name):
                subscripts = ",".join("_".join(word.lower().split()) for word in written)
                key = "_".join(case.spec.by_identifier[name].name.lower().split())
                series = simulation.get_series(f"{key}[{subscripts}]" if written else key)
                array[_at(place)] = series
            found[name] = array
        return found

    note = "computes and keeps every variable"
    return Contender("Simlin", 1, timed, values, ALLOWED_LATE, rounds=rounds, note=note)


def _compiled_by_simlin(package: Any, path: Path, name: str) -> Any:
    """A simulation of Simlin's that is ready to run.

    Simlin (0.8) compiles one and the same file at one opening and refuses it at the next, where a
    variable is written over two subranges: what it holds in a hash map comes in another order each
    time. So the file is opened again until it compiles.
    """
    refusal: Exception | None = None
    for _ in range(OPENINGS):
        simulation = package.open(path).simulate(enable_ltm=False)
        try:
            simulation.reset()
        except package.SimlinRuntimeError as error:
            refusal = error
        else:
            return simulation
    reason = f"it refused {name} at each of {OPENINGS} openings ({refusal})"
    raise Unavailable(reason, "a newer pysimlin") from refusal


def pysd(case: Case, folder: Path, rounds: int) -> Contender:
    """PySD's runtime for a few steps, from which a whole run follows."""
    import pysd as package

    # PySD writes Python beside what it reads and executes it: a copy of a model of ours.
    path = folder / f"{case.name}_for_pysd.mdl"
    path.write_text(self_contained(case.path), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = package.read_vensim(str(path))
    columns = [case.spec.by_identifier[name].name for name in case.saves]
    step = case.schedule.step

    def steps(count: int) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.run(
                final_time=case.schedule.initial + count * step,
                saveper=step,
                return_columns=columns,
                flatten_output=True,
            )

    def values(table: Any) -> Values:
        every = case.schedule.per_interval
        found: Values = {}
        for name in case.saves:
            own = case.spec.by_identifier[name].name
            rows = len(table) // every + bool(len(table) % every)
            array = np.empty((rows, *case.spec.shape(name)))
            for place, written in _elements(case, name):
                column = f"{own}[{','.join(written)}]" if written else own
                array[_at(place)] = table[column].to_numpy(dtype=float)[::every]
            found[name] = array
        return found

    counted = STEPS - 1
    return Contender(
        name="PySD",
        members=1,
        run=lambda: steps(STEPS),
        idle=lambda: steps(1),
        values=values,
        allowed=ALLOWED,
        share=counted / case.schedule.steps,
        rounds=rounds,
        note=f"{counted} of {case.schedule.steps:,} steps, extrapolated",
    )


def _elements(case: Case, name: str) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Positions and names of every element of a variable."""
    dimensions = case.spec.by_identifier[name].dimensions
    elements = [case.spec.by_dimension[each].elements for each in dimensions]
    return [
        (place, tuple(each[at] for each, at in zip(elements, place, strict=True)))
        for place in itertools.product(*(range(len(each)) for each in elements))
    ]


def _at(place: tuple[int, ...]) -> tuple[slice | int, ...]:
    """The index of all times of one element."""
    return (slice(None), *place)
