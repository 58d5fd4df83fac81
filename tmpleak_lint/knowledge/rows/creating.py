"""What creates temp files."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Creates, Makes, QuietManager, Shape, rows

ROWS = (
    *rows("tempfile.mkstemp", Creates(Shape.FD_AND_PATH, dir_position=2)),
    *rows("tempfile.mkdtemp", Creates(Shape.DIRECTORY, dir_position=2)),
    *rows("anyio.mkstemp", Creates(Shape.FD_AND_PATH, dir_position=2, awaited=True)),
    *rows("anyio.mkdtemp", Creates(Shape.DIRECTORY, dir_position=2, awaited=True)),
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
        Creates(Shape.HANDLE, delete_position=7, dir_position=6, awaited=True),
    ),
    *rows(
        "aiofiles.tempfile.TemporaryFile aiofiles.tempfile.SpooledTemporaryFile anyio.TemporaryFile",
        Creates(Shape.SELF_DELETING, awaited=True),
    ),
    *rows(
        "aiofiles.tempfile.TemporaryDirectory anyio.TemporaryDirectory",
        Creates(Shape.DIRECTORY_HANDLE, dir_position=2, awaited=True),
    ),
    *rows("backports.tempfile.TemporaryDirectory", Creates(Shape.DIRECTORY_HANDLE, dir_position=2)),
    *rows("py.path.local.mkdtemp", Creates(Shape.DIRECTORY)),
    # On Windows a class of Django's own, whose arguments stand elsewhere.
    *rows("django.core.files.temp.NamedTemporaryFile", Creates(Shape.HANDLE), QuietManager()),
    # Without a file name it makes a temp file of what isn't a local one already, and gives it with the headers.
    *rows(
        "urllib.request.urlretrieve",
        Creates(
            Shape.PATH_FIRST,
            unless_given=("filename", 1),
            unless_first="file:",
            unless_said="urlcleanup",
        ),
        Makes(at=1),
    ),
    # Of twisted.python.filepath.FilePath, which is no os.PathLike.
    *rows("<any>.temporarySibling", Creates(Shape.NAME, deleted_by="remove")),
)
