"""`# noqa` comments: which findings they silence, which of them silence nothing, and writing new ones.

In: the text of a file and its findings. Out: the findings split in two and the unused comments; or, for
`--add-noqa`, edits that add comments.

A comment speaks for the rows that flake8 maps it to: its own row, or every row of a string or of
backslash continuations that span rows. A finding is silenced when a comment speaks for any row of the
creating call, or, where a helper of the same file creates what a call is given, for a row of that call
or of the creation. As in flake8: `# noqa` alone, or followed by something that is no list of codes,
silences every code; a code silences all codes that begin with it; the first `# noqa` of those rows
counts; text within a string counts too. Codes may be written in either case. `# flake8: noqa` on a line
of its own silences the file, `# flake8: noqa: TML1` only those codes.

Not handled: other tools' words for the same (`# ruff: noqa`, `# nosec`, `# pylint: disable`).
"""

from __future__ import annotations

import re
import sys
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tmpleak_lint.model import Edit, Finding, Location, Span
from tmpleak_lint.suppression.rows import rows_of

_INLINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+[,\s]*)+))?", re.IGNORECASE)
_WHOLE_FILE = re.compile(
    r"\s*# flake8[:=]\s*noqa(?::\s?(?P<codes>[A-Z]{1,3}[0-9]{0,3}\b(?:[,\s]+[A-Z]{1,3}[0-9]{0,3}\b)*))?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,\s]+")
_QUOTES = ('"""', "'''")
_OURS = "TML"
_OUR_CODE = re.compile(r"\btml\b|\btml\d")
_WIDE = 50  # rows of a directive (a file's, a long string's) that is not looked up by its rows


class NoqaError(ValueError):
    """A reason that can't stand in a comment."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One `# noqa`: the rows it speaks for and its codes in upper case, None for all.

    `start` is the place of the `#`; `codes_end` that after its last code, or after the word. It
    `is_comment` unless the words stand in a string.
    """

    rows: tuple[int, int]
    codes: tuple[str, ...] | None
    start: Location
    codes_end: Location
    is_comment: bool

    def silences(self, finding: Finding) -> bool:
        """Tell whether the directive speaks for a row of the finding's call and for its code."""
        if all(self.rows[1] < first or last < self.rows[0] for first, last in finding.silenced_from):
            return False
        return self.codes is None or finding.code.startswith(self.codes)


@dataclass(frozen=True, slots=True)
class UnusedNoqa:
    """Codes of ours in a comment that silence nothing; in a notebook `location` counts within `cell`."""

    filename: str
    location: Location
    codes: tuple[str, ...]
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class NoqaSplit:
    """Findings apart: those that count, those that a comment silences; and comments without effect."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    unused: tuple[UnusedNoqa, ...]


@dataclass(frozen=True, slots=True)
class NoqaAddition:
    """Edits that silence findings, and the findings for which no comment could be placed."""

    edits: tuple[Edit, ...]
    unplaced: tuple[Finding, ...]


def split_by_noqa(findings: Sequence[Finding], text: str, filename: str) -> NoqaSplit:
    """Split `findings` by the comments of `text`.

    Pass the findings of every code, selected or not: else a comment for a code that is switched off
    looks unused.
    """
    if not _may_speak(findings, text):
        return NoqaSplit(tuple(findings), (), ())
    directives = read_directives(text)
    near = _Near(directives)
    silenced: list[set[str]] = [set() for _ in directives]
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in findings:
        silencing = [index for index in near(finding) if directives[index].silences(finding)]
        for index in silencing:
            silenced[index].add(finding.code)
        (suppressed if silencing else kept).append(finding)
    return NoqaSplit(tuple(kept), tuple(suppressed), _unused(directives, silenced, filename))


def _may_speak(findings: Sequence[Finding], text: str) -> bool:
    """Whether a comment may silence a finding, or be there for nothing: reading a file's tokens takes long."""
    lower = text.lower()
    if "noqa" not in lower:
        return False
    if _OURS.lower() in lower and _OUR_CODE.search(lower) is not None:
        return True
    if not findings:
        return False
    rows = [(row, line) for row, line in enumerate(rows_of(lower), 1) if "noqa" in line]
    may_go_on = _rows_that_may_go_on(text)
    return any(
        row in may_go_on
        or "flake8" in line
        or any(first <= row <= last for finding in findings for first, last in finding.silenced_from)
        for row, line in rows
    )


