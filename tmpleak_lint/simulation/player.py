"""Plays a run in a terminal: the code with the line that each lane is on, the slots, the lanes, the counts.

In: cases, settings, a strategy, a text stream. Out: frames drawn over each other with real files being made
and removed meanwhile. Only for a terminal: a pipe gets the table alone. Text of strangers is made visible
first, so that no character of theirs moves the cursor. Not handled: terminals narrower than 40 columns or
without ANSI.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from tmpleak_lint.simulation.compare import Case, play, programs_under, under
from tmpleak_lint.simulation.engine import End, Frame, Hold, Lane, Settings
from tmpleak_lint.simulation.program import EXITS, Program, Resource
from tmpleak_lint.simulation.scratch import scratch
from tmpleak_lint.simulation.strategies import Strategy
from tmpleak_lint.simulation.text import cut, visible

_HIDE, _SHOW, _CLEAR_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"
_COLORS = {"dim": "2", "bold": "1", "used": "34", "orphan": "97;41", "served": "32", "failed": "33",
           "rejected": "35", "delivered": "36", "here": "1;34", "raises": "1;31"}  # fmt: skip
_HOLDS = {Hold.USED: "in use", Hold.ORPHAN: "ORPHAN", Hold.DELIVERED: "handed"}
_ENDS = {End.SERVED: "served", End.FAILED: "FAILED", End.REJECTED: "REJECTED"}
_SLOTS_A_ROW = 6
_CELL = 12
_SOURCE_ROWS = 14

Paint = Callable[[str, str], str]


def animate(
    cases: Sequence[Case],
    settings: Settings,
    strategy: Strategy,
    stream: TextIO,
    ticks_a_second: float,
    size: tuple[int, int],
    color: bool,
) -> None:
    """Draw the run of `strategy` frame by frame on a terminal of `size` (columns, rows)."""
    programs = programs_under(cases, strategy)
    screen = Screen(programs, under(settings, strategy), strategy.title, size, color)
    with _without_cursor(stream), scratch(settings.file_size) as place:
        height = 0
        for frame in play(cases, settings, strategy, place):
            lines = screen.draw(frame)
            stream.write(
                (f"\x1b[{height}A\r" if height else "") + "\x1b[K\n".join([*lines, ""]) + _CLEAR_BELOW
            )
            stream.flush()
            height = len(lines)
            time.sleep(1 / ticks_a_second)
        stream.write("\n")


class Screen:
    """Frames as lines of text, none wider than the terminal."""

    def __init__(
        self, programs: Sequence[Program], settings: Settings, title: str, size: tuple[int, int], color: bool
    ) -> None:
        self._programs = programs
        self._settings = settings
        self._title = title
        self._width = max(39, size[0] - 1)
        self._rows = size[1]
        self._paint = _painter(color)

    def draw(self, frame: Frame) -> list[str]:
        """The lines of one frame; as many as in every other frame of the run."""
        shown = next((lane.program for lane in frame.lanes if lane is not None), 0)
        head = f"{self._title}, tick {frame.tick}"
        lines = [self._paint("bold", cut(head, self._width)), *self._source(frame, shown), ""]
        resources = {program.resource is Resource.DESCRIPTOR for program in self._programs}
        for descriptors in sorted(resources):
            lines += self._slots(frame, descriptors)
        lines += ["", *(self._lane(number, lane) for number, lane in enumerate(frame.lanes, 1)), ""]
        counts = frame.counts
        left = counts.orphans + counts.descriptors
        orphans = f"{left} orphan{'' if left == 1 else 's'}"
        said = f"{counts.served} served, {counts.failed} failed, {counts.rejected} rejected, {orphans}"
        lines.append(cut(said, self._width))
        return lines[: self._rows - 1]

    def _source(self, frame: Frame, shown: int) -> list[str]:
        """The function's lines around the one that is walked, each with the numbers of its lanes."""
        program = self._programs[shown]
        there: dict[int, list[int]] = {}
        raising = set()
        for number, lane in enumerate(frame.lanes, 1):
            if lane is not None and lane.program == shown:
                row = program.nodes[lane.node].line
                there.setdefault(row, []).append(number)
                if lane.fault:
                    raising.add(row)
        source = program.source
        if len(source) > _SOURCE_ROWS:
            busy = [index for index, line in enumerate(source) if line.number in there]
            first = max(0, min((busy[0] if busy else 0) - 3, len(source) - _SOURCE_ROWS))
            source = source[first : first + _SOURCE_ROWS]
        lines = []
        for line in source:
            lanes = "".join(str(number) for number in there.get(line.number, []))
            text = cut(f"{lanes:>8} {line.number:>5}  {visible(line.text)}", self._width)
            color = "raises" if line.number in raising else "here" if lanes else "dim"
            lines.append(self._paint(color, text))
        return lines

    def _slots(self, frame: Frame, descriptors: bool) -> list[str]:
        held = {s.place: s for s in frame.slots if (s.resource is Resource.DESCRIPTOR) == descriptors}
        name = "open descriptors" if descriptors else "/tmp"
        lines = [f"{name}: {len(held)} of {self._settings.slots}"]
        a_row = max(1, min(_SLOTS_A_ROW, self._width // (_CELL + 1)))
        most = a_row * 4  # beyond four rows only the count is shown
        for start in range(0, min(self._settings.slots, most), a_row):
            cells = []
            for place in range(start, min(start + a_row, self._settings.slots)):
                slot = held.get(place)
                if slot is None:
                    cells.append(self._paint("dim", "[" + " " * (_CELL - 2) + "]"))
                else:
                    text = f"[{slot.request + 1} {_HOLDS[slot.hold]}"[: _CELL - 1].ljust(_CELL - 1) + "]"
                    cells.append(self._paint(slot.hold.value, text))
            lines.append(" ".join(cells))
        return lines

    def _lane(self, number: int, lane: Lane | None) -> str:
        if lane is None:
            return self._paint("dim", f"{number}  idle")
        node = self._programs[lane.program].nodes[lane.node]
        label = "leaves" if node.kind in EXITS else visible(node.label)
        if lane.fault:
            label = f"raises: {label}"
        end = "" if lane.end is None else _ENDS[lane.end]
        text = cut(f"{number}  request {lane.request + 1:<5} {label}", self._width - 10)
        if lane.fault:
            return self._paint("raises", text)
        return f"{text}  {self._paint(lane.end.value, end)}" if lane.end is not None else text


def _painter(color: bool) -> Paint:
    if not color:
        return lambda name, text: text
    return lambda name, text: f"\x1b[{_COLORS[name]}m{text}\x1b[0m"


@contextmanager
def _without_cursor(stream: TextIO) -> Iterator[None]:
    stream.write(_HIDE)
    try:
        yield
    finally:
        stream.write(_SHOW)
        stream.flush()
