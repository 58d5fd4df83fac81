"""The deletion repeated in an `except BaseException` that raises again.

For a file that is handed over or moved into place when all goes well: only failing ways delete.
In: a subject. Out: candidates, the one with the smaller difference first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import ANY, NEVER, deletion, may_be_missing
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.handles import closes_handle, last_use_of_open, shut_first
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import wrap
from tmpleak_lint.fixing.rewrites.extending import into_handler
from tmpleak_lint.fixing.rewrites.protect import not_deleted_around, path_of, removed_at_exit
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.starts import Start, index_holding, region_starts, start_of
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.fixing.taking import may_be_taken_within
from tmpleak_lint.knowledge.model import Ends
from tmpleak_lint.knowledge.table import deletes_empty_only


def delete_and_raise(subject: Subject) -> Iterator[Candidate]:
    """`except BaseException:` around what can raise: delete, raise again. What ends well is as before."""
    start = start_of(subject)
    causes = [statement for statement, _ in subject.causes]
    if not causes or not subject.only_raises:
        raise subject.stays
    yield from failing(subject, start, causes, Draft(subject.source))
    # Where a handler further out swallows, only the first thing that raises is known: so once more, up to the end.
    ends = [
        *subject.hand_overs,
        *(d.statement for d in subject.registrations),
        *(d.statement for d in subject.deletions),
    ]
    held = [index for each in ends if (index := index_holding(start.block, each, subject)) is not None]
    bodies = start.block.statements
    last = bodies[max(held)] if held else bodies[-1]
    if last.lineno > causes[-1].lineno:
        yield from failing(subject, start, [*causes, last], Draft(subject.source))


def failing(
    subject: Subject,
    start: Start,
    causes: list[ast.stmt],
    draft: Draft,
    *,
    twice: bool = False,
    below: Sequence[tuple[int, list[str]]] = (),
) -> Iterator[Candidate]:
    block = start.block
    held = [index_holding(block, statement, subject) for statement in causes]
    if any(index is None for index in held):
        raise Unfit("what raises stands outside of the block that creates the file", Telling.RAISES)
    first_cause, last = min(i for i in held if i is not None), max(i for i in held if i is not None)
    if start.kind == "plain" and first_cause < start.first:
        raise Unfit("what raises stands above the creation in a loop", Telling.RAISES)
    if subject.is_deleted_by_its_object:
        raise Unfit(
            "another method of the object deletes it, and would find it gone where this one fails",
            Telling.HANDED_OVER,
        )
    if subject.asks_to_keep:
        raise Unfit(f"`{subject.asks_to_keep}` decides whether it stays")
    last = move_after(subject, block, last)
    last = _up_to_deletion(subject, block, last)
    if last + 1 < len(block.statements) and closes_handle(subject, start, block.statements[last + 1]):
        last += 1  # a `with` closes it in either case
    not_deleted_around(subject, start, raising=True)
    context = subject.source.ancestors(subject.statement)
    if any(isinstance(a, ast.For | ast.AsyncFor | ast.While) for a in context) and removed_at_exit(subject):
        raise Unfit("what runs at exit deletes the last file of the loop, and would find it gone")
    for statement in subject.hand_overs:
        index = index_holding(block, statement, subject)
        if not isinstance(statement, ast.Return) and index is not None and index < last:
            raise Unfit("it may be handed over before something else can raise")
    for given in subject.registrations:
        index = index_holding(block, given.statement, subject)
        if index is not None and index <= last and block.statements[last] is not given.unit:
            raise Unfit("something else is asked to delete it before the last thing that can raise")
    gone = [(index_holding(block, d.statement, subject), d) for d in subject.deletions]
    if start.kind == "plain" and any(index is not None and index < first_cause for index, _ in gone):
        start = replace(start, first=first_cause)
        _insert_start_late(subject, start)
    inside = [d for index, d in gone if index is not None and start.first <= index <= last]
    if any(not d.moves and deletes_empty_only(tail_of(d.call)) for d in inside):
        raise Unfit("a directory that isn't empty stays on purpose: the code refuses to delete it")
    strict = all(d.moves and d.unit is block.statements[last] for d in inside)
    strict = strict and not twice and not subject.is_directory and not may_be_missing(subject)
    strict = strict and not subject.deletes_within(block, start.first, last)
    strict = strict and not may_be_taken_within(subject, block, start.first, last)
    unit = subject.source.unit
    message = "delete it when something raises before it is handed over, and raise again"
    for each in region_starts(subject, start):
        for forgive in (NEVER, ANY) if strict else (ANY,):
            own = draft.copy()
            opened = last_use_of_open(subject, each) if not below and not gone else None
            shutting = shut_first(subject, own, each) if opened is None else []
            lines = [*shutting, *deletion(subject, own, path_of(subject, each), forgive)]
            for first in (False, True):
                there = own.copy()
                if into_handler(subject, there, each, last, lines, first=first):
                    for row, more in below:
                        there.before_row(row, more)
                    yield candidate("handler-extended", "delete it in the handler that is there", SAFE, there)
            lines = [unit + line for line in lines]
            ending = ["except BaseException:", *lines, f"{unit}raise"]
            if opened is not None:  # closed before it is deleted, on all ways
                shut = own.copy()
                wrap(subject, shut, each, max(last, opened), ending, closes=True)
                yield candidate("except", message, SAFE, shut)
            wrap(subject, own, each, last, ending)
            for row, more in below:
                own.before_row(row, more)
            yield candidate("except", message, SAFE, own)


def move_after(subject: Subject, block: Block, last: int) -> int:
    """The region's end, put behind the move into place: that may fail too, and leaves the file when it does."""
    for gone in subject.deletions:
        if (
            gone.moves
            and gone.unit is gone.statement
            and any(gone.unit is s for s in block.statements[last + 1 :])
        ):
            at = block.index(gone.unit)
            if not any(subject.is_handed_by(each) for each in block.statements[last + 1 : at]):
                return at
    return last


def _up_to_deletion(subject: Subject, block: Block, last: int) -> int:
    """The region's end, put behind what is ended before the file is deleted below: to close an archive writes it."""
    gone = [block.index(d.unit) for d in subject.deletions if not d.moves and d.unit in block.statements]
    between = block.statements[last + 1 : min((at for at in gone if at > last), default=0)]
    ended = [at for at, each in enumerate(between, start=last + 1) if _ends_something(subject, each)]
    if not ended or any(subject.is_handed_by(each) for each in between):
        return last
    return ended[-1]


def _ends_something(subject: Subject, statement: ast.stmt) -> bool:
    """Whether a statement is a call of a method that closes something, or the like."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr))):
            return attr in subject.knowledge.tails(Ends)
    return False


def _insert_start_late(subject: Subject, start: Start) -> None:
    if not subject.source.alone(start.block.statements[start.first - 1]):
        raise Unfit("a statement shares its line with another")
