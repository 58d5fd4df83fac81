"""What creates temp files, and in which shape the caller gets them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What the creating call returns."""

    FD_AND_PATH = "fd-and-path"
    DIRECTORY = "directory"
    NAME = "name"  # a name without a file
    HANDLE = "handle"  # a file object with .name; deletes itself unless told otherwise
    SELF_DELETING = "self-deleting"  # a handle that always deletes itself
    DIRECTORY_HANDLE = "directory-handle"  # TemporaryDirectory: .name, .cleanup()
    PATH = "path"  # a user-declared creator: returns the path of a file


@dataclass(frozen=True, slots=True)
class Creator:
    """One row: `delete_position` is where a positional `delete` stands, `dir_position` likewise for `dir`."""

    name: str
    shape: Shape
    delete_position: int | None = None
    dir_position: int | None = None


_ROWS = (
    Creator("tempfile.mkstemp", Shape.FD_AND_PATH, dir_position=2),
    Creator("tempfile.mkdtemp", Shape.DIRECTORY, dir_position=2),
    Creator("tempfile.mktemp", Shape.NAME, dir_position=2),
    Creator("tempfile.NamedTemporaryFile", Shape.HANDLE, delete_position=7, dir_position=6),
    Creator("tempfile.TemporaryFile", Shape.SELF_DELETING, dir_position=6),
    Creator("tempfile.SpooledTemporaryFile", Shape.SELF_DELETING, dir_position=7),
    Creator("tempfile.TemporaryDirectory", Shape.DIRECTORY_HANDLE, dir_position=2),
    Creator("aiofiles.tempfile.NamedTemporaryFile", Shape.HANDLE, delete_position=7, dir_position=6),
    Creator("aiofiles.tempfile.TemporaryFile", Shape.SELF_DELETING),
    Creator("aiofiles.tempfile.SpooledTemporaryFile", Shape.SELF_DELETING),
    Creator("aiofiles.tempfile.TemporaryDirectory", Shape.DIRECTORY_HANDLE, dir_position=2),
    Creator("anyio.NamedTemporaryFile", Shape.HANDLE, delete_position=7, dir_position=6),
    Creator("anyio.TemporaryFile", Shape.SELF_DELETING),
    Creator("anyio.TemporaryDirectory", Shape.DIRECTORY_HANDLE, dir_position=2),
    Creator("anyio.mkstemp", Shape.FD_AND_PATH, dir_position=2),
    Creator("anyio.mkdtemp", Shape.DIRECTORY, dir_position=2),
    Creator("backports.tempfile.TemporaryDirectory", Shape.DIRECTORY_HANDLE, dir_position=2),
    Creator("py.path.local.mkdtemp", Shape.DIRECTORY),
)  # fmt: skip

CREATORS: dict[str, Creator] = {row.name: row for row in _ROWS}

# Shapes whose handle removes the file by itself (unless delete=False).
SELF_DELETING_SHAPES = frozenset({Shape.HANDLE, Shape.SELF_DELETING, Shape.DIRECTORY_HANDLE})
