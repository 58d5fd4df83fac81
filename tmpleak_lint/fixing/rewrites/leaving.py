"""The deletion repeated before each statement that leaves without it.

In: a subject that some return, break or continue leaves behind. Out: candidates; failing ways delete in an `except`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tmpleak_lint.fixing.candidate import SAFE, UNSAFE, Candidate, candidate, worse
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.rewrites.protect import ALREADY_WANTED, names_of, path_of
from tmpleak_lint.fixing.rewrites.raising import failing
from tmpleak_lint.fixing.source import Block, Unfit, own_nodes
from tmpleak_lint.fixing.starts import Start, index_holding, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject, Way


def delete_before_leaving(subject: Subject) -> Iterator[Candidate]:
    """The deletion before each return, break or continue that leaves without it; failing ways as above."""
    start = start_of(subject)
    leaving, raising = _ways_out(subject, start.block)
    if subject.is_kept:
        raise Unfit("something that lives on holds its path")
    more = _others_that_leave(subject, start, leaving)
    if not leaving and not (more and raising):
        raise Unfit("no return, break or continue leaves it behind", Telling.OTHER_SHAPE)
    if subject.falls_through:
        raise Unfit("it also stays where the code comes to its end", Telling.STAYS)
    if start.kind == "bind" and not raising:
        raise Unfit("the file has no name yet where the code leaves")
    if leaving:
        yield from _before(subject, start, leaving, raising)
    if more:  # of the ways to one end only the first is known
        yield from _before(subject, start, sorted([*leaving, *more], key=_place), raising)


def _before(
    subject: Subject, start: Start, leaving: Sequence[ast.stmt], raising: list[ast.stmt]
) -> Iterator[Candidate]:
    source = subject.source
    draft = Draft(source)
    path = path_of(subject, start)
    inside = [index_holding(start.block, statement, subject) for statement in raising]
    wrapped = range(start.first, max((i for i in inside if i is not None), default=start.first - 1) + 1)
    twice = False
    again: dict[Deletion, None] = {}
    below: list[
        tuple[int, list[str]]
    ] = []  # what stands below the region, at whose end something is put as well
    for statement in leaving:
        if not source.alone(statement) or names_in(statement) & names_of(subject, start):
            raise Unfit("the statement that leaves uses the file itself")
        if isinstance(statement, ast.Break | ast.Continue) and not _leaves_block(subject, statement):
            raise Unfit("a loop within the block is left, and the file may be used after it")
        index = index_holding(start.block, statement, subject)
        twice = twice or index in wrapped
        pushed = source.unit if index is not None and index in wrapped else ""
        indent = source.indentation(statement) + pushed
        forgive = MISSING if subject.deletions or subject.is_directory else NEVER
        lines = [indent + line for line in deletion(subject, draft, path, forgive)]
        if raising and not pushed:
            below.append((source.first_row(statement), lines))
        else:
            draft.before_row(source.first_row(statement), lines)
        again |= dict.fromkeys(_deleted_again(subject, statement, start.block))
    for gone in again:
        index = index_holding(start.block, gone.statement, subject)
        pushed = source.unit if index is not None and index in wrapped else ""
        soften(subject, draft, gone, source.indentation(gone.unit) + pushed)
    trusted = SAFE if subject.deletions and subject.finding.code in ALREADY_WANTED else UNSAFE
    message = "delete it before the code leaves early"
    if raising:
        for each in failing(subject, start, raising, draft, twice=twice, below=below):
            yield replace(each, rewrite="leaving", message=message, applicability=worse(trusted, each))
    else:
        yield candidate("leaving", message, trusted, draft)


def _ways_out(subject: Subject, block: Block) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements that leave without failing, and those that fail: where something further out takes what is raised,
    the file is deleted before it comes to that."""
    leaving: set[ast.stmt] = set()
    raising: set[ast.stmt] = set()
    for way in subject.ways:
        if way.cause is not None and (
            way.ends_raised or (way.raised and not _is_taken_within(subject, way, block))
        ):
            raising.add(way.cause)
        elif way.left_at is not None:
            leaving.add(way.left_at)
    return sorted(leaving, key=_place), sorted(raising, key=_place)


def _is_taken_within(subject: Subject, way: Way, block: Block) -> bool:
    """Whether what is raised in a statement of the block is taken by that same statement, and left from there."""
    if way.cause is None or way.left_at is None or way.left_at.lineno <= way.cause.lineno:
        return False
    index = index_holding(block, way.left_at, subject)
    return index is not None and index == index_holding(block, way.cause, subject)


def _others_that_leave(subject: Subject, start: Start, leaving: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Further statements below the creation that leave without the file, which nothing has deleted before them."""
    ends = [*subject.hand_overs, *(gone.statement for gone in (*subject.deletions, *subject.registrations))]
    last = min((each.lineno for each in ends), default=0)
    return [
        node
        for each in start.block.statements[start.first :]
        for node in own_nodes(each)
        if isinstance(node, ast.Return | ast.Break | ast.Continue)
        and node not in leaving
        and (not last or node.lineno < last)
        and not names_in(node) & names_of(subject, start)
        and subject.source.alone(node)
        and (isinstance(node, ast.Return) or _leaves_block(subject, node))
    ]


def _place(statement: ast.stmt) -> tuple[int, int]:
    return statement.lineno, statement.col_offset


def _deleted_again(subject: Subject, leaving: ast.stmt, block: Block) -> Iterator[Deletion]:
    """Deletions in handlers that run, the file gone already, when leaving fails (its value, a `with` around it)."""
    fails = any(isinstance(node, ast.Call | ast.Await | ast.Subscript) for node in ast.walk(leaving))
    at: ast.AST = leaving
    for above in subject.source.ancestors(leaving):
        if isinstance(above, ast.With | ast.AsyncWith):
            fails = True
        elif isinstance(above, ast.Try):
            if fails and at in above.body:
                for gone in subject.deletions:
                    if any(
                        gone.statement is each for h in above.handlers for s in h.body for each in ast.walk(s)
                    ):
                        yield gone
            fails = fails or bool(above.finalbody)
        if above is block.owner:
            return
        at = above


def _leaves_block(subject: Subject, statement: ast.stmt) -> bool:
    """Whether the loop that a break or continue is about lies around the creation."""
    for above in subject.source.ancestors(statement):
        if isinstance(above, ast.For | ast.AsyncFor | ast.While):
            return any(each is above for each in subject.source.ancestors(subject.statement))
    return False
