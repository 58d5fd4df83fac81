"""What the words in a name say of a callable, a parameter or a command of which no more is known."""

from __future__ import annotations

# Words that make a parameter or setting a keep option: the user asked for the file to stay.
KEEP_WORDS = frozenset({
    "keep", "debug", "save", "preserve", "delete", "cleanup", "clean", "clean_up", "retain", "nodelete",
    "noclean", "nocleanup", "remove", "leave", "persist", "purge", "unlink",
})  # fmt: skip

# Functions are named after deleting by these words.
DELETING_WORDS = frozenset({
    "remove", "unlink", "delete", "rmtree", "rmdir", "rm", "cleanup", "clean", "purge", "erase", "discard", "trash",
    "del", "destroy",
})  # fmt: skip

# A function of such words and of those takes note of a file, to delete it later.
DELETION_WORDS = (DELETING_WORDS | {"deletion", "removal"}) - {"del", "rm", "discard"}
LATER_WORDS = frozenset({
    "register", "add", "track", "schedule", "mark", "defer", "later", "atexit", "exit", "until", "enqueue",
})  # fmt: skip

# A function of deleting words and of those here sweeps away what somebody else has left.
SWEEPING_WORDS = frozenset({"sweep", "prune", "gc", "collect", "expire", "reap", "evict", "clear"})
STALE_WORDS = frozenset(
    {"stale", "orphan", "orphans", "orphaned", "leftover", "leftovers", "abandoned", "dangling"}
)
# So does one of these, which are said of much else, where it says that it is about temp files.
OLD_WORDS = frozenset({"old", "older", "expired", "previous", "outdated", "obsolete"})

# What is called when something has gone wrong, and otherwise not.
FAILING_WORDS = frozenset(
    {"discard", "abort", "rollback", "cancel", "revert", "undo", "fail", "failed", "abandon"}
)

# Of these, what containers are asked as well, of an element.
CONTAINER_WORDS = frozenset({"remove", "discard", "delete", "destroy", "erase", "del", "clean", "purge"})

# What else may stand in the name of a function that does nothing but delete.
BESIDE_DELETING = frozenset({
    "if", "exists", "existing", "file", "files", "dir", "dirs", "directory", "folder", "tree", "path", "paths", "tmp",
    "temp", "temporary", "recursive", "recursively", "safe", "safely", "quietly", "silently", "force", "forced", "f",
    "rf", "r", "fr", "maybe", "try", "ignore", "missing", "ok", "local", "async", "all", "no", "error", "errors",
})  # fmt: skip

# What an object is called on which `remove(path)` is a deletion and no change of a container.
FILE_SYSTEM_WORDS = frozenset({
    "fs", "vfs", "filesystem", "disk", "shutil", "os", "storage", "util", "utils", "fileutil", "fileutils", "osutil",
})  # fmt: skip

# A parameter of such words says where a result is to go.
RESULT_WORDS = frozenset(
    {"out", "output", "outdir", "dest", "destination", "target", "result", "results", "save", "export"}
)

# What is named with these brings here what lies elsewhere.
FETCHING_WORDS = frozenset({"pull", "get", "fetch", "download", "retrieve", "receive"})

# What is named with one of these puts something else into the file that it is given the name of.
REWRITING_WORDS = frozenset(
    {"write", "rewrite", "overwrite", "save", "dump", "update", "patch", "edit", "truncate"}
)

# What is named with one of these and given a file's name goes on having the file open: `VideoWriter`, `open_dataset`.
OPENING_WORDS = frozenset({"open", "writer", "capture"})
# But not with one of these: others open it, or it is no file that is opened.
NOT_FILE_WORDS = frozenset({
    "browser", "url", "editor", "folder", "dir", "directory", "tab", "window", "explorer", "finder", "app", "in",
    "with", "is", "can", "re",
})  # fmt: skip

# Methods that end what an object has open, beside those that the table has, which hold of any object.
RELEASING = frozenset({"release", "dispose"})

