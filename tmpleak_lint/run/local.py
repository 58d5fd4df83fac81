"""A run on this machine: which file matters is asked here, the analysis is done by worker processes.

In: the files of a run. Out: their outcomes as they come. `share_out` glances at every file; those that could matter
wait, and worker processes start only once enough of them do. A worker is sent files one by one (names, not trees),
those of one package as long as there are any, the largest first, and answers with outcomes. The file that a worker
dies of gives TML900.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.run.crew import Crew, Result, Waiting
from tmpleak_lint.run.plan import Candidate, crashed, in_two_rounds, packages

if TYPE_CHECKING:
    from tmpleak_lint.ownership import Project
    from tmpleak_lint.reading.neighbours import Maker
    from tmpleak_lint.settings import Settings

Examine = Callable[[SourceFile, "Project"], Outcome]

ENOUGH = 6  # files that could matter before worker processes pay for their start
LOOK_EVERY = 32  # files glanced at between two looks at what the workers have answered


def share_out(files: Sequence[SourceFile], jobs: int, examine: Examine) -> Iterator[Outcome]:
    """Yield the outcome of every file, from `jobs` processes when enough of them could matter.

    `examine` gives the outcome of one that could; it is a function of a module, for it goes to the workers.
    """
    candidates: list[Candidate] = []
    waiting = Waiting(packages(candidates))  # ranked by minus size
    crew: Crew[Candidate, Outcome] | None = None
    work = Examination(examine)
    try:
        for glanced, found in enumerate(in_two_rounds(files)):
            if isinstance(found, Outcome):
                yield found
            elif found is not None:
                candidates.append(found)
                waiting.push(-found.size, len(candidates) - 1)
                if crew is None and jobs > 1 and len(waiting) >= ENOUGH:
                    crew = Crew(candidates, waiting, jobs, work, crashed)
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


def _results(answers: Iterator[tuple[int, Result]]) -> Iterator[Result]:
    return (result for _, result in answers)


@dataclass(slots=True)
class Examination:
    """Examines files one after the other; those with the same settings share a project."""

    examine: Examine
    projects: dict[Settings, Project] = field(default_factory=dict)

    def __call__(self, candidate: Candidate) -> Outcome:
        file = candidate.file
        if file.settings not in self.projects:
            self.projects[file.settings] = engine.new_project(file.settings)
        return examine_candidate(file, candidate.makers, self.examine, self.projects[file.settings])


def examine_candidate(
    file: SourceFile,
    makers: frozenset[Maker],
    examine: Callable[[SourceFile, Project], Outcome],
    project: Project,
) -> Outcome:
    """Examine one file of a run, unless none of the makers that it uses turns out to matter to it."""
    try:
        if not engine.is_reason_enough(makers, project):
            return Outcome(FileReport(file.filename))
    except Exception as error:
        return engine.unanalysable_file(file.filename, engine.internal_error(error), file.settings)
    return examine(file, project)


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
