"""Deletions left to something that always runs: TemporaryDirectory, addCleanup, ExitStack, a registration made earlier.

In: a subject. Out: candidates. Deletion happens where the code had it wherever the code had one; where it had none, the
end of the block is where it happens, and the candidate is unsafe.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import DISPLAY, SAFE, UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import callback, is_only_a_name, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.handles import closes_handle
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.kept_open import Closing, closing_first
from tmpleak_lint.fixing.names import bound_by, name_of, names_called, names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import begin, check, split_head, with_comments, with_own_name
from tmpleak_lint.fixing.rewrites.named_early import bind_early, late_name
from tmpleak_lint.fixing.rewrites.protect import (
    deletes_another,
    goes_with_directory,
    removed_at_exit,
    trust,
)
from tmpleak_lint.fixing.source import Block, Function, Unfit
from tmpleak_lint.fixing.starts import (
    Start,
    as_with,
    cannot_fail,
    index_holding,
    later_starts,
    opens_close,
    start_of,
)
from tmpleak_lint.fixing.subject import Deletion, Subject
from tmpleak_lint.knowledge.model import Enters, Registers, Shape

IGNORES_SINCE = (3, 10)  # TemporaryDirectory(ignore_cleanup_errors=True)


def temporary_directory(subject: Subject) -> Iterator[Candidate]:
    """`d = mkdtemp()` ... `rmtree(d)` becomes `with TemporaryDirectory() as d:`."""
    statement, source = subject.statement, subject.source
    if not (
        isinstance(statement, ast.Assign)
        and statement.value is subject.call
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and tail_of(subject.call.func) == "mkdtemp"
        and subject.site.handed is None
        and subject.site.shape is Shape.DIRECTORY
    ):
        raise Unfit("it is no plain assignment of mkdtemp()", Telling.OTHER_SHAPE)
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    name = statement.targets[0].id
    start = start_of(subject)
    ignores = False
    if subject.deletions:
        only = _single(subject)
        last = start.block.index(only.unit) - 1
        while last > start.first and deletes_another(subject, start.block.statements[last]):
            last -= 1
        ignores = not goes_with_directory(subject, only) and _ignores_errors(only, name)
        at = start.block.index(only.unit)
        check(subject, start.block, at, at)
    else:
        last = _last_read(subject, start.block.statements, start.first, frozenset({name}) | subject.aliases)
    check(subject, start.block, start.first, last)
    inside = start.block.statements[start.first : last + 1]
    if any(name in bound_by(node) for each in inside for node in ast.walk(each)):
        raise Unfit("the name of the directory is bound again")
    if ignores and subject.target < IGNORES_SINCE:
        raise Unfit("TemporaryDirectory() can ignore errors only from Python 3.10 on")
    draft = Draft(source)
    call = source.span(subject.call)
    function = source.span(subject.call.func)
    draft.replace(source.span(statement).start, call.start, "with ")
    maker = use(subject, draft, "tempfile", "TemporaryDirectory")
    draft.replace(function.start, function.end, maker)
    head = source.span(statement).start.column
    bracket = call.start.column - head + len(source.code(subject.call.func))
    draft.realign(call, len("with ") + len(maker) - bracket)
    if ignores:
        before = source.text[: source.offset(call.end) - 1].rstrip()
        comma = "" if before.endswith(("(", ",")) else ", "
        place = source.location(source.offset(call.end) - 1)
        draft.replace(place, place, f"{comma}ignore_cleanup_errors=True")
    draft.replace(call.end, call.end, f" as {name}:")
    if subject.deletions:
        draft.delete_with_comments(source.first_row(only.unit), source.last_row_of(only.unit))
    indent = source.indentation(statement)
    bottom = source.last_row_of(start.block.statements[last])
    head, below = source.last_row_of(statement), source.last_row_of(statement) + 1
    while not source.line(below).strip():
        below += 1
    if below > head + 1:  # no blank rows below the head of the `with`
        draft.changes.append((source.row_start(head + 1), source.row_start(below), ""))
    draft.indent(below, bottom, source.unit, len(indent))
    yield candidate("directory", "let `with tempfile.TemporaryDirectory()` delete it", trust(subject), draft)


def unnamed_directory(subject: Subject) -> Iterator[Candidate]:
    """`render(mkdtemp())` becomes `with TemporaryDirectory() as tmp_dir:` around that and what uses what lies in it."""
    source = subject.source
    if (
        tail_of(subject.call.func) != "mkdtemp"
        or subject.site.handed is not None
        or subject.site.shape is not Shape.DIRECTORY
    ):
        raise Unfit("it is no directory without a name", Telling.OTHER_SHAPE)
    start = start_of(subject)
    if start.kind != "bind":
        raise Unfit("it is no directory without a name", Telling.OTHER_SHAPE)
    if subject.escapes or subject.registrations:
        raise subject.handed_over
    gone = subject.deletions[0] if subject.deletions else None
    body = start.block.statements
    if len(subject.deletions) > 1 or (gone is not None and gone.unit not in body):
        raise Unfit("it is deleted in several places")
    if gone is not None and not goes_with_directory(subject, gone):
        raise Unfit("it is deleted by something else than its name")
    names = subject.aliases | {start.name}
    read = [at for at in range(start.first, len(body)) if names & names_in(body[at])]
    last = max(read, default=start.first)
    if gone is not None and body[last] is gone.unit and last > start.first:
        last -= 1
    check(subject, start.block, start.first, last)
    if subject.reads_after(source.last_row_of(body[-1]), names):
        raise Unfit("it is used outside of the block that creates it")
    draft = Draft(source)
    maker = use(subject, draft, "tempfile", "TemporaryDirectory")
    function = source.code(subject.call.func)
    row = with_own_name(
        subject,
        draft,
        start,
        lambda text: [f"with {maker}{text.removeprefix(function)} as {start.name}:"],
    )
    bottom = with_comments(source, body[last])
    draft.indent(row, bottom, source.unit, len(source.indentation(subject.statement)))
    if gone is not None:
        draft.delete_with_comments(source.first_row(gone.unit), source.last_row_of(gone.unit))
    yield candidate("directory", "let `with tempfile.TemporaryDirectory()` delete it", trust(subject), draft)


def _single(subject: Subject) -> Deletion:
    if len(subject.deletions) != 1 or subject.deletions[0].moves:
        raise Unfit("it is deleted in several places")
    only = subject.deletions[0]
    if only.unit is not only.statement or subject.source.blocks[only.unit] != subject.block:
        if subject.source.blocks[only.unit].statements is not subject.block.statements:
            raise Unfit("the deletion doesn't stand in the block of the creation")
        raise Unfit("the deletion is guarded")
    return only


def _ignores_errors(only: Deletion, name: str) -> bool:
    """Whether the one rmtree of the name ignores errors. Raises `Unfit` for a deletion of another form."""
    call = only.call
    if not (
        isinstance(only.unit, ast.Expr)
        and only.unit.value is call
        and isinstance(call, ast.Call)
        and tail_of(call.func) == "rmtree"
        and call.args
        and name_of(call.args[0]) == name
    ):
        raise Unfit("it is deleted by something else than rmtree()")
    flags = [k.value for k in call.keywords if k.arg == "ignore_errors"] + call.args[1:2]
    if len(flags) + 1 != len(call.args) + len(call.keywords):
        raise Unfit("rmtree() is given more than a path")
    if flags and not isinstance(flags[0], ast.Constant):
        raise Unfit("whether rmtree() ignores errors isn't written down")
    return bool(flags and flags[0].value)  # type: ignore[attr-defined]


def _last_read(subject: Subject, body: list[ast.stmt], first: int, names: frozenset[str]) -> int:
    """Index of the last statement that reads one of the names."""
    read = [index for index in range(first, len(body)) if names & names_in(body[index])]
    if not read:
        raise Unfit("nothing uses it")
    if subject.reads_after(subject.source.last_row_of(body[-1]), names):
        raise Unfit("it is used outside of the block that creates it")
    return max(read)


def add_cleanup(subject: Subject) -> Iterator[Candidate]:
    """In a TestCase: `self.addCleanup(...)` right after the creation, in place of a deletion at the end; in a method of
    the class `cls.addClassCleanup(...)`."""
    registrar = subject.test_registrar
    if not registrar:
        raise Unfit("it is no method of a unittest.TestCase", Telling.OTHER_SHAPE)
    start = as_with(start_of(subject))
    path = start.fd if subject.is_descriptor else start.path
    named = start.kind != "with" or start.guarded or subject.stores.get(start.name)
    if not named or subject.registrations or path is None:
        raise Unfit("the file has no name of its own")
    source = subject.source
    trusted = UNSAFE
    draft = Draft(source)
    # Who gets a directory may delete it, and what lies in it may be open: no test is to fail that passed so far.
    unsure = is_only_a_name(subject)
    unsure = unsure or (not subject.deletions and (subject.may_be_taken or subject.is_directory))
    arguments = callback(subject, draft, path, forgive=unsure)
    if subject.deletions:
        only = _single(subject)
        if subject.escapes or not isinstance(only.unit, ast.Expr):
            raise Unfit("the file is handed over on some ways")
        if only.call is not only.unit.value or not isinstance(only.call, ast.Call):
            raise Unfit("the deletion is part of something else")
        check(subject, start.block, start.block.index(only.unit), start.block.index(only.unit))
        if start.kind == "with" and only.unit.lineno <= subject.statement.end_lineno:  # type: ignore[operator]
            raise Unfit("the file is deleted while it is open")
        after = start.block.statements[start.block.index(only.unit) + 1 :]
        if after and any(subject.aliases & names_in(each) for each in after):
            raise Unfit("the path is looked at after the deletion")
        draft.delete_with_comments(source.first_row(only.unit), source.last_row_of(only.unit))
        if not after and start.block.statements is getattr(subject.scope, "body", None):
            trusted = trust(subject)
        ignoring = any(k.arg == "ignore_errors" for k in only.call.keywords)
        if ignoring:
            arguments += ", ignore_errors=True"
    for gone in _deletions_elsewhere(subject, path):
        draft.delete_with_comments(source.first_row(gone), source.last_row_of(gone))
    registering = f"{registrar}({arguments})"
    plain = start.kind not in ("bind", "with")
    closing = closing_first(subject, draft) if plain and not subject.deletions else Closing()
    if start.kind == "bind":
        begin(subject, draft, start, [registering])
    elif start.kind == "with" and isinstance(subject.statement, ast.With):
        first = subject.statement.body[0]
        row = source.first_row(first) - len(draft.comments_above(source.first_row(first)))
        draft.before_row(row, [source.indentation(first) + registering])
    else:
        below = start.block.statements[start.first : start.first + 1]
        ends = bool(below) and opens_close(below[0]) and below[0] not in (d.unit for d in subject.deletions)
        row = source.last_row_of(below[0] if ends else start.block.statements[start.first - 1])
        lines = [closing.now, registering, f"{registrar}({closing.before})" * bool(closing.before)]
        draft.after_row(row, [source.indentation(subject.statement) + line for line in lines if line])
    stays = "" if closing.before else closing.open
    yield candidate(
        "add-cleanup",
        f"let the test's {registrar.rpartition('.')[2]}() delete it",
        DISPLAY if stays else trusted,
        draft,
        stays,
        closes=bool(closing.now or closing.before),
    )


def _deletions_elsewhere(subject: Subject, path: str) -> list[ast.stmt]:
    """The deletion of what an attribute has by another method of the class, which the cleanup takes over: one
    statement among others of that method, where nothing else is ever bound to the attribute."""
    attribute = path.rpartition(".")[2]
    owner, source = subject.owner, subject.source
    if owner is None or path not in (f"self.{attribute}", f"cls.{attribute}"):
        return []
    own = [n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and n.attr == attribute]
    if sum(isinstance(each.ctx, ast.Store) for each in own) != 1:
        return []
    found: list[ast.stmt] = [
        each
        for method in owner.body
        if isinstance(method, Function) and method is not subject.scope and len(method.body) > 1
        for each in method.body
        if isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and tail_of(each.value.func) in subject.removers
        and each.value.args
        and each.value.args[0] in own
        and source.alone(each)
    ]
    return found if len(found) == 1 else []


def register_early(subject: Subject) -> Iterator[Candidate]:
    """What is registered to delete the file, registered right after the creation."""
    source = subject.source
    for start in later_starts(subject, as_with(start_of(subject))):
        for given in subject.registrations:
            if given.unit is not given.statement or not isinstance(given.unit, ast.Expr | ast.Assign):
                continue
            block = source.blocks[given.unit]
            if block.statements is not start.block.statements or start.kind == "bind":
                continue
            call = given.unit.value
            if not isinstance(call, ast.Call) or tail_of(call.func) not in subject.knowledge.tails(
                Registers, Enters
            ):
                continue  # it may well delete at once
            at = block.index(given.unit)
            if at <= start.first:
                continue
            check(subject, block, at, at)
            if is_only_a_name(subject):
                raise Unfit("what is registered would fail where the file was not made yet")
            if tail_of(call.func) in subject.at_exit and subject.directory_goes:
                raise Unfit("what is registered would fail where the directory around it is gone by then")
            first, last = source.first_row(given.unit), source.last_row_of(given.unit)
            if any(each in source.rows_within_strings for each in range(first, last + 1)):
                raise Unfit("the registration holds a string of several lines")
            draft = Draft(source)
            first -= len(draft.comments_above(first))
            lines = [source.line(each) for each in range(first, last + 1)]
            row = _place(subject, start, names_in(given.unit))
            draft.before_row(row, [source.unit * (start.kind == "with") + line for line in lines])
            draft.delete_rows(first, last)
            yield candidate("register-early", "register the deletion right after the creation", SAFE, draft)
            return
    raise Unfit("no registration stands later in the same block", Telling.OTHER_SHAPE)


def _place(subject: Subject, start: Start, names: frozenset[str]) -> int:
    """The row above which something can stand that needs these names: right after the creation, or where the names are
    bound in a `with` that it heads. Raises `Unfit`."""
    source = subject.source
    if start.kind != "with":
        row = source.last_row_of(start.block.statements[start.first - 1]) + 1
        if all(subject.is_bound_before(name, row) for name in names):
            return row
    elif isinstance(subject.statement, ast.With):
        for each in subject.statement.body:
            row = source.first_row(each)
            if all(name == start.name or subject.is_bound_before(name, row) for name in names):
                return row
            if not cannot_fail(subject, start, each) or closes_handle(subject, start, each):
                break
    raise Unfit("what is registered uses names that are bound only later")


def _paired(subject: Subject, unit: ast.stmt) -> ast.stmt:
    """The deletion with an `if` around it that asks what an `if` around the creation asked."""
    source = subject.source
    asked = {source.code(a.test) for a in source.ancestors(subject.statement) if isinstance(a, ast.If)}
    parent = source.parents[unit]
    while (
        isinstance(parent, ast.If)
        and parent.body == [unit]
        and not parent.orelse
        and source.code(parent.test) in asked
    ):
        unit, parent = parent, source.parents[parent]
    return unit


def outer_finally(subject: Subject) -> Iterator[Candidate]:
    """A deletion further out (of a list of files, under a guard) moved into a finally around all that comes before."""
    source = subject.source
    if subject.escapes or subject.registrations or subject.is_descriptor:
        raise subject.handed_over
    if len(subject.deletions) != 1 or subject.deletions[0].moves:
        raise Unfit("it is deleted in several places")
    unit = _paired(subject, subject.deletions[0].unit)
    block = source.blocks[unit]
    at = block.index(unit)
    holding = index_holding(block, subject.statement, subject)
    if holding is None or block.statements is subject.block.statements:
        raise Unfit("the deletion stands in another block")
    first = _bound_from(subject, unit, block, holding)
    if at <= first:
        raise Unfit("the deletion stands above what makes it")
    check(subject, block, first, at)
    indent = source.indentation(block.statements[first])
    top, bottom = source.first_row(block.statements[first]), with_comments(source, block.statements[at - 1])
    if (there := _into_finally_around(subject, unit, block, first)) is not None:
        message = "let the finally that is there delete it"
        yield candidate("finally-extended", message, trust(subject), there)
    late = _named_late(subject, unit)
    for naming in (None,) if late is None else (late, None):
        draft = Draft(source)
        draft.before_row(top, [f"{indent}try:"])
        if naming is not None:
            bind_early(subject, draft, naming, source.unit)
        if isinstance(subject.statement, ast.With):
            split_head(subject, draft, subject.statement)
        draft.indent(top, bottom, source.unit, len(indent))
        draft.after_row(bottom, [f"{indent}finally:"])
        below, deletion = bottom, source.first_row(unit)
        while below + 1 < deletion and not source.line(below + 1).strip():
            below += 1
        if below > bottom:  # what follows is its body: no blank rows between
            draft.changes.append((source.row_start(bottom + 1), source.row_start(below + 1), ""))
        if is_only_a_name(subject):
            soften(subject, draft, subject.deletions[0], indent + source.unit)
        draft.indent(below + 1, source.last_row_of(unit), source.unit, len(indent))
        yield candidate(
            "outer-finally",
            "move the deletion into a finally around all that makes and uses it",
            trust(subject),
            draft,
        )


def _into_finally_around(subject: Subject, unit: ast.stmt, block: Block, first: int) -> Draft | None:
    """A deletion that ends the body of a try, moved to the beginning of its finally; None where it doesn't."""
    source, tried = subject.source, block.owner
    if not isinstance(tried, ast.Try) or block.field != "body" or not tried.finalbody:
        return None
    if tried.handlers or tried.orelse or first != 0 or block.statements[-1] is not unit:
        return None
    top, bottom = source.first_row(unit), source.last_row_of(unit)
    draft = Draft(source)
    top -= len(draft.comments_above(top))
    rows = range(top, bottom + 1)
    if (
        len(block.statements) < 2
        or is_only_a_name(subject)
        or any(r in source.rows_within_strings for r in rows)
    ):
        return None
    if not all(map(source.alone, (*tried.finalbody, unit))):
        return None
    draft.delete_rows(top, bottom)
    draft.before_row(source.first_row(tried.finalbody[0]), [source.line(row).rstrip() for row in rows])
    return draft


