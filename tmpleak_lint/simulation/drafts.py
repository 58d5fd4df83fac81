"""Cleanups that the fixer doesn't write, as edits of the file: to be played and shown, never applied.

In: a `Subject`. Out: candidates, not proven yet. `last_line` is the change that people take for a fix. Raises `Unfit`
where the code has no place for it: a file that somebody else is given must not be deleted by this function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import DISPLAY, Candidate, candidate
from tmpleak_lint.fixing.deleting import callback, deletion, is_only_a_name
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import names_in
from tmpleak_lint.fixing.region import begin, check, wrap
from tmpleak_lint.fixing.rewrites.protect import last_use, path_of
from tmpleak_lint.fixing.source import Function, Unfit
from tmpleak_lint.fixing.starts import later_starts, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject

_CLOSING = frozenset({"cleanup", "__enter__", "__exit__", "__del__"})


def last_line(subject: Subject) -> Iterator[Candidate]:
    """The deletion as the last statement of the block that makes the file, or right before the return that ends it."""
    _is_ours(subject)
    source, start = subject.source, start_of(subject)
    if start.kind != "plain":
        raise Unfit("the file has no name of its own")
    draft = Draft(source)
    last = start.block.statements[-1]
    for gone in subject.deletions:
        _take_out(subject, draft, gone)
    if any(gone.unit is last for gone in subject.deletions):
        last = next(
            each
            for each in reversed(start.block.statements)
            if all(each is not g.unit for g in subject.deletions)
        )
    if subject.reads_after(source.last_row_of(start.block.statements[-1]), subject.aliases):
        raise Unfit("the file is used below the block that makes it")
    indent = source.indentation(last)
    lines = [indent + line for line in _words(subject, draft, path_of(subject, start))]
    if isinstance(last, ast.Return) and last.value is not None and names_in(last.value) & subject.aliases:
        # What is returned is worked out first, as the author of such a line does.
        name = subject.fresh("result")
        head, value = source.span(last), source.span(last.value)
        draft.replace(head.start, value.start, f"{name} = ")
        lines.append(f"{indent}return {name}")
        draft.after_row(source.last_row_of(last), lines)
    elif isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break):
        draft.before_row(source.first_row(last), lines)
    else:
        draft.after_row(source.last_row_of(last), lines)
    yield candidate("last-line", "delete it on the last line", DISPLAY, draft)


def stack(subject: Subject) -> Iterator[Candidate]:
    """`with contextlib.ExitStack()` right below the creation, the deletion pushed on it first."""
    _is_ours(subject)
    source = subject.source
    start = start_of(subject)
    if start.kind != "plain" and subject.deletions:
        raise Unfit("the file has no name of its own")
    last = last_use(subject, start)
    units = [gone.unit for gone in subject.deletions]
    after = [unit for unit in units if any(unit is each for each in start.block.statements)]
    while last > start.first and any(start.block.statements[last] is unit for unit in after):
        last -= 1
    for each in later_starts(subject, start):
        draft = Draft(source)
        check(subject, start.block, each.first, last)
        name = subject.fresh("stack")
        arguments = callback(subject, draft, path_of(subject, each), forgive=is_only_a_name(subject))
        begin(
            subject,
            draft,
            each,
            [
                f"with {use(subject, draft, 'contextlib', 'ExitStack')}() as {name}:",
                f"{source.unit}{name}.callback({arguments})",
            ],
        )
        for gone in subject.deletions:
            _take_out(subject, draft, gone)
        left_out = {row for u in units for row in range(source.first_row(u), source.last_row_of(u) + 1)}
        column = len(source.indentation(each.block.statements[each.first]))
        for row in range(
            source.first_row(each.block.statements[each.first]),
            source.last_row_of(each.block.statements[last]) + 1,
        ):
            if row not in left_out:
                draft.indent(row, row, source.unit, column)
        yield candidate("stack", "let a contextlib.ExitStack delete it", DISPLAY, draft)


def stack_for_finally(subject: Subject) -> Iterator[Candidate]:
    """`try: ... finally: delete` around a loop becomes `with ExitStack()`, which takes the file of each turn."""
    _is_ours(subject)
    source, binding = subject.source, subject.binding
    if binding is None or len(subject.deletions) != 1 or not source.alone(subject.statement):
        raise Unfit("the file has no name of its own")
    unit = subject.deletions[0].unit
    context = source.parents[unit]
    if (
        not isinstance(context, ast.Try)
        or context.finalbody != [unit]
        or context.handlers
        or context.orelse
        or context not in source.ancestors(subject.statement)
    ):
        raise Unfit("no finally of its own deletes it")
    draft = Draft(source)
    name = subject.fresh("stack")
    head = source.span(context).start
    colon = source.location(source.text.index(":", source.offset(head)))
    draft.replace(head, colon, f"with {use(subject, draft, 'contextlib', 'ExitStack')}() as {name}")
    inner = source.indentation(subject.statement)
    arguments = callback(subject, draft, binding.path, forgive=is_only_a_name(subject))
    draft.after_row(source.last_row_of(subject.statement), [f"{inner}{name}.callback({arguments})"])
    draft.delete_rows(source.last_row_of(context.body[-1]) + 1, source.last_row_of(unit))
    yield candidate("stack", "let a contextlib.ExitStack delete it", DISPLAY, draft)


def each_turn(subject: Subject) -> Iterator[Candidate]:
    """A finally in the body of the loop that makes the file, and the name is None again: the deletion below, which
    asks for that, is for what fails in between."""
    _is_ours(subject)
    source, binding = subject.source, subject.binding
    if binding is None or not binding.name or binding.path != binding.name or len(subject.deletions) != 1:
        raise Unfit("the file has no name of its own")
    unit = subject.deletions[0].unit
    start = start_of(subject)
    loop = start.block.owner
    if not isinstance(loop, ast.For | ast.AsyncFor | ast.While) or start.block.field != "body":
        raise Unfit("no loop makes it")
    if (
        loop in source.ancestors(unit)
        or not isinstance(unit, ast.If)
        or names_in(unit.test) != {binding.name}
    ):
        raise Unfit("nothing below the loop asks whether there is a file")
    if subject.reads_after(source.last_row_of(loop), subject.aliases - {binding.name}):
        raise Unfit("the file is used below the loop")
    last = len(start.block.statements) - 1
    for each in later_starts(subject, start):
        draft = Draft(source)
        lines = [source.unit + line for line in deletion(subject, draft, path_of(subject, each))]
        wrap(subject, draft, each, last, ["finally:", *lines, f"{source.unit}{binding.name} = None"])
        yield candidate("each-turn", "delete it at the end of each turn", DISPLAY, draft)


def close(subject: Subject) -> Iterator[Candidate]:
    """The deletion in the object's `close()`; where it has none, one, and what makes it a context manager."""
    source, owner = subject.source, subject.owner
    if owner is None or not isinstance(subject.scope, Function) or subject.scope.name != "__init__":
        raise Unfit("no object makes it")
    path = _kept_as(subject)
    draft = Draft(source)
    methods = {each.name: each for each in owner.body if isinstance(each, Function)}
    if isinstance(own := methods.get("close"), ast.FunctionDef):
        _delete_in(subject, draft, own, path)
    elif methods.keys() & _CLOSING:
        raise Unfit("the object has another way to be closed")
    else:
        indent = source.indentation(owner.body[0])
        unit, me = source.unit, subject.self_name
        lines = [
            "",
            f"def close({me}):",
            *(unit + line for line in deletion(subject, draft, path)),
            "",
            f"def __enter__({me}):",
            f"{unit}return {me}",
            "",
            f"def __exit__({me}, *raised):",
            f"{unit}{me}.close()",
        ]
        draft.after_row(source.last_row_of(owner.body[-1]), [indent + line if line else "" for line in lines])
    yield candidate("owner-close", "delete it when the object is closed", DISPLAY, draft)


