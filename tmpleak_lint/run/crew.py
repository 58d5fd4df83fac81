"""Worker processes that do pieces of work and may die: what one died of is told, the rest is done by another.

In: items, and a function of a module that does one (`work`; both go to the workers). Out: results as they come, each
with the index of its item, or in the order of the items (`in_order`). An item whose worker died (a parser written in C
can overflow its stack), or was ended because of it (`watchdog`), has the result that `crashed` gives, with the reason;
what was sent behind it waits again.

Not handled: what the work is, and which of it is worth a process.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tmpleak_lint.run.watchdog import LOOK, Limits, Watch, ended_by_watchdog, within

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

Item = TypeVar("Item")
Result = TypeVar("Result")

ENOUGH_IN_ORDER = 3  # pieces of work, all known to be long, before worker processes pay for their start
START = "fork" if sys.platform == "linux" else "spawn"
_SAFE_PATH = "PYTHONSAFEPATH"
LENIENT = Limits(600, 3_600)  # pieces of work of which each is many analyses
AHEAD = 2  # items sent to a worker before it has answered for the first


def in_order(
    items: Sequence[Item],
    jobs: int,
    work: Callable[[Item], Result],
    crashed: Callable[[Item, str], Result],
    weigh: Callable[[Item], int],
    limits: Limits = LENIENT,
) -> Generator[Result]:
    """Yield the result of every piece of work in the order of the pieces, from `jobs` processes when there are enough.

    `work` is a function of a module, for it goes to the workers; `crashed` gives the result of a piece that ended its
    process or had it ended, and the heaviest are begun first. Closing the generator early ends the workers.
    """
    if jobs < 2 or len(items) < ENOUGH_IN_ORDER:
        for item in items:
            yield within(limits, partial(work, item), partial(crashed, item))
        return
    waiting = Waiting(lambda index: None)
    for index, item in enumerate(items):
        waiting.push(-weigh(item), index)
    crew = Crew(items, waiting, min(jobs, len(items)), work, crashed, limits)
    done: dict[int, Result] = {}
    following = 0
    try:
        while crew.is_busy():
            done.update(crew.answers(wait=True))
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        crew.stop()


class Waiting:
    """Work that nobody has taken yet: indices of items with a rank each, in groups that are best kept together."""

    def __init__(self, group_of: Callable[[int], str | None]) -> None:
        self._group_of = group_of
        self._groups: dict[str | None, list[tuple[int, int]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, rank: int, index: int) -> None:
        heapq.heappush(self._groups.setdefault(self._group_of(index), []), (rank, index))
        self._count += 1

    def pop(self, near: int | None, others: Collection[int]) -> int:
        """The lowest rank in the group of `near`, then in a group without one of `others`, then anywhere."""
        group = None if near is None else self._group_of(near)
        if near is None or group not in self._groups:
            taken = {self._group_of(index) for index in others}
            free = [each for each in self._groups if each not in taken]
            group = min(free or self._groups, key=lambda each: self._groups[each][0])
        heap = self._groups[group]
        _, index = heapq.heappop(heap)
        if not heap:
            del self._groups[group]
        self._count -= 1
        return index

    def take_all(self) -> list[int]:
        """Every index, group by group, in the order of the items in each; nothing waits any more."""
        indices = [index for heap in self._groups.values() for index in sorted(one for _, one in heap)]
        self._groups.clear()
        self._count = 0
        return indices


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Ctrl-C, and the wish that the run ends, wait till the end of the block; a process started inside hears neither
    until it is ready for them: the parent decides."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: there `_work` alone has to do
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _own_modules_only() -> Iterator[None]:
    """A Python that is started inside takes no module from the working directory, where the code to be checked lies."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection[Any, Any]
    sent: list[int] = field(default_factory=list)  # indices, the one it is at first
    last: int | None = None  # the index that it was sent last
    watch: Watch = field(default_factory=lambda: Watch(None))


