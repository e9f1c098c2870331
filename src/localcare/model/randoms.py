"""RANDOM functions: what Vensim draws afresh in each step, from numbers even over 0 to 1.

Each call reads a hidden series of its own that the run draws (`Variable.drawn`) and turns its
numbers into the distribution asked for by the inverse of the distribution's cumulative function.
Where a distribution is cut at a minimum and a maximum, so is that function: no number is drawn
again, and each lies between the two. The numbers wanted are expressions of the model like any
other and may change over time, but for the shape of a Weibull distribution and all of a law of
whole numbers (`counting_laws`), which are known before the run. A minimum above the maximum gives
no number, and stops the run; RANDOM UNIFORM takes its ends in either order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcare.model.beforehand import Beforehand
from localcare.model.counting_laws import Points, binomial, negative_binomial, poisson
from localcare.model.expression import Apply, Expression, Interpolate, Number, Reference
from localcare.model.normal_law import cumulative, quantile
from localcare.model.refusal import Refusal

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["RANDOMS"]

#: The smallest number of which a logarithm is taken.
LEAST = 1e-300
#: The share of a normal distribution that lies more than six deviations above its mean, where the
#: pink noise that Vensim documents is cut.
BEYOND_SIX = 9.865876450376946e-10


def _zero_to_one(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM 0 1()."""
    _count("RANDOM 0 1", arguments, 0)
    return translator.workshop.drawn(translator, "none")


