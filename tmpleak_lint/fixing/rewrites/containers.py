"""Files that go into a list, set or dict of the scope: one try around everything that fills and uses it.

In: a subject whose file a local container holds. Out: candidates. The try begins right below the empty container, so a
creation that fails midway finds the earlier files in it; a comprehension becomes a loop, and a file is put into the
container before anything else can fail. Where the container is handed over, only failing ways delete.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tmpleak_lint.fixing.candidate import SAFE, UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import ANY, MISSING, deletion, is_only_a_name
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, name_of, names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check
from tmpleak_lint.fixing.rewrites.protect import trust
from tmpleak_lint.fixing.source import Block, Unfit, own_nodes
from tmpleak_lint.fixing.starts import index_holding
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Shape

_PUTS = {"append": "list", "add": "set"}
_EMPTY = {"list": "[]", "set": "set()", "dict": "{}"}
_COMPREHENSIONS = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}


@dataclass(frozen=True, slots=True, eq=False)
class _Container:
    """The container: its name and kind, the statement that makes it, the one that puts the file into it."""

    name: str
    kind: str
    made: ast.stmt
    block: Block
    at: int  # of `made` in the block
    put: ast.stmt | None  # where that isn't the creation's own statement


def all_in_container(subject: Subject) -> Iterator[Candidate]:
    """The deletion of all that a container holds, in a finally or, where it is handed over, on failing ways."""
    if subject.is_descriptor or subject.registrations:
        raise Unfit("it is in no container of the scope", Telling.OTHER_SHAPE)
    source = subject.source
    held = _container(subject)
    block = held.block
    comprehension = held.made is subject.statement
    loses = subject.escapes or bool(subject.hand_overs)
    gone = subject.deletions
    moved = (
        gone[0].unit
        if len(gone) == 1 and source.blocks[gone[0].unit].statements is block.statements
        else None
    )
    if gone and (moved is None or loses):
        raise Unfit("it is deleted in several places")
    if loses and not subject.only_raises:
        raise subject.stays
    last = block.index(moved) - 1 if moved is not None else _last(subject, held, loses=loses)
    first = held.at + 1
    if not comprehension or last >= first:
        check(subject, block, first, last)
    draft = Draft(source)
    indent, unit = source.indentation(held.made), source.unit
    row = source.last_row_of(held.made)
    if comprehension:
        _as_loop(subject, draft, held)
        bottom = source.last_row_of(block.statements[last]) if last >= first else row
        draft.indent(row + 1, bottom, unit, len(indent))
    else:
        bottom = source.last_row_of(block.statements[last])
        draft.after_row(row, [f"{indent}try:"])
        put = held.put
        if put is not None:
            line = source.line(put.lineno)
            draft.after_row(source.last_row_of(subject.statement), [unit + line])
            draft.delete_rows(put.lineno, put.lineno)
            draft.indent(row + 1, put.lineno - 1, unit, len(indent))
            draft.indent(put.lineno + 1, bottom, unit, len(indent))
        else:
            draft.indent(row + 1, bottom, unit, len(indent))
    if moved is not None:
        draft.after_row(bottom, [f"{indent}finally:"])
        draft.indent(bottom + 1, source.last_row_of(moved), unit, len(indent))
        trusted = trust(subject)
    else:
        own = subject.binding.path if held.put is not None and subject.binding is not None and loses else ""
        each = own or subject.fresh("path")
        forgive = ANY if loses else MISSING if is_only_a_name(subject) else ""
        walked = f"{held.name}.values()" if held.kind == "dict" else held.name
        lines = [f"for {each} in {walked}:"]
        lines += [unit + line for line in deletion(subject, draft, each + _suffix(subject), forgive)]
        lines += ["raise"] if loses else []
        head = "except BaseException:" if loses else "finally:"
        draft.after_row(bottom, [indent + head, *(indent + unit + line for line in lines)])
        trusted = SAFE if loses else UNSAFE
    yield candidate("container", "delete all that is held so far, whatever fails", trusted, draft)


def loop_into_try(subject: Subject) -> Iterator[Candidate]:
    """`files = [make(x) for x in items]` as a loop within the try below it, whose finally deletes them all."""
    source, held = subject.source, _container(subject)
    if subject.is_descriptor or held.made is not subject.statement:
        raise Unfit("no comprehension makes it", Telling.OTHER_SHAPE)
    late = next(
        (
            each
            for each in held.block.statements[held.at + 1 :]
            if isinstance(each, ast.Try) and any(gone.unit in each.finalbody for gone in subject.deletions)
        ),
        None,
    )
    if late is None or late.handlers or late.orelse or len(subject.deletions) != 1:
        raise Unfit("no try below deletes all of them in its finally", Telling.OTHER_SHAPE)
    at = held.block.index(late)
    needed = frozenset(name for each in late.finalbody for name in names_in(each))
    own = frozenset(name for each in late.finalbody for node in ast.walk(each) for name in bound_by(node))
    if not all(subject.is_bound_before(name, held.made.lineno) for name in needed - own - {held.name}):
        raise Unfit("its finally uses what is bound only later")
    if source.line(late.lineno).strip() != "try:":
        raise Unfit("the row of the try holds more")
    row = source.last_row_of(held.made)
    check(subject, held.block, held.at + 1, at)
    draft = Draft(source)
    _as_loop(subject, draft, held)
    draft.indent(row + 1, late.lineno - 1, source.unit, len(source.indentation(held.made)))
    draft.delete_rows(late.lineno, late.lineno)
    yield candidate("container", "let the finally see all that were made, whatever fails", SAFE, draft)


def _container(subject: Subject) -> _Container:
    """The container that holds the file. Raises `Unfit`."""
    statement = subject.statement
    if not subject.source.alone(statement):
        raise Unfit("the creation shares its line with another statement", Telling.SHARES_ROW)
    if isinstance(statement, ast.Assign) and type(statement.value) in _COMPREHENSIONS:
        if len(statement.targets) != 1 or not name_of(statement.targets[0]):
            raise Unfit("it is in no container of the scope", Telling.OTHER_SHAPE)
        kind = _COMPREHENSIONS[type(statement.value)]
        name = name_of(statement.targets[0])
        return _Container(name, kind, statement, subject.block, subject.index, None)
    found = _put(subject, statement, subject.call)
    put = None
    if found is None and subject.binding is not None and subject.binding.name == subject.binding.path:
        for each in subject.block.statements[subject.index + 1 :]:
            value = each.value if isinstance(each, ast.Expr) else None
            given = value.args[0] if isinstance(value, ast.Call) and len(value.args) == 1 else None
            if name_of(given or each) == subject.binding.name and _put(subject, each, given) is not None:
                found, put = _put(subject, each, given), each
                break
    if found is None:
        raise Unfit("it is in no container of the scope", Telling.OTHER_SHAPE)
    if put is not None and (put.lineno != put.end_lineno or not subject.source.alone(put)):
        raise Unfit("what puts it into its container shares its line")
    name, kind = found
    made = [
        node
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Assign) and any(name in bound_by(part) for part in ast.walk(node))
    ]
    if len(made) != 1 or len(subject.stores.get(name, ())) != 1 or not _is_empty(made[0].value, kind):
        raise Unfit(f"{name} may hold other files")
    block = subject.source.blocks[made[0]]
    if index_holding(block, statement, subject) is None or made[0].lineno > statement.lineno:
        raise Unfit(f"{name} may hold other files")
    return _Container(name, kind, made[0], block, block.index(made[0]), put)


def _put(subject: Subject, statement: ast.stmt, value: ast.expr | None) -> tuple[str, str] | None:
    """Which container a statement puts a value into, and of what kind that is."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and statement.value is value:
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and name_of(target.value):
            return name_of(target.value), "dict"
    call = statement.value if isinstance(statement, ast.Expr) else None
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[given], keywords=[]):
            if attr in _PUTS and given is value:
                return name, _PUTS[attr]
    return None


