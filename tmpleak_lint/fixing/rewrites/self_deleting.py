"""NamedTemporaryFile(delete=False) whose name nobody uses but the deletion: a handle that deletes itself.

In: a subject. Out: candidates. Where the name is used after the handle was closed,
`delete_on_close=False` (Python 3.12) keeps the file to the end of a `with`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check
from tmpleak_lint.fixing.rewrites.protect import trust
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.starts import start_of
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Borrows, Reads, Shape

DELETE_ON_CLOSE_SINCE = (3, 12)


def without_flag(subject: Subject) -> Iterator[Candidate]:
    """`with NamedTemporaryFile(delete=False) as f:` whose name nobody asks for, but the deletion below: no flag."""
    source, statement = subject.source, subject.statement
    flag = next((k for k in subject.call.keywords if k.arg == "delete"), None)
    if not isinstance(statement, ast.With) or subject.site.handed is not None or flag is None:
        raise Unfit("it is no NamedTemporaryFile(delete=False) with a name of its own", Telling.OTHER_SHAPE)
    item = next((each for each in statement.items if each.context_expr is subject.call), None)
    if (
        subject.escapes
        or len(subject.deletions) > 1
        or item is None
        or subject.site.shape is not Shape.HANDLE
    ):
        raise Unfit("it is deleted in several places")
    name = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
    gone = subject.deletions[0] if subject.deletions else None
    below = subject.block.statements[subject.index + 1 :]
    if gone is not None and (gone.moves or below[:1] != [gone.unit] or not source.alone(gone.unit)):
        raise Unfit("the deletion doesn't stand right below the with")
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            within = any(each is statement for each in source.ancestors(node))
            deleting = gone is not None and any(each is gone.unit for each in source.ancestors(node))
            above = source.parents[node]
            named = (
                isinstance(above, ast.Attribute) and getattr(source.parents[above], "func", None) is not above
            )
            if not deleting and (named or not within):
                raise Unfit(
                    "the file is opened by its name, and only Python 3.12 can close it before it is deleted"
                )
    draft = Draft(source)
    _drop(subject, draft, flag)
    if gone is not None:
        draft.delete_with_comments(source.first_row(gone.unit), source.last_row_of(gone.unit))
    yield candidate(
        "self-deleting", "let the handle delete its file when the with ends", trust(subject), draft
    )


def self_deleting_handle(subject: Subject) -> Iterator[Candidate]:
    """`f = NamedTemporaryFile(delete=False)` ... `os.remove(f.name)` becomes `with NamedTemporaryFile() as f:`."""
    source, statement = subject.source, subject.statement
    start = start_of(subject)
    flag = next((k for k in subject.call.keywords if k.arg == "delete"), None)
    if (
        start.kind != "plain"
        or subject.site.shape is not Shape.HANDLE
        or subject.site.handed is not None
        or flag is None
    ):
        raise Unfit("it is no NamedTemporaryFile(delete=False) with a name of its own", Telling.OTHER_SHAPE)
    if not isinstance(statement, ast.Assign) or statement.value is not subject.call or subject.escapes:
        raise Unfit("it is no plain assignment of NamedTemporaryFile()", Telling.OTHER_SHAPE)
    if len(subject.deletions) != 1 or subject.deletions[0].moves or len(statement.targets) != 1:
        raise Unfit("it is deleted in several places")
    gone = subject.deletions[0].unit
    if source.blocks[gone].statements is not start.block.statements or not source.alone(gone):
        raise Unfit("the deletion doesn't stand in the block of the creation")
    if not isinstance(gone, ast.Expr):
        raise Unfit("the deletion is guarded")
    at = start.block.index(gone)
    check(subject, start.block, start.first, at - 1)
    named = any(
        isinstance(node, ast.Name) and node.id == start.name and not _is_plain_use(subject, node)
        for each in start.block.statements[start.first : at]
        for node in ast.walk(each)
    )
    if named and subject.target < DELETE_ON_CLOSE_SINCE:
        raise Unfit("the file is opened by its name, and only Python 3.12 can close it before it is deleted")
    if any(
        start.name in {n.id for n in ast.walk(s) if isinstance(n, ast.Name)}
        for s in start.block.statements[at + 1 :]
    ):
        raise Unfit("the handle is used after the deletion")
    draft = Draft(source)
    span = source.span(subject.call)
    draft.replace(source.span(statement).start, span.start, "with ")
    draft.replace(span.end, span.end, f" as {start.name}:")
    if named:
        place = source.span(flag)
        draft.replace(place.start, place.end, "delete_on_close=False")
    else:
        _drop(subject, draft, flag)
    draft.realign(span, len("with ") - (span.start.column - source.span(statement).start.column))
    draft.delete_with_comments(source.first_row(gone), source.last_row_of(gone))
    indent = source.indentation(statement)
    bottom = source.last_row_of(start.block.statements[at - 1])
    draft.indent(source.last_row_of(statement) + 1, bottom, source.unit, len(indent))
    yield candidate(
        "self-deleting", "let the handle delete its file when the with ends", trust(subject), draft
    )


def _drop(subject: Subject, draft: Draft, flag: ast.keyword) -> None:
    """Take the keyword out, with the comma on the side where there is one."""
    source = subject.source
    span = source.span(flag)
    first, last = source.offset(span.start), source.offset(span.end)
    before = source.text[:first].rstrip()
    after = source.text[last:]
    if before.endswith(","):
        first = len(before) - 1
    elif after.lstrip().startswith(","):
        last += len(after) - len(after.lstrip()) + 1
        while source.text[last : last + 1] == " ":
            last += 1
    draft.replace(source.location(first), source.location(last), "")


def _is_plain_use(subject: Subject, node: ast.Name) -> bool:
    """`f.write(...)` and the like: a method of the handle, not its name, not the handle itself."""
    parent = subject.source.parents[node]
    return (
        isinstance(parent, ast.Attribute)
        and parent.attr in subject.knowledge.method_tails(Reads, Borrows)
        and isinstance(subject.source.parents[parent], ast.Call)
    )
