"""The whole benchmark: who runs what, and what the kernel is held to.

`run_bench` sets up contenders, holds their results to the reference engine's, times them in
rounds, and adds what members, model size, compiling and whole commands cost.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from localcare.bench import ours
from localcare.bench.compiled_c import plain_c
from localcare.bench.contender import Contender, Unavailable
from localcare.bench.ensembles import ensembles
from localcare.bench.machine import describe_machine
from localcare.bench.others import pysd, simlin
from localcare.bench.report import Agreement, Missing, Report, Row, Spread, Target, spread
from localcare.bench.scaling import by_members, by_size
from localcare.bench.starting import starts
from localcare.bench.subjects import Case, shipped, small
from localcare.bench.timing import Times, agreement, best_against_best, take_times
from localcare.engine.run import saved_identifiers
from localcare.paths import MODEL, models_folder

__all__ = ["run_bench", "run_ensembles"]

Tell = Callable[[str], None]
#: Against whose processor time the others' is put.
MEMBERS = 64
MANY = 512
#: So many members keep all variables of the shipped model in a gigabyte.
ALL_SAVED = 32
ROUNDS, QUICK_ROUNDS, SLOW_ROUNDS = 9, 2, 3
#: How often two threads are put against one.
GROUPS = 5


def run_ensembles(*, draws: int, tell: Tell) -> Report:
    """Measure noise and ensembles of the shipped model alone."""
    case, missing = shipped(), list[Missing]()
    with tempfile.TemporaryDirectory(prefix="localcare-bench-") as name:
        found, targets = ensembles(case, Path(name), missing, tell, draws=draws)
    return Report(
        machine=describe_machine(),
        starts=tuple(found),
        targets=tuple(targets),
        missing=tuple(missing),
    )


def run_bench(*, quick: bool, tell: Tell) -> Report:
    """Measure. `quick` leaves out the shipped model, and takes seconds. Whose results differ from
    the reference engine's by more than is allowed is in `Report.disagreeing`."""
    cases = small() if quick else [shipped(), *small()]
    rows: list[Row] = []
    missing: list[Missing] = []
    targets: list[Target] = []
    with tempfile.TemporaryDirectory(prefix="localcare-bench-") as name:
        folder = Path(name)
        for case in cases:
            contenders = list(_contenders(case, folder, quick, missing, tell))
            contenders, agreements = _compared(case, contenders, missing, tell)
            own, found = _measured(case, contenders, agreements, quick, tell)
            rows += own
            if case is cases[0] and not quick:
                agree = [agreed.reached for agreed in agreements]
                agreeing = list(itertools.compress(contenders, agree))
                targets += _targets(agreeing, list(itertools.compress(found, agree)))
                targets += _threads(agreeing, tell)
        if quick:
            return Report(
                machine=describe_machine(),
                subjects=tuple(case.subject() for case in cases),
                rows=tuple(rows),
                missing=tuple(missing),
            )
        members = by_members(cases[0], tell)
        sizes = by_size(cases[0], folder, tell)
        begun, further = starts(cases[0], folder, missing, tell)
    return Report(
        machine=describe_machine(),
        subjects=tuple(case.subject() for case in cases),
        rows=tuple(rows),
        members=tuple(members),
        sizes=tuple(sizes),
        starts=tuple(begun),
        targets=(*targets, *further),
        missing=tuple(missing),
    )


def _contenders(
    case: Case, folder: Path, quick: bool, missing: list[Missing], tell: Tell
) -> Iterator[Contender]:
    """All that can take part with a model, the one that others are put against first."""
    large = case.path == models_folder() / MODEL
    slow = 1 if quick else SLOW_ROUNDS
    everything = saved_identifiers(case.spec, None)
    set_up: list[tuple[str, Callable[[], Contender]]] = [
        ("kernel", lambda: ours.kernel(case, MEMBERS)),
        ("kernel", lambda: ours.kernel(case, MEMBERS, 2)),
        ("kernel", lambda: ours.kernel(case, MANY)),
        ("kernel", lambda: ours.kernel(case, MANY, 2)),
        ("kernel", lambda: ours.kernel(case, 1)),
        ("plain C", lambda: plain_c(case, 4 if large else 64, folder)),
        ("numpy", lambda: ours.numpy(case, 16 if large else MEMBERS, slow)),
        ("Simlin", lambda: simlin(case, folder, slow if large else ROUNDS)),
        ("PySD", lambda: pysd(case, folder, slow)),
    ]
    if large:
        set_up.insert(1, ("kernel with noise", lambda: ours.noisy(case, MEMBERS)))
        set_up.insert(7, ("plain C", lambda: plain_c(case, 4, folder, one_by_one=True)))
        set_up.insert(6, ("kernel", lambda: ours.kernel(case, ALL_SAVED, saves=everything)))
    for who, make in set_up:
        if any(each.contender == who for each in missing):
            continue
        tell(f"{case.name}: setting up {who}")
        try:
            yield make()
        except Unavailable as error:
            missing.append(Missing(who, error.why, error.cure))


