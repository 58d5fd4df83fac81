# ruff: noqa: PTH117, PTH118
"""What the cache knows of the files of one package under the same settings, and how it is written down.

In: what was read for each file, with what was found there. Out: the same as plain values, and back. Not handled:
whether it still holds, and where it is kept (`cache`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.reading.content import A_FILE, NO_FILE, NOTHING, SOMETHING, Found, Reads, is_offer
from tmpleak_lint.settings import Settings

Stamp = tuple[int, int, int]  # size, time of change, time of change of anything about the file
UNSURE: Stamp = (-1, -1, -1)  # of what may change unseen
UNFIT: Stamp = (-2, -2, -2)  # of a folder whose own times don't tell what matters of it
FEW = 4  # numbers of which no group is made
WORDS = frozenset({NO_FILE, A_FILE, SOMETHING, NOTHING})


@dataclass(slots=True)
class Shelf:
    """What is known of the files of one package under the same settings.

    `paths`, `founds` and `stamps` belong together: what was found there; their places are their numbers. A path has
    more than one where it matters to some what a file holds, and to others what it offers. After those come, in a shelf
    that was read, names of which it only matters that they are there or not, by folder (`named`, until it is `spread`):
    most of what is known, and told of a whole folder in one go. `groups` are numbers that several files share, more
    than `FEW` of them, each made of those before it; that of a group is negative, `~` its place. Of a file, by its
    path, `reads` has the numbers of what it hangs on, `told` its outcome as plain JSON, if there is anything to be
    told.
    """

    place: str
    package: str
    settings: Settings
    left: int = 0  # files of this run that aren't known yet
    changed: bool = False
    paths: list[str] = field(default_factory=list)
    founds: list[Found] = field(default_factory=list)
    stamps: list[Stamp | None] = field(default_factory=list)
    named: list[tuple[str, Found, list[str]]] = field(default_factory=list)
    groups: list[tuple[int, ...]] = field(default_factory=list)
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    _last: dict[tuple[str, bool], int] | None = None  # number of what was found last at a path; of its offer
    _known: dict[Reads, tuple[int, ...]] = field(default_factory=dict)  # what this run has made of answers
    _places: dict[tuple[int, ...], int] | None = None  # of groups

    def number(self, path: str, found: Found, stamp: Stamp | None) -> int:
        """The number of what was found at a path."""
        if self._last is None:
            self.spread()
            both = zip(self.paths, map(is_offer, self.founds), strict=True)
            self._last = {key: number for number, key in enumerate(both)}
        key = path, is_offer(found)
        known = self._last.get(key)
        if known is not None and self.founds[known] == found:
            return known
        self._last[key] = number = len(self.paths)
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
        numbers = [self.number(path, what, None if what in WORDS else stamp(path)) for path, what in found]
        for part in parts:
            numbers += self._group(part, stamp)
        return tuple(dict.fromkeys(numbers))

    def _group(self, reads: Reads, stamp: Callable[[str], Stamp | None]) -> tuple[int, ...]:
        """The number of a group, the same for all that are made of the same; those of its members where it has few."""
        known = self._known.get(reads)
        if known is None:
            known = self.numbers(reads, stamp)
            if len(known) > FEW:
                if self._places is None:
                    self._places = {numbers: place for place, numbers in enumerate(self.groups)}
                place = self._places.setdefault(known, len(self.groups))
                if place == len(self.groups):
                    self.groups.append(known)
                known = (~place,)
            self._known[reads] = known
        return known

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

    def plain(
        self, folder_stamp: Callable[[str, Found, list[str]], Stamp | None]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is worth keeping, numbered anew, paths below the package by the rest of their name: what a `Glance`
        takes up, and the rest. `folder_stamp`: what tells whether those of the names in a folder are there."""
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
        names = {
            key: [parts_of(self.paths[number])[1] for number in numbers] for key, numbers in named.items()
        }
        stamps: dict[str, Stamp | None] = {}
        for (folder, what), those in names.items():
            if folder.startswith(below) and stamps.get(folder) != UNFIT:
                stamps[folder] = folder_stamp(folder, what, those)
        at: dict[tuple[str, Stamp | None], int] = {}  # what is looked at: once, whatever hangs on it
        for number in paths:
            at.setdefault((self.paths[number], self.stamps[number]), len(at))
        own = {path: place for (path, _), place in at.items()}
        glance = {
            "package": self.package,
            "paths": [path.removeprefix(below) for path, _ in at],
            "stamps": [stamp for _, stamp in at],
            "folders": [folder.removeprefix(below) for folder in stamps],
            "folder_stamps": list(stamps.values()),
            "around": [
                [folder, what, those]
                for (folder, what), those in names.items()
                if not folder.startswith(below)
            ],
            "files": [own[path] for path in self.reads],
            "told": {path.removeprefix(below): told for path, told in self.told.items()},
        }
        rest = {
            "at": [at[self.paths[number], self.stamps[number]] for number in paths],
            "found": [self.founds[number] for number in paths],
            "named": [[folder.removeprefix(below), what, those] for (folder, what), those in names.items()],
            "groups": [[anew[number] for number in self.groups[place]] for place in groups],
            "reads": [[anew[number] for number in numbers] for numbers in self.reads.values()],
        }
        return glance, rest

    def fill(self, glance: Glance, rest: dict[str, Any]) -> None:
        """Take up what `plain` gave. Raises ValueError and its like for anything else."""
        self.paths = [glance.paths[place] for place in rest["at"]]
        self.stamps = [glance.stamps[place] for place in rest["at"]]
        self.founds, self.told = rest["found"], glance.told
        folders = _whole(self.package, [folder for folder, _, _ in rest["named"]])
        self.named = [
            (folder, what, list(names))
            for folder, (_, what, names) in zip(folders, rest["named"], strict=True)
        ]
        self.groups = [tuple(numbers) for numbers in rest["groups"]]
        self.reads = dict(zip(glance.files, map(tuple, rest["reads"]), strict=True))
        if not len(self.paths) == len(self.founds) == len(self.stamps):
            raise ValueError("numbers of nothing")


