"""A file made further in than where it is used: its name bound to None above, and a try around all of it.

In: a subject whose creation stands under an `if`, in a handler, in a `with` of its own. Out: candidates.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import ANY, MISSING, NEVER, deletion, may_be_missing
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.passing import PUTS
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check, with_own_name
from tmpleak_lint.fixing.rewrites.ends import taken_over
from tmpleak_lint.fixing.rewrites.protect import outlives, trust
from tmpleak_lint.fixing.source import Block, Unfit, own_nodes
from tmpleak_lint.fixing.starts import Start, cannot_fail, index_holding, start_of
from tmpleak_lint.fixing.subject import Subject


def guarded(subject: Subject) -> Iterator[Candidate]:
    """`p = None` above the branch or loop that makes the file, and a try around it and all that may lose it.

    For a file made further in than where it is used: under an `if`, in a handler, in a `with` of its own. Failing ways
    delete it; where nothing hands it over, every way does.
    """
    own = _unnamed(subject)
    name, made = (own.name, own.path) if own is not None else _named(subject)
    if subject.is_descriptor:
        raise Unfit("the file has no variable of its own")
    if _goes_with_others(subject):
        raise Unfit("a loop deletes it, together with others")
    marked = _mark(subject, name) if own is None else ""
    flag = _flag(subject, name) if marked else ""
    marked = "" if flag else marked
    name, path = (marked, marked) if marked else (name, made)
    asked = flag or f"{name} is not None"
    points = [d.statement for d in subject.deletions]
    points += [each for each, _ in [*subject.causes, *subject.exits]]
    block = _block_around(subject, points)
    handed_on = subject.only_raises and any(gone.moves for gone in subject.deletions)
    loses = subject.escapes or bool(subject.registrations) or handed_on
    if loses and not subject.only_raises:
        raise subject.stays
    named = _Named(name, path, asked, marked, made, own, is_flag=bool(flag))
    first, last = _extent(subject, block, points, loses=loses)
    yield from _around(subject, named, block, first, last, loses=loses)
    # What hands it over may fail as well: where it does, that is known only once all above is taken care of.
    further = _handed_at(subject, block, last) if loses else None
    if further is not None:
        yield from _around(subject, named, block, first, further, loses=loses)


@dataclass(frozen=True, slots=True)
class _Named:
    """What names the file: its variable, the path by that, what is asked before it is deleted; `marked`: a further
    variable, which has `made` below the creation; `own`: the variable that the creating call gets, where it has none;
    `is_flag`: what is asked is a variable of the code's own."""

    name: str
    path: str
    asked: str
    marked: str
    made: str
    own: Start | None
    is_flag: bool


def _handed_at(subject: Subject, block: Block, last: int) -> int | None:
    """The statement below the last that may lose the file in which it is handed over, if it doesn't just return it."""
    ends = [each for each in subject.hand_overs if not isinstance(each, ast.Return)]
    held = [index for each in ends if (index := index_holding(block, each, subject)) is not None]
    return max(held) if held and max(held) > last else None


def _around(
    subject: Subject, named: _Named, block: Block, first: int, last: int, *, loses: bool
) -> Iterator[Candidate]:
    """A try around these statements of a block."""
    name, path, asked, marked, made, own = (
        named.name, named.path, named.asked, named.marked, named.made, named.own,
    )  # fmt: skip
    check(subject, block, first, last)
    source = subject.source
    units = [] if loses or marked else taken_over(subject, block, last)
    while units and last > first and any(block.statements[last] is unit for unit in units):
        last -= 1
    strict = bool(units) or not (subject.deletions or loses or subject.is_directory or subject.may_be_taken)
    strict = strict and not may_be_missing(subject)
    forgive = NEVER if strict else ANY if loses else MISSING
    unit, indent = source.unit, source.indentation(block.statements[first])
    for below in (True, False) if _ends_branch(subject, block, first, last) else (False,):
        draft = Draft(source)
        lines = [unit * 2 + line for line in deletion(subject, draft, path, forgive)]
        ending = ["except BaseException:" if loses else "finally:", f"{unit}if {asked}:", *lines]
        ending += [f"{unit}raise"] if loses else []
        top, bottom = source.first_row(block.statements[first]), source.last_row_of(block.statements[last])
        above = [] if named.is_flag or _is_none_above(block, first, name) else [f"{indent}{name} = None"]
        draft.before_row(top, above if below else [*above, f"{indent}try:"])
        if below:
            top = source.first_row(block.statements[_first_below(subject, block, first, last)])
            top -= len(draft.comments_above(top))
            draft.before_row(top, [f"{indent}try:"])
        if marked:
            _write_mark(subject, draft, marked, made, "" if below else unit)
        if own is not None:
            naming = f"{'' if below else unit}{name} = "
            with_own_name(subject, draft, own, lambda text, naming=naming: [naming + text])  # type: ignore[misc]
        left_out = {row for s in units for row in range(source.first_row(s), source.last_row_of(s) + 1)}
        for each in units:
            draft.delete_with_comments(source.first_row(each), source.last_row_of(each))
        for row in range(top, bottom + 1):
            if row not in left_out:
                draft.indent(row, row, unit, len(indent))
        draft.after_row(bottom, [indent + line for line in ending])
        trusted = SAFE if loses else trust(subject)
        yield candidate(
            "guarded", "delete it, if it was made, when the code around it fails or ends", trusted, draft
        )