def _named_late(subject: Subject, unit: ast.stmt) -> ast.Assign | None:
    """What gives the path to a variable that the deletion needs, below what may fail with the file there."""
    if subject.site.shape is not Shape.HANDLE:
        return None
    try:
        return late_name(subject, names_in(unit))
    except Unfit:
        return None


def _bound_from(subject: Subject, unit: ast.stmt, block: Block, holding: int) -> int:
    """Index of the first statement above which all that the deletion names is bound. Raises `Unfit`."""
    source = subject.source
    own = {name for node in ast.walk(unit) for name in bound_by(node)}
    needed = [name for name in names_in(unit) - own if subject.stores.get(name)]
    rows = [
        max((r for r in subject.stores[name] if r < source.first_row(subject.statement)), default=None)
        for name in needed
    ]
    if needed and not any(row is None for row in rows):
        first = holding
        at = block.index(unit)
        beside = [*block.statements[max(at - 1, 0) : at], *block.statements[at + 1 : at + 2]]
        shares = isinstance(unit, ast.For) or any(names_called(each) & subject.removers for each in beside)
        while (
            shares
            and first > 0
            and all(row is not None and row < block.statements[first - 1].lineno for row in rows)
        ):
            first -= 1
        if all(row is not None and row < block.statements[first].lineno for row in rows):
            return first
    if needed and isinstance(unit, ast.If) and _ends_with(subject, block.statements[holding]):
        return holding + 1  # the condition is the creation's own, and nothing follows in its branch
    raise Unfit("what the deletion names may not be bound there")


