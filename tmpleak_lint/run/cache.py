# ruff: noqa: PTH103, PTH106, PTH108, PTH110, PTH113, PTH116, PTH118, PTH120, PTH208
"""What earlier runs have found out, kept in a folder: a file is judged again only if something has changed that its
verdict hangs on.

In: the files of a run. Out: the outcome of each that is known and still true, and after the run a folder that knows the
others too. A verdict hangs on the file, the files that were read for it, where others were looked for, the settings,
and this program. What hasn't changed is told by the size and the times of a file: a run in which nothing changed reads
none of them.

The folder holds a shelf for each package and settings: two JSON documents behind their check sum. The first shows at a
glance that all of the shelf holds, where no file and no folder that it hangs on has other times; the second says which
verdict hangs on which of them. Shelves are replaced as a whole, so runs may share the folder; one that is torn, foreign
or of another version counts as none. Check sums are made with a key that the user's cache folder holds, outside of
every tree: a shelf that came with somebody's code is none of ours. Nothing in it is ever executed. Shelves that nobody
has used for `KEPT` days are removed. A folder that holds other things is left as it is.

Not handled: files that can't be read, and those that crash the analysis (they are looked at each time).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tmpleak_lint import __version__
from tmpleak_lint.configuration import target_for
from tmpleak_lint.engine import Outcome
from tmpleak_lint.files import read_file, replaced
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.content import (
    A_FILE,
    NO_FILE,
    NOTHING,
    SOMETHING,
    Found,
    Reads,
    digest_of,
    is_offer,
)
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.run.identity import key, program
from tmpleak_lint.run.shelf import UNFIT, UNSURE, WORDS, Glance, Shelf, Stamp, parts_of
from tmpleak_lint.session import package_of
from tmpleak_lint.settings import Settings
from tmpleak_lint.worth import new_neighbours

if TYPE_CHECKING:
    from tmpleak_lint.reading.neighbours import Neighbours

FORMAT = 4
KEPT = 30  # days
PROGRAMS = 4  # programs whose shelves are kept, this one's included
TICK = (
    2_000_000_000  # nanoseconds: a file written so shortly before it was read may have changed unseen since
)
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by tmpleak-lint. It holds what earlier runs have found out, so that files that have not\n"
    "# changed are not analysed again. It can be deleted at any time; https://bford.info/cachedir/\n"
)

_DAY = 86_400_000_000_000
_PROGRAM = re.compile(r"[\w.+!]+-[0-9a-f]{16}\Z")
_SHELF = re.compile(r"[0-9a-f]{24}\.json(\.[0-9a-f]{8}\.tmp)?\Z")


class CacheError(Exception):
    """The folder that was asked for can't be used; the text names it and says why."""