def _uniform(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM UNIFORM(minimum, maximum, seed)."""
    drawn, (least, most) = _read("RANDOM UNIFORM", translator, arguments, 3)
    return _do("add", least, _do("multiply", _do("subtract", most, least), drawn))


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


def _triangular(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM TRIANGULAR(minimum, maximum, start, peak, end, seed)."""
    drawn, (least, most, start, peak, end) = _read("RANDOM TRIANGULAR", translator, arguments, 6)

    def kept(value: Expression) -> Reference:
        return translator.workshop.kept(translator, "triangular", value)

    width = kept(_do("subtract", end, start))
    rise, fall = _do("subtract", peak, start), _do("subtract", end, peak)
    rising, falling = kept(_do("multiply", width, rise)), kept(_do("multiply", width, fall))

    def below(value: Expression) -> Expression:
        inside = kept(_cut(value, start, end))
        up, down = _do("subtract", inside, start), _do("subtract", end, inside)
        left = _do("zidz", _do("multiply", up, up), rising)
        right = _do("subtract", Number(1.0), _do("zidz", _do("multiply", down, down), falling))
        return kept(_do("if", _do("less", inside, peak), left, right))

    low, high = below(least), below(most)
    share = kept(_do("add", low, _do("multiply", _do("subtract", high, low), drawn)))
    rest = _do("subtract", Number(1.0), share)
    left = _do("add", start, _do("square_root", _do("multiply", share, rising)))
    right = _do("subtract", end, _do("square_root", _do("multiply", rest, falling)))
    early = _do("less", _do("multiply", share, width), rise)
    bad = _do("or", _do("less", most, least), _do("less", peak, start))
    bad = _do("or", bad, _do("or", _do("less", end, peak), _do("less", most, start)))
    bad = _do("or", bad, _do("less", end, least))
    return _do("multiply", _cut(_do("if", early, left, right), least, most), _possible(bad))


def _weibull(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM WEIBULL(minimum, maximum, shape, shift, stretch, seed): the shift and so many times
    the stretch as a Weibull distribution of mean 1 gives."""
    name = "RANDOM WEIBULL"
    drawn, (least, most, _, shift, stretch) = _read(name, translator, arguments, 6)
    (shape,) = _known(name, translator, [("shape", arguments[2])])
    if not 0.01 <= shape <= 1e6:
        raise Refusal(f"the shape of {name} is {shape:g}.", "Give one from 0.01 to 1,000,000.")
    size = math.gamma(1 + 1 / shape)

    def kept(value: Expression) -> Reference:
        return translator.workshop.kept(translator, "weibull", value)

    def steep(end: Expression) -> Expression:
        reach = _do("zidz", _do("subtract", end, shift), stretch)
        reach = _do("multiply", _do("maximum", reach, Number(0.0)), Number(size))
        return kept(_do("power", reach, Number(shape)))

    low = steep(least)
    width = _do("maximum", _do("subtract", steep(most), low), Number(0.0))
    share = kept(_do("subtract", Number(1.0), _do("exponential", _do("negate", width))))
    left = _do("subtract", Number(1.0), _do("multiply", share, drawn))
    score = _do("subtract", low, _do("logarithm", _do("maximum", left, Number(LEAST))))
    score = _do("divide", _do("power", kept(score), Number(1 / shape)), Number(size))
    value = _do("add", shift, _do("multiply", score, stretch))
    bad = _do("or", _do("less", most, least), _do("less", stretch, Number(0.0)))
    bad = _do("or", bad, _do("less", most, shift))
    return _do("multiply", _cut(value, least, most), _possible(bad))


def _counting(
    name: str, law: Callable[..., Points], shaping: Sequence[str]
) -> Callable[[Translator, Sequence[Any]], Expression]:
    """A law of whole numbers: minimum, maximum, what shapes it, shift, stretch, seed. All are
    known beforehand, so that the law is a table that the number drawn is looked up in."""

    def made(translator: Translator, arguments: Sequence[Any]) -> Expression:
        words = ("minimum", "maximum", *shaping, "shift", "stretch")
        drawn, _ = _read(name, translator, arguments, len(words) + 1)
        given = list(zip(words, arguments[:-1], strict=True))
        least, most, *shape, shift, stretch = _known(name, translator, given)
        if not stretch > 0 or most < least:
            why = f"{name} has a stretch of {stretch:g}, and ends at {least:g} and {most:g}."
            raise Refusal(why, "Give a stretch above 0, and the lower end first.")
        slack = 1e-9 * max(1.0, abs(least - shift), abs(most - shift)) / stretch
        ends = (least - shift) / stretch - slack, (most - shift) / stretch + slack
        try:
            xs, ys = law(*shape, *ends)
        except Refusal as refusal:
            raise Refusal(f"{name}: {refusal.why}", refusal.cure) from None
        values = tuple(shift + stretch * number for number in ys)
        if len(values) == 1:
            return Number(values[0])
        return Interpolate(translator.workshop.curve(translator, xs, values), (), drawn, "forward")

    return made


def _pink_noise(translator: Translator, arguments: Sequence[Any]) -> Expression:
    """RANDOM PINK NOISE(mean, standard deviation, correlation time, seed): numbers that hang
    together over time, by Euler's method those of an autoregressive process of order 1."""
    drawn, (mean, deviation, over) = _read("RANDOM PINK NOISE", translator, arguments, 4)
    first, _ = _read("RANDOM PINK NOISE", translator, arguments, 4)

    def kept(value: Expression) -> Reference:
        return translator.workshop.kept(translator, "normal", value)

    def normal(numbers: Expression) -> Expression:
        width = 1 - 2 * BEYOND_SIX
        share = _do("add", Number(BEYOND_SIX), _do("multiply", Number(width), numbers))
        return _do("multiply", deviation, quantile(kept(share), kept))

    step = Reference(translator.symbols.find("time step").identifier)
    part = kept(_do("divide", step, over))
    size = _do("square_root", _do("divide", _do("subtract", Number(2.0), part), part))
    white = _do("add", mean, _do("multiply", normal(drawn), size))
    return translator.workshop.followed(
        translator, kept(white), over, _do("add", mean, normal(first))
    )


RANDOMS: Mapping[str, Callable[[Translator, Sequence[Any]], Expression]] = {
    "random 0 1": _zero_to_one,
    "random uniform": _uniform,
    "random normal": _normal,
    "random exponential": _exponential,
    "random triangular": _triangular,
    "random weibull": _weibull,
    "random poisson": _counting("RANDOM POISSON", poisson, ("mean",)),
    "random binomial": _counting("RANDOM BINOMIAL", binomial, ("chance", "number of trials")),
    "random negative binomial": _counting(
        "RANDOM NEGATIVE BINOMIAL", negative_binomial, ("chance", "number of successes")
    ),
    "random pink noise": _pink_noise,
}


def _read(
    name: str, translator: Translator, arguments: Sequence[Any], count: int
) -> tuple[Reference, list[Expression]]:
    """The draws of a call, whose last argument is its seed, and its other arguments."""
    _count(name, arguments, count)
    (stream,) = _known(name, translator, [("seed", arguments[-1])])
    drawn = translator.workshop.drawn(translator, f"{stream:.17g}")
    return drawn, [translator.expression(each) for each in arguments[:-1]]


def _known(name: str, translator: Translator, given: Sequence[tuple[str, Any]]) -> list[float]:
    """What arguments come to before the run; the constants behind them shape the model."""
    known = Beforehand(translator.symbols)
    found = []
    for word, argument in given:
        try:
            found.append(known.value(argument))
        except Refusal as refusal:
            raise Refusal(f"the {word} of {name}: {refusal.why}", refusal.cure) from None
        if known.moving:
            raise Refusal(
                f"the {word} of {name} changes while the model runs, which is not supported.",
                "Make it a constant.",
            )
    translator.workshop.shaping(known.read)
    return found


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