def _ends_branch(subject: Subject, block: Block, first: int, last: int) -> bool:
    """Whether nothing that may lose the file stands in the branch of an `if` that makes it: the try may begin below."""
    if first == last or not subject.source.alone(subject.statement):
        return False
    at: ast.AST = subject.statement
    top = block.statements[first]
    start = Start("plain", subject.block, subject.index, "", None, "")
    while at is not top:
        above = subject.source.parents[at]
        if not isinstance(above, ast.If) or not isinstance(at, ast.stmt):
            return False
        siblings = subject.source.blocks[at]
        if not all(
            _goes_well(subject, start, each) for each in siblings.statements[siblings.index(at) + 1 :]
        ):
            return False
        at = above
    return not isinstance(subject.statement, ast.With)


def _goes_well(subject: Subject, start: Start, each: ast.stmt) -> bool:
    """Whether a statement can't fail, or closes the file's own descriptor, or handle, which nobody has written to."""
    made = subject.binding
    closing = {f"os.close({made.fd})", f"{made.name}.close()"} if made is not None else set()
    return cannot_fail(subject, start, each) or subject.source.code(each) in closing


def _first_below(subject: Subject, block: Block, first: int, last: int) -> int:
    """Index of the first statement below the branch that can fail, or may lose the file."""
    points = [each for each, _ in [*subject.causes, *subject.exits]]
    points += [gone.statement for gone in subject.deletions]
    held = [index for each in points if (index := index_holding(block, each, subject)) is not None]
    until = min([last, *(index for index in held if index > first)])
    start = Start("plain", subject.block, subject.index, "", None, "")
    below = first + 1
    while below < until and cannot_fail(subject, start, block.statements[below]):
        below += 1
    return below


def _unnamed(subject: Subject) -> Start | None:
    """The creating call with a variable of its own, where it has none: what it gives is only part of an expression."""
    if subject.binding is not None or isinstance(subject.statement, ast.With) or subject.is_descriptor:
        return None
    own = start_of(subject)
    return own if own.kind == "bind" and own.name not in subject.stores else None


def _named(subject: Subject) -> tuple[str, str]:
    """The variable that has the file, and the file's path by that."""
    statement, binding = subject.statement, subject.binding
    if binding is not None:
        if binding.when:
            raise Unfit("the variable may hold what somebody else gave")
        return binding.name, binding.path
    if isinstance(statement, ast.With) and statement.items[0].context_expr is subject.call:
        target = statement.items[0].optional_vars
        name = target.id if isinstance(target, ast.Name) else ""
        return name, f"{name}.name"
    raise Unfit("the file has no name of its own")


def _block_around(subject: Subject, points: list[ast.stmt]) -> Block:
    """The innermost block in which the creation stands and all that may lose the file: one further out."""
    source, block = subject.source, subject.block
    at = source.parents.get(subject.statement)
    while not all(index_holding(block, each, subject) is not None for each in [subject.statement, *points]):
        if at is None or at is subject.scope:
            raise Unfit("what raises stands outside of the block that creates the file", Telling.RAISES)
        if isinstance(at, ast.stmt):
            block = source.blocks[at]
        at = source.parents.get(at)
    if block.statements is subject.block.statements:
        raise Unfit("the file is bound where it is used: nothing needs a guard")
    return block


def _extent(subject: Subject, block: Block, points: list[ast.stmt], *, loses: bool) -> tuple[int, int]:
    """The first and the last statement of the block to be protected: up to the last that may lose the file, or uses it
    where nobody else gets it."""
    held = [index for point in points if (index := index_holding(block, point, subject)) is not None]
    first = index_holding(block, subject.statement, subject)
    assert first is not None
    last = max([first, *held])
    if not loses:
        for index in range(last, len(block.statements)):
            if subject.aliases & names_in(block.statements[index]):
                last = index
        if subject.reads_after(subject.source.last_row_of(block.statements[last]), subject.aliases):
            raise Unfit("the file is used outside of the block that could be protected", Telling.USED)
    for given in subject.registrations:
        index = index_holding(block, given.statement, subject)
        if index is not None and index <= last and block.statements[last] is not given.unit:
            raise Unfit("something else is asked to delete it before the last thing that can raise")
    return first, last