# Functions that speak to people begin with these words.
SAYING_WORDS = frozenset({"print", "log", "warn", "echo"})

# Commands that are done before what they have begun is, or note down what they are given: their words, in this order.
DETACHING = (
    "docker run -d", "docker run --detach", "docker compose up -d", "podman run -d", "podman run --detach",
    "git worktree add", "pip install -e", "pip install --editable", "tmux new-session -d", "tmux new -d", "screen -dm",
    "systemd-run", "nohup", "setsid", "at", "batch",
)  # fmt: skip

# With this word are named functions that give a file a name that leads to it, which a deletion leaves leading nowhere.
LINKING_WORDS = frozenset({"symlink"})

# Methods that take back what was done before, given what that has returned, or on it.
UNDOING = frozenset({"reset", "restore", "undo", "stop"})
UNDOING_ALL = frozenset({"stopall"})

# What these functions give runs what they were given when it is asked for more, not before.
LAZY_CALLS = frozenset({
    "map", "filter", "zip", "enumerate", "iter", "reversed", "chain", "from_iterable", "islice", "starmap",
    "takewhile", "dropwhile", "filterfalse", "compress", "accumulate", "groupby", "zip_longest", "pairwise", "batched",
    "cycle", "tee",
})  # fmt: skip

# What is named with this word compares a text in a test, and tells nobody of it.
ASSERTING_WORDS = frozenset({"assert"})

# What is named with one of these words raises, where something isn't so, with the message that it is given.
CHECKING_WORDS = ASSERTING_WORDS | {
    "check",
    "ensure",
    "expect",
    "require",
    "verify",
    "error",
    "fail",
    "abort",
    "die",
}

# What is named with these words carries out a text, and tells nobody of it.
COMMAND_WORDS = frozenset({
    "cmd", "command", "exec", "execute", "run", "shell", "system", "sh", "bash", "popen", "spawn", "sudo",
})  # fmt: skip
# Those, and what runs a command on this machine, where there are others.
RUNNING_WORDS = COMMAND_WORDS | {"local"}

# What a call is named after that makes the file whose name it is told; how parameters for such names are called.
WRITING_WORDS = frozenset({
    "write", "save", "export", "dump", "render", "plot", "draw", "store", "download", "convert", "generate", "copy",
    "compile", "encode", "serialize", "archive", "compress", "zip", "pack", "synthesize", "screenshot", "snapshot",
    "imwrite", "imsave", "retrieve", "urlretrieve", "savefig", "savetxt", "savemat", "savez", "transcode", "resample",
    "concatenate", "extract", "extractall", "untar", "unzip", "clone",
})  # fmt: skip
# What a function is named after that writes or reads such a format: `to_csv`, `toxlsx`, `from_json`.
FORMATS = frozenset({
    "arrow", "avro", "csv", "excel", "feather", "gif", "graphml", "hdf", "hdf5", "html", "jpeg", "jpg", "json", "jsonl",
    "latex", "markdown", "mp3", "mp4", "netcdf", "npy", "onnx", "orc", "parquet", "pdf", "pickle", "png", "shp", "sql",
    "sqlite", "stl", "svg", "tar", "text", "tex", "tiff", "tsv", "txt", "wav", "xls", "xlsx", "xml",
    "yaml", "zarr", "zip",
})  # fmt: skip
READING_WORDS = frozenset({"read", "load", "imread", "upload", "parse"})
TARGET_WORDS = frozenset(
    {"out", "output", "outfile", "outpath", "outdir", "target", "dest", "destination", "dst"}
)

# Methods that are named with these words set their object to work, which goes on after they have come back; these wait.
# What gives something to wait for, by the last part of its name: what it is given runs meanwhile.
GIVES_AWAITABLE = frozenset({
    "as_completed", "create_task", "ensure_future", "gather", "shield", "wait_for", "wrap_future",
})  # fmt: skip
# Of these, what lets a coroutine go on where the wait for the whole fails; the first one of several alone.
LETS_GO_ON = ("gather", "as_completed", "shield")
# Pools whose `map` comes back, or raises, when all jobs are over.
BLOCKING_POOLS = frozenset({"Pool", "ThreadPool"})
# By such a method the other side answers, or by one that waits; `get` where it isn't asked for anything.
ANSWERING_WORDS = frozenset({"recv", "receive", "sleep"})
ANSWERING_METHOD = "get"
STARTING_WORDS = frozenset({"launch", "listen", "schedule", "serve", "spawn", "start", "mount"})
BLOCKING_WORDS = frozenset({"blocking", "forever", "sync"})

