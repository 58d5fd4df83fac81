"""The `junit` format: XML that Jenkins and others read as test results; every finding is a failed test.

One suite a file, one case a finding. A run without findings holds one passed case, since some readers
take an empty report for a broken one. Characters that XML 1.0 can't hold are shown as in the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from tmpleak_lint.logs import leading
from tmpleak_lint.model import Finding
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.text import position, visible
from tmpleak_lint.suppression.names import relative


def render(run: RunReport, context: RenderContext) -> str:
    """Return the whole XML document."""
    with_findings = [report for report in run.shown() if report.findings]
    total = sum(len(report.findings) for report in with_findings)
    suites: list[str] = []
    for report in with_findings:
        suites += _suite(relative(report.filename, context.base), report.findings, context)
    if not suites:
        suites = [
            '  <testsuite name="tmpleak-lint" tests="1" failures="0" errors="0">',
            '    <testcase name="no findings" classname="tmpleak-lint" />',
            "  </testsuite>",
        ]
    counts = f'tests="{max(total, 1)}" failures="{total}" errors="0"'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="tmpleak-lint" {counts}>',
        *suites,
        "</testsuites>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _suite(name: str, findings: Sequence[Finding], context: RenderContext) -> list[str]:
    counts = f'tests="{len(findings)}" failures="{len(findings)}" errors="0"'
    lines = [f"  <testsuite name={_attribute(name)} {counts}>"]
    for finding in findings:
        start = finding.span.start
        cell = f" (cell {finding.cell})" if finding.cell is not None else ""
        where = f" in {finding.function}" if finding.function else ""  # no file, no function
        case = f"{finding.code} {finding.name}{where}{cell}"
        position = f'file={_attribute(name)} line="{start.row}" column="{start.column}"'
        lines += [
            f"    <testcase name={_attribute(case)} classname={_attribute(name)} {position}>",
            f"      <failure type={_attribute(finding.code)} message={_attribute(finding.message)}>"
            f"{_content(_words(finding, name, context))}</failure>",
            "    </testcase>",
        ]
    return [*lines, "  </testsuite>"]


def _words(finding: Finding, name: str, context: RenderContext) -> str:
    lines = [f"{leading(name)}{position(finding)}: {finding.code} {finding.message}"]
    for step in finding.steps:
        place = f"{leading(relative(step.filename, context.base))}{position(step)}"
        lines.append(f"  {place}: {step.event}: {step.message}")
    return "\n".join(map(_legal, lines))


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _content(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _legal(text: str) -> str:
    """Return text without control characters, surrogates and the two non-characters XML forbids."""
    return visible(text).replace("\ufffe", "<U+FFFE>").replace("\uffff", "<U+FFFF>")
