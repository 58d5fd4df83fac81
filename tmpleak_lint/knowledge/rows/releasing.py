"""What deletes a file, what moves it away, what ends a handle."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import DISK_FULL, MOVE, NOT_EMPTY
from tmpleak_lint.knowledge.model import SELF, Benign, Deletes, Ends, Makes, Moves, Waits, rows

ROWS = (
    *rows("os.remove os.unlink pathlib.Path.unlink posix.unlink nt.unlink", Deletes(files_only=True)),
    *rows(
        "os.rmdir os.removedirs pathlib.Path.rmdir aiofiles.os.rmdir anyio.Path.rmdir",
        Deletes(empty_only=True),
        fails=(NOT_EMPTY,),
    ),
    *rows(
        "send2trash.send2trash setuptools._distutils.dir_util.remove_tree test.support.unlink "
        "test.support.os_helper.unlink aiofiles.os.remove aiofiles.os.unlink anyio.Path.unlink",
        Deletes(),
    ),
    *rows("test.support.rmdir test.support.os_helper.rmdir", Deletes(empty_only=True)),
    *rows("<any>.rmdir <any>.removedirs", fails=(NOT_EMPTY,)),
    *rows(
        "shutil.rmtree distutils.dir_util.remove_tree test.support.rmtree test.support.os_helper.rmtree "
        "aioshutil.rmtree",
        Deletes(whole_tree=True, trees_only=True),
    ),
    *rows(
        "tensorflow.io.gfile.rmtree tensorflow.gfile.DeleteRecursively tensorflow.compat.v1.gfile.DeleteRecursively "
        "tensorflow.python.platform.gfile.DeleteRecursively tensorflow.python.lib.io.file_io.delete_recursively",
        Deletes(whole_tree=True),
    ),
    *rows(
        "tensorflow.io.gfile.remove tensorflow.gfile.Remove tensorflow.compat.v1.gfile.Remove "
        "tensorflow.python.platform.gfile.Remove tensorflow.python.lib.io.file_io.delete_file",
        Deletes(files_only=True),
    ),
    *rows(
        "tensorflow.io.gfile.rename tensorflow.gfile.Rename tensorflow.compat.v1.gfile.Rename "
        "tensorflow.python.platform.gfile.Rename",
        Moves(),
        fails=(MOVE,),
    ),
    *rows("<path>.unlink <path>.unlink_p <path>.remove_p", Deletes(SELF)),
    *rows("<path>.rmdir", Deletes(SELF, empty_only=True)),
    *rows("<path>.remove <path>.rmtree <path>.rmtree_p", Deletes(SELF, whole_tree=True)),
    *rows("os.replace os.rename", Moves(), Makes(at=1), fails=(MOVE,)),
    *rows("os.renames aiofiles.os.rename aiofiles.os.replace", Moves(), fails=(MOVE,)),
    *rows("shutil.move", Moves(), Makes(at=1), fails=(MOVE, DISK_FULL)),
    *rows("pathlib.Path.replace pathlib.Path.rename django.core.files.move.file_move_safe", Moves()),
    *rows("<path>.move <path>.moveTo <path>.rename <path>.replace", Moves(SELF)),
    *rows(
        "<handle>.__exit__ <handle>.aclose <handle>.cleanup <handle>.close <stack>.close <stack>.aclose "
        "<stack>.__exit__",
        Ends(),
    ),
    *rows("<any>.shutdown", Ends(), Waits()),
    *rows("os.close", Ends(descriptor=True), Benign()),
)