# Methods that are named with these words call what they are given at once.
CALLING_WORDS = frozenset(
    {"apply", "call", "exec", "execute", "filter", "invoke", "map", "retry", "run", "sort", "sub"}
)

# Attributes and variables are registries by the end of their names: a plural, or a word for a container.
REGISTRY_ENDINGS = ("s", "registry", "list", "set", "queue")
# What makes sets, and what annotations call them.
SET_TYPES = frozenset({
    "set", "Set", "MutableSet", "AbstractSet", "typing.Set", "typing.MutableSet", "typing.AbstractSet",
    "collections.abc.Set", "collections.abc.MutableSet", "weakref.WeakSet",
})  # fmt: skip

# In the name of an attribute: what it holds is for the object's own use.
SCRATCH_WORDS = frozenset(
    {"tmp", "temp", "tempdir", "tmpdir", "tmpfile", "tempfile", "temporary", "scratch", "staging"}
)
# What is in it is made again where it is gone.
REMAKING_WORDS = frozenset({"cache", "caches", "cachedir"})
# Methods that are named with these words may well keep what they are given.
KEEPING_WORDS = frozenset({
    "add", "append", "attach", "bind", "cache", "configure", "enqueue", "init", "insert", "install", "keep", "launch",
    "mount", "note", "override", "push", "record", "register", "remember", "schedule", "serve", "set", "setup", "share",
    "start", "store", "subscribe", "track", "use", "watch",
})  # fmt: skip

# Methods named with these words take note of a file in order to delete it.
TAKING_WORDS = frozenset({
    "cleanup", "clean", "register", "track", "tracked", "tmp", "temp", "tempfile", "delete",
})  # fmt: skip

# Functions that convert a path between str, bytes and path objects, by what their names are made of.
CONVERTER_WORDS = frozenset({
    "bytes", "text", "native", "str", "unicode", "ensure", "force", "fs", "encode", "decode", "fsencode", "fsdecode",
    "path", "realpath", "abspath", "normpath", "norm", "normalize", "posix", "smart", "fspath", "cast", "resolve",
})  # fmt: skip

# What a call is named after that puts a file somewhere for good.
MOVING_WORDS = ("move", "rename", "replace", "install", "copy", "publish", "commit")

# Calls are named after looking something up that is there already.
LOOK_UP_WORDS = ("get", "current", "instance", "find", "lookup", "shared", "default", "active", "app")

# What an object is called through which one part of a program gives something to another.
WAY_WORDS = frozenset({
    "conn", "connection", "pipe", "channel", "queue", "topic", "producer", "publisher", "bus", "actor", "mailbox",
    "sender", "tx", "parent", "child",
})  # fmt: skip

# What is called like this gives what it has to whoever asks next.
CACHE_WORDS = frozenset({"cache", "caches", "cached", "memo", "memos", "memoized"})

# What is called like this isn't in the process: asking it for something can fail.
REMOTE_WORDS = frozenset({
    "session", "client", "conn", "connection", "sftp", "ftp", "ssh", "repo", "repository", "redis", "bucket", "s3",
    "gcs", "api", "http", "db", "database", "cursor", "remote", "svn", "hg", "git", "docker", "rpc",
    "webdav", "imap", "smtp", "driver", "browser", "mongo", "index", "server",
})  # fmt: skip

# What goes on by itself with a file that it was shown.
GO_ON_WORDS = frozenset({"webbrowser", "startfile", "open_new", "open_new_tab", "daemon", "daemonize"})

