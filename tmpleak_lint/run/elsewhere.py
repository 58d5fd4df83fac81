"""A run on somebody else's workers: any `concurrent.futures.Executor`, or a Dask cluster by its address.

In: batches, an executor, the function that examines a file. Out: each batch with the outcomes of its files, as they
come. The workers must see the same files under the same names, and have this version of tmpleak-lint: that is asked
before the first batch.

A batch whose worker is lost is sent again, in halves, so that a file which ends every process that reads it is told
from its neighbours (it gives TML900). When the executor itself is broken (a `ProcessPoolExecutor` is, as soon as one
of its processes dies), what is left is done on this machine. Either way each file has one outcome.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Any, TypeVar

from tmpleak_lint import __version__, engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.run.batches import Batch, scan
from tmpleak_lint.run.local import share_out
from tmpleak_lint.run.plan import Examine

T = TypeVar("T")

AHEAD = 256  # batches under way: enough for a large cluster, and what is remembered of them stays small
TRIES = 3  # times that one file alone may lose its worker before it is given up
DASK = "dask://"


class ExecutorError(Exception):
    """An executor that cannot be used; the text says why."""


def scan_elsewhere(
    batches: Sequence[Batch], executor: Executor, examine: Examine
) -> Iterator[tuple[Batch, list[Outcome]]]:
    """Yield each batch, or the parts it was sent in, with the outcomes of its files.

    Closing the generator early cancels what has not begun. Raises ExecutorError when the workers have another
    version of this package, or none.
    """
    _check(executor, examine)
    waiting = deque((batch, 0) for batch in batches)
    under_way: dict[Future[list[Outcome]], tuple[Batch, int]] = {}
    try:
        while waiting or under_way:
            try:
                while waiting and len(under_way) < AHEAD:
                    batch, tries = waiting.popleft()
                    waiting.appendleft((batch, tries))  # stays there if it can't be sent
                    under_way[executor.submit(scan, _absolute(batch), examine)] = batch, tries
                    waiting.popleft()
            except BrokenExecutor:
                left = [batch for batch, _ in (*under_way.values(), *waiting)]
                under_way.clear()
                yield from _here(left, examine)
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                batch, tries = under_way.pop(future)
                if future.exception() is None:
                    yield batch, _as_named(batch, future.result())
                elif len(batch.files) > 1:
                    waiting.extendleft((half, 0) for half in batch.halves())
                elif tries + 1 < TRIES:
                    waiting.appendleft((batch, tries + 1))
                else:
                    yield batch, [engine.crashed(file) for file in batch.files]
    finally:
        for future in under_way:
            future.cancel()


def _here(batches: Sequence[Batch], examine: Examine) -> Iterator[tuple[Batch, list[Outcome]]]:
    """The same on this machine."""
    for batch in batches:
        yield batch, list(share_out(batch.files, os.cpu_count() or 1, examine))


def _absolute(batch: Batch) -> Batch:
    """The batch under names that mean the same in any working directory."""
    return Batch(tuple(dataclasses.replace(file, filename=file.path) for file in batch.files))


def _as_named(batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes of files that went by their paths, under the names that the user knows them by."""
    names = {file.path: file.filename for file in batch.files}
    return [outcome.under(names[outcome.report.filename]) for outcome in outcomes]


def _check(executor: Executor, examine: Examine) -> None:
    """Raises ExecutorError unless a worker answers with our own version, and knows `examine`."""
    try:
        version = executor.submit(_version, examine).result()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ExecutorError(f"the executor's workers cannot run tmpleak-lint: {reason}") from error
    if version != __version__:
        raise ExecutorError(f"the executor's workers have tmpleak-lint {version}, this is {__version__}")


def _version(examine: Examine) -> str:
    """What a worker answers that can read `examine`."""
    return __version__


@contextlib.contextmanager
def opened(address: str, seconds: float = 10) -> Iterator[Executor]:
    """The executor behind `dask://HOST:PORT`, a Dask scheduler that answers within `seconds`.

    Raises ExecutorError for another kind of address, without the extra `dask`, and when nobody answers.
    """
    if not address.startswith(DASK) or ":" not in address.removeprefix(DASK):
        raise ExecutorError(f"{address!r} is not of the form dask://HOST:PORT")
    try:
        import distributed
    except ImportError as error:
        raise ExecutorError(
            "Dask is not installed beside tmpleak-lint: pip install 'tmpleak-lint[dask]'"
        ) from error
    place = address.removeprefix(DASK)
    dask: Any = distributed  # it has no types
    try:
        client = dask.Client(f"tcp://{place}", timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ExecutorError(f"no Dask scheduler answers at {place}: {error}") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ExecutorError(f"the Dask scheduler at {place} has no workers")
        # A batch may come twice in a run that is repeated: its answer must not be an old one.
        yield client.get_executor(pure=False)
