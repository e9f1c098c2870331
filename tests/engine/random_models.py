"""Random models for property tests: every function, kind of index, table and reduction."""

from __future__ import annotations

import math
from collections.abc import Sequence

from building import Building
from hypothesis import strategies as st

from localcare.model.expression import (
    FUNCTIONS,
    Along,
    Apply,
    At,
    Axis,
    Expression,
    Index,
    Interpolate,
    Number,
    Reduce,
    Reference,
    Time,
)
from localcare.model.spec import Component, ModelSpec

DIMENSIONS = {"a": ("a1", "a2", "a3"), "b": ("b1", "b2", "b3", "b4"), "c": ("c1", "c2")}
NUMBERS = [-3.5, -1.0, -1e-7, 0.0, 1e-7, 0.25, 0.5, 1.0, 2.0, 3.0, 7.75, 40.0, 1e6]
CONSTANTS = {"k": (), "ka": ("a",), "kb": ("b",), "kab": ("a", "b"), "kcb": ("c", "b")}
STOCKS = {"s": (), "sa": ("a",), "sab": ("a", "b")}
TABLES = {"plain": (), "shared": ("b",), "own": ("a",)}

numbers = st.sampled_from(NUMBERS)


@st.composite
def indices(draw: st.DrawFn, dimensions: Sequence[str], loops: dict[str, int]) -> tuple[Index, ...]:
    found: list[Index] = []
    for dimension in dimensions:
        length = len(DIMENSIONS[dimension])
        if not loops or draw(st.integers(0, 4)) == 0:
            found.append(At(draw(st.integers(0, length - 1))))
            continue
        axis = draw(st.sampled_from(sorted(loops)))
        natural = tuple(range(loops[axis]))
        if loops[axis] <= length and draw(st.booleans()):
            shift = draw(st.integers(0, length - loops[axis]))
            found.append(Along(axis, tuple(i + shift for i in natural)))
        else:
            positions = [draw(st.integers(0, length - 1)) for _ in natural]
            found.append(Along(axis, tuple(positions)))
    return tuple(found)


@st.composite
def expressions(
    draw: st.DrawFn, known: dict[str, tuple[str, ...]], loops: dict[str, int], depth: int
) -> Expression:
    kind = draw(st.integers(0, 9)) if depth else draw(st.integers(0, 3))
    if kind == 0:
        return Number(draw(numbers))
    if kind == 1 and draw(st.booleans()):
        return Time()
    if kind <= 3:
        name = draw(st.sampled_from(sorted(known)))
        return Reference(name, draw(indices(known[name], loops)))
    if kind <= 7:
        function = draw(st.sampled_from(sorted(FUNCTIONS)))
        return Apply(
            function,
            tuple(draw(expressions(known, loops, depth - 1)) for _ in range(FUNCTIONS[function])),
        )
    if kind == 8:
        table = draw(st.sampled_from(sorted(TABLES)))
        mode = draw(st.sampled_from(["hold", "extrapolate", "forward", "backward"]))
        picked = draw(indices(TABLES[table], loops))
        return Interpolate(table, picked, draw(expressions(known, loops, depth - 1)), mode)
    axes = tuple(
        Axis(f"r{len(loops) + i}", dimension, tuple(range(len(DIMENSIONS[dimension]))))
        for i, dimension in enumerate(
            draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2))
        )
    )
    inner = {**loops, **{axis.name: len(axis.positions) for axis in axes}}
    operation = draw(st.sampled_from(["sum", "product", "minimum", "maximum"]))
    return Reduce(operation, axes, draw(expressions(known, inner, depth - 1)))


@st.composite
def components(
    draw: st.DrawFn, known: dict[str, tuple[str, ...]], dimensions: Sequence[str]
) -> list[Component]:
    """One equation for all elements, or one for each of two parts of the last dimension."""
    axes = [Axis(name, name, tuple(range(len(DIMENSIONS[name])))) for name in dimensions]
    last = [axes]
    if dimensions and draw(st.booleans()):
        name, everything = dimensions[-1], range(len(DIMENSIONS[dimensions[-1]]))
        part = draw(st.sets(st.sampled_from(everything), min_size=1, max_size=len(everything) - 1))
        split = [sorted(part), sorted(set(everything) - part)]
        last = [[*axes[:-1], Axis(name, name, tuple(positions))] for positions in split]
    found = []
    for each in last:
        loops = {axis.name: len(axis.positions) for axis in each}
        found.append(Component(tuple(each), draw(expressions(known, loops, 3))))
    return found


