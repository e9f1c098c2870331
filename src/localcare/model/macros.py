"""Macros written out where they are used.

`:MACRO: NAME(inputs) ... :END OF MACRO:` defines equations that each use of NAME(...) repeats with
its own arguments. `expand` takes the statements of a file and the macros found in it, and returns
statements without macros: for each use there is one variable for each variable of the macro, named
after both, with the subscripts of the equation that uses it. Further outputs, as in
`first = NAME(input : second, third)`, become the variables that the use names. Text goes in and
text comes out, so what a macro makes is parsed, checked and reported like anything written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from localcare.model import names
from localcare.model.refusal import Refusal
from localcare.model.statements import QUOTED, Statement, head

__all__ = ["Macro", "declared", "expand"]

_MAX_USES = 2_000
_MAX_NESTING = 20
_MAX_CHARACTERS = 5_000_000
_NAME = re.compile(rf"{QUOTED.pattern}|'[^']*'|[^\W\d][\w\s'$]*[\w'$]|[^\W\d]")
_DECLARATION = re.compile(r"^(?P<name>[^()]+)\((?P<inputs>[^():]*)(?::(?P<outputs>[^()]*))?\)\s*$")
_OUTPUT = re.compile(rf"(?:{_NAME.pattern})\s*(?:\[[^\]]*\])?")
_LEFT = re.compile(rf'^\s*(?P<name>{QUOTED.pattern}|[^\[\]=(:"]+)(?P<over>(?:\[[^\]]*\])?)')


_LOGIC = re.compile(r":(?:and|or|not|na):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Macro:
    """One macro: its name, inputs and further outputs (keys), its statements, and the line it
    starts on."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    statements: tuple[Statement, ...]
    line: int


def declared(text: str, statements: Sequence[Statement], line: int) -> Macro:
    """The macro with this declaration, `NAME(first, second)`, and these statements."""
    match = _DECLARATION.match(" ".join(text.split()))
    if match is None:
        raise Refusal("is no declaration of a macro.", "Write `:MACRO: NAME(input, other)`.")
    name = names.key(match["name"])
    inputs = tuple(names.key(each) for each in match["inputs"].split(","))
    outputs = tuple(names.key(each) for each in (match["outputs"] or "").split(",") if each.strip())
    own = {names.key(head(each.text)) for each in statements}
    for each in (name, *outputs):
        if each not in own:
            which = "its own name" if each == name else f"its output {each}"
            raise Refusal(f"is a macro without an equation for {which}.", "Add one.")
    if any(_LEFT.match(each.text) is None for each in statements):
        raise Refusal("is a macro with a statement that is no equation.", "Write equations only.")
    return Macro(name, inputs, outputs, tuple(statements), line)


def expand(
    statements: Sequence[Statement], macros: Mapping[str, Macro]
) -> tuple[list[Statement], list[tuple[Statement, Refusal]]]:
    """The statements with every use of a macro written out, and those that could not be."""
    work = _Expansion(macros)
    found: list[Statement] = []
    faults: list[tuple[Statement, Refusal]] = []
    for statement in statements:
        made: list[Statement] = []
        try:
            found.append(work.statement(statement, made, ()))
        except Refusal as refusal:
            faults.append((statement, refusal))
            found.append(replace(statement, refused=True))
            continue
        found.extend(made)
    return found, faults


@dataclass(frozen=True, slots=True)
class _Site:
    """Where macros are used: the statement, its subscripts as written, the statements made for it,
    and the macros around."""

    statement: Statement
    over: str
    made: list[Statement]
    around: tuple[str, ...]


