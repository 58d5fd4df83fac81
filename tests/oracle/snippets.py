"""Run a snippet for real, with a fault at each risky call in turn, and say what stays behind.

In: a snippet (source text) and a scratch folder. Out: one `Run` per combination of fault and decisions. The snippet
runs in this process with the real library, its temp files land in a private folder. Names that it leaves undefined are
unknown values (`unknown.Undefined`). The first fault-free run of each combination must end as the snippet says (return,
or an exception that it raises itself); anything else is `Run.crash`.

What runs is the entry: the function named, else `handle`, else all unittest classes, else all test
functions under pytest, else the first function; a snippet without any is its own entry. A coroutine is
awaited, a context manager entered, a generator consumed and abandoned. What the entry returns belongs to
whoever runs it, who deletes it. One fault a run; deletions and moves never fail on their own.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import inspect
import os
import shutil
import sys
import tempfile
import types
import warnings
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle import benign
from tests.oracle.choices import Choices, Name, every_plan
from tests.oracle.entries import delete, run_entry, take_over
from tests.oracle.hooks import AWAIT, CALL, Instrumented, instrument
from tests.oracle.unknown import Opaque, Undefined

MOST_DECISIONS = 5
MOST_RUNS = 20_000


class InjectedError(Exception):
    """An exception that no library knows of."""


ERRORS: tuple[type[BaseException], ...] = (OSError, ValueError, RuntimeError, InjectedError)
AT_AWAIT: tuple[type[BaseException], ...] = (asyncio.CancelledError,)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the exception was injected: the `index`-th risky call, at `row` of the snippet."""

    index: int
    row: int
    call: str
    error: str


@dataclass(frozen=True, slots=True)
class Run:
    """What one run left.

    `left_at_exit` and `open_at_exit` are seen while the exception still lives, before the garbage
    collector, finalizers and atexit had their turn; `left` and `descriptors` after them. `refused` are the
    deletions and reopenings that Windows would refuse. `crash` says what went wrong without a fault.
    """

    fault: Fault | None
    decisions: tuple[int, ...]
    left_at_exit: tuple[str, ...]
    left: tuple[str, ...]
    open_at_exit: tuple[str, ...]
    descriptors: tuple[str, ...]
    refused: tuple[str, ...]
    crash: str | None

    @property
    def clean(self) -> bool:
        return not self.left and not self.descriptors


@dataclass
class _Trial:
    """The state of one run: counts risky calls, raises where the plan says so, takes its decisions."""

    base: Path
    choices: Choices
    points: int = 0
    asked: int = 0
    decisions: list[int] = field(default_factory=list)
    fault: Fault | None = None
    at_exit: list[Callable[[], object]] = field(default_factory=list)
    self_deleting: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    @property
    def tmp(self) -> Path:
        return self.base / "tmp"

    @property
    def outside(self) -> Path:
        return self.base / "outside"

    @property
    def source(self) -> str:
        return str(self.outside / "source")

    def risk(self, name: str, *args: object, awaiting: bool = False) -> None:
        self._risk(name, 0, awaiting=awaiting)

    def _risk(self, call: str, row: int, *, awaiting: bool = False) -> None:
        index, self.points = self.points, self.points + 1
        errors = (*ERRORS, *AT_AWAIT) if awaiting else ERRORS
        taken = self.choices.take(("fault", call), 1 + len(errors)) if self.fault is None else 0
        if taken:
            error = errors[taken - 1]
            self.fault = Fault(index, row, call, error.__name__)
            raise error("injected fault")

    def decide(self, name: Name, options: int) -> int:
        index, self.asked = self.asked, self.asked + 1
        if index > 1000:
            raise RuntimeError("the snippet goes round in circles")
        if index >= MOST_DECISIONS:
            return (index * 2654435761 >> 13) % options  # without a period, so that loops of any shape end
        taken = self.choices.take(name, options)
        self.decisions.append(int(not taken) if name[0] == "truth" else taken)
        return taken

    def call(self, text: str, row: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._note_what_windows_refuses(text, row, function, args)
        if isinstance(function, Opaque):
            self._risk(text, row)
            return function._another("()")
        if function is atexit.register:
            self.at_exit.append(lambda: args[0](*args[1:], **kwargs))
            return args[0]
        if function is atexit.unregister:
            self.at_exit.clear()
            return None
        if function is weakref.finalize:
            finalizer = weakref.finalize(*args, **kwargs)
            self.at_exit.append(finalizer)
            return finalizer
        if benign.belongs_to_snippet(function) or benign.cannot_fail(function):
            return function(*args, **kwargs)
        if removed := benign.paths_removed_by_process(function, args):
            for path in removed:
                delete(Path(path), self.base)
            return Undefined(self, text + "()")
        self._risk(text, row)
        if benign.unwrapped(function) in benign.CREATORS:
            created = function(*map(_plain, args), **{key: _plain(value) for key, value in kwargs.items()})
            if isinstance(created, tempfile._TemporaryFileWrapper) and kwargs.get("delete", True):
                self.self_deleting.add(created.name)
            return created
        if function in benign.IMITATED or any(isinstance(a, Opaque) for a in (*args, *kwargs.values())):
            return Undefined(self, text + "()")
        return function(*args, **kwargs)

    async def awaiting(self, text: str, row: int, value: Awaitable[Any]) -> Any:
        if not (inspect.iscoroutine(value) and value.cr_code.co_filename == benign.SNIPPET):
            try:
                self._risk(text, row, awaiting=True)
            except BaseException:
                if inspect.iscoroutine(value):
                    value.close()
                raise
        return await value

    def _note_what_windows_refuses(self, text: str, row: int, function: Any, args: tuple[Any, ...]) -> None:
        deleted = benign.path_deleted_by(function, args)
        if deleted is not None and _is_open(os.fspath(deleted)):
            self.refused.append(f"{text} at row {row}")
        if function is open and args and isinstance(args[0], str | Path):
            name = os.fspath(args[0])
            if name in self.self_deleting and _is_open(name):
                self.refused.append(f"{text} at row {row}")

    def run_exit_handlers(self) -> None:
        while self.at_exit:
            self.at_exit.pop()()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Opaque) else value


