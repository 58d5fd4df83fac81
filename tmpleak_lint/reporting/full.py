"""The `full` format: every finding with its path drawn on the source, what to do, and where to read more.

In: the run. Out: blocks with a blank line after each, then the notes of the run.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import lru_cache

from tmpleak_lint.model import Applicability, Event, Finding
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.frame import Frame, without_steps
from tmpleak_lint.reporting.notes import notes
from tmpleak_lint.reporting.paint import Paint, place, uncoloured
from tmpleak_lint.reporting.text import visible
from tmpleak_lint.rules import RULES

HEADLINE = 100  # cells in a line of a headline, however wide the terminal is
MOST_LOSSES = 4  # of other calls that lose what a creation makes: the others are counted
_HANGING = "    "
_LEAST_ROOM = 40
_HOW_TO_APPLY = {
    Applicability.SAFE: " (--fix)",
    Applicability.UNSAFE: " (--fix --unsafe-fixes)",
    Applicability.DISPLAY: " (--diff shows it)",
}
_NOT_SAFE = {Applicability.UNSAFE: "the fix is unsafe", Applicability.DISPLAY: "the fix is only shown"}


def render(run: RunReport, context: RenderContext) -> str:
    """Return the blocks of all findings, then one line for every note."""
    paint = Paint(context)
    blocks = [block(finding, context) for finding in run.findings()]
    return "".join([*blocks, *(f"{paint('note', note)}\n" for note in notes(run, context))])


@lru_cache(maxsize=4096)
def block(finding: Finding, context: RenderContext) -> str:
    """Return the block of one finding; it is kept, so that it can be drawn while the run still goes on."""
    return "".join(f"{line}\n" for line in (*_lines(finding, context, Paint(context)), ""))


def _lines(finding: Finding, context: RenderContext, paint: Paint) -> Iterator[str]:
    yield from headline(place(finding, context, paint), ("code", finding.code), finding.message, context)
    path = tuple(step for step in finding.steps if step.event is not Event.LOST_TOO)
    steps = path or (without_steps(finding.filename, finding.span, finding.cell),)
    frame = Frame(context, paint, steps)
    drawn = list(frame.draw(steps, (finding.filename, finding.cell, finding.span.start.row)))
    yield from drawn
    if drawn:
        yield frame.close()
    margin = " " * (frame.gutter + 2)
    for style, label, text in (*_losses(finding), *_remarks(finding)):
        hanging = margin + " " * (len(label) + 4)
        room = max(context.width - len(hanging), _LEAST_ROOM)
        first, *more = textwrap.wrap(visible(text), room, break_long_words=False, break_on_hyphens=False)
        yield f"{margin}{paint.raw('rail', '=')} {paint(style, label)}: {first}"
        yield from (hanging + line for line in more)


def headline(where: str, code: tuple[str, str], message: str, context: RenderContext) -> Iterator[str]:
    """`where: CODE message`, wrapped at words: `where` is painted already, `code` is a style and a text."""
    paint = Paint(context)
    style, word = code
    lead = len(uncoloured(where)) + len(word) + 3
    room = max(min(context.width, HEADLINE), _LEAST_ROOM)
    first, *more = textwrap.wrap(
        visible(message), room, initial_indent="x" * lead, subsequent_indent=_HANGING,
        break_long_words=False, break_on_hyphens=False,
    ) or ["x" * lead]  # fmt: skip
    yield f"{where}: {paint(style, word)} {paint.raw('message', first[lead:])}".rstrip()
    for line in more:
        yield _HANGING + paint.raw("message", line.removeprefix(_HANGING))


def _losses(finding: Finding) -> Iterator[tuple[str, str, str]]:
    """The other calls that lose it."""
    losses = finding.losses[1:]
    for loss in losses[:MOST_LOSSES]:
        yield "message", "also", f"line {loss.span.start.row}: {loss.code} in {loss.function}: {loss.message}"
    if len(losses) > MOST_LOSSES:
        yield "message", "also", f"{len(losses) - MOST_LOSSES} more"


def _remarks(finding: Finding) -> Iterator[tuple[str, str, str]]:
    if finding.fix is not None:
        yield "help", "help", finding.fix.message + _HOW_TO_APPLY[finding.fix.applicability]
        if finding.fix.because and finding.fix.applicability in _NOT_SAFE:
            yield "message", "note", f"{_NOT_SAFE[finding.fix.applicability]}: {finding.fix.because}"
    elif hint := finding.advice or RULES[finding.code].hint:
        yield "help", "help", hint
    if finding.fix is None and finding.fix_refused:
        yield "message", "note", f"no automatic fix: {finding.fix_refused}"
    yield "note", "rule", f"tmpleak-lint explain {finding.code}"
