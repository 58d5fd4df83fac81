"""Pieces of a run that are worth sending away: the files of one package, judged together.

In: the files of a run. Out: `Batch`es, and from `scan` the outcomes of one. Which files share a batch changes no
outcome (a verdict hangs on what stands on disk beside a file); files of one package import each other, and are read
once when they stay together.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import SourceFile
from tmpleak_lint.run.plan import Examination, Examine, in_two_rounds
from tmpleak_lint.session import package_of

FILES = 400  # of a batch at most: a lost one costs some seconds, and its answer is small


@dataclass(frozen=True, slots=True)
class Batch:
    """Files of one package, in the order of the run."""

    files: tuple[SourceFile, ...]

    def halves(self) -> tuple[Batch, Batch]:
        """The batch in two, of which one holds what was wrong with it."""
        middle = len(self.files) // 2
        return Batch(self.files[:middle]), Batch(self.files[middle:])

    def stamp(self) -> str:
        """A hash of the names, sizes and times of change of the files: as long as it stays, so do they."""
        import hashlib  # loads a library of its own, and a small run needs none

        digest = hashlib.sha256()
        for file in self.files:
            digest.update(os.fsencode(file.filename))
            try:
                known = os.stat(file.path)  # noqa: PTH116  (a text: asked for every file of a run)
            except OSError:
                digest.update(b"\0gone\0")
            else:
                digest.update(f"\0{known.st_size}\0{known.st_mtime_ns}\0".encode())
        return digest.hexdigest()


def batches_of(files: Sequence[SourceFile], most: int) -> list[Batch]:
    """The files by their outermost package, in batches of at most `most`."""
    packages: dict[str, list[SourceFile]] = {}
    for file in files:
        packages.setdefault(package_of(file.path), []).append(file)
    return [
        Batch(tuple(members[first : first + most]))
        for members in packages.values()
        for first in range(0, len(members), most)
    ]


def windows(files: Sequence[SourceFile], most: int) -> Iterator[list[SourceFile]]:
    """The files in parts of at most `most`, packages together where they fit."""
    part: list[SourceFile] = []
    for batch in batches_of(files, most):
        if part and len(part) + len(batch.files) > most:
            yield part
            part = []
        part += batch.files
    if part:
        yield part


def scan(batch: Batch, examine: Examine) -> list[Outcome]:
    """The outcome of every file of a batch: a worker's whole work. `examine` is a function of a module."""
    from tmpleak_lint.reading.regions import parser_trusted

    work = Examination(examine)
    outcomes: list[Outcome] = []
    with without_collector(), parser_trusted():
        for found in in_two_rounds(batch.files):
            if found is not None:
                outcomes.append(found if isinstance(found, Outcome) else work(found))
    return outcomes


def gathered(batches: Iterable[Batch], outcomes: Iterable[Outcome]) -> Iterator[tuple[Batch, list[Outcome]]]:
    """Each batch as soon as its last outcome has come, where they come one by one in no order."""
    home = {file.filename: batch for batch in batches for file in batch.files}
    parts: dict[Batch, list[Outcome]] = {}
    for outcome in outcomes:
        batch = home[outcome.report.filename]
        part = parts.setdefault(batch, [])
        part.append(outcome)
        if len(part) == len(batch.files):
            yield batch, parts.pop(batch)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """No cyclic garbage collection inside: trees are large and live as long as their file's analysis."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
