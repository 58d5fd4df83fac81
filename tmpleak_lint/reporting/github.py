"""The `github` format: workflow commands, which GitHub Actions turns into annotations on the changed lines.

A command is one line, so line ends, `%`, and in properties `:` and `,` are percent-encoded as the runner
expects. The message carries the path in words, a line each.
"""

from __future__ import annotations

from tmpleak_lint.model import Finding
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.notes import notes
from tmpleak_lint.reporting.text import position, visible
from tmpleak_lint.suppression.names import relative

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def render(run: RunReport, context: RenderContext) -> str:
    """Return one `::error` command a finding and one `::notice` a note."""
    lines = [_command(finding, context) for finding in run.findings()]
    for note in notes(run, context):
        lines.append(f"::notice title=tmpleak-lint::{_encode(visible(note), _IN_MESSAGE)}")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding, context: RenderContext) -> str:
    properties = {
        "title": f"tmpleak-lint ({finding.code} {finding.name})",
        "file": relative(finding.filename, context.base),
        # rows of a notebook count within a cell, which GitHub knows nothing of: point at the file
        "line": "1" if finding.cell is not None else str(finding.span.start.row),
    }
    if finding.cell is None:
        properties["endLine"] = str(finding.span.end.row)
        if finding.span.start.row == finding.span.end.row:  # columns are only accepted within one line
            properties["col"] = str(finding.span.start.column)
            properties["endColumn"] = str(finding.span.end.column)
    listed = ",".join(f"{name}={_encode(visible(text), _IN_PROPERTY)}" for name, text in properties.items())
    return f"::error {listed}::{_encode(_message(finding, context), _IN_MESSAGE)}"


def _message(finding: Finding, context: RenderContext) -> str:
    cell = f"cell {finding.cell}, line {finding.span.start.row}: " if finding.cell is not None else ""
    lines = [f"{finding.code} {cell}{finding.message}"]
    for step in finding.steps:
        lines.append(f"{relative(step.filename, context.base)}{position(step)}: {step.message}")
    return "\n".join(map(visible, lines))


def _encode(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
