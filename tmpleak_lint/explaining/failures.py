"""Why a statement can raise in production: a table by what is called, and by kind of operation.

In: a dotted name (or the text of a call, when its name can't be resolved), a method's name, a kind of
operation. Out: `Failure`s, the likeliest first. Not handled: what a library documents beyond these kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
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

Rows = tuple[tuple[tuple[str, ...], tuple[Failure, ...]], ...]

# By the beginning of the dotted name, the first row that fits.
BY_PREFIX: Rows = (
    (("tempfile.",), (NO_NAME,)),
    (("subprocess.", "os.system", "os.popen", "asyncio.create_subprocess", "sh.", "pexpect."),
      (PROCESS, TIMEOUT)),
    (("requests.", "urllib.", "urllib3.", "httpx.", "aiohttp.", "socket.", "smtplib.", "ftplib.",
      "http.client.", "boto3.", "paramiko.", "grpc.", "imaplib.", "telnetlib."), (NETWORK,)),
    (("zipfile.", "tarfile.", "gzip.", "bz2.", "lzma.", "zlib.", "shutil.unpack_archive"),
      (ARCHIVE, DISK_FULL)),
    (("shutil.move",), (MOVE, DISK_FULL)),
    (("shutil.make_archive", "shutil.copy", "shutil.copytree"), (DISK_FULL, MISSING)),
    (("json.dump", "pickle.dump", "yaml.dump", "yaml.safe_dump", "csv.writer", "csv.DictWriter",
      "numpy.save", "torch.save", "joblib.dump", "toml.dump", "plistlib.dump", "marshal.dump"),
      (DISK_FULL, NOT_WRITABLE)),
    (("json.", "csv.", "xml.", "lxml.", "yaml.", "tomllib.", "toml.", "configparser.", "pickle.",
      "ast.", "struct.", "plistlib.", "email.", "html.", "marshal.", "base64.", "binascii.", "numpy.load",
      "pandas.read", "pyarrow."), (CORRUPT,)),
    (("PIL.", "cv2.", "imageio.", "fitz.", "pypdf.", "PyPDF2.", "pydub."), (IMAGE, DISK_FULL)),
    (("sqlite3.", "psycopg.", "psycopg2.", "pymysql.", "MySQLdb.", "sqlalchemy.", "pymongo.", "redis."), (DATABASE,)),
    (("os.write", "os.fsync", "os.truncate", "os.sendfile", "os.fdatasync"), (DISK_FULL,)),
    (("os.mkdir", "os.makedirs", "os.link", "os.symlink", "os.mkfifo", "os.mknod"), (NO_NAME,)),
    (("os.open", "open", "io.open", "codecs.open", "aiofiles.open", "os.fdopen"), (NO_NAME, MISSING)),
    (("os.read", "os.listdir", "os.scandir", "os.walk"), (MISSING,)),
    (("os.rename", "os.replace", "os.renames", "aiofiles.os.rename", "aiofiles.os.replace"), (MOVE,)),
    (("sys.exit", "exit", "quit", "os._exit", "os.abort", "os.exec"), (EXITS,)),
    (("importlib.",), (IMPORTING,)),
    (("pytest.", "unittest."), (TEST_FAILS,)),
)  # fmt: skip

# By the last part of the name: what methods of unknown objects are called.
BY_METHOD: Rows = (
    (("write", "writelines", "writerow", "writerows", "flush", "truncate", "write_text", "write_bytes",
      "dump", "save", "savefig", "savez", "tofile", "to_csv", "to_json", "to_excel", "to_parquet",
      "to_file", "export", "copyfileobj", "write_pdf", "writestr"), (DISK_FULL,)),
    (("read", "readline", "readlines", "read_text", "read_bytes"), (MISSING, ENCODING)),
    (("encode", "decode"), (ENCODING,)),
    (("open", "touch", "mkdir"), (NO_NAME, MISSING)),
    (("parse", "loads", "load", "fromstring", "safe_load", "deserialize", "validate", "read_csv",
      "read_json"), (CORRUPT,)),
    (("extract", "extractall", "namelist", "testzip"), (ARCHIVE, DISK_FULL)),
    (("download", "upload", "upload_file", "download_file", "urlopen", "urlretrieve", "connect", "send",
      "sendall", "recv", "fetch", "request", "post", "put", "raise_for_status", "download_fileobj",
      "upload_fileobj", "iter_content"), (NETWORK,)),
    (("execute", "executemany", "commit", "fetchall", "fetchone"), (DATABASE,)),
    (("check_call", "check_output", "communicate", "wait", "Popen", "run_command"), (PROCESS, TIMEOUT)),
    (("result", "acquire", "wait_for"), (TIMEOUT,)),
    (("fail", "skipTest"), (TEST_FAILS,)),
)  # fmt: skip
_TEST_METHODS = "assert"

# By the kind of operation, where no call is involved.
BY_OPERATION: dict[str, tuple[Failure, ...]] = {
    "Raise": (EXPLICIT,),
    "Assert": (ASSERTION,),
    "Await": (CANCELLED, AWAITED),
    "ManagerYield": (BLOCK_FAILS,),
    "Yield": (ABANDONED,),
    "Iterate": (ITERATION,),
    "Next": (ITERATION,),
    "Enter": (ENTERING,),
    "Leave": (ENTERING, DISK_FULL),
    "GetItem": (LOOKUP,),
    "Load": (LOOKUP,),
    "Forget": (LOOKUP,),
    "Unpack": (SHAPE,),
    "Import": (IMPORTING,),
    "Exit": (EXITS,),
}


def of_operation(operation: str) -> tuple[Failure, ...]:
    """Why an operation that is no call can raise."""
    return BY_OPERATION.get(operation, (UNKNOWN,))


def of_call(name: str, *, own: bool = False) -> tuple[Failure, ...]:
    """Why a call can raise, by its dotted name; `own`: it is resolved to code of the project.

    >>> [failure.kind for failure in of_call("subprocess.run")]
    ['subprocess fails', 'timeout']
    """
    if own:
        return (OWN_CODE,)
    last = name.rpartition(".")[2]
    if last.startswith(_TEST_METHODS):
        return (TEST_FAILS,)
    return next(_fitting(name, last), (UNKNOWN,))


def _fitting(name: str, last: str) -> Iterator[tuple[Failure, ...]]:
    for starts, failures in BY_PREFIX:
        for start in starts:
            if name == start or (name.startswith(start) and _is_part(name, start)):
                yield failures
    if "." in name or not name.isidentifier():
        for names, failures in BY_METHOD:
            if last in names:
                yield failures


def _is_part(name: str, start: str) -> bool:
    """`open` is no beginning of `opened`, but `requests.` and `os.exec` are of what follows."""
    return "." in start and name != start
