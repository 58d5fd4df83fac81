"""Where the segment can begin that a try is put around.

In: a subject. Out: `Start`s, one after the other. A region begins right after the creation, or below what can't fail;
where the creation stands in the head of a `with` or inside an expression, the file is first bound to a name of its own.
"""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tmpleak_lint.analysis.domain.values import TRACKED, Ref, Role, Value
from tmpleak_lint.bounds import MOST_PUSHED_IN, MOST_ROWS_PUSHED_IN
from tmpleak_lint.fixing.binding import SAME_FILE, is_index
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.remaking import SAME_PATH, Remade, remade
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Pure, Shape

_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_NAMES = {True: "tmp_dir", False: "tmp_path"}


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """How the protected segment begins. `first` is the index of its first statement in the block; `kind` is plain,
    with (the head becomes an assignment), remade (the same by `mkstemp()`, and opened by a `with`), ended (the `with`
    ends where the file has its name), inside (the `with`) or bind (the call gets a statement of its own)."""

    kind: Literal["plain", "with", "remade", "ended", "inside", "bind"]
    block: Block
    first: int
    path: str
    fd: str | None
    name: str  # the variable that the creation binds, "" when it is an attribute or item
    guarded: bool = (
        False  # a `with` stays one: the try begins above it, its variable bound to None, which is asked
    )
    named: int = 0  # of a `with` that ends early: how many statements of its body it keeps
    late: ast.stmt | None = (
        None  # and which it gets besides, from further down, or None for a name of our own
    )
    shut: bool = False  # the handle is closed above the region
    as_pair: Remade | None = None  # how the file is remade


def start_of(subject: Subject) -> Start:
    """Where protection can begin. Raises `Unfit`."""
    statement, block, index = subject.statement, subject.block, subject.index
    source = subject.source
    if not source.alone(statement):
        raise Unfit("the creation shares its line with another statement", Telling.SHARES_ROW)
    if subject.binding is not None:
        known = subject.binding
        if subject.is_descriptor and known.fd is None:
            raise Unfit("the descriptor has no name")
        if not known.asked:
            block, index = _further_out(subject, block, index)
        first = index + 1 + known.asked  # below the question whether there is a file
        return Start("plain", block, first, known.path, known.fd, known.name)
    if subject.is_descriptor:
        raise Unfit("the descriptor has no name")
    if isinstance(statement, ast.With) and _heads_with(subject, statement):
        item = statement.items[0]
        name = (
            item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else subject.fresh("tmp_file")
        )
        if isinstance(item.optional_vars, ast.Name) and (path := _only_named(subject, statement, name)):
            return Start("plain", block, index + 1, path, None, path if path.isidentifier() else name)
        own = subject.site.handed is not None  # nobody minds that what a helper gives is bound to a name
        named = isinstance(item.optional_vars, ast.Name) and not own
        guarded = named and source.opens_by_with and len(subject.stores[name]) == 1
        if named and (as_pair := remade(subject, statement, name)) is not None:
            return Start("remade", block, index, as_pair.path, None, name, as_pair=as_pair)
        return Start("with", block, index, f"{name}.name", None, name, guarded)
    if isinstance(statement, ast.With) and (name := _made_beside(subject, statement)):
        return Start("with", block, index, f"{name}.name", None, name, guarded=True)
    return extracted(subject)


def _made_beside(subject: Subject, statement: ast.With) -> str:
    """The variable of the file where the head of a `with` makes other things before it, "" where it doesn't."""
    item = next((each for each in statement.items[1:] if each.context_expr is subject.call), None)
    name = item.optional_vars.id if item is not None and isinstance(item.optional_vars, ast.Name) else ""
    return name if name and _gives_handle(subject) and len(subject.stores[name]) == 1 else ""


def _further_out(subject: Subject, block: Block, index: int) -> tuple[Block, int]:
    """Where the region really begins: right below a try (whose handlers all leave) or `with` that the creation ends,
    when all that loses or deletes the file comes later than that."""
    points = [d.statement for d in subject.deletions] + [s for s, _ in [*subject.causes, *subject.exits]]
    at = block.statements[index]
    while points and at is block.statements[-1] and isinstance(block.owner, ast.Try | ast.With):
        context = block.owner
        if any(
            index_holding(Block(block.statements, context, "body"), point, subject) is not None
            for point in points
        ):
            break
        if isinstance(context, ast.Try) and (
            block.field != "body"
            or context.orelse
            or context.finalbody
            or not all(isinstance(h.body[-1], _LEAVING) for h in context.handlers)
        ):
            break
        if any(index_holding(Block(h.body, h, "body"), point, subject) is not None
               for h in getattr(context, "handlers", ()) for point in points):  # fmt: skip
            break
        at = context
        block = subject.source.blocks[context]
    return block, block.index(at)


