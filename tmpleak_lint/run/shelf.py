# ruff: noqa: PTH117, PTH118
"""What the cache knows of the files of one package under the same settings, and how it is written down.

In: what was read for each file, with what was found there. Out: the same as plain values, and back. Not handled:
whether it still holds, and where it is kept (`cache`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.reading.content import A_FILE, NO_FILE, NOTHING, SOMETHING, Found, Reads

Stamp = tuple[int, int, int]  # size, time of change, time of change of anything about the file
WORDS = frozenset({NO_FILE, A_FILE, SOMETHING, NOTHING})


@dataclass(slots=True)
class Shelf:
    """What is known of the files of one package under the same settings.

    `paths`, `founds` and `stamps` belong together: what was found there; their places are their numbers. After those
    come, in a shelf that was read, names of which it only matters that they are there or not, by folder (`named`, until
    it is `spread`): most of what is known, and told of a whole folder in one go. `groups` are numbers that several
    files share, each made of those before it; that of a group is negative, `~` its place. Of a file, by its path,
    `reads` has the numbers of what it hangs on, `told` its outcome as plain JSON, if there is anything to be told.
    """

    place: str
    package: str
    left: int = 0  # files of this run that aren't known yet
    changed: bool = False
    paths: list[str] = field(default_factory=list)
    founds: list[Found] = field(default_factory=list)
    stamps: list[Stamp | None] = field(default_factory=list)
    named: list[tuple[str, Found, list[str]]] = field(default_factory=list)
    groups: list[tuple[int, ...]] = field(default_factory=list)
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    _last: dict[str, int] | None = None  # number of what was found last at a path
    _known: dict[Reads, int] = field(default_factory=dict)  # groups that this run has added

    def number(self, path: str, found: Found, stamp: Stamp | None) -> int:
        """The number of what was found at a path."""
        if self._last is None:
            self.spread()
            self._last = {known: number for number, known in enumerate(self.paths)}
        known = self._last.get(path)
        if known is not None and self.founds[known] == found:
            return known
        self._last[path] = number = len(self.paths)
        self.paths.append(path)
        self.founds.append(found)
        self.stamps.append(stamp)
        return number

    def numbers(
        self, reads: Mapping[str, Found] | Reads, stamp: Callable[[str], Stamp | None]
    ) -> tuple[int, ...]:
        """The numbers of all that was read."""
        found = reads.found if isinstance(reads, Reads) else tuple(reads.items())
        parts = reads.parts if isinstance(reads, Reads) else ()
        return (
            *(self.number(path, what, None if what in WORDS else stamp(path)) for path, what in found),
            *(self._group(part, stamp) for part in parts),
        )

    def _group(self, reads: Reads, stamp: Callable[[str], Stamp | None]) -> int:
        if reads not in self._known:
            self.groups.append(self.numbers(reads, stamp))
            self._known[reads] = ~(len(self.groups) - 1)
        return self._known[reads]

    def spread(self) -> None:
        """Give each of the names its place among the paths."""
        for folder, what, names in self.named:
            self.paths += [folder + name for name in names]
            self.founds += [what] * len(names)
            self.stamps += [None] * len(names)
        self.named = []

    def forget(self, path: str) -> None:
        """Forget a file."""
        self.told.pop(path, None)
        if self.reads.pop(path, None) is not None:
            self.changed = True

    def plain(self) -> dict[str, Any]:
        """What is worth keeping, numbered anew, paths below the package by the rest of their name."""
        self.spread()
        used: set[int] = set()
        work = [number for numbers in self.reads.values() for number in numbers]
        while work:
            number = work.pop()
            if number not in used:
                used.add(number)
                work += self.groups[~number] if number < 0 else ()
        below = os.path.join(self.package, "")
        paths = [number for number in sorted(used) if number >= 0 and self.founds[number] not in WORDS]
        named: dict[tuple[str, Found], list[int]] = {}
        for number in sorted(used):
            if number >= 0 and (what := self.founds[number]) in WORDS:
                named.setdefault((parts_of(self.paths[number])[0], what), []).append(number)
        groups = sorted(~number for number in used if number < 0)
        ordered = [*paths, *(number for numbers in named.values() for number in numbers)]
        anew = {number: place for place, number in enumerate(ordered)}
        anew |= {~number: ~place for place, number in enumerate(groups)}
        return {
            "package": self.package,
            "paths": [self.paths[number].removeprefix(below) for number in paths],
            "found": [self.founds[number] for number in paths],
            "stamps": [self.stamps[number] for number in paths],
            "named": [
                [folder.removeprefix(below), what, [parts_of(self.paths[number])[1] for number in numbers]]
                for (folder, what), numbers in named.items()
            ],
            "groups": [[anew[number] for number in self.groups[place]] for place in groups],
            "reads": [[path.removeprefix(below), [anew[n] for n in ns]] for path, ns in self.reads.items()],
            "told": {path.removeprefix(below): told for path, told in self.told.items()},
        }

    def fill(self, plain: dict[str, Any]) -> None:
        """Take up what `plain` gave. Raises ValueError and its like for anything else."""
        package = self.package
        if plain["package"] != package:
            raise ValueError("of another package")
        below = os.path.join(package, "")
        self.paths = [path if os.path.isabs(path) else below + path for path in plain["paths"]]
        self.founds = plain["found"]
        self.stamps = [tuple(stamp) if stamp is not None else None for stamp in plain["stamps"]]
        self.named = [
            (folder if os.path.isabs(folder) else below + folder, what, list(names))
            for folder, what, names in plain["named"]
        ]
        self.groups = [tuple(numbers) for numbers in plain["groups"]]
        self.reads = {os.path.join(package, path): tuple(numbers) for path, numbers in plain["reads"]}
        self.told = {os.path.join(package, path): told for path, told in plain["told"].items()}
        if not len(self.paths) == len(self.founds) == len(self.stamps):
            raise ValueError("numbers of nothing")


def parts_of(path: str) -> tuple[str, str]:
    """A path's folder, with what ends it, and its name."""
    cut = path.rfind(os.sep) + 1
    return path[:cut], path[cut:]
