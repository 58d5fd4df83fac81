"""A try that begins too late, or whose finally is fragile: the try pulled up, the finally's own statements nested.

In: a subject whose file is deleted in some `finally`. Out: candidates. A late try without handlers is pulled up over
the gap; one with handlers keeps them around its own body, and an outer try takes over its `finally`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import is_only_a_name, may_be_missing, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.handles import closing_of
from tmpleak_lint.fixing.names import bound_by, name_of, names_in, raises_again, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import begin, check, split_head, wrap
from tmpleak_lint.fixing.remaking import SAME_PATH
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.starts import Start, index_holding, region_starts, start_of
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.exceptions import CATCH_ALL
from tmpleak_lint.knowledge.model import Deletes, Ends

_BUILT = (ast.BinOp, ast.JoinedStr)
_TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))


def pull_try_up(subject: Subject) -> Iterator[Candidate]:
    """Begin the try right after the creation, so that its finally covers the statements between."""
    for start in _starts(subject):
        at, late = _late_try(subject, start)
        source = subject.source
        if start.guarded:
            yield from _above_with(subject, start, at, late, late.finalbody)
            start = replace(start, guarded=False)
        check(subject, start.block, start.first, at)
        first_row = source.first_row(start.block.statements[start.first])
        named = _named_within(subject, start, late.finalbody)
        known = frozenset(name for name, _ in named) | (
            {start.path} if start.kind in ("ended", "remade") else frozenset()
        )
        _can_run_early(subject, late.finalbody, start, first_row, known)
        indent = source.indentation(late)
        draft = Draft(source)
        closing = closing_of(subject, start, at - 1, ()) if start.kind == "plain" else None
        heads = [f"{source.unit}with {start.name}:"] if closing is not None else []
        top = begin(subject, draft, start, [*(source.code(each) for _, each in named), "try:", *heads])
        out = {source.first_row(each) for _, each in named}
        for row in out:
            draft.delete_rows(row, row)
        closed = 0  # the rows of what closes the handle, and those above, which a `with` holds now
        if closing is not None:
            closed = source.first_row(closing)
            out |= {*range(closed, source.last_row_of(closing) + 1)}
            draft.delete_rows(closed, source.last_row_of(closing))
        if late.handlers or late.orelse or not _is_bare(subject, late):
            if late.handlers and not late.finalbody:
                raise Unfit("the try has no finally")
            below = _finally_row(subject, late)
        else:
            below = late.lineno
            draft.delete_rows(late.lineno, late.lineno)
        for row in range(top, below):
            if row not in out:
                draft.indent(row, row, source.unit * (1 + (row < closed)), len(indent))
        _bear_absence(subject, draft, late.finalbody)
        yield candidate("pull-up", "begin the try right after the creation", SAFE, draft)


def take_out(subject: Subject) -> Iterator[Candidate]:
    """A try from the creation to the end of a late one, whose finally, which does more, leaves the deletion to it."""
    source = subject.source
    if subject.is_descriptor:
        raise Unfit("a descriptor is closed before what comes after it in its finally", Telling.OTHER_SHAPE)
    for start in _starts(subject):
        at, late = _late_try(subject, start)
        gone = next(iter(subject.deletions))
        unit = gone.unit
        if len(subject.deletions) > 1 or gone.moves or unit not in late.finalbody or len(late.finalbody) < 2:
            raise Unfit("its finally does nothing but delete it", Telling.OTHER_SHAPE)
        row = source.first_row(start.block.statements[start.first])
        names = names_in(unit) - {start.name, start.path}
        if start.guarded or not all(subject.is_bound_before(name, row) for name in names):
            raise Unfit("what the deletion names is bound only later")
        if unit.lineno != unit.end_lineno or is_only_a_name(subject) or not source.alone(unit):
            raise Unfit("the deletion is no row of its own")
        draft = Draft(source)
        top = source.first_row(unit)
        said = draft.comments_above(top)
        if not draft.is_said_of_cleaning(top):  # those go with the deletion
            for above in range(top - len(said), top):
                draft.drop_row(above)
        lines = [source.unit + line for line in (*said, source.code(unit))]
        wrap(subject, draft, start, at, ["finally:", *lines], without=[unit])
        yield candidate("take-out", "let a finally around all that uses it delete it", SAFE, draft)


def pull_handler_up(subject: Subject) -> Iterator[Candidate]:
    """Begin a try whose handler deletes and raises again right after the creation."""
    source = subject.source
    if not subject.only_raises:
        raise subject.stays
    for start in _starts(subject):
        at, late = _late_handler(subject, start)
        handler = late.handlers[0]
        if start.guarded:
            yield from _above_with(subject, start, at, late, handler.body[:-1])
            start = replace(start, guarded=False)
        check(subject, start.block, start.first, at)
        named = _named_within(subject, start, handler.body)
        known = frozenset(name for name, _ in named) | frozenset(filter(None, [handler.name]))
        known |= {start.path} if start.kind in ("ended", "remade") else frozenset()
        _can_run_early(
            subject, handler.body[:-1], start, source.first_row(start.block.statements[start.first]), known
        )
        indent = source.indentation(late)
        for kind in ("", "BaseException"):
            draft = Draft(source)
            top = begin(subject, draft, start, [*(source.code(each) for _, each in named), "try:"])
            out = {late.lineno, *(source.first_row(each) for _, each in named)}
            for row in out:
                draft.delete_rows(row, row)
            for row in range(top, late.lineno):
                if row not in out:
                    draft.indent(row, row, source.unit, len(indent))
            _bear_absence(subject, draft, handler.body)
            if kind and handler.type is not None:
                span = source.span(handler.type)
                draft.replace(span.start, span.end, kind)
            yield candidate("pull-up", "begin the try right after the creation", SAFE, draft)


def _above_with(
    subject: Subject, start: Start, at: int, late: ast.Try, ends: Sequence[ast.stmt]
) -> Iterator[Candidate]:
    """Begin the try above the `with` that makes the file: what names the file is None until then, and asked."""
    source, statement = subject.source, subject.statement
    gone = next(d for d in subject.deletions if _within(subject, d.statement, ends))
    named = _named_within(subject, start, ends)
    used = [name for name in (*(name for name, _ in named), start.name) if name in names_in(gone.unit)]
    if len(used) != 1 or len(named) > 1 or not isinstance(statement, ast.With) or late.orelse:
        return
    name = used[0]
    try:
        check(subject, start.block, start.first, at)
        row = source.first_row(statement)
        _can_run_early(
            subject,
            ends,
            start,
            row,
            frozenset({name, late.handlers[0].name or name} if late.handlers else {name}),
        )
    except Unfit:
        return
    draft, indent, unit = Draft(source), source.indentation(statement), source.unit
    draft.before_row(row, [f"{indent}{name} = None", f"{indent}try:"])
    split_head(subject, draft, statement)
    below = late.lineno
    if late.finalbody and (late.handlers or not _is_bare(subject, late)):
        below = _finally_row(subject, late)
    elif not _is_bare(subject, late):
        return
    else:
        draft.delete_rows(late.lineno, late.lineno)
    moved = [each for _, each in named if each is not statement.body[0]]
    for each in moved:
        if each.lineno != each.end_lineno or any(
            name in names_in(s) for s in statement.body[: statement.body.index(each)]
        ):
            return
        draft.before_row(
            source.first_row(statement.body[0]), [source.indentation(each) + unit + source.code(each)]
        )
        draft.delete_rows(each.lineno, each.lineno)
    out = {each.lineno for each in moved}
    for each_row in range(row, below):
        if each_row not in out:
            draft.indent(each_row, each_row, unit, len(indent))
    asks, inner = gone.unit, source.indentation(gone.unit)
    if isinstance(asks, ast.If):
        if asks.orelse or isinstance(asks.test, ast.BoolOp | ast.IfExp | ast.NamedExpr | ast.Lambda):
            return
        place = source.span(asks.test).start
        draft.replace(place, place, f"{name} is not None and ")
    else:
        draft.before_row(source.first_row(asks), [f"{inner}if {name} is not None:"])
        draft.indent(source.first_row(asks), source.last_row_of(asks), unit, len(inner))
    yield candidate("pull-up", "begin the try above what makes the file", SAFE, draft)


def _late_handler(subject: Subject, start: Start) -> tuple[int, ast.Try]:
    """The try in the creation's block whose only handler deletes the file and raises again, a gap before it."""
    for at in range(start.first + 1, len(start.block.statements)):
        late = start.block.statements[at]
        if not isinstance(late, ast.Try) or len(late.handlers) != 1 or late.orelse or late.finalbody:
            continue
        before = late.handlers[0].body[:-1]
        deletes = any(_within(subject, gone.statement, before) for gone in subject.deletions)
        kind = late.handlers[0].type
        wide = kind is None or subject.source.code(kind) in CATCH_ALL
        if deletes and wide and raises_again(late.handlers[0]) and _is_bare(subject, late):
            return at, late
    raise Unfit("no later try in the same block deletes the file and raises again", Telling.OTHER_SHAPE)


