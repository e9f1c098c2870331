"""Which values have to be looked at to find one that is not finite, and which show it elsewhere.

In: the equations of a stage. Out: the targets of those whose values need no look of their own. A
number that is not finite stays so through sums, differences, products and dividends; so where all
elements of a variable go into another by these alone, and that other is looked at, or goes into a
stock, so has been the first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from localcare.engine.kernel.names import MIDDLE, STEP, TIME, flow_of
from localcare.engine.kernel.terms import Call, Equation, Fold, Literal, Load, Place, Term
from localcare.engine.semantics import SMALL

__all__ = ["follows_finite", "shown_elsewhere"]

#: What is not finite whenever one of its arguments is not; of a quotient the dividend alone.
CARRYING = {"add", "subtract", "multiply", "negate", "absolute", "square_root"}
DIVIDING = {"divide", "divide_by"}
#: What is finite where its arguments are, unless it passes what a double can hold.
BOUNDED = {
    "add", "subtract", "multiply", "negate", "minimum", "maximum", "absolute", "if", "equal",
    "not_equal", "less", "less_equal", "greater", "greater_equal", "and", "or", "not",
}  # fmt: skip


def follows_finite(term: Term) -> bool:
    """Whether a value is finite where the variables are that it follows from, short of 1e308. A
    run in which a variable is not finite stops, so nothing need be right that follows from it."""
    if isinstance(term, Literal):
        return math.isfinite(term.value)
    if isinstance(term, Load):
        name = term.place.variable
        return name in (TIME, MIDDLE, STEP) or not name.startswith("(")
    if not isinstance(term, Call):
        return False
    arguments = _undivided(term) or term.arguments
    return term.function in BOUNDED and all(follows_finite(each) for each in arguments)


def _undivided(term: Call) -> tuple[Term, ...]:
    """What follows `if |b| < tiny then c else a / b` from: c, a and b, as the division is done for
    larger b alone; nothing for any other term."""
    if term.function != "if":
        return ()
    condition, instead, quotient = term.arguments
    if not isinstance(quotient, Call) or quotient.function not in DIVIDING:
        return ()
    above, below = quotient.arguments[:2]
    guard = Call("less", (Call("absolute", (below,)), Literal(SMALL)))
    return (instead, above, below) if condition == guard else ()


def shown_elsewhere(
    equations: Sequence[Equation], stocks: Collection[str], length_of: Callable[[str], int]
) -> frozenset[Place]:
    """The targets that need no look. `stocks` are those that show what flows into them at every
    stage, and `length_of` says how many elements a variable or a place of the kernel's own has."""
    computed = {equation.target.variable for equation in equations}
    users: dict[str, list[tuple[Equation, Place, dict[int, int]]]] = defaultdict(list)
    for equation in equations:
        rounds = dict(enumerate(equation.lengths))
        for place, inner in _carried(equation.term, rounds):
            if place.variable in computed:
                users[place.variable].append((equation, place, inner))
    shows: dict[Place, bool] = {}
    flows = {flow_of(name) for name in stocks}

    def shown(equation: Equation) -> bool:
        """Whether what is not finite in an equation's values is found: it is looked at, which
        places of the kernel's own are not, or goes where it is."""
        name = equation.target.variable
        return name in flows or not name.startswith("(") or elsewhere(equation)

    def elsewhere(equation: Equation) -> bool:
        target = equation.target
        if target not in shows:
            own = users[target.variable]
            missing = _elements(
                target, dict(enumerate(equation.lengths)), length_of(target.variable)
            )
            for user, place, rounds in own:
                if missing.any() and shown(user):
                    missing &= ~_elements(place, rounds, missing.size)
            shows[target] = not missing.any()
        return shows[target]

    return frozenset(each.target for each in equations if elsewhere(each))


def _carried(term: Term, rounds: Mapping[int, int]) -> Iterator[tuple[Place, dict[int, int]]]:
    """The places that make a term's value not finite if they are not, and the loops around."""
    if isinstance(term, Load):
        yield term.place, dict(rounds)
    elif isinstance(term, Call) and term.function in CARRYING:
        for argument in term.arguments:
            yield from _carried(argument, rounds)
    elif isinstance(term, Call) and term.function in DIVIDING:
        yield from _carried(term.arguments[0], rounds)
    elif isinstance(term, Fold) and term.operation in ("sum", "product"):
        yield from _carried(term.body, {**rounds, **dict(term.loops)})


def _elements(place: Place, rounds: Mapping[int, int], length: int) -> NDArray[np.bool_]:
    """Which elements of a variable a place meets, (length,)."""
    reached = np.array([place.first])
    offsets = {loop: np.arange(rounds[loop]) * stride for loop, stride in place.strides}
    for loop, table in place.tables:
        offsets[loop] = offsets.get(loop, 0) + np.array(table)
    for own in offsets.values():
        reached = np.add.outer(reached, own).ravel()
    met = np.zeros(length, dtype=np.bool_)
    met[reached] = True
    return met
