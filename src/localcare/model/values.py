"""Numbers of constants, series and lookups, from the model file or its tables.

Each function takes a variable's definition and returns plain numbers in row-major order over its
dimensions (for series and lookups, then over points).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcare.model.definitions import Definition, structure
from localcare.model.domains import Box, Part
from localcare.model.equations import Equation
from localcare.model.refusal import Refusal
from localcare.model.subscripts import Subscripts
from localcare.model.table_labels import Block
from localcare.model.tables import Tables

__all__ = [
    "Curves", "constant", "curve", "literal", "lookup", "points", "series", "spots", "table",
]  # fmt: skip

Floats = NDArray[np.float64]
_SERIES = frozenset({"GetDataStructure", "DataStructure"})
_KEYWORDS = {
    "": "linear",
    "interpolate": "linear",
    "hold_backward": "hold",
    "look_forward": "next",
    "raw": "raw",
}


@dataclass(frozen=True)
class Curves:
    """Points of a series or lookup. `xs` is (points,), or (*dimensions, points) where elements
    have different ones; `ys` is (*dimensions, points).
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    source: str = ""
    interpolation: str = "linear"


def constant(
    definition: Definition, subscripts: Subscripts, tables: Tables
) -> tuple[tuple[float, ...], str]:
    """Values of a constant and the names of the tables they come from."""
    whole = np.empty(definition.domain.shape)
    for part in definition.domain.parts:
        whole[_where(definition, part)] = literal(part, subscripts, tables)
    return tuple(whole.ravel().tolist()), _sources(definition)


def literal(part: Part, subscripts: Subscripts, tables: Tables) -> Floats:
    """The numbers of one literal equation over the box of `part`."""
    equation = part.equation
    listed = [subscripts.elements(name) for name in equation.subscripts]
    shape = tuple(len(each) for each in listed)
    kind = structure(equation.tree)
    if kind == "number":
        values = np.full(shape, float(equation.tree))
    elif kind == "array":
        flat = np.asarray(equation.tree, dtype=np.float64).ravel()
        if flat.size != int(np.prod(shape)):
            raise Refusal(
                f"lists {flat.size} numbers for {int(np.prod(shape))} elements.",
                "Give one number for each element, the last subscript running fastest.",
            )
        values = flat.reshape(shape)
    else:
        values = table(equation, subscripts, tables)
    if not np.isfinite(values).all():
        raise Refusal("holds a value that is no finite number.", "Give it a number.")
    picked: Floats = values[_picked(listed, part.box)]
    return picked


def table(equation: Equation, subscripts: Subscripts, tables: Tables) -> Floats:
    """What a GET DIRECT CONSTANTS reads, one dimension for each subscript as written."""
    listed = [subscripts.elements(name) for name in equation.subscripts]
    tree: Any = equation.tree
    labels = [
        tuple(subscripts.labels[element] for element in each) for each in listed if len(each) > 1
    ]
    if len(labels) > 2:
        raise Refusal(
            f"reads a table over {len(labels)} subscripts at once; a table has two directions.",
            "Write one equation for each element of the first subscript.",
        )
    turned = tree.cell.endswith("*") and bool(labels)
    rows = labels[0] if len(labels) == 2 else None
    columns = labels[-1] if labels else None
    if turned:
        rows, columns = columns, rows
    limits = equation.statement.limits
    block = Block(tree.cell.strip("*"), rows, columns, _fixed(listed, subscripts), limits)
    values = np.array(tables.block(tree.file, tree.tab, block))
    return (values.T if turned else values).reshape([len(each) for each in listed])


def _fixed(listed: Sequence[tuple[str, ...]], subscripts: Subscripts) -> dict[str, frozenset[str]]:
    """Labels of the single elements on a left-hand side, each with all elements of its ranges."""
    return {
        subscripts.labels[each[0]]: frozenset().union(
            *(subscripts.sets[home] for home in subscripts.homes.get(each[0], ()))
        )
        for each in listed
        if len(each) == 1
    }


