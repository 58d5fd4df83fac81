"""Which calls cannot fail on their own, and which are imitated: tables of the tests' own.

In: a callable as a snippet is about to call it. Out: whether a fault may be injected there. Written
apart from the linter's tables on purpose, so that a wrong row there doesn't excuse itself here.
"""

from __future__ import annotations

import atexit
import builtins
import collections
import contextlib
import functools
import gc
import inspect
import io
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
import urllib.request
import weakref
from collections.abc import Callable
from typing import Any

SNIPPET = "<snippet>"
MODULE = "snippet_under_test"

_RISKY_BUILTINS = {open, eval, exec, compile, __import__, input, next}


def _functions_of(module: types.ModuleType) -> set[Any]:
    return {value for value in vars(module).values() if inspect.isroutine(value)}


DELETERS: frozenset[Any] = frozenset(
    {os.remove, os.unlink, os.rmdir, os.removedirs, shutil.rmtree, pathlib.Path.unlink, pathlib.Path.rmdir}
)
MOVERS: frozenset[Any] = frozenset(
    {os.replace, os.rename, os.renames, shutil.move, pathlib.Path.replace, pathlib.Path.rename}
)
CREATORS: frozenset[Any] = frozenset(
    {
        tempfile.mkstemp,
        tempfile.mkdtemp,
        tempfile.mktemp,
        tempfile.NamedTemporaryFile,
        tempfile.TemporaryFile,
        tempfile.SpooledTemporaryFile,
        tempfile.TemporaryDirectory,
    }
)
_PROCESSES: frozenset[Any] = frozenset(
    {subprocess.run, subprocess.call, subprocess.check_call, subprocess.check_output, os.system}
)
# Real ones would start programs or reach for the network: a stand-in is returned instead.
IMITATED: frozenset[Any] = _PROCESSES | {
    subprocess.Popen,
    urllib.request.urlopen,
    urllib.request.urlretrieve,
}

_BENIGN: frozenset[Any] = frozenset(
    (_functions_of(builtins) - _RISKY_BUILTINS)
    | _functions_of(os.path)
    | _functions_of(time)
    | _functions_of(logging)
    | _functions_of(gc)
    | DELETERS
    | MOVERS
    | {
        os.close,
        os.fdopen,
        os.fspath,
        os.fsencode,
        os.fsdecode,
        os.getcwd,
        os.getpid,
        os.chmod,
        os.stat,
        os.utime,
        os.urandom,
        tempfile.gettempdir,
        tempfile.gettempprefix,
        atexit.register,
        atexit.unregister,
        signal.getsignal,
        weakref.finalize,
        functools.partial,
        contextlib.suppress,
        contextlib.closing,
        contextlib.nullcontext,
        contextlib.ExitStack,
        contextlib.AsyncExitStack,
        threading.Lock,
        sys.exit,  # leaves by itself: SystemExit is what it does, not a fault
    }
)

_ALL = None
# Methods: the type of the receiver -> the names that cannot fail (None: all but the exceptions below).
_METHODS: tuple[tuple[type, frozenset[str] | None, frozenset[str]], ...] = (
    (io.IOBase, frozenset({"close", "seek", "tell", "fileno", "isatty"}), frozenset()),
    (tempfile._TemporaryFileWrapper, frozenset({"close"}), frozenset()),
    (tempfile.SpooledTemporaryFile, frozenset({"close", "seek", "tell"}), frozenset()),
    (tempfile.TemporaryDirectory, frozenset({"cleanup"}), frozenset()),
    (
        pathlib.PurePath,
        _ALL,
        frozenset(
            {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
            | {"touch", "mkdir", "iterdir", "glob", "rglob", "symlink_to", "hardlink_to"}
        ),
    ),
    (str, _ALL, frozenset({"encode"})),
    (bytes, _ALL, frozenset({"decode"})),
    (list, _ALL, frozenset()),
    (tuple, _ALL, frozenset()),
    (dict, _ALL, frozenset()),
    (set, _ALL, frozenset()),
    (collections.deque, _ALL, frozenset()),
    (int, _ALL, frozenset()),
    (logging.Logger, _ALL, frozenset()),
    (contextlib.ExitStack, _ALL, frozenset()),
    (contextlib.AsyncExitStack, _ALL, frozenset()),
    (weakref.finalize, _ALL, frozenset()),
    (threading.Event, _ALL, frozenset()),
    (
        unittest.TestCase,
        frozenset(
            {"addCleanup", "addClassCleanup", "enterContext", "enterClassContext", "doCleanups"}
            | {"setUp", "tearDown", "setUpClass", "tearDownClass", "subTest", "id"}
        ),
        frozenset(),
    ),
)
_REGISTRARS = frozenset({"addfinalizer"})  # of objects whose class isn't public


def unwrapped(function: Any) -> Any:
    """The function behind decorators that say what they wrap, partials and bound methods."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__") and not isinstance(function, type):
            function = function.__wrapped__
        else:
            return function


def belongs_to_snippet(function: Callable[..., Any]) -> bool:
    """Whether the body of `function` stands in the snippet, with fault points of its own."""
    function = unwrapped(function)
    if isinstance(function, type):
        return function.__module__ == MODULE
    code = getattr(function, "__code__", None)  # bound methods pass this on
    if code is not None:
        return bool(code.co_filename == SNIPPET)
    return type(function).__module__ == MODULE


def cannot_fail(function: Callable[..., Any]) -> bool:
    function = unwrapped(function)
    if isinstance(function, type):
        return (
            function.__module__ == "builtins"
            or issubclass(function, (BaseException, pathlib.PurePath))
            or function in _BENIGN
        )
    name = getattr(function, "__name__", "")
    if name in _REGISTRARS:
        return True
    receiver = getattr(function, "__self__", None)
    if receiver is None or isinstance(receiver, types.ModuleType):
        return function in _BENIGN
    if isinstance(receiver, type):  # a classmethod: Path.cwd, str.join called on the class, setUpClass
        return any(
            issubclass(receiver, kind) and (names is None or name in names) and name not in risky
            for kind, names, risky in _METHODS
        )
    return any(
        isinstance(receiver, kind) and (names is None or name in names) and name not in risky
        for kind, names, risky in _METHODS
    )


def path_deleted_by(function: Callable[..., Any], args: tuple[Any, ...]) -> Any | None:
    """The path that this call deletes, or None when it isn't a deletion."""
    function = unwrapped(function)
    receiver = getattr(function, "__self__", None)
    if isinstance(receiver, pathlib.Path) and getattr(function, "__name__", "") in {"unlink", "rmdir"}:
        return receiver
    if function in DELETERS and args:
        return args[0]
    return None


def paths_removed_by_process(function: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """The operands of an `rm` command, which the imitation of a process really deletes."""
    if unwrapped(function) not in _PROCESSES or not args:
        return []
    words = args[0].split() if isinstance(args[0], str) else [os.fspath(word) for word in args[0]]
    return [word for word in words[1:] if not word.startswith("-")] if words[:1] == ["rm"] else []
