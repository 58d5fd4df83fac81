"""Imports that a rewrite leaves without a use: they go with it.

In: a draft. Out: the same draft, which drops each name that the module, or a function, imports and nothing in the new
text of that reads any more. What nothing read before stays, and so do imports in a `try`, of several rows, or with a
comment, and names that stand in a text, such as those of `__all__`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

from tmpleak_lint.fixing.edits import Draft, apply
from tmpleak_lint.fixing.source import Source, names_read

_WORD = re.compile(r"\w+")


def drop_unused(draft: Draft) -> None:
    """Take out what only the replaced text needed. Raises `Overlap` as the draft's own edits do."""
    source = draft.source
    replaced = Counter(word for a, b, _ in draft.changes if b > a for word in _WORD.findall(source.text[a:b]))
    # What is read more often than it stands there is read still: the whole text isn't parsed to see that.
    last_uses = {name for name, count in replaced.items() if source.reads[name] <= count}
    suspects = [
        each
        for each in _imports(source)
        if _names_of(each) & (last_uses if source.scope_of(each) is source.tree else replaced.keys())
    ]
    if not suspects:
        return
    try:
        after = ast.parse(apply(source, draft.edits()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # the proof is going to say so
    whole_before, whole_after = names_read(source.nodes), names_read(ast.walk(after))
    for statement in suspects:
        before, read = whole_before, whole_after
        function = source.scope_of(statement)
        if function is not source.tree:
            same = _same_function(function, source.tree, after)
            if same is None:
                continue
            before, read = names_read(ast.walk(function)), names_read(ast.walk(same))
        if any(_touches(draft, alias) for alias in statement.names):
            continue
        going = [alias for alias in statement.names if _bound(alias) in before and _bound(alias) not in read]
        if len(going) == len(statement.names):
            last = statement.lineno
            opens = statement.lineno == 1 or getattr(function, "body", [None])[0] is statement
            opens = opens and not _others_come(draft, statement)
            while opens and last < source.last_row and not source.line(last + 1).strip():
                last += 1
            draft.delete_rows(statement.lineno, last)
        elif going:
            kept = [source.code(alias) for alias in statement.names if alias not in going]
            place = source.span(statement.names[0]).start, source.span(statement.names[-1]).end
            draft.replace(*place, ", ".join(kept))


def _others_come(draft: Draft, statement: ast.stmt) -> bool:
    """Whether the draft puts something beside an import, which stands apart from what follows then."""
    beside = [draft.source.row_start(row) for row in (statement.lineno, statement.lineno + 1)]
    return any(a == b and a in beside for a, b, _ in draft.changes)


def _imports(source: Source) -> list[ast.Import | ast.ImportFrom]:
    """The import statements of one row each, without a comment, that stand right in the module or in a function."""
    return [
        statement
        for statement in source.nodes
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and isinstance(
            source.parents.get(statement, source.tree), ast.Module | ast.FunctionDef | ast.AsyncFunctionDef
        )
        and statement.lineno == statement.end_lineno
        and source.alone(statement)
        and "#" not in source.line(statement.lineno)
        and "(" not in source.line(statement.lineno)
        and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
    ]


def _same_function(function: ast.AST, before: ast.Module, after: ast.Module) -> ast.AST | None:
    """The function of the new text that is this one, by its name and how many of that name come before it."""
    name = getattr(function, "name", "")
    old, new = (
        [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name
        ]
        for tree in (before, after)
    )
    return new[old.index(function)] if function in old and len(old) == len(new) else None


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _names_of(statement: ast.Import | ast.ImportFrom) -> set[str]:
    return {_bound(alias) for alias in statement.names}


def _touches(draft: Draft, alias: ast.alias) -> bool:
    """Whether the draft changes the name in its import already."""
    span = draft.source.span(alias)
    start, end = draft.source.offset(span.start), draft.source.offset(span.end)
    return any(a <= end and b >= start for a, b, _ in draft.changes)