class Crew(Generic[Item, Result]):
    """The worker processes of one run; they share what is waiting."""

    def __init__(
        self,
        items: Sequence[Item],
        waiting: Waiting,
        jobs: int,
        work: Callable[[Item], Result],
        crashed: Callable[[Item, str], Result],
        limits: Limits = Limits(),  # noqa: B008 (immutable)
    ) -> None:
        import multiprocessing

        self._items = items
        self._waiting = waiting
        self._work = work
        self._crashed = crashed
        self._limits = limits
        self._looked = time.monotonic()
        self._context: BaseContext = multiprocessing.get_context(START)
        self._workers: list[_Worker] = []
        for _ in range(jobs):
            self._workers.append(self._hire())
        self._feed()

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        # A forked process has our ends of the pipes, too, and as long as one has it, no end is seen of ours.
        copied = (ours, *(worker.connection for worker in self._workers)) if START == "fork" else ()
        process = self._context.Process(target=_work, args=(theirs, self._work, copied), daemon=True)  # type: ignore[attr-defined]
        with _signals_held(), _own_modules_only():
            process.start()
        theirs.close()
        return _Worker(process, ours, watch=Watch(process.pid))

    def is_busy(self) -> bool:
        return bool(self._waiting) or any(worker.sent for worker in self._workers)

    def _feed(self) -> None:
        for depth in range(AHEAD):
            for place, worker in enumerate(self._workers):
                if self._waiting and len(worker.sent) <= depth:
                    index = self._waiting.pop(
                        worker.last, [w.last for w in self._workers if w.last is not None]
                    )
                    worker.last = index
                    worker.sent.append(index)
                    if len(worker.sent) == 1:
                        worker.watch.begin()
                    try:
                        worker.connection.send(self._items[index])
                    except OSError:  # it died; of which file, the end of its answers will tell
                        self._waiting.push(0, worker.sent.pop())
                        if not worker.sent:
                            self._replace(place)

    def answers(self, wait: bool) -> Iterator[tuple[int, Result]]:
        """What the workers have answered by now, each with the index of its item.

        With `wait` at least one answer, if any is due."""
        self._feed()
        yield from self._heard(None if wait else 0)
        self._feed()

    def last_answers(self) -> Iterator[tuple[int, Result]]:
        """Everything that is answered already; no worker is sent anything any more."""
        heard = True
        while heard:
            heard = False
            for answer in self._heard(0):
                heard = True
                yield answer

    def _heard(self, seconds: float | None) -> Iterator[tuple[int, Result]]:
        """One answer of each worker that has one; waits for the first as long as `seconds` says. What the watchdog ends
        is answered for."""
        from multiprocessing.connection import wait

        busy = {worker.connection: place for place, worker in enumerate(self._workers) if worker.sent}
        heard = wait(list(busy), LOOK if seconds is None else seconds) if busy else []
        while seconds is None and busy and not heard:
            ended = [*self._ended()]
            if ended:
                yield from ended
                return
            heard = wait(list(busy), LOOK)
        if seconds is not None:
            yield from self._ended(but={busy[connection] for connection in heard})  # type: ignore[index]
        for connection in heard:
            place = busy[connection]  # type: ignore[index]
            worker = self._workers[place]
            try:
                result: Result = worker.connection.recv()
            except (EOFError, OSError):
                index = worker.sent[0]
                self._replace(place)
                yield index, self._crashed(self._items[index], "crashed")
            else:
                worker.watch.begin()
                yield worker.sent.pop(0), result

    def _ended(self, but: Collection[int] = ()) -> Iterator[tuple[int, Result]]:
        """End what has taken too much, and answer for it."""
        if time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        for place, worker in enumerate(self._workers):
            reason = worker.watch.objects(self._limits) if worker.sent and place not in but else ""
            if reason:
                worker.process.kill()
                index = worker.sent[0]
                self._replace(place)
                yield index, self._crashed(self._items[index], ended_by_watchdog(reason))

    def _replace(self, place: int) -> None:
        """Put a new worker in the place of a dead one; all but the file it died of wait again."""
        dead = self._workers[place]
        dead.connection.close()
        dead.process.join()
        for index in dead.sent[1:]:
            self._waiting.push(0, index)
        self._workers[place] = self._hire()

    def stop(self) -> None:
        """End every worker, whatever it is at."""
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()


def _work(
    connection: Connection[Any, Any],
    work: Callable[[Item], object],
    copied: Sequence[Connection[Any, Any]],
) -> None:
    """A worker's life: do what is sent until the other end closes, be it that whoever had it was killed."""
    for each in copied:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    gc.disable()
    gc.freeze()
    warnings.simplefilter("ignore", SyntaxWarning)  # as in the process that started this one
    from tmpleak_lint.reading.regions import parser_trusted

    with parser_trusted():
        while True:
            try:
                item: Item = connection.recv()
            except (EOFError, OSError):
                return
            answer = work(item)
            try:
                connection.send(answer)
            except OSError:  # who asked is gone
                return
