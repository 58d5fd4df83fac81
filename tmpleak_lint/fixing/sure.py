"""Which names a body has surely bound above a row, on every way that comes by there.

In: statements as `ast` has them, a name, a row. Out: yes or no.
Not handled: `del`, and names that are bound in a loop that surely has a round.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tmpleak_lint.fixing.names import bound_by

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
# What a statement holds beside its head, what may not be worked out, and what has names of its own.
_NOT_SURE = (
    ast.stmt, ast.ExceptHandler, ast.BoolOp, ast.IfExp, ast.Lambda,
    ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp,
)  # fmt: skip


def is_bound_above(body: Sequence[ast.stmt], name: str, row: int) -> bool:
    """Whether every way through the statements to a row binds the name first."""
    for each in body:
        if (each.end_lineno or each.lineno) < row:
            if _binds(each, name):
                return True
        elif each.lineno < row:
            if _head_binds(each, name) or name in _caught(each, row):
                return True
            return any(is_bound_above(block, name, row) for block in _blocks_around(each, row))
    return False


def _blocks_around(node: ast.stmt, row: int) -> Iterator[Sequence[ast.stmt]]:
    """The statements within one that surely ran before a row within it, and the block of that row."""
    if isinstance(node, ast.Try | ast.TryStar) and _is_in(node.orelse, row):
        yield node.body  # a handler and the `finally` run behind none of it for sure
    for block in _blocks(node):
        if _is_in(block, row):
            yield block


def _caught(node: ast.stmt, row: int) -> list[str]:
    """What the handler, or the pattern of the case, that a row stands in has bound."""
    for handler in getattr(node, "handlers", ()):
        if _is_in(handler.body, row):
            return bound_by(handler)
    for case in getattr(node, "cases", ()):
        if _is_in(case.body, row):
            return [name for part in ast.walk(case.pattern) for name in bound_by(part)]
    return []


def _is_in(block: Sequence[ast.stmt], row: int) -> bool:
    return bool(block) and block[0].lineno <= row <= (block[-1].end_lineno or block[-1].lineno)


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for part in ("body", "orelse", "finalbody"):
        block = getattr(node, part, None)
        if isinstance(block, list):
            yield block
    for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield inner.body


def _binds(node: ast.stmt, name: str) -> bool:
    """Whether a statement that was come through has bound the name."""
    if _head_binds(node, name) and not isinstance(node, ast.For | ast.AsyncFor):
        return True
    match node:
        case ast.If(body=body, orelse=orelse):
            return _all_bind([body, orelse], name)
        case ast.With(body=body) | ast.AsyncWith(body=body):
            return _any_binds(body, name)
        case ast.Try(body=body, orelse=orelse) | ast.TryStar(body=body, orelse=orelse):
            if _any_binds(node.finalbody, name):
                return True
            return _all_bind([[*body, *orelse], *(each.body for each in node.handlers)], name)
        case ast.Match(cases=cases):
            last = cases[-1]
            sure = (
                isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
            )
            return sure and _all_bind([each.body for each in cases], name)
    return False


def _all_bind(blocks: Sequence[Sequence[ast.stmt]], name: str) -> bool:
    """Whether each of some blocks binds the name or isn't come through, and one does."""
    bind = [_any_binds(block, name) for block in blocks]
    leaves = [bool(block) and isinstance(block[-1], _LEAVING) for block in blocks]
    return any(bind) and all(map(max, bind, leaves))


def _any_binds(block: Sequence[ast.stmt], name: str) -> bool:
    return any(_binds(each, name) for each in block)


def _head_binds(node: ast.stmt, name: str) -> bool:
    """Whether the statement itself binds the name, above the blocks that it holds."""
    if name in bound_by(node):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Match):
        return False
    waiting: list[ast.AST] = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, _NOT_SURE):
                continue
            if name in bound_by(child):
                return True
            waiting.append(child)
    return False
