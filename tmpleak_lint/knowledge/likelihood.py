"""How likely a call is to raise in production, where its name alone, or its name with such arguments, tells.

In: a dotted name or a method's name. What can go wrong out there stands in `failures`; here stands what seldom
does, although nothing forbids it.
"""

from __future__ import annotations

# Functions of modules and methods that raise only where the program itself is wrong, or for want of an inode: by the
# end of the dotted name.
SELDOM = frozenset({
    "mkdir", "makedirs", "touch", "ensure_dir", "chmod", "chown", "chdir", "fchdir", "symlink", "umask", "putenv",
    "getLogger", "setLevel", "addHandler", "removeHandler", "setFormatter", "basicConfig",
    "ArgumentParser", "add_argument", "parse_args", "Namespace", "ConfigParser", "Console", "Table", "Progress",
    "now", "utcnow", "today", "strftime", "perf_counter", "uuid4", "getuser", "gethostname", "urlparse", "urlsplit",
    "urljoin", "quote", "unquote", "urlencode", "parse_qs",
    "Mock", "MagicMock", "AsyncMock", "patch", "setenv", "delenv", "setitem", "delitem", "setattr", "delattr",
    "Thread", "Timer", "Lock", "Event", "Queue", "SimpleQueue", "deepcopy", "md5", "sha1", "sha256", "sha512",
    "compile", "sub", "match", "search", "fullmatch", "findall", "finditer", "group", "groups", "groupdict",
    "dumps", "hexlify", "b64encode", "urlsafe_b64encode", "randint", "choice", "shuffle", "sample", "seed",
    "dedent", "pformat", "pprint", "vv", "vvv", "vvvv", "display", "verbose", "banner",
    "echo", "secho", "print", "info", "debug", "warning", "error", "log", "msg", "notice",
})  # fmt: skip
# The same where every argument is written out: what it is given has been seen to work.
SELDOM_OF_LITERALS = frozenset({
    "Version", "SpecifierSet", "Requirement", "parse_version", "LooseVersion", "StrictVersion", "Decimal", "Fraction",
    "date", "time", "datetime", "timedelta", "UUID", "array", "zeros", "ones", "arange", "linspace", "eye",
    "DataFrame", "Series", "Point", "Fernet", "Element", "SubElement", "URL", "getattr", "namedtuple",
})  # fmt: skip
# Of a text, and by the usual encoding, there is nothing that cannot be encoded but half of a surrogate pair.
ENCODERS = frozenset({"encode", "tobytes", "to_bytes", "ensure_binary", "asbytes", "force_bytes"})
USUAL_ENCODINGS = frozenset({"utf-8", "utf8", "UTF-8", "UTF8", "utf_8"})
