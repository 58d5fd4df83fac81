"""A run on this machine: which file matters is asked here, the analysis is done by worker processes.

In: the files of a run. Out: their outcomes as they come. `share_out` glances at every file; those that could matter
wait, and worker processes start only once enough of them do. A worker is sent files one by one (names, not trees),
those of one package as long as there are any, the largest first, and answers with outcomes. The file that a worker
dies of, or that the watchdog ends, gives TML900.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.run.batches import windows, without_collector
from tmpleak_lint.run.crew import START, Crew, Result, Waiting
from tmpleak_lint.run.plan import Candidate, Examination, Examine, crashed, in_two_rounds
from tmpleak_lint.run.watchdog import Limits, within
from tmpleak_lint.session import load_analysis, package_of

ENOUGH = 6  # files that could matter before worker processes pay for their start
WINDOW = 4_000  # files of which is remembered what they import and offer
BYTES = 64  # analysing so much costs about as much as reading a file
LOOK_EVERY = 32  # files glanced at between two looks at what the workers have answered


class Workload:
    """How much of a run is done, in units: a file that is only read is one, `BYTES` of a file that is analysed are one
    more. How many files are, shows only while the run reads them: `total` grows at first."""

    __slots__ = ("done", "total")

    def __init__(self, files: int) -> None:
        self.done, self.total = 0, files

    def found(self, candidate: Candidate) -> None:
        """A file is to be analysed."""
        self.total += candidate.size // BYTES

    def analysed(self, candidate: Candidate) -> None:
        """It has been; that its outcome is known counts by itself."""
        self.done += candidate.size // BYTES


def share_out(
    files: Sequence[SourceFile],
    jobs: int,
    examine: Examine,
    window: int = WINDOW,
    noting: bool = False,
    workload: Workload | None = None,
) -> Generator[Outcome]:
    """Yield the outcome of every file, from `jobs` processes when enough of them could matter.

    `examine` gives the outcome of one that could; it is a function of a module, for it goes to the workers. What is
    known of `window` files, whole packages where they fit, is remembered at a time: memory does not grow with the run.
    With `noting` outcomes say what they were read from. `workload` is kept up to date.
    """
    load = Workload(len(files)) if workload is None else workload
    candidates: list[Candidate] = []
    waiting = Waiting(lambda index: package_of(candidates[index].file.path))  # ranked by minus size
    crew: Crew[Candidate, Outcome] | None = None
    work = Examination(examine, noting)
    try:
        for some in windows(files, window):
            for glanced, found in enumerate(in_two_rounds(some, noting)):
                if isinstance(found, Outcome):
                    yield found
                elif found is not None:
                    candidates.append(found)
                    load.found(found)
                    waiting.push(-found.size, len(candidates) - 1)
                    if crew is None and jobs > 1 and len(waiting) >= ENOUGH:
                        if START == "fork":
                            load_analysis()  # once, and not in each of the processes
                        crew = Crew(candidates, waiting, jobs, work, crashed)
                if crew is not None and glanced % LOOK_EVERY == 0:
                    yield from _results(candidates, crew.answers(wait=False), load)
            if jobs == 1:
                yield from _results(candidates, _alone(candidates, waiting, work), load)
        if crew is None:
            yield from _results(candidates, _alone(candidates, waiting, work), load)
        else:
            while crew.is_busy():
                yield from _results(candidates, crew.answers(wait=True), load)
    except KeyboardInterrupt:
        if crew is not None:
            yield from _results(candidates, crew.last_answers(), load)
        raise
    finally:
        if crew is not None:
            crew.stop()


def _alone(
    candidates: Sequence[Candidate], waiting: Waiting, work: Examination
) -> Iterator[tuple[int, Outcome]]:
    with without_collector():
        for index in waiting.take_all():
            yield index, _watched(candidates[index], work)


def _watched(candidate: Candidate, work: Examination) -> Outcome:
    def broken_off(reason: str) -> Outcome:
        work.session.forget_all()  # what was in hand there is not gone on with
        return crashed(candidate, reason)

    return within(Limits(), lambda: work(candidate), broken_off)


def _results(
    candidates: Sequence[Candidate], answers: Iterator[tuple[int, Result]], load: Workload
) -> Iterator[Result]:
    for index, result in answers:
        load.analysed(candidates[index])
        yield result
