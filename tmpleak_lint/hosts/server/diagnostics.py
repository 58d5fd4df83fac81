"""Findings as diagnostics: the creating call is marked, the path is the related information.

In: a snapshot, what a look at it gave, what the client can show. Out: diagnostics for each of its documents (a notebook
has one for every cell). A client that shows no related information gets the path as lines of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lsprotocol import types

from tmpleak_lint.hosts.server.documents import Snapshot, uri_of
from tmpleak_lint.hosts.server.jobs import Seen
from tmpleak_lint.hosts.server.text import position_of, range_of
from tmpleak_lint.model import Finding, Location, Span, Step
from tmpleak_lint.rules import url
from tmpleak_lint.suppression.noqa import UnusedNoqa

SOURCE = "tmpleak-lint"
_SEVERITIES = {1: types.DiagnosticSeverity.Error, 2: types.DiagnosticSeverity.Warning}


@dataclass(frozen=True, slots=True)
class Shows:
    """What of a diagnostic a client shows."""

    related: bool = True
    unnecessary: bool = True
    links: bool = True


def diagnostics_of(
    snapshot: Snapshot, seen: Seen, shows: Shows, encoding: str
) -> dict[str, list[types.Diagnostic]]:
    """The diagnostics of every document of a snapshot, those without any included."""
    found: dict[str, list[types.Diagnostic]] = {uri: [] for uri in snapshot.texts}
    for finding in seen.outcome.report.findings:
        uri = snapshot.document_of(finding.cell)
        found[uri].append(_of_finding(finding, snapshot, uri, seen.lines, shows, encoding))
    for comment in seen.outcome.unused_noqa:
        uri = snapshot.document_of(comment.cell)
        found[uri].append(_of_comment(comment, snapshot, uri, shows, encoding))
    return found


def _of_finding(
    finding: Finding,
    snapshot: Snapshot,
    uri: str,
    lines: Mapping[tuple[str, int], str],
    shows: Shows,
    encoding: str,
) -> types.Diagnostic:
    message = finding.message
    if not shows.related and finding.steps:
        message += "".join(f"\n{place(step, finding)}: {step.message}" for step in finding.steps)
    related = [
        types.DiagnosticRelatedInformation(_where(step, finding, snapshot, lines, encoding), step.message)
        for step in finding.steps
    ]
    return types.Diagnostic(
        range=range_of(snapshot.lines[uri], finding.span, encoding),
        message=message,
        severity=_SEVERITIES.get(finding.tier or 0, types.DiagnosticSeverity.Warning),
        code=finding.code,
        code_description=types.CodeDescription(url(finding.code)) if shows.links else None,
        source=SOURCE,
        related_information=related if shows.related and related else None,
    )


def place(step: Step, finding: Finding) -> str:
    """Where a step is, in words: its line, and its cell or file where that is another one."""
    row = f"line {step.span.start.row}"
    if step.filename != finding.filename:
        return f"{step.filename}, {row}"
    return row if step.cell == finding.cell else f"cell {step.cell}, {row}"


def _where(
    step: Step, finding: Finding, snapshot: Snapshot, lines: Mapping[tuple[str, int], str], encoding: str
) -> types.Location:
    if step.filename == finding.filename:
        uri = snapshot.document_of(step.cell)
        return types.Location(uri, range_of(snapshot.lines[uri], step.span, encoding))

    def at(location: Location) -> types.Position:
        line = lines.get((step.filename, location.row), "")
        there = position_of([line], Location(1, location.column), encoding)
        return types.Position(location.row - 1, there.character)

    return types.Location(uri_of(step.filename), types.Range(at(step.span.start), at(step.span.end)))


def _of_comment(
    comment: UnusedNoqa, snapshot: Snapshot, uri: str, shows: Shows, encoding: str
) -> types.Diagnostic:
    lines = snapshot.lines[uri]
    start = comment.location
    end = Location(start.row, len(lines[start.row - 1]) + 1)
    codes = ", ".join(comment.codes)
    return types.Diagnostic(
        range=range_of(lines, Span(start, end), encoding),
        message=f"this comment silences nothing: {codes} is not found here",
        severity=types.DiagnosticSeverity.Information,
        code="noqa",
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if shows.unnecessary else None,
    )
