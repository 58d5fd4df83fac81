"""The private directory in which the simulation makes and removes its real files.

In: a size for each file. Out: files, directories and open descriptors that really exist until they are
removed; nothing outside the scratch directory is touched. `scratch()` deletes the directory when the run
ends, on Ctrl-C and on SIGTERM too; what a SIGKILL leaves behind is swept when the next run starts and its
process is gone. Files are sparse: they have their full length but next to no blocks, so a run can't fill
the user's disk.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tmpleak_lint.simulation.program import Resource

PREFIX = "tmpleak-lint-simulation-"


class Scratch:
    """Real things in `root`, each known by a number."""

    def __init__(self, root: Path, file_size: int) -> None:
        self._root = root
        self._file_size = file_size
        self._descriptors: dict[int, int] = {}

    def make(self, number: int, resource: Resource) -> None:
        """Make the thing called `number`: a file, a directory with one file in it, or an open descriptor."""
        path = self._path(number)
        if resource is Resource.DIRECTORY:
            path.mkdir()
            self._write(path / "data")
        elif resource is Resource.FILE:
            self._write(path)
        else:
            self._descriptors[number] = os.open(os.devnull, os.O_RDONLY)

    def remove(self, number: int, resource: Resource) -> None:
        """Remove what `make` made."""
        if resource is Resource.DIRECTORY:
            shutil.rmtree(self._path(number))
        elif resource is Resource.FILE:
            self._path(number).unlink()
        else:
            os.close(self._descriptors.pop(number))

    def names(self) -> int:
        """How many names the directory holds now, counted on the disk."""
        with os.scandir(self._root) as entries:
            return sum(1 for _ in entries)

    def descriptors(self) -> int:
        """How many of the opened descriptors are open now, asked from the system one by one."""
        return sum(_is_open(descriptor) for descriptor in self._descriptors.values())

    def usage(self) -> tuple[int, int]:
        """Bytes (lengths of the files) and inodes (files and directories) in use now, counted on the disk."""
        length = inodes = 0
        for folder, folders, files in os.walk(self._root):
            inodes += len(folders) + len(files)
            length += sum((Path(folder) / file).stat().st_size for file in files)
        return length, inodes

    def clear(self) -> None:
        """Remove everything that is left."""
        for number in list(self._descriptors):
            self.remove(number, Resource.DESCRIPTOR)
        for entry in list(self._root.iterdir()):
            self.remove(int(entry.name), Resource.DIRECTORY if entry.is_dir() else Resource.FILE)

    def _path(self, number: int) -> Path:
        return self._root / str(number)

    def _write(self, path: Path) -> None:
        with path.open("xb") as file:
            file.truncate(self._file_size)


@contextmanager
def scratch(file_size: int) -> Iterator[Scratch]:
    """A scratch directory for the body of the `with`; gone afterwards, whatever ends the body."""
    _sweep(Path(tempfile.gettempdir()))
    with (
        _terminated_as_interrupt(),
        tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", ignore_cleanup_errors=True) as root,
    ):
        place = Scratch(Path(root), file_size)
        try:
            yield place
        finally:
            place.clear()


@contextmanager
def _terminated_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind the stack, as Ctrl-C does, so that `finally` runs."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may set handlers; another thread is never interrupted by a signal.
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # A signal that the parent had ignored (nohup) stays ignored.
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _exit_by_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_by_signal(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _sweep(parent: Path) -> None:
    """Remove scratch directories of this user whose process is dead."""
    for path in parent.glob(f"{PREFIX}*"):
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isascii() and owner.isdigit() and _is_mine(path) and not _is_alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _is_mine(path: Path) -> bool:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False  # another run swept it first
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return mine and path.is_dir() and not path.is_symlink()


def _is_alive(process: int) -> bool:
    if os.name == "nt":
        return True  # Signal 0 would end the process there; leave what can't be judged.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
