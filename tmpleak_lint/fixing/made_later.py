"""A file that is made above what doesn't need it, made below that: what fails there leaves none.

In: a subject. Out: edits that put the creating statement, and what only prepares its file, below the checks and
computations that stand there now and know nothing of it; None where none of them can fail, or something speaks against
it. Not handled: calls that are there for what they do. Those stay in their order with the creation.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.binding import DERIVING
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, name_of, names_in, tail_of
from tmpleak_lint.fixing.passing import parts_of
from tmpleak_lint.fixing.source import Function, meant_within, own_nodes
from tmpleak_lint.fixing.starts import opens_close
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Handling, Holds, Makes
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import ABOUT_FILES_MADE
from tmpleak_lint.model import Edit

_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break, ast.Pass)
_PUTTING = SHIPPED.tails_where(Holds, lambda holds: holds.how in (Handling.PUTS, Handling.PUTS_EACH))
_CHECKING = frozenset({"assert", "check", "ensure", "require", "validate", "verify"})


def made_later(subject: Subject) -> tuple[Edit, ...] | None:
    """The edits, None where there is nothing to be put off."""
    source, statement = subject.source, subject.statement
    if subject.is_descriptor or subject.site.handed is not None or subject.binding is None:
        return None
    if not isinstance(statement, ast.Assign) or not _is_plainly_made(statement.value, subject.call):
        return None
    if not _is_seen_here_alone(subject, statement):
        return None
    body, first = subject.block.statements, subject.index
    end = first + 1
    while end < len(body) and _prepares(subject, body[end]):
        end += 1
    unit = body[first:end]
    last = end
    while last < len(body) and _needs_nothing(subject, unit, body[last]):
        last += 1
    between = body[end:last]
    within = {node for each in between for node in ast.walk(each)}
    risky = any(cause in within for cause, _ in subject.causes)
    if not risky or last == len(body) or not all(map(source.alone, body[first : last + 1])):
        return None
    draft = Draft(source)
    if any(draft.comments_above(source.first_row(each)) for each in between):
        return None  # they may speak of all that stands below them
    top, bottom = source.first_row(unit[0]), source.last_row_of(unit[-1])
    top -= len(draft.comments_above(top))
    rows = range(top, bottom + 1)
    place = source.first_row(body[last])
    place -= len(draft.comments_above(place))
    if any(row in source.rows_within_strings for row in rows) or not bottom < place:
        return None
    lines = [source.line(row).rstrip("\r\n") for row in rows]
    below = bottom
    while not source.line(below + 1).strip():
        below += 1
    if below > bottom and (first == 0 or not source.line(top - 1).strip()):
        bottom = below  # one of the two gaps is enough
    draft.changes.append((source.row_start(top), source.row_start(bottom + 1), ""))
    draft.before_row(place, lines)
    return draft.edits()


def _is_seen_here_alone(subject: Subject, statement: ast.Assign) -> bool:
    """Whether nothing that is called can ask for what the statement binds: it binds variables of a function, which no
    function within reads."""
    scope = subject.scope
    targets = [part for target in statement.targets for part in parts_of(target)]
    if not isinstance(scope, Function) or not all(isinstance(part, ast.Name) for part in targets):
        return False
    names = {name_of(part) for part in targets}
    theirs = {
        name
        for node in own_nodes(scope)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return (
        not names & theirs
        and not any(0 in subject.stores.get(name, ()) for name in names)
        and not names & meant_within(scope)
    )


def _is_plainly_made(value: ast.expr, call: ast.Call) -> bool:
    """Whether a value is the creating call, its path or a path made of it, and asks nobody else."""
    while value is not call:
        match value:
            case ast.Subscript(value=inner, slice=ast.Constant()) | ast.Attribute(value=inner, attr="name"):
                value = inner
            case ast.Call(args=[inner], keywords=[]) if tail_of(value.func) in DERIVING:
                value = inner
            case ast.IfExp(test=ast.Name(), body=chosen, orelse=other):
                value = other if any(n is call for n in ast.walk(other)) else chosen
            case _:
                return False
    simple = (*call.args, *(each.value for each in call.keywords))
    return all(isinstance(node, _SIMPLE) for each in simple for node in ast.walk(each))


_SIMPLE = (
    ast.Constant,
    ast.Name,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Load,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
)


def _prepares(subject: Subject, each: ast.stmt) -> bool:
    """Whether a statement closes the descriptor, makes the directory, or makes another path of the file's."""
    if opens_close(each):
        return True
    match each:
        case ast.Expr(value=ast.Call() as call):
            makers = subject.knowledge.tails_where(Makes, lambda makes: makes.directory)
            return tail_of(call.func) in makers and bool(names_in(call) & subject.aliases)
    return False


def _needs_nothing(subject: Subject, unit: list[ast.stmt], each: ast.stmt) -> bool:
    """Whether a statement knows nothing of the file, and only checks or computes something."""
    own = {name for made in unit for node in ast.walk(made) for name in bound_by(node)} | subject.aliases
    read = frozenset().union(*map(names_in, unit))
    nodes = list(ast.walk(each))
    named = {n.id for n in nodes if isinstance(n, ast.Name)}
    words = named | {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    if named & own or words & ABOUT_FILES_MADE or any(name in read for n in nodes for name in bound_by(n)):
        return False
    if _ask_for_files(subject, {tail_of(n.func) for n in nodes if isinstance(n, ast.Call)}):
        return False
    if any(isinstance(n, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Lambda) for n in nodes):
        return False
    return _checks(each)


def _ask_for_files(subject: Subject, called: set[str]) -> bool:
    """Whether a function of the module that goes by one of these names, or one that it calls, has to do with where
    files are made, or finds them there."""
    bodies: dict[str, list[ast.AST]] = {}
    for node in subject.source.nodes:
        if isinstance(node, Function):
            bodies.setdefault(node.name, []).append(node)
    seen: set[str] = set()
    while called:
        name = called.pop()
        seen.add(name)
        for node in (each for body in bodies.get(name, ()) for each in ast.walk(body)):
            word = (
                node.id
                if isinstance(node, ast.Name)
                else node.attr
                if isinstance(node, ast.Attribute)
                else ""
            )
            if word in ABOUT_FILES_MADE:
                return True
            if isinstance(node, ast.Call) and tail_of(node.func) not in seen:
                called.add(tail_of(node.func))
    return False


def _checks(each: ast.stmt) -> bool:
    match each:
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        case ast.AnnAssign(target=ast.Name()) | ast.Assert():
            return True
        case ast.If(body=body, orelse=orelse):
            return all(isinstance(s, _LEAVING) or _checks(s) for s in (*body, *orelse))
        case ast.Expr(value=ast.Call() as call):
            name = tail_of(call.func)
            of_a_list = (
                name in _PUTTING and isinstance(call.func, ast.Attribute) and bool(name_of(call.func.value))
            )
            return of_a_list or bool(set(name.lower().split("_")) & _CHECKING)
    return False
