"""Run a snippet for real, with a fault at each risky call in turn, and say what stays behind.

In: a snippet (source text) and a scratch folder. Out: one `Run` per combination of fault and decisions.
The snippet runs in this process, its temp files land in a private folder. Names that it leaves
undefined become stand-ins. The first fault-free run of each combination must end as the snippet says
(return, or an exception that it raises itself); anything else is `Run.crash`.

What runs is the entry: the function named, else `handle`, else all unittest classes, else all test
functions under pytest, else the first function; a snippet without any is its own entry. A coroutine is
awaited, a context manager entered, a generator consumed and abandoned. What the entry returns belongs to
the harness, which deletes it. One fault a run; deletions and moves never fail on their own.
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
import unittest
import warnings
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.harness import benign
from tests.harness.instrument import AWAIT, CALL, Instrumented, instrument
from tests.harness.standins import Standin, arguments_for

MOST_DECISIONS = 5


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
    decisions: tuple[bool, ...]
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
    """The state of one run: counts risky calls, raises at the chosen one, takes the scripted decisions."""

    base: Path
    at: int | None
    error: type[BaseException]
    script: tuple[bool, ...]
    points: int = 0
    decisions: list[bool] = field(default_factory=list)
    fault: Fault | None = None
    at_exit: list[Callable[[], object]] = field(default_factory=list)
    self_deleting: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def risky(self, call: str, row: int, *, awaited: bool = False) -> None:
        index, self.points = self.points, self.points + 1
        if index == self.at and (awaited or self.error not in AT_AWAIT):
            self.fault = Fault(index, row, call, self.error.__name__)
            raise self.error("injected fault")

    def decide(self) -> bool:
        index = len(self.decisions)
        if index >= MOST_DECISIONS:
            return False
        self.decisions.append(self.script[index] if index < len(self.script) else True)
        return self.decisions[-1]

    def call(self, text: str, row: int, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._note_what_windows_refuses(text, row, function, args)
        if isinstance(function, Standin):
            self.risky(text, row)
            return function._child("()")
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
        self.risky(text, row)
        for path in benign.paths_removed_by_process(function, args):
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        if benign.unwrapped(function) in benign.CREATORS:
            created = function(*map(_plain, args), **{key: _plain(value) for key, value in kwargs.items()})
            if isinstance(created, tempfile._TemporaryFileWrapper) and kwargs.get("delete", True):
                self.self_deleting.add(created.name)
            return created
        if function in benign.IMITATED or any(isinstance(a, Standin) for a in (*args, *kwargs.values())):
            return Standin(self, text + "()")
        return function(*args, **kwargs)

    async def awaiting(self, text: str, row: int, value: Awaitable[Any]) -> Any:
        if not (inspect.iscoroutine(value) and value.cr_code.co_filename == benign.SNIPPET):
            try:
                self.risky(text, row, awaited=True)
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
    return str(value) if isinstance(value, Standin) else value


def _descriptors(base: Path) -> dict[int, str]:
    """Open descriptors of this process that point below `base`, with what they point to."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if target.startswith(str(base)):
                found[int(name)] = os.path.relpath(target, base)
    return found


def _is_open(path: str) -> bool:
    real = os.path.realpath(path)
    return os.path.basename(real) in _descriptors(Path(os.path.dirname(real))).values()


def explore(source: str, scratch: Path, entry: str | None = None) -> list[Run]:
    """Every run of `source`: no fault, then each error at each risky call, each with both ways of decisions.

    `scratch` is an existing folder that holds nothing else.
    """
    base = Path(os.path.realpath(scratch))
    snippet = instrument(source, base / "tmp")
    gc.collect()
    gc.freeze()  # else each run's collection walks everything that the test process holds
    try:
        runs, _ = _every_decision(snippet, base, entry, None, RuntimeError)
        for error in (*ERRORS, *AT_AWAIT):
            for at in count():
                struck, points = _every_decision(snippet, base, entry, at, error)
                runs += [run for run in struck if run.fault is not None]
                if points <= at:
                    break
    finally:
        gc.unfreeze()
    return runs


def _every_decision(
    snippet: Instrumented, base: Path, entry: str | None, at: int | None, error: type[BaseException]
) -> tuple[list[Run], int]:
    """One run for each way that the decisions on its way can fall, and the most risky calls seen."""
    runs: list[Run] = []
    most_points = 0
    waiting: list[tuple[bool, ...]] = [()]
    while waiting:
        script = waiting.pop()
        trial = _Trial(base, at, error, script)
        runs.append(_run(snippet, trial, entry))
        most_points = max(most_points, trial.points)
        taken = runs[-1].decisions
        waiting += [(*taken[:index], False) for index in range(len(script), len(taken))]
    return runs, most_points


def _run(snippet: Instrumented, trial: _Trial, entry: str | None) -> Run:
    tmp, outside = trial.base / "tmp", trial.base / "outside"
    for folder in (tmp, outside):
        folder.mkdir()
    before = set(_descriptors(trial.base))
    crash: str | None = None
    previous, tempfile.tempdir = tempfile.tempdir, str(tmp)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                _take_over(_enter(snippet, trial, entry))
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
    return Run(
        trial.fault, decisions, left_at_exit, left, open_at_exit, opened, tuple(trial.refused), crash
    )


def _left(tmp: Path) -> tuple[str, ...]:
    return tuple(sorted(os.listdir(tmp)))


def _opened(base: Path, before: set[int]) -> tuple[str, ...]:
    return tuple(sorted(target for fd, target in _descriptors(base).items() if fd not in before))


