"""The units check: does every equation of a model give the units its variable declares?

In goes a `ModelSpec`; out comes a list of `Problem`, one for each clash, with the line, the
variable, the two units and the part of the equation where they meet. Nothing is run.

Rules, which are Vensim's where it has them:

- Sums, differences, minima, maxima, comparisons and the branches of a condition need equal units.
  Products, quotients and powers combine them.
- A number written in an equation is dimensionless, so `stock + 5` clashes. Zero and :NA: go with
  every unit, so `MAX(stock, 0)` does not. An equation made of numbers alone has its declared units.
- An exponent is dimensionless; what has units can only be raised to a literal number.
- EXP, LN, trigonometric and logical functions take dimensionless arguments; SQRT halves powers.
- A lookup gives its declared units (one written inside an equation goes with every unit). Its
  argument is dimensionless, or a time that is worked out from Time.
- Time, and the times in STEP, RAMP, PULSE and PULSE TRAIN, have the model's unit of time.
- A stock's net flow is in its units per unit of time, its initial value in its units.
- The stocks inside a delay or smooth have the units that follow from their equations; the time
  spent in them is in the unit of time.

A clash is reported once, where it arises: a part that clashes has unknown units further out, and
every reference to a variable has the units declared for it.
"""

from __future__ import annotations

from localcare.model.causal import graph
from localcare.model.equation_units import EquationUnits
from localcare.model.spec import Component, Kind, ModelSpec, Variable
from localcare.model.unit_algebra import Unit, UnitError, read_unit
from localcare.problems import Problem

__all__ = ["check"]

_DELAYS = (
    "The time of a delay or smooth is a named constant in the model's unit of time; its input has "
    "the units of its result."
)


def check(spec: ModelSpec) -> list[Problem]:
    """Every clash of units in the model, in the order of the model file."""
    declared, problems = _declared(spec)
    try:
        time = read_unit(spec.time.unit)
    except UnitError as error:
        time = None
        problems.append(
            Problem(f"the unit of time cannot be read: {error}.", file=spec.file, key="TIME STEP")
        )
    units = _with_hidden(spec, declared, time)
    owners = _owners(spec)
    for variable in spec.variables:
        key = owners.get(variable.identifier, variable.name)
        usual_cure = _DELAYS if variable.hidden else ""
        for component, expected, what in _equations(variable, units, time):
            equation = EquationUnits(spec, units, time, component.axes)
            equation.check(component.expression, expected, what)
            line = component.line or variable.line or None
            problems += [
                Problem(why, cure or usual_cure, file=spec.file, line=line, key=key)
                for why, cure in equation.clashes
            ]
    # One equation over a subrange can be several components: each clash is said once.
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def _declared(spec: ModelSpec) -> tuple[dict[str, Unit | None], list[Problem]]:
    """The declared unit of each variable, None where unknown, and what is wrong with them."""
    units: dict[str, Unit | None] = {}
    problems = []
    for variable in spec.variables:
        units[variable.identifier] = None
        if variable.hidden and (not variable.units or variable.kind is not Kind.AUXILIARY):
            continue
        try:
            units[variable.identifier] = read_unit(variable.units)
        except UnitError as error:
            problems.append(
                Problem(
                    f"its units cannot be read: {error}.",
                    'Write them after the first "~" of the equation, as in "~ person/Year".',
                    file=spec.file,
                    line=variable.line or None,
                    key=variable.name,
                )
            )
    return units, problems


def _equations(
    variable: Variable, units: dict[str, Unit | None], time: Unit | None
) -> list[tuple[Component, Unit | None, str]]:
    """The equations of a variable, the unit each should give, and words for what it defines."""
    own = units[variable.identifier]
    if variable.kind is not Kind.STOCK:
        both = (*variable.components, *variable.initial)
        return [(each, own, f"it is declared in {own}") for each in both]
    flow = None if own is None or time is None else own / time
    flow_words = f"a stock in {own} needs a net flow in {flow}"
    if variable.discrete:
        flow, flow_words = own, f"it holds values in {own}"
    return [(each, flow, flow_words) for each in variable.components] + [
        (each, own, f"a stock in {own} needs an initial value in {own}")
        for each in variable.initial
    ]


def _with_hidden(
    spec: ModelSpec, declared: dict[str, Unit | None], time: Unit | None
) -> dict[str, Unit | None]:
    """The units with those of hidden variables worked out from their own equations.

    Hidden stages feed one another in any order, so passes go on until none learns anything.
    """
    units = dict(declared)
    unknown = [each for each in spec.variables if each.hidden and units[each.identifier] is None]
    while unknown:
        for variable in unknown:
            units[variable.identifier] = _inferred(spec, variable, units, time)
        left = [each for each in unknown if units[each.identifier] is None]
        if len(left) == len(unknown):
            break
        unknown = left
    return units


def _inferred(
    spec: ModelSpec, variable: Variable, units: dict[str, Unit | None], time: Unit | None
) -> Unit | None:
    for component in variable.initial:
        unit = EquationUnits(spec, units, time, component.axes).unit(component.expression)
        if unit is not None:
            return unit
    for component in variable.components:
        unit = EquationUnits(spec, units, time, component.axes).unit(component.expression)
        if unit is not None and variable.kind is Kind.STOCK and not variable.discrete:
            unit = None if time is None else unit * time
        if unit is not None:
            return unit
    return None


def _owners(spec: ModelSpec) -> dict[str, str]:
    """For each hidden variable the name of the first visible one that uses it, near or far."""
    causal = graph(spec)
    owners = {}
    for hidden in (each for each in spec.variables if each.hidden):
        queue, seen = [hidden.identifier], {hidden.identifier}
        while queue:
            found = spec.by_identifier[queue.pop(0)]
            if not found.hidden:
                owners[hidden.identifier] = f"{found.name} (inside its delay or smooth)"
                break
            fresh = [each for each in causal.raw_uses[found.identifier] if each not in seen]
            seen.update(fresh)
            queue += fresh
    return owners