# Answers of web frameworks that read a file when they are sent, and don't delete it.
ANSWERS = frozenset({"FileResponse", "send_file", "send_from_directory", "XSendfileResponse"})

# What is called like this is kept on purpose by who holds it.
LASTING_WORDS = frozenset({
    "cache", "caches", "log", "logs", "logfile", "config", "configuration", "model", "models", "checkpoint",
    "checkpoints", "ckpt", "artifact", "artifacts",
})  # fmt: skip

# So is what an object of such a class keeps.
LASTING_CLASSES = frozenset({"cache", "caches", "log", "logs", "logfile"})
# What writes the records of `logging` to a file, which is read when the program is over.
LOG_WRITERS = frozenset(
    {"FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler"}
)
# A directory for what somebody asked for.
PRODUCT_WORDS = frozenset({
    "output", "outputs", "outdir", "out", "report", "reports", "result", "results", "artifact", "artifacts", "export",
    "exports", "dest", "destination",
})  # fmt: skip

# A logger is recognised by the last part of its name.
LOGGER_WORDS = ("log", "logger", "logging")

# So many words around a name are a message to somebody.
MESSAGE_WORDS = 3

# What gives a variable of the environment, by the end of its name.
ENVIRONMENT = ("environ.get", "getenv")

# Objects that speak to the user.
SPEAKER_WORDS = frozenset({"ui", "console", "term", "terminal", "screen", "reporter", "stdout", "stderr"})
# What opens a file for the user, in a program that reads it when it likes.
SHOWING_FILES = frozenset({
    "webbrowser.open", "webbrowser.open_new", "webbrowser.open_new_tab", "os.startfile", "click.launch", "typer.launch",
})  # fmt: skip
# Those to which texts are written, whoever reads them: a user, or a program at the other end.
STREAM_WORDS = frozenset({"stdout", "stderr", "stream", "wfile"})
# What a call is named after that shows the user a message.
SHOWING_WORDS = frozenset(
    {"dialog", "alert", "notify", "notification", "popup", "messagebox", "toast", "prompt"}
)
# A function of these words, and of others among those below, prints a message.
PRINTING_WORDS = frozenset({"print", "pprint", "echo", "say", "tell", "announce"})
BESIDE_PRINTING = frozenset({
    "err", "error", "warn", "warning", "info", "msg", "message", "line", "ln", "red", "green", "yellow", "bold", "ok",
    "out", "stderr", "stdout", "status", "note", "success", "user", "to", "c",
})  # fmt: skip
# What is said of a file that the user is to find where its name says.
FOUND_THERE_WORDS = frozenset({
    "stored", "saved", "written", "wrote", "logged", "exported", "dumped", "saving", "writing", "logging", "output",
    "outputs", "results", "report",
})  # fmt: skip
# What is said of a file that is kept, since something went wrong.
KEPT_WORDS = frozenset({
    "kept", "left", "holds", "preserved", "remains", "retained", "keeping", "leaving", "inspect", "recover", "recovery",
    "backup",
})  # fmt: skip
# Methods of objects that are called so end the program, most of them with a message for the user.
EXITING = frozenset({
    "parser.error", "parser.exit", "argparser.error", "argparser.exit", "subparser.error", "ap.error", "ap.exit",
    "ctx.exit", "ctx.fail", "ctx.abort", "context.exit", "context.fail", "context.abort", "click.abort",
    "module.exit_json", "module.fail_json",
})  # fmt: skip
# What a logger says that the user doesn't hear.
QUIET_WORDS = frozenset({"debug", "info", "trace", "log"})
# Of these, what is heard all the same where it says that something is found there.
HEARD_WORDS = frozenset({"info"})

# Under what names a message stands among other things.
MESSAGE_KEYS = frozenset(
    {"msg", "message", "error", "err", "reason", "exception", "warning", "stderr", "detail"}
)