def pull_try_up_above(subject: Subject) -> Iterator[Candidate]:
    """Begin the try above the branch that makes the file, its name bound to None there, which the finally asks."""
    source, own = subject.source, start_of(subject)
    top: ast.AST = subject.statement
    while isinstance(source.parents[top], ast.If):
        top = source.parents[top]
    if is_only_a_name(subject):
        raise Unfit("the file may not be there yet when the finally runs")
    named = own.kind == "plain" and own.name and own.path in (own.name, f"{own.name}.name")
    if not isinstance(top, ast.If) or not named or len(subject.stores[own.name]) != 1:
        raise Unfit("the file has a name of its own further out, or none")
    block = source.blocks[top]
    first = block.index(top)
    at, late = _late_try(subject, Start("plain", block, first, own.path, own.fd, own.name))
    check(subject, block, first, at)
    if len(subject.deletions) != 1 or len(late.finalbody) != 1 or not source.alone(late.finalbody[0]):
        raise Unfit("its finally does more than clean up")
    gone, asks = subject.deletions[0], late.finalbody[0]
    draft = Draft(source)
    indent, unit = source.indentation(top), source.unit
    if isinstance(asks, ast.If) and asks.body == [gone.statement] and not asks.orelse:
        test = source.span(asks.test)
        draft.replace(test.start, test.end, f"{own.name} is not None")
    elif asks is gone.unit:
        draft.before_row(source.first_row(asks), [f"{indent}{unit}if {own.name} is not None:"])
        draft.indent(source.first_row(asks), source.last_row_of(asks), unit, len(indent + unit))
    else:
        raise Unfit("its finally does more than clean up")
    draft.before_row(source.first_row(top), [f"{indent}{own.name} = None", f"{indent}try:"])
    below = late.lineno
    if late.handlers or late.orelse or not _is_bare(subject, late):
        below = _finally_row(subject, late)
    else:
        draft.delete_rows(late.lineno, late.lineno)
    draft.indent(source.first_row(top), below - 1, unit, len(indent))
    yield candidate("pull-up", "begin the try above what makes the file", SAFE, draft)