def series(definition: Definition, subscripts: Subscripts, tables: Tables) -> Curves:
    """Points over time of a data variable, some elements of which may be literal numbers."""
    moving = [each for each in definition.equations if structure(each.tree) in _SERIES]
    keywords = {equation.keyword for equation in moving}
    if len({_KEYWORDS.get(each, each) for each in keywords}) > 1 or not keywords <= set(_KEYWORDS):
        listed = ", ".join(f":{each.upper()}:" for each in sorted(keywords))
        raise Refusal(
            f"is to be interpolated by {listed}.",
            "Use one of :INTERPOLATE:, :HOLD BACKWARD:, :LOOK FORWARD:, :RAW: throughout.",
        )
    mode = _KEYWORDS[keywords.pop()]
    curves = _curves(moving, subscripts, tables)
    times = sorted({float(x) for xs, _ in curves.values() for x in xs.ravel()})
    if mode != "linear" and any(tuple(xs) != tuple(times) for xs, _ in curves.values()):
        raise Refusal(
            "has elements with different times, which only :INTERPOLATE: allows.",
            "Give all elements the same times.",
        )
    whole = np.empty((*definition.domain.shape, len(times)))
    for part in definition.domain.parts:
        if id(part.equation) not in curves:
            numbers = literal(part, subscripts, tables)
            whole[_where(definition, part)] = numbers[..., np.newaxis]
            continue
        xs, ys = curves[id(part.equation)]
        rows = ys if tuple(xs) == tuple(times) else _resampled(np.array(times), xs, ys)
        whole[_where(definition, part)] = _boxed(part, rows, subscripts)
    return Curves(tuple(times), tuple(whole.ravel().tolist()), _sources(definition), mode)


def lookup(definition: Definition, subscripts: Subscripts, tables: Tables) -> Curves:
    """Points of a lookup. Elements with fewer points get more on their last segment, which
    changes nothing in what is read between them.
    """
    curves = _curves(definition.equations, subscripts, tables)
    longest = max(xs.size for xs, _ in curves.values())
    shape = (*definition.domain.shape, longest)
    all_xs, all_ys = np.empty(shape), np.empty(shape)
    for part in definition.domain.parts:
        xs, ys = curves[id(part.equation)]
        if xs.size < longest:
            finer = np.linspace(xs[-2], xs[-1], longest - xs.size + 2) if xs.size > 1 else xs
            if xs.size == 1:
                raise Refusal("has a single point beside longer lists.", "Give two points.")
            new = np.concatenate([xs[:-2], finer])
            xs, ys = new, _resampled(new, xs, ys)
        spot = _where(definition, part)
        all_xs[spot] = xs
        all_ys[spot] = _boxed(part, ys, subscripts)
    flat = all_xs.reshape(-1, longest)
    shared = bool((flat == flat[0]).all())
    xs_out = flat[0] if shared else all_xs.ravel()
    return Curves(tuple(xs_out.tolist()), tuple(all_ys.ravel().tolist()), _sources(definition))


def _curves(
    equations: Sequence[Equation], subscripts: Subscripts, tables: Tables
) -> dict[int, tuple[Floats, Floats]]:
    """X (points,) and y (elements of the one running subscript or 1, points) by equation."""
    found = {}
    for equation in equations:
        tree: Any = equation.tree
        kind = structure(tree)
        if kind == "LookupsStructure":
            xs, ys = points(tree)
            found[id(equation)] = np.array(xs), np.array([ys])
            continue
        if kind == "DataStructure":
            raise Refusal(
                "is a series without values (Vensim reads them from a run file).",
                "Read them from a table with GET DIRECT DATA.",
            )
        found[id(equation)] = curve(equation, subscripts, tables)
    return found


