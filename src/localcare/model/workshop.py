"""What an equation asks for besides expressions: the hidden variables that it needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Protocol

from localcare.model.expression import Along, Expression, Reference

if TYPE_CHECKING:
    from localcare.model.translate import Translator

__all__ = ["Workshop"]


class Workshop(Protocol):
    """Makes the hidden variables that one equation needs."""

    def expand(self, tree: Any, translator: Translator, *, whole: bool) -> Expression | None:
        """The value of a delay, smooth or the like, or None where `tree` is none of them. `whole`
        says that it is the entire equation.
        """

    def lookup(self, tree: Any, translator: Translator) -> str:
        """The identifier of a hidden lookup that holds the points of `tree`."""

    def curve(self, translator: Translator, xs: tuple[float, ...], ys: tuple[float, ...]) -> str:
        """The identifier of a hidden lookup through these points."""

    def followed(
        self, translator: Translator, value: Expression, over: Expression, start: Expression
    ) -> Reference:
        """A hidden stock that begins at `start` and closes its gap to `value` over a time."""

    def numbers(self, wanted: str) -> str:
        """The identifier of a hidden constant that numbers the elements of range `wanted`."""

    def listed(self, index: Along, stride: float) -> Reference:
        """A hidden constant that gives, for each count of a loop, its position by `stride`."""

    def drawn(self, translator: Translator, stream: str) -> Reference:
        """A hidden series of random numbers, evenly spread over 0 to 1; how to read it."""

    def shaping(self, read: Collection[str]) -> None:
        """Take note of constants whose values in the file shape the model."""

    def kept(
        self, translator: Translator, word: str, value: Expression, without: Collection[str] = ()
    ) -> Reference:
        """A hidden auxiliary of this value, called `word`, over all loops but those of the axes
        `without`; how to read it."""