def _heads_with(subject: Subject, statement: ast.With) -> bool:
    item = statement.items[0]
    return (
        len(statement.items) == 1
        and item.context_expr is subject.call
        and (item.optional_vars is None or isinstance(item.optional_vars, ast.Name))
        and _gives_handle(subject)
        and statement.body[0].lineno > (item.optional_vars or item.context_expr).end_lineno  # type: ignore[operator]
    )


def _gives_handle(subject: Subject) -> bool:
    """Whether what the creating call gives, be it a helper, is the open file itself, which a `with` closes."""
    if subject.site.handed is not None:
        return hands(subject.site.handed.value, Role.HANDLE)
    return subject.site.shape is Shape.HANDLE


def _only_named(subject: Subject, statement: ast.With, name: str) -> str:
    """What names the file below a `with` that does nothing but give it names, and closes it; "" for any other."""
    path = f"{name}.name"
    for each in statement.body:
        if isinstance(each, ast.Pass):
            continue
        if not cannot_fail(subject, Start("with", subject.block, 0, path, None, name), each):
            return ""
        value = getattr(each, "value", None)
        if isinstance(each, ast.Assign) and value is not None and isinstance(each.targets[0], ast.Name):
            once = len(each.targets) == 1 and len(subject.stores[each.targets[0].id]) == 1
            same = {form.format(f"{name}.name") for form in SAME_PATH}
            path = each.targets[0].id if once and subject.source.code(value) in same else path
    return path


def _ended(subject: Subject, start: Start) -> Start | None:
    """The region of a `with` of which nobody asks more than the file's name: it ends where it has given that, and the
    rest of its body, whose rows stay where they are, is the body of the try. None for any other."""
    statement = subject.statement
    if start.kind not in ("with", "remade") or not isinstance(statement, ast.With):
        return None
    if len(statement.items) > 1:
        return None
    start = as_with(start)
    body, source, named = statement.body, subject.source, 0
    while named < len(body) and cannot_fail(subject, start, body[named]):
        named += 1
    naming = [each for each in body if _names_it(subject, start, each)]
    late = next((each for each in naming if each not in body[:named]), None)
    rest = [each for each in body[named:] if each is not late]
    if not rest or not all(source.alone(each) for each in body):
        return None
    kept = {id(node) for each in body[:named] for node in ast.walk(each)}
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == start.name and isinstance(node.ctx, ast.Load):
            above = source.parents[node]
            if id(node) not in kept and not (isinstance(above, ast.Attribute) and above.attr == "name"):
                return None
    if len(subject.stores.get(start.name, ())) != 1:
        return None
    if any(each in body[:named] for each in naming):
        late = None
    elif late is not None:
        (name,) = bound_by(late.targets[0])  # type: ignore[attr-defined]
        above_it = body[named : body.index(late)]
        if any(name in names_in(each) for each in above_it) or late.lineno != late.end_lineno:
            return None
        naming = [late]
    else:
        own = subject.fresh(_NAMES[False])
        return replace(start, kind="ended", path=own, guarded=False, named=named)
    (path,) = bound_by(naming[0].targets[0])  # type: ignore[attr-defined]
    return replace(start, kind="ended", path=path, guarded=False, named=named, late=late)


def as_with(start: Start) -> Start:
    """The same, the file made as it is now."""
    if start.as_pair is None:
        return start
    return replace(
        start, kind="with", path=f"{start.name}.name", as_pair=None, guarded=start.as_pair.is_guarded
    )


def _names_it(subject: Subject, start: Start, each: ast.stmt) -> bool:
    """Whether a statement gives the file's name to a variable that nothing else is bound to."""
    return (
        isinstance(each, ast.Assign)
        and len(each.targets) == 1
        and isinstance(each.targets[0], ast.Name)
        and len(subject.stores[each.targets[0].id]) == 1
        and subject.source.code(each.value) in {form.format(start.path) for form in SAME_PATH}
    )