class Glance:
    """What a shelf begins with: by this alone it shows that all of it still holds, where nothing has changed.

    `paths` and `stamps`, `folders` and `folder_stamps` belong together: files that something was read from, folders of
    the package in which names were looked for. `around` it are other folders, with those names, for what comes and goes
    there is mostly none of ours. `files` are those whose outcomes are known, `told` as in a shelf. Raises ValueError
    and its like for what a shelf didn't give.
    """

    __slots__ = ("around", "files", "folder_stamps", "folders", "paths", "stamps", "told")

    def __init__(self, package: str, plain: dict[str, Any]) -> None:
        if plain["package"] != package:
            raise ValueError("of another package")
        self.paths = _whole(package, plain["paths"])
        self.stamps: list[Stamp | None] = [_stamp(stamp) for stamp in plain["stamps"]]
        self.folders = _whole(package, plain["folders"])
        self.folder_stamps = [_stamp(stamp) for stamp in plain["folder_stamps"]]
        self.around: list[tuple[str, Found, list[str]]] = [
            (folder, what, names) for folder, what, names in plain["around"]
        ]
        self.files: list[str] = [self.paths[number] for number in plain["files"]]
        told: dict[str, Any] = plain["told"]
        self.told = dict(zip(_whole(package, told), told.values(), strict=True))


def _stamp(plain: list[int] | None) -> Stamp | None:
    return None if plain is None else (plain[0], plain[1], plain[2])


def _whole(package: str, paths: Iterable[str]) -> list[str]:
    """Paths that stand below the package where they aren't absolute."""
    below = os.path.join(package, "")
    if os.sep == "/":
        return [path if path.startswith("/") else below + path for path in paths]
    return [path if os.path.isabs(path) else below + path for path in paths]


def parts_of(path: str) -> tuple[str, str]:
    """A path's folder, with what ends it, and its name."""
    cut = path.rfind(os.sep) + 1
    return path[:cut], path[cut:]