def _is_empty(value: ast.expr, kind: str) -> bool:
    if isinstance(value, ast.List | ast.Dict):
        wanted = "list" if isinstance(value, ast.List) else "dict"
        return kind == wanted and not getattr(value, "elts", ()) and not getattr(value, "keys", ())
    return (
        isinstance(value, ast.Call) and tail_of(value.func) == kind and not value.args and not value.keywords
    )


def _suffix(subject: Subject) -> str:
    """What leads from an element of the container to the path."""
    site = subject.site
    if subject.binding is not None and subject.binding.name == subject.binding.path:
        return ""
    if site.handed is None and site.shape is Shape.HANDLE:
        return ".name"
    if site.shape is Shape.FD_AND_PATH and site.handed is None:
        raise Unfit("the container holds descriptors as well")
    return ""


def _last(subject: Subject, held: _Container, *, loses: bool) -> int:
    """Index of the last statement that has to be within the try."""
    points = [statement for statement, _ in subject.causes] + (
        [held.put] if held.put else [subject.statement]
    )
    indexes = [index_holding(held.block, point, subject) for point in points]
    if any(index is None for index in indexes):
        raise Unfit("what raises stands outside of the block that makes the container", Telling.RAISES)
    last = max(index for index in indexes if index is not None)
    if loses:
        for statement in subject.hand_overs:
            index = index_holding(held.block, statement, subject)
            if not isinstance(statement, ast.Return) and index is not None and index < last:
                raise Unfit("it may be handed over before something else can raise")
        return last
    names = frozenset({held.name}) | subject.aliases
    for index in range(last, len(held.block.statements)):
        if names & names_in(held.block.statements[index]):
            last = index
    if subject.reads_after(subject.source.last_row_of(held.block.statements[-1]), names):
        raise Unfit("the file is used outside of the block that makes its container", Telling.USED)
    return last


