"""Edits over a file's own text: drafting them line by line, putting them in, and where a place goes by them.

In: a `Source` and the wishes of a rewrite (indent these rows, put lines there, replace this stretch). Out: edits that
touch nothing else, the text with them, positions in it. Rows and columns count from 1, columns in code points.
Not handled: what to write; rows that begin inside a string are never indented, for that would change the string.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tmpleak_lint.fixing.source import Source
from tmpleak_lint.model import Edit, Location, Span

_CLEANING = re.compile(r"\b(?:clean|delet|remov|unlink|tidy|erase|get rid|throw away)", re.IGNORECASE)


class Overlap(Exception):
    """Two edits want the same text."""


@dataclass(slots=True)
class Draft:
    """The wishes of one rewrite, as (start offset, end offset, new text) in the order they were made."""

    source: Source
    changes: list[tuple[int, int, str]] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    renamed: list[tuple[int, int, str]] = field(default_factory=list)  # but where the text goes anyway
    dropped: set[int] = field(default_factory=set)  # rows that go, and aren't pushed in

    def copy(self) -> Draft:
        """The same wishes once more, to be gone on with in another way."""
        return Draft(
            self.source, list(self.changes), set(self.imported), list(self.renamed), set(self.dropped)
        )

    def replace(self, start: Location, end: Location, text: str) -> None:
        self.changes.append((self.source.offset(start), self.source.offset(end), text))

    def rename(self, start: Location, end: Location, text: str) -> None:
        """Call something by another name, wherever its text stays."""
        self.renamed.append((self.source.offset(start), self.source.offset(end), text))

    def drop_row(self, row: int) -> None:
        """Take a row out that others may push in."""
        self.dropped.add(row)
        self.delete_rows(row, row)

    def before_row(self, row: int, lines: Iterable[str]) -> None:
        """Put lines above a row."""
        at = self.source.row_start(row)
        self.changes.append((at, at, "".join(line + self.source.newline for line in lines)))

    def before_row_once(self, row: int, line: str) -> None:
        """Put a line above a row, unless it is going to stand there already."""
        at = self.source.row_start(row)
        wanted = (at, at, line + self.source.newline)
        if wanted not in self.changes:
            self.changes.append(wanted)

    def after_row(self, row: int, lines: Iterable[str]) -> None:
        """Put lines below a row, which may be the last and lack its end."""
        source = self.source
        text = source.newline.join(lines)
        if row >= source.last_row and not source.ends_with_newline:
            at = len(source.text)
            self.changes.append((at, at, source.newline + text))
        else:
            at = source.row_start(row + 1)
            self.changes.append((at, at, text + source.newline))

    def delete_rows(self, first: int, last: int) -> None:
        """Take rows out, and the blank rows above them where blank rows, or the end of the block, follow."""
        source = self.source
        after = source.line(last + 1) if last < source.last_row else ""
        deeper = _blanks(source.line(first))
        if not after.strip() or _blanks(after) < deeper:
            while first > 1 and not source.line(first - 1).strip():
                first -= 1
        self.changes.append((self.source.row_start(first), self.source.row_start(last + 1), ""))

    def comments_above(self, row: int) -> list[str]:
        """The comment rows right above a row at its own depth, without their blanks."""
        source = self.source
        depth = _blanks(source.line(row))
        found: list[str] = []
        while row > 1:
            line = source.line(row - 1)
            if (
                not line.strip(" \t").startswith("#")
                or _blanks(line) != depth
                or row - 1 in source.rows_within_strings
            ):
                break
            found.insert(0, line.strip(" \t"))
            row -= 1
        return found

    def delete_with_comments(self, first: int, last: int) -> None:
        """Take rows out, and above them comments that speak of nothing but deleting."""
        if self.is_said_of_cleaning(first):
            first -= len(self.comments_above(first))
        self.delete_rows(first, last)

    def is_said_of_cleaning(self, row: int) -> bool:
        """Whether the comments right above a row speak of deleting."""
        return any(_CLEANING.search(comment) for comment in self.comments_above(row))

    def indent(self, first: int, last: int, unit: str, column: int) -> None:
        """Push rows in by one level. `column` (from 0) is where their statements begin."""
        source = self.source
        for row in range(first, last + 1):
            line = source.line(row)
            if row in self.dropped or row in source.rows_within_strings or not line.strip(" \t\f"):
                continue
            blank = len(line) - len(line.lstrip(" \t\f"))
            at = min(line.rfind("\f", 0, blank) + 1, blank)  # a form feed starts the indentation anew
            if line[at : at + column].strip(" \t") == "" and blank - at >= column:
                at += column
            place = source.row_start(row) + at
            self.changes.append((place, place, unit))

    def realign(self, call: Span, shift: int) -> None:
        """Keep the later rows of a call below its bracket where they stood there; the bracket moves by `shift`."""
        source = self.source
        if source.line(call.start.row).rstrip().endswith(("(", "[", "{")):
            return  # nothing stands behind the bracket that they could be below
        for row in range(call.start.row + 1, call.end.row + 1):
            line = source.line(row)
            if _blanks(line) < call.start.column or "\t" in line[: _blanks(line)]:
                return  # these rows hang below the statement, not below the bracket
        for row in range(call.start.row + 1, call.end.row + 1):
            place = source.row_start(row)
            if row in source.rows_within_strings or any(a <= place < b for a, b, _ in self.changes):
                continue
            self.changes.append((place, place + max(0, -shift), " " * max(0, shift)))

    @property
    def pushed_in(self) -> tuple[int, int]:
        """How many statements are pushed in, and how many rows these take."""
        pushed = [a for a, b, text in self.changes if a == b and text and not text.strip(" \t")]
        rows = {self.source.location(place).row for place in pushed}
        return len(rows & self.source.rows_of_statements), len(rows)

    def edits(self) -> tuple[Edit, ...]:
        """The wishes as edits in order of place, touching ones made one. Raises `Overlap`."""
        merged: list[tuple[int, int, str]] = []
        gone = [(start, end) for start, end, _ in self.changes if end > start]
        kept = [each for each in self.renamed if not any(a <= each[0] and each[1] <= b for a, b in gone)]
        for start, end, text in sorted([*self.changes, *kept], key=_place):
            if merged and start < merged[-1][1]:
                raise Overlap
            if merged and start == merged[-1][1]:
                first, _, before = merged[-1]
                merged[-1] = (first, end, before + text)
            else:
                merged.append((start, end, text))
        if merged and not self.source.ends_with_newline and merged[-1][1] == len(self.source.text):
            self._end_as_before(merged)
        place = self.source.location
        return tuple(Edit(text, Span(place(start), place(end))) for start, end, text in merged)

    def _end_as_before(self, merged: list[tuple[int, int, str]]) -> None:
        """Where the last row, which has no end, goes or is written anew, the new last row has none either."""
        start, end, text = merged[-1]
        newline = self.source.newline
        if text.endswith(newline):
            merged[-1] = (start, end, text.removesuffix(newline))
        elif not text and self.source.text.endswith(newline, 0, start):
            start -= len(newline)
            if len(merged) < 2 or merged[-2][1] <= start:
                merged[-1] = (start, end, text)


def _place(change: tuple[int, int, str]) -> tuple[int, int, bool, str]:
    """By place; at one place imports come first and in alphabetical order, the rest as it was wished for."""
    start, end, text = change
    imports = text.lstrip().startswith("import ")
    return start, end, not imports, text if imports else ""


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def apply(source: Source, edits: Sequence[Edit]) -> str:
    """The text with the edits in it. Raises `Overlap`."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = source.offset(edit.span.start), source.offset(edit.span.end)
        if start < done:
            raise Overlap
        parts += [source.text[done:start], edit.content]
        done = end
    return "".join([*parts, source.text[done:]])


class Moved:
    """Where the places of a text are once the edits are in it."""

    def __init__(self, source: Source, edits: Sequence[Edit]) -> None:
        self._source = source
        self._edits: list[
            tuple[int, bool, int]
        ] = []  # where one starts, whether it replaces anything, its end
        self._shifts = [0]  # by how much what stands behind so many of them has moved
        for edit in sorted(edits, key=lambda edit: edit.span):
            start, end = source.offset(edit.span.start), source.offset(edit.span.end)
            self._edits.append((start, end > start, end))
            self._shifts.append(self._shifts[-1] + len(edit.content) - (end - start))

    def __call__(self, place: Location) -> int | None:
        """The offset in the new text of a place in the old one; None when that text was replaced."""
        offset = self._source.offset(place)
        before = bisect_right(self._edits, (offset, False, offset))
        if before and self._edits[before - 1][2] > offset:
            return None
        return offset + self._shifts[before]
