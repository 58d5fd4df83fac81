"""What a function tells whoever catches its exception: one that does nothing but raise, be it under conditions.

In: the nodes of a function's own text, its parameters that got the file or a text that names it. Out: whether what it
raises has the path, or says it. Not handled: what functions raise that do something else besides; as with those of the
standard library, their message is for whoever looks for an error.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence

from tmpleak_lint.fixing.comparing.trees import last_name

_PLAIN = (ast.Raise, ast.Assert, ast.If, ast.Pass)
Raises = Callable[[ast.Call, frozenset[str]], bool]


def carries(tree: Sequence[ast.AST], given: frozenset[str]) -> bool:
    """Whether an exception gets one of these as a thing of its own: `raise Failed("broken", path)`."""
    return any(
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and (
            len(node.exc.args) + len(node.exc.keywords) > 1 or not hasattr(builtins, last_name(node.exc.func))
        )
        and any(isinstance(each, ast.Name) and each.id in given for each in _arguments(node.exc))
        for node in tree
    )


def says(tree: Sequence[ast.AST], given: frozenset[str], further: Raises) -> bool:
    """Whether a function does nothing but raise, and one of these is in what it raises, or in the message of an
    assertion; `further` says so of a function that it calls."""
    told, known = False, set(given)
    for node in tree:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known |= {name} if _names(value) & known else set()
            case ast.Raise(exc=exc):
                told |= exc is not None and bool(_names(exc) & known)
            case ast.Assert(msg=message):
                told |= message is not None and bool(_names(message) & known)
            case ast.Expr(value=ast.Call() as call):
                if not further(call, frozenset(known)):
                    return False
                told = True
            case ast.Return(value=None | ast.Constant()) | ast.Expr(value=ast.Constant()):
                pass
            case ast.stmt() if not isinstance(node, _PLAIN):
                return False
            case ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
    return told


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _names(value: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
