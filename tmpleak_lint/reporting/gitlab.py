"""The `gitlab` format: a Code Quality report, shown by GitLab in merge requests.

In: the run. Out: a JSON array of issues; the path of each stands in `content.body` as Markdown and in
`other_locations`. Fingerprints don't depend on line numbers, so that GitLab recognises old findings. In a notebook
every location is the file's first line: rows count within a cell, which GitLab knows nothing of.
"""

from __future__ import annotations

from typing import Any

from tmpleak_lint.model import Finding, Location, Span, Step
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.reporting.text import in_markdown, position, visible
from tmpleak_lint.suppression.fingerprint import fingerprints_of_report
from tmpleak_lint.suppression.names import relative

_SEVERITIES = {1: "major", 2: "minor"}
_OTHER_SEVERITY = "minor"
_BEGINNING = Span(Location(1, 1), Location(1, 1))


def render(run: RunReport, context: RenderContext) -> str:
    """Return the report as a JSON array."""
    issues = []
    for report in run.shown():
        if report.findings:
            names = fingerprints_of_report(report, context.source, context.fingerprint_root)
            issues += [_issue(finding, names[finding], context) for finding in report.findings]
    return json_text(issues, 2)


def _issue(finding: Finding, fingerprint: str, context: RenderContext) -> dict[str, Any]:
    tier = finding.tier or 0
    return {
        "type": "issue",
        "check_name": finding.code,
        "description": f"{finding.code} {_in_cell(finding)}{finding.message}",
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES.get(tier, _OTHER_SEVERITY),
        "fingerprint": fingerprint,
        "location": _location(finding, context),
        "other_locations": [_location(step, context) for step in finding.steps],
        "content": {"body": _body(finding, context)},
    }


def _location(item: Finding | Step, context: RenderContext) -> dict[str, Any]:
    span = item.span if item.cell is None else _BEGINNING
    return {
        "path": relative(item.filename, context.base),
        "positions": {
            "begin": {"line": span.start.row, "column": span.start.column},
            "end": {"line": span.end.row, "column": span.end.column},
        },
    }


def _body(finding: Finding, context: RenderContext) -> str:
    return "".join(
        f"{number}. {_escaped(relative(step.filename, context.base))}{position(step)}: {in_markdown(step.message)}\n"
        for number, step in enumerate(finding.steps, 1)
    )


def _escaped(name: str) -> str:
    return in_markdown(visible(name).replace("`", "'"))


def _in_cell(finding: Finding) -> str:
    return f"cell {finding.cell}, line {finding.span.start.row}: " if finding.cell is not None else ""
