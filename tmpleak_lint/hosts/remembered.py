"""What flake8's earlier runs have found out of single files, in the cache folder of their project, where there is one.

In: a file whose text is what the disk holds, the makers that it uses. Out: its findings, before comments and codes
leave any out; None where they aren't known or true any more. Nothing of the analysis is loaded for that. Not handled:
which files are worth a look (that is asked each time), and texts that the disk holds otherwise: with a byte order mark,
other ends of lines, in another encoding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tmpleak_lint.engine import Outcome
from tmpleak_lint.files import read_file
from tmpleak_lint.model import FileReport
from tmpleak_lint.run.cache import Cache

if TYPE_CHECKING:
    from tmpleak_lint.model import Finding
    from tmpleak_lint.reading.content import Found
    from tmpleak_lint.reading.discovery import SourceFile
    from tmpleak_lint.reading.neighbours import Maker


class Remembered:
    """The findings of files that one process asks about one by one, while others do the same."""

    def __init__(self, folder: str) -> None:
        self._cache = Cache(folder, "flake8", apart=True)

    def of(self, file: SourceFile, makers: frozenset[Maker]) -> tuple[Finding, ...] | None:
        """The findings of a file that uses these makers."""
        ((_, outcome),) = self._cache.recall((file,), repr(sorted(makers)))
        return None if outcome is None else outcome.report.findings

    def keep(self, file: SourceFile, findings: Sequence[Finding], reads: Mapping[str, Found]) -> None:
        """Take note of the findings of a file that was asked about, and of what was read for them."""
        self._cache.take(Outcome(FileReport(file.filename, tuple(findings)), reads=reads))
        self._cache.close()


def is_on_disk(path: str, data: bytes) -> bool:
    """Whether a file holds this very text."""
    try:
        return read_file(path) == data
    except OSError:  # flake8 reads it from elsewhere
        return False
