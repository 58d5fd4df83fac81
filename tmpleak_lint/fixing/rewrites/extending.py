"""The try that is there takes one more deletion, in place of a second try around it.

In: a subject, and a region that is one `try` and nothing else. Out: the draft with the deletion in that try's
`finally`, or in its handler that catches every exception and leaves; False where the try has no such place. A
descriptor goes first: it is closed before its file is deleted. Whether what stands there already may fail is for the
proof to say.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import raises_again
from tmpleak_lint.fixing.starts import Start
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.exceptions import CATCH_ALL

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def into_finally(subject: Subject, draft: Draft, start: Start, last: int, lines: Sequence[str]) -> bool:
    """Put the lines into the finally of a region that has one."""
    only = _only_try(start, last)
    if only is None or not only.finalbody:
        return False
    return _put(subject, draft, only.finalbody, lines, at_end=not subject.is_descriptor)


def follows_finally(subject: Subject, draft: Draft, start: Start, unit: ast.stmt) -> bool:
    """Let a deletion right below such a region be the last thing of its finally."""
    last = start.block.index(unit) - 1
    only, source = _only_try(start, last), subject.source
    if only is None or not only.finalbody or not all(map(source.alone, (*only.finalbody, unit))):
        return False
    above, below = source.last_row_of(only), source.last_row_of(unit)
    blank = above
    while not source.line(blank + 1).strip():
        blank += 1
    if blank > above:
        draft.delete_rows(above + 1, blank)
    draft.indent(blank + 1, below, source.unit, len(source.indentation(unit)))
    return True


def into_handler(
    subject: Subject, draft: Draft, start: Start, last: int, lines: Sequence[str], *, first: bool = False
) -> bool:
    """Put the lines into the only handler of a region, which catches every exception and raises it again, or leaves
    otherwise: at its end, or `first`, where what it does may fail itself."""
    only = _only_try(start, last)
    if only is None or only.finalbody or only.orelse or len(only.handlers) != 1:
        return False
    handler = only.handlers[0]
    everything = handler.type is None or subject.source.code(handler.type) in CATCH_ALL
    *before, leaving = handler.body
    if not everything or not (isinstance(leaving, _LEAVING) and (before or not raises_again(handler))):
        return False
    at_end = bool(before) and not (subject.is_descriptor or first)
    return _put(subject, draft, before or [leaving], lines, at_end=at_end)


def _only_try(start: Start, last: int) -> ast.Try | None:
    statement = start.block.statements[last]
    return (
        statement
        if start.kind == "plain" and start.first == last and isinstance(statement, ast.Try)
        else None
    )


def _put(
    subject: Subject, draft: Draft, body: Sequence[ast.stmt], lines: Sequence[str], *, at_end: bool
) -> bool:
    source = subject.source
    if not all(map(source.alone, body)):
        return False
    rows = [source.indentation(body[0]) + line for line in lines]
    if at_end:
        draft.after_row(source.last_row_of(body[-1]), rows)
    else:
        draft.before_row(source.first_row(body[0]), rows)
    return True
