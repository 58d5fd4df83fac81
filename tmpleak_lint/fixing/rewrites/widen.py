"""A handler that deletes and raises again, made to catch everything.

In: a subject that an `except SomeError` deletes. Out: candidates: the handler's own type widened where it does nothing
but delete and raise; else one more clause, `except BaseException`, that does just that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import ANY, NEVER, deletion, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import raises_again
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.starts import Start, index_holding, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject
from tmpleak_lint.fixing.taking import may_be_taken_within


def widen_handler(subject: Subject) -> Iterator[Candidate]:
    """`except OSError: delete; raise` becomes `except BaseException: delete; raise`."""
    for gone, handler, guarded in _handlers(subject):
        if handler is guarded.handlers[-1] and handler.type is not None and _only_deletes(handler, gone):
            draft = Draft(subject.source)
            span = subject.source.span(handler.type)
            if isinstance(handler.type, ast.Tuple) and subject.source.code(handler.type)[:1] != "(":
                continue
            draft.replace(span.start, span.end, "BaseException")
            if any(_holds(guarded.body, other.statement) for other in subject.deletions):
                soften(subject, draft, gone, subject.source.indentation(gone.unit))
            yield candidate("widen", "catch every exception, delete and raise again", SAFE, draft)
            return
    raise Unfit("no handler only deletes and raises again", Telling.OTHER_SHAPE)


def add_clause(subject: Subject) -> Iterator[Candidate]:
    """One more clause after the handlers, for what they don't catch; where several tries delete it, one for each."""
    start = start_of(subject)
    if start.kind != "plain":
        raise Unfit("the file has no name of its own there")
    fitting = _clauses(subject, start)
    if not fitting:
        raise Unfit("no try with handlers stands where a further clause would do", Telling.OTHER_SHAPE)
    failing = [t for t in fitting if any(_holds(t.body, cause) for cause, _ in subject.causes)]
    for tries in dict.fromkeys([(next(iter(fitting)),), (*failing,), (*fitting,)]):
        draft = Draft(subject.source)
        for guarded in tries:
            _write_clause(subject, draft, start, guarded, fitting[guarded])
        if tries:
            yield candidate("clause", "delete and raise again whatever else is raised", SAFE, draft)


def _clauses(subject: Subject, start: Start) -> dict[ast.Try, ast.ExceptHandler]:
    """The tries whose handlers delete the file and leave something uncaught, none within another, with that handler."""
    source = subject.source
    found: dict[ast.Try, ast.ExceptHandler] = {}
    for _, handler, guarded in _handlers(subject):
        last = guarded.handlers[-1]
        if any(h.type is None for h in guarded.handlers) or not isinstance(guarded, ast.Try):
            continue
        index = index_holding(start.block, guarded, subject)
        if index is None or index < start.first:
            continue  # the file may not be there yet when the try fails
        if not source.alone(last.body[-1]) or last.body[0].lineno == last.lineno:
            continue
        if not any(each in found for each in (guarded, *source.ancestors(guarded))):
            found[guarded] = handler
    return found


def _write_clause(
    subject: Subject, draft: Draft, start: Start, guarded: ast.Try, handler: ast.ExceptHandler
) -> None:
    source = subject.source
    index = index_holding(start.block, guarded, subject)
    assert index is not None
    line = source.line(handler.lineno)
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    inside = [d for d in subject.deletions if _holds(guarded.body, d.statement)]
    taken = may_be_taken_within(subject, start.block, start.first, index)
    forgive = ANY if inside or subject.is_directory or taken else NEVER
    lines = [indent + source.unit + each for each in deletion(subject, draft, start.path, forgive)]
    end = source.last_row_of(guarded.handlers[-1])
    draft.after_row(end, [f"{indent}except BaseException:", *lines, f"{indent}{source.unit}raise"])


def _handlers(subject: Subject) -> Iterator[tuple[Deletion, ast.ExceptHandler, ast.Try]]:
    """Handlers of this scope that delete the file, innermost first."""
    for gone in subject.deletions:
        for above in subject.source.ancestors(gone.statement):
            guarded = subject.source.parents.get(above)
            if isinstance(above, ast.ExceptHandler) and isinstance(guarded, ast.Try):
                yield gone, above, guarded
            if above is subject.scope:
                break


def _only_deletes(handler: ast.ExceptHandler, gone: Deletion) -> bool:
    return len(handler.body) == 2 and handler.body[0] is gone.unit and raises_again(handler)


def _holds(body: list[ast.stmt], node: ast.AST) -> bool:
    return any(each is node for statement in body for each in ast.walk(statement))
