"""A deletion repeated before each way out, made one: a finally takes over what every end did by itself.

In: a subject that is deleted in several places, each the last thing its way does. Out: candidates. The single deletions
go, so nothing is deleted twice and none needs to forgive.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, forgives, is_only_a_name, may_be_missing
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check, wrap
from tmpleak_lint.fixing.rewrites.protect import last_use, path_of, trust
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.starts import (
    Start,
    cannot_fail,
    index_holding,
    later_starts,
    region_starts,
    start_of,
)
from tmpleak_lint.fixing.subject import Deletion, Subject
from tmpleak_lint.knowledge.model import Tells


def one_finally(subject: Subject) -> Iterator[Candidate]:
    """A finally in place of the deletions that end each way."""
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    start = start_of(subject)
    units = [gone.unit for gone in subject.deletions]
    if len(units) < 2 and not any(_ends_with(subject, start, unit) for unit in units):
        raise Unfit("it is deleted in one place", Telling.OTHER_SHAPE)
    last = last_use(subject, start)
    absorbed(subject, start.block, last)
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


def _ends_with(subject: Subject, start: Start, unit: ast.stmt) -> bool:
    """Whether a deletion is the last thing but for leaving that a `with` of the creation's block does."""
    above = subject.source.parents[unit]
    if not isinstance(above, ast.With) or all(above is not each for each in start.block.statements):
        return False
    return isinstance(above.body[-1], ast.Return) and unit in above.body[-2:]


def finally_added(subject: Subject) -> Iterator[Candidate]:
    """A finally for the try that holds all that is done with the file, in place of the deletions in it and below."""
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    source, start = subject.source, start_of(subject)
    if start.kind != "plain" or (subject.may_hold_another and subject.deletions):
        raise Unfit("the file has no name of its own further out, or none")
    late = _holding_all(subject, start)
    own = _own_deletions(subject)
    units = [gone.unit for gone in own]
    inside = [unit for unit in units if any(node is unit for node in ast.walk(late))]
    below = [unit for unit in units if unit not in inside]
    if any(gone.moves or gone.beside or isinstance(gone.unit, ast.For) for gone in own):
        raise Unfit("it is deleted in several places")
    at = start.block.index(late)
    if len(below) > 1 or any(start.block.statements[at + 1 : at + 2] != [unit] for unit in below):
        raise Unfit("it is deleted in several places")
    for unit in units:
        siblings = source.blocks_or_handler(unit)
        later = siblings[next(i for i, each in enumerate(siblings) if each is unit) + 1 :]
        used = unit in inside and any(names_in(each) & subject.aliases for each in later)
        if not source.alone(unit) or (unit in inside and len(siblings) == 1) or used:
            raise Unfit("it is deleted in several places")
    # Where the code has no deletion of its own, one of ours: forgiving, where there may be no file to delete.
    unsure = not units and (may_be_missing(subject) or subject.may_be_taken or subject.is_directory)
    for forgive in (NEVER,) if units else (MISSING,) if unsure else (NEVER, MISSING):
        draft = Draft(source)
        lines = (
            _text(subject, draft, path_of(subject, start), own)
            if units
            else [source.unit + line for line in deletion(subject, draft, path_of(subject, start), forgive)]
        )
        for unit in units:
            draft.delete_with_comments(source.first_row(unit), source.last_row_of(unit))
        indent = source.indentation(late)
        draft.after_row(source.last_row_of(late), [indent + line for line in ["finally:", *lines]])
        yield candidate(
            "one-finally", "delete it in a finally of the try that is there", trust(subject), draft
        )


def _holding_all(subject: Subject, start: Start) -> ast.Try:
    """The try with handlers, but no finally, that holds all that may lose the file and is done with it."""
    block = start.block
    first = next(later_starts(subject, start)).first
    while first < len(block.statements) and cannot_fail(subject, start, block.statements[first]):
        first += 1
    late = block.statements[first] if first < len(block.statements) else None
    if not isinstance(late, ast.Try) or late.finalbody or not late.handlers:
        raise Unfit("no try holds all that is done with the file", Telling.OTHER_SHAPE)
    points = [statement for statement, _ in [*subject.causes, *subject.exits]]
    held = [index_holding(block, each, subject) for each in points]
    # Where nothing deletes it so far, what comes below finds it gone.
    if any(at is None or at < first or (at > first and subject.deletions) for at in held):
        raise Unfit("no try holds all that is done with the file", Telling.OTHER_SHAPE)
    units = [gone.unit for gone in _own_deletions(subject)]
    rest = [each for each in block.statements[first + 1 :] if each not in units]
    if any(names_in(each) & subject.aliases for each in rest):
        raise Unfit("no try holds all that is done with the file", Telling.OTHER_SHAPE)
    if subject.reads_after(subject.source.last_row_of(block.statements[-1]), subject.aliases):
        raise Unfit("the file is used outside of the block that creates it", Telling.USED)
    return late


def _own_deletions(subject: Subject) -> list[Deletion]:
    """The deletions, but for those of something in the directory, which may stay."""
    return [gone for gone in subject.deletions if not (gone.beside and subject.is_directory)]


def _text(subject: Subject, draft: Draft, path: str, deletions: Sequence[Deletion] = ()) -> list[str]:
    """The deletion as the code has it, where it is always the same and of one row; else one of our own."""
    source = subject.source
    deletions = deletions or subject.deletions
    texts = {source.code(gone.unit) for gone in deletions}
    first = deletions[0].unit
    own = [n for n in names_in(first) if n in subject.stores and n not in path.split(".")]
    strict = is_only_a_name(subject) and not forgives(deletions[0])
    if (
        len(texts) == 1
        and isinstance(first, ast.Expr)
        and first.lineno == first.end_lineno
        and not (own or strict or subject.may_hold_another)
    ):
        return [source.unit + texts.pop()]
    forgive = MISSING if may_be_missing(subject) or subject.may_be_taken else NEVER
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
        while following and _only_tells(subject, following[0]):
            following = following[1:]
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


def _only_tells(subject: Subject, each: ast.stmt) -> bool:
    """Whether a statement does nothing but say something that isn't about the file."""
    match each:
        case ast.Expr(value=ast.Call() as call):
            tells = tail_of(call.func) in subject.knowledge.tails(Tells)
            return tells and not names_in(each) & subject.aliases
    return False