class _Near:
    """Which directives may speak for some rows: files with thousands of both are not gone through for each."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        self._wide: list[int] = []
        self._by_row: dict[int, list[int]] = {}
        for index, directive in enumerate(directives):
            first, last = directive.rows
            if last - first > _WIDE:
                self._wide.append(index)
                continue
            for row in range(first, last + 1):
                self._by_row.setdefault(row, []).append(index)

    def __call__(self, finding: Finding) -> set[int]:
        rows = {row for first, last in finding.silenced_from for row in range(first, last + 1)}
        return {*self._wide, *(index for row in rows for index in self._by_row.get(row, ()))}


def _unused(
    directives: Iterable[Directive], silenced: Iterable[set[str]], filename: str
) -> tuple[UnusedNoqa, ...]:
    unused = []
    for directive, found in zip(directives, silenced, strict=True):
        if directive.codes is None or not directive.is_comment:
            continue
        codes = tuple(
            prefix
            for prefix in directive.codes
            if prefix.startswith(_OURS) and not any(code.startswith(prefix) for code in found)
        )
        if codes:
            unused.append(UnusedNoqa(filename, directive.start, codes))
    return tuple(unused)


def read_directives(text: str) -> tuple[Directive, ...]:
    """Return every `# noqa` of a file, file-level ones first."""
    lines = rows_of(text)
    whole_file = [_file_level(found, row, lines) for row, found in _matches(_WHOLE_FILE, lines)]
    if not any(_INLINE.search(line) for line in lines):
        return tuple(whole_file)
    tokens = _read_tokens(text)
    inline = []
    for first, last in tokens.ranges:
        joined = "".join(lines[first - 1 : last])
        found = _INLINE.search(joined)
        if found is not None:
            inline.append(_directive(found, joined, (first, last), tokens.comments))
    return (*whole_file, *inline)


def noqa_row(finding: Finding, text: str) -> int:
    """Return the row on which a new comment silences `finding`, here and in flake8.

    Tokens are only read where the row may belong to a string or statement that goes on.
    """
    row = finding.span.start.row
    return _read_tokens(text).last_row(row) if row in _rows_that_may_go_on(text) else row


@lru_cache(maxsize=2)
def _rows_that_may_go_on(text: str) -> frozenset[int]:
    rows = set()
    is_open = dict.fromkeys(_QUOTES, False)
    for row, line in enumerate(rows_of(text), 1):
        counts = [line.count(quotes) for quotes in _QUOTES]
        if any(counts) or any(is_open.values()) or line.endswith("\\\n"):
            rows.add(row)
        for quotes, count in zip(_QUOTES, counts, strict=True):
            is_open[quotes] ^= count % 2 == 1
    return frozenset(rows)


def add_noqa(findings: Iterable[Finding], text: str, reason: str = "") -> NoqaAddition:
    """Return edits that put `# noqa: CODE reason` where each of `findings` needs it.

    Codes join a list that is already there, whose words after the codes stay; `reason` then isn't
    repeated. Where the edits would change more than comments (as when the text can't be read as
    tokens), nothing is edited and every finding is unplaced. So is one on whose rows a string that holds
    `# noqa` comes first. `reason` is one line of printable text.
    """
    if reason and not reason.isprintable():
        raise NoqaError("the reason for a noqa must be one line of printable text")
    pending = tuple(findings)
    if not pending:
        return NoqaAddition((), ())
    lines = rows_of(text)
    tokens = _read_tokens(text)
    by_row: dict[int, list[Finding]] = {}
    for finding in pending:
        by_row.setdefault(tokens.last_row(finding.span.start.row), []).append(finding)
    edits: list[tuple[Edit, list[Finding]]] = []
    for row, here in sorted(by_row.items()):
        codes = sorted({code for finding in here for code in finding.codes})
        edits.append((_comment_edit(lines, tokens, row, codes, reason), here))
    edited = _applied(lines, [edit for edit, _ in edits])
    if not tokens.complete or not _only_comments_differ(text, edited):
        return NoqaAddition((), pending)
    directives = read_directives(edited)
    near = _Near(directives)
    unplaced = {
        finding
        for finding in pending
        if not any(directives[index].silences(finding) for index in near(finding))
    }
    return NoqaAddition(
        tuple(edit for edit, here in edits if not unplaced.issuperset(here)),
        tuple(finding for finding in pending if finding in unplaced),
    )


# The rows of a file


@dataclass(frozen=True, slots=True)
class _Tokens:
    """`ranges`: rows that one comment speaks for; `comments`: row -> column of its comment, from 0."""

    ranges: tuple[tuple[int, int], ...]
    comments: dict[int, int]
    complete: bool

    def last_row(self, row: int) -> int:
        """Return the last row of the range that `row` is in."""
        index = bisect_right(self.ranges, (row, sys.maxsize)) - 1
        return max(self.ranges[index][1], row) if index >= 0 else row


@lru_cache(maxsize=2)
def _read_tokens(text: str) -> _Tokens:
    """Return the row ranges; each row for itself from where the text can't be read as tokens."""
    lines = rows_of(text)
    ranges: list[tuple[int, int]] = []
    comments: dict[int, int] = {}
    first, last, complete = len(lines) + 2, -1, True
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first, token.start[0]), max(last, token.end[0])
            if token.type == tokenize.COMMENT:
                comments[token.start[0]] = token.start[1]
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                ranges.append((first, min(last, len(lines))))
                first, last = len(lines) + 2, -1
    except (tokenize.TokenError, SyntaxError):
        complete = False
        read = ranges[-1][1] if ranges else 0
        ranges += [(row, row) for row in range(read + 1, len(lines) + 1)]
    return _Tokens(tuple(ranges), comments, complete)


