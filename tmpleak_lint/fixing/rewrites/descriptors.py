"""The descriptor of mkstemp: closed right after the creation where nobody uses it, or in a finally after its last use.

In: a subject of TML301 or TML302. Out: candidates.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tmpleak_lint.fixing.binding import is_index
from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check
from tmpleak_lint.fixing.rewrites.extending import into_handler
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.starts import Start, extracted, index_holding
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Shape

_CLOSING = re.compile(r"\b(?:clos|descriptor|handle|fd\b)", re.IGNORECASE)
MESSAGE = "close the descriptor right after the creation"


def close_at_once(subject: Subject) -> Iterator[Candidate]:
    """`os.close(fd)` below the creation, for a descriptor that nothing else reads."""
    source, statement = subject.source, subject.statement
    if not source.alone(statement) or subject.site.handed is not None:
        raise Unfit("the descriptor has no name")
    if not isinstance(statement, ast.Assign):
        yield _named(subject)
        return
    target = statement.targets[0]
    draft = Draft(source)
    indent = source.indentation(statement)
    row = source.last_row_of(statement)
    if isinstance(target, ast.Tuple) and statement.value is subject.call and len(target.elts) == 2:
        fd = target.elts[0]
        if not isinstance(fd, ast.Name):
            raise Unfit("the descriptor has no name of its own")
        closing = _closing(subject, fd.id)
        name = fd.id
        if name.strip("_") == "" and closing is None:
            name = _name_for(subject)
            span = source.span(fd)
            draft.replace(span.start, span.end, name)
            draft.realign(source.span(subject.call), len(name) - len(fd.id))
        said: list[str] = []  # of the closing: it goes with it
        if closing is not None:
            above = source.first_row(closing)
            said = draft.comments_above(above)
            said = said if any(_CLOSING.search(comment) for comment in said) else []
            draft.delete_rows(above - len(said), source.last_row_of(closing))
        closes = f"{use(subject, draft, 'os', 'close')}({name})"
        if closing is not None and closing.lineno == closing.end_lineno:
            closes = source.line(closing.lineno).strip()
        draft.after_row(row, [indent + line for line in (*said, closes)])
        yield candidate("close", MESSAGE, SAFE, draft)
        return
    if isinstance(target, ast.Name) and _is_asked_for_its_path(subject, target.id):
        draft.after_row(row, [f"{indent}{use(subject, draft, 'os', 'close')}({target.id}[0])"])
        yield candidate("close", MESSAGE, SAFE, draft)
        return
    picked = statement.value
    if (
        isinstance(picked, ast.Subscript)
        and picked.value is subject.call
        and subject.site.shape is Shape.FD_AND_PATH
        and is_index(picked.slice, 1)
        and len(statement.targets) == 1
    ):
        fd_name = _name_for(subject)
        place = source.span(target).start
        draft.replace(place, place, f"{fd_name}, ")
        draft.replace(source.span(subject.call).end, source.span(picked).end, "")
        draft.after_row(row, [f"{indent}{use(subject, draft, 'os', 'close')}({fd_name})"])
        yield candidate("close", MESSAGE, SAFE, draft)
        return
    yield _named(subject)


def _is_asked_for_its_path(subject: Subject, name: str) -> bool:
    """Whether the pair is given to a name as it is, of which nothing but the path is asked: `made[1]`."""
    if (
        subject.site.shape is not Shape.FD_AND_PATH
        or subject.source.parents[subject.call] is not subject.statement
    ):
        return False
    uses = [
        node
        for node in ast.walk(subject.scope)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Store)
    ]
    above = [subject.source.parents[node] for node in uses]
    return all(isinstance(each, ast.Subscript) and is_index(each.slice, 1) for each in above)


def _named(subject: Subject) -> Candidate:
    """`Path(mkstemp()[1])` with the pair bound to names of its own above."""
    source, above = subject.source, subject.source.parents[subject.call]
    picks = isinstance(above, ast.Subscript) and subject.site.shape is Shape.FD_AND_PATH
    if not picks or subject.call.lineno != subject.call.end_lineno:
        raise Unfit("the descriptor has no name")
    path = extracted(subject).name
    fd = _name_for(subject)
    draft = Draft(source)
    lines = [f"{fd}, {path} = {source.code(subject.call)}", f"{use(subject, draft, 'os', 'close')}({fd})"]
    indent = source.indentation(subject.statement)
    draft.before_row(source.first_row(subject.statement), [indent + line for line in lines])
    span = source.span(above)
    draft.replace(span.start, span.end, path)
    return candidate("close", MESSAGE, SAFE, draft)


def close_where_it_ends(subject: Subject) -> Iterator[Candidate]:
    """What can raise before the descriptor's end, in a try: `finally: os.close(fd)` takes the place of the one that
    follows; where something else takes the descriptor over, only failing ways close it."""
    source = subject.source
    if not subject.is_descriptor or subject.binding is None or subject.binding.fd is None:
        raise Unfit("the descriptor has no name")
    if len(subject.deletions) != 1:
        raise Unfit("the descriptor ends in several places")
    end = subject.deletions[0]
    block = source.blocks.get(end.statement)
    if block is None:
        raise Unfit("the descriptor ends in a handler")
    at = block.index(end.statement)
    held = [index_holding(block, statement, subject) for statement, _ in subject.causes]
    first = min((i for i in held if i is not None), default=at)
    if any(index is None or index >= at for index in held) or first >= at or not subject.only_raises:
        raise Unfit("what raises doesn't stand before the end of the descriptor", Telling.RAISES)
    check(subject, block, first, at)
    indent, unit = source.indentation(block.statements[first]), source.unit
    top, bottom = source.first_row(block.statements[first]), source.last_row_of(block.statements[at - 1])
    owner = block.owner
    closes = isinstance(end.statement, ast.Expr) and end.statement.value is end.call and not end.moves
    if isinstance(owner, ast.Try) and closes and _goes_to_finally(subject, block, owner, at):
        draft = Draft(source)
        rows = source.first_row(end.statement), source.last_row_of(end.statement)
        text = [source.line(row) for row in range(rows[0], rows[1] + 1)]
        draft.delete_rows(*rows)
        draft.before_row(source.first_row(owner.finalbody[0]), text)
        yield candidate("finally-extended", "close the descriptor in the finally that is there", SAFE, draft)
        return
    draft = Draft(source)
    close = f"{use(subject, draft, 'os', 'close')}({subject.binding.fd})"
    known = subject.binding
    region = Start("plain", block, first, known.path, known.fd, known.name)
    if into_handler(subject, draft, region, at - 1, [close]):
        yield candidate("handler-extended", "close the descriptor in the handler that is there", SAFE, draft)
        return
    draft = Draft(source)
    draft.before_row(top, [f"{indent}try:"])
    draft.indent(top, bottom, unit, len(indent))
    if isinstance(end.statement, ast.Expr) and end.statement.value is end.call and not end.moves:
        draft.after_row(bottom, [f"{indent}finally:"])
        draft.indent(bottom + 1, source.last_row_of(end.statement), unit, len(indent))
    else:
        close = f"{use(subject, draft, 'os', 'close')}({subject.binding.fd})"
        lines = ["except BaseException:", f"{unit}{close}", f"{unit}raise"]
        draft.after_row(bottom, [indent + line for line in lines])
    yield candidate("close-in-finally", "close the descriptor whatever fails before", SAFE, draft)


def _goes_to_finally(subject: Subject, block: Block, owner: ast.Try, at: int) -> bool:
    """Whether closing is the last thing of a try whose finally can do it first, once the descriptor is there."""
    return (
        block.field == "body"
        and bool(owner.finalbody)
        and not owner.handlers
        and not owner.orelse
        and 0 < at == len(block.statements) - 1
        and index_holding(block, subject.statement, subject) is None
        and all(map(subject.source.alone, (*owner.finalbody, block.statements[at])))
    )


def _name_for(subject: Subject) -> str:
    """`fd`, also where other descriptors have that name that are closed at once as well."""
    own = [n for n in ast.walk(subject.scope) if isinstance(n, ast.Name) and n.id == "fd"]
    loads = [n for n in own if isinstance(n.ctx, ast.Load)]
    closed = all(
        isinstance(above := subject.source.parents[n], ast.Call) and tail_of(above.func) == "close"
        for n in loads
    )
    stores = subject.stores.get("fd", [])
    return "fd" if own and closed and 0 not in stores and len(stores) == len(loads) else subject.fresh("fd")


def _closing(subject: Subject, name: str) -> ast.stmt | None:
    """The one statement in the block, or in a try of it, that closes the descriptor, None when nothing reads it.
    Raises `Unfit`."""
    reads = [
        node
        for node in ast.walk(subject.scope)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        and node.lineno > subject.statement.lineno
    ]  # fmt: skip
    if not reads:
        return None
    if len(reads) == 1 and len(subject.deletions) == 1:
        unit = subject.deletions[0].unit
        block = subject.source.blocks[unit]
        stands = block.statements is subject.block.statements or (
            isinstance(block.owner, ast.Try)
            and block.field == "body"
            and block.owner in subject.block.statements
            and len(block.statements) > 1
        )
        call = unit.value if isinstance(unit, ast.Expr) else None
        if stands and subject.source.alone(unit) and isinstance(call, ast.Call) and call.args == [reads[0]]:
            return unit
    raise Unfit("the descriptor is used")
