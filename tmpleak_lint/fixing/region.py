"""The segment of statements that a try is put around, and the ways in which it can begin.

In: a subject. Out: `Region`s that a rewrite wraps by `wrap`. A region begins right after the creation; where the
creation stands in the head of a `with` or inside an expression, the file is first bound to a name of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tmpleak_lint.bounds import MOST_NESTED, MOST_PUSHED_IN, MOST_ROWS_PUSHED_IN
from tmpleak_lint.fixing.binding import SAME_FILE, is_index
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import names_called, names_in, tail_of
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Forks, Shape

_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_WITH = re.compile(r"with\s+\Z")
SAME_PATH = ("{}", "str({})", "Path({})", "pathlib.Path({})")
_NAMES = {True: "tmp_dir", False: "tmp_path"}


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """How the protected segment begins. `first` is the index of its first statement in the block; `kind` is plain,
    with (the head becomes an assignment) or bind (the call gets a statement of its own)."""

    kind: str
    block: Block
    first: int
    path: str
    fd: str | None
    name: str  # the variable that the creation binds, "" when it is an attribute or item
    guarded: bool = (
        False  # a `with` stays one: the try begins above it, its variable bound to None, which is asked
    )


def start_of(subject: Subject) -> Start:
    """Where protection can begin. Raises `Unfit`."""
    statement, block, index = subject.statement, subject.block, subject.index
    source = subject.source
    if not source.alone(statement):
        raise Unfit("the creation shares its line with another statement")
    if subject.binding is not None:
        known = subject.binding
        if subject.is_descriptor and known.fd is None:
            raise Unfit("the descriptor has no name")
        block, index = _further_out(subject, block, index)
        return Start("plain", block, index + 1, known.path, known.fd, known.name)
    if subject.is_descriptor:
        raise Unfit("the descriptor has no name")
    if isinstance(statement, ast.With) and _heads_with(subject, statement):
        item = statement.items[0]
        name = (
            item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else subject.fresh("tmp_file")
        )
        if isinstance(item.optional_vars, ast.Name) and (path := _only_named(subject, statement, name)):
            return Start("plain", block, index + 1, path, None, path if path.isidentifier() else name)
        guarded = isinstance(item.optional_vars, ast.Name) and source.opens_by_with
        guarded = guarded and len(subject.stores[name]) == 1
        return Start("with", block, index, f"{name}.name", None, name, guarded)
    return extracted(subject)


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
        and subject.site.shape is Shape.HANDLE
        and subject.site.handed is None
        and statement.body[0].lineno > (item.optional_vars or item.context_expr).end_lineno  # type: ignore[operator]
    )


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


def extracted(subject: Subject) -> Start:
    """The creating call moved to a statement of its own, right above."""
    if subject.site.dropped:
        raise Unfit("the handle is dropped at once, and its file with it: only a name is left")
    statement = subject.statement
    if isinstance(statement, ast.While | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Try):
        raise Unfit("the creating call can't be given a statement of its own here")
    at: ast.AST = subject.call
    while at is not statement:
        above = subject.source.parents[at]
        if isinstance(
            above, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.BoolOp)
        ) or (isinstance(above, ast.IfExp) and above.test is not at):
            raise Unfit(
                "the creating call runs only under a condition, or several times, within its statement"
            )
        if isinstance(above, ast.Await | ast.AsyncWith | ast.withitem) and isinstance(
            statement, ast.AsyncWith if isinstance(above, ast.withitem) else ast.stmt
        ):
            raise Unfit("what the creating call gives is awaited: it is no file yet")
        at = above
    start = subject.source.span(subject.call).start
    for node in ast.walk(statement):
        if isinstance(node, ast.Call | ast.Await | ast.Yield) and node is not subject.call:
            span = subject.source.span(node)
            if span.start < start and span.end <= start:
                raise Unfit("something else in the statement runs before the creation")
    block = subject.block
    if isinstance(block.owner, ast.If) and block.field == "orelse" and isinstance(statement, ast.If):
        raise Unfit("the creation stands in the condition of an elif")
    walrus = subject.source.parents[subject.call]
    name = walrus.target.id if isinstance(walrus, ast.NamedExpr) else ""
    site = subject.site
    handed_path = site.handed is None or _hands_path(site.handed.value)
    if not handed_path:
        raise Unfit("what the call hands over can't be bound to a name")
    if site.shape is Shape.FD_AND_PATH and site.handed is None:
        parent = subject.source.parents[subject.call]
        if not (isinstance(parent, ast.Subscript) and is_index(parent.slice, 1)):
            raise Unfit("the descriptor is used within the statement")
    name = name or subject.fresh(
        "tmp_file" if site.shape is Shape.HANDLE and site.handed is None else _NAMES[subject.is_directory]
    )
    is_handle = site.shape in (Shape.HANDLE, Shape.DIRECTORY_HANDLE) and site.handed is None
    return Start("bind", block, subject.index, f"{name}.name" if is_handle else name, None, name)


def _hands_path(value: object) -> bool:
    from tmpleak_lint.analysis.domain.values import TRACKED, Ref, Role

    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.PATH


def check(subject: Subject, block: Block, first: int, last: int) -> None:
    """Raises `Unfit` when the rows of these statements aren't theirs alone."""
    if first > last or last >= len(block.statements):
        raise Unfit("nothing follows that could be protected")
    for statement in block.statements[first : last + 1]:
        if not subject.source.alone(statement):
            raise Unfit("a statement shares its line with another")
        if names_called(statement) & subject.knowledge.tails(Forks):
            raise Unfit("another process goes on from here with the file")
        if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
            raise Unfit("a star import can't stand in a try")