def inside_of(subject: Subject, *, moved: bool = False) -> Start:
    """The region within the `with` that makes the file, below what only names it. Raises `Unfit`.

    Only for a handle that nobody writes, since what is written may fail once more where the `with` closes it, behind
    the try; for one whose file is `moved` there, while it is open; and where the head makes other things before, for
    which there is no other place.
    """
    statement = subject.statement
    if not isinstance(statement, ast.With) or subject.is_descriptor or not _ends_with(subject, statement):
        raise Unfit("no with makes it", Telling.OTHER_SHAPE)
    target = statement.items[-1].optional_vars
    name = target.id if isinstance(target, ast.Name) else ""
    if not name or len(subject.stores[name]) != 1 or not all(map(subject.source.alone, statement.body)):
        raise Unfit("no with makes it", Telling.OTHER_SHAPE)
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            above = subject.source.parents[node]
            asked = isinstance(above, ast.Attribute) and above.attr in ("name", "close")
            if not asked and not moved and len(statement.items) == 1:
                raise Unfit("what is written to it may fail once more where the with ends")
    block = subject.source.blocks[statement.body[0]]
    start = Start("inside", block, 0, f"{name}.name", None, name)
    path, first, shut = start.path, 0, moved
    while first < len(statement.body) and cannot_fail(subject, start, statement.body[first]):
        each = statement.body[first]
        shut |= isinstance(each, ast.Expr)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            same = {form.format(start.path) for form in SAME_PATH}
            once = len(each.targets) == 1 and len(subject.stores[each.targets[0].id]) == 1
            path = each.targets[0].id if once and subject.source.code(each.value) in same else path
        first += 1
    return replace(start, first=first, path=path, shut=shut)


def _ends_with(subject: Subject, statement: ast.With) -> bool:
    """Whether the last thing that the head of a `with` does is to make the file."""
    item = statement.items[-1]
    return (
        item.context_expr is subject.call
        and isinstance(item.optional_vars, ast.Name)
        and _gives_handle(subject)
        and statement.body[0].lineno > (item.optional_vars.end_lineno or 0)
    )


def extracted(subject: Subject) -> Start:
    """The creating call moved to a statement of its own, right above."""
    if subject.site.dropped:
        raise Unfit("the handle is dropped at once, and its file with it: only a name is left", Telling.MADE)
    statement = subject.statement
    if isinstance(statement, ast.While | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Try):
        raise Unfit("the creating call can't be given a statement of its own here", Telling.MADE)
    at: ast.AST = subject.call
    while at is not statement:
        above = subject.source.parents[at]
        if isinstance(
            above, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.BoolOp)
        ) or (isinstance(above, ast.IfExp) and above.test is not at):
            raise Unfit(
                "the creating call runs only under a condition, or several times, within its statement",
                Telling.MADE,
            )
        if isinstance(above, ast.Await | ast.AsyncWith | ast.withitem) and isinstance(
            statement, ast.AsyncWith if isinstance(above, ast.withitem) else ast.stmt
        ):
            raise Unfit("what the creating call gives is awaited: it is no file yet", Telling.MADE)
        at = above
    start = subject.source.span(subject.call).start
    for node in ast.walk(statement):
        if isinstance(node, ast.Call | ast.Await | ast.Yield) and node is not subject.call:
            span = subject.source.span(node)
            if span.start < start and span.end <= start:
                raise Unfit("something else in the statement runs before the creation", Telling.MADE)
    block = subject.block
    if isinstance(block.owner, ast.If) and block.field == "orelse" and isinstance(statement, ast.If):
        raise Unfit("the creation stands in the condition of an elif", Telling.MADE)
    walrus = subject.source.parents[subject.call]
    name = walrus.target.id if isinstance(walrus, ast.NamedExpr) else ""
    site = subject.site
    handed_path = site.handed is None or hands(site.handed.value, Role.PATH)
    if not handed_path:
        raise Unfit("what the call hands over can't be bound to a name", Telling.MADE)
    if site.shape is Shape.FD_AND_PATH and site.handed is None:
        parent = subject.source.parents[subject.call]
        if not (isinstance(parent, ast.Subscript) and is_index(parent.slice, 1)):
            raise Unfit("the descriptor is used within the statement")
    is_handle = site.shape in (Shape.HANDLE, Shape.DIRECTORY_HANDLE) and site.handed is None
    is_handle = is_handle and not is_asked_its_name(subject)
    is_file = is_handle and site.shape is Shape.HANDLE
    name = name or subject.fresh("tmp_file" if is_file else _NAMES[subject.is_directory])
    return Start("bind", block, subject.index, f"{name}.name" if is_handle else name, None, name)


def is_asked_its_name(subject: Subject) -> bool:
    """Whether the statement asks the handle for its name, and drops it: it is closed by then, and is to stay so."""
    above = subject.source.parents[subject.call]
    is_name = isinstance(above, ast.Attribute) and above.attr == "name"
    return is_name and subject.site.shape is Shape.HANDLE and subject.site.handed is None


def hands(value: Value, role: Role) -> bool:
    """Whether what a helper gives is the file, as its path or as its handle."""
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is role


def index_holding(block: Block, node: ast.AST, subject: Subject) -> int | None:
    """Which statement of the block holds this one."""
    at: ast.AST | None = node
    while at is not None:
        for index, statement in enumerate(block.statements):
            if statement is at:
                return index
        at = subject.source.parents.get(at)
    return None