class Cache:
    """The folder of one run. `kind` tells apart what is asked of a file besides the settings, such as fixes. Where
    files are asked about one by one, by several processes at once, each has a shelf of its own (`apart`)."""

    def __init__(self, folder: str, kind: str = "", *, must: bool = False, apart: bool = False) -> None:
        """Use or make the folder. Raises CacheError where it `must` be had and can't be."""
        self._top = folder
        self._kind = kind
        self._apart = apart
        self._started = time.time_ns()
        self._now: dict[str, Stamp | None] = {}
        self._digests: dict[str, Found] = {}
        self._offers: dict[tuple[Settings, str], Found] = {}
        self._neighbours: dict[Settings, Neighbours] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._shelves: dict[str, Shelf] = {}
        self._homes: dict[str, tuple[Shelf, SourceFile]] = {}
        self._places: dict[tuple[str, Settings, str], str] = {}
        self._targets: dict[tuple[str, Settings], tuple[int, int]] = {}
        self._works = True
        try:
            self._folder = self._made()
        except OSError as error:
            if must:
                raise CacheError(
                    f"{folder}: no cache can be kept there: {error.strerror or error}"
                ) from error
            self._works = False  # a folder that nobody may write in costs time, and nothing else

    # -- before a run -----------------------------------------------------------------------------

    def recall(
        self, files: Sequence[SourceFile], given: str = ""
    ) -> Iterator[tuple[SourceFile, Outcome | None]]:
        """Each file with its outcome, None where that isn't known or true any more. `given`: what else it hangs on."""
        packages: dict[str, list[SourceFile]] = {}
        before: tuple[str, Settings] | None = None  # most files lie beside the one before
        place = ""
        for file in files:
            folder, _ = parts_of(file.path)
            if self._apart or before is None or before[0] != folder or before[1] is not file.settings:
                place = self._place_of(file, given)
                before = folder, file.settings
            packages.setdefault(place, []).append(file)
        for place, members in packages.items():
            package = package_of(members[0].path)
            glance, rest = self._opened(place, package)
            known = self._at_once(glance, members) if glance is not None else None
            if known is not None:
                yield from zip(members, known, strict=True)
                continue
            shelf = self._shelf(place, package, members[0].settings, glance, rest)
            is_most = 2 * len(members) >= len(shelf.reads)
            true, false = self._all_true(shelf) if is_most else set[int](), set[int]()
            for file in members:
                outcome = self._recalled(shelf, file, true, false)
                if outcome is None:
                    shelf.forget(file.path)
                    shelf.left += 1
                    self._homes[file.filename] = shelf, file
                yield file, outcome
            shelf.changed = shelf.changed or (glance is not None and self._is_late(glance))
            if shelf.left:
                self._shelves[place] = shelf
            elif shelf.changed:
                self._save(shelf)

    def _at_once(self, glance: Glance, members: list[SourceFile]) -> list[Outcome] | None:
        """The outcomes of files of which nothing has changed; None where that doesn't show at a glance, or where only
        few files of a package are asked for."""
        if 2 * len(members) < len(glance.files):
            return None
        if not all(
            self._stamp(path) == stamp for path, stamp in zip(glance.paths, glance.stamps, strict=True)
        ):
            return None
        folders = zip(glance.folders, glance.folder_stamps, strict=True)
        if not all(self._folder_stamp(folder) == stamp for folder, stamp in folders):
            return None
        if not all(self._are_there(*around) for around in glance.around):
            return None
        known, told = frozenset(glance.files), glance.told
        outcomes = []
        for file in members:
            if file.path not in known:
                return None
            outcome = self._outcome(file, told.get(file.path))
            if outcome is None:
                return None
            outcomes.append(outcome)
        return outcomes

    def _outcome(self, file: SourceFile, told: Any) -> Outcome | None:
        """What is told of a file; None where that isn't what we write, or of another purpose."""
        try:
            return Outcome(FileReport(file.filename)) if told is None else self._from_told(file, told)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            return None

    def _folder_stamp(self, folder: str) -> Stamp | None:
        """What tells whether anything has come into a folder or gone from it."""
        found = self._stamp(folder)
        return None if found is None else (0, *found[1:])

    def _stamp_to_keep(self, folder: str, what: Found, names: list[str]) -> Stamp | None:
        """What tells later whether names are still there, or still free; one that is taken by no file may become one
        unseen."""
        if what is NO_FILE and not self._names_in(folder).isdisjoint(names):
            return UNFIT
        return self._sure(self._folder_stamp(folder))

    def _is_late(self, glance: Glance) -> bool:
        """Whether folders have changed, and nothing that matters in them."""
        now = (
            (stamp, self._folder_stamp(folder))
            for folder, stamp in zip(glance.folders, glance.folder_stamps, strict=True)
        )
        return any(known not in (UNFIT, stamp) and self._sure(stamp) != UNSURE for known, stamp in now)

    def _all_true(self, shelf: Shelf) -> set[int]:
        """All numbers of a shelf that still hold, told at once: of names by whole folders, of groups in their order."""
        found = {number for number in range(len(shelf.paths)) if self._is_true(shelf, number)}
        first = len(shelf.paths)
        for folder, what, names in shelf.named:
            if self._are_there(folder, what, names):
                found.update(range(first, first + len(names)))
            first += len(names)
        for place, numbers in enumerate(shelf.groups):  # each is made of those before it
            if found.issuperset(numbers):
                found.add(~place)
        return found

    def _recalled(self, shelf: Shelf, file: SourceFile, true: set[int], false: set[int]) -> Outcome | None:
        numbers = shelf.reads.get(file.path)
        try:
            if numbers is None or not self._are_true(shelf, numbers, true, false):
                return None
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):  # whole, but not what we write
            return None
        return self._outcome(file, shelf.told.get(file.path))

    def _are_true(self, shelf: Shelf, numbers: tuple[int, ...], true: set[int], false: set[int]) -> bool:
        """Whether all that is numbered so is still what is found; each is asked for once."""
        if true.issuperset(numbers):
            return True
        for number in numbers:
            if number in true:
                continue
            if number in false:
                return False
            is_true = (
                self._are_true(shelf, shelf.groups[~number], true, false)
                if number < 0
                else self._is_true(shelf, number)
            )
            (true if is_true else false).add(number)
            if not is_true:
                return False
        return True

    def _is_true(self, shelf: Shelf, number: int) -> bool:
        """Whether what was found at a path is still what is found there."""
        if number >= len(shelf.paths):
            shelf.spread()
        path, found, known = shelf.paths[number], shelf.founds[number], shelf.stamps[number]
        if found in WORDS:
            return self._is_there(path, found)
        now = self._stamp(path)
        if now is not None and now == known:
            return True
        if now is None or found != (
            self._offer(shelf.settings, path) if is_offer(found) else self._digest(path)
        ):
            return False
        if known != (sure := self._sure(now)):
            shelf.stamps[number] = sure
            shelf.changed = True
        return True

    def _is_there(self, path: str, found: Found) -> bool:
        """Whether a path is as free or taken as it was; each folder is looked into once."""
        folder, name = parts_of(path)
        names = self._names_in(folder)
        if name not in names:
            return found in (NO_FILE, NOTHING)
        return found in (A_FILE, SOMETHING) or (found is NO_FILE and not os.path.isfile(path))

    def _are_there(self, folder: str, what: Found, names: list[str]) -> bool:
        """Whether names in a folder are all as free or taken as they were, as far as the folder tells."""
        there = self._names_in(folder)
        return there.issuperset(names) if what in (A_FILE, SOMETHING) else there.isdisjoint(names)

    def _names_in(self, folder: str) -> frozenset[str]:
        names = self._names.get(folder)
        if names is None:
            try:
                names = frozenset(os.listdir(folder))
            except OSError:
                names = frozenset()
            self._names[folder] = names
        return names

    def _stamp(self, path: str) -> Stamp | None:
        """What tells at little cost whether a file has changed, None where there is none."""
        if path not in self._now:
            try:
                found = os.stat(path)
                self._now[path] = found.st_size, found.st_mtime_ns, found.st_ctime_ns
            except (OSError, ValueError):
                self._now[path] = None
        return self._now[path]

    def _sure(self, now: Stamp | None) -> Stamp | None:
        """The same, if it can be relied upon later."""
        return UNSURE if now is not None and max(now[1:]) >= self._started - TICK else now

    def _digest(self, path: str) -> Found:
        if path not in self._digests:
            try:
                self._digests[path] = digest_of(read_file(path))
            except OSError:
                self._digests[path] = NO_FILE
        return self._digests[path]

    def _offer(self, settings: Settings, path: str) -> Found:
        """What stands for what a module offers now, under these settings."""
        if settings not in self._neighbours:
            self._neighbours[settings] = new_neighbours(settings)
        if (settings, path) not in self._offers:
            try:
                self._offers[settings, path] = self._neighbours[settings].offer(read_file(path))
            except OSError:
                self._offers[settings, path] = NO_FILE
        return self._offers[settings, path]

    # -- during a run -----------------------------------------------------------------------------

    def take(self, outcome: Outcome) -> None:
        """Take note of the outcome of a file that wasn't known."""
        home = self._homes.pop(outcome.report.filename, None)
        if home is None:
            return
        shelf, file = home
        reads = outcome.reads
        own = dict(reads.found) if isinstance(reads, Reads) else reads or {}
        if reads is not None and own.get(file.path):
            shelf.reads[file.path] = shelf.numbers(reads, lambda path: self._sure(self._stamp(path)))
            told = self._to_told(file, outcome)
            if told is not None:
                shelf.told[file.path] = told
            shelf.changed = True
        shelf.left -= 1
        if not shelf.left:
            self._save(self._shelves.pop(shelf.place))

    def close(self) -> None:
        """Keep what was found out, also where the run was ended early; throw out what nobody uses."""
        for shelf in self._shelves.values():
            self._save(shelf)
        self._shelves.clear()
        if self._works:
            with contextlib.suppress(OSError):
                self._prune()

    def _to_told(self, file: SourceFile, outcome: Outcome) -> Any:
        from tmpleak_lint.run.plain import to_plain

        plain = outcome.under(file.path)
        if plain == Outcome(FileReport(file.path)):
            return None
        return {"outcome": to_plain(plain), "target": list(self._target(file)) if self._kind else None}

    def _from_told(self, file: SourceFile, told: Any) -> Outcome | None:
        from tmpleak_lint.run.plain import from_plain

        if self._kind and told["target"] != list(self._target(file)):
            return None
        return from_plain(Outcome, told["outcome"]).under(file.filename)

    def _target(self, file: SourceFile) -> tuple[int, int]:
        """The oldest Python that a fix in a file is for."""
        key = os.path.dirname(file.path), file.settings
        if key not in self._targets:
            self._targets[key] = target_for(file.settings, key[0])
        return self._targets[key]

    # -- the folder -------------------------------------------------------------------------------

    def _made(self) -> str:
        """The folder for what this very program finds out, made if it isn't there. Raises OSError."""
        own = f"{__version__}-{program()}"
        if not _is_ours(self._top):
            raise OSError(errno.ENOTEMPTY, "the folder holds other things, and no cache of tmpleak-lint")
        for name, text in ((_TAG_NAME, _TAG), (".gitignore", "*\n")):
            path = os.path.join(self._top, name)
            if not os.path.exists(path):
                os.makedirs(self._top, exist_ok=True)
                replaced(path, text.encode())
        folder = os.path.join(self._top, own)
        os.makedirs(folder, exist_ok=True)
        return folder

    def _place_of(self, file: SourceFile, given: str) -> str:
        """The name of the shelf that a file stands on."""
        key = file.path if self._apart else package_of(file.path), file.settings, given
        place = self._places.get(key)
        if place is None:
            hangs_on = (key[0], file.settings.judging(), self._kind, given)
            about = repr(hangs_on).encode("utf-8", "surrogateescape")
            place = self._places[key] = hashlib.blake2b(about, digest_size=12).hexdigest()
        return place

    def _opened(self, place: str, package: str) -> tuple[Glance | None, bytes]:
        """What a shelf shows at a glance, and the rest as it was left; nothing where there is none that is whole and
        ours."""
        if not self._works:
            return None, b""
        path = os.path.join(self._folder, f"{place}.json")
        try:
            head, _, body = read_file(path).partition(b"\n")
            if head != _head(body):
                return None, b""
            first, _, rest = body.partition(b"\n")
            glance = Glance(package, json.loads(first))
            if self._started - os.stat(path).st_mtime_ns > _DAY:
                os.utime(path)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
        ):  # not there, not what we write
            return None, b""
        return glance, rest

    def _shelf(
        self, place: str, package: str, settings: Settings, glance: Glance | None, rest: bytes
    ) -> Shelf:
        """The shelf as it was left, an empty one where there is none."""
        shelf = Shelf(place, package, settings)
        if glance is None:
            return shelf
        try:
            shelf.fill(glance, json.loads(rest))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return Shelf(place, package, settings)
        return shelf

    def _save(self, shelf: Shelf) -> None:
        if not self._works or not shelf.changed:
            return
        both = (json.dumps(part, separators=(",", ":")).encode() for part in shelf.plain(self._stamp_to_keep))
        body = b"\n".join(both)
        try:
            replaced(os.path.join(self._folder, f"{shelf.place}.json"), _head(body) + b"\n" + body)
        except OSError:  # a full disk, say: the next run finds out anew
            self._works = False

    def _prune(self) -> None:
        """Once a day: remove shelves that weren't used for long, and those of programs that are gone."""
        mark = os.path.join(self._top, "pruned")
        if os.path.exists(mark) and self._started - os.stat(mark).st_mtime_ns < _DAY:
            return
        replaced(mark, b"")
        folders = [
            entry
            for entry in os.scandir(self._top)
            if entry.is_dir(follow_symlinks=False) and _PROGRAM.match(entry.name)
        ]
        folders.sort(key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for rank, folder in enumerate(folders):
            for entry in os.scandir(folder.path):
                age = self._started - entry.stat().st_mtime_ns
                is_ours = _SHELF.match(entry.name) is not None
                is_old = rank >= PROGRAMS or age > (KEPT * _DAY if entry.name.endswith(".json") else _DAY)
                if (is_ours and is_old and folder.path != self._folder) or (is_ours and age > KEPT * _DAY):
                    os.unlink(entry.path)
            if folder.path != self._folder:
                with contextlib.suppress(OSError):  # something is left in it
                    os.rmdir(folder.path)


def _head(body: bytes) -> bytes:
    """The line before a body: who wrote it, and its check sum."""
    check = hashlib.blake2b(body, digest_size=16, key=key()).hexdigest()
    return json.dumps({"tmpleak-lint": __version__, "cache": FORMAT, "check": check}).encode()


def _is_ours(folder: str) -> bool:
    """Whether a folder is a cache of ours, or empty, or not there: nothing is put beside what others keep."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return True
    if _TAG_NAME not in names:
        return all(name.startswith(_TAG_NAME) for name in names)  # another run is just making it
    return b"made by tmpleak-lint" in read_file(os.path.join(folder, _TAG_NAME))
