"""What deletes a file, what moves it away, and who takes the duty to delete it later."""

from __future__ import annotations

# Deleters: the position of the path.
DELETERS: dict[str, int] = {
    "os.remove": 0, "os.unlink": 0, "os.rmdir": 0, "os.removedirs": 0, "shutil.rmtree": 0,
    "pathlib.Path.unlink": 0, "pathlib.Path.rmdir": 0, "send2trash.send2trash": 0,
    "distutils.dir_util.remove_tree": 0, "setuptools._distutils.dir_util.remove_tree": 0,
    "test.support.unlink": 0, "test.support.rmtree": 0, "test.support.rmdir": 0,
    "test.support.os_helper.unlink": 0, "test.support.os_helper.rmtree": 0, "test.support.os_helper.rmdir": 0,
    "aiofiles.os.remove": 0, "aiofiles.os.unlink": 0, "aiofiles.os.rmdir": 0, "aioshutil.rmtree": 0,
    "anyio.Path.unlink": 0, "anyio.Path.rmdir": 0, "posix.unlink": 0, "nt.unlink": 0,
}  # fmt: skip
# Deleters that only ever take one kind: a file deleter can't remove a directory.
WHOLE_TREE = frozenset({"shutil.rmtree", "aioshutil.rmtree", "distutils.dir_util.remove_tree",
                        "test.support.rmtree", "test.support.os_helper.rmtree"})  # fmt: skip

# Methods of a path object that delete it.
DELETER_METHODS = frozenset({"unlink", "rmdir", "rmtree", "remove_p", "unlink_p", "rmtree_p", "remove"})

# Movers: the file named first is gone from its place afterwards.
MOVERS: dict[str, int] = {"os.replace": 0, "os.rename": 0, "os.renames": 0, "shutil.move": 0,
                          "pathlib.Path.replace": 0, "pathlib.Path.rename": 0,
                          "aiofiles.os.rename": 0, "aiofiles.os.replace": 0,
                          "django.core.files.move.file_move_safe": 0}  # fmt: skip
MOVER_METHODS = frozenset({"replace", "rename", "move"})

# Self-deleting handles: what ends them.
CLOSERS = frozenset({"close", "cleanup", "__exit__", "aclose"})

# Registrars, by the last part of their name: a callable given to them will run when the scope unwinds. (Any call
# that is given a deleter as a value manages the path; these also manage through a callable that can't be seen.)
REGISTRARS = frozenset({
    "register", "finalize", "Finalize", "callback", "push_async_callback", "addCleanup", "addClassCleanup",
    "addModuleCleanup", "addAsyncCleanup", "doModuleCleanups", "addfinalizer", "add_finalizer", "after_this_request",
    "call_on_close", "BackgroundTask", "add_task", "add_done_callback", "addBoth", "defer_cleanup",
    "add_cleanup", "push",
})  # fmt: skip
# Managers entered by a call.
ENTERERS = frozenset({"enter_context", "enter_async_context", "enterContext", "enterClassContext",
                      "enterModuleContext", "enterAsyncContext", "push", "push_async_exit"})  # fmt: skip

# Shell words that delete.
SHELL_DELETERS = frozenset({"rm", "rmdir", "unlink", "/bin/rm", "shred"})
SHELL_RUNNERS = frozenset({
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
    "os.system", "os.popen",
})  # fmt: skip

# Words that make a parameter or setting a keep option: the user asked for the file to stay.
KEEP_WORDS = frozenset({
    "keep", "debug", "save", "preserve", "delete", "cleanup", "clean", "clean_up", "retain", "nodelete",
    "noclean", "nocleanup", "remove", "leave", "persist", "purge",
})  # fmt: skip

# Functions are named after deleting by these words.
DELETING_WORDS = frozenset({
    "remove", "unlink", "delete", "rmtree", "rmdir", "rm", "cleanup", "clean", "purge", "erase", "discard", "trash",
    "del", "destroy",
})  # fmt: skip

# Methods named with these words take note of a file in order to delete it.
TAKING_WORDS = frozenset(
    {"cleanup", "clean", "register", "track", "tracked", "tmp", "temp", "tempfile", "delete"}
)
