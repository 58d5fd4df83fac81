"""Whether a file is written for Python 2, too: what only Python 3 has isn't put into it then.

In: its tree. Out: yes where its idioms say so, and nothing in it is what Python 2 can't read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

# Names of the standard library that rewrites use and Python 2 lacks.
SINCE_3 = frozenset({
    ("contextlib", "suppress"), ("contextlib", "ExitStack"), ("tempfile", "TemporaryDirectory"),
    ("weakref", "finalize"), ("pathlib", "Path"),
})  # fmt: skip
_FUTURE = frozenset({"absolute_import", "division", "print_function", "unicode_literals", "with_statement"})
_BRIDGES = frozenset(
    {"six", "future", "past", "__builtin__", "ConfigParser", "Queue", "StringIO", "urllib2", "urlparse"}
)
_NAMES = frozenset({"unicode", "basestring", "xrange", "unichr", "raw_input", "long"})
_NEWER = (
    ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Await, ast.Nonlocal, ast.YieldFrom, ast.NamedExpr,
    ast.Starred, ast.MatMult,
)  # fmt: skip


def is_for_python_2(nodes: Iterable[ast.AST]) -> bool:
    """Whether the nodes of a file show that Python 2 is to run it as well."""
    older = False
    for node in nodes:
        match node:
            case ast.ImportFrom(module="__future__", names=names):
                older |= any(each.name in _FUTURE for each in names)
                if any(each.name == "annotations" for each in names):
                    return False
            case ast.Import(names=names):
                older |= any(each.name.partition(".")[0] in _BRIDGES for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                older |= module.partition(".")[0] in _BRIDGES
            case ast.Name(id=name):
                older |= name in _NAMES
            case ast.Raise(cause=ast.expr()) | ast.Call(func=ast.Name(id="super"), args=[]):
                return False
            case ast.arguments(kwonlyargs=only, posonlyargs=first):
                if only or first or any(each.annotation for each in node.args):
                    return False
            case ast.FunctionDef(returns=ast.expr()):
                return False
            case _ if isinstance(node, _NEWER) and not _is_argument(node):
                return False
    return older


def _is_argument(node: ast.AST) -> bool:
    """`f(*args)`, which Python 2 can read, too."""
    return isinstance(node, ast.Starred) and isinstance(node.ctx, ast.Load)
