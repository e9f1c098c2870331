"""Finding a variable by the name that a person typed.

As in Vensim, capitals do not matter, spaces and underscores are the same, and quotes round a name
are not part of it. In goes a `ModelSpec` and a name, out comes its `Variable` or what is closest.
"""

from __future__ import annotations

from localcare.model.spec import ModelSpec, Variable
from localcare.problems import did_you_mean

__all__ = ["closest", "find", "plain"]


def plain(name: str) -> str:
    """The form in which names are compared.

    >>> plain('"Beds_Open  at  Night"')
    'beds open at night'
    """
    return " ".join(name.strip().strip('"').replace("_", " ").split()).lower()


def find(spec: ModelSpec, name: str) -> Variable | None:
    """The visible variable of that name or identifier, None where the model has none."""
    wanted = plain(name)
    for variable in spec.variables:
        if not variable.hidden and wanted in {plain(variable.name), plain(variable.identifier)}:
            return variable
    return None


def closest(spec: ModelSpec, name: str) -> str:
    """A sentence that names the variable most like `name`, or nothing."""
    return did_you_mean(plain(name), [each.name for each in spec.variables if not each.hidden])