@dataclass
class _Expansion:
    macros: Mapping[str, Macro]
    uses: int = 0
    written: int = 0

    def statement(
        self, statement: Statement, made: list[Statement], around: tuple[str, ...]
    ) -> Statement:
        """The statement with uses of macros replaced; what they stand for goes to `made`."""
        left = _LEFT.match(statement.text)
        if left is None or statement.refused:
            return statement
        right = statement.text[left.end() :]
        if not any(names.key(each.group()) in self.macros for each in _words(right)):
            return statement
        site = _Site(statement, left["over"], made, around)
        return replace(statement, text=left.group() + self._text(right, site))

    def _text(self, text: str, site: _Site) -> str:
        pieces, position = [], 0
        for word in _words(text):
            if word.start() < position:
                continue
            opening = text.find("(", word.end())
            macro = self.macros.get(names.key(word.group()))
            if macro is None or opening < 0 or text[word.end() : opening].strip():
                continue
            arguments, outputs, end = _arguments(text, opening)
            pieces.append(text[position : word.start()])
            inputs = [self._text(each, site) for each in arguments]
            pieces.append(self._use(macro, inputs, outputs, site))
            position = end
        return "".join([*pieces, text[position:]])

    def _use(
        self, macro: Macro, arguments: Sequence[str], outputs: Sequence[str], site: _Site
    ) -> str:
        """How to read the output of one use, whose variables go to `site.made`; further outputs
        are the variables named in `outputs`."""
        statement, over, around = site.statement, site.over, site.around
        if len(outputs) != len(macro.outputs):
            raise Refusal(
                f"the macro {macro.name.upper()} has {len(macro.outputs)} further outputs, not "
                f"{len(outputs)}.",
                "Name a variable for each after a colon, as in NAME(input : second, third).",
            )
        if len(arguments) != len(macro.inputs):
            raise Refusal(
                f"the macro {macro.name.upper()} takes {len(macro.inputs)} arguments, not "
                f"{len(arguments)}.",
                "Is a comma missing or one too many?",
            )
        self.uses += 1
        if macro.name in around or len(around) >= _MAX_NESTING or self.uses > _MAX_USES:
            raise Refusal(
                f"the macro {macro.name.upper()} uses itself, or macros are used more than "
                f"{_MAX_USES:,} times.",
                "Write the equations of the macro out where it is used.",
            )
        base = f"{head(statement.text)}, {macro.name} {self.uses}".replace('"', "")
        own = {names.key(head(each.text)): each for each in macro.statements}
        reads = {key: f'"{base}{"" if key == macro.name else ", " + key}"{over}' for key in own}
        for key, given in zip(macro.outputs, outputs, strict=True):
            if not _OUTPUT.fullmatch(given):
                why = f"the output {given[:40]} of a macro is no name of a variable."
                raise Refusal(why, "Name one, as in NAME(input : second, third).")
            reads[key] = given
        reads.update(
            (key, given.strip() if _NAME.fullmatch(given.strip()) else f"({given.strip()})")
            for key, given in zip(macro.inputs, arguments, strict=True)
        )
        for key, each in own.items():
            left = _LEFT.match(each.text)
            if left is None or left["over"]:
                raise Refusal(
                    f"the macro {macro.name.upper()} has subscripts of its own (line {each.line}).",
                    "Write the equations of the macro out where it is used.",
                )
            text = reads[key] + _renamed(each.text[left.end() :], reads, macro.name)
            self.written += len(text)
            if self.written > _MAX_CHARACTERS:
                raise Refusal("macros write out to too much text.", "Use fewer.")
            limits = statement.limits if key == macro.name else (None, None)
            instance = replace(
                each, text=text, line=statement.line, group=statement.group, limits=limits
            )
            site.made.append(self.statement(instance, site.made, (*around, macro.name)))
        return reads[macro.name]


def _renamed(text: str, reads: Mapping[str, str], macro: str) -> str:
    """The text of a macro's equation with its variables and inputs as one use has them. A name
    that ends in `$` is the model's own; the macro's own before a bracket is another use of it.
    """
    pieces, position = [], 0
    for word in _words(text):
        key = names.key(word.group())
        new = reads.get(key)
        if key == macro and text[word.end() :].lstrip().startswith("("):
            new = None
        if word.group().endswith("$"):
            new = word.group()[:-1]
        if new is not None:
            pieces += [text[position : word.start()], new]
            position = word.end()
    return "".join([*pieces, text[position:]])


def _words(text: str) -> list[re.Match[str]]:
    return list(_NAME.finditer(text))


def _arguments(text: str, opening: int) -> tuple[list[str], list[str], int]:
    """The arguments between brackets, what follows a colon among them, and where the text goes
    on."""
    pieces, depth, position = [""], 0, opening
    further: int | None = None
    while position < len(text):
        whole = QUOTED.match(text, position) or _LOGIC.match(text, position)
        piece = whole.group() if whole else text[position]
        if piece in "([":
            depth += 1
        elif piece in ")]":
            depth -= 1
        if depth == 0:
            first, then = pieces[:further], [] if further is None else pieces[further:]
            return (
                [each for each in first if each.strip()],
                [each.strip() for each in then if each.strip()],
                position + 1,
            )
        if depth == 1 and (piece == "," or (piece == ":" and further is None)):
            further = len(pieces) if piece == ":" else further
            pieces.append("")
        elif position > opening:
            pieces[-1] += piece
        position += len(piece)
    raise Refusal("a bracket is opened and never closed.", "Close it.")
