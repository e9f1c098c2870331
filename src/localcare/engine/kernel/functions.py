"""The mathematical functions as functions of the module: written once, called where needed."""

from __future__ import annotations

import math
from collections.abc import Callable

from localcare.engine.kernel import angles, hyperbolic, maths
from localcare.engine.kernel.arithmetic import Arithmetic

__all__ = ["FUNCTIONS_OF_REALS", "call"]


def remainder(code: Arithmetic, a: str, b: str) -> str:
    """What is left of a after taking out b as often as it goes in whole, with the sign of a.

    Exact: b is doubled until it no longer fits, then halved back, each subtraction being of
    numbers within a factor of two.
    """
    number, compare, choose = code.number, code.compare, code.choose
    size, unit = code.absolute(a), code.absolute(b)
    usable = code.both(compare("olt", size, number(math.inf)), compare("ogt", unit, number(0.0)))
    left, unit = choose(usable, size, number(0.0)), choose(usable, unit, number(1.0))
    real = code.lanes.real
    with code.repeat([(real, unit)]) as growing:
        (taken,) = growing.carried
        double = code.add(taken, taken)
        fits = compare("ole", double, left)
        growing.next_values = (choose(fits, double, taken),)
        growing.again = code.any_of(fits)
    (taken,) = growing.next_values
    with code.repeat([(real, left), (real, taken)]) as shrinking:
        rest, taken = shrinking.carried
        rest = choose(compare("oge", rest, taken), code.subtract(rest, taken), rest)
        more = compare("ogt", taken, unit)
        half = code.multiply(taken, number(0.5))
        shrinking.next_values = (rest, choose(more, half, taken))
        shrinking.again = code.any_of(more)
    value = code.copy_sign(shrinking.next_values[0], a)
    return choose(usable, value, number(math.nan))


FUNCTIONS_OF_REALS: dict[str, Callable[..., str]] = {
    "exponential": maths.exponential,
    "logarithm": maths.logarithm,
    "power": maths.power,
    "sine": angles.sine,
    "cosine": angles.cosine,
    "tangent": angles.tangent,
    "arcsine": angles.arcsine,
    "arccosine": angles.arccosine,
    "arctangent": angles.arctangent,
    "hyperbolic_sine": hyperbolic.hyperbolic_sine,
    "hyperbolic_cosine": hyperbolic.hyperbolic_cosine,
    "hyperbolic_tangent": hyperbolic.hyperbolic_tangent,
    "remainder": remainder,
}


def call(code: Arithmetic, name: str, *arguments: str) -> str:
    """The value of a function of reals."""
    kind = code.lanes.real
    symbol = f"{name}_{code.lanes.count}"
    if symbol not in code.module.functions:
        body = Arithmetic(code.module, code.lanes)
        parameters = [f"%x{k}" for k in range(len(arguments))]
        value = FUNCTIONS_OF_REALS[name](body, *parameters)
        listed = ", ".join(f"{kind} {parameter}" for parameter in parameters)
        body.define(
            f"internal {kind} @{symbol}({listed})", f"{kind} {value}", attributes="noinline #0"
        )
    listed = ", ".join(f"{kind} {argument}" for argument in arguments)
    return code.pure(f"call {kind} @{symbol}({listed})", *arguments)