def _as_loop(subject: Subject, draft: Draft, held: _Container) -> None:
    """`paths = [make(x) for x in items]` as an empty list and a loop within a try."""
    source, statement = subject.source, held.made
    assert isinstance(statement, ast.Assign)
    value = statement.value
    assert isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp)
    if len(value.generators) != 1 or value.generators[0].is_async:
        raise Unfit("the comprehension is of more than one loop")
    loop = value.generators[0]
    names = {name for part in ast.walk(loop.target) for name in bound_by(part)}
    if any(name in subject.stores for name in names - {"_"}) or names & _reads_outside(subject, value):
        raise Unfit("the comprehension's names mean something else outside of it")
    pieces = [loop.target, loop.iter, *loop.ifs]
    pieces += [value.key, value.value] if isinstance(value, ast.DictComp) else [value.elt]
    if any(piece.lineno != piece.end_lineno for piece in pieces):
        raise Unfit("the comprehension spans several lines")
    element = value.value if isinstance(value, ast.DictComp) else value.elt
    if element is not subject.call:
        raise Unfit("the comprehension makes more than the file of each element")
    indent, unit = source.indentation(statement), source.unit
    lines = [f"{indent}try:", f"{indent}{unit}for {source.code(loop.target)} in {source.code(loop.iter)}:"]
    depth = indent + unit * 2
    for test in loop.ifs:
        lines.append(f"{depth}if {source.code(test)}:")
        depth += unit
    if isinstance(value, ast.DictComp):
        lines.append(f"{depth}{held.name}[{source.code(value.key)}] = {source.code(value.value)}")
    else:
        method = "append" if isinstance(value, ast.ListComp) else "add"
        lines.append(f"{depth}{held.name}.{method}({source.code(value.elt)})")
    span = source.span(value)
    draft.replace(span.start, span.end, _EMPTY[held.kind])
    draft.after_row(source.last_row_of(statement), lines)


def _reads_outside(subject: Subject, value: ast.expr) -> frozenset[str]:
    inside = {id(node) for node in ast.walk(value)}
    return frozenset(n.id for n in ast.walk(subject.scope) if isinstance(n, ast.Name) and id(n) not in inside)
