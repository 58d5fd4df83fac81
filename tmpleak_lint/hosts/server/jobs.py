# ruff: noqa: PTH100, PTH120
"""What takes time, as values that go to a worker process, and what comes back.

In: a job: what to look at, under which settings. Out: findings with what was read for them, findings with fixes, a
whole file repaired, the files of a folder that are worth a look. A job does its work by `run`; everything in it and
in its result pickles cheaply.

Not handled: which job goes first and which has become pointless (`lanes`).
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tmpleak_lint import engine, fixes, worth
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.creations import losses_of, shown, told_once
from tmpleak_lint.engine import Outcome
from tmpleak_lint.hosts.server.bench import Bench
from tmpleak_lint.model import FileReport, Finding
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.selection import check_codes
from tmpleak_lint.session import Analysis
from tmpleak_lint.settings import Settings


class Job(Protocol):
    """Something for a worker process to do."""

    def run(self, bench: Bench) -> Any: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which settings hold: those of the file's folder, or of one file, and what the editor's settings say."""

    configuration: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def finder(self) -> SettingsFinder:
        """Where settings are looked up, read from the disk anew. Raises `SettingsError`."""
        return SettingsFinder(self.overrides, self.configuration)


@dataclass(frozen=True, slots=True)
class Text:
    """A text to look at. `unsaved` are path and bytes of other texts that stand otherwise on the disk."""

    name: str
    data: bytes
    on_disk: bool
    choice: Choice
    unsaved: tuple[tuple[str, bytes], ...] = ()

    def settings(self) -> Settings:
        """The settings that hold for it. Raises `SettingsError`."""
        found = self.choice.finder().of_folder(os.path.dirname(self.name) if self.on_disk else os.curdir)
        check_codes(found)
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look gave: the outcome, the files that the verdict hangs on, and the lines of other files that the
    findings point at."""

    outcome: Outcome
    reads: frozenset[str] = frozenset()
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """Find what is in a text."""

    text: Text

    def run(self, bench: Bench) -> Seen:
        outcome, analysis, reads = _analysed(self.text, bench)
        outcome = dataclasses.replace(outcome, report=shown(outcome.report))
        return Seen(outcome, reads, _lines_elsewhere(outcome.report.findings, analysis))


@dataclass(frozen=True, slots=True)
class LookAtFile:
    """Find what is in a file as it stands on the disk."""

    name: str
    choice: Choice

    def run(self, bench: Bench) -> Seen | None:
        try:
            data = engine.read_bytes(self.name)
        except OSError:  # gone since it was found
            return None
        return Look(Text(self.name, data, True, self.choice)).run(bench)


@dataclass(frozen=True, slots=True)
class Propose:
    """Look for the fixes of some findings of a text."""

    text: Text
    findings: tuple[Finding, ...]

    def run(self, bench: Bench) -> tuple[Finding, ...]:
        text = self.text
        settings = text.settings()
        losses = tuple(loss for finding in self.findings for loss in losses_of(finding))
        report = FileReport(text.name, losses)
        session = bench.session(text.unsaved)
        report = fixes.with_fixes(report, text.data, settings, on_disk=text.on_disk, session=session)
        fixed = dict(zip(losses, report.findings, strict=True))
        return tuple(
            one for finding in self.findings for one in told_once(fixed[loss] for loss in losses_of(finding))
        )


@dataclass(frozen=True, slots=True)
class FixAll:
    """A whole text with every safe fix in it."""

    text: Text

    def run(self, bench: Bench) -> bytes:
        from tmpleak_lint.fixing.source import Unfit

        text = self.text
        try:
            return fixes.fix_bytes(text.data, text.name, text.settings(), on_disk=text.on_disk).data
        except Unfit:  # no rewrite may touch it
            return text.data


@dataclass(frozen=True, slots=True)
class Sweep:
    """Find the files of a folder that could give a finding."""

    folder: str
    choice: Choice

    def run(self, bench: Bench) -> tuple[str, ...]:
        from tmpleak_lint.run.plan import Candidate, in_two_rounds

        found = discover([self.folder], self.choice.finder())
        return tuple(
            one.file.path if isinstance(one, Candidate) else os.path.abspath(one.report.filename)
            for one in in_two_rounds(found.files)
            if isinstance(one, Candidate) or (one is not None and one.report.findings)
        )


# The analysis


def _analysed(text: Text, bench: Bench) -> tuple[Outcome, Analysis | None, frozenset[str]]:
    started = time.time_ns()
    settings = text.settings()
    session = bench.session(text.unsaved)
    path = os.path.abspath(text.name) if text.on_disk else None
    neighbours = worth.new_neighbours(settings)
    outcome, analysis = Outcome(FileReport(text.name)), None
    makers = worth.reason_to_look(text.data, path, settings, neighbours)
    # The second question is put to the disk: what isn't saved yet can't be asked like that.
    if makers is not None or (text.unsaved and path is not None):
        try:
            if text.unsaved or engine.is_reason_enough(makers or frozenset(), session, settings):
                outcome, analysis = engine.examine_closely(
                    text.data, text.name, settings, session, on_disk=text.on_disk
                )
        except RecursionError:
            outcome = engine.unanalysable_file(text.name, "nested too deeply", settings)
        except Exception as error:  # a TML900 that names its place: the editor goes on
            from tmpleak_lint.reading.decoding import internal_error

            outcome = engine.unanalysable_file(text.name, internal_error(error), settings)
    known = analysis.reads.keys() if analysis is not None else frozenset[str]()
    bench.note(known, started)
    return outcome, analysis, frozenset((known | neighbours._modules.keys()) - {path or text.name})


def _lines_elsewhere(findings: tuple[Finding, ...], analysis: Analysis | None) -> dict[tuple[str, int], str]:
    """The lines in other files that steps point at: where a character stands hangs on its line."""
    lines: dict[tuple[str, int], str] = {}
    for finding in findings if analysis is not None else ():
        for step in finding.steps:
            for row in (step.span.start.row, step.span.end.row) if step.filename != finding.filename else ():
                line = analysis.line(step.filename, row) if analysis is not None else None
                if line is not None:
                    lines[step.filename, row] = line
    return lines


def crashed(text: Text) -> Seen:
    """What is told of a text whose analysis ended the process."""
    return Seen(engine.unanalysable_file(text.name, "its analysis crashed", Settings()))
