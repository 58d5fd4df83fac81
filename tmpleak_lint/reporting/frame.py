"""Draws the path of a finding on its source: a rail down the left joins creation, risk and loss.

In: the steps of one finding, which may go back up (a loop) or into other files. Out: lines to print.

      3 │ ╭── path = make_temp()
        │ │          ^^^^^^^^^^^ created here
      4 │ ├─▶ process(path)
        │ │   ^^^^^^^^^^^^^ can raise
        │ ╰─▶ left behind: the deletion is skipped
      5 │     os.remove(path)

Steps are drawn in the order in which they happen. Where that order goes up or into another file, a new
stretch begins under a `--> file:row:column` line, and the rail goes on.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import ClassVar

from tmpleak_lint.model import Event, Location, Span, Step
from tmpleak_lint.reporting import RenderContext
from tmpleak_lint.reporting.excerpt import Excerpt, excerpt
from tmpleak_lint.reporting.paint import Paint, place
from tmpleak_lint.reporting.text import visible, width
from tmpleak_lint.suppression.rows import rows_of

_STYLES = {
    Event.CREATED: ("created", "^"),
    Event.ALIASED: ("calm", "-"),
    Event.RISKY: ("risky", "^"),
    Event.LEAVES: ("risky", "^"),
    Event.RELEASED: ("calm", "-"),
    Event.HANDED_OVER: ("calm", "-"),
    Event.LEFT_BEHIND: ("left", "^"),
    Event.LOST_TOO: ("risky", "^"),
}
_ASCII = str.maketrans({"│": "|", "╭": ",", "├": "|", "╰": "`", "─": "-", "▶": ">"})
_LINES_AFTER = 2
_FARTHEST_DEF = 1000
_LEAST_ROOM = 30
_LEAST_INDENT = 8  # words too long for the room move left up to here before they are wrapped


@dataclass(frozen=True, slots=True)
class _Rail:
    """A piece of the line down the left, in the style of the step that it comes from."""

    drawing: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class _Stop:
    """One step as it is drawn: `rail` stands beside it, `below` beside what follows until the next."""

    step: Step
    rail: _Rail
    below: _Rail


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Steps of one file in rows that don't go up."""

    stops: tuple[_Stop, ...]
    lines: tuple[str, ...]
    is_last: bool