def _named_within(subject: Subject, start: Start, ends: Sequence[ast.stmt]) -> list[tuple[str, ast.stmt]]:
    """The statements `path = f.name` of the creating `with` whose names the finally needs."""
    statement = subject.statement
    if start.kind != "with" or not isinstance(statement, ast.With):
        return []
    needed = frozenset(name for each in ends for name in names_in(each))
    found: list[tuple[str, ast.stmt]] = [
        (each.targets[0].id, each)
        for each in statement.body
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and len(each.targets) == 1
        and subject.source.code(each.value) in {each.format(start.path) for each in SAME_PATH}
        and each.targets[0].id in needed
        and len(subject.stores[each.targets[0].id]) == 1
        and subject.source.alone(each)
    ]
    return found if len(found) < len(statement.body) else []


def _starts(subject: Subject) -> Iterator[Start]:
    """Where the try may begin: after the creation; or, where that stands under an `if` that the try follows, above the
    `if`, its variable having been bound further up."""
    own = start_of(subject)
    statement: ast.AST = subject.statement
    above = subject.source.parents[statement]
    if own.kind != "plain" or not isinstance(above, ast.If) or _has_late_try(subject, own):
        yield from region_starts(subject, own)
        return
    while isinstance(above, ast.If):
        statement, above = above, subject.source.parents[above]
    assert isinstance(statement, ast.If)
    block = subject.source.blocks[statement]
    first = block.index(statement)
    if first == 0:
        raise Unfit("no later try in the same block deletes the file in its finally", Telling.OTHER_SHAPE)
    yield Start("plain", block, first, own.path, own.fd, "")


def _has_late_try(subject: Subject, start: Start) -> bool:
    try:
        _late_try(subject, start)
    except Unfit:
        return False
    return True


def _late_try(subject: Subject, start: Start) -> tuple[int, ast.Try]:
    """The try in the creation's block whose finally deletes the file, a gap before it."""
    for at in range(start.first + 1, len(start.block.statements)):
        statement = start.block.statements[at]
        if isinstance(statement, _TRIES) and any(
            gone.unit in statement.finalbody or _within(subject, gone.statement, statement.finalbody)
            for gone in subject.deletions
        ):
            if subject.may_hold_another and any(
                gone.unit in statement.finalbody and not isinstance(gone.unit, ast.If)
                for gone in subject.deletions
            ):  # fmt: skip
                raise Unfit("there may be no file, and its finally doesn't ask")
            return at, statement
    raise Unfit("no later try in the same block deletes the file in its finally", Telling.OTHER_SHAPE)


