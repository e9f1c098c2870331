"""Our own engines as contenders, and the reference that all others have to agree with."""

from __future__ import annotations

from localcare.bench.contender import Contender, Unavailable
from localcare.bench.subjects import Case, Values
from localcare.engine import Batch, run
from localcare.engine.kernel import (
    KernelUnavailable,
    SwingNoise,
    lanes_for,
    prepare,
    simulate,
    varied_by,
)
from localcare.engine.noise import noise_for
from localcare.engine.swings import with_swings

__all__ = ["kernel", "noisy", "numpy", "reference"]

#: Our own engines compute in the same order but for reciprocals and fused sums.
ALLOWED = 1e-12
SEED = 1


def reference(case: Case, seed: int | None = None) -> Values:
    """The points of the first member by the reference engine, with noise where there is a seed."""
    found = run(
        case.spec,
        case.batch(1),
        engine="numpy",
        method="euler",
        save=case.saves,
        points=True,
        seed=seed,
    )
    return _first(found.values)


def kernel(
    case: Case, members: int, threads: int = 1, *, saves: tuple[str, ...] | None = None
) -> Contender:
    """The kernel, its machine code loaded."""
    names = case.saves if saves is None else saves
    batch = case.batch(members)
    try:
        prepared = prepare(case.spec, names, case.schedule, lanes_for(members), varied_by(batch))
    except KernelUnavailable as error:
        raise Unavailable(f"it cannot be had here ({error})", "pip install llvmlite") from error
    what = "kernel" if members > 1 else "kernel, one run"
    results: Values = {}

    def timed() -> Values:
        # As the C does, it writes to memory that the run before has had from the system.
        given = results or None
        found = simulate(
            case.spec, batch, case.schedule, names, kernel=prepared, threads=threads, into=given
        )
        results.update(found)
        return found

    return Contender(
        name=what if saves is None else f"{what}, all saved",
        members=members,
        threads=threads,
        run=timed,
        values=_first,
        allowed=ALLOWED,
    )


def noisy(case: Case, members: int) -> Contender:
    """The kernel with the model's noise, every member its own."""
    batch, times = case.batch(members), case.schedule
    swings = with_swings(case.spec, batch, times)
    noise = noise_for(times.method, SEED, members)
    if noise is None:
        raise ValueError("a seed makes noise")
    moved = SwingNoise(swings, noise)
    results: Values = {}
    try:
        prepared = prepare(
            swings.spec, (*case.saves, *swings.names), times, lanes_for(members), varied_by(batch)
        )
    except KernelUnavailable as error:
        raise Unavailable(f"it cannot be had here ({error})", "pip install llvmlite") from error

    def timed() -> Values:
        found = simulate(
            swings.spec,
            batch,
            times,
            case.saves,
            kernel=prepared,
            threads=1,
            noise=moved,
            into=results or None,
        )
        results.update(found)
        return found

    return Contender(
        name="kernel with noise",
        members=members,
        run=timed,
        values=_first,
        allowed=ALLOWED,
        reference=reference(case, SEED),
    )


def numpy(case: Case, members: int, rounds: int) -> Contender:
    """The reference engine with many members."""
    batch: Batch = case.batch(members)

    def timed() -> Values:
        found = run(case.spec, batch, engine="numpy", method="euler", save=case.saves, points=True)
        return dict(found.values)

    return Contender("numpy", members, timed, _first, ALLOWED, rounds=rounds)


def _first(values: object) -> Values:
    """The first member of arrays with the member last."""
    if not isinstance(values, dict):
        raise TypeError("an engine gives arrays by identifier")
    return {name: array[..., 0] for name, array in values.items()}