class Frame:
    """Draws the frames of one finding. `gutter` is the width of the row numbers of all of them."""

    __slots__ = ("_context", "_paint", "_room", "gutter")
    lines_between: ClassVar[int] = 3  # so many between two steps are shown, more are skipped

    def __init__(self, context: RenderContext, paint: Paint, steps: Sequence[Step]) -> None:
        self._context = context
        self._paint = paint
        last_row = max((step.span.start.row for step in steps), default=0) + _LINES_AFTER
        self.gutter = max(len(str(last_row)), 3)
        rail = 4 if len(steps) > 1 else 0
        self._room = max(context.width - self.gutter - 4 - rail, _LEAST_ROOM)

    def draw(self, steps: Sequence[Step], header: tuple[str, int | None, int]) -> Iterator[str]:
        """Yield the lines of the drawing; none when no source can be read and there is one step.

        The place of the first stretch is left out where it begins at the file, cell and row of `header`.
        """
        stretches = _stretches(steps, self._context)
        if len(steps) < 2 and not any(stretch.lines for stretch in stretches):
            return
        rail = _Rail("    " if len(steps) > 1 else "")
        seen: set[tuple[str, int | None, int]] = set()
        for stretch in stretches:
            first = stretch.stops[0].step
            if stretch is not stretches[0] or (first.filename, first.cell, first.span.start.row) != header:
                yield self._arrow(first)
            yield self._bare(rail)
            yield from self._stretch(stretch, rail, seen)
            rail = stretch.stops[-1].below
            if not stretch.is_last:
                yield self._bare(rail)

    def close(self) -> str:
        """Return the line that closes the drawing."""
        return self._bare(_Rail(""))

    # Pieces of a line

    def _sign(self, drawing: str) -> str:
        return drawing if self._context.unicode else drawing.translate(_ASCII)

    def _margin(self, number: str) -> str:
        return self._paint.raw("rail", f" {number:>{self.gutter}} {self._sign('│')}")

    def _bare(self, rail: _Rail) -> str:
        return self._joined("", rail, "")

    def _joined(self, number: str, rail: _Rail, code: str) -> str:
        """Return a line of row number, rail and painted code, without blanks at its end."""
        drawing = self._sign(rail.drawing) if code else self._sign(rail.drawing).rstrip()
        blank = " " if drawing or code else ""
        return f"{self._margin(number)}{blank}{self._paint.raw(rail.style, drawing)}{code}"

    def _arrow(self, step: Step) -> str:
        arrow = self._paint.raw("rail", "-->")
        return f" {' ' * self.gutter}{arrow} {place(step, self._context, self._paint)}"

    # Rows

    def _stretch(
        self, stretch: _Stretch, rail: _Rail, seen: set[tuple[str, int | None, int]]
    ) -> Iterator[str]:
        """Yield the rows of a stretch; each `def` that a step is in comes with it, unless it is in `seen`."""
        lines, previous = stretch.lines, None
        for row, group in groupby(stretch.stops, key=lambda stop: stop.step.span.start.row):
            here = tuple(group)
            head = _def_row(lines, row)
            key = (here[0].step.filename, here[0].step.cell, head or 0)
            if head is not None and key not in seen and (previous is None or previous < head):
                if previous is not None:
                    yield from self._between(previous, head, lines, rail)
                yield self._row(str(head), _line(lines, head), rail)
                previous = head
            seen.add(key)
            if previous is not None:
                yield from self._between(previous, row, lines, rail)
            yield from self._stops(here, row, lines, rail)
            rail, previous = here[-1].below, row
        if stretch.is_last and previous is not None:
            for passed in _rows_after(previous, stretch):
                yield self._row(str(passed), _line(lines, passed), rail)

    def _between(self, above: int, row: int, lines: Sequence[str], rail: _Rail) -> Iterator[str]:
        passed = range(above + 1, row)
        if len(passed) > self.lines_between:
            yield self._row("...", "", rail)
            return
        for number in passed:
            yield self._row(str(number), _line(lines, number), rail)

    def _row(self, number: str, line: str, rail: _Rail) -> str:
        shown = excerpt(line, 1, 1, self._room, self._ellipsis).text
        return self._joined(number, rail, self._paint.raw("note", shown))

    def _stops(self, stops: Sequence[_Stop], row: int, lines: Sequence[str], passing: _Rail) -> Iterator[str]:
        line = _line(lines, row)
        shown = [self._excerpt(stop.step.span, line) for stop in stops]
        # what happens behind the line, as the end of the function, is told under it
        starts_here = not _is_behind(stops[0].step)
        yield self._joined(str(row), stops[0].rail if starts_here else passing, shown[0].text)
        for index, (stop, where) in enumerate(zip(stops, shown, strict=True)):
            repeated = index > 0 and stops[index - 1].step.span == stop.step.span
            if _is_behind(stop.step):
                start = len(where.text) - len(where.text.lstrip())
                repeated, where = True, Excerpt(where.text, start, start)
            elif index and where.text != shown[index - 1].text:
                yield self._joined("", stops[index - 1].below, where.text)
            beside = stop.below if index == 0 and starts_here else stop.rail
            yield from self._label(stop, where, beside, repeated)

    def _label(self, stop: _Stop, where: Excerpt, beside: _Rail, repeated: bool) -> Iterator[str]:
        """Yield the underline and the words of one step, on one line if they fit."""
        style, sign = _STYLES[stop.step.event]
        words = visible(stop.step.message)
        underline = "" if repeated else sign * (where.end - where.start)
        taken = where.start + len(underline) + (1 if underline else 0)
        if taken + width(words) <= self._room or not words:
            yield self._labelled(beside, style, where.start, f"{underline} {words}".strip())
            return
        if underline:
            yield self._labelled(beside, style, where.start, underline)
            beside = stop.below
        start = min(where.start, max(self._room - width(words), min(where.start, _LEAST_INDENT)))
        for wrapped in textwrap.wrap(words, max(self._room - start, 20), break_on_hyphens=False):
            yield self._labelled(beside, style, start, wrapped)
            beside = stop.below

    def _labelled(self, beside: _Rail, style: str, start: int, text: str) -> str:
        return self._joined("", beside, " " * start + self._paint.raw(style, text))

    @property
    def _ellipsis(self) -> str:
        return "…" if self._context.unicode else "..."

    def _excerpt(self, span: Span, line: str) -> Excerpt:
        last = span.end.column if span.end.row == span.start.row else len(line.rstrip()) + 1
        return excerpt(line, span.start.column, last, self._room, self._ellipsis)


