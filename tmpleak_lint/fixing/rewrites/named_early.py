"""A variable that a deletion asks for, bound to the path as soon as there is a file, not when all has gone well.

In: a subject whose handle gives its name to a variable (`path = Path(handle.name)`) below what may fail. Out: a
candidate that moves that statement up, next to the creation. Whether the deletion finds the file then is for the proof
to show.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
    source, statement = subject.source, subject.statement
    if isinstance(statement, ast.With):
        items = [item for item in statement.items if item.context_expr is subject.call]
        handle = name_of(items[0].optional_vars) if items and items[0].optional_vars is not None else ""
        body = statement.body
        if body and not source.alone(body[0]):
            raise Unfit("a statement shares its line with another")
    else:
        handle = subject.binding.name if subject.binding is not None else ""
        body = subject.block.statements[subject.index + 1 :]
    wanted = {form.format(f"{handle}.name") for form in SAME_PATH}
    needed = {name for gone in subject.deletions for name in names_in(gone.unit)}
    for at, late in enumerate(body):
        if (
            at > 0
            and handle
            and isinstance(late, ast.Assign)
            and len(late.targets) == 1
            and isinstance(late.targets[0], ast.Name)
            and late.targets[0].id in needed
            and source.code(late.value) in wanted
            and source.alone(late)
            and late.lineno == late.end_lineno
        ):
            name = late.targets[0].id
            if any(name in names_in(each) for each in body[:at]):
                continue
            draft = Draft(source)
            row = source.first_row(late)
            said = draft.comments_above(row)
            indent = source.indentation(late)
            lines = [indent + line for line in (*said, source.line(row).strip())]
            draft.delete_rows(row - len(said), source.last_row_of(late))
            if isinstance(statement, ast.With):
                draft.before_row(source.first_row(body[0]), lines)
            else:
                draft.after_row(source.last_row_of(statement), lines)
            yield candidate("named-early", f"bind `{name}` as soon as there is a file", SAFE, draft)
            return
    raise Unfit("no variable is bound to its path later", Telling.OTHER_SHAPE)
