"""RANDOM functions: what Vensim draws afresh in each step, from numbers even over 0 to 1.

Each call reads a hidden series of its own that the run draws (`Variable.drawn`) and turns its
numbers into the distribution asked for by the inverse of the distribution's cumulative function.
Where a distribution is cut at a minimum and a maximum, so is that function: no number is drawn
again, and each lies between the two. The numbers wanted are expressions of the model like any
other and may change over time. A minimum above the maximum gives no number, and stops the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcare.model.beforehand import Beforehand
from localcare.model.expression import Apply, Expression, Number, Reference
from localcare.model.normal_law import cumulative, quantile
from localcare.model.refusal import Refusal

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["RANDOMS"]

#: The smallest number of which a logarithm is taken.
LEAST = 1e-300


def _zero_to_one(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM 0 1()."""
    _count("RANDOM 0 1", arguments, 0)
    return translator.workshop.drawn(translator, "none", ())


def _uniform(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM UNIFORM(minimum, maximum, seed)."""
    drawn, (least, most) = _read("RANDOM UNIFORM", translator, arguments, 3)
    inside = _do("multiply", _do("subtract", most, least), drawn)
    return _do("multiply", _do("add", least, inside), _possible(_do("less", most, least)))


def _normal(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM NORMAL(minimum, maximum, mean, standard deviation, seed). Where both ends lie above
    the mean the other tail is read, in which small shares keep their digits."""
    drawn, (least, most, mean, deviation) = _read("RANDOM NORMAL", translator, arguments, 5)

    def kept(value: Expression) -> Reference:
        return translator.workshop.kept(translator, "normal", value)

    low = kept(_do("zidz", _do("subtract", least, mean), deviation))
    high = kept(_do("zidz", _do("subtract", most, mean), deviation))
    above = kept(_do("greater", low, Number(0.0)))
    below_low = cumulative(kept(_do("if", above, _do("negate", high), low)), kept)
    below_high = cumulative(kept(_do("if", above, _do("negate", low), high)), kept)
    width = _do("subtract", below_high, below_low)
    share = kept(_do("add", below_low, _do("multiply", width, drawn)))
    side = _do("if", above, Number(-1.0), Number(1.0))
    score = kept(_do("multiply", side, quantile(share, kept)))
    value = _do("add", mean, _do("multiply", score, deviation))
    bad = _do("or", _do("less", most, least), _do("less", deviation, Number(0.0)))
    return _do("multiply", _cut(value, least, most), _possible(bad))


def _exponential(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM EXPONENTIAL(minimum, maximum, shift, stretch, seed): the shift and so many times the
    stretch as an exponential distribution of mean 1 gives."""
    drawn, (least, most, shift, stretch) = _read("RANDOM EXPONENTIAL", translator, arguments, 5)

    def kept(value: Expression) -> Reference:
        return translator.workshop.kept(translator, "exponential", value)

    reach = _do("zidz", _do("subtract", least, shift), stretch)
    low = kept(_do("maximum", reach, Number(0.0)))
    high = _do("zidz", _do("subtract", most, shift), stretch)
    width = _do("maximum", _do("subtract", high, low), Number(0.0))
    share = kept(_do("subtract", Number(1.0), _do("exponential", _do("negate", width))))
    left = _do("subtract", Number(1.0), _do("multiply", share, drawn))
    score = kept(_do("subtract", low, _do("logarithm", _do("maximum", left, Number(LEAST)))))
    value = _do("add", shift, _do("multiply", score, stretch))
    bad = _do("or", _do("less", most, least), _do("less", stretch, Number(0.0)))
    bad = _do("or", bad, _do("less", most, shift))
    return _do("multiply", _cut(value, least, most), _possible(bad))


RANDOMS: Mapping[str, Callable[[Translator, Sequence[Any]], Expression]] = {
    "random 0 1": _zero_to_one,
    "random uniform": _uniform,
    "random normal": _normal,
    "random exponential": _exponential,
}


def _read(
    name: str, translator: Translator, arguments: Sequence[Any], count: int
) -> tuple[Reference, list[Expression]]:
    """The draws of a call, whose last argument is its seed, and its other arguments."""
    _count(name, arguments, count)
    known = Beforehand(translator.symbols)
    try:
        stream = known.value(arguments[-1])
    except Refusal as refusal:
        raise Refusal(f"the seed of {name}: {refusal.why}", refusal.cure) from None
    drawn = translator.workshop.drawn(translator, f"{stream:.17g}", known.read)
    return drawn, [translator.expression(each) for each in arguments[:-1]]


def _cut(value: Expression, least: Expression, most: Expression) -> Expression:
    """What rounding took past an end, put back on it."""
    return _do("minimum", _do("maximum", value, least), most)


def _possible(bad: Expression) -> Expression:
    """1, or no number where the distribution asked for is none."""
    return _do("square_root", _do("if", bad, Number(-1.0), Number(1.0)))


def _do(function: str, *arguments: Expression) -> Expression:
    return Apply(function, arguments)


def _count(name: str, arguments: Sequence[Any], wanted: int) -> None:
    if len(arguments) != wanted:
        raise Refusal(
            f"{name} takes {wanted} arguments, not {len(arguments)}.",
            "Is a comma missing or one too many?",
        )