def _compared(
    case: Case, contenders: Sequence[Contender], missing: list[Missing], tell: Tell
) -> tuple[list[Contender], list[Agreement]]:
    """The contenders that can run the model, and how their results agree with the reference's."""
    tell(f"{case.name}: comparing results")
    reference = ours.reference(case)
    able: list[Contender] = []
    agreements: list[Agreement] = []
    for each in contenders:
        try:
            agreements.append(agreement(each, reference))
        except Unavailable as error:
            missing.append(Missing(each.name, error.why, error.cure))
            continue
        able.append(each)
    return able, agreements


def _measured(
    case: Case,
    contenders: Sequence[Contender],
    agreements: Sequence[Agreement],
    quick: bool,
    tell: Tell,
) -> tuple[list[Row], list[list[Times]]]:
    """A row for each contender, and its times."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    shortest = 0.02 if quick else 0.1
    found = take_times(
        contenders, rounds, lambda text: tell(f"{case.name}: {text}"), shortest=shortest
    )
    rows = [
        Row(
            subject=case.name,
            contender=each.name,
            members=each.members,
            threads=each.threads,
            processor=spread(time.processor for time in times),
            clock=spread(time.clock for time in times),
            ratio=_ratio(times, found[0]),
            agreement=agreed,
            note=each.note,
        )
        for each, times, agreed in zip(contenders, found, agreements, strict=True)
    ]
    return rows, found


def _ratio(above: Sequence[Times], below: Sequence[Times]) -> Spread:
    """Processor time over processor time, round by round."""
    return spread(a.processor / b.processor for a, b in zip(above, below, strict=False))


def _targets(contenders: Sequence[Contender], found: Sequence[Sequence[Times]]) -> list[Target]:
    """What the kernel should reach on the shipped model, beside those whose results agree."""

    def times(name: str, members: int | None = None, threads: int = 1) -> Sequence[Times]:
        for each, own in zip(contenders, found, strict=True):
            wanted_members = each.members if members is None else members
            same = each.name == name or each.name.startswith(name + ",")
            if (each.threads, each.members) == (threads, wanted_members) and same:
                return own
        return ()

    ensemble = times("kernel", MEMBERS)
    targets = [
        Target(f"{name} over the kernel, a member and core, {MEMBERS} members", wanted, ratio)
        for name, wanted in (("plain C", 3.0), ("Simlin", 300.0), ("PySD", 50_000.0))
        if ensemble and times(name)
        for ratio in [_ratio(times(name), ensemble)]
    ]
    single = times("kernel, one run")
    if single and times("plain C"):
        targets.append(
            Target("plain C over the kernel, one run", 1.0, _ratio(times("plain C"), single))
        )
    noisy = times("kernel with noise")
    if ensemble and noisy:
        what = f"the kernel with noise over the kernel, {MEMBERS} members"
        targets.append(Target(what, 2.0, _ratio(noisy, ensemble), less=True))
    return targets


def _threads(contenders: Sequence[Contender], tell: Tell) -> list[Target]:
    """What two threads should gain, where both kernels take part."""
    own = [each for each in contenders if (each.name, each.members) == ("kernel", MANY)]
    if [each.threads for each in own] != [1, 2]:
        return []
    one, two = own
    ratio = spread(best_against_best(one, two, GROUPS, tell))
    what = f"two threads against one, on the clock, {MANY} members, best of 4 each"
    return [Target(what, 1.85, ratio)]
