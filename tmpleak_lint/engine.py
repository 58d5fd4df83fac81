# ruff: noqa: PTH100, PTH109
"""From one file to its report: what every front door calls.

In: a source text or a file's name, and settings. Out: a `FileReport`; an `Outcome` also holds the comments that
silence nothing. `check_source` is pure but for the imports that the analysis follows on disk.

Not handled: runs over many files (`run`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from tmpleak_lint.creations import shown
from tmpleak_lint.files import read_file
from tmpleak_lint.model import Confidence, FileReport, Finding, renamed
from tmpleak_lint.session import Analysis, Session
from tmpleak_lint.settings import Settings
from tmpleak_lint.worth import new_neighbours, reason_to_look, silences_ours

if TYPE_CHECKING:
    from tmpleak_lint.reading.content import Found, Reads
    from tmpleak_lint.reading.discovery import SourceFile
    from tmpleak_lint.reading.neighbours import Maker
    from tmpleak_lint.reading.notebooks import Notebook
    from tmpleak_lint.suppression.noqa import UnusedNoqa
    from tmpleak_lint.suppression.per_file import PerFileIgnores

UNNAMED = "<string>"
read_bytes = read_file  # what every front door reads by
STAYS = {"travels": False}  # of a field that plain data leaves out


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file gave: its report, and the `# noqa` comments for our codes that silence nothing.

    `reads`: what it was read from, by path (see `Analysis.reads`), where somebody wants to know.
    """

    report: FileReport
    unused_noqa: tuple[UnusedNoqa, ...] = ()
    reads: Mapping[str, Found] | Reads | None = field(default=None, compare=False, metadata=STAYS)

    def under(self, filename: str) -> Outcome:
        """The same of the file by another of its names."""
        old = self.report.filename
        if old == filename:
            return self
        report = dataclasses.replace(
            self.report,
            filename=filename,
            findings=tuple(renamed(finding, old, filename) for finding in self.report.findings),
            suppressed=tuple(renamed(finding, old, filename) for finding in self.report.suppressed),
        )
        unused = tuple(dataclasses.replace(each, filename=filename) for each in self.unused_noqa)
        return dataclasses.replace(self, report=report, unused_noqa=unused)


def check_source(
    source: str | bytes, path: str | os.PathLike[str] | None = None, settings: Settings | None = None
) -> FileReport:
    """Report on one source text, as if it stood in the file `path` (which need not exist).

    Without `path` nothing is read from disk, and imports of the project are not followed.

    >>> report = check_source("from tempfile import mkdtemp\\ndef f():\\n    use(mkdtemp())\\n")
    >>> [(finding.code, finding.span.start.row) for finding in report.findings]
    [('TML101', 3)]
    """
    from tmpleak_lint.reading.decoding import encode

    filename = UNNAMED if path is None else os.fspath(path)
    data = encode(source) if isinstance(source, str) else source
    own = Settings(base=os.getcwd()) if settings is None else settings
    return shown(examine_text(data, filename, own, on_disk=path is not None).report)


def examine_text(data: bytes, filename: str, settings: Settings, *, on_disk: bool) -> Outcome:
    """The outcome of one text that belongs to no run."""
    path = os.path.abspath(filename) if on_disk else None
    makers = reason_to_look(data, path, settings, new_neighbours(settings))
    if makers is not None:
        session = Session(settings)
        if is_reason_enough(makers, session, settings):
            return examine(data, filename, settings, session, on_disk=on_disk)
    return Outcome(FileReport(filename))


def is_reason_enough(makers: frozenset[Maker], session: Session, settings: Settings) -> bool:
    """Whether one of the makers that a file uses leaves the deletion to its caller: if none does, nothing is owed."""
    return not makers or any(session.hands_over(path, name, settings) for path, name in sorted(makers))


def examine_file(file: SourceFile, session: Session) -> Outcome:
    """Read and analyse one file of a run, which goes on whatever happens here.

    An error of our own becomes a TML900 that names its place, so that one file can't hide the others.
    """
    return examine_file_closely(file, session)[0]


def examine_file_closely(file: SourceFile, session: Session) -> tuple[Outcome, Analysis | None]:
    """The same, and the analysis that it comes from; None where there is none."""
    try:
        data = read_bytes(file.filename)
        return examine_closely(data, file.filename, file.settings, session)
    except OSError as error:
        reason = error.strerror or str(error)
    except RecursionError:
        reason = "nested too deeply"
    except Exception as error:
        from tmpleak_lint.reading.decoding import internal_error

        reason = internal_error(error)
    return unanalysable_file(file.filename, reason, file.settings), None


def examine(
    data: bytes, filename: str, settings: Settings, session: Session, *, on_disk: bool = True
) -> Outcome:
    """Analyse the bytes of one file; leave out what codes, comments and per-file settings silence.

    `on_disk` False: the name is not that of a file, so neighbours are not looked up. Whether the file
    deserves a look has been asked before.
    """
    return examine_closely(data, filename, settings, session, on_disk=on_disk)[0]


