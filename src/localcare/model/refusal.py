"""What stops one statement of a model file from being used.

Deep inside, where a fault is found, the file and line are not known: a `Refusal` says what is wrong
and what to do, and `build` makes it a `Problem` with the line of the statement at hand. A
`Consequence` follows from a fault that is reported already, and is not reported again.
"""

from __future__ import annotations

__all__ = ["Consequence", "Refusal", "misplaced"]


class Refusal(Exception):
    """A statement cannot be used: `why` not, and what would be a `cure`."""

    def __init__(self, why: str, cure: str = "") -> None:
        super().__init__(why)
        self.why, self.cure = why, cure


class Consequence(Refusal):
    """A statement cannot be used because of another one's fault."""

    def __init__(self) -> None:
        super().__init__("depends on a statement that cannot be used.")


def misplaced(shape: str) -> str:
    """What stands where an expression should, in words, by the parser's name for it."""
    words = {
        "array": "a list of numbers",
        "IntegStructure": "INTEG",
        "GetConstantsStructure": "GET DIRECT CONSTANTS",
        "GetDataStructure": "GET DIRECT DATA",
        "GetLookupsStructure": "GET DIRECT LOOKUPS",
        "DataStructure": "a series without values",
        "str": "a text in quotes",
    }
    word = words.get(shape, shape.removesuffix("Structure"))
    return f"{word} stands inside an expression."
