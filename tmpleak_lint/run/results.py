"""The results of a run as JSON lines, written batch by batch, from which an interrupted run goes on.

In: a file's name, what the run is about, batches with their outcomes. Out: a text file whose first line says who
wrote it and for which settings; then one line for each batch with its stamp, the number of its files, and those
outcomes that hold anything. A batch counts when its line is whole: a line that was being written when the run ended
is cut off. Batches whose files have changed since are judged again.

Not handled: what other files a verdict hangs on. To go on is for a tree that stays as it is; for one that changes
there is the cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from tmpleak_lint import __version__
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import FileReport
from tmpleak_lint.run.batches import Batch
from tmpleak_lint.run.plain import from_plain, to_plain
from tmpleak_lint.settings import Settings

FORMAT = 1


class ResultsError(Exception):
    """A file of results that cannot be gone on with; the text names it and says why."""


class Results:
    """The results of one run. Used as a context manager; `known` has what an earlier run has written."""

    def __init__(self, path: Path, about: str) -> None:
        """Open or make the file. `about` names the settings. Raises ResultsError and OSError."""
        self._path = path
        self._head = {"tmpleak-lint": __version__, "results": FORMAT, "about": about}
        self._known: dict[str, tuple[int, int]] = {}  # stamp -> where its line begins, its length
        if path.exists() and not path.is_file():
            raise ResultsError(f"{path}: is not a file")
        self._reading: IO[bytes] = path.open("a+b")
        try:
            self._take_up()
        except BaseException:
            self._reading.close()
            raise

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *exc: object) -> None:
        self._reading.close()

    def _take_up(self) -> None:
        """Read what is there; cut off a line that isn't whole."""
        self._reading.seek(0)
        at = 0
        for number, line in enumerate(self._reading, 1):
            if not line.endswith(b"\n"):
                if number == 1 and not _line(self._head).startswith(line):
                    raise ResultsError(f"{self._path}: not a file of results")
                break
            try:
                record = json.loads(line)
                if number > 1:
                    self._known[record["stamp"]] = at, len(line)
                elif record != self._head:
                    raise ResultsError(f"{self._path}: written by another version or for other settings")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ResultsError(f"{self._path}:{number}: not a line of results: {error}") from error
            at += len(line)
        self._reading.truncate(at)
        if at == 0:
            self._write(self._head)

    def known(self, batch: Batch) -> list[Outcome] | None:
        """The outcomes of a batch that was judged before and has not changed since, None for any other."""
        place = self._known.get(batch.stamp())
        if place is None:
            return None
        self._reading.seek(place[0])
        try:
            record = json.loads(self._reading.read(place[1]))
            outcomes = from_plain(list[Outcome], record["outcomes"])
        except (ValueError, KeyError, TypeError, RecursionError):  # a line, but none of ours: judged anew
            return None
        told = {outcome.report.filename: outcome for outcome in outcomes}
        return [told.get(file.filename) or Outcome(FileReport(file.filename)) for file in batch.files]

    def add(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        """Write the outcomes of a batch. Raises OSError."""
        worth = [to_plain(outcome) for outcome in outcomes if not _is_empty(outcome)]
        self._write({"stamp": batch.stamp(), "files": len(batch.files), "outcomes": worth})

    def _write(self, record: dict[str, Any]) -> None:
        self._reading.write(_line(record))
        self._reading.flush()


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _is_empty(outcome: Outcome) -> bool:
    return outcome == Outcome(FileReport(outcome.report.filename))


def about(settings: Iterable[Settings], *, with_fixes: bool) -> str:
    """What tells the results of one run from those of another: what is looked for, and whether fixes are."""
    texts = sorted({repr(each.judging()) for each in settings})
    return hashlib.sha256("\n".join([*texts, str(with_fixes)]).encode("utf-8", "surrogateescape")).hexdigest()
