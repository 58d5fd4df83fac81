"""One line of source as a terminal shows it: made safe, tabs expanded, and clipped around what matters.

In: a line and a stretch of its columns. Out: the text to print and where the stretch lies in it, in
terminal cells. A line too wide for the room is cut on either side, with an ellipsis where it was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from tmpleak_lint.logs import SIGN, command_signs
from tmpleak_lint.reporting.text import visible, width

_TAB = 4


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A printable line; the stretch takes the cells from `start` (from 0) up to, not including, `end`."""

    text: str
    start: int
    end: int


def excerpt(line: str, first: int, last: int, room: int, ellipsis: str = "…") -> Excerpt:
    """Show `line` within `room` cells so that column `first` is seen; `last` is exclusive, both from 1.

    Columns beyond the line are taken as its end. A stretch is at least one cell wide.
    """
    line = line.rstrip()
    if (
        len(line) <= room and line.isascii() and line.isprintable() and "##" not in line
    ):  # most lines: a cell for each character
        start = min(max(first - 1, 0), len(line))
        return Excerpt(line, start, max(min(max(last - 1, start), len(line)), start + 1))
    signs = _signs(line)
    edges = [0, *accumulate(width(sign) for sign in signs)]
    first_sign = min(max(first - 1, 0), len(signs))
    last_sign = min(max(last - 1, first_sign), len(signs))
    if edges[-1] <= room:
        return Excerpt("".join(signs), edges[first_sign], max(edges[last_sign], edges[first_sign] + 1))
    low, high = _window(edges, first_sign, last_sign, room - 2 * len(ellipsis))
    before = ellipsis if low else ""
    after = ellipsis if high < len(signs) else ""
    start = edges[first_sign] - edges[low] + len(before)
    end = edges[min(last_sign, high)] - edges[low] + len(before)
    return Excerpt(f"{before}{''.join(signs[low:high])}{after}", start, max(end, start + 1))


def _signs(line: str) -> list[str]:
    """Return what is printed for every code point of the line."""
    signs: list[str] = []
    cell = 0
    commands = command_signs(line)
    for place, character in enumerate(line):
        sign = SIGN if place in commands else visible(character)
        if character == "\t":
            sign = " " * (_TAB - cell % _TAB)
        cell += width(sign)
        signs.append(sign)
    return signs


def _window(edges: list[int], first: int, last: int, room: int) -> tuple[int, int]:
    """Return which signs are shown: the stretch, or its beginning, with a third of the room before it."""
    spare = max(room - (edges[last] - edges[first]), room // 3)
    lead = min(spare // 2, room // 3)
    left = max(0, min(edges[first] - lead, edges[-1] - room))
    low = next(index for index, edge in enumerate(edges) if edge >= left)
    high = max(index for index, edge in enumerate(edges) if edge - edges[low] <= room)
    return low, max(high, low + 1)
