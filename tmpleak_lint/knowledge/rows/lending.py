"""What becomes of what a call is lent: whether it is read later, kept, told to people, or only used.

Methods by their names alone: of whatever object. What opens, makes or asks for a file stands in `opening` and `paths`.
"""

from __future__ import annotations

from tmpleak_lint.knowledge.model import (
    Borrows,
    Denies,
    Keeps,
    Launches,
    Limited,
    Raises,
    Reads,
    ReadsLater,
    Starts,
    Tells,
    Waits,
    rows,
)

ROWS = (
    *rows(
        "<any>.send_nowait <any>.map_unordered <any>.call_at <any>.enterabs "
        "<any>.start_new_thread <any>.spawn <any>.spawn_later <any>.spawnl "
        "<any>.spawnlp <any>.spawnv <any>.spawnvp <any>.startfile <any>.open_new <any>.open_new_tab "
        "<any>.defer_async <any>.fork_exec webbrowser.open",
        ReadsLater(),
    ),
    *rows("<any>.create_subprocess_exec <any>.create_subprocess_shell", ReadsLater(), Launches()),
    *rows("<any>.run <any>.call", Reads(), Launches()),
    *rows("<any>.start <any>.start_new <any>.run_async", Starts()),
    *rows("<any>.exception", Waits(), Limited(), Borrows()),
    *rows("<any>.gather <any>.join_thread", Waits()),
    *rows(
        "<any>.setattr <any>.setenv <any>.putenv <any>.addHandler <any>.add_handler <any>.subscribe "
        "<any>.cache <any>.remember <any>.save_path",
        Keeps(),
    ),
    *rows(
        "os.putenv logging.basicConfig faulthandler.enable site.addsitedir",
        Keeps(process=True),
    ),
    *rows("os.chdir os.fchdir", Keeps(process=True), Raises()),
    *rows("<any>.pprint <any>.showinfo <any>.showerror <any>.showwarning", Tells()),
    *rows(
        "<any>.system <any>.getsize <any>.compare <any>.cmp <any>.getvalue "
        "<any>.tobytes <any>.tolist <any>.copy2 <any>.copyfile <any>.copytree <any>.dumps <any>.listdir "
        "<any>.basename <any>.isfile <any>.isdir",
        Reads(),
    ),
    *rows(
        "<any>.fsync <any>.fstat <any>.utime <any>.dirname <any>.abspath <any>.realpath <any>.splitext "
        "<any>.scandir <any>.walk <any>.glob <any>.iglob <any>.iterdir <any>.rglob <any>.makedirs "
        "<any>.assertTrue <any>.assertEqual <any>.assertIn <any>.assertRaises "
        "<any>.chdir <any>.getcwd <any>.ZipFile",
        Borrows(),
    ),
    *rows("<any>.assertFalse", Borrows(), Denies()),
)
