"""Which files of a run are worth an analysis, and which of those belong together.

In: the discovered files. Out: the outcome of each file that can't matter, a `Candidate` for each that could, and the
package that a file belongs to. Every file is read once here; nothing is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.session import Session, package_of
from tmpleak_lint.worth import curiosity, new_neighbours

if TYPE_CHECKING:
    from tmpleak_lint.reading.content import Found
    from tmpleak_lint.reading.neighbours import Maker, Neighbours
    from tmpleak_lint.settings import Settings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could matter: its size in bytes (0 where only its neighbours say so), the makers that it uses.

    `reads`: what that was read from, where it is to be noted.
    """

    file: SourceFile
    size: int
    makers: frozenset[Maker] = frozenset()
    reads: Mapping[str, Found] | None = None


def crashed(candidate: Candidate, how: str) -> Outcome:
    return engine.crashed(candidate.file, how)


Examine = Callable[[SourceFile, Session], Outcome]


@dataclass(slots=True)
class Examination:
    """Examines files one after the other, in one session."""

    examine: Examine
    noting: bool = False  # what an outcome was read from goes with it
    session: Session = field(default_factory=Session)

    def __call__(self, candidate: Candidate) -> Outcome:
        from tmpleak_lint.reading.content import add

        self.session.noting = self.noting
        outcome = examine_candidate(candidate.file, candidate.makers, self.examine, self.session)
        if not self.noting:
            return outcome
        reads = dict(candidate.reads or {})
        add(reads, self.session.noted())
        return replace(outcome, reads=reads)


def examine_candidate(
    file: SourceFile,
    makers: frozenset[Maker],
    examine: Examine,
    session: Session,
) -> Outcome:
    """Examine one file of a run, unless none of the makers that it uses turns out to matter to it."""
    try:
        if not engine.is_reason_enough(makers, session, file.settings):
            return Outcome(FileReport(file.filename))
    except Exception as error:
        from tmpleak_lint.reading.decoding import internal_error

        return engine.unanalysable_file(file.filename, internal_error(error), file.settings)
    return examine(file, session)


def in_two_rounds(files: Sequence[SourceFile], noting: bool = False) -> Iterator[Outcome | Candidate | None]:
    """The outcome of each file that cannot matter, and each that could.

    First every file of a package is read and asked for its own text, then the quiet ones for what they import, so that
    all candidates of a package come in a row. For a quiet one None comes first, so that who waits for candidates can
    look after the workers meanwhile. With `noting` each says what it was read from.
    """
    asked: dict[Settings, tuple[Callable[[bytes], bool], Neighbours]] = {}
    settings: Settings | None = None
    for _, package in groupby(files, key=lambda file: package_of(file.path)):
        quiet: list[tuple[SourceFile, Neighbours]] = []
        for file in package:
            if file.settings is not settings:
                settings = file.settings
                if settings not in asked:
                    asked[settings] = (curiosity(settings), new_neighbours(settings, noting))
                could_matter, neighbours = asked[settings]
            first = glance(file, could_matter, neighbours)
            if first is None:
                quiet.append((file, neighbours))
                yield None
            elif isinstance(first, Outcome):
                yield first
            else:
                own = {file.path: neighbours.found_at[file.path]} if noting else None
                yield Candidate(file, first, reads=own)
        yield from _second_round(quiet, noting)


def _second_round(
    quiet: Sequence[tuple[SourceFile, Neighbours]], noting: bool
) -> Iterator[Outcome | Candidate]:
    """What comes of those whose own text names no creator."""
    for file, neighbours in quiet:
        makers = neighbours.makers_used(file.path)
        reads = neighbours.read_for(file.path) if noting else None
        if makers:
            yield Candidate(file, 0, makers, reads.flat() if reads is not None else None)
        else:
            yield Outcome(FileReport(file.filename), reads=reads)


def glance(
    file: SourceFile, could_matter: Callable[[bytes], bool], neighbours: Neighbours
) -> Outcome | int | None:
    """Read a file and put the first cheap question.

    Its outcome when it cannot be read, its size in bytes when it could matter, None when only the second
    question can tell (`neighbours` has taken note of it).
    """
    try:
        data = engine.read_bytes(file.filename)
    except OSError as error:
        return engine.unanalysable_file(file.filename, error.strerror or str(error), file.settings)
    matters = could_matter(data)
    neighbours.note(file.path, data, matters)
    return len(data) if matters else None
