"""Which files of a run are worth an analysis, and which of those belong together.

In: the discovered files. Out: the outcome of each file that can't matter, a `Candidate` for each that could, and the
package that a file belongs to. Every file is read once here; nothing is parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.reading.discovery import SourceFile

if TYPE_CHECKING:
    from tmpleak_lint.reading.neighbours import Maker, Neighbours
    from tmpleak_lint.settings import Settings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could matter: its size in bytes (0 where only its neighbours say so), the makers that it uses."""

    file: SourceFile
    size: int
    makers: frozenset[Maker] = frozenset()


def crashed(candidate: Candidate) -> Outcome:
    return engine.crashed(candidate.file)


def packages(candidates: Sequence[Candidate]) -> Callable[[int], str]:
    """Where the outermost package of each file lies: its files import each other, and are read once per worker."""

    @cache
    def outermost(folder: Path) -> str:
        inside = folder.parent != folder and (folder.parent / "__init__.py").is_file()
        return outermost(folder.parent) if inside else str(folder)

    return lambda index: outermost(Path(candidates[index].file.path).parent)


def in_two_rounds(files: Sequence[SourceFile]) -> Iterator[Outcome | Candidate | None]:
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
        first = glance(file, could_matter, neighbours)
        if first is None:
            quiet.append((file, neighbours))
            yield None
        else:
            yield first if isinstance(first, Outcome) else Candidate(file, first)
    for file, neighbours in quiet:
        makers = neighbours.makers_used(file.path)
        yield Candidate(file, 0, makers) if makers else Outcome(FileReport(file.filename))


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