def curve(equation: Equation, subscripts: Subscripts, tables: Tables) -> tuple[Floats, Floats]:
    """What a GET DIRECT DATA or LOOKUPS reads: x (points,) and y (elements of the one running
    subscript or 1, points).
    """
    listed = [subscripts.elements(name) for name in equation.subscripts]
    running = [
        tuple(subscripts.labels[element] for element in each) for each in listed if len(each) > 1
    ]
    if len(running) > 1:
        raise Refusal(
            f"reads points over {len(running)} subscripts at once; a table has room for one.",
            "Write one equation for each element of the other subscripts.",
        )
    tree: Any = equation.tree
    along = tree.time_row_or_col if structure(tree) == "GetDataStructure" else tree.x_row_or_col
    block = Block(
        tree.cell.strip("*"),
        running[0] if running else None,
        fixed=_fixed(listed, subscripts),
        limits=equation.statement.limits,
    )
    xs, ys = tables.points(tree.file, tree.tab, along, block)
    return _filled(np.array(xs), np.array(ys), _KEYWORDS.get(equation.keyword, "linear"))


def _filled(xs: Floats, ys: Floats, mode: str) -> tuple[Floats, Floats]:
    """The points without those that a table leaves empty (NaN): dropped where all elements lack
    them, else set to what reading between the others gives."""
    known = ~np.isnan(ys)
    if not known.any(axis=1).all():
        raise Refusal("reads a row or column of points that is empty.", "Fill it.")
    kept = known.any(axis=0)
    xs, ys, known = xs[kept], ys[:, kept].copy(), known[:, kept]
    for row, there in zip(ys, known, strict=True):
        places = np.flatnonzero(there)
        for gap in np.flatnonzero(~there):
            after = int(np.searchsorted(places, gap))
            before, after = places[max(after - 1, 0)], places[min(after, len(places) - 1)]
            if mode == "linear":
                row[gap] = np.interp(xs[gap], xs[places], row[places])
            elif mode == "raw":
                raise Refusal("is a :RAW: series with empty cells.", "Fill them.")
            else:
                row[gap] = row[before] if mode == "hold" else row[after]
    return xs, ys


def _boxed(part: Part, rows: Floats, subscripts: Subscripts) -> Floats:
    """`rows` (running elements, points) spread over the box of `part` (*box, points)."""
    listed = [subscripts.elements(name) for name in part.equation.subscripts]
    points_count = rows.shape[-1]
    if rows.shape[0] == 1:
        return np.broadcast_to(rows[0], (*(len(each) for each in part.box), points_count))
    whole = rows.reshape((*(len(each) for each in listed), points_count))
    boxed: Floats = whole[_picked(listed, part.box)]
    return boxed


def _resampled(new: Floats, xs: Floats, ys: Floats) -> Floats:
    return np.array([np.interp(new, xs, row) for row in ys])


def _where(definition: Definition, part: Part) -> Any:
    """The index of a part's box in an array over the variable's dimensions."""
    return _picked([each.elements for each in definition.domain.ranges], part.box)


def _picked(listed: Sequence[tuple[str, ...]], box: Box) -> Any:
    """The index that picks the elements of `box` from an array over the `listed` elements."""
    if tuple(listed) == box:
        return ...
    where = [{element: place for place, element in enumerate(each)} for each in listed]
    picks = [[each[element] for element in keys] for each, keys in zip(where, box, strict=True)]
    return np.ix_(*picks) if picks else ()


def _sources(definition: Definition) -> str:
    files = (getattr(equation.tree, "file", "") for equation in definition.equations)
    return "; ".join(dict.fromkeys(file for file in files if file))


def spots(array: Floats) -> list[tuple[int, ...]]:
    """Every index of an array in row-major order."""
    return list(np.ndindex(array.shape))


def points(tree: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The x and y of a lookup written in the model file; x must rise. A point that is written twice
    counts once."""
    pairs = dict.fromkeys((float(x), float(y)) for x, y in zip(tree.x, tree.y, strict=True))
    xs, ys = tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    for before, after in itertools.pairwise(xs):
        if not before < after:
            raise Refusal(f"the lookup has two points at x = {after:g}.", "Keep one of them.")
    return xs, ys