def _write_mark(subject: Subject, draft: Draft, marked: str, made: str, unit: str) -> None:
    """What tells that the file was made: one more variable of its assignment, or a statement right below it, which is
    pushed in by `unit`."""
    source, statement = subject.source, subject.statement
    row, inner = source.last_row_of(statement), source.indentation(statement)
    if subject.binding is None and isinstance(statement, ast.With):
        row, inner = source.first_row(statement.body[0]) - 1, source.indentation(statement.body[0])
    elif (
        isinstance(statement, ast.Assign)
        and [source.code(each) for each in statement.targets] == [made]
        and statement.value is subject.call
        and len(source.line(row).rstrip()) + len(f"{unit}{marked} = ") <= source.widest
        and statement.lineno == statement.end_lineno
    ):
        place = source.span(statement.value).start
        draft.replace(place, place, f"{marked} = ")
        return
    draft.after_row(row, [f"{inner}{unit}{marked} = {made}"])


def _goes_with_others(subject: Subject) -> bool:
    """Whether a loop deletes it from a container that more than one statement fills: they all want to be deleted."""
    held = {
        name
        for gone in subject.deletions
        if isinstance(gone.unit, ast.For)
        for name in names_in(gone.unit.iter)
    }
    fills = [
        node
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in PUTS
        and names_in(node.func.value) & held
    ]
    return len(fills) > 1


def _mark(subject: Subject, name: str) -> str:
    """A name of its own for the file, where the one it has may stand for another file; "" where it may not."""
    try:
        if not name:
            raise Unfit("the file has no variable of its own")
        _bound_by_creations(subject, name)
    except Unfit:
        creation = subject.statement
        in_head = isinstance(creation, ast.With) and creation.body[0].lineno > creation.lineno and bool(name)
        if not in_head and (subject.binding is None or not subject.source.alone(creation)):
            raise
        return subject.fresh("tmp_dir" if subject.is_directory else "tmp_path")
    return ""


def _flag(subject: Subject, name: str) -> str:
    """The code's own variable that says whether the file was made: False above, True right below the creation, and
    nothing else; "" where there is none, or where the file's variable is bound anew later."""
    source, block = subject.source, subject.block
    if max(subject.stores.get(name, ()), default=0) > source.last_row_of(subject.statement):
        return ""
    values: dict[str, list[ast.Assign]] = {}
    for node in own_nodes(subject.scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values.setdefault(node.targets[0].id, []).append(node)
    start = Start("plain", block, subject.index, "", None, "")
    for each in block.statements[subject.index + 1 :]:
        if not _goes_well(subject, start, each):
            break
        flag = bound_by(each.targets[0])[0] if isinstance(each, ast.Assign) else ""
        given = [source.code(assigned.value) for assigned in values.get(flag, ())]
        row = source.first_row(subject.statement)
        told = sorted(given) == ["False", "True"] and len(subject.stores[flag]) == 2
        if told and source.code(each.value) == "True" and subject.is_bound_before(flag, row):  # type: ignore[attr-defined]
            return flag
    return ""


def _is_none_above(block: Block, first: int, name: str) -> bool:
    """Whether the block binds the name to None further up, and to nothing else in between."""
    for statement in reversed(block.statements[:first]):
        if any(name in bound_by(node) for node in ast.walk(statement)):
            value = statement.value if isinstance(statement, ast.Assign) else None
            return isinstance(value, ast.Constant) and value.value is None
    return False


def _bound_by_creations(subject: Subject, name: str) -> None:
    """Refuse a name that may stand for somebody else's file. Raises `Unfit`."""
    for node in own_nodes(subject.scope):
        if name not in bound_by(node):
            continue
        at: ast.AST = node
        while not isinstance(at, ast.stmt):
            at = subject.source.parents[at]
        if at is subject.statement:
            continue
        value = getattr(at, "value", None)
        if not isinstance(at, ast.Assign) or value is None:
            raise Unfit(f"{name} may stand for another file")
        is_none = isinstance(value, ast.Constant) and value.value is None
        wanted = tail_of(subject.call.func)
        creates = any(isinstance(n, ast.Call) and tail_of(n.func) == wanted for n in ast.walk(value))
        if not is_none and not creates:
            raise Unfit(f"{name} may stand for another file")
    if name not in subject.stores or 0 in subject.stores[name] or outlives(subject, name):
        raise Unfit(f"{name} may stand for another file")
