"""The segment of statements that a try is put around, written.

In: a subject, where its region begins (`starts.py`), its last statement. Out: the draft has the try, the creation's own
statement above it, and what it holds pushed in. Whether that is a good thing to write is for the rewrite to say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from tmpleak_lint.bounds import MOST_NESTED
from tmpleak_lint.fixing.deleting import is_only_a_name
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.handles import closing_of, ends_early, joins_closed
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import names_called, names_in
from tmpleak_lint.fixing.source import Block, Source, Unfit, meant_within, own_nodes
from tmpleak_lint.fixing.starts import Start, is_asked_its_name, is_path_work
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Forks, Shape

_WITH = re.compile(r"with\s+\Z")


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
    return _BEGINNINGS[start.kind](subject, draft, start, opening)


def _below(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """Right below the statement above the region."""
    source = subject.source
    indent = source.indentation(start.block.statements[start.first - 1])
    row = source.last_row_of(start.block.statements[start.first - 1])
    while not source.line(row + 1).strip(" \t\f") and row + 1 < source.last_row:
        row += 1
    draft.after_row(row, [indent + line for line in opening])
    return row + 1


def _inside(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """Within the `with` that makes the file."""
    source = subject.source
    body = start.block.statements
    above = source.last_row_of(body[start.first - 1]) if start.first else source.first_row(body[0]) - 1
    if not start.first:
        above -= len(draft.comments_above(source.first_row(body[0])))
    while not source.line(above + 1).strip(" \t\f"):
        above += 1
    inner = source.indentation(body[start.first])
    draft.after_row(above, [inner + line for line in opening])
    return above + 1


def _by_binding(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """Above the statement in which the creating call stands: it gets one of its own."""
    return with_own_name(subject, draft, start, lambda text: [f"{start.name} = {text}", *opening])


def with_own_name(
    subject: Subject, draft: Draft, start: Start, written: Callable[[str], Sequence[str]]
) -> int:
    """Let what a call makes within a statement go by a name, to which the lines above, `written` from the call's text,
    give it; the first row to be indented."""
    source = subject.source
    indent = source.indentation(subject.statement)
    span = source.span(subject.call)
    text = source.code(subject.call)
    if "\n" in text or "\r" in text:
        raise Unfit("the creating call spans several lines within its statement")
    parent = source.parents[subject.call]
    suffix = ""
    target: ast.expr = subject.call if not isinstance(parent, ast.NamedExpr) else parent
    of_pair = isinstance(parent, ast.Subscript) and subject.site.shape is Shape.FD_AND_PATH
    if of_pair or is_asked_its_name(subject):
        suffix, target = (
            source.text[source.offset(span.end) : source.offset(source.span(parent).end)],
            parent,  # type: ignore[assignment]
        )
    place = source.span(target)
    begin_at, end_at = place.start, place.end
    if isinstance(parent, ast.NamedExpr):
        first, last = source.offset(begin_at), source.offset(end_at)
        if source.text[first - 1 : first] == "(" and source.text[last : last + 1] == ")":
            before = source.text[first - 2 : first - 1]
            if not (before.isalnum() or before in "_)]"):  # the brackets of a call stay
                begin_at, end_at = source.location(first - 1), source.location(last + 1)
    top = source.first_row(subject.statement)
    top -= len(draft.comments_above(top))  # they speak of the statement, or to a linter about it
    draft.before_row(top, [indent + line for line in written(text + suffix)])
    draft.replace(begin_at, end_at, start.name)
    return top


def _behind_with(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """Behind the `with` that makes the file: it ends where the file has its name."""
    source, statement = subject.source, subject.statement
    assert isinstance(statement, ast.With)
    indent = source.indentation(statement)
    row = source.last_row_of(statement.body[start.named - 1])
    if not start.named:
        row = source.first_row(statement.body[0]) - 1
        row -= len(draft.comments_above(row + 1))
    while not source.line(row + 1).strip(" \t\f"):
        row += 1
    if start.late is not None or start.path not in subject.stores:
        _name_early(subject, draft, start, row)
    lines = [indent + line for line in opening]
    draft.after_row(row, lines)
    return source.last_row_of(statement) + 1


def _name_early(subject: Subject, draft: Draft, start: Start, row: int) -> None:
    """Let the first thing in a `with`, whose head ends in this row, be that the file has a name, and go by that."""
    source, statement = subject.source, subject.statement
    assert isinstance(statement, ast.With)
    naming = f"{start.path} = {start.name}.name"
    if start.late is not None:
        naming = source.code(start.late)
        draft.drop_row(start.late.lineno)
    if start.named:
        row = source.first_row(statement.body[0]) - 1
        row -= len(draft.comments_above(row + 1))
    draft.before_row(row + 1, [source.indentation(statement.body[0]) + naming])
    if not naming.endswith(f"= {start.name}.name"):
        return
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Attribute) and source.code(node) == f"{start.name}.name":
            span = source.span(node)
            draft.rename(span.start, span.end, start.path)


def _by_head(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """The head of the `with` becomes an assignment, or the `with` goes on within the region."""
    source, statement = subject.source, subject.statement
    assert isinstance(statement, ast.With)
    indent, unit = source.indentation(statement), source.unit
    if start.guarded:
        row = source.first_row(statement)
        draft.before_row(row, [f"{indent}{start.name} = None", *(indent + line for line in opening)])
        split_head(subject, draft, statement)
        return row
    if len(statement.items) > 1:
        raise Unfit("the head of the with makes other things before it")
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


def _by_descriptor(subject: Subject, draft: Draft, start: Start, opening: Sequence[str]) -> int:
    """The file is made above the region, and the `with`, whose body stays, opens its descriptor, or the file by its
    name."""
    source, statement, made = subject.source, subject.statement, start.as_pair
    assert isinstance(statement, ast.With) and made is not None
    indent, unit = source.indentation(statement), source.unit
    item = statement.items[0]
    assert item.optional_vars is not None
    colon = source.text.index(":", source.offset(source.span(item.optional_vars).end))
    descriptor = _descriptor_name(subject)
    maker = use(subject, draft, "tempfile", "mkstemp")
    lines = in_rows(source, f"{indent}{descriptor}, {made.name} = {maker}", made.making, "", unit)
    opener, opened = "open", made.name
    if made.by_name:
        lines.append(f"{indent}{use(subject, draft, 'os', 'close')}({descriptor})")
    else:
        opener, opened = use(subject, draft, "os", "fdopen"), descriptor
    lines += [indent + made.below] if made.below else []
    lines[-1] += made.said
    lines += [indent + line for line in opening]
    lines += in_rows(
        source, f"{indent}{unit}with {opener}", (opened, *made.opening), f" as {start.name}:", unit
    )
    head = source.span(statement).start
    text = source.newline.join(lines)
    draft.replace(head, source.location(colon + 1), text.removeprefix(indent))
    if made.dropped is not None:
        draft.drop_row(made.dropped.lineno)
    for each in made.names:
        span = source.span(each)
        draft.rename(span.start, span.end, made.name)
    for each in made.inner:
        span = source.span(each)
        draft.rename(span.start, span.end, start.name)
    return source.location(colon).row + 1


def _descriptor_name(subject: Subject) -> str:
    """`fd`, also where other descriptors of that name are used up in the rows right below, and not around here."""
    stored = subject.stores.get("fd", [])
    here = subject.statement.lineno
    loads = [
        node.lineno
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Name) and node.id == "fd" and isinstance(node.ctx, ast.Load)
    ]
    near = all(any(0 < row - above <= 3 and not above < here <= row for above in stored) for row in loads)
    near = near and "fd" not in meant_within(subject.scope)
    return "fd" if near and 0 not in stored and len(loads) == len(stored) else subject.fresh("fd")


def in_rows(source: Source, head: str, arguments: Sequence[str], tail: str, unit: str) -> list[str]:
    """A call with its arguments in one row, in a row of their own, or in a row each: whichever has room."""
    whole = f"{head}({', '.join(arguments)}){tail}"
    if len(whole) <= source.widest or not arguments:
        return [whole]
    indent = head[: len(head) - len(head.lstrip())]
    inner = f"{indent}{unit}{', '.join(arguments)}"
    if len(inner) <= source.widest:
        return [f"{head}(", inner, f"{indent}){tail}"]
    return [f"{head}(", *(f"{indent}{unit}{each}," for each in arguments), f"{indent}){tail}"]


_BEGINNINGS: Mapping[str, Callable[[Subject, Draft, Start, Sequence[str]], int]] = {
    "plain": _below,
    "inside": _inside,
    "bind": _by_binding,
    "ended": _behind_with,
    "with": _by_head,
    "remade": _by_descriptor,
}


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
    region = start.block.statements[start.first : last + 1]
    if is_only_a_name(subject) and not _may_make(subject, start, region):
        raise Unfit("nothing there makes the file whose name it is")
    if start.guarded:
        ending = _asked(start, ending, source.unit)
    if start.kind == "inside" and not start.shut:
        ending = [ending[0], f"{source.unit}{start.name}.close()", *ending[1:]]
    if _tries_within(region) >= MOST_NESTED:
        raise Unfit("there would be too many tries within each other")
    indent = source.indentation(start.block.statements[start.first])
    closing = closing_of(subject, start, last, without)
    said: list[str] = []  # of the closing, by a comment: the `with` does what it says
    if closing is not None:
        without = [*without, closing]
        said = draft.comments_above(source.first_row(closing))
    without = [*without, *_closed_once_more(subject, start, last)]
    joined = closing is not None and joins_closed(subject, draft, start, closing)
    heads = [*said, f"with {start.name}:"] if closing is not None or closes else []
    heads = said if joined else heads
    opening = ["try:", *(source.unit + line for line in heads)]
    first_row = begin(subject, draft, start, opening)
    last_row = with_comments(source, start.block.statements[last])
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
    closing, staying = ends_early(subject, start)
    if closing is not None:
        draft.delete_rows(source.first_row(closing), source.last_row_of(closing))
        left_out |= {*range(source.first_row(closing), source.last_row_of(closing) + 1)}
    if staying:
        top = source.first_row(staying[0])
        left_out |= {*range(top - len(draft.comments_above(top)), source.last_row_of(staying[-1]) + 1)}
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


def _may_make(subject: Subject, start: Start, region: Sequence[ast.stmt]) -> bool:
    """Whether something in a region is given the file's name, and does more than build another from it."""
    names = subject.aliases | {start.name, start.path.partition(".")[0]}
    return any(
        isinstance(node, ast.Call) and names_in(node) & names and not is_path_work(subject, node)
        for each in region
        for node in ast.walk(each)
    )


def _closed_once_more(subject: Subject, start: Start, last: int) -> list[ast.stmt]:
    """`f.close()` right below the `with` that is written anew, which has closed it."""
    below = start.block.statements[start.first + 1 : min(start.first + 2, last + 1)]
    if start.kind not in ("with", "remade") or not below or not subject.source.alone(below[0]):
        return []
    return below if subject.source.code(below[0]) == f"{start.name}.close()" else []


def with_comments(source: Source, statement: ast.stmt) -> int:
    """The last row of a statement, with the comments that end the innermost block of it."""
    depth = len(source.indentation(statement))
    last = row = source.last_row_of(statement)
    while row < source.last_row:
        row += 1
        text = source.line(row).strip()
        if text.startswith("#") and len(source.line(row)) - len(source.line(row).lstrip()) > depth:
            last = row
        elif text:
            break
    return last


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
