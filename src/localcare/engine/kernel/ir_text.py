"""Writing LLVM IR as text: one `Code` for each function of a `Module` (`ir_module`).

A value is the text of an LLVM value (`%v12` or a literal). A *real* holds one double for each of
`lanes` members, a *mask* one truth value each, *bits* one 64-bit integer each; with one lane these
are plain scalars and every operation gives the same bits. An *index* is a scalar 64-bit integer, a
*flag* a scalar truth value.

A `Code` keeps a buffer for each open loop. An operation without side effects is written to the
outermost loop in which all its operands are known, and never twice there. So whatever does not
depend on an inner loop is computed outside it, without anyone having to plan that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from localcare.engine.kernel.ir_module import Lanes, Module, printable

__all__ = ["Code", "Loop", "Repeat"]


@dataclass
class _Scope:
    """One open loop or region: its lines so far, and which operation gave which value."""

    lines: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)


@dataclass
class Loop:
    """An open loop. `index` counts from 0; `carried` are the values from the round before.
    `next_values` must be set, before the loop closes, to what the next round gets; after the loop
    they are the result."""

    index: str
    carried: tuple[str, ...] = ()
    next_values: tuple[str, ...] = ()


@dataclass
class Repeat(Loop):
    """An open loop whose body decides, by setting `again`, whether there is another round."""

    again: str = "false"


_Kind = TypeVar("_Kind", bound=Loop)


class Code:
    """One function being written; see the module's docstring."""

    def __init__(self, module: Module, lanes: Lanes | None = None) -> None:
        self.module = module
        self.lanes = module.lanes if lanes is None else lanes
        self.floor = 0  # nothing without side effects is written further out than this scope
        self._scopes = [_Scope()]
        self._level: dict[str, int] = {}
        self._names = 0
        self._labels = 0

    # -- functions ---------------------------------------------------------------------------

    def define(self, head: str, result: str = "void", *, attributes: str = "#0") -> None:
        """End the function and put it in the module; `head` is the part before the body, such as
        `internal void @step(ptr %workspace)`."""
        body = "\n".join(self._scopes[0].lines)
        name = head.split("@", 1)[1].split("(", 1)[0]
        text = f"define {head} {attributes} {{\nstart:\n{body}\n  ret {result}\n}}"
        self.module.functions[name] = text

    def declare(self, result: str, name: str, parameters: str) -> None:
        """Say that an LLVM intrinsic is used."""
        self.module.declarations[f"declare {result} @{name}({parameters})"] = None

    # -- operations --------------------------------------------------------------------------

    def pure(self, operation: str, *operands: str) -> str:
        """The value of an operation without side effects."""
        level = max([self._level.get(operand, 0) for operand in operands], default=0)
        level = max(level, min(self.floor, len(self._scopes) - 1))
        scope = self._scopes[level]
        if operation not in scope.known:
            name = self._name()
            scope.lines.append(f"  {name} = {operation}")
            scope.known[operation] = name
            self._level[name] = level
        return scope.known[operation]

    def now(self, operation: str) -> str:
        """The value of an operation that must happen here, such as reading what may change."""
        name = self._name()
        self._scopes[-1].lines.append(f"  {name} = {operation}")
        self._level[name] = len(self._scopes) - 1
        return name

    def do(self, operation: str) -> None:
        """An operation without a value."""
        self._scopes[-1].lines.append(f"  {operation}")

    def note(self, words: str) -> None:
        """A comment for whoever reads the text."""
        self.do("; " + printable(words))

    def _name(self) -> str:
        self._names += 1
        return f"%v{self._names}"

    @contextmanager
    def lanes_of(self, count: int) -> Iterator[None]:
        """Reals, masks and bits of so many lanes."""
        outer, self.lanes = self.lanes, Lanes(count)
        yield
        self.lanes = outer

    # -- loops and regions -------------------------------------------------------------------

    @contextmanager
    def region(self) -> Iterator[None]:
        """A stretch of code out of which nothing moves."""
        outer, self.floor = self.floor, len(self._scopes)
        self._scopes.append(_Scope())
        yield
        self._scopes[-2].lines.extend(self._scopes.pop().lines)
        self.floor = outer

    @contextmanager
    def loop(self, count: int | str, carried: Sequence[tuple[str, str]] = ()) -> Iterator[Loop]:
        """A loop of `count` rounds, at least one. `carried` are pairs of a type and the value that
        the first round gets."""
        label = self._label()
        index, following = f"%i{label}", f"%n{label}"
        with self._loop(label, [("i64", "0"), *carried], Loop(index)) as loop:
            yield loop
            loop.next_values = (following, *loop.next_values)
            self.do(f"br label %next{label}")
            self._scopes[-1].lines += [
                f"next{label}:",
                f"  {following} = add nuw nsw i64 {index}, 1",
                f"  %m{label} = icmp ult i64 {following}, {count}",
                f"  br i1 %m{label}, label %loop{label}, label %after{label}",
            ]
        loop.next_values = loop.next_values[1:]

    @contextmanager
    def repeat(self, carried: Sequence[tuple[str, str]]) -> Iterator[Repeat]:
        """A loop that goes on while the flag its body sets holds; `carried` are pairs of a type
        and the value that the first round gets."""
        label = self._label()
        with self._loop(label, carried, Repeat("")) as loop:
            yield loop
            self.do(f"br label %next{label}")
            self._scopes[-1].lines += [
                f"next{label}:",
                f"  br i1 {loop.again}, label %loop{label}, label %after{label}",
            ]

    @contextmanager
    def _loop(self, label: int, carried: Sequence[tuple[str, str]], loop: _Kind) -> Iterator[_Kind]:
        """What all loops share. The block `next` must end with the branch that the caller
        writes."""
        counter = [loop.index] if loop.index else []
        names = [*counter, *(f"%c{label}.{k}" for k in range(len(carried) - len(counter)))]
        loop.carried = tuple(names[len(counter) :])
        self._scopes.append(_Scope())
        self._level.update(dict.fromkeys(names, len(self._scopes) - 1))
        yield loop
        lines = self._scopes.pop().lines
        heads = [
            f"  {name} = phi {kind} [ {first}, %before{label} ], [ {following}, %next{label} ]"
            for name, (kind, first), following in zip(names, carried, loop.next_values, strict=True)
        ]
        self._scopes[-1].lines += [
            f"  br label %before{label}",
            f"before{label}:",
            f"  br label %loop{label}",
            f"loop{label}:",
            *heads,
            *lines,
            f"after{label}:",
        ]
        self._leave(loop.next_values)

    @contextmanager
    def when(self, flag: str) -> Iterator[None]:
        """What is written inside happens only if the flag holds. Nothing moves out of it."""
        number = self._label()
        outer, self.floor = self.floor, len(self._scopes)
        self._scopes.append(_Scope())
        yield
        lines = self._scopes.pop().lines
        self.floor = outer
        self._scopes[-1].lines += [
            f"  br i1 {flag}, label %then{number}, label %end{number}",
            f"then{number}:",
            *lines,
            f"  br label %end{number}",
            f"end{number}:",
        ]

    def _label(self) -> int:
        self._labels += 1
        return self._labels

    def _leave(self, values: Sequence[str]) -> None:
        """Values of a closed loop are known to the scope around it."""
        here = len(self._scopes) - 1
        for value in values:
            if self._level.get(value, 0) > here:
                self._level[value] = here
