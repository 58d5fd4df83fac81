"""The `concise` format: one line a finding, `path:row:column: CODE message`, then the notes of the run."""

from __future__ import annotations

from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.notes import notes
from tmpleak_lint.reporting.paint import Paint, place


def render(run: RunReport, context: RenderContext) -> str:
    """Return one line for every finding and every note."""
    paint = Paint(context)
    lines = []
    for finding in run.findings():
        code, message = paint("code", finding.code), paint("plain", finding.message)
        lines.append(f"{place(finding, context, paint)}: {code} {message}")
    lines += [paint("note", line) for line in notes(run, context)]
    return "".join(f"{line}\n" for line in lines)
