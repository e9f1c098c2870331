"""Finds and reads scenarios: from a name or a path to a resolved `Scenario`.

A scenario takes over every setting of those it `extends`, in their order. It may set more, but
nothing twice: to set again what a parent sets, it names it under `replaces`, which drops all that
the parents say of that lever, constant or series. Every problem of the file and of the files it
extends is reported together.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from localcare.model.names import key
from localcare.problems import BadInput, Problem, did_you_mean
from localcare.scenario import resolve
from localcare.scenario.catalogue import Catalogue
from localcare.scenario.document import line_of, read
from localcare.scenario.draft import Draft, draft
from localcare.scenario.scenario import Scenario, Setting

__all__ = ["SUFFIX", "files_named", "find", "load", "names"]

SUFFIX = ".yaml"
#: Generations that a scenario may have, itself included; four are plenty.
DEEPEST = 50


def load(
    name_or_path: str | Path,
    known: Catalogue,
    *,
    folder: Path,
    own: Sequence[Path] = (),
    references: Collection[str] | None = None,
) -> Scenario:
    """The scenario of that name in `folder`, or in the file of that path, resolved for a model.

    Names, those it extends included, are looked for in the folders of `own` before `folder`.
    `known` is what may be set in that model; `references` the keys that `sources` may name (None:
    not checked). Raises BadInput with every problem found.
    """
    folders = (*own, folder)
    path = find(name_or_path, *folders)
    loader = _Loader(known, folders, references)
    resolved = loader.resolved(path, ())
    if loader.problems:
        raise BadInput(_in_order(loader.problems))
    return resolved


def find(name_or_path: str | Path, *folders: Path) -> Path:
    """The file of a scenario: a name is looked for in the folders, in their order; anything that
    looks like a path is one. Raises BadInput where there is none."""
    written = str(name_or_path)
    path = Path(name_or_path)
    if path.suffix in {SUFFIX, ".yml"} or len(path.parts) > 1 or isinstance(name_or_path, Path):
        return path
    if found := files_named(written, *folders):
        return found[0]
    known = tuple(dict.fromkeys(name for folder in folders for name in names(folder)))
    cure = did_you_mean(written, known)
    if not cure:
        cure = f"There are: {', '.join(known)}." if known else f"There is none in {folders[-1]}."
    raise BadInput(Problem("no such scenario.", cure, None, None, written or '""'))


def files_named(name: str, *folders: Path) -> tuple[Path, ...]:
    """The files of that name in the folders, in their order, each file once."""
    found: dict[Path, Path] = {}
    for folder in folders:
        path = folder / f"{name}{SUFFIX}"
        if name and path.is_file():
            found.setdefault(path.resolve(), path)
    return tuple(found.values())


def names(folder: Path) -> tuple[str, ...]:
    """The names of the scenarios in a folder."""
    return tuple(sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if path.is_file()))


class _Loader:
    """Reads one scenario and those it extends, each file once, and collects the problems."""

    def __init__(
        self, known: Catalogue, folders: Sequence[Path], references: Collection[str] | None
    ) -> None:
        self.known, self.folders, self.references = known, folders, references
        self.problems: list[Problem] = []
        self.done: dict[Path, Scenario] = {}

    def resolved(self, path: Path, children: tuple[Path, ...]) -> Scenario:
        """The scenario of a file; `children` are the files that led to it."""
        real = Path(os.path.realpath(path))  # unlike resolve(), lets a loop of links pass
        if real in self.done:
            return self.done[real]
        try:
            tree, raw = read(path)
        except BadInput as bad:
            self.problems.extend(bad.problems)
            empty = Scenario(path.stem, "", files=(path,))
            self.done[real] = empty
            return empty
        read_in, problems = draft(tree, path)
        self.problems.extend(problems)
        parents = tuple(self._parents(read_in, (*children, real)))
        inherited = self._inherited(read_in, parents)
        own = tuple(self._own(read_in))
        self._check_twice(own, inherited)
        head = read_in.head
        files = tuple(dict.fromkeys([*(f for each in parents for f in each.files), path]))
        digest = hashlib.sha256("".join(each.hash for each in parents).encode() + raw)
        scenario = Scenario(
            name=path.stem if head is None else head.name,
            title="" if head is None else head.title,
            rationale="" if head is None else head.rationale.strip(),
            sources=() if head is None else head.sources,
            extends=() if head is None else head.extends,
            settings=(*inherited, *own),
            files=files,
            hash=digest.hexdigest(),
        )
        self.done[real] = scenario
        self._check_head(read_in)
        return scenario

    def _parents(self, child: Draft, chain: tuple[Path, ...]) -> Iterator[Scenario]:
        extends = () if child.head is None else child.head.extends
        for name in extends:
            line = line_of(child.tree, "extends")
            folders = (child.file.parent, *self.folders)
            path = next(iter(files_named(name, *folders)), None)
            if path is None or Path(name).name != name:
                known = [each for folder in folders for each in names(folder)]
                cure = did_you_mean(name, known)
                why = f'no such scenario "{name}".'
                self.problems.append(Problem(why, cure, child.file, line, "extends"))
            elif path.resolve() in chain:
                circle = chain[chain.index(path.resolve()) :]
                shown = " -> ".join([*(each.stem for each in circle), name])
                why = f"goes round in a circle: {shown}."
                self.problems.append(
                    Problem(why, "Remove one of them.", child.file, line, "extends")
                )
            elif len(chain) >= DEEPEST:
                why = f"is the {DEEPEST}th scenario in a line of parents."
                cure = "Extend fewer."
                self.problems.append(Problem(why, cure, child.file, line, "extends"))
            else:
                yield self.resolved(path, chain)

    def _inherited(self, child: Draft, parents: Sequence[Scenario]) -> tuple[Setting, ...]:
        """The parents' settings without those the child replaces; two parents must not differ."""
        found = tuple(dict.fromkeys(each for parent in parents for each in parent.settings))
        replaced = () if child.head is None else child.head.replaces
        dropped = {key(name) for name in replaced}
        for name in replaced:
            if key(name) not in {key(each.name) for each in found}:
                cure = did_you_mean(name, [each.name for each in found])
                why = f'no scenario it extends sets "{name}".'
                line = line_of(child.tree, "replaces")
                self.problems.append(Problem(why, cure, child.file, line, "replaces"))
        kept = tuple(each for each in found if key(each.name) not in dropped)
        for second, first in _meeting(kept):
            why = f"is set by two scenarios it extends, {first.place} and {second.place}."
            cure = f'Add "{second.name}" to `replaces` and set it here.'
            line = line_of(child.tree, "extends")
            self.problems.append(Problem(why, cure, child.file, line, second.name))
        return kept

    def _own(self, child: Draft) -> Iterator[Setting]:
        pairs = (
            *(resolve.lever(each, self.known) for each in child.levers),
            *(resolve.constant(each, self.known) for each in child.constants),
            *(resolve.yearly(each, self.known) for each in child.series),
        )
        for setting, problems in pairs:
            self.problems.extend(problems)
            if setting is not None:
                yield setting

    def _check_twice(self, own: Sequence[Setting], inherited: Sequence[Setting]) -> None:
        for second, first in _meeting([*inherited, *own]):
            if second in inherited:
                continue  # its parents disagree, which `_inherited` says
            cure = "Keep one."
            if first in inherited:
                why = f"is already set by a scenario it extends ({first.place})."
                cure = f'To set it anew write `replaces: ["{second.name}"]`.'
            elif second.section != first.section:
                why = f"is set under both {first.section} and {second.section} ({first.place})."
            else:
                why = f"is set twice; the first is at {first.place}."
                cure = "Keep one, or give each its own places."
            self.problems.append(Problem(why, cure, second.file, second.line, second.name))

    def _check_head(self, child: Draft) -> None:
        head, tree, file = child.head, child.tree, child.file
        if head is None:
            return
        if head.name != file.stem:
            why = f'is "{head.name}", but the file is {file.name}.'
            cure = f"Write `name: {file.stem}` or rename the file."
            self.problems.append(Problem(why, cure, file, line_of(tree, "name"), "name"))
        for name in head.sources if self.references is not None else ():
            if name not in (self.references or ()):
                why = f'no such source "{name}".'
                cure = did_you_mean(name, list(self.references or ()))
                cure = cure or "Add it to the references beside the model."
                self.problems.append(Problem(why, cure, file, line_of(tree, "sources"), "sources"))


def _meeting(settings: Sequence[Setting]) -> Iterator[tuple[Setting, Setting]]:
    """Settings of one thing, as (later, earlier): those of one variable that touch the same
    element, or that stand in different sections, where order would decide."""
    for later, second in enumerate(settings):
        for first in settings[:later]:
            if first.variable == second.variable and (
                first.section != second.section or set(first.positions) & set(second.positions)
            ):
                yield second, first
                break


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    unique = dict.fromkeys(problems)
    files = list(dict.fromkeys(str(each.file) for each in unique))
    return sorted(unique, key=lambda each: (files.index(str(each.file)), each.line or 0))
