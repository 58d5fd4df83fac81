# ruff: noqa: PTH100, PTH103, PTH105, PTH106, PTH108, PTH110, PTH111, PTH113, PTH116, PTH117, PTH118, PTH120, PTH208
"""What earlier runs have found out, kept in a folder: a file is judged again only if something has changed that its
verdict hangs on.

In: the files of a run. Out: the outcome of each that is known and still true, and after the run a folder that knows the
others too. A verdict hangs on the file, the files that were read for it, where others were looked for, the settings,
and this program. What hasn't changed is told by the size and the times of a file: a run in which nothing changed reads
none of them.

The folder holds a shelf for each package and settings: one JSON document that begins with its own check sum. Shelves
are replaced as a whole, so runs may share the folder; one that is torn, foreign or of another version counts as none.
Check sums are made with a key that the user's cache folder holds, outside of every tree: a shelf that came with
somebody's code is none of ours. Nothing in it is ever executed. Shelves that nobody has used for `KEPT` days are
removed. A folder that holds other things is left as it is.

Not handled: files that can't be read, and those that crash the analysis (they are looked at each time).
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import importlib.util
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint import __version__
from tmpleak_lint.configuration import target_for
from tmpleak_lint.engine import Outcome
from tmpleak_lint.files import read_file
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.content import A_FILE, NO_FILE, NOTHING, SOMETHING, Found, Reads, digest_of
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.session import package_of
from tmpleak_lint.settings import Settings

FORMAT = 1
KEPT = 30  # days
PROGRAMS = 4  # programs whose shelves are kept, this one's included
TICK = (
    2_000_000_000  # nanoseconds: a file written so shortly before it was read may have changed unseen since
)
KEY = 32  # bytes
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by tmpleak-lint. It holds what earlier runs have found out, so that files that have not\n"
    "# changed are not analysed again. It can be deleted at any time; https://bford.info/cachedir/\n"
)

Stamp = tuple[int, int, int]  # size, time of change, time of change of anything about the file
WORDS = frozenset({NO_FILE, A_FILE, SOMETHING, NOTHING})
_UNSURE: Stamp = (-1, -1, -1)
_DAY = 86_400_000_000_000
_PROGRAM = re.compile(r"[\w.+!]+-[0-9a-f]{16}\Z")
_SHELF = re.compile(r"[0-9a-f]{24}\.json(\.[0-9a-f]{8}\.tmp)?\Z")


class CacheError(Exception):
    """The folder that was asked for can't be used; the text names it and says why."""


