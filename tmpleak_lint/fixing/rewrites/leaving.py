"""The deletion repeated before each statement that leaves without it.

In: a subject that some return, break or continue leaves behind. Out: candidates; failing ways delete in an `except`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from tmpleak_lint.fixing.candidate import SAFE, UNSAFE, Candidate, candidate, worse
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.rewrites.protect import ALREADY_WANTED, names_of, path_of, runs_when_raising
from tmpleak_lint.fixing.rewrites.raising import failing
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.starts import index_holding, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject


def delete_before_leaving(subject: Subject) -> Iterator[Candidate]:
    """The deletion before each return, break or continue that leaves without it; failing ways as above."""
    start = start_of(subject)
    source = subject.source
    leaving = [statement for statement, raised in subject.exits if not raised]
    raising = [statement for statement, raised in subject.exits if raised]
    if subject.is_kept:
        raise Unfit("something that lives on holds its path")
    if not leaving:
        raise Unfit("no return, break or continue leaves it behind", Telling.OTHER_SHAPE)
    if subject.falls_through or subject.swallowed:
        raise Unfit("it also stays where the code comes to its end", Telling.STAYS)
    if start.kind == "bind" and not raising:
        raise Unfit("the file has no name yet where the code leaves")
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
        if index is None and runs_when_raising(subject, statement):
            raise Unfit("the file may have no name yet where the code leaves")
        twice = twice or index in wrapped
        pushed = source.unit if index is not None and index in wrapped else ""
        indent = source.indentation(statement) + pushed
        forgive = MISSING if subject.deletions else NEVER
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
