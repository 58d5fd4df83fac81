"""What runs what it is given: programs and callables."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import PROCESS, TIMEOUT
from tmpleak_lint.knowledge.model import (
    Awaits,
    Benign,
    Binds,
    Forks,
    Gives,
    HandsOn,
    Limited,
    Moment,
    Raises,
    ReadsLater,
    Runs,
    RunsCommand,
    Share,
    Waits,
    rows,
)

# Arguments that let a program raise more than what the system does.
_CHECK = ("check", "subprocess.CalledProcessError")
_TIMEOUT = ("timeout", "subprocess.TimeoutExpired")

ROWS = (
    # A thread goes on where the wait for it is cancelled; those of anyio and trio are waited for all the same.
    *rows("asyncio.to_thread", Runs(Moment.AWAITED, lazily=True), ReadsLater()),
    *rows("anyio.to_thread.run_sync trio.to_thread.run_sync", Runs(Moment.AWAITED, lazily=True)),
    *rows(
        "starlette.concurrency.run_in_threadpool fastapi.concurrency.run_in_threadpool",
        Runs(Moment.AWAITED, lazily=True),
    ),
    *rows("twisted.internet.threads.deferToThread", Runs(Moment.AWAITED)),
    *rows("asgiref.sync.sync_to_async", Binds("asyncio.to_thread"), Benign()),
    *rows("<any>.run_in_executor", Runs(Moment.AWAITED, at=1), HandsOn()),
    *rows("<any>.run_in_threadpool <any>.run_sync", Runs(Moment.AWAITED)),
    *rows("<any>.submit", Runs(Moment.FUTURE), HandsOn()),
    *rows("<any>.apply_async", Runs(Moment.FUTURE, packed=True), HandsOn()),
    *rows("<future>.result <future>.get", Gives()),
    *rows("<future>.add_done_callback <future>.cancel <future>.cancelled <future>.done", Benign()),
    *rows("<future>.ready <future>.running", Benign()),
    *rows("os.fork os.forkpty pty.fork", Forks(), Raises()),
    *rows("<any>.result", Waits(), Limited(), fails=(TIMEOUT,)),
    *rows("map", Runs(Moment.EACH, lazily=True), Benign()),
    *rows("<any>.map", Runs(Moment.EACH)),
    *rows("<any>.imap <any>.imap_unordered", Runs(Moment.EACH), ReadsLater()),
    *rows("asyncio.run asyncio.wait_for asyncio.shield asyncio.create_task asyncio.ensure_future", Awaits()),
    *rows("asyncio.gather", Awaits(several=True)),
    *rows("asyncio.wrap_future asyncio.run_coroutine_threadsafe", Awaits()),
    *rows("<any>.run_until_complete", Awaits()),
    *rows("<any>.create_task", Awaits(), HandsOn(Share.COROUTINE)),
    *rows("os.system", RunsCommand(), fails=(PROCESS, TIMEOUT)),
    *rows("os.popen", RunsCommand(), ReadsLater(), fails=(PROCESS, TIMEOUT)),
    *rows("subprocess.Popen", RunsCommand(), Raises()),
    *rows(
        "subprocess.call subprocess.run",
        RunsCommand(),
        Raises(given=(_CHECK, _TIMEOUT)),
    ),
    *rows(
        "subprocess.check_call subprocess.check_output",
        RunsCommand(),
        Raises(("OSError", "subprocess.CalledProcessError"), given=(_TIMEOUT,)),
    ),
)
