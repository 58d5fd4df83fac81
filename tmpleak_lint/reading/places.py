"""Where the nodes of `ast` stand in a text, in the terms of our spans, and what `ast` doesn't say of that.

Comes in: a text, and where libcst's nodes made of it stand, in the terms of `ast` or as offsets. Goes out: a `Span` for
each of them that somebody asks for. To libcst the parentheses around an expression aren't part of it, nor those of a
tuple or a generator expression: where they end is looked up in the text.
"""

from __future__ import annotations

import ast
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import libcst as cst

from tmpleak_lint.model import Location, Span

# Where something stands: as a node of `ast` says, by rows and bytes like there, or by offsets in the text.
Bytes = tuple[int, int]
Place = ast.AST | tuple[int, int, int, int] | Bytes

# Both are frozen, and made by the thousand: by their slots they are in half of the time.
_new = object.__new__
_set_row, _set_column = (getattr(Location, name).__set__ for name in ("row", "column"))
_set_start, _set_end = (getattr(Span, name).__set__ for name in ("start", "end"))


def _location(row: int, column: int) -> Location:
    made = _new(Location)
    _set_row(made, row)
    _set_column(made, column)
    return made


def _span(start: Location, end: Location) -> Span:
    made = _new(Span)
    _set_start(made, start)
    _set_end(made, end)
    return made


_WIDE = re.compile(r"[^\x00-\x7f]")
_BLANKS = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")
_OPENING = re.compile(r"\((?:[ \t\f\n]|\\\n|#[^\n]*)*")
_CLOSING = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*([),])")


class Unlike(Exception):
    """This is for libcst to read."""


class Places:
    """Where the nodes stand that are made of one text."""

    def __init__(self, text: str, row_offset: int) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._row_offset = row_offset
        self._is_ascii = text.isascii()
        self._found: dict[int, Place] = {}
        self._spans: dict[int, Span] = {}
        self._locations: dict[tuple[int, int], Location] = {}
        self._kept: list[cst.Module] = []  # as long as ids of their nodes are keys
        self._starts: list[int] | None = None
        self._wide: dict[int, tuple[array[int], array[int]]] = {}

    # -- positions --------------------------------------------------------------------------------

    def span_of(self, node: cst.CSTNode) -> Span:
        """Rows and columns from 1, in code points, the end exclusive. Raises KeyError for what nobody asks for."""
        key = id(node)
        span = self._spans.get(key)
        if span is None:
            at: Any = self._found[key]
            if at.__class__ is not tuple:
                if self._is_ascii:  # so it is nearly everywhere, of every node that is asked for
                    row = self._row_offset
                    start = _location(at.lineno + row, at.col_offset + 1)
                    end = _location(at.end_lineno + row, at.end_col_offset + 1)
                else:
                    start = self._location(at.lineno, at.col_offset)
                    end = self._location(at.end_lineno, at.end_col_offset)
            elif len(at) == 4:
                start, end = self._location(at[0], at[1]), self._location(at[2], at[3])
            else:
                start, end = self._location_of(at[0]), self._location_of(at[1])
            span = self._spans[key] = _span(start, end)
        return span

    def _location(self, row: int, offset: int) -> Location:
        known = self._locations.get((row, offset))
        if known is None:
            column = self._column(row, offset) + 1
            known = self._locations[row, offset] = Location(row + self._row_offset, column)
        return known

    def _location_of(self, at: int) -> Location:
        starts = self._row_starts()
        row = bisect_right(starts, at)
        return Location(row + self._row_offset, at - starts[row - 1] + 1)

    def _column(self, row: int, offset: int) -> int:
        """The code points in front of so many bytes of a row."""
        if self._is_ascii or (line := self._lines[row - 1]).isascii():
            return offset
        known = self._wide.get(row)
        if known is None:
            known = self._wide[row] = _bytes_beyond(line)
        at, beyond = known
        before = bisect_left(at, offset)
        return offset - beyond[before - 1] if before else offset

    def _row_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0]
            for line in self._lines:
                self._starts.append(self._starts[-1] + len(line) + 1)
        return self._starts

    def _at(self, row: int, offset: int) -> int:
        """The offset in the text of so many bytes in a row."""
        return self._row_starts()[row - 1] + self._column(row, offset)

    def _start(self, node: Any) -> int:
        return self._at(node.lineno, node.col_offset)

    def _end(self, node: Any) -> int:
        return self._at(node.end_lineno, node.end_col_offset)

    def _behind_blanks(self, at: int) -> int:
        blanks = _BLANKS.match(self._text, at)
        return at if blanks is None else blanks.end()

    def _ends_between(self, start: int, end: int) -> int:
        """Where the last bracket or comma in front of the one at the `end` ends, `start` where there is none."""
        last = start
        while (token := _CLOSING.match(self._text, last)) is not None and token.end() < end:
            last = token.end()
        if token is None or token.end() != end:
            raise Unlike
        return last

    def _between_parentheses(self, node: ast.AST, elements: Sequence[ast.AST]) -> Bytes:
        """Where what stands in a node's own parentheses begins and ends."""
        start = end = self._behind_blanks(self._start(node) + 1)
        if elements:
            end = self._ends_between(self._end(elements[-1]), self._end(node))
        return start, end

    def _has_own_parentheses(self, node: ast.AST, elements: Sequence[ast.AST]) -> bool:
        """Whether the bracket that a tuple, or a sequence of patterns, begins with is a parenthesis of its own and not
        its first element's."""
        at = self._start(node)
        if self._text[at] != "(" or not elements:
            return self._text[at] == "("
        opened, first = 0, self._start(elements[0])
        while at < first and (token := _OPENING.match(self._text, at)) is not None:
            opened, at = opened + 1, token.end()
        at = self._end(elements[0])
        while (token := _CLOSING.match(self._text, at)) is not None and token[1] == ")":
            opened, at = opened - 1, token.end()
        return opened > 0


def _bytes_beyond(line: str) -> tuple[array[int], array[int]]:
    """The bytes that the characters of a line begin at which take several, and how many there are up to each of them
    beyond one a character. (A line may be as long as a file: it isn't encoded for each place in it.)"""
    at, beyond = array("L"), array("L")
    more = 0
    for match in _WIDE.finditer(line):
        at.append(match.start() + more)
        code = ord(match[0])
        more += 1 if code < 0x800 else 2 if code < 0x10000 else 3
        beyond.append(more)
    return at, beyond