# A method that is named with these words lets go of what its object has, on purpose: somebody else has it from then on,
# or it is gone already.
LETTING_GO_WORDS = frozenset({
    "abandon", "adopt", "commit", "deleted", "detach", "disarm", "disown", "export", "give", "gone", "hand", "handover",
    "ignore", "keep", "leave", "migrate", "move", "moved", "persist", "pickle", "preserve", "publish", "release",
    "removed", "retain", "steal", "surrender", "take", "transfer", "unregister", "untrack", "unwatch", "yield",
})  # fmt: skip
# One that is named with these runs before there is anything to let go.
BEGINNING_WORDS = frozenset({
    "begin", "begins", "build", "configure", "connect", "create", "enter", "execute", "fit", "init", "initialise",
    "initialize", "load", "main", "make", "open", "parse", "prepare", "process", "read", "restore", "run", "set",
    "setup", "start",
})  # fmt: skip
# One that is named with these empties its object, which goes on.
EMPTYING_WORDS = frozenset({"clear", "reset"})
# By these words a path is told of.
PLACE_WORDS = frozenset({
    "d", "dir", "directory", "dirname", "f", "file", "filename", "folder", "location", "p", "path", "place", "temp",
    "tempdir", "tmp", "tmpdir", "workdir",
})  # fmt: skip

# What is taken and given back, and never fails.
LOCK_WORDS = ("lock", "mutex", "semaphore")

# Words by which a condition asks whether somebody wants to look at what is left, besides those for keeping it.
LOOKING_WORDS = frozenset(
    {"temps", "verbose", "inspect", "intermediate", "intermediates", "artifacts", "dump"}
)

# A message with one of these sends people to the file that it names.
POINTING_WORDS = frozenset({
    "see", "look", "inspect", "check", "examine", "log", "logs", "logfile", "detail", "details", "report", "debug",
    "dump", "dumped", "saved", "stored", "written", "wrote", "left", "kept", "keeping", "available", "backup",
    "recover", "resume", "output", "remains", "move", "copy", "remove", "delete", "clean", "manually", "partial",
})  # fmt: skip

# What functions call the parameter that names what they make.
TARGET_PARAMETERS = ("dst", "target", "path", "name", "file", "database")

# Parameters by which a deletion bears that nothing is there.
BEARING_PARAMETERS = frozenset({"missing_ok", "ignore_errors", "onerror", "onexc"})

# What other systems than POSIX are called, in lower case.
OTHER_SYSTEMS = frozenset({"win32", "nt", "win", "windows", "windowspe", "cygwin", "msys"})

# Shell words that delete.
SHELL_DELETERS = frozenset({"rm", "rmdir", "unlink", "/bin/rm", "shred"})

# Programs that carry out a text.
SHELLS = frozenset({"sh", "bash", "dash", "zsh", "/bin/sh", "/bin/bash", "/usr/bin/bash"})
# Programs that run the program named behind them.
PROGRAM_RUNNERS = frozenset({"sudo", "doas", "env", "nice", "ionice", "nohup", "exec", "command", "busybox"})

# Classes are exceptions by the end of their names.
EXCEPTION_SUFFIXES = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Failure", "Timeout")

# What any text has that changes who owns a file: names of this kind, and what stores, registers and closes.
EFFECT_WORDS = (
    "remove", "unlink", "rmtree", "rmdir", "delete", "clean", "purge", "trash", "replace", "rename", "move",
    "register", "finalize", "callback", "Cleanup", "append", ".add(", "insert", "extend", "global ", "nonlocal ",
    "os.close", "fdopen", "enter_context",
)  # fmt: skip
EFFECT_PATTERN = r"\bself\.\w+\s*=[^=]|\brm\b"

# Directories that everybody can write to, without the slash at their end; variables that name them.
TEMP_ROOTS = ("/tmp", "/var/tmp")
TEMP_VARIABLES = ("TMPDIR", "TEMP", "TMP")
# What sets something of a module, or a variable, by its name: `setattr`, and what tests do it with.
PATCHERS = frozenset(
    {"setattr", "setenv", "putenv", "setitem", "patch", "object", "dict", "update", "swap_attr", "swap_item"}
)
