"""A handler that deletes and raises again, and a deletion further down, made one: the try's own finally.

In: a subject that is deleted in the handler of a try and below that try. Out: candidates. What stands between the two
deletions is pushed into the try that is there, and the handler, of which nothing would remain, goes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import raises_again
from tmpleak_lint.fixing.region import check
from tmpleak_lint.fixing.rewrites.protect import trust
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.starts import index_holding
from tmpleak_lint.fixing.subject import Subject

SEVERAL = "it is deleted in several places"


def handler_into_finally(subject: Subject) -> Iterator[Candidate]:
    """`except E: delete; raise` and the deletion at the end as one `finally`."""
    source, block = subject.source, subject.block
    if len(subject.deletions) != 2 or subject.escapes or subject.registrations or subject.is_descriptor:
        raise Unfit(SEVERAL)
    inner, last = sorted(subject.deletions, key=lambda gone: gone.unit.lineno)
    at = index_holding(block, inner.unit, subject)
    tried = block.statements[at] if at is not None else None
    if not isinstance(tried, ast.Try) or tried.orelse or tried.finalbody or len(tried.handlers) != 1:
        raise Unfit(SEVERAL)
    handler = tried.handlers[0]
    again = handler.body[-1]
    only_that = len(handler.body) == 2 and handler.body[0] is inner.unit and raises_again(handler)
    if not only_that or inner.moves or last.moves:
        raise Unfit(SEVERAL)
    end = next((i for i, each in enumerate(block.statements) if each is last.unit), None)
    if end is None or last.unit is not last.statement or at is None or end <= at:
        raise Unfit(SEVERAL)
    check(subject, block, at, end)
    draft = Draft(source)
    indent, unit = source.indentation(tried), source.unit
    head, bottom = handler.lineno, source.last_row_of(again)
    if draft.comments_above(head):
        raise Unfit("a comment speaks of the handler")
    draft.delete_rows(head, bottom)
    below = source.first_row(last.unit)
    said = draft.comments_above(below)
    top = below - len(said)
    if end > at + 1:
        draft.indent(bottom + 1, source.last_row_of(block.statements[end - 1]), unit, len(indent))
    first_blank = top
    while first_blank - 1 > bottom and not source.line(first_blank - 1).strip():
        first_blank -= 1
    if first_blank < top:
        draft.delete_rows(first_blank, top - 1)
    draft.before_row(top, [f"{indent}finally:"])
    draft.indent(top, source.last_row_of(last.unit), unit, len(indent))
    yield candidate(
        "handler-into-finally", "delete it in one finally, in place of the handler", trust(subject), draft
    )
