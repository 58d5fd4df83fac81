"""The name is bound to another file while it owns one: the old file deleted first.

In: a subject of TML106. Out: candidates, unsafe: something may still use the old file by another name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import deletion
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, names_in
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.subject import Subject


def delete_before_rebinding(subject: Subject) -> Iterator[Candidate]:
    """The deletion right above the statement that gives the name to a new file."""
    source, binding = subject.source, subject.binding
    if binding is None or not binding.name:
        raise Unfit("the file has no name of its own")
    draft = Draft(source)
    count = 0
    for node in own_nodes(subject.scope):
        if (
            not isinstance(node, ast.Assign)
            or node is subject.statement
            or node.lineno < subject.statement.lineno
        ):
            continue
        if not any(binding.name in bound_by(part) for target in node.targets for part in ast.walk(target)):
            continue
        if names_in(node.value) & subject.aliases:
            continue
        if not source.alone(node):
            raise Unfit("the statement that binds the name again shares its line")
        indent = source.indentation(node)
        lines = [indent + line for line in deletion(subject, draft, binding.path)]
        draft.before_row(source.first_row(node), lines)
        count += 1
    if not count:
        raise Unfit("the name is bound again by the creation itself, in a loop")
    yield candidate("rebound", "delete the old file before its name is given to a new one", UNSAFE, draft)
