"""Which stocks are noisy, and whose noise depends on what.

In: a spec. A stock `x` with a variable `x diffusion` of the same subscripts is an Ito process:
dx = net flow dt + diffusion dW, with a Wiener process of its own for every element. The diffusion
is in the stock's units per square root of the unit of time. Out: the `Process` of each element.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from localcare.model.expression import (
    Apply,
    At,
    Expression,
    Interpolate,
    Reduce,
    Reference,
)
from localcare.model.spec import Kind, ModelSpec, Variable
from localcare.problems import BadInput, Problem

__all__ = ["SUFFIX", "Process", "additive", "noisy", "processes"]

#: What the identifier of a diffusion has after its stock's.
SUFFIX = "_diffusion"

Element = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Process:
    """The noise of one element of a stock. `label`, such as "people[north, old]", is its name:
    made of names alone, so that it does not change when others are added."""

    stock: str
    diffusion: str
    element: tuple[int, ...]
    label: str


def processes(spec: ModelSpec) -> tuple[Process, ...]:
    """The noise of every noisy stock, element by element, in the order of the model file.

    Raises BadInput where no stock is noisy or a diffusion does not fit its stock.
    """
    found: list[Process] = []
    problems: list[Problem] = []
    for stock in spec.variables:
        diffusion = spec.by_identifier.get(stock.identifier + SUFFIX)
        if stock.kind is not Kind.STOCK or diffusion is None:
            continue
        problem = _unfit(spec, stock, diffusion)
        if problem is not None:
            problems.append(problem)
            continue
        elements = itertools.product(*(range(length) for length in spec.shape(stock.identifier)))
        found += [
            Process(stock.identifier, diffusion.identifier, each, _label(spec, stock, each))
            for each in elements
        ]
    if problems:
        raise BadInput(problems)
    if not found:
        why = "no stock of the model has noise, so there is nothing random to integrate."
        cure = "Use rk4 or euler, or give a stock `x` a variable `x diffusion`."
        raise BadInput(Problem(why, cure, file=spec.file))
    return tuple(found)


def noisy(spec: ModelSpec) -> bool:
    """Whether some stock of the model has noise."""
    return any(
        each.kind is Kind.STOCK and each.identifier + SUFFIX in spec.by_identifier
        for each in spec.variables
    )


def additive(spec: ModelSpec, noise: Sequence[Process]) -> bool:
    """Whether no diffusion depends on a noisy stock.

    Raises BadInput where one depends on another element than its own: what happens between two
    Wiener processes within a step (their Levy area) would then matter to strong order 1.
    """
    places = {(each.stock, each.element): number for number, each in enumerate(noise)}
    reached = _reached(spec, places, [(each.diffusion, each.element) for each in noise])
    problems: dict[str, Problem] = {}
    for number, each in enumerate(noise):
        others = reached[each.diffusion, each.element] & ~(1 << number)
        if others:
            other = noise[(others & -others).bit_length() - 1]
            problems.setdefault(
                each.diffusion,
                Problem(
                    f"the noise of {each.label} depends on {other.label}, which has noise of its "
                    "own; sri2 takes noise that depends on its own stock alone.",
                    "Use euler-maruyama, which takes any.",
                    file=spec.file,
                    line=spec.by_identifier[each.diffusion].line or None,
                    key=spec.by_identifier[each.diffusion].name,
                ),
            )
    if problems:
        raise BadInput(problems.values())
    return not any(reached[each.diffusion, each.element] for each in noise)


def _unfit(spec: ModelSpec, stock: Variable, diffusion: Variable) -> Problem | None:
    if diffusion.kind is Kind.LOOKUP:
        why = f"the noise of {stock.name} is a lookup."
        cure = "Write it as an equation that reads the lookup."
    elif diffusion.dimensions != stock.dimensions:
        over = ", ".join(stock.dimensions)
        why = f"the noise of {stock.name} does not have the subscripts of the stock."
        cure = f"Write {diffusion.name}{f'[{over}]' if over else ''}."
    else:
        return None
    return Problem(why, cure, file=spec.file, line=diffusion.line or None, key=diffusion.name)


def _label(spec: ModelSpec, stock: Variable, element: tuple[int, ...]) -> str:
    names = [
        spec.by_dimension[dimension].elements[position]
        for dimension, position in zip(stock.dimensions, element, strict=True)
    ]
    return f"{stock.identifier}[{', '.join(names)}]" if names else stock.identifier


def _reached(
    spec: ModelSpec, places: Mapping[Element, int], starts: Sequence[Element]
) -> dict[Element, int]:
    """For each element met on the way from `starts`, the noisy elements that it is computed from
    within a step, as bits."""
    reached: dict[Element, int] = {}
    waiting = list(starts)
    needs: dict[Element, list[Element]] = {}
    while waiting:
        element = waiting[-1]
        if element in reached:
            waiting.pop()
        elif spec.by_identifier[element[0]].kind is not Kind.AUXILIARY:
            reached[element] = 1 << places[element] if element in places else 0
        elif element not in needs:
            needs[element] = list(dict.fromkeys(_reads(spec, element)))
            waiting += [each for each in needs[element] if each not in reached]
        else:
            bits = 0
            for each in needs.pop(element):
                bits |= reached[each]
            reached[element] = bits
    return reached


def _reads(spec: ModelSpec, element: Element) -> Iterator[Element]:
    """The elements that one element of an auxiliary is computed from."""
    name, position = element
    for part in spec.by_identifier[name].components:
        if all(each in axis.positions for axis, each in zip(part.axes, position, strict=True)):
            counters = {
                axis.name: axis.positions.index(each)
                for axis, each in zip(part.axes, position, strict=True)
            }
            yield from _read_by(part.expression, counters)


def _read_by(expression: Expression, counters: Mapping[str, int]) -> Iterator[Element]:
    if isinstance(expression, Reference):
        yield (
            expression.variable,
            tuple(
                index.position if isinstance(index, At) else index.positions[counters[index.axis]]
                for index in expression.indices
            ),
        )
    elif isinstance(expression, Apply):
        for argument in expression.arguments:
            yield from _read_by(argument, counters)
    elif isinstance(expression, Interpolate):
        yield from _read_by(expression.argument, counters)
    elif isinstance(expression, Reduce):
        names = [axis.name for axis in expression.axes]
        for counts in np.ndindex(*(len(axis.positions) for axis in expression.axes)):
            inner = {**counters, **dict(zip(names, counts, strict=True))}
            yield from _read_by(expression.body, inner)