@st.composite
def models(draw: st.DrawFn) -> ModelSpec:
    model = Building(dict(DIMENSIONS))
    known: dict[str, tuple[str, ...]] = {}
    for name, dimensions in CONSTANTS.items():
        size = 1
        for dimension in dimensions:
            size *= len(DIMENSIONS[dimension])
        model.constant(name, [draw(numbers) for _ in range(size)], *dimensions)
        known[name] = dimensions
    model.lookup("plain", [-1, 0, 2], [5, 1, 3])
    model.lookup(
        "shared", [0, 1, 4, 5], [[0, 1, 2, 2], [1, 1, 0, 3], [7, 5, 3, 0], [0, 0, 0, 1]], "b"
    )
    model.lookup("own", [[0, 1, 2], [0, 2, 3], [-1, 0, 40]], [[0, 1, 0], [2, 1, 3], [1, 5, 9]], "a")
    for name, dimensions in STOCKS.items():
        source = {"s": "k", "sa": "ka", "sab": "kab"}[name]
        model.stock(name, 0.0, model.read(source, *dimensions), *dimensions)
        known[name] = dimensions
    for number in range(draw(st.integers(1, 4))):
        dimensions = draw(st.sampled_from([(), ("a",), ("b",), ("a", "b"), ("b", "c", "a")]))
        name = f"x{number}"
        model.parts(name, draw(components(known, dimensions)), *dimensions)
        known[name] = dimensions
    return model.spec()


@st.composite
def sums(draw: st.DrawFn, known: dict[str, tuple[str, ...]], loops: dict[str, int]) -> Expression:
    """Two to four reductions of products, some inside others, added up."""
    found: Expression = Number(1.0)
    for _ in range(draw(st.integers(2, 4))):
        # Few kinds, so that those of several equations run over equal loops.
        inside = draw(st.sampled_from(["a", "ac", "ac", "ca", "cac"]))
        axes = tuple(
            Axis(f"r{len(loops) + i}", dimension, tuple(range(len(DIMENSIONS[dimension]))))
            for i, dimension in enumerate(inside)
        )
        inner = {**loops, **{axis.name: len(axis.positions) for axis in axes}}
        body: Expression = draw(expressions(known, inner, 0))
        for _ in range(draw(st.integers(1, 2))):
            body = Apply("multiply", (body, draw(expressions(known, inner, 0))))
        if len(inner) < 5 and draw(st.integers(0, 3)) == 0:
            body = Apply("add", (body, draw(sums(known, inner))))
        operation = draw(st.sampled_from(["sum", "sum", "minimum", "maximum"]))
        found = Apply("add", (found, Reduce(operation, axes, body)))
    return found


@st.composite
def models_of_sums(draw: st.DrawFn) -> ModelSpec:
    """Models whose auxiliaries are sums of reductions, many of the same loops."""
    model = Building(dict(DIMENSIONS))
    known: dict[str, tuple[str, ...]] = {}
    for name, dimensions in CONSTANTS.items():
        size = math.prod(len(DIMENSIONS[dimension]) for dimension in dimensions)
        model.constant(name, [1.0 + 0.37 * number for number in range(size)], *dimensions)
        known[name] = dimensions
    for name, dimensions in STOCKS.items():
        source = {"s": "k", "sa": "ka", "sab": "kab"}[name]
        model.stock(name, 0.1, model.read(source, *dimensions), *dimensions)
        known[name] = dimensions
    for number in range(draw(st.integers(2, 6))):
        dimensions = draw(st.sampled_from([(), ("b",), ("b",), ("a", "b")]))
        loops = {dimension: len(DIMENSIONS[dimension]) for dimension in dimensions}
        axes = tuple(Axis(each, each, tuple(range(loops[each]))) for each in dimensions)
        name = f"x{number}"
        model.parts(name, [Component(axes, draw(sums(known, loops)))], *dimensions)
    return model.spec()
