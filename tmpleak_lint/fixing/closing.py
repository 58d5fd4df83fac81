"""What a rewrite's region opens and closes by hand, closed on failing ways as well: an open file can't be deleted on
Windows.

In: a subject, a candidate that deletes where something may be open still. Out: the same candidate with a `with` in
place of `f = open(path)` ... `f.close()`, a `finally` for what only a method ends (`writer.release()`), and a handle
that is asked for nothing but its name closed as soon as it is made.
Not handled: what is opened and closed in different blocks, or by turns with another.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tmpleak_lint.fixing.candidate import Candidate, candidate
from tmpleak_lint.fixing.comparing.opened import ENDING
from tmpleak_lint.fixing.edits import Draft, Overlap
from tmpleak_lint.fixing.handles import unused_handle
from tmpleak_lint.fixing.names import bound_by, names_in
from tmpleak_lint.fixing.source import own_nodes
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import HoldsOpen, Opens


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """`opening` and `closing` stand in one block, `between` them what may fail."""

    opening: ast.Assign
    between: Sequence[ast.stmt]
    closing: ast.stmt
    by_with: bool


def closed_first(subject: Subject, given: Candidate) -> Candidate | None:
    """The candidate with all closed that the region opens; None where there is nothing of that form."""
    if given.draft is None:
        return None
    found, handle = list(_opened(subject)), unused_handle(subject)
    spans = [(each.opening.lineno, each.closing.lineno) for each in found]
    if not (found or handle) or any(a < c <= b < d for a, b in spans for c, d in spans):
        return None
    draft = given.draft.copy()
    if handle:  # closed as soon as it is made, above all that stands in that place
        others, draft.changes = draft.changes, []
        line = f"{subject.source.indentation(subject.statement)}{handle}.close()"
        draft.after_row(subject.source.last_row_of(subject.statement), [line])
        draft.changes += others
    for each in found:
        _write(subject, draft, each)
    try:
        return candidate(
            given.rewrite,
            given.message,
            given.applicability,
            draft,
            given.because,
            elsewhere=given.elsewhere,
        )
    except Overlap:
        return None


def _opened(subject: Subject) -> Iterator[_Opened]:
    names = _names_of_file(subject)
    for node in own_nodes(subject.scope):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                yield from _in_block(subject, body, names)


def _names_of_file(subject: Subject) -> frozenset[str]:
    """The variables of the file, and of what lies in the directory."""
    names = set(subject.aliases)
    names |= {subject.binding.name} if subject.binding is not None else set()
    bound = [each for each in own_nodes(subject.scope) if isinstance(each, ast.Assign)]
    for each in sorted(bound, key=lambda each: each.lineno):
        if names_in(each.value) & names:
            names |= {name for target in each.targets for name in bound_by(target)}
    return frozenset(names)


def _in_block(subject: Subject, body: Sequence[ast.stmt], names: frozenset[str]) -> Iterator[_Opened]:
    source = subject.source
    for at, each in enumerate(body):
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if (
                call is not subject.call and each.lineno > subject.statement.lineno
            ):
                given = {n for part in (*call.args, call.func) for n in names_in(part)}
            case _:
                continue
        if not given & names or len(subject.stores[name]) != 1:
            continue
        uses = [
            n
            for n in ast.walk(subject.scope)
            if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        ]
        for later in range(at + 1, len(body)):
            match body[later]:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=ended), attr=attr), args=[], keywords=[]
                    )
                ) if ended == name and attr in ENDING:
                    between = body[at + 1 : later]
                    closes_once = all(each.lineno < n.lineno <= body[later].lineno for n in uses)
                    can_fail = any(isinstance(n, ast.Call) for s in between for n in ast.walk(s))
                    alone = all(map(source.alone, body[at : later + 1]))
                    if closes_once and can_fail and alone and not _is_kept(subject, uses):
                        by_with = attr == "close" and _closes_itself(subject, call)
                        said = _is_said_of(subject, body[later])
                        yield _Opened(each, between, body[later], by_with and not said)
                    break


def _is_said_of(subject: Subject, closing: ast.stmt) -> bool:
    """Whether a comment beside a closing, or right above it, tells of it: it stays with its statement."""
    source = subject.source
    row, end = source.last_row_of(closing), source.span(closing).end
    beside = source.line(row)[end.column - 1 :].strip()
    return bool(beside) or bool(Draft(source).comments_above(source.first_row(closing)))


def _is_kept(subject: Subject, uses: Sequence[ast.Name]) -> bool:
    """Whether a variable is given to a nested function, or closed by more than its last statement."""
    parents = subject.source.parents
    ended = [n for n in uses if isinstance(up := parents[n], ast.Attribute) and up.attr in ENDING]
    here = {id(node) for node in own_nodes(subject.scope)}
    return len(ended) > 1 or any(id(n) not in here for n in uses)


def _closes_itself(subject: Subject, call: ast.Call) -> bool:
    """Whether the `with` of what a call gives closes it."""
    name = subject.source.code(call.func)
    held = subject.knowledge.effect(name, HoldsOpen)
    opens = subject.knowledge.effect(name, Opens) is not None
    return (opens or held is not None) and not (held is not None and held.beyond_with)


def _write(subject: Subject, draft: Draft, found: _Opened) -> None:
    source, opening = subject.source, found.opening
    indent = source.indentation(opening)
    call = opening.value
    bottom = source.last_row_of(found.between[-1])
    head, below = source.last_row_of(opening), source.last_row_of(opening) + 1
    while not source.line(below).strip():
        below += 1
    if below > head + 1:  # no blank rows below the head
        draft.changes.append((source.row_start(head + 1), source.row_start(below), ""))
    if found.by_with:
        start = source.span(opening).start
        span = source.span(call)
        (name,) = bound_by(opening.targets[0])
        draft.replace(start, span.start, "with ")
        draft.realign(span, len("with ") - (span.start.column - start.column))
        draft.replace(span.end, span.end, f" as {name}:")
        _delete(draft, source.first_row(found.closing), source.last_row_of(found.closing))
    else:
        row = source.first_row(found.closing)
        row -= len(draft.comments_above(row))
        deeper = indent + _pushed_in(draft, row)
        draft.after_row(head, [f"{deeper}try:"])
        draft.before_row(row, [f"{deeper}finally:"])
        draft.indent(row, source.last_row_of(found.closing), source.unit, len(indent))
    draft.indent(below, bottom, source.unit, len(indent))


def _delete(draft: Draft, first: int, last: int) -> None:
    """Take rows out that were to be pushed in."""
    top, bottom = draft.source.row_start(first), draft.source.row_start(last + 1)
    draft.changes = [
        each for each in draft.changes if not top <= each[0] == each[1] < bottom or each[2].strip()
    ]
    draft.delete_rows(first, last)


def _pushed_in(draft: Draft, row: int) -> str:
    """By how much a row is pushed in so far."""
    first, last = draft.source.row_start(row), draft.source.row_start(row) + len(draft.source.line(row))
    return "".join(
        text for start, end, text in draft.changes if first <= start == end <= last and not text.strip(" \t")
    )
