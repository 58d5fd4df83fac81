"""What path functions make of a path: the same file, a child, a sibling, its parent."""

from __future__ import annotations

# The result names the same file as the first argument.
SAME_PATH = frozenset({
    "str", "repr", "os.fspath", "os.fsencode", "os.fsdecode", "os.path.abspath", "os.path.realpath",
    "os.path.normpath", "os.path.normcase", "os.path.expanduser", "os.path.expandvars", "os.path.relpath",
    "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath",
    "anyio.Path", "py.path.local", "typing.cast", "bytes", "shlex.quote", "copy.copy",
})  # fmt: skip

# Path classes: constructed from one argument the same file, from more a child of the first.
PATH_CLASSES = frozenset(name for name in SAME_PATH if name.split(".")[-1][0].isupper()) | {"py.path.local"}

JOINERS = frozenset({"os.path.join", "posixpath.join", "ntpath.join", "os.path.sep.join"})

PARENTS = frozenset({"os.path.dirname"})
SPLITTERS = frozenset({"os.path.split"})
EXTENSION_SPLITTERS = frozenset({"os.path.splitext"})

# Methods and properties of a path object or string that still name the same file.
SAME_METHODS = frozenset({
    "resolve", "absolute", "expanduser", "as_posix", "__str__", "__fspath__", "strip", "rstrip", "lower",
})  # fmt: skip
CHILD_METHODS = frozenset({"joinpath", "join", "child"})
SIBLING_METHODS = frozenset(
    {"with_suffix", "with_name", "with_stem", "format", "removesuffix", "removeprefix"}
)
CHILD_LISTERS = frozenset({"iterdir", "glob", "rglob", "walk"})

# Calls that answer "is it there?": true for a file that this code made and did not delete.
EXISTENCE = frozenset({
    "os.path.exists", "os.path.lexists", "os.path.isfile", "os.path.isdir", "os.access",
})  # fmt: skip
EXISTENCE_METHODS = frozenset({"exists", "is_file", "is_dir"})

# Calls that make the file whose name they are given (for names from mktemp); position of the name.
MAKERS: dict[str, int] = {
    "open": 0, "io.open": 0, "codecs.open": 0, "gzip.open": 0, "bz2.open": 0, "lzma.open": 0, "os.mkdir": 0,
    "os.makedirs": 0, "os.mkfifo": 0, "os.mknod": 0, "os.symlink": 1, "os.link": 1, "shutil.copy": 1, "shutil.copy2": 1,
    "shutil.copyfile": 1, "shutil.copytree": 1, "shutil.move": 1, "os.rename": 1, "os.replace": 1, "aiofiles.open": 0,
    "urllib.request.urlretrieve": 1, "zipfile.ZipFile": 0, "tarfile.open": 0, "sqlite3.connect": 0,
    "shelve.open": 0, "dbm.open": 0,
}  # fmt: skip
# Of these the mode (position, keyword "mode") decides: only a writing mode makes the file.
MODE_POSITION: dict[str, int] = {
    "open": 1, "io.open": 1, "codecs.open": 1, "gzip.open": 1, "bz2.open": 1, "lzma.open": 1, "aiofiles.open": 1,
    "zipfile.ZipFile": 1, "tarfile.open": 1,
}  # fmt: skip
# Opening and writing in one: when the disk is full the file is there, and half of it.
FILLER_METHODS = frozenset({"write_text", "write_bytes"})
MAKER_METHODS = frozenset({"write_text", "write_bytes", "touch", "mkdir", "symlink_to", "hardlink_to"})

# Functions that convert a path between str, bytes and path objects, by what their names are made of.
CONVERTER_WORDS = frozenset({
    "bytes", "text", "native", "str", "unicode", "ensure", "force", "fs", "encode", "decode", "fsencode", "fsdecode",
    "path", "realpath", "abspath", "normpath", "norm", "normalize", "posix", "smart", "fspath", "cast", "resolve",
})  # fmt: skip
