"""The normal distribution, written as expressions of a model: its share below, and the inverse.

`cumulative` follows G. West, "Better approximations to cumulative normal functions", Wilmott
Magazine 2005 (after Hart's algorithm 5666): 15 digits of the smaller tail. `quantile` is Wichura's
algorithm AS241 (Applied Statistics 37, 1988), 16 digits. Both take and give dimensionless numbers,
and a function `kept` that makes a value a hidden variable, so that it is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from localcare.model.expression import Apply, Expression, Number

__all__ = ["cumulative", "quantile"]

Keep = Callable[[Expression], Expression]
#: Coefficients, that of the highest power first.
TAIL_ABOVE = (
    3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383,
    112.079291497871, 221.213596169931, 220.206867912376,
)  # fmt: skip
TAIL_BELOW = (
    8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461,
    296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
)  # fmt: skip
MIDDLE_ABOVE = (
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
    13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665,
)  # fmt: skip
MIDDLE_BELOW = (
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
    5394.196021424751, 687.1870074920579, 42.31333070160091, 1.0,
)  # fmt: skip
NEAR_ABOVE = (
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
)  # fmt: skip
NEAR_BELOW = (
    1.0507500716444169e-09, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1.0,
)  # fmt: skip
FAR_ABOVE = (
    2.0103343992922881e-07, 2.7115555687434876e-05, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
)  # fmt: skip
FAR_BELOW = (
    2.0442631033899397e-15, 1.421511758316446e-07, 1.8463183175100548e-05, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1.0,
)  # fmt: skip
#: Where West's fraction takes over, and beyond which a tail is nothing.
FAR, BEYOND = 7.07106781186547, 37.5
ROOT_OF_TWO_PI = 2.506628274631
#: The smallest share of which a logarithm is taken.
LEAST = 1e-300


def cumulative(score: Expression, kept: Keep) -> Expression:
    """The share of a standard normal distribution that lies below a score."""
    size = kept(_do("minimum", _do("absolute", score), BEYOND))
    height = _do("exponential", _do("multiply", -0.5, _do("multiply", size, size)))
    fraction = _do("add", size, 0.65)
    for number in (4.0, 3.0, 2.0, 1.0):
        fraction = _do("add", size, _do("divide", number, fraction))
    far = _do("divide", 1.0, _do("multiply", fraction, ROOT_OF_TWO_PI))
    near = _ratio(TAIL_ABOVE, TAIL_BELOW, size)
    tail = kept(_do("multiply", height, _do("if", _do("less", size, FAR), near, far)))
    return kept(_do("if", _do("greater", score, 0.0), _do("subtract", 1.0, tail), tail))


def quantile(share: Expression, kept: Keep) -> Expression:
    """The score below which a share of a standard normal distribution lies."""
    off = kept(_do("subtract", share, 0.5))
    inside = kept(_do("maximum", _do("subtract", 0.180625, _do("multiply", off, off)), 0.0))
    middle = _do("multiply", off, _ratio(MIDDLE_ABOVE, MIDDLE_BELOW, inside))
    tail = _do("maximum", _do("minimum", share, _do("subtract", 1.0, share)), LEAST)
    root = kept(_do("square_root", _do("negate", _do("logarithm", tail))))
    near = _ratio(NEAR_ABOVE, NEAR_BELOW, kept(_do("subtract", root, 1.6)))
    far = _ratio(FAR_ABOVE, FAR_BELOW, kept(_do("subtract", root, 5.0)))
    size = _do("if", _do("greater", root, 5.0), far, near)
    outside = _do("if", _do("less", off, 0.0), _do("negate", size), size)
    return _do("if", _do("greater", _do("absolute", off), 0.425), outside, middle)


def _ratio(above: Sequence[float], below: Sequence[float], x: Expression) -> Expression:
    return _do("divide", _polynomial(above, x), _polynomial(below, x))


def _polynomial(coefficients: Sequence[float], x: Expression) -> Expression:
    total: Expression = Number(coefficients[0])
    for coefficient in coefficients[1:]:
        total = _do("add", _do("multiply", total, x), coefficient)
    return total


def _do(function: str, *arguments: Expression | float) -> Expression:
    return Apply(function, tuple(Number(a) if isinstance(a, float | int) else a for a in arguments))