def examine_closely(
    data: bytes, filename: str, settings: Settings, session: Session, *, on_disk: bool = True
) -> tuple[Outcome, Analysis | None]:
    """The same, and the analysis that it comes from; None where there is no text to analyse."""
    from tmpleak_lint.reading.decoding import Undecodable, decode
    from tmpleak_lint.reading.notebooks import is_notebook, read_notebook

    notebook: Notebook | None = None
    try:
        if is_notebook(filename):
            notebook = read_notebook(data)
            text = notebook.text
            data = text.encode("utf-8", "surrogatepass")
        else:
            text = decode(data)
    except Undecodable as error:
        return unanalysable_file(filename, str(error), settings, error.row), None
    analysis = session.analyse(data, filename, settings, on_disk=on_disk)
    return _judged(analysis.findings, data, text, filename, settings, notebook), analysis


def counting(findings: Sequence[Finding], data: bytes, filename: str, settings: Settings) -> list[Finding]:
    """Those findings of a module that are reported: no comment silences them, and their codes are on."""
    from tmpleak_lint.reading.decoding import decode
    from tmpleak_lint.suppression.noqa import split_by_noqa

    codes = _reported_codes(settings, filename)
    kept = split_by_noqa(list(findings), decode(data), filename).kept
    return [finding for finding in kept if finding.code in codes and is_sure_enough(finding, settings)]


def is_sure_enough(finding: Finding, settings: Settings) -> bool:
    """Whether a finding is of the confidence that the settings ask for."""
    return finding.confidence.is_at_least(Confidence(settings.min_confidence))


def _judged(
    findings: Sequence[Finding],
    data: bytes,
    text: str,
    filename: str,
    settings: Settings,
    notebook: Notebook | None,
) -> Outcome:
    """Split the findings by what silences them, and say of a notebook's where they stand in its cells."""
    from tmpleak_lint.reading.decoding import unanalysable
    from tmpleak_lint.reading.notebooks import located, origin_of
    from tmpleak_lint.suppression.noqa import split_by_noqa

    if not findings and notebook is None and not silences_ours(data):
        return Outcome(FileReport(filename))
    split = split_by_noqa(findings, text, filename)
    codes = _reported_codes(settings, filename)
    reported = [finding for finding in split.kept if finding.code in codes]
    kept = [finding for finding in reported if is_sure_enough(finding, settings)]
    unsure = len(reported) - len(kept)
    suppressed = [finding for finding in split.suppressed if finding.code in codes]
    unused = tuple(
        dataclasses.replace(comment, codes=told)
        for comment in split.unused
        if (told := tuple(prefix for prefix in comment.codes if _was_looked_for(prefix, codes)))
    )
    if notebook is not None:
        kept = [located(finding, notebook) for finding in kept]
        suppressed = [located(finding, notebook) for finding in suppressed]
        for cell, row, reason, source in notebook.broken if "TML900" in codes else ():
            broken = split_by_noqa([unanalysable(filename, reason, row, cell=cell)], source, filename)
            kept += broken.kept
            suppressed += broken.suppressed
        unused = tuple(
            dataclasses.replace(comment, location=place, cell=cell)
            for comment in unused
            for cell, place in (origin_of(comment.location, notebook),)
        )
    report = FileReport(
        filename,
        tuple(sorted(kept, key=lambda finding: finding.sort_key)),
        tuple(sorted(suppressed, key=lambda finding: finding.sort_key)),
        unsure=unsure,
    )
    return Outcome(report, unused)


def unanalysable_file(filename: str, reason: str, settings: Settings, row: int = 1) -> Outcome:
    from tmpleak_lint.reading.decoding import unanalysable

    finding = unanalysable(filename, reason, row)
    is_reported = finding.code in _reported_codes(settings, filename)
    return Outcome(FileReport(filename, (finding,) if is_reported else ()))


def _was_looked_for(prefix: str, reported: frozenset[str]) -> bool:
    """Can it be told that this code or prefix of a comment silences nothing? Not where a rule of it is off."""
    from tmpleak_lint.rules import RULES

    return all(code in reported for code in RULES if code.startswith(prefix))


def crashed(file: SourceFile, how: str = "crashed") -> Outcome:
    """The outcome of a file whose analysis ended the process, or was ended with it."""
    return unanalysable_file(file.filename, f"its analysis {how}", file.settings)


def _reported_codes(settings: Settings, filename: str) -> frozenset[str]:
    codes, ignores = _codes_of(settings)
    return frozenset(code for code in codes if not ignores.ignores(code, filename)) if ignores.rows else codes


@lru_cache(maxsize=64)
def _codes_of(settings: Settings) -> tuple[frozenset[str], PerFileIgnores]:
    from pathlib import Path

    from tmpleak_lint.selection import selected_codes
    from tmpleak_lint.suppression.per_file import compile_table

    base = Path(settings.base_of("per_file_ignores"))
    return selected_codes(settings), compile_table(dict(settings.per_file_ignores), base)