def opens_close(statement: ast.stmt) -> bool:
    """`os.close(fd)` right after mkstemp: it stays above the try, where people expect it."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and (
        tail_of(statement.value.func) == "close" and isinstance(statement.value.func, ast.Attribute)
        and isinstance(statement.value.func.value, ast.Name) and statement.value.func.value.id == "os"
    )  # fmt: skip


def later_starts(subject: Subject, start: Start) -> Iterator[Start]:
    """The region as late as custom has it: below a leading `os.close(fd)`."""
    first = start.first
    if start.kind == "plain" and not subject.is_descriptor:
        while first + 1 < len(start.block.statements) and opens_close(start.block.statements[first]):
            first += 1
    yield replace(start, first=first)


def region_starts(subject: Subject, start: Start) -> Iterator[Start]:
    """The same, first below what can't fail before the first thing that makes the file stay: less is pushed in then."""
    if (ended := _ended(subject, start)) is not None:
        yield ended
    for custom in later_starts(subject, start):
        causes = [index_holding(start.block, statement, subject) for statement, _ in subject.causes]
        first = custom.first
        if start.kind == "plain" and not subject.is_descriptor and causes and None not in causes:
            until = min(index for index in causes if index is not None)
            while first < until and cannot_fail(subject, start, start.block.statements[first]):
                first += 1
        if first > custom.first:
            yield replace(start, first=first, path=_shortest(subject, start, first))
        yield custom
        if start.kind == "plain" and _is_long(subject, start.block, first):
            for late in sorted(
                {_first_that_fails(subject, start.block, first), _first_use(subject, start, first)}
            ):
                if late > max(first, custom.first):
                    yield replace(start, first=late)


def _shortest(subject: Subject, start: Start, first: int) -> str:
    """What to call the file by: the variable that has the handle's name by then, where the code has one."""
    known = subject.binding
    if known is None or known.optional or known.when or start.path != f"{start.name}.name":
        return start.path
    if any(start.name in names_in(gone.unit) for gone in subject.deletions):
        return start.path
    for each in start.block.statements[subject.index + 1 : first]:
        if _names_it(subject, start, each):
            return bound_by(each.targets[0])[0]  # type: ignore[attr-defined]
    return start.path


def _first_that_fails(subject: Subject, block: Block, first: int) -> int:
    """Index of the first statement in which the analysis saw something fail with the file there, or that leaves."""
    points = [*subject.may_fail, *(statement for statement, _ in subject.causes)]
    held = [index for each in points if (index := index_holding(block, each, subject)) is not None]
    return min((index for index in held if index >= first), default=first)


def _first_use(subject: Subject, start: Start, first: int) -> int:
    """Index of the first statement that names the file: where only a name was made, there is none before."""
    names = subject.aliases | {start.name}
    below = range(first, len(start.block.statements))
    return next((i for i in below if names & names_in(start.block.statements[i])), first)


def _is_long(subject: Subject, block: Block, first: int) -> bool:
    """Whether what follows in a block may be too much to be pushed in as a whole."""
    source, below = subject.source, block.statements[first:]
    if not below:  # the file is made by the last statement
        return False
    rows = range(source.first_row(below[0]), source.last_row_of(below[-1]) + 1)
    return len(rows) > MOST_ROWS_PUSHED_IN or len(source.rows_of_statements & set(rows)) > MOST_PUSHED_IN


def cannot_fail(subject: Subject, start: Start, statement: ast.stmt) -> bool:
    """Whether a statement only gives a name to a constant, a name or a path: nothing in it could fail or wait."""
    if isinstance(statement, ast.Expr):  # nothing was written yet
        return subject.source.alone(statement) and subject.source.code(statement) == f"{start.name}.close()"
    if isinstance(statement, ast.AnnAssign):
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    else:
        return False
    if not subject.source.alone(statement) or not all(isinstance(target, ast.Name) for target in targets):
        return False
    return statement.value is None or not any(
        (isinstance(node, ast.Call) and not is_path_work(subject, node))
        or isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.Subscript | ast.comprehension | ast.NamedExpr)
        for node in ast.walk(statement.value)
    )  # fmt: skip


def is_path_work(subject: Subject, call: ast.Call) -> bool:
    """Whether a call only makes one path of another."""
    tail = tail_of(call.func)
    if isinstance(call.func, ast.Attribute) and tail in subject.knowledge.method_tails(Pure):
        return hasattr(pathlib.PurePath, tail) and not hasattr(str, tail)
    return subject.source.code(call.func).startswith("os.path.") or tail in SAME_FILE
