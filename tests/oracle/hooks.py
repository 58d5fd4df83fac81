"""Rewrite a snippet so that every call and await in it passes through the running trial.

In: source text. Out: compiled code whose calls go to `CALL` and awaits to `AWAIT` with their row and
text, plus what the snippet leaves undefined and where it raises by itself. Decorators stay as they are
and so do calls that look at their own frame (`super()`, `locals()`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from tests.oracle.benign import SNIPPET
from tests.oracle.instrument import undefined

CALL = "__trial_call__"
AWAIT = "__trial_await__"
_FRAME_READERS = frozenset({"super", "locals", "globals", "vars", "dir"})


@dataclass(frozen=True, slots=True)
class Instrumented:
    """Code ready to run, and what is known of it.

    `undefined` are the names that get stand-ins, `raising_rows` the rows of raise and assert statements,
    `definitions` the functions and classes of the module's level.
    """

    code: CodeType
    undefined: frozenset[str]
    raising_rows: frozenset[int]
    definitions: tuple[str, ...]


def instrument(source: str, tmpdir: Path) -> Instrumented:
    """Compile `source` with hooks; string literals under /tmp are moved under `tmpdir`."""
    tree = ast.parse(source)
    raising = frozenset(node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.Assert))
    missing = frozenset(undefined(tree))
    definitions = tuple(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    hooked = ast.fix_missing_locations(_Hooks(str(tmpdir)).visit(tree))
    return Instrumented(compile(hooked, SNIPPET, "exec"), missing, raising, definitions)


class _Hooks(ast.NodeTransformer):
    def __init__(self, tmpdir: str) -> None:
        self.tmpdir = tmpdir

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._keeping_decorators(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._keeping_decorators(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._keeping_decorators(node)

    def _keeping_decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        decorators, node.decorator_list = [*map(self._decorator, node.decorator_list)], []
        self.generic_visit(node)
        node.decorator_list = decorators
        return node

    def _decorator(self, decorator: ast.expr) -> ast.expr:
        """As it is, but for a registration with atexit: the real one would outlive the trial."""
        if ast.unparse(decorator) != "atexit.register":
            return decorator
        hooked = f"lambda function: {CALL}('atexit.register', {decorator.lineno}, atexit.register, function)"
        return ast.copy_location(ast.parse(hooked, mode="eval").body, decorator)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        text = ast.unparse(node.func)
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_READERS:
            return node
        place: list[ast.expr] = [ast.Constant(text), ast.Constant(node.lineno)]
        hook = ast.Name(CALL, ast.Load())
        return ast.copy_location(ast.Call(hook, [*place, node.func, *node.args], node.keywords), node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        text = ast.unparse(node.value)
        self.generic_visit(node)
        hook = ast.Name(AWAIT, ast.Load())
        place: list[ast.expr] = [ast.Constant(text), ast.Constant(node.lineno)]
        return ast.copy_location(ast.Await(ast.Call(hook, [*place, node.value], [])), node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and (node.value + "/").startswith("/tmp/"):
            return ast.copy_location(ast.Constant(self.tmpdir + node.value[len("/tmp") :]), node)
        return node