def _ends_with(subject: Subject, context: ast.stmt) -> bool:
    """Whether the creation is the last thing that its branch of an `if` does."""
    at: ast.AST = subject.statement
    while at is not context:
        above = subject.source.parents[at]
        if not isinstance(above, ast.If) or at not in (above.body[-1], *above.orelse[-1:]):
            return False
        at = above
    return True


def exit_stack(subject: Subject) -> Iterator[Candidate]:
    """An ExitStack around all of it, with a callback pushed where the file is made: for loops, branches, many exits."""
    source = subject.source
    if subject.escapes or subject.registrations or subject.is_descriptor:
        raise subject.handed_over
    if removed_at_exit(subject):
        raise Unfit("what runs at exit deletes it, or a file in it, and would find it gone")
    binding = subject.binding
    if binding is None or not source.alone(subject.statement):
        raise Unfit("the file has no name of its own")
    scope = subject.scope
    if not isinstance(scope, Function):
        raise Unfit("it is made outside of any function")
    if any(isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and source.code(n) == binding.path
           for n in ast.walk(scope) if binding.path != binding.name):  # fmt: skip
        raise Unfit("the handle is given the name of another file")
    if subject.deletions:
        if len(subject.deletions) != 1 or subject.deletions[0].moves:
            raise Unfit("it is deleted in several places")
        unit = _paired(subject, subject.deletions[0].unit)
        gone: ast.stmt | None = unit
        block = source.blocks[unit]
        if block.statements is subject.block.statements:
            raise Unfit("a plain finally does here")
        first = index_holding(block, subject.statement, subject)
        last = block.index(unit) - 1
        if first is None or not source.alone(unit) or isinstance(unit, ast.For):
            raise Unfit("the deletion stands in another block")
    else:
        gone = None
        block = source.blocks[scope.body[0]]
        if block.statements is subject.block.statements:
            raise Unfit("a plain finally does here")
        first = index_holding(block, subject.statement, subject)
        last = _last_read(subject, block.statements, first or 0, subject.aliases)
    if first is None or last < first:
        raise Unfit("nothing follows that could be protected")
    check(subject, block, first, last)
    draft = Draft(source)
    stack = subject.fresh("stack")
    indent = source.indentation(block.statements[first])
    top, bottom = source.first_row(block.statements[first]), source.last_row_of(block.statements[last])
    draft.before_row(top, [f"{indent}with {use(subject, draft, 'contextlib', 'ExitStack')}() as {stack}:"])
    draft.indent(top, bottom, source.unit, len(indent))
    inner = source.indentation(subject.statement) + source.unit
    unsure = is_only_a_name(subject) or (gone is None and (subject.is_directory or subject.may_be_taken))
    arguments = callback(subject, draft, binding.path, forgive=unsure)
    pushed = f"{inner}{stack}.callback({arguments})"
    draft.after_row(source.last_row_of(subject.statement), [pushed])
    if gone is not None:
        draft.delete_with_comments(source.first_row(gone), source.last_row_of(gone))
    yield candidate("exit-stack", "let a contextlib.ExitStack delete it", trust(subject), draft)
