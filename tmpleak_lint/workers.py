"""Many files over several processes: who analyses what, and what happens when a worker dies.

In: the files of a run (`share_out`), or any pieces of work (`in_order`). Out: outcomes as they come, or results in
the order of the work. `share_out` glances at every file; those that could matter wait, and worker processes start
only once enough of them do. A worker is sent files one by one (names, not trees), those of one package as long as
there are any, the largest first, and answers with outcomes. When it dies (a parser written in C can overflow its
stack) the file it was at gives TML900, its other work waits again, and another worker takes its place.

Not handled: which file matters and what a file gives (`engine`, and `fixes` where fixes are looked for).
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import signal
import sys
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tmpleak_lint import engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import SourceFile

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from tmpleak_lint.ownership import Project
    from tmpleak_lint.reading.neighbours import Maker, Neighbours
    from tmpleak_lint.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")
Examine = Callable[[SourceFile, "Project"], Outcome]

ENOUGH = 6  # files that could matter before worker processes pay for their start
ENOUGH_IN_ORDER = 3  # the same for pieces of work that are all known to be long
AHEAD = 2  # files sent to a worker before it has answered for the first
LOOK_EVERY = 32  # files glanced at between two looks at what the workers have answered


def share_out(files: Sequence[SourceFile], jobs: int, examine: Examine) -> Iterator[Outcome]:
    """Yield the outcome of every file, from `jobs` processes when enough of them could matter.

    `examine` gives the outcome of one that could; it is a function of a module, for it goes to the workers.
    """
    candidates: list[_Candidate] = []
    waiting = _Waiting(_packages(candidates))  # ranked by minus size
    crew: _Crew[_Candidate, Outcome] | None = None
    work = _Examination(examine)
    try:
        for glanced, found in enumerate(_in_two_rounds(files)):
            if isinstance(found, Outcome):
                yield found
            elif found is not None:
                candidates.append(found)
                waiting.push(-found.size, len(candidates) - 1)
                if crew is None and jobs > 1 and len(waiting) >= ENOUGH:
                    crew = _Crew(candidates, waiting, jobs, work, _crashed)
            if crew is not None and glanced % LOOK_EVERY == 0:
                yield from _results(crew.answers(wait=False))
        if crew is None:
            with _without_collector():
                for index in waiting.indices():
                    yield work(candidates[index])
        else:
            while crew.is_busy():
                yield from _results(crew.answers(wait=True))
    except KeyboardInterrupt:
        if crew is not None:
            yield from _results(crew.last_answers())
        raise
    finally:
        if crew is not None:
            crew.stop()


def in_order(
    items: Sequence[Item],
    jobs: int,
    work: Callable[[Item], Result],
    crashed: Callable[[Item], Result],
    weigh: Callable[[Item], int],
) -> Generator[Result]:
    """Yield the result of every piece of work in the order of the pieces, from `jobs` processes when there are enough.

    `work` is a function of a module, for it goes to the workers; `crashed` gives the result of a piece that ended its
    process, and the heaviest are begun first. Closing the generator early ends the workers.
    """
    if jobs < 2 or len(items) < ENOUGH_IN_ORDER:
        yield from map(work, items)
        return
    waiting = _Waiting(lambda index: None)
    for index, item in enumerate(items):
        waiting.push(-weigh(item), index)
    crew = _Crew(items, waiting, min(jobs, len(items)), work, crashed)
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


class _Waiting:
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

    def indices(self) -> list[int]:
        return sorted(index for heap in self._groups.values() for _, index in heap)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that could matter: its size in bytes (0 where only its neighbours say so), the makers that it uses."""

    file: SourceFile
    size: int
    makers: frozenset[Maker] = frozenset()


def _crashed(candidate: _Candidate) -> Outcome:
    return engine.crashed(candidate.file)


