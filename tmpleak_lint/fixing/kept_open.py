"""What a creation leaves open for longer than its scope: Windows deletes no file that is open, at whatever time.

In: a subject whose deletion is newly registered, or put elsewhere. Out: how the file is closed before that, or why it
isn't. A pair that is kept whole, or whose descriptor an attribute or a variable of the module has, counts as open
unless some code of the file closes it; so does a handle. A descriptor in a variable of a function has a finding of its
own.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tmpleak_lint.fixing.binding import is_index
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import name_of, tail_of
from tmpleak_lint.fixing.source import Function
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Ends, Enters, Opens, Shape
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import RELEASING

_CLOSERS = (
    SHIPPED.tails(Ends)
    | RELEASING
    | SHIPPED.tails_where(Opens, lambda opens: opens.descriptor_only)
    | SHIPPED.tails(Enters)
    | {"closing", "open"}
)
STAYS = "has it open where it is deleted: Windows refuses that"


@dataclass(frozen=True, slots=True)
class Closing:
    """`now`: the line below the creation that closes the descriptor; `before`: the method of the handle that is to be
    called before the deletion; `open`: what has it open there for all that is known, for people."""

    now: str = ""
    before: str = ""
    open: str = ""


def closing_first(subject: Subject, draft: Draft) -> Closing:
    """How the file comes to be closed before a deletion that runs when its scope is left."""
    statement, source = subject.statement, subject.source
    binding = subject.binding
    whole = isinstance(statement, ast.Assign) and statement.value is subject.call
    if binding is None or not whole or subject.site.handed is not None or len(statement.targets) != 1:  # type: ignore[attr-defined]
        return Closing()
    target: ast.expr = statement.targets[0]  # type: ignore[attr-defined]
    if subject.site.shape is Shape.HANDLE:
        return _of_handle(subject, target)
    if subject.site.shape is not Shape.FD_AND_PATH or binding.fd is None:
        return Closing()
    kept = target.elts[0] if isinstance(target, ast.Tuple) else target
    if isinstance(kept, ast.Name) and subject.scope is not source.tree:
        return Closing()
    uses = _uses(subject, kept)
    if kept is target:
        uses = [each for each in uses if not _is_path_of(source.parents[each])]
    if any(_is_closed_at(subject, each) for each in uses):
        return Closing()
    if uses:
        return Closing(open=f"its descriptor `{binding.fd}`, which nothing there closes, {STAYS}")
    fd = binding.fd
    if isinstance(kept, ast.Name) and not fd.strip("_"):
        fd = subject.fresh("fd")
        span = source.span(kept)
        draft.replace(span.start, span.end, fd)
        draft.realign(source.span(subject.call), len(fd) - len(binding.fd))
    return Closing(now=f"{use(subject, draft, 'os', 'close')}({fd})")


def _of_handle(subject: Subject, target: ast.expr) -> Closing:
    """A handle that something keeps, or that a test uses itself."""
    if not isinstance(target, ast.Attribute | ast.Name):
        return Closing()
    uses = _uses(subject, target)
    if isinstance(target, ast.Name) and isinstance(subject.scope, Function):
        parents = subject.source.parents
        named = all(
            isinstance(above := parents[each], ast.Attribute) and above.attr == "name" for each in uses
        )
        if named or not subject.scope.name.startswith("test"):
            return Closing()  # it is closed when the variable is gone
    if any(_is_closed_at(subject, each) for each in uses):
        return Closing()
    handle = subject.source.code(target)
    return Closing(
        before=f"{handle}.close", open=f"its handle `{handle}`, which nothing there closes, {STAYS}"
    )


def _uses(subject: Subject, kept: ast.expr) -> list[ast.AST]:
    """Where the file reads what has been bound: an attribute by its name, be it another object's."""
    if isinstance(kept, ast.Attribute):
        return [
            n
            for n in subject.source.nodes
            if isinstance(n, ast.Attribute)
            and n.attr == kept.attr
            and isinstance(n.ctx, ast.Load)
            and not is_another_class(subject, n)
        ]
    everywhere = subject.scope is subject.source.tree
    return [
        n
        for n in (subject.source.nodes if everywhere else ast.walk(subject.scope))
        if isinstance(n, ast.Name) and n.id == name_of(kept) and isinstance(n.ctx, ast.Load)
    ]


def _is_path_of(above: ast.AST) -> bool:
    """Whether a pair is asked for its path there."""
    return isinstance(above, ast.Subscript) and is_index(above.slice, 1)


def is_another_class(subject: Subject, attribute: ast.Attribute) -> bool:
    """Whether an attribute is that of the `self` of a class that has nothing to do with ours."""
    owner = subject.owner
    if owner is None or name_of(attribute.value) != subject.self_name:
        return False
    around = [a for a in subject.source.ancestors(attribute) if isinstance(a, ast.ClassDef)]
    related = {owner.name, *(tail_of(base) for base in owner.bases)}
    return bool(around) and not any(
        a is owner or a.name in related or owner.name in map(tail_of, a.bases) for a in around
    )


def _is_closed_at(subject: Subject, use_: ast.AST) -> bool:
    """Whether a place closes what it reads there, or gives it to what does: `os.close(self.fd)`, `self.f.close()`,
    `with self.f:`."""
    at, above = use_, subject.source.parents[use_]
    while isinstance(above, ast.Subscript):
        at, above = above, subject.source.parents[above]
    match above:
        case ast.Attribute():
            return above.attr in _CLOSERS
        case ast.Call():
            return at is not above.func and tail_of(above.func) in _CLOSERS
        case ast.withitem():
            return True
    return False
