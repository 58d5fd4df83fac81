"""No file of ours stays behind, also where this process is killed between two steps.

In: names of files that are about to be made beside others. Out: nothing. A small process of its own is told each name
before the file has it, and removes what is still there when this process ends, in whatever way. Where that process is
killed too (the machine stops, a container is killed as a whole), `sweep` finds the file by its name in the next run
that writes into the folder: one that nobody holds a lock on.

Not handled: files on a disk that is gone by then.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

if sys.platform != "win32":
    import fcntl

PREFIX = ".tmpleak-lint-"
_OURS = re.compile(re.escape(PREFIX) + r"[0-9a-f]{16}\Z")
_SWEEPER = """
import os, sys
for name in sys.stdin.buffer.read().split(b"\\0"):
    try:
        os.unlink(os.fsdecode(name))
    except (OSError, ValueError):
        pass
"""


class Sweeper:
    """Removes what is left of the files that it was told of. Used as a context manager."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._works = True
        self._swept: set[Path] = set()

    def __enter__(self) -> Sweeper:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.communicate()

    def expect(self, file: Path) -> None:
        """A file of this name (absolute) is about to be made. What earlier runs left in its folder is removed."""
        if file.parent not in self._swept:
            self._swept.add(file.parent)
            sweep(file.parent)
        try:
            if self._process is None and self._works:
                self._process = _started()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(os.fsencode(file) + b"\0")
                self._process.stdin.flush()
        except OSError:  # no process can be had, or it was killed: the next run will find what is left
            self._works = False


def _started() -> subprocess.Popen[bytes]:
    import subprocess

    # In a session of its own: Ctrl-C and what is sent to the group reach it no sooner than the end of its input.
    flags: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    command = [sys.executable, "-I", "-S", "-c", _SWEEPER]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, creationflags=flags,
    )  # fmt: skip


def sweep(folder: Path) -> None:
    """Remove the files of killed runs from a folder: those with a name of ours that no process has locked."""
    try:
        names = [name for name in os.listdir(folder) if _OURS.match(name)]  # noqa: PTH208  (most folders have none)
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            _remove_unlocked(folder / name)


def _remove_unlocked(file: Path) -> None:
    if sys.platform == "win32":  # there a file that is open can't be removed
        file.unlink()
        return
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if lock(descriptor):
            file.unlink()
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Lock an open file as long as it is open; whether that could be done. Where there are no locks, it is."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
    return True


@contextlib.contextmanager
def locked(file: Path) -> Iterator[bool]:
    """Hold the lock of a file that exists inside; False where another process has it. Raises OSError."""
    if sys.platform == "win32":  # there a file that is open can't be replaced
        yield True
        return
    descriptor = os.open(file, os.O_RDONLY)
    try:
        yield lock(descriptor)
    finally:
        os.close(descriptor)