def _packages(candidates: Sequence[_Candidate]) -> Callable[[int], str]:
    """Where the outermost package of each file lies: its files import each other, and are read once per worker."""

    @cache
    def outermost(folder: Path) -> str:
        inside = folder.parent != folder and (folder.parent / "__init__.py").is_file()
        return outermost(folder.parent) if inside else str(folder)

    return lambda index: outermost(Path(candidates[index].file.path).parent)


def _results(answers: Iterator[tuple[int, Result]]) -> Iterator[Result]:
    return (result for _, result in answers)


@dataclass(slots=True)
class _Examination:
    """Examines files one after the other; those with the same settings share a project."""

    examine: Examine
    projects: dict[Settings, Project] = field(default_factory=dict)

    def __call__(self, candidate: _Candidate) -> Outcome:
        file = candidate.file
        if file.settings not in self.projects:
            self.projects[file.settings] = engine.new_project(file.settings)
        return engine.examine_candidate(file, candidate.makers, self.examine, self.projects[file.settings])


def _in_two_rounds(files: Sequence[SourceFile]) -> Iterator[Outcome | _Candidate | None]:
    """The outcome of each file that cannot matter, and each that could.

    First every file is read and asked for its own text, then the quiet ones for what they import. For a quiet one
    None comes first, so that who waits for candidates can look after the workers meanwhile.
    """
    asked: dict[Settings, tuple[Callable[[bytes], bool], Neighbours]] = {}
    settings: Settings | None = None
    quiet: list[tuple[SourceFile, Neighbours]] = []
    for file in files:
        if file.settings is not settings:
            settings = file.settings
            if settings not in asked:
                asked[settings] = (engine.curiosity(settings), engine.new_neighbours(settings))
            could_matter, neighbours = asked[settings]
        first = engine.glance(file, could_matter, neighbours)
        if first is None:
            quiet.append((file, neighbours))
            yield None
        else:
            yield first if isinstance(first, Outcome) else _Candidate(file, first)
    for file, neighbours in quiet:
        makers = neighbours.makers_used(file.path)
        yield _Candidate(file, 0, makers) if makers else Outcome(FileReport(file.filename))


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
    last: int | None = None  # the index that it was sent last


class _Crew(Generic[Item, Result]):
    """The worker processes of one run; they share what is waiting."""

    def __init__(
        self,
        items: Sequence[Item],
        waiting: _Waiting,
        jobs: int,
        work: Callable[[Item], Result],
        crashed: Callable[[Item], Result],
    ) -> None:
        import multiprocessing

        self._items = items
        self._waiting = waiting
        self._work = work
        self._crashed = crashed
        start = "fork" if sys.platform == "linux" else "spawn"
        self._context: BaseContext = multiprocessing.get_context(start)
        self._workers = [self._hire() for _ in range(jobs)]
        self._feed()

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._work), daemon=True)  # type: ignore[attr-defined]
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
                    index = self._waiting.pop(
                        worker.last, [w.last for w in self._workers if w.last is not None]
                    )
                    worker.last = index
                    worker.sent.append(index)
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
        """One answer of each worker that has one; waits for the first as long as `seconds` says."""
        from multiprocessing.connection import wait

        busy = {worker.connection: place for place, worker in enumerate(self._workers) if worker.sent}
        for connection in wait(list(busy), seconds) if busy else ():
            place = busy[connection]  # type: ignore[index]
            worker = self._workers[place]
            try:
                result: Result = worker.connection.recv()
            except (EOFError, OSError):
                index = worker.sent[0]
                self._replace(place)
                yield index, self._crashed(self._items[index])
            else:
                yield worker.sent.pop(0), result

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


def _work(connection: Connection[Any, Any], work: Callable[[Item], object]) -> None:
    """A worker's life: do what is sent until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group
    gc.disable()
    gc.freeze()
    from tmpleak_lint.reading.regions import parser_trusted

    with parser_trusted():
        while True:
            try:
                item: Item = connection.recv()
            except (EOFError, OSError):
                return
            connection.send(work(item))
