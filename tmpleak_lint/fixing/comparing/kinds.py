"""Tables: which calls hand a file on, and to whom. By the last name of what is called, unless a row has dots.

*Later*: what is called reads the file when it gets round to it, after the call has come back. *Waits*: what has been
started is over. *Keeps*: a container, registry or connection has it from then on. *Tells*: people are told of it.
*Plain*: the result holds nothing of the file but what was read from it.
"""

from __future__ import annotations

LATER = frozenset({
    "put", "put_nowait", "send", "send_nowait", "enqueue", "delay", "apply_async", "map_async",
    "starmap_async", "imap", "imap_unordered", "submit", "map_unordered", "Popen",
    "run_in_executor", "call_soon", "call_soon_threadsafe", "call_later", "call_at",
    "create_subprocess_exec", "create_subprocess_shell", "start_new_thread", "spawn", "spawn_later",
    "add_task", "send_task", "spawnl", "spawnlp", "spawnv", "spawnvp", "startfile", "open_new", "open_new_tab",
    "defer_async", "fork_exec",
})  # fmt: skip
# Coroutines that run when the loop gets round to them: what was given to their call counts.
SCHEDULES = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "start_soon"})
LATER_DOTTED = frozenset({"webbrowser.open", "os.startfile"})
# Objects that begin when they are told to: given to the constructor, read after `start`.
STARTED = frozenset({"start", "start_new", "run_async"})
STARTABLE = frozenset({"Thread", "Process", "Timer"})
# Methods named so set an object to work that goes on after they have come back.
STARTING_WORDS = frozenset({"launch", "listen", "schedule", "serve", "spawn", "start", "mount"})
BLOCKING_WORDS = frozenset({"blocking", "forever", "sync"})
WAITS = frozenset(
    {"wait", "communicate", "join", "result", "exception", "shutdown", "wait_for", "gather", "join_thread"}
)
# Those of one object, with how many arguments they wait as long as it takes.
ENDLESS = {"wait": 0, "communicate": 1, "join": 0, "result": 0, "exception": 0}

KEEPS = frozenset({
    "append", "appendleft", "add", "extend", "insert", "setdefault", "update", "register", "setattr", "setenv",
    "putenv", "addHandler", "add_handler", "set", "subscribe", "connect", "cache", "remember", "save_path",
})  # fmt: skip

# Settings of the process: whoever comes later goes by them.
SETTINGS = frozenset({"os.chdir", "os.putenv", "logging.basicConfig", "faulthandler.enable", "sys.path.insert",
                      "sys.path.append", "os.fchdir", "site.addsitedir"})  # fmt: skip
# Methods of other objects that are named so may well keep what they are given.
KEEPING_WORDS = frozenset({
    "add", "append", "attach", "bind", "cache", "configure", "enqueue", "init", "insert", "install", "keep", "launch",
    "mount", "note", "push", "record", "register", "remember", "schedule", "serve", "set", "setup", "share", "start",
    "store", "subscribe", "track", "use", "watch",
})  # fmt: skip
EXITS = frozenset({"sys.exit", "exit", "quit", "SystemExit"})

TELLS = frozenset({
    "print", "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal", "trace", "echo",
    "secho", "pprint", "showinfo", "showerror", "showwarning",
})  # fmt: skip

PLAIN = frozenset({
    "read", "readline", "readlines", "read_text", "read_bytes", "load", "loads", "safe_load", "run", "check_output",
    "check_call", "call", "system", "getsize", "exists", "isfile", "isdir", "stat", "len", "int", "float", "bool",
    "listdir", "hexdigest", "digest", "splitlines", "basename",
    "writelines", "sum", "any", "all", "count", "compare", "cmp", "startswith", "endswith",
    "isinstance", "getvalue", "tobytes", "tolist", "copy", "copy2", "copyfile", "copytree", "dumps", "find",
})  # fmt: skip

# Reading, writing and asking: these neither delete nor keep what they are given.
HARMLESS = frozenset({
    "open", "fdopen", "close", "write", "writelines", "write_text", "write_bytes", "read", "read_text", "read_bytes",
    "flush", "seek", "truncate", "fsync", "chmod", "stat", "fstat", "lstat", "utime", "getsize", "exists", "isfile",
    "isdir",
    "join", "basename", "dirname", "abspath", "realpath", "splitext", "fspath", "fsencode", "fsdecode", "str", "repr",
    "len", "isinstance", "mkdir", "makedirs", "listdir", "scandir", "walk", "glob", "iglob", "iterdir", "rglob",
    "joinpath",
    "Path", "PurePath", "load", "loads", "dump", "dumps", "copy", "copy2", "copyfile", "copytree", "copyfileobj",
    "touch",
    "assertTrue", "assertEqual", "assertFalse", "assertIn", "assertRaises", "print", "debug", "info", "warning",
    "error",
    "extractall", "writestr", "ZipFile", "exception", "format", "encode", "decode", "append", "chdir", "getcwd",
})  # fmt: skip

# Registrars whose callbacks run in the reverse of the order in which they were registered.
STACKED = frozenset({"callback", "push", "enter_context", "addCleanup", "addClassCleanup", "addfinalizer",
                     "enterContext", "push_async_callback", "add_cleanup", "register", "addModuleCleanup",
                     "enter_async_context", "addAsyncCleanup", "add_finalizer"})  # fmt: skip
REGISTERS = STACKED | {"finalize", "Finalize"}

# Without effects and the same wherever it is asked in one breath: not compared, only followed.
SILENT = frozenset({
    "str", "repr", "len", "isinstance", "issubclass", "int", "float", "bool", "bytes", "hasattr", "getattr", "locals",
    "globals", "callable", "type", "id", "super", "object", "tuple", "list", "set", "dict", "frozenset", "sorted",
    "reversed", "enumerate", "range", "zip", "min", "max", "format", "ascii", "iter",
    "os.fspath", "os.fsencode", "os.fsdecode", "os.access", "contextlib.suppress", "contextlib.ExitStack",
    "contextlib.nullcontext", "functools.partial", "pathlib.Path", "pathlib.PurePath", "contextlib.AsyncExitStack",
})  # fmt: skip
SILENT_PREFIXES = ("os.path.", "posixpath.", "ntpath.")
SILENT_METHODS = frozenset({"exists", "is_file", "is_dir", "is_absolute", "joinpath", "with_suffix", "with_name",
                            "as_posix", "values", "items", "keys", "encode", "strip", "startswith",
                            "endswith", "absolute", "resolve"})  # fmt: skip

# Registrars that wait for the end of a life.
LASTING = {
    "atexit.register": "process", "weakref.finalize": "object", "multiprocessing.util.Finalize": "object",
    "finalize": "object", "Finalize": "object",
}  # fmt: skip
