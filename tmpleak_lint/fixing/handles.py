"""The handle that a creation gave, in the region that a try is put around: who closes it, and up to where it is used.

In: a subject and where its region begins. Out: statements of that. A handle that is closed in the region, or by nobody,
gets a `with` of its own, so that failing ways close it as well.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tmpleak_lint.fixing.deleting import ANY, bearing
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.starts import Start, index_holding
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Shape


def closing_of(subject: Subject, start: Start, last: int, without: Sequence[ast.stmt]) -> ast.stmt | None:
    """The `f.close()` of the region that a `with f:` around what stands above it can take over."""
    for at in range(start.first, last + 1):
        statement = start.block.statements[at]
        if closes_handle(subject, start, statement):
            before = start.block.statements[start.first : at]
            fails = any(
                isinstance(node, ast.Call | ast.Await | ast.Yield) for s in before for node in ast.walk(s)
            )
            return statement if fails and statement not in without else None
        if isinstance(statement, ast.With) and names_in(statement.items[0].context_expr) == {start.name}:
            return None
    return None


def joins_closed(subject: Subject, draft: Draft, start: Start, closing: ast.stmt) -> bool:
    """Let the only thing above the closing, a `with`, take the handle as its first manager, where the row has room."""
    source = subject.source
    only = start.block.statements[start.first]
    if start.block.index(closing) != start.first + 1 or not isinstance(only, ast.With):
        return False
    head = source.line(only.lineno).rstrip()
    place = source.offset(source.span(only).start) + len("with ")
    fits = len(head) + len(f"{start.name}, {source.unit}") <= source.widest
    if not (fits and head.endswith(":") and source.text[place - 5 : place] == "with ") or "with (" in head:
        return False
    draft.replace(source.location(place), source.location(place), f"{start.name}, ")
    return True


def last_use_of_open(subject: Subject, start: Start) -> int | None:
    """Index of the last statement of the block that does more with a handle than ask for its name, where nothing
    closes it, or gives it to others to keep: a `with` around what comes up to that closes it. None for any other."""
    if not has_handle(subject, start) or len(subject.stores.get(start.name, ())) != 1:
        return None
    last = None
    for node in ast.walk(subject.scope):
        if not isinstance(node, ast.Name) or node.id != start.name or not isinstance(node.ctx, ast.Load):
            continue
        above = subject.source.parents[node]
        if isinstance(above, ast.Attribute) and above.attr == "name":
            continue
        used = isinstance(above, ast.Attribute) and above.attr not in ("close", "delete", "file")
        if not used and not (isinstance(above, ast.Call) and node in above.args):
            return None
        at = index_holding(start.block, node, subject)
        if at is None or at < start.first:
            return None
        last = at if last is None else max(last, at)
    return last


def shut_first(subject: Subject, draft: Draft, start: Start) -> list[str]:
    """Lines that close a handle which nobody else closes, since it is handed on: to write what it still holds may fail
    once more."""
    if not has_handle(subject, start) or unused_handle(subject):
        return []
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Attribute) and subject.source.code(node) == f"{start.name}.close":
            return []
        if isinstance(node, ast.withitem) and names_in(node.context_expr) & {start.name}:
            return []
    return bearing(subject, draft, ANY, f"{start.name}.close()")


def ends_early(subject: Subject, start: Start) -> tuple[ast.stmt | None, Sequence[ast.stmt]]:
    """Where the `with` that is written anew can end: the `f.close()` in it, which goes, and what stands below the last
    use of the handle, whose rows stay where they are, in the try."""
    statement, source, made = subject.statement, subject.source, start.as_pair
    if start.kind != "remade" or not isinstance(statement, ast.With) or made is None:
        return None, ()
    body, named = statement.body, {id(each.value) for each in made.names}
    if made.dropped is not None:
        named |= {id(node) for node in ast.walk(made.dropped)}
    using = [at for at, each in enumerate(body) if _uses_of(each, start.name, named)]
    if not using or not all(map(source.alone, body)):
        return None, ()
    last = using[-1]
    closing = body[last] if source.code(body[last]) == f"{start.name}.close()" and last else None
    below = [each for each in body[last + 1 :] if each is not made.dropped]
    if closing is None and (
        made.by_name or any(_gives_on(subject, each, start.name, named) for each in body)
    ):
        return None, ()
    return closing, below


def _uses_of(statement: ast.stmt, name: str, named: set[int]) -> list[ast.Name]:
    nodes = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name)
    return [node for node in nodes if id(node) not in named]


def _gives_on(subject: Subject, statement: ast.stmt, name: str, named: set[int]) -> bool:
    """Whether something may go on with the handle below the statement that is given it: what is bound there, a function
    that is defined, a `yield`."""
    for use_ in _uses_of(statement, name, named):
        above = subject.source.parents[use_]
        while not isinstance(above, ast.stmt):
            if isinstance(above, ast.Yield | ast.YieldFrom | ast.Await | ast.Lambda):
                return True
            above = subject.source.parents[above]
        if not isinstance(above, ast.Expr | ast.For | ast.If | ast.While | ast.Return):
            return True
    return False


def unused_handle(subject: Subject) -> str:
    """The variable of a handle that is asked for nothing but its name, and closed by nobody; "" for any other."""
    statement, made = subject.statement, subject.binding
    if made is None or not isinstance(statement, ast.Assign) or statement.value is not subject.call:
        return ""
    if subject.site.shape is not Shape.HANDLE or subject.site.handed is not None or subject.is_descriptor:
        return ""
    if made.path != f"{made.name}.name" or len(subject.stores.get(made.name, ())) != 1:
        return ""
    parents = subject.source.parents
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == made.name and isinstance(node.ctx, ast.Load):
            above = parents[node]
            if not (isinstance(above, ast.Attribute) and above.attr == "name"):
                return ""
    return made.name


def has_handle(subject: Subject, start: Start) -> bool:
    """Whether the region begins with a variable for the handle that the creation gave."""
    return (
        start.kind == "plain"
        and not subject.is_descriptor
        and subject.site.shape is Shape.HANDLE
        and subject.site.handed is None
        and bool(start.name)
        and subject.binding is not None
        and subject.binding.path == f"{start.name}.name"
    )


def closes_handle(subject: Subject, start: Start, statement: ast.stmt) -> bool:
    """Whether a statement is `f.close()`, `f` being the handle that the creation gave."""
    if not has_handle(subject, start):
        return False
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and subject.source.code(call) == f"{start.name}.close()"
