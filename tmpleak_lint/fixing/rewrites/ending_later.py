"""The try that is there ends later: what can fail below it is pushed in, in place of a second try beside it.

In: a subject that the only handler of a try deletes before it raises again, whatever was raised. Out: candidates.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import raises_again
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check
from tmpleak_lint.fixing.rewrites.raising import move_after
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.starts import index_holding
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.exceptions import CATCH_ALL

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def handler_later(subject: Subject) -> Iterator[Candidate]:
    """`try: a` / `except BaseException: delete; raise` / `b` with `b` in the try."""
    source, block = subject.source, subject.block
    at, tried = _tried(subject)
    causes = [index_holding(block, cause, subject) for cause, _ in subject.causes]
    if not causes or not subject.only_raises or any(each is None or each <= at for each in causes):
        raise Unfit("not all that raises stands below the try", Telling.RAISES)
    last = move_after(subject, block, max(each for each in causes if each is not None))
    check(subject, block, at, last)
    pushed = block.statements[at + 1 : last + 1]
    held = [d for d in subject.deletions if any(n is d.statement for each in pushed for n in ast.walk(each))]
    if any(not d.moves or d.unit is not pushed[-1] for d in held):
        raise Unfit("it is deleted below the try, too")
    handler = tried.handlers[0]
    head, bottom = handler.lineno, source.last_row_of(tried)
    below, end = source.first_row(block.statements[at + 1]), source.last_row_of(block.statements[last])
    draft = Draft(source)
    if draft.comments_above(head) or not all(map(source.alone, handler.body)):
        raise Unfit("a comment speaks of the handler")
    rows = range(head, bottom + 1)
    if any(row in source.rows_within_strings for row in rows):
        raise Unfit("the handler holds a string of several lines")
    text = [source.line(row).rstrip() for row in rows]
    below -= len(draft.comments_above(below))
    draft.delete_rows(head, bottom)
    draft.indent(below, end, source.unit, len(source.indentation(tried)))
    draft.after_row(end, text)
    yield candidate("later-end", "let the try that is there end later", SAFE, draft)


def _tried(subject: Subject) -> tuple[int, ast.Try]:
    """The try in the creation's block whose only handler deletes the file and raises again, whatever was raised."""
    for at, each in enumerate(subject.block.statements):
        if at < subject.index or not isinstance(each, ast.Try) or len(each.handlers) != 1:
            continue
        if each.orelse or each.finalbody or isinstance(each.body[-1], _LEAVING):
            continue
        handler = each.handlers[0]
        wide = handler.type is None or subject.source.code(handler.type) in CATCH_ALL
        deletes = any(gone.unit in handler.body[:-1] and not gone.moves for gone in subject.deletions)
        if wide and deletes and raises_again(handler):
            return at, each
    raise Unfit("no try above deletes the file and raises again", Telling.OTHER_SHAPE)
