"""From what a modeller writes for one variable to arrays: numbers, arrays and labelled arrays.

In: a value of a variable, or a series of values over time. Out: arrays with the member on the last
axis, of length 1 where all members share what was given.

A value of a variable may be

- a number, for every element and member;
- an array of the variable's shape, one number an element;
- an array with the member axis before that, (members, *shape);
- a pandas Series, by the labels of its index where these are the variable's elements;
- an xarray DataArray: dimensions are found by name (`care_function`, `member`), elements by label,
  and it is repeated along the dimensions that it lacks.

A series is a mapping from times to such values, a pair (times, values) with the time axis before
the elements, (times, *shape) or (members, times, *shape), or a DataArray with a dimension `time`.
Times are numbers in the model's unit, or dates where it counts in years; between them lines are
straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from localcare.model.spec import ModelSpec, Variable
from localcare.study.dataset import axis_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MEMBER", "SCENARIO", "Refused", "repeated", "series_of", "time_of", "values_of"]

Floats = NDArray[np.float64]
MEMBER, SCENARIO, TIME = "member", "scenario", "time"


class Refused(ValueError):
    """A value that cannot be used: why, and what to do."""

    def __init__(self, why: str, cure: str = "") -> None:
        super().__init__(why)
        self.why, self.cure = why, cure


def values_of(spec: ModelSpec, variable: Variable, value: Any) -> Floats:
    """A value as an array (*shape, members), members 1 where all share it. Raises Refused."""
    shape = spec.shape(variable.identifier)
    if _is_labelled(value):
        return _labelled(spec, variable, value, ())
    if type(value).__module__.partition(".")[0] == "pandas":
        value = _in_order(spec, variable, value)
    array = _numbers(value)
    if array.ndim == 0:
        return _finite(np.full((*shape, 1), float(array)))
    if array.shape == shape:
        return _finite(array[..., np.newaxis])
    if array.shape[1:] == shape:
        return _finite(np.moveaxis(array, 0, -1))
    raise Refused(
        f"has the shape {_told(shape)}{_elements(variable)}; the array given has "
        f"{_told(array.shape)}.",
        f"Give a number, an array {_told(shape)} or one with members first, "
        f"{_told(('members', *shape))}."
        if shape
        else "Give a number, or one for each member.",
    )


def series_of(spec: ModelSpec, variable: Variable, value: Any) -> tuple[Floats, Floats]:
    """Times (k, 1) and values (*shape, k, members) of a series. Raises Refused."""
    if _is_labelled(value):
        if TIME not in value.dims:
            raise Refused(f"has no dimension {TIME}.", f"Its dimensions are {list(value.dims)}.")
        times = _times(spec, value[TIME].to_numpy() if TIME in value.coords else ())
        values = _labelled(spec, variable, value, (TIME,))
    elif hasattr(value, "items"):  # a mapping, or a pandas Series
        times, values = _mapped(spec, variable, value)
    else:
        times, values = _pair(spec, variable, value)
    if times.size == 0:
        raise Refused("has no times.", "Give {time: value}.")
    if values.shape[-2] != times.size:
        raise Refused(f"has {times.size} times for {values.shape[-2]} values.")
    if (np.diff(times) < 0).any():
        raise Refused("has times that are not in order.")
    return _finite(times)[:, np.newaxis], _finite(values)


def _mapped(spec: ModelSpec, variable: Variable, value: Any) -> tuple[Floats, Floats]:
    """Times (k,) in order and values (*shape, k, members) of a mapping."""
    times = _times(spec, value.keys())
    if not times.size:
        return times, np.empty((*spec.shape(variable.identifier), 0, 1))
    values = [values_of(spec, variable, each) for _, each in value.items()]
    widest = max(each.shape[-1] for each in values)
    narrow = {each.shape[-1] for each in values} - {1, widest}
    if narrow:
        raise Refused(f"has {widest} members at one time and {max(narrow)} at another.")
    order = np.argsort(times, kind="stable")
    return times[order], np.stack([repeated(values[i], widest) for i in order], axis=-2)


def _pair(spec: ModelSpec, variable: Variable, value: Any) -> tuple[Floats, Floats]:
    """Times (k,) and values (*shape, k, members) of a pair (times, values)."""
    shape = spec.shape(variable.identifier)
    if not isinstance(value, Sequence) or len(value) != 2:
        raise Refused(
            "is no series.", "Give {time: value}, a pair (times, values) or a DataArray with time."
        )
    times, values = _times(spec, value[0]), _numbers(value[1])
    if values.ndim == 1:
        return times, np.broadcast_to(values[:, np.newaxis], (*shape, values.size, 1))
    if values.shape[1:] == shape:
        return times, np.moveaxis(values, 0, -1)[..., np.newaxis]
    if values.shape[2:] == shape and values.ndim == len(shape) + 2:
        return times, np.moveaxis(values, (0, 1), (-1, -2))
    raise Refused(
        f"has the shape {_told(shape)}{_elements(variable)}; the values given have "
        f"{_told(values.shape)}.",
        f"Give {_told(('times', *shape))} or {_told(('members', 'times', *shape))}.",
    )


def _labelled(
    spec: ModelSpec, variable: Variable, value: xr.DataArray, extra: tuple[str, ...]
) -> Floats:
    """A DataArray as an array (*shape, *extra, members)."""
    axes = {axis_name(name): spec.by_dimension[name].elements for name in variable.dimensions}
    unknown = [str(name) for name in value.dims if name not in (*axes, *extra, MEMBER)]
    if unknown:
        known = ", ".join((*axes, *extra, MEMBER))
        raise Refused(f"has no dimension {', '.join(unknown)}.", f"It may have {known}.")
    for axis, elements in axes.items():
        if axis in value.dims and axis in value.coords:
            labels = [str(label) for label in value[axis].to_numpy()]
            if sorted(labels) != sorted(elements):
                odd = sorted(set(labels) ^ set(elements)) or ["one twice"]
                raise Refused(
                    f"does not match the elements of {axis} ({', '.join(odd)}).",
                    f"Give each once: {', '.join(elements)}.",
                )
            value = value.isel({axis: [labels.index(element) for element in elements]})
        elif axis in value.dims and value.sizes[axis] != len(elements):
            raise Refused(f"has {len(elements)} elements of {axis}, not {value.sizes[axis]}.")
    wanted = (*axes, *extra, MEMBER)
    array = _numbers(value.transpose(*(name for name in wanted if name in value.dims)).to_numpy())
    for position, name in enumerate(wanted):
        if name not in value.dims:
            array = np.expand_dims(array, position)
    sizes = [len(elements) for elements in axes.values()]
    return _finite(np.broadcast_to(array, (*sizes, *array.shape[len(sizes) :])))


def _in_order(spec: ModelSpec, variable: Variable, value: Any) -> Any:
    """The values of something of pandas in the order of the model's elements."""
    if value.ndim != 1:
        why = "is a table of pandas, whose rows and columns may be in any order."
        raise Refused(why, "Give a DataArray, or its .to_numpy() in the order of the model.")
    if value.index.dtype.kind in "iuf":
        return value.to_numpy()
    elements = spec.by_dimension[variable.dimensions[-1]].elements if variable.dimensions else ()
    labels = [str(each) for each in value.index]
    if len(variable.dimensions) != 1 or sorted(labels) != sorted(elements):
        wanted = f"Label each once: {', '.join(elements)}." if elements else ""
        raise Refused(
            f"has an index that is not the elements of the variable{_elements(variable)}.",
            wanted or "Give its .to_numpy().",
        )
    return value.to_numpy()[[labels.index(each) for each in elements]]


