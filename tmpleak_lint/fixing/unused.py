"""Imports that a rewrite leaves without a use: they go with it.

In: a draft. Out: the same draft, which drops each name that the module imports and nothing in the new text reads any
more. What nothing read before stays, and so do imports in a `try`, of several rows, or with a comment, and names that
stand in a text, such as those of `__all__`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tmpleak_lint.fixing.edits import Draft, apply
from tmpleak_lint.fixing.source import Source

_WORD = re.compile(r"\w+")


def drop_unused(draft: Draft) -> None:
    """Take out what only the replaced text needed. Raises `Overlap` as the draft's own edits do."""
    source = draft.source
    replaced = {word for a, b, _ in draft.changes if b > a for word in _WORD.findall(source.text[a:b])}
    suspects = [each for each in _imports(source) if _names_of(each) & replaced]
    if not suspects:
        return
    try:
        after = ast.parse(apply(source, draft.edits()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the proof is going to say so
    before, read = _read(source.nodes), _read(ast.walk(after))
    for statement in suspects:
        if any(_touches(draft, alias) for alias in statement.names):
            continue
        going = [alias for alias in statement.names if _bound(alias) in before and _bound(alias) not in read]
        if len(going) == len(statement.names):
            last = statement.lineno
            while statement.lineno == 1 and last < source.last_row and not source.line(last + 1).strip():
                last += 1
            draft.delete_rows(statement.lineno, last)
        elif going:
            kept = [source.code(alias) for alias in statement.names if alias not in going]
            place = source.span(statement.names[0]).start, source.span(statement.names[-1]).end
            draft.replace(*place, ", ".join(kept))


def _imports(source: Source) -> list[ast.Import | ast.ImportFrom]:
    """The module's own import statements of one row each, without a comment."""
    return [
        statement
        for statement in source.tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and statement.lineno == statement.end_lineno
        and source.alone(statement)
        and "#" not in source.line(statement.lineno)
        and "(" not in source.line(statement.lineno)
        and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
    ]


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _names_of(statement: ast.Import | ast.ImportFrom) -> set[str]:
    return {_bound(alias) for alias in statement.names}


def _read(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that a module reads, or has in a short text: an annotation, `__all__`."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            found.update(_WORD.findall(node.value))
    return found


def _touches(draft: Draft, alias: ast.alias) -> bool:
    """Whether the draft changes the name in its import already."""
    span = draft.source.span(alias)
    start, end = draft.source.offset(span.start), draft.source.offset(span.end)
    return any(a <= end and b >= start for a, b, _ in draft.changes)