@dataclass(slots=True)
class _Shelf:
    """What is known of the files of one package under the same settings.

    `paths`, `founds` and `stamps` belong together: what was found there; their places are their numbers. `groups` are
    numbers that several files share; that of a group is negative, `~` its place. Of a file, by its path, `reads` has
    the numbers of what it hangs on, `told` its outcome as plain JSON, if there is anything to be told.
    """

    place: str
    package: str
    left: int = 0  # files of this run that aren't known yet
    changed: bool = False
    paths: list[str] = field(default_factory=list)
    founds: list[Found] = field(default_factory=list)
    stamps: list[Stamp | None] = field(default_factory=list)
    groups: list[tuple[int, ...]] = field(default_factory=list)
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)  # number of what was found last at a path
    _known: dict[Reads, int] = field(default_factory=dict)  # groups that this run has added

    def number(self, path: str, found: Found, stamp: Stamp | None) -> int:
        """The number of what was found at a path."""
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

    def forget(self, path: str) -> None:
        """Forget a file."""
        self.told.pop(path, None)
        if self.reads.pop(path, None) is not None:
            self.changed = True

    def plain(self) -> dict[str, Any]:
        """What is worth keeping, numbered anew, paths below the package by the rest of their name."""
        used: set[int] = set()
        work = [number for numbers in self.reads.values() for number in numbers]
        while work:
            number = work.pop()
            if number not in used:
                used.add(number)
                work += self.groups[~number] if number < 0 else ()
        paths = sorted(number for number in used if number >= 0)
        groups = sorted(~number for number in used if number < 0)
        anew = {number: place for place, number in enumerate(paths)}
        anew |= {~number: ~place for place, number in enumerate(groups)}
        below = os.path.join(self.package, "")
        return {
            "package": self.package,
            "paths": [self.paths[number].removeprefix(below) for number in paths],
            "found": [self.founds[number] for number in paths],
            "stamps": [self.stamps[number] for number in paths],
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
        self.groups = [tuple(numbers) for numbers in plain["groups"]]
        self.reads = {os.path.join(package, path): tuple(numbers) for path, numbers in plain["reads"]}
        self.told = {os.path.join(package, path): told for path, told in plain["told"].items()}
        self._last = {path: number for number, path in enumerate(self.paths)}
        if not len(self.paths) == len(self.founds) == len(self.stamps):
            raise ValueError("numbers of nothing")


class Cache:
    """The folder of one run. `kind` tells apart what is asked of a file besides the settings, such as fixes."""

    def __init__(self, folder: str, kind: str = "", *, must: bool = False) -> None:
        """Use or make the folder. Raises CacheError where it `must` be had and can't be."""
        self._top = folder
        self._kind = kind
        self._started = time.time_ns()
        self._now: dict[str, Stamp | None] = {}
        self._digests: dict[str, Found] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._shelves: dict[str, _Shelf] = {}
        self._homes: dict[str, tuple[_Shelf, SourceFile]] = {}
        self._places: dict[tuple[str, Settings], str] = {}
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

    def recall(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, Outcome | None]]:
        """Each file with its outcome, None where that isn't known or true any more."""
        packages: dict[str, list[SourceFile]] = {}
        for file in files:
            packages.setdefault(self._place_of(file), []).append(file)
        for place, members in packages.items():
            shelf = self._shelf(place, package_of(members[0].path))
            truths: dict[int, bool] = {}
            for file in members:
                outcome = self._recalled(shelf, file, truths)
                if outcome is None:
                    shelf.forget(file.path)
                    shelf.left += 1
                    self._homes[file.filename] = shelf, file
                yield file, outcome
            if shelf.left:
                self._shelves[place] = shelf
            elif shelf.changed:
                self._save(shelf)

    def _recalled(self, shelf: _Shelf, file: SourceFile, truths: dict[int, bool]) -> Outcome | None:
        numbers = shelf.reads.get(file.path)
        told = shelf.told.get(file.path)
        try:
            if numbers is None or not self._are_true(shelf, numbers, truths):
                return None
            return Outcome(FileReport(file.filename)) if told is None else self._from_told(file, told)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):  # whole, but not what we write
            return None

    def _are_true(self, shelf: _Shelf, numbers: tuple[int, ...], truths: dict[int, bool]) -> bool:
        """Whether all that is numbered so is still what is found; each is asked for once."""
        for number in numbers:
            true = truths.get(number)
            if true is None:
                true = (
                    self._are_true(shelf, shelf.groups[~number], truths)
                    if number < 0
                    else self._is_true(shelf, number)
                )
                truths[number] = true
            if not true:
                return False
        return True

    def _is_true(self, shelf: _Shelf, number: int) -> bool:
        """Whether what was found at a path is still what is found there."""
        path, found, known = shelf.paths[number], shelf.founds[number], shelf.stamps[number]
        if found in WORDS:
            return self._is_there(path, found)
        now = self._stamp(path)
        if now is not None and now == known:
            return True
        if now is None or found != self._digest(path):
            return False
        if known != (sure := self._sure(now)):
            shelf.stamps[number] = sure
            shelf.changed = True
        return True

    def _is_there(self, path: str, found: Found) -> bool:
        """Whether a path is as free or taken as it was; each folder is looked into once."""
        folder, name = os.path.split(path)
        names = self._names.get(folder)
        if names is None:
            try:
                names = frozenset(os.listdir(folder))
            except OSError:
                names = frozenset()
            self._names[folder] = names
        if name not in names:
            return found in (NO_FILE, NOTHING)
        return found in (A_FILE, SOMETHING) or (found is NO_FILE and not os.path.isfile(path))

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
        return _UNSURE if now is not None and max(now[1:]) >= self._started - TICK else now

    def _digest(self, path: str) -> Found:
        if path not in self._digests:
            try:
                self._digests[path] = digest_of(read_file(path))
            except OSError:
                self._digests[path] = NO_FILE
        return self._digests[path]

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
                _replace(path, text.encode())
        folder = os.path.join(self._top, own)
        os.makedirs(folder, exist_ok=True)
        return folder

    def _place_of(self, file: SourceFile) -> str:
        """The name of the shelf that a file stands on."""
        key = package_of(file.path), file.settings
        place = self._places.get(key)
        if place is None:
            about = repr((key[0], file.settings.judging(), self._kind)).encode("utf-8", "surrogateescape")
            place = self._places[key] = hashlib.blake2b(about, digest_size=12).hexdigest()
        return place

    def _shelf(self, place: str, package: str) -> _Shelf:
        """The shelf as it was left, an empty one where there is none, or none that is whole and ours."""
        shelf = _Shelf(place, package)
        if not self._works:
            return shelf
        path = os.path.join(self._folder, f"{place}.json")
        try:
            head, _, body = read_file(path).partition(b"\n")
            if head == _head(body):
                shelf.fill(json.loads(body))
                if self._started - os.stat(path).st_mtime_ns > _DAY:
                    os.utime(path)
        except OSError:  # not there
            return shelf
        except (ValueError, KeyError, TypeError, AttributeError):
            return _Shelf(place, package)
        return shelf

    def _save(self, shelf: _Shelf) -> None:
        if not self._works or not shelf.changed:
            return
        body = json.dumps(shelf.plain(), separators=(",", ":")).encode()
        try:
            _replace(os.path.join(self._folder, f"{shelf.place}.json"), _head(body) + b"\n" + body)
        except OSError:  # a full disk, say: the next run finds out anew
            self._works = False

    def _prune(self) -> None:
        """Once a day: remove shelves that weren't used for long, and those of programs that are gone."""
        mark = os.path.join(self._top, "pruned")
        if os.path.exists(mark) and self._started - os.stat(mark).st_mtime_ns < _DAY:
            return
        _replace(mark, b"")
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


