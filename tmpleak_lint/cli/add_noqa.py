"""`--add-noqa[=REASON]`: a comment for each finding, put into the files.

In: the findings of a run. Out: files with comments added (and nothing else changed), a word on what was done.
Not handled: notebooks; their findings are named as left over.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tmpleak_lint import engine
from tmpleak_lint.cli import USAGE_ERROR
from tmpleak_lint.fixing.leftovers import Sweeper
from tmpleak_lint.fixing.writing import WriteError, replace_file
from tmpleak_lint.logs import leading
from tmpleak_lint.model import Edit, Finding
from tmpleak_lint.reading.decoding import Undecodable, decode, source_encoding
from tmpleak_lint.reporting import RunReport
from tmpleak_lint.reporting.text import visible
from tmpleak_lint.suppression.noqa import add_noqa


def check_reason(reason: str) -> None:
    """Refuse a reason that cannot stand in a comment, before anything is done. Raises `NoqaError`."""
    add_noqa((), "", reason)


def add_comments(run: RunReport, reason: str, *, quiet: bool) -> int:
    """Silence every finding of the run that a comment can silence; 2 when a file could not be written, 1 when some are
    left, else 0."""
    with Sweeper() as sweeper:
        return _add_comments(run, reason, sweeper, quiet=quiet)


def _add_comments(run: RunReport, reason: str, sweeper: Sweeper, *, quiet: bool) -> int:
    silenced = files = 0
    failed = False
    left: list[Finding] = []
    for report in run.reports:
        placeable = [finding for finding in report.findings if finding.cell is None]
        left += [finding for finding in report.findings if finding.cell is not None]
        try:
            data = engine.read_bytes(report.filename)
            text = decode(data)
        except (OSError, Undecodable):
            left += placeable
            continue
        addition = add_noqa(placeable, text, reason)
        left += addition.unplaced
        if addition.edits:
            try:
                new = _edited(text, addition.edits).encode(source_encoding(data))
                replace_file(Path(report.filename), data, new, sweeper)
            except (
                WriteError,
                UnicodeEncodeError,
            ) as error:  # the reason has a letter that the file can't hold
                what = f"{report.filename}: {error}" if isinstance(error, UnicodeEncodeError) else str(error)
                print(f"error: {visible(what)}", file=sys.stderr)
                failed = True
                continue
            silenced += len(placeable) - len(addition.unplaced)
            files += 1
    for finding in left:
        place = f"{finding.filename}:{finding.span.start.row}"
        print(f"{leading(visible(place))}: {finding.code}: no comment could be placed", file=sys.stderr)
    if not quiet:
        what, where = _count(silenced, "finding"), _count(files, "file")
        print(f"Silenced {what} by comments in {where}.", file=sys.stderr)
    return USAGE_ERROR if failed else int(bool(left))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; line ends stay as they are."""
    starts = [0]
    at = 0
    while at < len(text):
        if text[at] == "\n" or (text[at] == "\r" and text[at + 1 : at + 2] != "\n"):
            starts.append(at + 1)
        at += 1
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        begin = starts[edit.span.start.row - 1] + edit.span.start.column - 1
        end = starts[edit.span.end.row - 1] + edit.span.end.column - 1
        text = text[:begin] + edit.content + text[end:]
    return text
