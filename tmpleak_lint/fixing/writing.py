"""Writes files so that a failure at any point leaves either the old content or the new, never a part.

In: a path and bytes. Out: nothing, or a `WriteError` whose text names the file and the reason; the
file is then as it was. The new content is written beside the file and moved over it. Not handled:
other hard links to the same file keep the old content; a change by another program in the instant
between the last look and the move is lost.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path

_ANYONE_MAY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class WriteError(Exception):
    """A file could not be written and is unchanged."""


def replace_file(path: Path, old: bytes, new: bytes) -> None:
    """Replace the content `old` of an existing file by `new`; raises `WriteError`.

    Mode, owner and extended attributes are kept, and a symbolic link still points to the same file.
    Nothing is written when the file doesn't hold `old` any more or is read-only.
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
        _put(target, new, old)
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
            _put(Path(os.path.realpath(path)), new, None)
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {_reason(error)}") from error


def _put(target: Path, new: bytes, old: bytes | None) -> None:
    """Write `new` beside `target` and move it there, if that still holds `old` (None: don't look)."""
    beside = target.with_name(f".tmpleak-lint-{secrets.token_hex(8)}")
    # 0o666 as for any new file, which the umask narrows; mkstemp would make it private
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _take_over_attributes(target, beside)
        if old is not None and target.read_bytes() != old:
            raise WriteError(f"{target}: has changed since it was read, nothing was written")
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


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
