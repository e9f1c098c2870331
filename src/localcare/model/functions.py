"""Vensim's functions by the names of our own.

`CALLS` gives, for each Vensim function whose arguments are plain expressions, the function of
`expression.FUNCTIONS` it becomes. `REDUCTIONS` are those that run over subscripts marked with an
exclamation mark; `MODES` read a lookup in a way of their own. What is in none of these tables and
is not treated by `translate` or `delays` is refused by name.
"""

from __future__ import annotations

__all__ = ["CALLS", "MODES", "OPERATORS", "REDUCTIONS"]

CALLS: dict[str, str] = {
    "abs": "absolute",
    "min": "minimum",
    "max": "maximum",
    "integer": "integer",
    "modulo": "modulo",
    "quantum": "quantum",
    "exp": "exponential",
    "ln": "logarithm",
    "sqrt": "square_root",
    "sin": "sine",
    "cos": "cosine",
    "tan": "tangent",
    "arcsin": "arcsine",
    "arccos": "arccosine",
    "arctan": "arctangent",
    "sinh": "hyperbolic_sine",
    "cosh": "hyperbolic_cosine",
    "tanh": "hyperbolic_tangent",
    "power": "power",
    "if then else": "if",
    "xidz": "xidz",
    "zidz": "zidz",
    "step": "step",
    "ramp": "ramp",
    "pulse": "pulse",
}

REDUCTIONS: dict[str, str] = {
    "sum": "sum",
    "prod": "product",
    "vmin": "minimum",
    "vmax": "maximum",
}

MODES: dict[str, str] = {
    "lookup extrapolate": "extrapolate",
    "lookup forward": "forward",
    "lookup backward": "backward",
}

OPERATORS: dict[str, str] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    ":AND:": "and",
    ":OR:": "or",
}