def _replace(path: str, data: bytes, mode: int = 0o666) -> None:
    """Give a file this content at once, whoever reads or writes it meanwhile."""
    beside = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with open(beside, "xb", opener=functools.partial(os.open, mode=mode)) as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


@functools.cache
def key() -> bytes:
    """What nobody else knows: whoever can write into the code that is checked can't make a shelf for us. It is made
    where there is none. Raises OSError."""
    home = (
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    )
    path = os.path.join(home, "tmpleak-lint", "key")
    try:
        if not os.path.isabs(path):
            raise OSError(errno.ENOENT, "the user has no home folder")
        known = _read_key(path)
        if len(known) != KEY:  # none, or one that a full disk has cut off
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            _replace(path, secrets.token_bytes(KEY), 0o600)
            known = _read_key(path)  # that of another run, if one was faster
    except OSError as error:
        raise OSError(error.errno, f"its key can't be kept in {path} ({error.strerror or error})") from error
    return known


def _read_key(path: str) -> bytes:
    try:
        return read_file(path)
    except FileNotFoundError:
        return b""


@functools.cache
def program() -> str:
    """What stands for this program and this user: another one where a file of it, the parser's or the Python that runs
    it changes."""
    digest = hashlib.blake2b(repr(sys.version_info).encode(), digest_size=8, key=key())
    for top in (os.path.dirname(os.path.dirname(os.path.abspath(__file__))), _parser_folder()):
        work = [top]
        while work:
            for entry in sorted(os.scandir(work.pop()), key=lambda each: each.name):
                if entry.is_dir():
                    work += [entry.path] if top != _parser_folder() and entry.name != "__pycache__" else []
                else:
                    found = entry.stat()
                    digest.update(
                        f"{entry.name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode("utf-8", "replace")
                    )
    return digest.hexdigest()


def _parser_folder() -> str:
    """The folder of libcst, which is not imported for that."""
    spec = importlib.util.find_spec("libcst")
    return os.path.dirname(spec.origin) if spec is not None and spec.origin else os.path.dirname(__file__)
