"""Which equations are computed together, and in which order.

In: equations in any order, of one phase. Out: groups, each for one nest of loops, in an order in
which everything is computed before it is read. Equations of equal loops are put together where
they can be, so that a value goes from one to the next in a register; at most `MOST_TOGETHER`, for
beyond that registers run out. The work grows with the number of reads, not with its square.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localcare.engine.kernel.terms import Equation, Read

__all__ = ["Group", "plan"]

MOST_TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Group:
    """Equations computed in the same loops, in this order."""

    lengths: tuple[int, ...]
    equations: tuple[Equation, ...]


@dataclass(slots=True)
class _Waiting:
    """What an equation still waits for, and the first group that it may join."""

    missing: int = 0
    earliest: int = 0


def plan(
    equations: Sequence[Equation], abreast: Callable[[Equation], int] = lambda _: 1
) -> list[Group]:
    """The groups that compute all the equations, those of a group with as many rounds `abreast`.
    Raises ValueError if they go in circles."""
    users, waiting = _dependencies(equations)
    kinds = [(equation.lengths, abreast(equation)) for equation in equations]
    ready: dict[tuple[tuple[int, ...], int], deque[int]] = defaultdict(deque)
    for number, kind in enumerate(kinds):
        if not waiting[number].missing:
            ready[kind].append(number)
    groups: list[Group] = []
    planned = 0
    while planned < len(equations):
        chosen_kind = max(ready, key=lambda key: (len(ready[key]), -ready[key][0]), default=None)
        if chosen_kind is None:
            raise ValueError("equations that need each other cannot be put in an order")
        queue = ready.pop(chosen_kind)
        chosen: list[int] = []
        later: list[int] = []
        while queue and len(chosen) < MOST_TOGETHER:
            number = queue.popleft()
            chosen.append(number)
            for user, forwarded in users[number]:
                wait = waiting[user]
                wait.missing -= 1
                wait.earliest = max(wait.earliest, len(groups) + (0 if forwarded else 1))
                if wait.missing:
                    continue
                if wait.earliest == len(groups) and kinds[user] == chosen_kind:
                    queue.appendleft(user)
                else:
                    later.append(user)
        for number in (*queue, *later):
            ready[kinds[number]].append(number)
        groups.append(Group(chosen_kind[0], tuple(equations[number] for number in chosen)))
        planned += len(chosen)
    return groups


def _dependencies(
    equations: Sequence[Equation],
) -> tuple[list[list[tuple[int, bool]]], list[_Waiting]]:
    """For each equation those that read it, with whether they do so element by element in equal
    loops; and how many each waits for."""
    writers: dict[str, list[int]] = defaultdict(list)
    for number, equation in enumerate(equations):
        writers[equation.target.variable].append(number)
    users: list[list[tuple[int, bool]]] = [[] for _ in equations]
    waiting = [_Waiting() for _ in equations]
    for number, equation in enumerate(equations):
        needed: dict[int, bool] = {}
        for read in equation.reads:
            candidates = writers.get(read.place.variable, ())
            for writer in candidates:
                if len(candidates) > 1 and not _overlap(equations[writer], read):
                    continue
                forwarded = (
                    equations[writer].target == read.place
                    and equations[writer].lengths == equation.lengths
                )
                needed[writer] = needed.get(writer, True) and forwarded
        for writer, forwarded in needed.items():
            users[writer].append((number, forwarded))
            waiting[number].missing += 1
    return users, waiting


def _overlap(equation: Equation, read: Read) -> bool:
    if len(equation.box) != len(read.box):
        return True
    return all(own & wanted for own, wanted in zip(equation.box, read.box, strict=True))
