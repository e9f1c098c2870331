"""Finding a variable by the name that a person typed, as it stands in the model or as identifier.

In goes a `ModelSpec` and a name, out comes its `Variable` or what is closest.
"""

from __future__ import annotations

from localcare.model import names
from localcare.model.spec import ModelSpec, Variable
from localcare.problems import did_you_mean

__all__ = ["closest", "find", "with_article"]


def find(spec: ModelSpec, name: str) -> Variable | None:
    """The visible variable of that name or identifier, None where the model has none."""
    variable = spec.by_identifier.get(names.identifier(str(name)))
    return None if variable is None or variable.hidden else variable


def closest(spec: ModelSpec, name: str) -> str:
    """A sentence that names the variable most like `name`, or nothing."""
    known = [each.name for each in spec.variables if not each.hidden]
    return did_you_mean(names.display(str(name)), known)


def with_article(variable: Variable) -> str:
    """What a variable is, as in "a stock" and "an auxiliary"."""
    return f"{'an' if variable.kind.startswith('a') else 'a'} {variable.kind}"
