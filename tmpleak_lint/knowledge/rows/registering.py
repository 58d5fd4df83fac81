"""Who takes the duty to delete later: what runs callables and leaves managers when a scope ends."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import Benign, Binds, Closing, Enters, QuietManager, Registers, Stack, rows

ROWS = (
    *rows(
        "<any>.BackgroundTask <any>.Finalize <any>.addAsyncCleanup <any>.addBoth <any>.add_cleanup "
        "<any>.add_done_callback <any>.add_finalizer <any>.add_task <any>.after_this_request "
        "<any>.call_on_close <any>.defer_cleanup <any>.doModuleCleanups <any>.finalize "
        "<any>.push_async_callback <any>.register",
        Registers(),
    ),
    *rows(
        "<any>.addClassCleanup <any>.addCleanup <any>.addModuleCleanup <any>.addfinalizer <any>.callback",
        Registers(),
        Benign(),
    ),
    *rows("<any>.push", Registers(), Enters()),
    *rows(
        "<any>.enterAsyncContext <any>.enterClassContext <any>.enterContext <any>.enterModuleContext "
        "<any>.enter_async_context <any>.enter_context <any>.push_async_exit",
        Enters(),
    ),
    *rows(
        "atexit.register weakref.finalize multiprocessing.util.Finalize", Registers(at_exit=True), Benign()
    ),
    *rows("contextlib.AsyncExitStack contextlib.ExitStack", QuietManager(), Stack(), Benign()),
    *rows(
        "contextlib.aclosing contextlib.closing contextlib.nullcontext", QuietManager(), Closing(), Benign()
    ),
    *rows("functools.partial", Binds(), Benign()),
)