def _descriptors(base: Path) -> dict[int, str]:
    """Open descriptors of this process that point below `base`, with what they point to."""
    found: dict[int, str] = {}
    for link in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is gone by now
            target = link.readlink()
            if target.is_relative_to(base):
                found[int(link.name)] = str(target.relative_to(base))
    return found


def _is_open(path: str) -> bool:
    real = Path(path).resolve()
    return real.name in _descriptors(real.parent).values()


def explore(source: str, scratch: Path, entry: str | None = None) -> list[Run]:
    """Every run of `source`: no fault, then each error at each risky call, each with all ways of decisions.

    `scratch` is an existing folder that holds nothing else.
    """
    base = scratch.resolve()
    snippet = instrument(source, base / "tmp")
    runs: list[Run] = []
    gc.freeze()  # else each run's collection walks everything that the test process holds
    # A `__del__` that trips over its own object is the snippet's affair.
    unraisable, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        _, complete = every_plan(
            lambda plan: runs.append(_run(snippet, _Trial(base, plan), entry)), 1, MOST_RUNS
        )
    finally:
        gc.collect()
        sys.unraisablehook = unraisable
        gc.unfreeze()
    if not complete:
        raise RuntimeError(f"the snippet takes more than {MOST_RUNS} runs")
    return runs


def _run(snippet: Instrumented, trial: _Trial, entry: str | None) -> Run:
    tmp, outside = trial.tmp, trial.outside
    for folder in (tmp, outside):
        folder.mkdir()
    Path(trial.source).touch()
    before = set(_descriptors(trial.base))
    crash: str | None = None
    previous, tempfile.tempdir = tempfile.tempdir, str(tmp)  # what gettempdir() remembers
    try:
        # In a folder of its own: a relative path in a snippet must not reach the one that the tests were started in.
        with contextlib.chdir(outside), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                take_over(_enter(snippet, trial, entry), trial.base)
            except BaseException as raised:
                crash = _crash(raised, snippet, trial)
                left_at_exit, open_at_exit = _left(tmp), _opened(trial.base, before)
                if isinstance(raised, KeyboardInterrupt):
                    raise
            else:
                left_at_exit, open_at_exit = _left(tmp), _opened(trial.base, before)
            if left_at_exit or open_at_exit:
                gc.collect()
                trial.run_exit_handlers()
                gc.collect()
        decisions = tuple(trial.decisions)
        left, opened = _left(tmp), _opened(trial.base, before)
        for descriptor in set(_descriptors(trial.base)) - before:
            os.close(descriptor)
    finally:
        tempfile.tempdir = previous
        for folder in (tmp, outside):
            shutil.rmtree(folder)
    return Run(trial.fault, decisions, left_at_exit, left, open_at_exit, opened, tuple(trial.refused), crash)


def _left(tmp: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in tmp.iterdir()))


def _opened(base: Path, before: set[int]) -> tuple[str, ...]:
    return tuple(sorted(target for fd, target in _descriptors(base).items() if fd not in before))


def _crash(raised: BaseException, snippet: Instrumented, trial: _Trial) -> str | None:
    """What went wrong by itself: neither an injected fault nor what the snippet raises or exits with."""
    if trial.fault is not None or isinstance(raised, SystemExit):
        return None
    traceback = raised.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is not None:
        in_snippet = traceback.tb_frame.f_code.co_filename == benign.SNIPPET
        if in_snippet and traceback.tb_lineno in snippet.raising_rows:
            return None
    return f"{type(raised).__name__}: {raised}"


def _enter(snippet: Instrumented, trial: _Trial, entry: str | None) -> object:
    """Load the snippet afresh and run its entry; gives what the entry returned."""
    module = types.ModuleType(benign.MODULE)
    names: dict[str, Any] = vars(module)
    names.update({name: Undefined(trial, name) for name in snippet.undefined})
    names.update({CALL: trial.call, AWAIT: trial.awaiting, "__file__": benign.SNIPPET})
    sys.modules[benign.MODULE] = module
    try:
        exec(snippet.code, names)
        return run_entry(names, snippet.definitions, trial, entry)
    finally:
        del sys.modules[benign.MODULE]


def describe(runs: list[Run]) -> str:
    """The runs that left something, one a line, for the message of a failing test."""
    return "\n".join(
        f"{run.fault or 'no fault'}, decisions {run.decisions}: left {run.left}, open {run.descriptors}"
        + (f", crash: {run.crash}" if run.crash else "")
        for run in runs
        if not run.clean or run.crash
    )