def _crash(raised: BaseException, snippet: Instrumented, trial: _Trial) -> str | None:
    """What went wrong by itself: neither an injected fault nor what the snippet raises or exits with."""
    if trial.fault is not None or isinstance(raised, SystemExit):
        return None
    traceback = raised.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is not None and traceback.tb_frame.f_code.co_filename == benign.SNIPPET:
        if traceback.tb_lineno in snippet.raising_rows:
            return None
    return f"{type(raised).__name__}: {raised}"


def _enter(snippet: Instrumented, trial: _Trial, entry: str | None) -> object:
    """Load the snippet afresh and run its entry; gives what the entry returned."""
    module = types.ModuleType(benign.MODULE)
    names: dict[str, Any] = vars(module)
    names.update({name: Standin(trial, name) for name in snippet.undefined})
    names.update({CALL: trial.call, AWAIT: trial.awaiting, "__file__": benign.SNIPPET})
    sys.modules[benign.MODULE] = module
    try:
        exec(snippet.code, names)
        return _run_entry(names, snippet, trial, entry)
    finally:
        del sys.modules[benign.MODULE]


def _run_entry(names: dict[str, Any], snippet: Instrumented, trial: _Trial, entry: str | None) -> object:
    if entry is not None:
        chosen = names[entry]
        return _run_cases([chosen]) if _is_case(chosen) else _call(chosen, trial)
    if "handle" in names:
        return _call(names["handle"], trial)
    cases = [names[name] for name in snippet.definitions if _is_case(names[name])]
    if cases:
        return _run_cases(cases)
    if any(name.startswith("test_") for name in snippet.definitions):
        return _run_under_pytest(names, trial)
    functions = [names[name] for name in snippet.definitions if not isinstance(names[name], type)]
    return _call(functions[0], trial) if functions else None


def _is_case(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, unittest.TestCase)


def _run_cases(cases: list[type[unittest.TestCase]]) -> None:
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    suite.run(unittest.TestResult())


def _run_under_pytest(names: dict[str, Any], trial: _Trial) -> None:
    """Real pytest, in this process, over a file that holds nothing but the snippet's names."""
    import pytest

    folder = trial.base / "outside"
    file = folder / "test_snippet.py"
    file.write_text(
        "import sys\n"
        f"names = vars(sys.modules[{benign.MODULE!r}])\n"
        "globals().update({name: value for name, value in names.items() if not name.startswith('__')})\n"
    )
    plugins = "cacheprovider terminal capture logging unraisableexception threadexception faulthandler"
    switches = [switch for name in plugins.split() for switch in ("-p", f"no:{name}")]
    disabled = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        outcome = pytest.main(
            [*switches, "-c", os.devnull, f"--rootdir={folder}", f"--basetemp={folder / 'pytest'}",
             "--import-mode=importlib", str(file)]
        )  # fmt: skip
    finally:
        for name in [name for name, module in sys.modules.items() if _file_of(module) == str(file)]:
            del sys.modules[name]
        if disabled is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = disabled
    if outcome not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest could not run the snippet: {outcome!r}")


def _file_of(module: object) -> object:
    return getattr(module, "__file__", None) if isinstance(module, types.ModuleType) else None


def _call(function: Callable[..., Any], trial: _Trial) -> object:
    result = function(*arguments_for(trial, function, trial.base / "outside"))
    if inspect.iscoroutine(result):
        return asyncio.run(_awaited(result))
    if isinstance(result, Generator):
        return _consume(result, trial)
    if isinstance(result, AsyncGenerator):
        return asyncio.run(_consume_async(result, trial))
    if isinstance(result, contextlib._GeneratorContextManager):
        with result:
            trial.risky("body of the with", 0)
        return None
    if isinstance(result, contextlib._AsyncGeneratorContextManager):
        return asyncio.run(_enter_async(result, trial))
    return result


async def _awaited(coroutine: Coroutine[Any, Any, Any]) -> object:
    return await coroutine


def _consume(generator: Generator[Any, Any, Any], trial: _Trial) -> None:
    """A consumer that may raise between two items: then the generator is abandoned."""
    with contextlib.closing(generator):
        for _ in generator:
            trial.risky("consumer of the generator", 0)


async def _consume_async(generator: AsyncGenerator[Any, Any], trial: _Trial) -> None:
    async with contextlib.aclosing(generator):
        async for _ in generator:
            trial.risky("consumer of the generator", 0, awaited=True)


async def _enter_async(manager: contextlib.AbstractAsyncContextManager[Any], trial: _Trial) -> None:
    async with manager:
        trial.risky("body of the with", 0, awaited=True)


def _take_over(result: object) -> None:
    """The harness as the caller who becomes the owner: close handles, delete paths."""
    for item in _handed_over(result):
        if isinstance(item, str | os.PathLike):
            path = os.fspath(item)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.unlink(path)
        elif type(item).__module__ == benign.MODULE:
            close = next((getattr(item, name) for name in ("close", "cleanup") if hasattr(item, name)), None)
            if close is not None:
                close()
        elif hasattr(item, "name") and hasattr(item, "close"):
            item.close()
            if isinstance(item.name, str) and os.path.exists(item.name):
                os.unlink(item.name)
        elif isinstance(item, tempfile.TemporaryDirectory):
            item.cleanup()


def _handed_over(result: object) -> Iterator[Any]:
    if isinstance(result, tuple | list):
        for item in result:
            yield from _handed_over(item)
    elif not isinstance(result, Standin):
        yield result


def describe(runs: list[Run]) -> str:
    """The runs that left something, one a line, for the message of a failing test."""
    return "\n".join(
        f"{run.fault or 'no fault'}, decisions {run.decisions}: left {run.left}, open {run.descriptors}"
        + (f", crash: {run.crash}" if run.crash else "")
        for run in runs
        if not run.clean or run.crash
    )
