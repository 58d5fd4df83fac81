"""A try within the `with` that makes the file, where the `with` holds all that is done with it.

In: a subject whose file is made in the head of a `with` that doesn't delete it. Out: candidates: a finally in place of
the deletion, or a handler that deletes and raises where the file is handed over in the end. The handle is closed first:
not every system deletes a file that is open. Not handled: what may still fail below the `with`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.region import check, wrap
from tmpleak_lint.fixing.rewrites.protect import not_deleted_around, trust
from tmpleak_lint.fixing.rewrites.raising import failing
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.starts import Start, index_holding, inside_of, region_starts, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject

_ELSEWHERE = "the `with` doesn't hold all that is done with the file"
_ENDS = "the `with` can end where the file has its name"


def finally_inside(subject: Subject) -> Iterator[Candidate]:
    """`finally:` at the end of the `with`, in place of the deletion that ends it or follows it."""
    start = inside_of(subject)
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    if len(subject.deletions) > 1 or any(gone.moves or gone.beside for gone in subject.deletions):
        raise Unfit("the file is deleted in several places")
    source, block = subject.source, start.block
    if any(index_holding(block, each, subject) is None for each, _ in subject.causes):
        raise Unfit(_ELSEWHERE)
    gone = subject.deletions[0] if subject.deletions else None
    last = len(block.statements) - 1
    within = gone is not None and any(gone.unit is each for each in block.statements)
    ends = _may_end(start) or (not start.shut and _could_end(subject))
    if ends and not within:
        raise Unfit(_ENDS)
    if gone is None:
        not_deleted_around(subject, start, raising=False)
    elif any(gone.unit is each for each in block.statements):
        last = block.index(gone.unit) - 1
    elif not _follows(subject, gone):
        raise Unfit(_ELSEWHERE)
    while last > start.first and not names_in(block.statements[last]) & subject.aliases:
        last -= 1
    held = [index_holding(block, each, subject) for each, _ in subject.causes]
    last = max(last, *(index for index in held if index is not None), start.first)
    check(subject, block, start.first, last)
    row = source.last_row_of(gone.unit if gone is not None else block.statements[last])
    if subject.reads_after(row, subject.aliases):
        raise Unfit(_ELSEWHERE)
    if gone is not None and any(
        names_in(each) & subject.aliases and each is not gone.unit for each in block.statements[last + 1 :]
    ):
        raise Unfit(_ELSEWHERE)
    sure = gone is not None or not subject.may_be_taken
    for forgive in (NEVER, MISSING) if sure else (MISSING,):
        draft = Draft(source)
        lines = deletion(subject, draft, start.path, forgive)
        if gone is not None and isinstance(gone.unit, ast.Expr) and gone.unit.lineno == gone.unit.end_lineno:
            lines = [source.code(gone.unit)]
        said: list[str] = []
        if gone is not None:
            above = source.first_row(gone.unit)
            said = draft.comments_above(above)
            draft.delete_rows(above - len(said), source.last_row_of(gone.unit))
        wrap(subject, draft, start, last, ["finally:", *(source.unit + line for line in (*said, *lines))])
        yield candidate("finally-inside", "delete it in a finally within the with", trust(subject), draft)


def _may_end(start: Start) -> bool:
    """Whether the file has a name of its own, so that the open handle is of no use below that."""
    return start.path.isidentifier() and not start.shut


def _could_end(subject: Subject) -> bool:
    """Whether nobody asks the handle for more than the file's name."""
    return any(each.kind == "ended" for each in region_starts(subject, start_of(subject)))


def _follows(subject: Subject, gone: Deletion) -> bool:
    """Whether a deletion stands right below the `with`."""
    below = subject.block.statements[subject.index + 1 :]
    return bool(below) and below[0] is gone.unit


def handler_inside(subject: Subject) -> Iterator[Candidate]:
    """`except BaseException:` within the `with`: delete, raise again."""
    moves = [gone.statement for gone in subject.deletions if gone.moves]
    start = inside_of(subject, moved=bool(moves))
    causes = [statement for statement, _ in subject.causes]
    if not causes or not subject.only_raises:
        raise subject.stays
    if len(subject.deletions) > len(moves) or any(each not in start.block.statements for each in moves):
        raise Unfit("the file is deleted in several places")
    if _may_end(start) and not moves:
        raise Unfit(_ENDS)
    if any(index_holding(start.block, each, subject) is None for each in causes):
        raise Unfit(_ELSEWHERE)
    yield from failing(subject, start, causes, Draft(subject.source))
