"""Tables of the opt-in codes: what runs once or at exit, where handmade paths begin, what opens by name."""

from __future__ import annotations

# Runs what it is given when the interpreter ends.
AT_EXIT = frozenset({"atexit.register"})
# A decorated function runs its body once, whoever calls it.
CACHING_DECORATORS = frozenset({
    "cache", "lru_cache", "cached_property", "memoize", "memoized", "singleton", "once",
})  # fmt: skip
# Functions that a process enters once.
ENTRY_POINTS = frozenset({
    "main", "_main", "__main__", "cli", "setUpModule", "pytest_configure", "pytest_sessionstart",
})  # fmt: skip

# Directories that everybody can write to, without the slash at their end.
TEMP_ROOTS = ("/tmp", "/var/tmp")
TEMP_ROOT_CALLS = frozenset({"tempfile.gettempdir", "tempfile.gettempdirb"})
TEMP_VARIABLES = frozenset({"TMPDIR", "TEMP", "TMP"})
ENVIRONMENT_READERS = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault"})

# Calls that open the file whose name they are given; position of the name.
OPENERS_BY_NAME: dict[str, int] = {
    "open": 0, "io.open": 0, "os.open": 0, "codecs.open": 0, "gzip.open": 0, "bz2.open": 0, "lzma.open": 0,
    "aiofiles.open": 0, "zipfile.ZipFile": 0, "tarfile.open": 0, "tarfile.TarFile.open": 0, "wave.open": 0,
    "shutil.copy": 0, "shutil.copy2": 0, "shutil.copyfile": 0, "sqlite3.connect": 0, "linecache.getlines": 0,
    "fileinput.input": 0, "runpy.run_path": 0,
}  # fmt: skip
OPENER_METHODS = frozenset({"open", "read_text", "read_bytes", "write_text", "write_bytes"})

# Functions of lower-case name that build an object around a file object, which then lives as long as it does.
WRAPPERS = frozenset({
    "open", "fdopen", "fromfile", "wrap", "wrap_file", "make_response", "send_file", "send_from_directory",
    "closing", "open_file", "from_file", "makefile", "getwriter", "getreader",
})  # fmt: skip
