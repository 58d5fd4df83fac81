"""What a call can do to the flow: which never raise in practice, which never return, which swallow."""

from __future__ import annotations

# By dotted name: doesn't raise on a realistic path.
BENIGN = frozenset({
    "os.close", "os.fdopen", "os.getcwd", "os.getpid", "os.getppid", "os.getuid", "os.geteuid", "os.getegid",
    "os.getgid", "os.fspath",
    "os.fsencode", "os.fsdecode", "os.chmod", "os.fchmod", "os.stat", "os.fstat", "os.lstat", "os.utime", "os.umask",
    "os.environ.get", "os.environ.copy", "os.getenv", "os.cpu_count", "os.access", "os.lseek", "os.environ.setdefault",
    "os.environ.pop", "os.environ.update", "sys.path.insert", "sys.path.append", "sys.path.extend",
    "tempfile.gettempdir", "tempfile.gettempprefix", "tempfile.mktemp", "tempfile.gettempdirb",
    "str", "repr", "format", "int", "float", "len", "isinstance", "issubclass", "print", "bool", "list", "dict", "set",
    "tuple", "frozenset", "range", "enumerate", "zip", "sorted", "reversed", "min", "max", "sum", "any", "all", "abs",
    "round", "id", "hash", "type", "callable", "hasattr", "getattr", "setattr", "delattr", "vars", "locals", "globals",
    "dir", "object", "super", "iter", "map", "filter", "ord", "chr", "hex", "oct", "bin", "divmod", "ascii", "slice",
    "property", "staticmethod", "classmethod", "bytes", "bytearray", "memoryview",
    "functools.partial", "functools.wraps", "functools.lru_cache", "functools.cache", "operator.itemgetter",
    "operator.attrgetter",
    "contextlib.ExitStack", "contextlib.AsyncExitStack", "contextlib.suppress", "contextlib.nullcontext",
    "contextlib.closing", "contextlib.aclosing", "contextlib.redirect_stdout", "contextlib.redirect_stderr",
    "threading.Lock", "threading.RLock", "threading.Event", "threading.current_thread", "threading.get_ident",
    "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
    "pathlib.PureWindowsPath", "anyio.Path", "io.StringIO", "io.BytesIO",
    "collections.OrderedDict", "collections.Counter",
    "collections.defaultdict", "collections.deque", "collections.namedtuple", "itertools.chain", "itertools.count",
    "uuid.uuid4", "uuid.uuid1", "random.random", "random.randint", "random.choice", "sys.getfilesystemencoding",
    "sys.exc_info", "sys.getsizeof", "platform.system", "platform.machine", "traceback.format_exc",
    "traceback.print_exc", "warnings.warn", "gc.collect", "copy.copy", "shlex.quote", "re.escape",
    "asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.current_task", "inspect.currentframe",
    "atexit.register", "atexit.unregister", "weakref.finalize", "weakref.ref", "multiprocessing.util.Finalize",
    "typing.cast", "dataclasses.replace", "dataclasses.asdict", "dataclasses.astuple", "dataclasses.fields",
    "dataclasses.field", "dataclasses.is_dataclass", "click.echo", "click.secho", "click.style", "typer.echo",
    "typer.secho",
})  # fmt: skip

# Whole namespaces whose functions don't raise in practice.
BENIGN_PREFIXES = (
    "os.path.",
    "time.",
    "logging.",
    "posixpath.",
    "ntpath.",
    "warnings.",
    "types.",
    "typing.",
    "stat.",
    "operator.",
    "itertools.",
    "fnmatch.",
    "textwrap.",
    "platform.",
    "html.",
    "random.",
    "secrets.",
)

# Methods that don't raise in practice whatever object they belong to (containers, strings, paths, handles).
BENIGN_METHODS = frozenset({
    "append", "appendleft", "extend", "insert", "add", "discard", "update", "setdefault", "get",
    "items", "keys", "values",
    "copy", "clear", "sort", "reverse", "count", "pop", "popitem", "popleft", "index", "union", "difference",
    "intersection", "issubset", "issuperset", "remove",
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "partition", "rpartition", "join", "format", "lower",
    "upper", "title", "capitalize", "startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind", "zfill",
    "ljust", "rjust", "center", "isdigit", "isalpha", "isspace", "isidentifier", "casefold", "translate", "expandtabs",
    "close", "seek", "tell", "fileno", "isatty", "closed", "exists", "is_file", "is_dir", "is_absolute", "joinpath",
    "with_suffix", "with_name", "with_stem", "resolve", "absolute", "as_posix", "as_uri",
    "relative_to", "chmod", "stat",
    "lstat", "expanduser", "match",
    "addCleanup", "addClassCleanup", "addModuleCleanup", "addfinalizer", "callback",
    "total_seconds", "isoformat", "strftime", "__init__", "__enter__", "getpid",
    "cancel", "set", "is_set", "hexdigest", "digest", "print",
})  # fmt: skip

# A logger is recognised by the last part of its name.
LOGGER_METHODS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal", "trace"}
)
LOGGER_WORDS = ("log", "logger", "logging")

# Calls that always leave, and with what.
NEVER_RETURN: dict[str, str] = {
    "sys.exit": "SystemExit", "exit": "SystemExit", "quit": "SystemExit", "os._exit": "", "os.abort": "",
    "os.execv": "", "os.execve": "", "os.execvp": "", "os.execvpe": "", "os.execl": "", "os.execlp": "",
    "pytest.fail": "any", "pytest.skip": "any", "pytest.exit": "any", "pytest.xfail": "any",
}  # fmt: skip
NEVER_RETURN_METHODS: dict[str, str] = {
    "skipTest": "any",
    "fail": "any",
}  # of a unittest case only

# Managers that swallow what they list.
SWALLOWERS = frozenset({"contextlib.suppress"})
# Managers that swallow what they expect, and raise at their end when it did not come.
EXPECTERS = frozenset({"pytest.raises", "pytest.warns", "pytest.deprecated_call"})
EXPECTER_METHODS = frozenset({"assertRaises", "assertRaisesRegex", "assertRaisesRegexp"})

# Managers whose enter and exit don't raise in practice.
BENIGN_MANAGERS = frozenset({
    "contextlib.suppress", "contextlib.nullcontext", "contextlib.closing", "contextlib.aclosing",
    "contextlib.ExitStack",
    "contextlib.AsyncExitStack", "contextlib.redirect_stdout", "contextlib.redirect_stderr", "open", "io.open",
    "os.fdopen", "os.scandir", "io.StringIO", "io.BytesIO", "threading.Lock", "threading.RLock", "threading.Condition",
    "warnings.catch_warnings", "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile", "tempfile.SpooledTemporaryFile",
    "tempfile.TemporaryDirectory", "gzip.open", "bz2.open", "lzma.open", "codecs.open",
    "zipfile.ZipFile", "tarfile.open",
})  # fmt: skip

# Calls that give a file object (closing it, or leaving its `with`, is not deleting).
FILE_OPENERS = frozenset({
    "open", "io.open", "os.fdopen", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "aiofiles.open", "io.FileIO",
    "zipfile.ZipFile", "tarfile.open", "gzip.GzipFile", "bz2.BZ2File",
})  # fmt: skip

EXCEPTION_SUFFIXES = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Failure", "Timeout")