# Reading comments


def _split(codes: str) -> tuple[str, ...]:
    return tuple(code.upper() for code in _SEPARATOR.split(codes) if code)


def _matches(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for row, line in enumerate(lines, 1):
        found = pattern.match(line)
        if found is not None:
            yield row, found


def _file_level(found: re.Match[str], row: int, lines: Sequence[str]) -> Directive:
    codes = found["codes"]
    start = Location(row, found.string.index("#") + 1)
    return Directive(
        (1, len(lines)), None if codes is None else _split(codes), start, Location(row, found.end() + 1), True
    )


def _directive(
    found: re.Match[str], joined: str, rows: tuple[int, int], comments: dict[int, int]
) -> Directive:
    codes = found["codes"]
    end = found.end() if codes is None else found.start("codes") + len(codes.rstrip(", \t\n\f"))
    start = _place(joined, found.start(), rows[0])
    comment = comments.get(start.row)
    is_comment = comment is not None and comment < start.column
    return Directive(
        rows, None if codes is None else _split(codes), start, _place(joined, end, rows[0]), is_comment
    )


def _place(joined: str, offset: int, first_row: int) -> Location:
    before = joined[:offset]
    return Location(first_row + before.count("\n"), offset - (before.rfind("\n") + 1) + 1)


# Writing comments


def _comment_edit(lines: Sequence[str], tokens: _Tokens, row: int, codes: list[str], reason: str) -> Edit:
    line = lines[row - 1].rstrip("\n")
    comment = tokens.comments.get(row)
    found = None if comment is None else _INLINE.search(line, comment)
    if found is not None and found["codes"] is not None:
        there = _directive(found, line, (row, row), tokens.comments)
        missing = [code for code in codes if not code.startswith(there.codes or ())]
        separator = "," if "," in found["codes"] and ", " not in found["codes"] else ", "
        content = "".join(f"{separator}{code}" for code in missing)
        place = Location(row, there.codes_end.column)
        return Edit(content, Span(place, place))
    bare = line.rstrip()
    content = f"  # noqa: {', '.join(codes)}" + (f" {reason.strip()}" if reason.strip() else "")
    return Edit(content, Span(Location(row, len(bare) + 1), Location(row, len(line) + 1)))


def _applied(lines: Sequence[str], edits: Iterable[Edit]) -> str:
    edited = list(lines)
    for edit in edits:
        row, line = edit.span.start.row, edited[edit.span.start.row - 1]
        start, end = edit.span.start.column - 1, edit.span.end.column - 1
        edited[row - 1] = line[:start] + edit.content + line[end:]
    return "".join(edited)


def _only_comments_differ(text: str, edited: str) -> bool:
    try:
        return _code_tokens(text) == _code_tokens(edited)
    except (tokenize.TokenError, SyntaxError):
        return False


def _code_tokens(text: str) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(iter(rows_of(text)).__next__)
    return [(token.type, token.string) for token in tokens if token.type != tokenize.COMMENT]
