"""The name is bound to another file while it owns one: the old file deleted first, whatever fails before.

In: a subject of TML101 or TML106. Out: candidates, unsafe: something may still use the old file by another name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, is_only_a_name, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, names_in
from tmpleak_lint.fixing.region import wrap
from tmpleak_lint.fixing.rewrites.ends import taken_over
from tmpleak_lint.fixing.rewrites.protect import last_use
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.starts import cannot_fail, index_holding, later_starts, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject

MESSAGE = "delete the old file before its name is given to a new one"
OTHER_NAME = "something may still use the old file by another name"


def delete_before_rebinding(subject: Subject) -> Iterator[Candidate]:
    """A finally that ends above the statement that binds the name again, or the deletion right above it."""
    source, binding = subject.source, subject.binding
    if binding is None or not binding.name or subject.is_descriptor:
        raise Unfit("the file has no name of its own")
    again = _rebinding(subject, binding.name)
    if not again:
        raise Unfit("the name is bound again by the creation itself, in a loop")
    start = start_of(subject)
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    top = next((i for i, each in enumerate(start.block.statements) if each in again), None)
    if top is not None and top > start.first:
        others = subject.aliases - {binding.name, binding.fd or ""}
        if subject.reads_after(source.last_row_of(start.block.statements[top - 1]), others):
            raise Unfit("the old file is used by another name")
        sure = (
            not is_only_a_name(subject)
            and not (not subject.deletions and subject.may_be_taken)
            and not subject.deletes_within(start.block, start.first, top - 1)
        )
        for each in later_starts(subject, start):
            last = top - 1
            while last > each.first and cannot_fail(subject, each, start.block.statements[last]):
                last -= 1  # what is for the next file
            for forgive in (NEVER, MISSING) if sure else (MISSING,):
                draft = Draft(source)
                lines = [source.unit + line for line in deletion(subject, draft, binding.path, forgive)]
                wrap(subject, draft, each, last, ["finally:", *lines])
                yield candidate("rebound", MESSAGE, UNSAFE, draft, OTHER_NAME)
    finals = [gone for gone in subject.deletions if any(_runs_after(subject, gone, each) for each in again)]
    if (
        not finals
        and top is None
        and all(index_holding(start.block, each, subject) is not None for each in again)
    ):
        yield from _around(subject, again)
    draft = Draft(source)
    for statement in again:
        indent = source.indentation(statement)
        lines = [indent + line for line in deletion(subject, draft, binding.path)]
        draft.before_row(source.first_row(statement), lines)
    for gone in finals:  # the new file may not come, and then the old one is gone already
        soften(subject, draft, gone, source.indentation(gone.unit))
    yield candidate("rebound", MESSAGE, UNSAFE, draft, OTHER_NAME)


def _runs_after(subject: Subject, gone: Deletion, statement: ast.stmt) -> bool:
    """Whether a deletion stands in the handler or finally of a try whose body holds the statement."""
    for above in subject.source.ancestors(statement):
        if isinstance(above, ast.Try):
            ends = [*above.finalbody, *(each for h in above.handlers for each in h.body)]
            if any(node is gone.statement for each in ends for node in ast.walk(each)):
                return True
    return False


def _rebinding(subject: Subject, name: str) -> list[ast.stmt]:
    """The statements below the creation that bind its name to something else."""
    found: list[ast.stmt] = []
    for node in own_nodes(subject.scope):
        if (
            not isinstance(node, ast.Assign)
            or node is subject.statement
            or node.lineno < subject.statement.lineno
        ):
            continue
        if not any(name in bound_by(part) for target in node.targets for part in ast.walk(target)):
            continue
        if names_in(node.value) & subject.aliases:
            continue
        if not subject.source.alone(node):
            raise Unfit("the statement that binds the name again shares its line")
        found.append(node)
    return found


def _around(subject: Subject, again: list[ast.stmt]) -> Iterator[Candidate]:
    """One finally around it all, and the deletion above each statement further in that binds the name again."""
    source, start = subject.source, start_of(subject)
    last = last_use(subject, start)
    units = taken_over(subject, start.block, last)
    while units and last > start.first and any(start.block.statements[last] is unit for unit in units):
        last -= 1
    for each in later_starts(subject, start):
        draft = Draft(source)
        for statement in again:
            indent = source.indentation(statement) + source.unit
            lines = [indent + line for line in deletion(subject, draft, start.path)]
            draft.before_row(source.first_row(statement), lines)
        lines = [source.unit + line for line in deletion(subject, draft, start.path, MISSING)]
        wrap(subject, draft, each, last, ["finally:", *lines], without=units)
        yield candidate("rebound", MESSAGE, UNSAFE, draft, OTHER_NAME)
