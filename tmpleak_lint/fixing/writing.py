"""Writes files so that a failure at any point leaves either the old content or the new, never a part, and nothing else.

In: a path and bytes. Out: nothing, or a `WriteError` whose text names the file and the reason; the file is then as it
was.

The new content is written into a file without a name where the system has such (`O_TMPFILE`), else beside the old one;
it has a name of its own only for the instant before it is moved over the old file. What is left where the process is
killed in that instant is removed by `leftovers`. Two runs that write the same file take turns, and the second sees that
it has changed.

Not handled: other hard links to the same file keep the old content; a change by another program in the instant
between the last look and the move is lost.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from tmpleak_lint.fixing.leftovers import PREFIX, Sweeper, lock, locked

_ANYONE_MAY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_NAMELESS = getattr(os, "O_TMPFILE", 0)


class WriteError(Exception):
    """A file could not be written and is unchanged."""


def replace_file(path: Path, old: bytes, new: bytes, sweeper: Sweeper | None = None) -> None:
    """Replace the content `old` of an existing file by `new`; raises `WriteError`.

    Mode, owner and extended attributes are kept, and a symbolic link still points to the same file.
    Nothing is written when the file doesn't hold `old` any more or is read-only. Who replaces many files has one
    `sweeper` for them.
    """
    try:
        target = Path(os.path.realpath(path, strict=True))
        before = target.stat()
        if not stat.S_ISREG(before.st_mode):
            raise WriteError(f"{path}: is not a regular file")
        if not before.st_mode & _ANYONE_MAY_WRITE or not os.access(target, os.W_OK):
            raise WriteError(f"{path}: is read-only, nothing was written")
        if target.read_bytes() != old:
            raise WriteError(f"{path}: has changed since it was read, nothing was written")
        with locked(target) as is_ours:
            if not is_ours:
                raise WriteError(f"{path}: is being written by another run, nothing was written")
            _put(target, new, old, sweeper)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written and is unchanged: {_reason(error)}") from error


def write_file(path: Path, new: bytes) -> None:
    """Create a file or replace its content, whatever that was; raises `WriteError`.

    Where the path names a pipe or a device, the bytes are written into it.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(new)
        else:
            _put(Path(os.path.realpath(path)), new, None, None)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {_reason(error)}") from error


def _put(target: Path, new: bytes, old: bytes | None, sweeper: Sweeper | None) -> None:
    """Write `new` and move it to `target`, if that still holds `old` (None: don't look)."""
    beside = target.with_name(f"{PREFIX}{secrets.token_hex(8)}")
    with contextlib.ExitStack() as closing:
        own = closing.enter_context(Sweeper()) if sweeper is None else sweeper
        try:
            descriptor, written = _opened(beside, own)
            with os.fdopen(descriptor, "wb") as file:
                lock(file.fileno())
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
                if target.exists():
                    _take_over_attributes(target, written)
                if old is not None and target.read_bytes() != old:
                    raise WriteError(f"{target}: has changed since it was read, nothing was written")
                if written != beside:
                    own.expect(beside)
                    _give_name(file.fileno(), beside)
                if (
                    os.name == "nt"
                ):  # a file that is open can't be moved there; elsewhere its lock is held to the end
                    file.close()
                beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _opened(beside: Path, sweeper: Sweeper) -> tuple[int, Path]:
    """A new file that is open for writing, and the path by which it is found as long as it is."""
    # 0o666 as for any new file, which the umask narrows; mkstemp would make it private
    if _NAMELESS:
        try:
            descriptor = os.open(beside.parent, os.O_WRONLY | _NAMELESS, 0o666)
        except (
            OSError
        ):  # the file system, or the kernel, has none; if it is for another reason, the next step will say
            pass
        else:
            path = Path(f"/proc/self/fd/{descriptor}")
            if path.exists():
                return descriptor, path
            os.close(descriptor)
    sweeper.expect(beside)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.open(beside, flags, 0o666), beside


def _give_name(descriptor: int, path: Path) -> None:
    # With a folder's descriptor, though none is needed for absolute paths, Python follows the link that /proc has.
    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)


def _take_over_attributes(target: Path, beside: Path) -> None:
    owner = _owner(target.stat())
    if hasattr(os, "chown") and owner != _owner(beside.stat()):
        os.chown(beside, *owner)
    shutil.copystat(target, beside)
    os.utime(beside)  # copystat brought the old times too, and this content is new


def _owner(found: os.stat_result) -> tuple[int, int]:
    return found.st_uid, found.st_gid


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
