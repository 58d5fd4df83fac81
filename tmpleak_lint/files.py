# ruff: noqa: PTH105, PTH108, PTH116  (texts: asked for every file of a run)
"""Reads files, and nothing that only looks like one: a device may give no end, a pipe may keep who opens it waiting. Of
pipes those are read that somebody writes into (`<(command)` of a shell is one). And replaces files as a whole.

In: a path. Out: bytes, or an OSError whose `strerror` says why there are none. Not handled: how large a file may be.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import select
import stat

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes into is opened at once, and refused
    | getattr(os, "O_NOCTTY", 0)
)
PATIENCE = 1_000  # milliseconds for who is about to write into a pipe
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe that nobody writes into"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file: one read for a file of ordinary size. Raises OSError."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket, or a device that isn't there
            raise _no_file(os.stat(path).st_mode, path) from error
        raise
    except ValueError as error:  # a null in the name
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) and not (stat.S_ISFIFO(found.st_mode) and _is_written(descriptor)):
            raise _no_file(found.st_mode, path)
        size = found.st_size + 1
        parts = [os.read(descriptor, size)]
        while parts[-1]:
            parts.append(os.read(descriptor, size))
    finally:
        os.close(descriptor)
    return parts[0] if len(parts) <= 2 else b"".join(parts)


def replaced(path: str, data: bytes, mode: int = 0o666) -> None:
    """Give a file this content at once, whoever reads or writes it meanwhile."""
    import secrets  # loads much, and a run in which nothing has changed writes nothing

    beside = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        with open(beside, "xb", opener=functools.partial(os.open, mode=mode)) as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _is_written(pipe: int) -> bool:
    """Whether somebody writes into a pipe, or begins to soon; it is read without end then, as long as they do."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if not poll.poll(PATIENCE):
        return False
    os.set_blocking(pipe, True)
    return True


def _no_file(mode: int, path: str | os.PathLike[str]) -> OSError:
    what = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
    number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
    return OSError(number, f"it is {what}, not a file", os.fspath(path))