def _delete_in(subject: Subject, draft: Draft, method: ast.FunctionDef, path: str) -> None:
    """The deletion at the end of a method, whatever the method does before."""
    source, me = subject.source, subject.self_name
    if not method.args.args or method.args.args[0].arg != me or not all(map(source.alone, method.body)):
        raise Unfit("its close() is of an unusual form")
    indent = source.indentation(method.body[0])
    first, last = source.first_row(method.body[0]), source.last_row_of(method.body[-1])
    lines = [indent + line for line in deletion(subject, draft, path)]
    if not any(isinstance(node, ast.Call | ast.Return | ast.Raise | ast.Await) for node in ast.walk(method)):
        draft.after_row(last, lines)
        return
    draft.before_row(first, [f"{indent}try:"])
    draft.indent(first, last, source.unit, len(indent))
    draft.after_row(last, [f"{indent}finally:", *(source.unit + line for line in lines)])


def _is_ours(subject: Subject) -> None:
    if subject.escapes or subject.registrations:
        raise Unfit("somebody else is given the file")
    if any(gone.moves or gone.beside for gone in subject.deletions):
        raise Unfit("it is moved away, or something else is deleted with it")


def _take_out(subject: Subject, draft: Draft, gone: Deletion) -> None:
    source = subject.source
    if not source.alone(gone.unit) or len(source.blocks_or_handler(gone.unit)) == 1:
        raise Unfit("the deletion is all that its block holds")
    draft.delete_rows(source.first_row(gone.unit), source.last_row_of(gone.unit))


def _words(subject: Subject, draft: Draft, path: str) -> list[str]:
    """The deletion as the author wrote it, where it is a row of its own; else the usual one."""
    units = [gone.unit for gone in subject.deletions]
    if len(units) == 1 and isinstance(units[0], ast.Expr) and units[0].lineno == units[0].end_lineno:
        return [subject.source.code(units[0])]
    return deletion(subject, draft, path)


def _kept_as(subject: Subject) -> str:
    """The attribute under which the object keeps the path."""
    binding, me = subject.binding, subject.self_name
    if binding is None:
        raise Unfit("the file has no name of its own")
    if binding.path.startswith(f"{me}."):
        return binding.path
    for node in ast.walk(subject.scope):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id == binding.path
        ):
            for target in node.targets:
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == me
                ):
                    return f"{me}.{target.attr}"
    raise Unfit("the object keeps it in another form")
