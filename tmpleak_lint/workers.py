"""Many files over several processes: who analyses what, and what happens when a worker dies.

In: the files of a run. Out: their outcomes as they come. This process glances at every file; those that could
matter wait in a heap, the largest first, and worker processes start only once enough of them wait. A worker
is sent files one by one (names, not trees) and answers with outcomes. When it dies (a parser written in C can
overflow its stack) the file it was at gives TML900, its other work goes back to the heap, and another worker
takes its place.

Not handled: which file matters and what a file gives (`engine`).
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from tmpleak_lint import engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import SourceFile

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from tmpleak_lint.ownership import Project
    from tmpleak_lint.reading.neighbours import Neighbours
    from tmpleak_lint.settings import Settings

ENOUGH = 6  # files that could matter before worker processes pay for their start
AHEAD = 2  # files sent to a worker before it has answered for the first
LOOK_EVERY = 32  # files glanced at between two looks at what the workers have answered


def share_out(files: Sequence[SourceFile], jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of every file, from `jobs` processes when enough of them could matter."""
    waiting: list[tuple[int, int]] = []  # (minus size, index): the largest file first
    crew: _Crew | None = None
    try:
        for index, found in enumerate(_in_two_rounds(files)):
            if isinstance(found, Outcome):
                yield found
            else:
                heapq.heappush(waiting, found)
                if crew is None and jobs > 1 and len(waiting) >= ENOUGH:
                    crew = _Crew(files, waiting, jobs)
            if crew is not None and index % LOOK_EVERY == 0:
                yield from crew.answers(wait=False)
        if crew is None:
            yield from _alone(files, waiting)
        else:
            while crew.is_busy():
                yield from crew.answers(wait=True)
    except KeyboardInterrupt:
        if crew is not None:
            yield from crew.last_answers()
        raise
    finally:
        if crew is not None:
            crew.stop()


def _in_two_rounds(files: Sequence[SourceFile]) -> Iterator[Outcome | tuple[int, int]]:
    """The outcome of each file that cannot matter, (minus size, index) of each that could.

    First every file is read and asked for its own text, then the quiet ones for what they import.
    """
    asked: dict[Settings, tuple[Callable[[bytes], bool], Neighbours]] = {}
    settings: Settings | None = None
    quiet: list[tuple[int, Neighbours]] = []
    for index, file in enumerate(files):
        if file.settings is not settings:
            settings = file.settings
            if settings not in asked:
                asked[settings] = (engine.curiosity(settings), engine.new_neighbours(settings))
            could_matter, neighbours = asked[settings]
        first = engine.glance(file, could_matter, neighbours)
        if first is None:
            quiet.append((index, neighbours))
        else:
            yield first if isinstance(first, Outcome) else (-first, index)
    for index, neighbours in quiet:
        file = files[index]
        yield (0, index) if neighbours.uses_a_maker(file.path) else Outcome(FileReport(file.filename))


def _alone(files: Sequence[SourceFile], waiting: list[tuple[int, int]]) -> Iterator[Outcome]:
    """The outcomes from this process, in the order of the files."""
    projects: dict[Settings, Project] = {}
    with _without_collector():
        for _, index in sorted(waiting, key=lambda item: item[1]):
            file = files[index]
            if file.settings not in projects:
                projects[file.settings] = engine.new_project(file.settings)
            yield engine.examine_file(file, projects[file.settings])


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """No cyclic garbage collection inside: trees are large and live as long as their file's analysis."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Ctrl-C waits till the end of the block; a process started inside never hears it: the parent decides."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: there `_work` alone has to do
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection[Any, Any]
    sent: list[int] = field(default_factory=list)  # indices, the one it is at first


class _Crew:
    """The worker processes of one run."""

    def __init__(self, files: Sequence[SourceFile], waiting: list[tuple[int, int]], jobs: int) -> None:
        import multiprocessing

        self._files = files
        self._waiting = waiting
        start = "fork" if sys.platform == "linux" else "spawn"
        self._context: BaseContext = multiprocessing.get_context(start)
        self._workers = [self._hire() for _ in range(jobs)]
        self._feed()

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs,), daemon=True)  # type: ignore[attr-defined]
        with _ctrl_c_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def is_busy(self) -> bool:
        return bool(self._waiting) or any(worker.sent for worker in self._workers)

    def _feed(self) -> None:
        for depth in range(AHEAD):
            for place, worker in enumerate(self._workers):
                if self._waiting and len(worker.sent) <= depth:
                    _, index = heapq.heappop(self._waiting)
                    worker.sent.append(index)
                    try:
                        worker.connection.send(self._files[index])
                    except OSError:  # it died; of which file, the end of its answers will tell
                        heapq.heappush(self._waiting, (0, worker.sent.pop()))
                        if not worker.sent:
                            self._replace(place)

    def answers(self, wait: bool) -> Iterator[Outcome]:
        """What the workers have answered by now; with `wait` at least one answer, if any is due."""
        self._feed()
        yield from self._heard(None if wait else 0)
        self._feed()

    def last_answers(self) -> Iterator[Outcome]:
        """Everything that is answered already; no worker is sent anything any more."""
        heard = True
        while heard:
            heard = False
            for outcome in self._heard(0):
                heard = True
                yield outcome

    def _heard(self, seconds: float | None) -> Iterator[Outcome]:
        """One answer of each worker that has one; waits for the first as long as `seconds` says."""
        from multiprocessing.connection import wait

        busy = {worker.connection: place for place, worker in enumerate(self._workers) if worker.sent}
        for connection in wait(list(busy), seconds) if busy else ():
            place = busy[connection]  # type: ignore[index]
            worker = self._workers[place]
            try:
                outcome: Outcome = worker.connection.recv()
            except (EOFError, OSError):
                index = worker.sent[0]
                self._replace(place)
                yield engine.crashed(self._files[index])
            else:
                worker.sent.pop(0)
                yield outcome

    def _replace(self, place: int) -> None:
        """Put a new worker in the place of a dead one; all but the file it died of wait again."""
        dead = self._workers[place]
        dead.connection.close()
        dead.process.join()
        for index in dead.sent[1:]:
            heapq.heappush(self._waiting, (0, index))
        self._workers[place] = self._hire()

    def stop(self) -> None:
        """End every worker, whatever it is at."""
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()


def _work(connection: Connection[Any, Any]) -> None:
    """A worker's life: analyse what is sent until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group
    gc.disable()
    gc.freeze()
    while True:
        try:
            file: SourceFile = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(engine.examine_file(file, _project(file.settings)))


@cache
def _project(settings: Settings) -> Project:
    """One project for all the files that this worker is sent with the same settings."""
    return engine.new_project(settings)
