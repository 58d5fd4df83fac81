"""A deletion repeated before each way out, made one: a finally takes over what every end did by itself.

In: a subject that is deleted in several places, each the last thing its way does. Out: candidates. The single deletions
go, so nothing is deleted twice and none needs to forgive.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, forgives, is_only_a_name
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check, wrap
from tmpleak_lint.fixing.rewrites.protect import last_use, path_of, trust
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.starts import index_holding, region_starts, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject


def one_finally(subject: Subject) -> Iterator[Candidate]:
    """A finally in place of the deletions that end each way."""
    if subject.escapes or subject.registrations:
        raise Unfit(
            "some way hands the file over, so it can't be deleted at the end of every way",
            Telling.HANDED_OVER,
        )
    if len(subject.deletions) < 2:
        raise Unfit("it is deleted in one place", Telling.OTHER_SHAPE)
    start = start_of(subject)
    last = last_use(subject, start)
    absorbed(subject, start.block, last)
    units = [gone.unit for gone in subject.deletions]
    after = [unit for unit in units if any(unit is s for s in start.block.statements)]
    while after and last > start.first and start.block.statements[last] in after:
        last -= 1  # a deletion at the end of the block goes as a whole
    for each in region_starts(subject, start):
        draft = Draft(subject.source)
        check(subject, start.block, each.first, last)
        lines = _text(subject, draft, path_of(subject, each))
        for unit in after:
            row = subject.source.first_row(unit)
            comments = draft.comments_above(row)
            lines = [*(subject.source.unit + comment for comment in comments), *lines]
            if comments:
                draft.delete_rows(row - len(comments), row - 1)
        wrap(subject, draft, each, last, ["finally:", *lines], without=units)
        yield candidate("one-finally", "delete it in one finally for every way out", trust(subject), draft)


def _text(subject: Subject, draft: Draft, path: str) -> list[str]:
    """The deletion as the code has it, where it is always the same and of one row; else one of our own."""
    source = subject.source
    texts = {source.code(gone.unit) for gone in subject.deletions}
    first = subject.deletions[0].unit
    own = [n for n in names_in(first) if n in subject.stores and n not in path.split(".")]
    strict = is_only_a_name(subject) and not forgives(subject.deletions[0])
    if (
        len(texts) == 1
        and isinstance(first, ast.Expr)
        and first.lineno == first.end_lineno
        and not (own or strict or (subject.binding is not None and subject.binding.optional))
    ):
        return [source.unit + texts.pop()]
    forgive = MISSING if is_only_a_name(subject) or subject.may_be_taken else NEVER
    return [source.unit + line for line in deletion(subject, draft, path, forgive)]


def absorbed(subject: Subject, block: Block, last: int) -> None:
    """Raises `Unfit` unless every deletion is the last thing that its way does within the block's first statements."""
    for gone in subject.deletions:
        if gone.moves or not subject.source.alone(gone.unit) or isinstance(gone.unit, ast.For):
            raise Unfit("it is deleted in several places")
        if isinstance(gone.unit, ast.If) and gone.unit.body != [gone.statement]:
            raise Unfit("it is deleted in several places")
        if index_holding(block, gone.unit, subject) is None:
            raise Unfit("it is deleted outside of the block that creates it")
        if not _ends(subject, gone, block, last):
            raise Unfit("it is deleted in several places")


def taken_over(subject: Subject, block: Block, last: int) -> list[ast.stmt]:
    """The deletions that a finally up to a statement takes over, where each of them ends its way; else none."""
    try:
        absorbed(subject, block, last)
    except Unfit:
        return []
    return [gone.unit for gone in subject.deletions]


def _ends(subject: Subject, gone: Deletion, block: Block, last: int) -> bool:
    """Whether nothing that matters happens between a deletion and the end of the region."""
    source = subject.source
    at: ast.stmt = gone.unit
    if len(source.blocks_or_handler(at)) == 1:
        return False  # its block would be empty
    while True:
        siblings = source.blocks_or_handler(at)
        here = next(i for i, each in enumerate(siblings) if each is at)
        following = siblings[here + 1 :]
        top = siblings is block.statements
        if top:
            following = siblings[here + 1 : last + 1]
        if following:
            leaves = following[0]
            return (
                isinstance(leaves, ast.Return | ast.Raise)
                and not names_in(leaves) & subject.aliases
                and not (isinstance(leaves, ast.Raise) and leaves.exc is None)
            )
        if top:
            return True
        above = source.parents[at]
        if isinstance(above, ast.ExceptHandler):
            above = source.parents[above]
        if not isinstance(above, ast.If | ast.Try | ast.With | ast.Match):
            return False
        if isinstance(above, ast.Try) and (
            above.finalbody or (at in above.body and (above.orelse or above.handlers))
        ):
            return False
        at = above
