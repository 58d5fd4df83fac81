"""The world a program runs in: real files in a private directory, unreal failures.

In: the decisions of the run (`choices.Choices`) and the program's line facts (`instrument.Prepared`). Out:
stand-ins for the modules a program imports, which do the real thing on real files, raise where the plan
says so, and write into the ledger. Anything without a stand-in raises `OracleGap`.

What raises, and where, is the tool's contract and not a matter of taste:
- risky calls raise any exception type the program tells apart, before they have any effect; never inside a
  `finally` or teardown, where only `raise`, `assert`, `await`, an unbound name and closing a closed
  descriptor do;
- benign calls never raise, and neither do deletions: what is missing already counts as deleted;
- a consuming move fails only inside a `try` with a handler that can match OSError, and then with OSError;
- an `await` raises what calls raise, and CancelledError.
"""

# ruff: noqa: PTH102, PTH105, PTH108, PTH110, PTH112, PTH113, PTH118  (it stands in for `os`)
from __future__ import annotations

import asyncio
import builtins
import contextlib
import dataclasses
import os
import shutil
import sys
import tempfile
import typing
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from tests.oracle.choices import Choices
from tests.oracle.instrument import PROGRAM, OracleGap, Prepared
from tests.oracle.ledger import Carrier, Descriptor, Ledger
from tests.oracle.modules import stand_ins
from tests.oracle.unknown import Opaque, TrackedFile

LONGEST_TRAIL = 300  # decisions in one run; a program that takes more runs away


class Strange(Exception):
    """An exception that no program can name: only `except Exception` and wider catch it."""


@dataclasses.dataclass
class Run:
    """The state of one run."""

    choices: Choices
    prepared: Prepared
    kinds: tuple[type[BaseException], ...] = (Strange,)
    offered: dict[str, tuple[type[BaseException], ...]] = dataclasses.field(default_factory=dict)  # by call
    ledger: Ledger = dataclasses.field(default_factory=Ledger)
    events: list[tuple[str, ...]] = dataclasses.field(default_factory=list)
    at_end: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]] = dataclasses.field(
        default_factory=list
    )
    looks: int = 0  # how many at the end of `at_end` look whether a file is there
    files: weakref.WeakSet[TrackedFile] = dataclasses.field(default_factory=weakref.WeakSet)
    names: dict[str, str] = dataclasses.field(default_factory=dict)  # temporary path -> stable name
    outside: list[list[Any]] = dataclasses.field(default_factory=list)  # lists that belong to the caller
    moves_fail: bool = False  # wherever they stand: two versions of a program must meet the same failures
    settled: bool = False  # the owner has ended: nothing fails any more
    gap: str | None = None
    void: bool = False  # the program broke a rule of the language on this way: what it leaves says nothing
    cleanup_faults: frozenset[int] = (
        frozenset()
    )  # `finally` bodies in which an ordinary call was made to raise
    released: set[tuple[str, int, int]] = dataclasses.field(default_factory=set)  # what, line, `finally` body


