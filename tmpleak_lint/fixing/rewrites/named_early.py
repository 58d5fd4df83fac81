"""A variable that a deletion asks for, bound to the path as soon as there is a file, not when all has gone well.

In: a subject whose handle gives its name to a variable (`path = Path(handle.name)`) below what may fail. Out: a
candidate that moves that statement up, next to the creation. Whether the deletion finds the file then is for the proof
to show.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from tmpleak_lint.fixing.candidate import SAFE, Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import name_of, names_in
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.remaking import SAME_PATH
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Shape


def named_early(subject: Subject) -> Iterator[Candidate]:
    """`path = handle.name` as the first thing after the creation."""
    if subject.is_descriptor or not subject.deletions or subject.site.shape is not Shape.HANDLE:
        raise Unfit("no variable is bound to its path later", Telling.OTHER_SHAPE)
    needed = {name for gone in subject.deletions for name in names_in(gone.unit)}
    late = late_name(subject, needed)
    draft = Draft(subject.source)
    bind_early(subject, draft, late)
    names = " and ".join(f"`{name}`" for name in names_of(late))
    yield candidate("named-early", f"bind {names} as soon as there is a file", SAFE, draft)


def names_of(naming: ast.Assign) -> list[str]:
    """The variables that a statement gives the path to."""
    return [target.id for target in naming.targets if isinstance(target, ast.Name)]


def late_name(subject: Subject, needed: Collection[str]) -> ast.Assign:
    """The statement that gives the path to a variable which is needed, below what may fail: in the `with` that makes
    the file or right below that, else below the creation. Raises `Unfit`."""
    source, statement = subject.source, subject.statement
    if isinstance(statement, ast.With):
        items = [item for item in statement.items if item.context_expr is subject.call]
        handle = name_of(items[0].optional_vars) if items and items[0].optional_vars is not None else ""
        below = subject.block.statements[subject.index + 1 : subject.index + 2]
        body = [*statement.body, *below]
        if statement.body and not source.alone(statement.body[0]):
            raise Unfit("a statement shares its line with another")
    else:
        handle = subject.binding.name if subject.binding is not None else ""
        body = subject.block.statements[subject.index + 1 :]
    wanted = {form.format(f"{handle}.name") for form in SAME_PATH}
    for at, late in enumerate(body):
        if (
            at > 0
            and handle
            and isinstance(late, ast.Assign)
            and len(names_of(late)) == len(late.targets)
            and set(names_of(late)) & set(needed)
            and source.code(late.value) in wanted
            and source.alone(late)
            and late.lineno == late.end_lineno
            and not any(set(names_of(late)) & names_in(each) for each in body[:at])
        ):
            return late
    raise Unfit("no variable is bound to its path later", Telling.OTHER_SHAPE)


def bind_early(subject: Subject, draft: Draft, late: ast.Assign, unit: str = "") -> None:
    """Move such a statement up, next to the creation; `unit`: that is pushed in by as much."""
    source, statement = subject.source, subject.statement
    row = source.first_row(late)
    said = draft.comments_above(row)
    first = statement.body[0] if isinstance(statement, ast.With) else statement
    indent = source.indentation(first) + unit
    lines = [indent + line for line in (*said, source.line(row).strip())]
    for each in range(row - len(said), row + 1):
        draft.dropped.add(each)
    draft.delete_rows(row - len(said), row)
    if isinstance(statement, ast.With):
        draft.before_row(source.first_row(first), lines)
    else:
        draft.after_row(source.last_row_of(statement), lines)
