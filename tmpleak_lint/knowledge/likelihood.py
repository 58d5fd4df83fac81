"""How likely a call is to raise in production, where its name alone, or its name with such arguments, tells.

In: a dotted name or a method's name. What can go wrong out there stands in `failures`; here stands what seldom
does, although nothing forbids it.
"""

from __future__ import annotations

# To make a path of a text can't fail, whatever inherits from these.
PATH_CLASSES = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})
# What makes a folder, whoever's function it is.
MAKES_FOLDERS = frozenset({"mkdir", "makedirs", "mkdir_p", "ensure_dir", "ensure_directory"})
# Methods that raise only where the program itself is wrong, or for want of an inode, whatever object has them.
SELDOM_METHODS = MAKES_FOLDERS | frozenset({
    "chmod", "touch", "setLevel", "addHandler", "removeHandler", "setFormatter", "add_argument",
    "strftime", "hexdigest", "group", "groups", "groupdict", "setenv", "delenv", "vv", "vvv", "vvvv", "verbose",
    "banner", "display", "echo", "secho", "print", "info", "debug", "warning", "error", "log", "msg", "notice",
    "progress",
    "submit", "apply_async", "add_done_callback", "add_task", "put_nowait",
})  # fmt: skip
# The same of functions of a module that is known by name.
SELDOM = SELDOM_METHODS | {
    "system", "fork", "Process", "alarm", "setitimer", "signal", "getsignal", "siginterrupt",
    "chown", "chdir", "fchdir", "symlink", "umask", "putenv", "getLogger", "basicConfig",
    "TextIOWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom",
    "ArgumentParser", "Namespace", "ConfigParser", "Console", "Table", "Progress",
    "now", "utcnow", "today", "perf_counter", "uuid4", "getuser", "gethostname", "urlparse", "urlsplit",
    "urljoin", "quote", "unquote", "urlencode", "parse_qs",
    "Mock", "MagicMock", "AsyncMock", "patch", "Thread", "Timer", "Lock", "Event", "Queue", "SimpleQueue", "deepcopy",
    "md5", "sha1", "sha256", "sha512", "match", "search", "fullmatch", "findall", "finditer", "sub", "dumps", "hexlify",
    "b64encode", "urlsafe_b64encode", "randint", "choice", "shuffle", "sample", "seed", "dedent", "pformat", "pprint",
}  # fmt: skip
# The same where every argument is written out: what it is given has been seen to work.
SELDOM_OF_LITERALS = frozenset({
    "Version", "SpecifierSet", "Requirement", "parse_version", "LooseVersion", "StrictVersion", "Decimal", "Fraction",
    "date", "time", "datetime", "timedelta", "UUID", "array", "zeros", "ones", "arange", "linspace", "eye",
    "DataFrame", "Series", "Point", "Fernet", "Element", "SubElement", "URL", "getattr", "namedtuple",
})  # fmt: skip
# Of a text, and by the usual encoding, there is nothing that cannot be encoded but half of a surrogate pair.
ENCODERS = frozenset({"encode", "tobytes", "to_bytes", "ensure_binary", "asbytes", "force_bytes"})
DECODERS = frozenset({"decode"})
# What is done with characters that don't fit, so that nothing is raised (`codecs`, error handlers).
BEARING = frozenset(
    {
        "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace", "surrogateescape",
        "surrogatepass",
    }
)  # fmt: skip
USUAL_ENCODINGS = frozenset({"utf-8", "utf8", "UTF-8", "UTF8", "utf_8"})
# What writes one thing into a file, by a method's name or a function's.
WRITES_ONCE = frozenset({"write", "write_text", "write_bytes", "os.write", "writelines", "flush", "os.fsync"})
# Methods of a file that is opened for nothing but writing.
ONLY_WRITING = frozenset({"write", "writelines", "flush", "fileno", "close"})
# What only brings out what was written.
WRITES_OUT = frozenset({"flush", "fsync", "fdatasync"})
# What writes a value as a text, once.
DUMPS_TEXT = frozenset(
    {"json.dump", "yaml.dump", "yaml.safe_dump", "toml.dump", "tomli_w.dump", "tomlkit.dump"}
)
# What gives a text, or one that is encoded, by the last part of its name.
GIVES_TEXT = ENCODERS | {
    "join",
    "format",
    "dumps",
    "dedent",
    "strip",
    "lstrip",
    "rstrip",
    "replace",
    "getvalue",
    "str",
}
# Where a call that opens a file takes its mode.
MODE_POSITIONS = {
    "open": 1,
    "fdopen": 1,
    "NamedTemporaryFile": 0,
    "TemporaryFile": 0,
    "SpooledTemporaryFile": 1,
}
# What opens a file by its path; that of a temp file is there, and may be opened by who made it.
OPENS_ITS_OWN = frozenset({"open", "io.open", "codecs.open", "os.open"})
