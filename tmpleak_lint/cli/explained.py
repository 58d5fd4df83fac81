"""What `explain` tells about: from a place or a fingerprint to the accounts of the obligations there.

In: a path and a line, or a fingerprint and where to look for it. Out: `Told`. Raises `UsageError` when
there is nothing, with the nearest places where there is. Names are relative to the working directory, or
the file's name alone where it lies outside: no path of the machine goes into the output. Not handled:
notebooks (their rows belong to cells).
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.report import Judged
from tmpleak_lint.cli import UsageError
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.explaining.account import Account, Remedy, WayOut
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.model import Applicability, FileReport, Finding, Location
from tmpleak_lint.reading.discovery import SourceFile, discover
from tmpleak_lint.rules import RULES
from tmpleak_lint.run import check_files
from tmpleak_lint.session import Session
from tmpleak_lint.suppression.fingerprint import fingerprints, fingerprints_of_report

NEAREST = 3
_OPT_IN = frozenset(code for code, rule in RULES.items() if not rule.default_on)


@dataclass(frozen=True, slots=True)
class Told:
    """The accounts of a place, and the texts of the files that they name."""

    accounts: tuple[Account, ...]
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(text.split("\n")) for name, text in self.texts.items()}


@dataclass(frozen=True, slots=True)
class _Read:
    """One analysed file."""

    file: SourceFile
    data: bytes
    session: Session
    judged: tuple[Judged, ...]


def at_place(path: str, row: int, column: int, *, isolated: bool) -> Told:
    """The accounts of the creating calls on a line; of the one at `column` where that is not 0."""
    if not os.path.isfile(path):  # noqa: PTH113
        raise UsageError(f"{path}: no such file")
    (file,) = discover([path], SettingsFinder({}, None, isolated)).files
    read = _read(file)
    here = [one for one in read.judged if _is_at(one, row, column)]
    if not here:
        raise UsageError(f"{shown(path)}:{row}: no temp file is created there{_nearest(read, row)}")
    return _told(read, here)


def at_fingerprint(mark: str, paths: list[str], *, isolated: bool) -> Told:
    """The account of the finding whose fingerprint begins so."""
    found = discover(paths, SettingsFinder({}, None, isolated))
    hits: list[tuple[SourceFile, Finding]] = []
    for file, outcome in _outcomes(found.files):
        marks = fingerprints_of_report(outcome, _source, _root(file))
        hits += [(file, finding) for finding, its in marks.items() if its.startswith(mark)]
    if not hits:
        raise UsageError(f"{mark}: no finding under {', '.join(paths)} has this fingerprint")
    if len(hits) > 1:
        raise UsageError(f"{mark}: {len(hits)} findings have fingerprints that begin so")
    file, finding = hits[0]
    read = _read(file)
    here = [one for one in read.judged if one.finding is not None and _same(one.finding, finding)]
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
    by_name = {file.filename: file for file in files if not file.filename.endswith(".ipynb")}
    wanted = dataclasses.replace(discover([], SettingsFinder({}, None, True)), files=tuple(by_name.values()))
    reports = [outcome.report for outcome in check_files(wanted, jobs=os.cpu_count() or 1)]
    return [
        (by_name[r.filename], r) for r in sorted(reports, key=lambda r: r.filename) if r.filename in by_name
    ]


def _read(file: SourceFile) -> _Read:
    if file.filename.endswith(".ipynb"):
        raise UsageError(
            f"{shown(file.filename)}: notebooks are not explained by line; explain the code of the rule"
        )
    try:
        data = engine.read_bytes(file.filename)
    except OSError as error:
        raise UsageError(f"{shown(file.filename)}: {error.strerror}") from error
    session = Session(file.settings)
    analysis = session.analyse(data, file.filename, opt_in=_OPT_IN)
    if analysis.module is None:
        (found,) = analysis.findings
        reason, row = found.message.removeprefix("not analysed: "), found.span.start.row
        where = "" if f"line {row} " in reason else f" on line {row}"
        raise UsageError(
            f"{shown(file.filename)}: {reason}{where}, so that nothing of it was analysed ({found.code})"
        )
    return _Read(file, data, session, analysis.judged)


def _is_at(one: Judged, row: int, column: int) -> bool:
    start, end = one.span.start, one.span.end
    if not start.row <= row <= end.row:
        return False
    return not column or start <= Location(row, column) < end


def _nearest(read: _Read, row: int) -> str:
    starts = sorted({one.span.start.row for one in read.judged}, key=lambda at: (abs(at - row), at))[:NEAREST]
    if not starts:
        return "; nor anywhere in this file"
    return f"; the nearest are at {', '.join(f'{shown(read.file.filename)}:{at}' for at in sorted(starts))}"


def _same(one: Finding, other: Finding) -> bool:
    return (one.span, one.code) == (other.span, other.code)


# Telling it


def _told(read: _Read, here: list[Judged]) -> Told:

    accounts = tuple(_account(read, one) for one in here)
    telling = tuple(one for one in accounts if one.code or one.ways)
    accounts = telling or tuple(dict.fromkeys(accounts))[:1]  # a mere name, beside TML501
    own = _source(read.file.filename, None)
    texts = {} if own is None else {shown(read.file.filename): own}
    for one in here:
        for step in _steps(one):
            if shown(step) not in texts and (text := _source(step, None)) is not None:
                texts[shown(step)] = text
    return Told(accounts, texts)


def _steps(one: Judged) -> list[str]:
    steps = [step.filename for step in one.finding.steps] if one.finding is not None else []
    if one.verdict is not None and one.verdict.site.handed is not None:
        steps += [step.filename for step in one.verdict.site.handed.created]
    return steps


def _account(read: _Read, one: Judged) -> Account:
    account = account_of(one, shown)
    if one.finding is None:
        return account
    return dataclasses.replace(
        account,
        fingerprint=_fingerprint(read, one.finding),
        silenced=_silenced(read, one.finding),
        remedy=_remedy(read, one, one.finding),
    )


def _fingerprint(read: _Read, finding: Finding) -> str:
    findings = [one.finding for one in read.judged if one.finding is not None]
    findings.sort(key=lambda each: each.sort_key)
    marks = fingerprints(findings, _source, _root(read.file))
    return dict(zip(findings, marks, strict=True))[finding]


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
    from tmpleak_lint.reporting.hints import HINTS

    report = FileReport(finding.filename, (finding,))
    (proposed,) = with_fixes(report, read.data, read.file.settings, session=read.session).findings
    hint = HINTS.get(finding.code, "")
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
    from tmpleak_lint.reading.decoding import Undecodable, decode

    try:
        return decode(engine.read_bytes(filename))
    except (OSError, Undecodable):  # then the line is left out
        return None


def _root(file: SourceFile) -> Path:
    """The project's folder, which names in fingerprints are relative to, as for `check`."""
    from tmpleak_lint.reading.gitignore import work_tree_root

    settings = file.settings
    return Path(settings.base if settings.source else work_tree_root(os.getcwd()) or os.getcwd())  # noqa: PTH109
