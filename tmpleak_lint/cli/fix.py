"""`--fix`, `--diff`, `--ask`, `--fix-only`, `--show-fixes`: fixes shown, asked for, and written.

In: the findings of a run. Out: files with proven fixes in them, or differences on the screen; what is left.
Worker processes look for the fixes; asking, writing and printing happen here, one file after the other in their
order. A file that can't be written is named, and the run goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import difflib
import io
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.fixes import (
    AT_ONCE,
    Done,
    Job,
    done_with,
    fix_bytes,
    propose_crashed,
    propose_for,
    repair_crashed,
    repair_file,
    weight_of,
)
from tmpleak_lint.fixing.edits import apply
from tmpleak_lint.fixing.leftovers import Sweeper
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.writing import WriteError, replace_file
from tmpleak_lint.logs import leading
from tmpleak_lint.model import FileReport, Finding, Fix
from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.reading.notebooks import is_notebook
from tmpleak_lint.reporting.text import git_quoted, visible, visible_lines
from tmpleak_lint.run.crew import in_order
from tmpleak_lint.settings import Settings


@dataclass(slots=True)
class Fixed:
    """What a run of fixes did: the reports of what is left, and the differences."""

    reports: list[FileReport] = field(default_factory=list)
    fixed: list[tuple[Finding, Fix]] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    failed: bool = False


def with_proposals(
    reports: Sequence[FileReport],
    settings: Mapping[str, Settings],
    texts: Mapping[str, bytes],
    *,
    on_disk: bool,
    jobs: int,
    done: int = 0,
) -> list[FileReport]:
    """The reports with a fix, or why there is none, in each finding; the first `done` of each file have theirs.

    Files with many findings are shared out over the workers, some findings to each.
    """
    work = [
        Job(
            report,
            settings[report.filename],
            texts.get(report.filename),
            on_disk,
            first=first,
            last=first + step,
        )
        for report in reports
        for step in [AT_ONCE if jobs > 1 else max(len(report.findings), 1)]
        for first in range(done, len(report.findings), step)
    ]
    findings = {report.filename: report.findings[:done] for report in reports}
    for job, proposed in zip(
        work, in_order(work, jobs, propose_for, propose_crashed, weight_of), strict=True
    ):
        findings[job.report.filename] += proposed
    return [dataclasses.replace(report, findings=findings[report.filename]) for report in reports]


def fix_reports(
    reports: Sequence[FileReport],
    settings: Mapping[str, Settings],
    texts: Mapping[str, bytes],
    given: argparse.Namespace,
    *,
    on_disk: bool,
    jobs: int,
) -> Fixed:
    """Fix what the reports name, as the flags say: worked out by `jobs` processes, written here in order."""
    made = Fixed()
    work = [
        Job(
            report,
            own := settings[report.filename],
            texts.get(report.filename),
            on_disk,
            given.unsafe_fixes,
            narrow=given.since is not None or own.baseline is not None,
        )
        for report in reports
        if report.findings and not is_notebook(report.filename)
    ]
    done: Generator[Done | None] = (
        _asked(work, _Asking()) if given.ask else in_order(work, jobs, repair_file, repair_crashed, weight_of)
    )
    concerned = {job.report.filename for job in work}
    with Sweeper() as sweeper, contextlib.closing(done):
        for report in reports:
            one = next(done) if report.filename in concerned else None
            made.reports.append(report if one is None else _put(report, one, given, made, texts, sweeper))
    return made


def _put(
    report: FileReport,
    one: Done,
    given: argparse.Namespace,
    made: Fixed,
    texts: Mapping[str, bytes],
    sweeper: Sweeper,
) -> FileReport:
    """Write one file, or take down its difference; the report of what is left in it."""
    name = report.filename
    error = one.error
    if error is None and one.after != one.before:
        if given.diff:
            made.diffs.append(difference(name, decode(one.before), decode(one.after)))
        elif name not in texts:
            try:
                replace_file(Path(name), one.before, one.after, sweeper)
            except WriteError as unwritten:
                error = str(unwritten)
            except OSError as unwritten:
                error = f"{name}: {unwritten.strerror or unwritten}"
    if error is not None:
        print(f"error: {visible(error)}", file=sys.stderr)
        made.failed = True
        return report
    made.texts[name] = one.after
    made.fixed += one.fixed
    return dataclasses.replace(report, findings=one.left)


def _asked(work: Sequence[Job], asking: _Asking) -> Generator[Done | None]:
    """What is done for each job when every fix is asked for; None once nothing more is wanted."""
    for job in work:
        yield None if asking.stopped else _asked_for(job, asking)


def _asked_for(job: Job, asking: _Asking) -> Done:
    name = job.report.filename
    findings = job.report.findings
    now = b""

    def agree(finding: Finding, fix: Fix) -> bool:
        nonlocal now
        source = Source(now)
        text = apply(source, fix.edits)
        if asking(finding, fix, difference(name, source.text, text)):
            now = source.encoded(text)
            return True
        return False

    try:
        data = now = engine.read_bytes(name) if job.data is None else job.data
        only = findings if job.narrow else None
        repaired = fix_bytes(
            data, name, job.settings, unsafe=job.unsafe, on_disk=job.on_disk, only=only, agree=agree
        )
        return done_with(job, data, repaired)
    except Unfit as unfit:
        refused = tuple(dataclasses.replace(finding, fix_refused=str(unfit)) for finding in findings)
        return Done(now, now, (), refused)
    except OSError as error:
        return Done(b"", b"", (), findings, f"{name}: {error.strerror or error}")


def difference(name: str, before: str, after: str) -> str:
    """A unified diff that `git apply` takes: lines end at line feeds only, odd names are quoted as git does."""
    old, new = (list(io.StringIO(text, newline="\n")) for text in (before, after))
    shown = git_quoted(name)
    lines = difflib.unified_diff(old, new, shown, shown)
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )


class _Asking:
    """Shows a difference and asks: yes, no, all, quit."""

    def __init__(self) -> None:
        self._always = False
        self.stopped = False

    def __call__(self, finding: Finding, fix: Fix, shown: str) -> bool:
        if self._always or self.stopped:
            return self._always and not self.stopped
        print(
            f"{visible(finding.filename)}:{finding.span.start.row}: {finding.code} {visible(finding.message)}"
        )
        print(f"{fix.message} ({fix.applicability.value}{': ' * bool(fix.because)}{visible(fix.because)})")
        print(visible_lines(shown), end="")
        while True:
            try:
                answer = input("Apply? [y]es, [n]o, [a]ll, [q]uit: ").strip().lower()
            except EOFError:
                answer = "q"
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no"):
                return False
            if answer in ("a", "all"):
                self._always = True
                return True
            if answer in ("q", "quit"):
                self.stopped = True
                return False


def said(made: Fixed, *, would: bool, listed: bool) -> str:
    """What was fixed, in a line; why which fixes aren't safe; a line for each with `--show-fixes`."""
    lines = []
    for finding, fix in made.fixed:
        place = leading(visible(f"{finding.filename}:{finding.span.start.row}"))
        if listed:
            lines.append(f"{place}: {finding.code} {'would be ' if would else ''}fixed: {fix.message}")
        if fix.because:
            lines.append(f"{place}: {finding.code} {fix.applicability.value}: {visible(fix.because)}")
    count = len(made.fixed)
    files = len({finding.filename for finding, _ in made.fixed})
    what = f"{count} finding{'' if count == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
    lines.append(f"{'Would fix' if would else 'Fixed'} {what}.")
    return "\n".join(lines)