def repeated(values: Floats, members: int) -> Floats:
    """An array whose last axis is for all members."""
    return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:-1], members)))


def time_of(spec: ModelSpec, given: Any) -> float:
    """A time in the model's unit, from a number or a date. Raises Refused."""
    return float(_times(spec, (given,))[0])


def _is_labelled(value: Any) -> bool:
    return hasattr(value, "dims") and hasattr(value, "coords")


def _numbers(value: Any) -> Floats:
    try:
        array = np.asanyarray(value)
        if array.dtype.kind in "mM":
            raise Refused(f"{_short(value)} is a time, not a number.")
        if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
            raise Refused("holds values that are masked.")
        return np.asarray(array, dtype=np.float64)
    except Refused:
        raise
    except (TypeError, ValueError) as error:
        raise Refused(f"{_short(value)} is no number and no array of numbers.") from error


def _times(spec: ModelSpec, given: Any) -> Floats:
    """Times in the model's unit from numbers, dates or texts."""
    listed = list(given)
    if all(isinstance(time, int | float | np.integer | np.floating) for time in listed):
        return np.array(listed, dtype=np.float64)
    from localcare.scenario import moments

    try:
        texts = [
            time if isinstance(time, str) else str(np.datetime64(time, "D")) for time in listed
        ]
        return np.array([moments.moment(text, spec.time) for text in texts])
    except moments.Refused as refused:
        raise Refused(refused.why, refused.cure) from refused
    except (TypeError, ValueError) as error:
        raise Refused(
            f"{_short(listed)} are no times.", f"Give numbers in {spec.time.unit or 'model time'}."
        ) from error


def _finite(values: Floats) -> Floats:
    if not np.isfinite(values).all():
        raise Refused("holds values that are not finite numbers.")
    return values


def _told(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _elements(variable: Variable) -> str:
    return f" ({' x '.join(variable.dimensions)})" if variable.dimensions else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
