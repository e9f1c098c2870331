"""What more members and more places cost.

`by_members` runs the kernel with 1 to 1,024 members; `by_size` with copies of the shipped model
that have 4 and 16 times its places. Both return rows whose ratio is the cost a member (and, for
sizes, an equation) over that of the first.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

from localcare.bench import ours
from localcare.bench.contender import Contender, Unavailable
from localcare.bench.report import Row, spread
from localcare.bench.subjects import Case, shipped
from localcare.bench.timing import Times, take_times
from localcare.engine.kernel import MANY

__all__ = ["by_members", "by_size", "with_more_places"]

MEMBERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
PLACES = (1, 4, 16)
#: From so many on, what is the same for all members is kept once, as in any large ensemble.
MEMBERS_OF_A_SIZE = MANY
ROUNDS = 5
#: Tables that hold amounts rather than rates: what a place has of them is shared among its copies.
_AMOUNTS = ("initial_population", "net_migration", "staff_by_place")


def by_members(case: Case, tell: Callable[[str], None]) -> list[Row]:
    """The kernel on one thread with more and more members."""
    try:
        contenders = [ours.kernel(case, members) for members in MEMBERS]
    except Unavailable:
        return []
    found = take_times(contenders, ROUNDS, lambda text: tell(f"members: {text}"), shortest=0.05)
    return [_row(case, *each, found[0], 1.0) for each in zip(contenders, found, strict=True)]


def by_size(case: Case, folder: Path, tell: Callable[[str], None]) -> list[Row]:
    """The kernel on one thread with more and more places."""
    cases = [case]
    for times in PLACES[1:]:
        tell(f"writing a model of {times} times the places")
        path = with_more_places(case.path, times, folder / f"places_{times}")
        cases.append(shipped(path, f"{case.name}, {times} times the places"))
    try:
        contenders = [ours.kernel(each, MEMBERS_OF_A_SIZE) for each in cases]
    except Unavailable:
        return []
    found = take_times(contenders, ROUNDS, lambda text: tell(f"sizes: {text}"))
    sizes = [each.subject().stocks + each.subject().auxiliaries for each in cases]
    return [
        _row(each, contender, times, found[0], size / sizes[0])
        for each, contender, times, size in zip(cases, contenders, found, sizes, strict=True)
    ]


def _row(
    case: Case, contender: Contender, times: list[Times], first: list[Times], size: float
) -> Row:
    subject = case.subject()
    return Row(
        subject=case.name,
        contender=contender.name,
        members=contender.members,
        threads=contender.threads,
        processor=spread(each.processor for each in times),
        clock=spread(each.clock for each in times),
        ratio=spread(a.processor / b.processor / size for a, b in zip(times, first, strict=True)),
        agreement=None,
        note=f"{subject.stocks + subject.auxiliaries:,} numbers a step",
    )


def with_more_places(model: Path, times: int, folder: Path) -> Path:
    """A copy of the shipped model in `folder` in which every place is there so many times, with
    as many people and staff in all as before."""
    folder.mkdir()
    tables = folder / model.stem
    tables.mkdir()
    places = _first_column(model.with_suffix("") / "place.csv")
    for table in sorted(model.with_suffix("").glob("*.csv")):
        text = table.read_text(encoding="utf-8-sig")
        shared = times if table.stem.startswith(_AMOUNTS) else 1
        (tables / table.name).write_text(_repeated(text, places, times, shared), encoding="utf-8")
    return Path(shutil.copy(model, folder / model.name))


def _first_column(table: Path) -> set[str]:
    with table.open(encoding="utf-8-sig", newline="") as lines:
        return {row[0] for row in list(csv.reader(lines))[1:] if row}


def _repeated(text: str, places: set[str], times: int, shared: int) -> str:
    """A table with each row of a place so many times, numbers divided among the copies."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for copy in range(times):
        for number, row in enumerate(rows):
            if row and row[0] in places and number > 0:
                cells = [repr(float(cell) / shared) if cell else cell for cell in row[1:]]
                writer.writerow([row[0] if copy == 0 else f"{row[0]} {copy + 1}", *cells])
            elif copy == 0:
                writer.writerow(row)
    return out.getvalue()