class World:
    """One private directory and the stand-ins that work in it; runs follow one another."""

    run: Run

    def __init__(self, base: str | None = None) -> None:
        if base is None and os.path.isdir("/dev/shm"):
            base = "/dev/shm"
        self.root = tempfile.mkdtemp(prefix="oracle-", dir=base)
        try:
            self._furnish()
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def _furnish(self) -> None:
        self.temporary = os.path.join(self.root, "tmp")
        self.delivered = os.path.join(self.root, "out")
        self.source = os.path.join(self.root, "source.txt")
        with open(self.source, "w") as file:
            file.write("source\n")
        os.mkdir(self.temporary)
        os.mkdir(self.delivered)
        self.modules = stand_ins(self)
        self.builtins = {
            **vars(builtins),
            "open": self.open,
            "print": lambda *args, **kwargs: None,
            "__import__": self.import_module,
        }

    def __enter__(self) -> World:
        """Programs leave handles open and fail in `__del__` on purpose: neither is news here."""
        self.hook = sys.unraisablehook
        sys.unraisablehook = lambda unraisable: None
        self.filters = warnings.catch_warnings()
        self.filters.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            sys.unraisablehook = self.hook
            self.filters.__exit__(None, None, None)
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    @property
    def choices(self) -> Choices:
        return self.run.choices

    def begin(self, run: Run) -> None:
        self.run = run

    def sweep(self) -> None:
        """Throw away what the run left, so that the next one starts from nothing."""
        for file in self.run.files:
            with contextlib.suppress(OSError, ValueError):
                file.real.close()
        for descriptor in self.run.ledger.descriptors:
            if not descriptor.closed:
                os.close(descriptor)
        for folder in (self.temporary, self.delivered):
            for item in os.scandir(folder):
                if item.is_dir(follow_symlinks=False):
                    shutil.rmtree(item.path)
                else:
                    os.unlink(item.path)

    def leftovers(self) -> Iterator[str]:
        """Names in the private directory that no run should have left for the next."""
        for folder in (self.temporary, self.delivered):
            yield from (item.name for item in os.scandir(folder))

    # -- where the program stands ----------------------------------------------------------------------

    @staticmethod
    def frames() -> Iterator[FrameType]:
        """The program's frames, innermost first."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == PROGRAM:
                yield frame
            frame = frame.f_back

    def line(self) -> int:
        return next((frame.f_lineno for frame in self.frames()), 0)

    def cleanups(self) -> frozenset[int] | None:
        """The `finally` bodies of the program that are running, here or up the stack; None in a teardown."""
        prepared = self.run.prepared
        if not prepared.finals and not prepared.teardown:
            return frozenset()
        found: set[int] = set()
        for frame in self.frames():
            if frame.f_lineno in prepared.teardown:
                return None
            found.update(prepared.finals.get(frame.f_lineno, ()))
        return frozenset(found)

    def note_release(self, what: str, lines: Iterable[int]) -> None:
        """Something is deleted or closed: remember in which `finally` bodies that happens."""
        for final in (not self.run.settled and self.cleanups()) or ():
            self.run.released.update((what, line, final) for line in lines)

    def note_deletion(self, name: str) -> None:
        made = self.run.ledger.made
        self.note_release(
            "file", (item.line for item in made if item.path == name or item.path.startswith(name + os.sep))
        )

    # -- decisions -------------------------------------------------------------------------------------

    def decide(self, name: tuple[str, ...], options: int) -> int:
        if len(self.run.choices.trail) > LONGEST_TRAIL:
            self.fail("the program runs away")
        return self.run.choices.take(name, options)

    def fail(self, reason: str) -> typing.NoReturn:
        self.run.gap = reason
        raise OracleGap(reason)

    def risk(self, name: str, *args: object, awaiting: bool = False) -> None:
        """A risky call named `name`: raise if the plan says so, whatever of the kinds it says."""
        self._risk(
            name, args, lambda kinds: (*kinds, asyncio.CancelledError) if awaiting else kinds, awaiting
        )

    def system_risk(self, name: str, *args: object) -> None:
        """A call of the system, or of a file: what it raises is an OSError, as Python's documentation has it."""
        self._risk(name, args, _of_the_system, awaiting=False)

    def reading_risk(self, name: str, *args: object) -> None:
        """Reading a file: what it raises is an OSError, or a ValueError where the text is no text."""
        self._risk(name, args, _of_a_text, awaiting=False)

    def _risk(
        self,
        name: str,
        args: tuple[object, ...],
        of_these: Callable[[tuple[type[BaseException], ...]], tuple[type[BaseException], ...]],
        awaiting: bool,
    ) -> None:
        run = self.run
        if run.settled:
            return
        run.events.append((name, *map(self.describe, args)))
        active = frozenset() if awaiting else self.cleanups()
        if active is None:
            return
        kinds = run.offered[name] = of_these(run.kinds)
        taken = self.decide(("fault", name), 1 + len(kinds))
        if taken:
            run.cleanup_faults |= active
            kind = kinds[taken - 1]
            run.events.append((name, "raises", kind.__name__))
            raise kind(f"injected at {name}")

    def describe(self, value: object) -> str:
        """A value in words that do not depend on the random names of temporary files."""
        if isinstance(value, TrackedFile):
            name = value.tracked_name  # be it opened by its descriptor
            return f"<file {self.describe(name.made.path if isinstance(name, Descriptor) else name)}>"
        if isinstance(value, (str, os.PathLike)):
            text = os.fspath(value)
            for path, name in self.run.names.items():
                if path in text:
                    text = text.replace(path, name)
            return str(text).replace(self.root, "")
        if isinstance(value, Descriptor):
            return f"<descriptor of {self.describe(value.made.path)}>"
        if isinstance(value, (list, tuple)):
            return f"{type(value).__name__}({', '.join(map(self.describe, value))})"
        if isinstance(value, Carrier):
            return f"<built {self.describe(list(value.parts))}>"
        if value is None or isinstance(value, (bool, int, float, bytes)):
            return repr(value)
        return f"<{type(value).__name__}>"

    def named(self, path: str) -> str:
        self.run.names[path] = f"<temporary {len(self.run.names) + 1}>"
        return path

    # -- files -----------------------------------------------------------------------------------------

    def where(self, folder: object) -> str:
        if folder is None or isinstance(folder, Opaque):
            return self.temporary
        return os.fspath(folder)  # type: ignore[call-overload, no-any-return]

    def text(self, path: object) -> str:
        """A path in any of its forms; an unknown object stands for a file that is there."""
        if isinstance(path, Opaque):
            return self.source
        if isinstance(path, (str, bytes, os.PathLike)):
            return os.fsdecode(os.fspath(path))
        return ""

    def mkstemp(
        self, suffix: Any = None, prefix: Any = None, dir: Any = None, text: Any = False
    ) -> tuple[int, str]:
        self.system_risk("mkstemp")
        line = self.line()
        number, path = tempfile.mkstemp(suffix=suffix or "", dir=self.where(dir))  # noqa: TML301 the program's
        made = self.run.ledger.create(self.named(path), line)
        return self.run.ledger.open_descriptor(number, made), path

    def mkdtemp(self, suffix: Any = None, prefix: Any = None, dir: Any = None) -> str:
        self.system_risk("mkdtemp")
        line = self.line()
        path = tempfile.mkdtemp(suffix=suffix or "", dir=self.where(dir))
        self.run.ledger.create(self.named(path), line)
        return path

    def mktemp(self, suffix: str = "", prefix: str = "tmp", dir: Any = None) -> str:
        path = tempfile.mktemp(suffix=suffix, dir=self.where(dir))  # noqa: TML501 what the program asks for
        self.run.ledger.create(self.named(path), self.line(), real=False)
        return path

    def named_file(
        self, mode: str = "w+b", *, delete: Any = True, dir: Any = None, **options: Any
    ) -> TrackedFile:
        self.system_risk("mkstemp")  # what makes it, as a directory is made by mkdtemp
        options.pop("prefix", None)
        file = tempfile.NamedTemporaryFile(
            mode,
            delete=delete is not False,
            dir=self.where(dir),
            encoding=None if "b" in mode else "utf-8",
            suffix=options.pop("suffix", ""),
            **{key: options[key] for key in options if key == "delete_on_close"},
        )
        self.named(file.name)
        if delete is False:
            self.run.ledger.create(file.name, self.line())
        return TrackedFile(self, file, file.name)

    def directory(self, suffix: Any = None, prefix: Any = None, dir: Any = None, **options: Any) -> Any:
        self.system_risk("mkdtemp")
        made = tempfile.TemporaryDirectory(dir=self.where(dir), ignore_cleanup_errors=True)
        self.named(made.name)
        return made

    def open(self, path: Any, mode: str = "r", *args: Any, **options: Any) -> TrackedFile:
        self.system_risk("open", path)
        if isinstance(path, Descriptor):
            return self.fdopen(path, mode)
        name = self.text(path)
        if not set(mode) & set("wax") and not os.path.exists(name):
            return TrackedFile(self, open(self.source, "rb" if "b" in mode else "r"), name)
        return TrackedFile(self, open(name, mode), name)

    def fdopen(self, descriptor: Any, mode: str = "r", *args: Any, **options: Any) -> TrackedFile:
        if not isinstance(descriptor, Descriptor) or descriptor.closed:
            self.fail("fdopen of what is no open descriptor")
        file = TrackedFile(self, os.fdopen(int(descriptor), mode), descriptor)
        descriptor.closed, descriptor.file = True, weakref.ref(file)
        return file

    def close(self, descriptor: Any) -> None:
        if not isinstance(descriptor, Descriptor):
            return
        self.note_release("descriptor", (descriptor.line,))
        file = descriptor.file and descriptor.file()
        if file is not None and not file.real.closed:
            file.real.close()
        elif descriptor.closed:
            raise OSError(9, "Bad file descriptor")
        else:
            os.close(descriptor)
            descriptor.closed = True

    def delete_file(self, path: Any, *args: Any, **options: Any) -> None:
        name = self.text(path)
        self.note_deletion(name)
        if name != self.source:
            with contextlib.suppress(OSError, ValueError):
                os.unlink(name)

    def delete_tree(self, path: Any, *args: Any, **options: Any) -> None:
        name = self.text(path)
        self.note_deletion(name)
        if name != self.source:
            shutil.rmtree(name, ignore_errors=True)

    def consume(self, source: Any, target: Any, *args: Any) -> Any:
        """Move a file away: released, unless the author reckoned with failure and the plan says so."""
        if not self.run.settled:
            self.run.events.append(("move", self.describe(source), self.describe(target)))
            frame = next(self.frames(), None)
            reckoned = self.run.moves_fail or (
                frame is not None and frame.f_lineno in self.run.prepared.fallible
            )
            active = self.cleanups()
            if reckoned and active is not None and self.decide(("fault", "move"), 2):
                self.run.cleanup_faults |= active
                raise OSError("injected at move")
        name, goal = self.text(source), self.text(target)
        self.note_deletion(name)
        if not goal or goal == self.source:
            goal = os.path.join(self.delivered, f"moved-{len(self.run.events)}")
        if name != self.source and os.path.lexists(name):
            if os.path.isdir(goal):
                shutil.rmtree(goal)
            elif os.path.isdir(name) and os.path.lexists(goal):
                os.unlink(goal)
            os.replace(name, goal)
        return target

    def copy(self, source: Any, target: Any, *args: Any, **options: Any) -> Any:
        self.system_risk("copy", source, target)
        name, goal = self.text(source), self.text(target)
        if os.path.isfile(name):
            shutil.copy(name, goal)
        return target

    def command(self, words: Any, *args: Any, **options: Any) -> Any:
        """A command: `rm` deletes, any other is risky."""
        parts = words.split() if isinstance(words, str) else [self.text(word) for word in words]
        if parts and parts[0] == "rm":
            for part in parts[1:]:
                if part.startswith(self.temporary):
                    self.delete_tree(part) if os.path.isdir(part) else self.delete_file(part)
        else:
            self.risk("command", *parts)
        return Opaque(self, "completed")

    def dump(self, value: Any, file: Any, *args: Any, **options: Any) -> None:
        self.risk("dump", file)
        if isinstance(file, TrackedFile):
            file.real.write("{}" if file.textual else b"{}")

    def dumps(self, value: Any, **options: Any) -> str:
        self.risk("dumps")
        return "{}"

    def loads(self, text: Any, **options: Any) -> Any:
        self.risk("loads")
        return Opaque(self, "loaded")

    def make_directory(self, path: Any, *args: Any, **options: Any) -> None:
        self.system_risk("mkdir", path)
        Path(self.text(path)).mkdir(parents=True, exist_ok=True)

    def list_directory(self, path: Any = ".") -> list[str]:
        self.system_risk("listdir", path)
        return []

    # -- calls, registrations, imports -----------------------------------------------------------------

    def register(self, function: Callable[..., Any], *args: Any, **options: Any) -> Callable[..., Any]:
        at_end = self.run.at_end  # run from its end: whoever looks for a file does so while the process lives
        at_end.insert(len(at_end) - self.run.looks, (function, args, options))
        return function

    def finalize(
        self, owner: object, function: Callable[..., Any], *args: Any, **options: Any
    ) -> Callable[[], None]:
        at_end = self.run.at_end  # run from its end: whoever looks for a file does so while the process lives
        at_end.insert(len(at_end) - self.run.looks, (function, args, options))
        return lambda: function(*args, **options)

    def wanted(self, path: Any, *args: Any, **options: Any) -> None:
        """Somebody is going to look at the file: whether it is there then is part of what the program did."""
        name = self.text(path)

        def look() -> None:
            self.run.events.append(("looked for", self.describe(name), str(os.path.lexists(name))))

        if name and not self.run.settled:
            self.run.at_end.append((look, (), {}))
            self.run.looks += 1

    def told(self, path: Any, *args: Any, **options: Any) -> None:
        """People are told of the file: they look when the process has ended."""
        at_end, looks = self.run.at_end, self.run.looks
        self.wanted(path)
        if self.run.looks > looks:
            self.run.looks = looks
            at_end.insert(0, at_end.pop())

    def import_module(
        self, name: str, given: object = None, local: object = None, wanted: Any = (), level: int = 0
    ) -> Any:
        if name in REAL_MODULES:
            return builtins.__import__(name, None, None, wanted, 0)
        whole = name if wanted else name.partition(".")[0]
        if whole not in self.modules:
            self.fail(f"import {name}")
        return self.modules[whole]


def _of_the_system(kinds: tuple[type[BaseException], ...]) -> tuple[type[BaseException], ...]:
    """An OSError, and each kind of it that the program names."""
    return (OSError, *(kind for kind in kinds if issubclass(kind, OSError) and kind is not OSError))


def _of_a_text(kinds: tuple[type[BaseException], ...]) -> tuple[type[BaseException], ...]:
    """The same, and a ValueError, of which what is no text is a kind."""
    wrong = (kind for kind in kinds if issubclass(kind, ValueError) and kind is not ValueError)
    return (*_of_the_system(kinds), ValueError, *wrong)


REAL_MODULES = frozenset(
    {
        "__future__",
        "collections",
        "collections.abc",
        "contextlib",
        "dataclasses",
        "functools",
        "itertools",
        "typing",
        "warnings",  # the interpreter imports it to warn
    }
)