def _stretches(steps: Sequence[Step], context: RenderContext) -> list[_Stretch]:
    parts: list[list[Step]] = []
    for step in steps:
        if parts and _follows(step, parts[-1][-1]):
            parts[-1].append(step)
        else:
            parts.append([step])
    stretches = []
    number = 0
    for part in parts:
        stops = []
        for step in part:
            stops.append(_stop(step, number, len(steps)))
            number += 1
        text = context.source(part[0].filename, part[0].cell)
        lines = () if text is None else rows_of(text)
        stretches.append(_Stretch(tuple(stops), lines, part is parts[-1]))
    return stretches


def _follows(step: Step, before: Step) -> bool:
    same_text = (step.filename, step.cell) == (before.filename, before.cell)
    return same_text and step.span.start.row >= before.span.start.row


def _stop(step: Step, number: int, count: int) -> _Stop:
    style = _STYLES[step.event][0]
    if count == 1:
        return _Stop(step, _Rail(""), _Rail(""))
    if number == count - 1:
        return _Stop(step, _Rail("╰─▶ ", style), _Rail("    "))
    return _Stop(step, _Rail("├─▶ " if number else "╭── ", style), _Rail("│   ", style))


def _is_behind(step: Step) -> bool:
    return step.span.start == step.span.end and step.event is Event.LEFT_BEHIND


def _line(lines: Sequence[str], row: int) -> str:
    return lines[row - 1].rstrip() if 0 < row <= len(lines) else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _def_row(lines: Sequence[str], row: int) -> int | None:
    """Return the row of the `def` around a row, by its indentation; None where it isn't clear."""
    limit = _indent(_line(lines, row))
    for above in range(min(row - 1, len(lines)), max(row - _FARTHEST_DEF, 0), -1):
        line = lines[above - 1]
        code = line.lstrip()
        if not code or code[0] in "#)]}" or len(line) - len(code) >= limit:
            continue
        if code.startswith(("def ", "async def ")):
            return above
        limit = len(line) - len(code)
    return None


def _rows_after(row: int, stretch: _Stretch) -> range:
    """Return the rows of context after the last step: the same paragraph, not left of the steps."""
    shown = [_line(stretch.lines, stop.step.span.start.row) for stop in stretch.stops]
    indent = min((_indent(line) for line in shown if line.strip()), default=0)
    last = row
    while last - row < _LINES_AFTER:
        line = _line(stretch.lines, last + 1)
        if not line.strip() or _indent(line) < indent:
            break
        last += 1
    return range(row + 1, last + 1)


def without_steps(filename: str, span: Span, cell: int | None) -> Step:
    """Return a step that only points at the place of a finding that has no path."""
    if span.end <= span.start:
        span = replace(span, end=Location(span.start.row, span.start.column + 1))
    return Step(filename, span, Event.LEFT_BEHIND, "", cell)
