"""What creates temp files."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Creates, QuietManager, Shape, rows

ROWS = (
    *rows("tempfile.mkstemp anyio.mkstemp", Creates(Shape.FD_AND_PATH, dir_position=2)),
    *rows("tempfile.mkdtemp anyio.mkdtemp", Creates(Shape.DIRECTORY, dir_position=2)),
    *rows("tempfile.mktemp", Creates(Shape.NAME, dir_position=2, guessable=True), Benign()),
    *rows(
        "tempfile.NamedTemporaryFile",
        Creates(Shape.HANDLE, delete_position=7, dir_position=6),
        QuietManager(),
    ),
    *rows("tempfile.TemporaryFile", Creates(Shape.SELF_DELETING, dir_position=6), QuietManager()),
    *rows("tempfile.SpooledTemporaryFile", Creates(Shape.SELF_DELETING, dir_position=7), QuietManager()),
    *rows("tempfile.TemporaryDirectory", Creates(Shape.DIRECTORY_HANDLE, dir_position=2), QuietManager()),
    *rows(
        "aiofiles.tempfile.NamedTemporaryFile anyio.NamedTemporaryFile",
        Creates(Shape.HANDLE, delete_position=7, dir_position=6),
    ),
    *rows(
        "aiofiles.tempfile.TemporaryFile aiofiles.tempfile.SpooledTemporaryFile anyio.TemporaryFile",
        Creates(Shape.SELF_DELETING),
    ),
    *rows(
        "aiofiles.tempfile.TemporaryDirectory anyio.TemporaryDirectory backports.tempfile.TemporaryDirectory",
        Creates(Shape.DIRECTORY_HANDLE, dir_position=2),
    ),
    *rows("py.path.local.mkdtemp", Creates(Shape.DIRECTORY)),
)
