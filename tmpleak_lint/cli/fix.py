"""`--fix`, `--diff`, `--ask`, `--fix-only`, `--show-fixes`: fixes shown, asked for, and written.

In: the findings of a run. Out: files with proven fixes in them, or differences on the screen; what is left.
Files are fixed one after the other; one that can't be written is named, and the run goes on.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.fixes import fix_bytes, report_after, with_fixes
from tmpleak_lint.fixing.edits import apply
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.fixing.writing import WriteError, replace_file
from tmpleak_lint.model import FileReport, Finding, Fix
from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.reading.notebooks import is_notebook
from tmpleak_lint.reporting.text import visible
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
) -> list[FileReport]:
    """The reports with a fix, or why there is none, in each finding."""
    done = []
    for report in reports:
        try:
            data = texts[report.filename] if report.filename in texts else engine.read_bytes(report.filename)
        except OSError:  # gone since it was analysed: it keeps its findings, without fixes
            done.append(report)
            continue
        done.append(with_fixes(report, data, settings[report.filename], on_disk=on_disk))
    return done


def fix_reports(
    reports: Sequence[FileReport],
    settings: Mapping[str, Settings],
    texts: Mapping[str, bytes],
    given: argparse.Namespace,
    *,
    on_disk: bool,
) -> Fixed:
    """Fix what the reports name, as the flags say."""
    made = Fixed()
    asking = _Asking() if given.ask else None
    for report in reports:
        name = report.filename
        if not report.findings or is_notebook(name) or (asking is not None and asking.stopped):
            made.reports.append(report)
            continue
        try:
            data = texts[name] if name in texts else engine.read_bytes(name)
            _fix_one(report, data, settings[name], texts, given, made, asking, on_disk=on_disk)
        except Unfit as unfit:
            refused = tuple(dataclasses.replace(f, fix_refused=str(unfit)) for f in report.findings)
            made.reports.append(dataclasses.replace(report, findings=refused))
        except (OSError, WriteError) as error:
            text = str(error) if isinstance(error, WriteError) else f"{name}: {error.strerror or error}"
            print(f"error: {visible(text)}", file=sys.stderr)
            made.failed = True
            made.reports.append(report)
    return made


def _fix_one(
    report: FileReport,
    data: bytes,
    settings: Settings,
    texts: Mapping[str, bytes],
    given: argparse.Namespace,
    made: Fixed,
    asking: _Asking | None,
    *,
    on_disk: bool,
) -> None:
    name = report.filename
    only = report.findings if given.since is not None or settings.baseline is not None else None
    now = [data]

    def agree(finding: Finding, fix: Fix) -> bool:
        assert asking is not None
        source = Source(now[0])
        text = apply(source, fix.edits)
        if asking(finding, fix, difference(name, source.text, text)):
            now[0] = source.encoded(text)
            return True
        return False

    repaired = fix_bytes(
        data,
        name,
        settings,
        unsafe=given.unsafe_fixes,
        on_disk=on_disk,
        only=only,
        agree=agree if asking is not None else (lambda finding, fix: True),
    )
    if repaired.data != data:
        if given.diff:
            made.diffs.append(difference(name, decode(data), decode(repaired.data)))
        elif name not in texts:
            replace_file(Path(name), data, repaired.data)
    made.texts[name] = repaired.data
    made.fixed += repaired.fixed
    left = report_after(repaired, name, settings)
    if only is not None:
        known = {f.function for f in only}
        left = tuple(f for f in left if f.function in known)
    made.reports.append(dataclasses.replace(report, findings=left))


def difference(name: str, before: str, after: str) -> str:
    """A unified diff that `git apply` takes."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), name, name)
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )


class _Asking:
    """Shows a difference and asks: yes, no, all, quit."""

    def __init__(self, ask: Callable[[str], str] = input) -> None:
        self._ask = ask
        self._always = False
        self.stopped = False

    def __call__(self, finding: Finding, fix: Fix, shown: str) -> bool:
        if self._always or self.stopped:
            return self._always and not self.stopped
        print(
            f"{visible(finding.filename)}:{finding.span.start.row}: {finding.code} {visible(finding.message)}"
        )
        print(f"{fix.message} ({fix.applicability.value})")
        print("".join(visible(line) + "\n" for line in shown.splitlines()), end="")
        while True:
            try:
                answer = self._ask("Apply? [y]es, [n]o, [a]ll, [q]uit: ").strip().lower()
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
    """What was fixed, in a line; a line for each with `--show-fixes`."""
    lines = []
    if listed:
        for finding, fix in made.fixed:
            place = f"{finding.filename}:{finding.span.start.row}"
            lines.append(
                f"{visible(place)}: {finding.code} {'would be ' if would else ''}fixed: {fix.message}"
            )
    count = len(made.fixed)
    files = len({finding.filename for finding, _ in made.fixed})
    what = f"{count} finding{'' if count == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
    lines.append(f"{'Would fix' if would else 'Fixed'} {what}.")
    return "\n".join(lines)
