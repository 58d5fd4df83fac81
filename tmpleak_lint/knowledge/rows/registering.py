"""Who takes the duty to delete later: what runs callables and leaves managers when a scope ends."""

from __future__ import annotations

from tmpleak_lint.knowledge.model import (
    Benign,
    Binds,
    Closing,
    Enters,
    Keeps,
    Lends,
    Life,
    Pure,
    QuietManager,
    ReadsLater,
    Registers,
    Stack,
    Unregisters,
    rows,
)

ROWS = (
    # testtools and fixtures, absl, TensorFlow
    *rows("<test>.useFixture <test>.create_tempdir <test>.create_tempfile <test>.get_temp_dir", Lends()),
    *rows(
        "<any>.BackgroundTask <any>.addBoth <any>.add_done_callback <any>.after_this_request <any>.call_on_close "
        "<any>.defer_cleanup <any>.doModuleCleanups",
        Registers(),
    ),
    *rows(
        "<any>.addAsyncCleanup <any>.add_cleanup <any>.add_finalizer <any>.push_async_callback",
        Registers(stacked=True),
    ),
    *rows("<any>.Finalize <any>.finalize", Registers(Life.OBJECT, at=1)),
    *rows("<any>.add_task", Registers(), ReadsLater(), Benign()),
    *rows("<any>.register", Registers(stacked=True), Keeps()),
    *rows(
        "<any>.addClassCleanup <any>.addCleanup <any>.addModuleCleanup <any>.addfinalizer <any>.callback",
        Registers(stacked=True),
        Benign(),
    ),
    *rows("<any>.push", Registers(stacked=True), Enters()),
    *rows(
        "<any>.enterAsyncContext <any>.enterClassContext <any>.enterContext <any>.enterModuleContext "
        "<any>.enter_async_context <any>.enter_context <any>.push_async_exit",
        Enters(),
    ),
    *rows("atexit.register", Registers(Life.PROCESS), Benign()),
    *rows("atexit.unregister", Unregisters(), Benign()),
    *rows("weakref.finalize multiprocessing.util.Finalize", Registers(Life.OBJECT, at=1), Benign()),
    *rows("contextlib.AsyncExitStack contextlib.ExitStack", QuietManager(), Stack(), Benign(), Pure()),
    *rows("contextlib.aclosing contextlib.closing", QuietManager(), Closing(), Benign()),
    *rows("contextlib.nullcontext", QuietManager(), Closing(), Benign(), Pure()),
    *rows("functools.partial", Binds(), Benign(), Pure()),
)