def begin(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """Write the creation's own statement and the opening lines (`try:`); the first row to be indented."""
    source = subject.source
    unit = source.unit
    if start.kind == "plain":
        indent = source.indentation(start.block.statements[start.first - 1])
        row = source.last_row_of(start.block.statements[start.first - 1])
        while not source.line(row + 1).strip(" \t\f") and row + 1 < source.last_row:
            row += 1
        draft.after_row(row, [indent + line for line in opening])
        return row + 1
    indent = source.indentation(subject.statement)
    if start.kind == "bind":
        span = source.span(subject.call)
        text = source.code(subject.call)
        if "\n" in text or "\r" in text:
            raise Unfit("the creating call spans several lines within its statement")
        parent = source.parents[subject.call]
        suffix = ""
        target: ast.expr = subject.call if not isinstance(parent, ast.NamedExpr) else parent
        if isinstance(parent, ast.Subscript) and subject.site.shape is Shape.FD_AND_PATH:
            suffix, target = (
                source.text[source.offset(span.end) : source.offset(source.span(parent).end)],
                parent,
            )
        place = source.span(target)
        begin_at, end_at = place.start, place.end
        if isinstance(parent, ast.NamedExpr):
            first, last = source.offset(begin_at), source.offset(end_at)
            if source.text[first - 1 : first] == "(" and source.text[last : last + 1] == ")":
                before = source.text[first - 2 : first - 1]
                if not (before.isalnum() or before in "_)]"):  # the brackets of a call stay
                    begin_at, end_at = source.location(first - 1), source.location(last + 1)
        draft.before_row(source.first_row(subject.statement), [f"{indent}{start.name} = {text}{suffix}"])
        draft.before_row(source.first_row(subject.statement), [indent + line for line in opening])
        draft.replace(begin_at, end_at, start.name)
        return source.first_row(subject.statement)
    statement = subject.statement
    assert isinstance(statement, ast.With)
    if start.guarded:
        row = source.first_row(statement)
        draft.before_row(row, [f"{indent}{start.name} = None", *(indent + line for line in opening)])
        split_head(subject, draft, statement)
        return row
    item = statement.items[0]
    call = source.span(item.context_expr)
    head = source.span(statement).start
    if not _WITH.fullmatch(source.text[source.offset(head) : source.offset(call.start)]):
        raise Unfit("the head of the with is in brackets")
    end = source.span(item.optional_vars).end if item.optional_vars is not None else call.end
    colon = source.text.index(":", source.offset(end))
    if source.text[source.offset(end) : colon].strip():
        raise Unfit("the head of the with is of an unknown form")
    whole = source.in_one_row(item.context_expr, f"{indent}{start.name} = ")
    if whole:
        draft.replace(head, source.location(colon + 1), f"{start.name} = {whole}")
    else:
        draft.replace(head, call.start, f"{start.name} = ")
        draft.realign(call, len(f"{start.name} = ") - (call.start.column - head.column))
        draft.replace(call.end, source.location(colon + 1), "")
    row = source.location(colon).row
    draft.after_row(row, [indent + line for line in opening] + [f"{indent}{unit}with {start.name}:"])
    return row + 1


def split_head(subject: Subject, draft: Draft, statement: ast.With) -> None:
    """The arguments of a call in the head of a `with` in a row of their own, where pushing it in makes it too wide."""
    source, call = subject.source, subject.call
    indent, unit = source.indentation(statement), source.unit
    width = len(source.line(statement.lineno).rstrip())
    if call.end_lineno != statement.lineno or not width <= source.widest < width + len(unit):
        return
    span = source.span(call)
    whole = source.code(call)
    head = len(source.code(call.func)) + 1
    inner = whole[head:-1]
    if whole[head - 1] != "(" or not inner or len(indent + unit * 2 + inner) > source.widest:
        return
    start, end = source.offset(span.start) + head, source.offset(span.end) - 1
    lines = f"{source.newline}{indent}{unit}{unit}{inner}{source.newline}{indent}{unit}"
    draft.replace(source.location(start), source.location(end), lines)


def wrap(
    subject: Subject,
    draft: Draft,
    start: Start,
    last: int,
    ending: Sequence[str],
    without: Sequence[ast.stmt] = (),
    *,
    closes: bool = False,
) -> None:
    """Put a try around the region that ends with the statement `last` of the block, `ending` below it.

    Statements `without` are left out. A handle that is closed in the region is closed by a `with`, on failing ways too;
    so is one that nobody closes, where the region `closes` it.
    """
    source = subject.source
    check(subject, start.block, start.first, last)
    if start.guarded:
        ending = _asked(start, ending, source.unit)
    if _tries_within(start.block.statements[start.first : last + 1]) >= MOST_NESTED:
        raise Unfit("there would be too many tries within each other")
    indent = source.indentation(start.block.statements[start.first])
    closing = _closing(subject, start, last, without)
    said: list[str] = []  # of the closing, by a comment: the `with` does what it says
    if closing is not None:
        without = [*without, closing]
        said = draft.comments_above(source.first_row(closing))
    joined = closing is not None and _joins(subject, draft, start, closing)
    heads = [*said, f"with {start.name}:"] if closing is not None or closes else []
    heads = said if joined else heads
    opening = ["try:", *(source.unit + line for line in heads)]
    first_row = begin(subject, draft, start, opening)
    last_row = source.last_row_of(start.block.statements[last])
    if start.kind == "bind":
        covered = source.span(subject.call)
        if covered.start.row != covered.end.row:
            raise Unfit("the creating call spans several lines within its statement")
    gone = [
        (
            _top(subject, s, said if s is closing else _said(draft, s, last_row), last_row),
            source.last_row_of(s),
        )
        for s in without
    ]
    left_out = {row for first, last_of in gone for row in range(first, last_of + 1)}
    for first, last_of in gone:
        draft.delete_rows(first, last_of)
    below_handle = source.first_row(closing) if closing is not None and not joined else first_row
    below_handle = last_row + 1 if closes and closing is None else below_handle
    for row in range(first_row, last_row + 1):
        if row not in left_out:
            draft.indent(row, row, source.unit * (1 + (row < below_handle)), len(indent))
    if len(ending) == 1:  # what follows is going to be its body: no blank rows between
        below = last_row
        while below < source.last_row and not source.line(below + 1).strip(" \t\f"):
            below += 1
        draft.changes.append((source.row_start(last_row + 1), source.row_start(below + 1), ""))
        last_row = below
    draft.after_row(last_row, [indent + line for line in ending])


def _asked(start: Start, ending: Sequence[str], unit: str) -> list[str]:
    """The lines below a try that are carried out only where the file was made."""
    head, *lines = ending
    if not lines:
        raise Unfit("the deletion would have to ask whether there is a file")
    again = [lines.pop()] if lines[-1].strip() == "raise" else []
    return [head, f"{unit}if {start.name} is not None:", *(unit + line for line in lines), *again]


def _said(draft: Draft, statement: ast.stmt, last_row: int) -> list[str]:
    """The comments above a deletion in the region that speak of nothing but deleting."""
    row = draft.source.first_row(statement)
    return draft.comments_above(row) if row <= last_row and draft.is_said_of_cleaning(row) else []


def _top(subject: Subject, statement: ast.stmt, said: list[str], last_row: int) -> int:
    """The first row that goes with a statement: its comments that were put elsewhere, blanks where nothing follows."""
    source = subject.source
    row = source.first_row(statement) - len(said)
    while source.last_row_of(statement) == last_row and not source.line(row - 1).strip():
        row -= 1
    return row


def _tries_within(body: Sequence[ast.stmt]) -> int:
    """How many tries stand directly within each other, each filling all or the rest of its block."""
    for at, statement in enumerate(body):
        if isinstance(statement, ast.Try) and at >= len(body) - 2:
            return 1 + _tries_within(statement.body)
    return 0


def _closing(subject: Subject, start: Start, last: int, without: Sequence[ast.stmt]) -> ast.stmt | None:
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


def _joins(subject: Subject, draft: Draft, start: Start, closing: ast.stmt) -> bool:
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
    if not _has_handle(subject, start) or len(subject.stores.get(start.name, ())) != 1:
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


def _has_handle(subject: Subject, start: Start) -> bool:
    """Whether the region begins with a variable for the handle that the creation gave."""
    return (
        start.kind == "plain"
        and not subject.is_descriptor
        and subject.site.shape is Shape.HANDLE
        and subject.site.handed is None
        and bool(start.name)
        and start.path == f"{start.name}.name"
    )


def closes_handle(subject: Subject, start: Start, statement: ast.stmt) -> bool:
    """Whether a statement is `f.close()`, `f` being the handle that the creation gave."""
    if not _has_handle(subject, start):
        return False
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and subject.source.code(call) == f"{start.name}.close()"


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
    for custom in later_starts(subject, start):
        causes = [index_holding(start.block, statement, subject) for statement, _ in subject.causes]
        first = custom.first
        if start.kind == "plain" and not subject.is_descriptor and causes and None not in causes:
            until = min(index for index in causes if index is not None)
            while first < until and cannot_fail(subject, start, start.block.statements[first]):
                first += 1
        if first > custom.first:
            yield replace(start, first=first)
        yield custom
        if start.kind == "plain" and _is_long(subject, start.block, first):
            for late in sorted(
                {_first_that_fails(subject, start.block, first), _first_use(subject, start, first)}
            ):
                if late > max(first, custom.first):
                    yield replace(start, first=late)


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
    source = subject.source
    rows = range(source.first_row(block.statements[first]), source.last_row_of(block.statements[-1]) + 1)
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
        (isinstance(node, ast.Call) and not _is_path_work(subject, node))
        or isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.Subscript | ast.comprehension | ast.NamedExpr)
        for node in ast.walk(statement.value)
    )  # fmt: skip


def _is_path_work(subject: Subject, call: ast.Call) -> bool:
    return subject.source.code(call.func).startswith("os.path.") or tail_of(call.func) in SAME_FILE
