"""The kinds of failure that a statement can meet in production: what goes wrong out there, and what is raised then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure: what goes wrong out there, and what is raised then."""

    kind: str
    what: str
    raises: str


DISK_FULL = Failure(
    "disk full", "the disk or a quota is full when it writes, flushes or closes", "OSError (ENOSPC, EDQUOT)"
)
NO_NAME = Failure(
    "no room for a file",
    "no inode or no space is left, or the process has too many files open",
    "OSError (ENOSPC, EMFILE)",
)
MISSING = Failure("not readable", "the file isn't there, may not be read, or its disk fails", "OSError")
NOT_EMPTY = Failure(
    "directory not empty",
    "it deletes an empty directory only, and something is in it",
    "OSError (ENOTEMPTY)",
)
NO_FILE = Failure(
    "wrong kind", "it deletes files, and this is a directory", "IsADirectoryError, PermissionError"
)
NO_TREE = Failure("wrong kind", "it deletes directories, and this is a file", "NotADirectoryError")
NO_PATH = Failure("wrong kind", "it takes a path, and this is a file object", "TypeError")
MOVE = Failure(
    "move fails",
    "the target is on another file system, is in use, exists already or may not be written",
    "OSError (EXDEV, EACCES, EEXIST)",
)
PROCESS = Failure(
    "subprocess fails",
    "the program exits with an error, is not installed, or is killed",
    "CalledProcessError where the status is checked, FileNotFoundError",
)
TIMEOUT = Failure("timeout", "it takes longer than it is given", "TimeoutError, subprocess.TimeoutExpired")
NETWORK = Failure(
    "network",
    "the other side is slow, down, closes the connection or answers with an error",
    "ConnectionError, TimeoutError",
)
CORRUPT = Failure(
    "corrupt input",
    "the input is cut short, malformed or of another version",
    "the parser's error, ValueError",
)
NOT_WRITABLE = Failure("odd data", "the data holds what the format can't", "TypeError, ValueError")
ARCHIVE = Failure(
    "corrupt input",
    "the archive is truncated or encrypted, or is none",
    "BadZipFile, tarfile.ReadError, EOFError",
)
ZIPPED = Failure(ARCHIVE.kind, ARCHIVE.what, "BadZipFile")
TARRED = Failure(ARCHIVE.kind, ARCHIVE.what, "tarfile.ReadError, EOFError")
IMAGE = Failure(
    "corrupt input",
    "the picture is truncated, too large or of an unknown format",
    "UnidentifiedImageError, OSError",
)
ENCODING = Failure("encoding", "a character doesn't fit the encoding", "UnicodeError")
DATABASE = Failure("database", "a constraint, a lock, a lost connection or a deadlock", "the driver's Error")
CANCELLED = Failure(
    "cancellation",
    "the task is cancelled while it waits here",
    "CancelledError, which `except Exception` misses",
)
AWAITED = Failure("awaited code", "whatever is awaited fails or times out", "any Exception, TimeoutError")
BLOCK_FAILS = Failure(
    "the with block raises",
    "this yield hands over to the caller's with block; what that raises comes out here",
    "any Exception",
)
ABANDONED = Failure(
    "generator abandoned", "the consumer stops iterating, and the generator is closed here", "GeneratorExit"
)
EXPLICIT = Failure("explicit raise", "the code decides that it can't go on", "the exception that is named")
ASSERTION = Failure("assertion", "the assertion doesn't hold", "AssertionError")
EXITS = Failure("process exits", "the call never returns: the interpreter is asked to end", "SystemExit")
LOOKUP = Failure("lookup", "the key, index or name isn't there", "KeyError, IndexError, NameError")
ITERATION = Failure(
    "iteration", "what is iterated over reads as it goes: a bad row, a lost connection", "any Exception"
)
ENTERING = Failure("with", "the manager can't be entered, or fails when it is left", "any Exception")
IMPORTING = Failure("import", "the module isn't installed in this environment", "ImportError")
SHAPE = Failure("shape of data", "there are more or fewer values than names", "ValueError")
TEST_FAILS = Failure("test fails", "the check fails or the test is skipped", "AssertionError, SkipTest")
OWN_CODE = Failure(
    "code of yours",
    "the function is in this project: what it calls can fail, and it may raise",
    "any Exception",
)
UNKNOWN = Failure(
    "unknown code", "nothing is known of it: bad input, a full disk, a timeout or a bug", "any Exception"
)
