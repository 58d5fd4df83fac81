"""Plays two runs in a terminal, side by side: the code as written, and beside it another cleanup.

In: cases, settings, two strategies, a text stream, keys. Out: frames drawn over each other with real files being made
and removed meanwhile; under 90 columns the two stand one above the other. Space pauses, the right arrow steps, q ends.
Once the first is full it skips ahead, for nothing new happens then. Only for a terminal: a pipe gets the table alone.
Text of strangers is made visible first, so that no character of theirs moves the cursor. Not handled: terminals
narrower than 40 columns or without ANSI.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import TextIO

from tmpleak_lint.simulation.compare import Case, play, programs_under, under
from tmpleak_lint.simulation.engine import Frame, Hold, Settings
from tmpleak_lint.simulation.keys import Key, Keys
from tmpleak_lint.simulation.program import Program, Resource
from tmpleak_lint.simulation.scratch import scratch
from tmpleak_lint.simulation.strategies import Strategy
from tmpleak_lint.simulation.telling import Teller
from tmpleak_lint.simulation.text import cut, visible, width

_HIDE, _SHOW, _CLEAR_BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[J"
_COLORS = {"dim": "2", "bold": "1", "used": "34", "orphan": "97;41", "served": "32", "failed": "33",
           "rejected": "35", "delivered": "36", "here": "1;34", "raises": "1;31"}  # fmt: skip
_HOLDS = {Hold.USED: "in use", Hold.ORPHAN: "ORPHAN", Hold.DELIVERED: "handed"}
SIDE_BY_SIDE = 90  # columns from which the two stand beside each other
_GAP = 3
_CELL = 12
_MOST_SOURCE, _LEAST_SOURCE = 14, 4
_LINGERING = 8  # ticks that a full directory is looked at before it skips ahead
_SLOW, _SLOW_TICKS = 0.6, 3  # seconds for each of the first ticks after the first orphan

Row = Sequence[tuple[str, str]]  # pieces of a line, each with its colour's name or none
Paint = Callable[[str, str], str]


def animate(
    cases: Sequence[Case],
    settings: Settings,
    strategies: Sequence[Strategy],
    stream: TextIO,
    keyboard: Keys,
    ticks_a_second: float,
    size: tuple[int, int],
    color: bool,
) -> None:
    """Draw the runs of one or two strategies frame by frame on a terminal of `size` (columns, rows)."""
    screen = Screen(cases, settings, strategies, size, color, keyboard.listening)
    height = 0

    def show(lines: list[str]) -> None:
        nonlocal height
        stream.write((f"\x1b[{height}A\r" if height else "") + "\x1b[K\n".join([*lines, ""]) + _CLEAR_BELOW)
        stream.flush()
        height = len(lines)

    with _without_cursor(stream), scratch(settings.file_size) as one, scratch(settings.file_size) as two:
        places = (one, two)
        runs = [
            play(cases, settings, strategy, place)
            for strategy, place in zip(strategies, places, strict=False)
        ]
        paused = False
        lines: list[str] = []
        for frames in _together(runs):
            screen.take(frames)
            lines = screen.draw()
            if screen.is_over_soon:
                continue
            show(lines)
            paused, go_on = _wait(keyboard, paused, screen.pause(1 / ticks_a_second))
            if not go_on:
                break
        show(lines)
        stream.write("\n")


def _wait(keyboard: Keys, paused: bool, seconds: float) -> tuple[bool, bool]:
    """Wait for the time of the next frame; the answers say whether it is paused then, and whether to go on at all."""
    while True:
        key = keyboard.wait(None if paused else seconds)
        if key is Key.END:
            return paused, False
        if key is Key.STEP:
            return True, True
        if key is Key.PAUSE:
            paused = not paused
        if key is Key.PAUSE and paused:
            continue
        if not paused:
            return False, True


def _together(runs: Sequence[Iterator[Frame]]) -> Iterator[list[Frame]]:
    """The frames of several runs tick by tick; one that has ended stands still."""
    last: list[Frame] = []
    for frames in zip_longest(*runs):
        last = [frame or last[number] for number, frame in enumerate(frames)]
        yield last


class Screen:
    """Frames as lines of text, none wider than the terminal, as many in each frame."""

    def __init__(
        self,
        cases: Sequence[Case],
        settings: Settings,
        strategies: Sequence[Strategy],
        size: tuple[int, int],
        color: bool,
        keyboard: bool = False,
    ) -> None:
        self._settings = settings
        self._paint = _painter(color)
        self._width = max(39, size[0] - 1)
        self._keyboard = keyboard
        self._beside = len(strategies) > 1 and size[0] >= SIDE_BY_SIDE
        each = (self._width - _GAP) // 2 if self._beside else self._width
        fixed = 5 if self._beside or len(strategies) == 1 else 6
        self._halves = [
            Half(
                programs_under(cases, strategy),
                under(settings, strategy),
                strategy.title,
                each,
                not self._beside,
            )
            for strategy in strategies
        ]
        room = size[1] - 1 - fixed
        heights = [half.height_but_source for half in self._halves]
        room -= max(heights) if self._beside else sum(heights)
        share = room if self._beside else room // len(self._halves)
        for half in self._halves:
            half.source_rows = max(_LEAST_SOURCE, min(_MOST_SOURCE, share, half.longest_source))
        if self._beside:
            most = max(half.source_rows for half in self._halves)
            for half in self._halves:
                half.source_rows = most
        self._rows = size[1]
        self._frames: list[Frame] = []

    def take(self, frames: Sequence[Frame]) -> None:
        """The next tick."""
        self._frames = list(frames)
        for half, frame in zip(self._halves, frames, strict=True):
            half.teller.watch(frame)

    @property
    def is_over_soon(self) -> bool:
        """Has the first been full for long enough to have been seen?"""
        full = self._halves[0].teller.full
        return full is not None and self._frames[0].tick > full + _LINGERING

    def pause(self, usual: float) -> float:
        """Seconds until the next frame: longer right after the first orphan."""
        first = self._halves[0].teller.first_orphan
        slowly = first is not None and self._frames[0].tick < first + _SLOW_TICKS
        return max(usual, _SLOW) if slowly and usual > 0.01 else usual

    def draw(self) -> list[str]:
        """The lines of the last tick."""
        blocks = [half.draw(frame) for half, frame in zip(self._halves, self._frames, strict=True)]
        lines = [self._fit(self._head(), self._width)]
        if self._beside:
            each = (self._width - _GAP) // 2
            for left, right in zip(*blocks, strict=True):
                lines.append(self._fit(left, each, pad=True) + " " * _GAP + self._fit(right, each))
        else:
            for number, block in enumerate(blocks):
                lines += ([""] if number else []) + [self._fit(row, self._width) for row in block]
        told = next((half.teller.said for half in self._halves if half.teller.said), "")
        lines += ["", *self._told(told)]
        if self._keyboard:
            lines.append(
                self._fit([("dim", "space: pause or go on   \u2192: step   q: to the tables")], self._width)
            )
        return lines[: self._rows - 1]

    def _told(self, text: str) -> list[str]:
        """What happened, in two lines."""
        name, words = ("raises", visible(text)) if text else ("dim", "Requests come in, the same to both.")
        first, *rest = [*textwrap.wrap(words, self._width)[:2], ""]
        return [self._fit([(name, first)], self._width), self._fit([(name, rest[0])], self._width)]

    def _head(self) -> Row:
        """The score: who has left how much behind."""
        requests = 1 + max(
            (lane.request for lane in self._frames[0].lanes if lane is not None),
            default=self._settings.requests - 1,
        )
        row: list[tuple[str, str]] = [
            ("bold", f"request {requests} of {self._settings.requests}, left behind:")
        ]
        for half, frame in zip(self._halves, self._frames, strict=True):
            left = frame.counts.orphans + frame.counts.descriptors
            comma = "," if half is not self._halves[-1] else ""
            row += [
                ("", f" {half.title.partition(' (')[0]} "),
                ("raises" if left else "served", str(left)),
                ("", comma),
            ]
        return row

    def _fit(self, row: Row, cells: int, pad: bool = False) -> str:
        """The pieces in colour, cut to so many cells of the terminal, filled up with blanks if asked."""
        parts = []
        for name, text in row:
            kept = cut(text, cells)
            cells -= width(kept)
            parts.append(self._paint(name, kept) if name and kept else kept)
        return "".join(parts) + " " * (cells * pad)


class Half:
    """One run: what it is called, how its requests fare, the slots, the code; `dense` with no row to spare."""

    def __init__(
        self, programs: Sequence[Program], settings: Settings, title: str, cells: int, dense: bool
    ) -> None:
        self._programs = programs
        self._settings = settings
        self.title = title
        self.teller = Teller(programs, settings.slots)
        self.source_rows = _LEAST_SOURCE
        self._dense = dense
        self.longest_source = max(len(program.source) for program in programs)
        self._kinds = sorted({program.resource is Resource.DESCRIPTOR for program in programs})
        self._cells_a_row = max(1, min(6, cells // (_CELL + 1)))
        self._slot_rows = min(
            4, -(-settings.slots // self._cells_a_row)
        )  # beyond four rows only the count is shown

    @property
    def height_but_source(self) -> int:
        return (1 if self._dense else 3) + len(self._kinds) * (1 + self._slot_rows)

    def draw(self, frame: Frame) -> list[Row]:
        """The rows of one frame."""
        counts = frame.counts
        left = counts.orphans + counts.descriptors
        rows: list[Row] = [
            [("bold", self.title)],
            [
                ("", f"{counts.served} served  {counts.failed} failed  "),
                ("rejected" if counts.rejected else "", f"{counts.rejected} turned away"),
                ("", "  "),
                ("raises" if left else "", f"{left} left behind"),
            ],
        ]
        for descriptors in self._kinds:
            rows += self._slots(frame, descriptors)
        if self._dense:  # the title stands before the first slots' head
            title, tally, head, *others = rows
            return [[*title, ("", ", "), *head], tally, *others, *self._source(frame)]
        return [*rows, [], *self._source(frame)]

    def _source(self, frame: Frame) -> list[Row]:
        """The function's lines around the one that is walked, each with the numbers of its lanes."""
        shown = next((lane.program for lane in frame.lanes if lane is not None), 0)
        program = self._programs[shown]
        there: dict[int, list[int]] = {}
        raising = set()
        for number, lane in enumerate(frame.lanes, 1):
            if lane is not None and lane.program == shown:
                row = program.nodes[lane.node].line
                there.setdefault(row, []).append(number)
                if lane.fault:
                    raising.add(row)
        source = [line for line in program.source if not line.text.startswith(("import ", "from "))]
        if len(source) > self.source_rows:
            walked = {node.line for node in program.nodes if node.line}
            first = next(
                (index for index, line in enumerate(source) if line.number in walked - {source[0].number}), 0
            )
            first = max(0, min(first - (self.source_rows > 5), len(source) - self.source_rows))
            source = source[first : first + self.source_rows]
        rows: list[Row] = []
        for line in source:
            lanes = "".join(str(number) for number in there.get(line.number, []))
            color = "raises" if line.number in raising else "here" if lanes else "dim"
            rows.append([(color, f"{lanes:>4} {line.number:>4}  {visible(line.text)}")])
        return [*rows, *([()] * (self.source_rows - len(rows)))]

    def _slots(self, frame: Frame, descriptors: bool) -> list[Row]:
        held = {s.place: s for s in frame.slots if (s.resource is Resource.DESCRIPTOR) == descriptors}
        full = len(held) == self._settings.slots
        name = "open descriptors" if descriptors else "/tmp"
        rows: list[Row] = [
            [
                (
                    "raises" if full else "",
                    f"{name}: {len(held)} of {self._settings.slots}{' FULL' if full else ''}",
                )
            ]
        ]
        for start in range(0, self._slot_rows * self._cells_a_row, self._cells_a_row):
            row: list[tuple[str, str]] = []
            for place in range(start, min(start + self._cells_a_row, self._settings.slots)):
                slot = held.get(place)
                if slot is None:
                    row.append(("dim", "[" + " " * (_CELL - 2) + "]"))
                else:
                    text = f"[{slot.request + 1} {_HOLDS[slot.hold]}"[: _CELL - 1].ljust(_CELL - 1) + "]"
                    row.append((slot.hold.value, text))
                row.append(("", " "))
            rows.append(row)
        return rows


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