def _bear_absence(subject: Subject, draft: Draft, body: Sequence[ast.stmt]) -> None:
    """Where all that there is may be a name: the deletions in a clause bear that its file isn't there yet."""
    if may_be_missing(subject):
        for gone in subject.deletions:
            if _within(subject, gone.statement, body):
                soften(subject, draft, gone, subject.source.indentation(gone.unit))


def _within(subject: Subject, node: ast.AST, body: Sequence[ast.AST]) -> bool:
    return any(each is node for statement in body for each in ast.walk(statement))


def _can_run_early(
    subject: Subject, ends: Sequence[ast.stmt], start: Start, row: int, known: frozenset[str] = frozenset()
) -> None:
    """The finally is going to run after a failing gap: whatever it names must be there, and it must only clean up."""
    for statement in ends:
        for name in names_in(statement):
            if name != start.name and name not in known and not subject.is_bound_before(name, row):
                raise Unfit(f"its finally uses {name}, which is bound only later")
        cleans = any(d.unit is statement for d in subject.deletions) or (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and tail_of(statement.value.func) in subject.knowledge.tails(Deletes, Ends)
        )
        if _deletes_another_path(subject, statement):
            raise Unfit("its finally deletes a path that may not be there yet")
        if not cleans and not any(_within(subject, d.statement, [statement]) for d in subject.deletions):
            raise Unfit("its finally does more than clean up")


def _deletes_another_path(subject: Subject, statement: ast.stmt) -> bool:
    """Whether a statement deletes what is built from a path: `os.remove(path + ".bak")`."""
    built = {
        name
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Assign) and isinstance(node.value, _BUILT)
        for target in node.targets
        for name in bound_by(target)
    }
    return any(d.beside and d.unit is statement for d in subject.deletions) or any(
        isinstance(call, ast.Call)
        and tail_of(call.func) in subject.removers
        and any(isinstance(given, _BUILT) or name_of(given) in built for given in call.args)
        for call in ast.walk(statement)
    )


def _is_bare(subject: Subject, late: ast.Try) -> bool:
    """Whether the row of the try holds nothing else, not even a comment."""
    return subject.source.line(late.lineno).strip(" \t\f") == "try:"


def _finally_row(subject: Subject, late: ast.Try) -> int:
    row = late.finalbody[0].lineno
    above: list[ast.AST] = [*late.body, *late.handlers, *late.orelse]
    low = max(subject.source.last_row_of(each) for each in above)
    while row > low:
        if subject.source.line(row).strip(" \t\f").startswith("finally"):
            return row
        row -= 1
    raise Unfit("the finally is not found")


def nest_in_finally(subject: Subject) -> Iterator[Candidate]:
    """What stands before the deletion in the finally goes into a try of its own, the deletion into its finally."""
    source = subject.source
    for gone in subject.deletions:
        block = source.blocks[gone.unit]
        if block.field != "finalbody":
            continue
        at = block.index(gone.unit)
        held = [index_holding(block, statement, subject) for statement, _ in subject.causes]
        first = min((i for i in held if i is not None), default=None)
        if first is None or first >= at:
            continue
        check(subject, block, first, at)
        indent = source.indentation(block.statements[first])
        draft = Draft(source)
        above, last = source.first_row(block.statements[first]), source.last_row_of(block.statements[at - 1])
        draft.before_row(above, [f"{indent}try:"])
        draft.indent(above, last, source.unit, len(indent))
        draft.after_row(last, [f"{indent}finally:"])
        earlier = isinstance(block.owner, ast.Try) and any(
            _within(subject, other.statement, [*block.owner.body, *block.owner.handlers, *block.owner.orelse])
            for other in subject.deletions
        )
        if earlier or is_only_a_name(subject):
            soften(subject, draft, gone, indent + source.unit)
        draft.indent(last + 1, source.last_row_of(gone.unit), source.unit, len(indent))
        yield candidate(
            "nest", "nest a try in the finally, so that nothing can skip the deletion", SAFE, draft
        )
        return
    raise Unfit("nothing stands before the deletion in a finally", Telling.OTHER_SHAPE)
