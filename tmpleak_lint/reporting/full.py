"""The `full` format: every finding with its path drawn on the source, what to do, and where to read more.

In: the run. Out: blocks with a blank line between them, then the notes of the run.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmpleak_lint.model import Applicability, Finding
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.frame import Frame, without_steps
from tmpleak_lint.reporting.hints import HINTS
from tmpleak_lint.reporting.notes import notes
from tmpleak_lint.reporting.paint import Paint, place

_HOW_TO_APPLY = {
    Applicability.SAFE: " (--fix)",
    Applicability.UNSAFE: " (--fix --unsafe-fixes)",
    Applicability.DISPLAY: " (--diff shows it)",
}


def render(run: RunReport, context: RenderContext) -> str:
    """Return the blocks of all findings, then one line for every note."""
    paint = Paint(context)
    blocks = ["".join(f"{line}\n" for line in _block(found, context, paint)) for found in run.findings()]
    remarks = "".join(f"{paint('note', line)}\n" for line in notes(run, context))
    return "\n".join([*blocks, remarks] if remarks else blocks)


def _block(finding: Finding, context: RenderContext, paint: Paint) -> Iterator[str]:
    code, message = paint("code", finding.code), paint("message", finding.message)
    yield f"{place(finding, context, paint)}: {code} {message}"
    steps = finding.steps or (without_steps(finding.filename, finding.span, finding.cell),)
    frame = Frame(context, paint, steps)
    drawn = list(frame.draw(steps, (finding.filename, finding.cell, finding.span.start.row)))
    yield from drawn
    if drawn:
        yield frame.close()
    margin = " " * (frame.gutter + 2) + paint.raw("rail", "=") + " "
    for style, label, text in _remarks(finding):
        yield f"{margin}{paint(style, label)}: {paint('plain', text)}"


def _remarks(finding: Finding) -> Iterator[tuple[str, str, str]]:
    if finding.fix is not None:
        yield "help", "help", finding.fix.message + _HOW_TO_APPLY[finding.fix.applicability]
    elif finding.code in HINTS:
        yield "help", "help", HINTS[finding.code]
    if finding.fix is None and finding.fix_refused:
        yield "message", "note", f"no automatic fix: {finding.fix_refused}"
    yield "note", "rule", f"tmpleak-lint explain {finding.code}"
