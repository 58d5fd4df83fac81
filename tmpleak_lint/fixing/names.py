"""Small questions about pieces of a tree: the names that they read and bind, the last name of what is called.

In: nodes of `ast`. Out: texts and sets of names.
"""

from __future__ import annotations

import ast


def tail_of(node: ast.AST) -> str:
    """The last name of `a.b.c` or of what is called there."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return tail_of(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def names_in(node: ast.AST) -> frozenset[str]:
    """Names that a piece of code reads."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def names_called(node: ast.AST) -> frozenset[str]:
    """The last names of what a piece of code calls."""
    return frozenset(tail_of(n) for n in ast.walk(node) if isinstance(n, ast.Call))


def bound_by(node: ast.AST) -> list[str]:
    """Names that this very node binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [(a.asname or a.name).split(".")[0] for a in names]
        case ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
    return []


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends by raising what it has caught: `raise`, or `raise e` by its own name."""
    end = handler.body[-1]
    if not isinstance(end, ast.Raise) or end.cause is not None:
        return False
    return end.exc is None or (handler.name is not None and name_of(end.exc) == handler.name)
