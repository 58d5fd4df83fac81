"""What `explain` tells about: from a place or a fingerprint to the accounts of the obligations there.

In: a path and a line, or a fingerprint and where to look for it. Out: `Told`. Raises `UsageError` when
there is nothing, with the nearest places where there is. Names are relative to the working directory, or
the file's name alone where it lies outside: no path of the machine goes into the output. In a notebook
rows count within a cell.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.report import Judged
from tmpleak_lint.cli import UsageError, nearest
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.creations import losses_of
from tmpleak_lint.creations import shown as with_one_each
from tmpleak_lint.explaining.account import Account, Remedy, WayOut
from tmpleak_lint.explaining.cells import in_cells
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.model import Applicability, FileReport, Finding, Location, Span
from tmpleak_lint.reading.decoding import Undecodable
from tmpleak_lint.reading.discovery import SourceFile, discover
from tmpleak_lint.reading.notebooks import (
    Notebook,
    cell_text,
    is_notebook,
    located,
    origin_of,
    read_notebook,
)
from tmpleak_lint.rules import RULES
from tmpleak_lint.run import check_files
from tmpleak_lint.session import Session
from tmpleak_lint.suppression.fingerprint import fingerprints, fingerprints_of_report

_OPT_IN = frozenset(code for code, rule in RULES.items() if not rule.default_on)


@dataclass(frozen=True, slots=True)
class Told:
    """The accounts of a place, and the texts of the files and cells that they name."""

    accounts: tuple[Account, ...]
    texts: dict[tuple[str, int | None], str] = field(default_factory=dict)  # by the name, and the cell

    @property
    def lines(self) -> dict[tuple[str, int | None], tuple[str, ...]]:
        return {name: tuple(text.split("\n")) for name, text in self.texts.items()}


@dataclass(frozen=True, slots=True)
class _Read:
    """One analysed file; of a notebook `data` is its joined module."""

    file: SourceFile
    data: bytes
    session: Session
    judged: tuple[Judged, ...]
    notebook: Notebook | None = None

    def place_of(self, at: Location) -> tuple[int | None, Location]:
        """A place as a reader counts: in a notebook the cell, and the place in it."""
        return (None, at) if self.notebook is None else origin_of(at, self.notebook)

    def said(self, row: int) -> str:
        """A row as one may ask for it."""
        cell, at = self.place_of(Location(row, 1))
        return f"{shown(self.file.filename)}{'' if cell is None else f':cell {cell}'}:{at.row}"


def at_place(path: str, cell: int | None, at: Location, *, isolated: bool) -> Told:
    """The accounts of the creating calls on a line (of a cell); of the one at the column where that is not 0."""
    if not os.path.isfile(path):  # noqa: PTH113
        raise UsageError(f"{path}: no such file")
    (file,) = discover([path], SettingsFinder({}, None, isolated)).files
    read = _read(file)
    if (cell is None) != (read.notebook is None):
        how = "'PATH:cell N:LINE' names a line of a notebook, 'PATH:LINE' one of another file"
        raise UsageError(f"{shown(path)}: {how}")
    here = [one for one in read.judged if _is_at(read, one, cell, at)]
    if not here:
        asked = f"{shown(path)}{'' if cell is None else f':cell {cell}'}:{at.row}"
        raise UsageError(f"{asked}: no temp file is created there{_nearest(read, cell, at.row)}")
    if not all(_is_in(read, one.span, cell, at) for one in here):
        here.sort(key=lambda one: one.finding is None)  # what several calls lose is what one asks about
    return _told(read, here)


def at_fingerprint(mark: str, paths: list[str], *, isolated: bool) -> Told:
    """The account of the finding whose fingerprint begins so."""
    found = discover(paths, SettingsFinder({}, None, isolated))
    hits: list[tuple[SourceFile, Finding]] = []
    for file, outcome in _outcomes(found.files):
        by_mark: dict[str, Finding] = {}
        for report in (
            outcome,
            with_one_each(outcome),
        ):  # the baseline names losses, a report what they are joined to
            by_mark |= {its: it for it, its in fingerprints_of_report(report, _source, _root(file)).items()}
        hits += [(file, finding) for its, finding in by_mark.items() if its.startswith(mark)]
    if not hits:
        raise UsageError(f"{mark}: no finding under {', '.join(paths)} has this fingerprint")
    if len(hits) > 1:
        raise UsageError(f"{mark}: {len(hits)} findings have fingerprints that begin so")
    file, finding = hits[0]
    read = _read(file)
    here = [
        one
        for one in read.judged
        if one.finding is not None and any(_same(read, one.finding, loss) for loss in losses_of(finding))
    ]
    return _told(read, here)


def shown(path: str) -> str:
    """The path as it may be shown: below the working directory, or its last part."""
    if path.startswith("<"):
        return path
    relative = os.path.relpath(path)
    if relative.startswith(os.pardir):
        return os.path.basename(path)  # noqa: PTH119
    return Path(relative).as_posix()


# Finding it


def _outcomes(files: tuple[SourceFile, ...]) -> list[tuple[SourceFile, FileReport]]:
    by_name = {file.filename: file for file in files}
    wanted = dataclasses.replace(discover([], SettingsFinder({}, None, True)), files=files)
    reports = [outcome.report for outcome in check_files(wanted, jobs=os.cpu_count() or 1)]
    return [
        (by_name[r.filename], r) for r in sorted(reports, key=lambda r: r.filename) if r.filename in by_name
    ]


def _read(file: SourceFile) -> _Read:
    notebook: Notebook | None = None
    try:
        data = engine.read_bytes(file.filename)
        if is_notebook(file.filename):
            notebook = read_notebook(data)
            data = notebook.text.encode("utf-8", "surrogatepass")
    except OSError as error:
        raise UsageError(f"{shown(file.filename)}: {error.strerror}") from error
    except Undecodable as error:
        raise UsageError(f"{shown(file.filename)}: {error}") from error
    session = Session(file.settings)
    analysis = session.analyse(data, file.filename, opt_in=_OPT_IN)
    if analysis.module is None:
        (found,) = analysis.findings
        reason, row = found.message.removeprefix("not analysed: "), found.span.start.row
        where = "" if f"line {row} " in reason else f" on line {row}"
        raise UsageError(
            f"{shown(file.filename)}: {reason}{where}, so that nothing of it was analysed ({found.code})"
        )
    return _Read(file, data, session, analysis.judged, notebook)


def _is_at(read: _Read, one: Judged, cell: int | None, at: Location) -> bool:
    spans = [one.span]
    if one.finding is not None and one.finding.made_here is not None:
        spans.append(one.finding.made_here.span)  # where several calls lose it, it is found there
    return any(_is_in(read, span, cell, at) for span in spans)


def _is_in(read: _Read, span: Span, cell: int | None, at: Location) -> bool:
    (first, start), (last, end) = read.place_of(span.start), read.place_of(span.end)
    if not (first == cell == last and start.row <= at.row <= end.row):
        return False
    return not at.column or start <= at < end


def _nearest(read: _Read, cell: int | None, row: int) -> str:
    """The creating calls nearest to a row, those of its cell first."""

    def far(start: int) -> tuple[int, int, int]:
        its_cell, place = read.place_of(Location(start, 1))
        return abs((its_cell or 0) - (cell or 0)), abs(place.row - row), start

    starts = sorted({one.span.start.row for one in read.judged}, key=far)
    return nearest(starts, read.said) if starts else "; nor anywhere in this file"


def _same(read: _Read, one: Finding, other: Finding) -> bool:
    """Whether a finding of the analysis is one of the report, which counts as its reader does."""
    one = _as_reported(read, one)
    return (one.cell, one.span, one.code) == (other.cell, other.span, other.code)


def _as_reported(read: _Read, finding: Finding) -> Finding:
    return finding if read.notebook is None else located(finding, read.notebook)


# Telling it


def _told(read: _Read, here: list[Judged]) -> Told:

    accounts = tuple(_account(read, one) for one in here)
    telling = tuple(one for one in accounts if one.code or one.ways)
    accounts = telling or tuple(dict.fromkeys(accounts))[:1]  # a mere name, beside TML501
    files = {shown(name): name for one in here for name in (read.file.filename, *_steps(one))}
    places = {(account.filename, account.cell) for account in accounts}
    places |= {(step.filename, step.cell) for account in accounts for step in account.path}
    texts = {(name, cell): _source(files[name], cell) for name, cell in places if name in files}
    return Told(accounts, {place: text for place, text in texts.items() if text is not None})


def _steps(one: Judged) -> list[str]:
    steps = [step.filename for step in one.finding.steps] if one.finding is not None else []
    if one.verdict is not None and one.verdict.site.handed is not None:
        steps += [step.filename for step in one.verdict.site.handed.created]
    return steps


def _account(read: _Read, one: Judged) -> Account:
    account = account_of(one, shown)
    if one.finding is not None:
        account = dataclasses.replace(
            account,
            fingerprint=_fingerprint(read, one.finding),
            silenced=_silenced(read, one.finding),
            remedy=_remedy(read, one, one.finding),
        )
    return account if read.notebook is None else in_cells(account, read.notebook)


def _fingerprint(read: _Read, finding: Finding) -> str:
    findings = [_as_reported(read, one.finding) for one in read.judged if one.finding is not None]
    findings.sort(key=lambda each: each.sort_key)
    marks = fingerprints(findings, _source, _root(read.file))
    return dict(zip(findings, marks, strict=True))[_as_reported(read, finding)]


def _silenced(read: _Read, finding: Finding) -> str:
    """What keeps the finding out of a report."""
    from tmpleak_lint.reading.decoding import decode
    from tmpleak_lint.selection import selected_codes
    from tmpleak_lint.suppression.noqa import split_by_noqa

    if finding.code not in selected_codes(read.file.settings):
        opt_in = "" if RULES[finding.code].default_on else ", which is opt-in"
        return f"Not reported: the settings do not select {finding.code}{opt_in}."
    if not engine.is_sure_enough(finding, read.file.settings):
        least = read.file.settings.min_confidence
        return f"Not reported: its confidence is {finding.confidence}, and --min-confidence is {least}."
    if split_by_noqa([finding], decode(read.data), finding.filename).suppressed:
        return "Not reported: a # noqa comment silences it."
    if not engine.counting([finding], read.data, finding.filename, read.file.settings):
        return "Not reported: per-file-ignores silence it."
    return ""


def _remedy(read: _Read, one: Judged, finding: Finding) -> Remedy:
    from tmpleak_lint.cli.fix import difference
    from tmpleak_lint.fixes import with_fixes
    from tmpleak_lint.fixing.edits import apply
    from tmpleak_lint.fixing.source import Source

    report = FileReport(finding.filename, (finding,))
    (proposed,) = with_fixes(report, read.data, read.file.settings, session=read.session).findings
    hint = finding.advice or RULES[finding.code].hint
    if proposed.fix is None:
        return Remedy(None, refused=proposed.fix_refused or "", hint=hint)
    source = Source(read.data)
    text = apply(source, proposed.fix.edits)
    diff = difference(shown(finding.filename), source.text, text)
    holds: tuple[WayOut, ...] = ()
    if diff and one.verdict is not None and proposed.fix.applicability is not Applicability.DISPLAY:
        holds = _ways_after(read, one.verdict, source.encoded(text))
    return Remedy(proposed.fix, diff, holds, hint=hint)


def _ways_after(read: _Read, before: Verdict, data: bytes) -> tuple[WayOut, ...]:
    """The ways out of the same site once the fix is in."""
    from tmpleak_lint.simulation.adapter import verdict_after

    after = read.session.fork().analyse(data, read.file.filename)
    found = verdict_after(after.project, after.module, before) if after.module is not None else None
    return Ways(found[0], found[1].owner).out() if found is not None else ()


def _source(filename: str, cell: int | None) -> str | None:
    from tmpleak_lint.reading.decoding import decode

    try:
        data = engine.read_bytes(filename)
        return decode(data) if cell is None else cell_text(data, cell)
    except (OSError, Undecodable):  # then the line is left out
        return None


def _root(file: SourceFile) -> Path:
    """The project's folder, which names in fingerprints are relative to, as for `check`."""
    from tmpleak_lint.reading.gitignore import work_tree_root

    settings = file.settings
    return Path(settings.base if settings.source else work_tree_root(os.getcwd()) or os.getcwd())  # noqa: PTH109
