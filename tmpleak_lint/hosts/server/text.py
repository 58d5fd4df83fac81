"""Text as the protocol counts it: lines from 0, characters in the code units that were agreed on.

In: a text, and `Location`s (rows and columns from 1, in code points) or the protocol's positions. Out: the others,
and the text with an edit made. Only `\\n`, `\\r\\n` and `\\r` end a line, for the protocol as for Python; a form feed
does not (`str.splitlines` thinks otherwise). What lies beyond a line's or the text's end counts as that end.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lsprotocol import types

from tmpleak_lint.model import Edit, Location, Span
from tmpleak_lint.reading.decoding import source_lines

UTF_16 = "utf-16"
_UNIT = {"utf-8": ("utf-8", 1), UTF_16: ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
"""The protocol's name of an encoding -> Python's, and how many bytes a code unit has."""


def units(text: str, encoding: str) -> int:
    """How many code units a text has."""
    if text.isascii():
        return len(text)
    name, size = _UNIT[encoding]
    return len(text.encode(name, "surrogatepass")) // size


def column_at(line: str, character: int, encoding: str) -> int:
    """The index in a line that so many code units lead to; within a character, the place before it."""
    if line.isascii():
        return min(character, len(line))
    name, size = _UNIT[encoding]
    head = line.encode(name, "surrogatepass")[: character * size]
    return len(head.decode(name, "ignore"))


def position_of(lines: Sequence[str], location: Location, encoding: str) -> types.Position:
    """Where a location is for the protocol."""
    row = location.row - 1
    if row >= len(lines):  # a span may end in front of a line that is not there
        last = max(len(lines) - 1, 0)
        return types.Position(last, units(lines[last], encoding) if lines else 0)
    return types.Position(row, units(lines[row][: location.column - 1], encoding))


def range_of(lines: Sequence[str], span: Span, encoding: str) -> types.Range:
    """Where a span is for the protocol."""
    return types.Range(position_of(lines, span.start, encoding), position_of(lines, span.end, encoding))


def location_of(lines: Sequence[str], position: types.Position, encoding: str) -> Location:
    """Where a position of the protocol is for us."""
    if position.line >= len(lines):
        return Location(len(lines), len(lines[-1]) + 1 if lines else 1)
    column = column_at(lines[position.line], position.character, encoding)
    return Location(position.line + 1, column + 1)


def edited(text: str, where: types.Range, content: str, encoding: str) -> str:
    """The text with a range of it replaced."""
    starts = _starts(text)
    begin = _offset(text, starts, where.start, encoding)
    end = _offset(text, starts, where.end, encoding)
    return text[:begin] + content + text[max(begin, end) :]


def text_edits(lines: Sequence[str], edits: Sequence[Edit], encoding: str) -> list[types.TextEdit]:
    """Our edits as the protocol's."""
    return [types.TextEdit(range_of(lines, edit.span, encoding), edit.content) for edit in edits]


def rows_with_ends(text: str) -> list[str]:
    """The lines of a text, each with what ends it."""
    starts = _starts(text)
    rows = [text[begin:end] for begin, end in itertools.pairwise([*starts, len(text)])]
    return rows if rows[-1] else rows[:-1]


def _starts(text: str) -> list[int]:
    """The index at which each line begins."""
    starts = [0]
    at = 0
    for line in source_lines(text)[:-1]:
        at += len(line)
        at += 2 if text.startswith("\r\n", at) else 1
        starts.append(at)
    return starts


def _offset(text: str, starts: Sequence[int], position: types.Position, encoding: str) -> int:
    row: int = position.line
    if row >= len(starts):
        return len(text)
    begin = starts[row]
    end = starts[row + 1] if row + 1 < len(starts) else len(text)
    line = text[begin:end].rstrip("\r\n")
    return begin + column_at(line, position.character, encoding)
