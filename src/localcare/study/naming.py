"""Who the members of a run are: how many, by which names, and whether labels agree.

In: what a modeller gives as `members`, `overrides` and `series`. Out: a count and names, None for
what is not said. Arrays whose members are labelled must have the labels of the names and of each
other, in the same order, since members are matched by their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.problems import BadInput, Problem
from localcare.study.values import MEMBER

__all__ = ["by_name", "members_of"]


def by_name(given: Mapping[str, Any] | None, key: str) -> Mapping[str, Any]:
    """Values by name, none for None. Raises BadInput for what is no mapping."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        why = f"is no mapping from names to values: {str(given)[:60]}."
        raise BadInput(Problem(why, "Give {name: value}.", key=key))
    return given


def members_of(
    members: int | Sequence[str] | None, *given: Mapping[str, Any]
) -> tuple[int | None, NDArray[Any] | None]:
    """The number of members, if it is said, and their names, if they have any. Raises BadInput for
    a number that is not whole, names that are not distinct, and labels that contradict them.
    """
    names: list[Any] | None = None
    if isinstance(members, bool | float | str | bytes | np.bool_):
        why = f"{members!r} is neither a number of members nor a list of their names."
        raise BadInput(Problem(why, 'Give 3, say, or ["low", "high"].', key="members"))
    if members is not None and not isinstance(members, int | np.integer):
        names = list(members)
        odd = [each for each in names if not isinstance(each, str | int | np.integer)]
        if odd:
            why = f"{str(odd[0])[:60]} is no name of a member."
            raise BadInput(Problem(why, "Name each by a text.", key="members"))
        twice = {str(each) for each in names if names.count(each) > 1}
        if twice:
            why = f"{min(twice)} names two members."
            raise BadInput(Problem(why, "Give each a name of its own.", key="members"))
    _check_labels(names, given)
    if names is None:
        return (int(members) if isinstance(members, int | np.integer) else None), None
    return len(names), np.array(names)


def _check_labels(names: list[Any] | None, given: Sequence[Mapping[str, Any]]) -> None:
    """Refuse labelled members that are not those of the names, or of the first labelled array."""
    known, whose = names, "members"
    problems = []
    for mapping in given:
        for name, value in mapping.items():
            if MEMBER not in getattr(value, "dims", ()) or MEMBER not in value.coords:
                continue
            labels = value[MEMBER].to_numpy().tolist()
            if known is None:
                known, whose = labels, str(name)
            elif labels != known and len(labels) == len(known):
                why = (
                    f"its members are labelled {_few(labels)}; those of {whose} are {_few(known)}."
                )
                cure = "Put them in the same order, or drop the labels."
                problems.append(Problem(why, cure, key=str(name)))
    if problems:
        raise BadInput(problems)


def _few(labels: Sequence[Any]) -> str:
    return ", ".join(map(str, labels[:5])) + (", ..." if len(labels) > 5 else "")
