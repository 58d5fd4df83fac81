"""Whether somebody in the module takes away what a generator, or a manager made of one, lends by its `yield`.

In: the text of the module, the name of the generator, the names of functions that move or delete. Out: yes where a
function that names the generator gives such a function what a `with`, a loop or `next()` has bound, or its own
parameter of that name, as pytest fills it. Not handled: other modules, and what helpers do with it.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from tmpleak_lint.fixing.comparing.trees import last_name, plain_names

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def is_taken_away(text: str, generator: str, taking: Container[str]) -> bool:
    """Whether a function of the module takes away what it has of the generator."""
    if text.count(generator) < 2:  # its own definition
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False  # newer syntax than that of this Python: nobody is seen
    return any(
        isinstance(node, _FUNCTIONS) and node.name != generator and _takes(node, generator, taking)
        for node in ast.walk(tree)
    )


def _takes(function: ast.FunctionDef | ast.AsyncFunctionDef, generator: str, taking: Container[str]) -> bool:
    nodes = list(ast.walk(function))
    params = {each.arg for node in nodes if isinstance(node, ast.arguments) for each in node.args}
    named = {last_name(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)}
    has = {name for node in nodes for name in _bound(node)} if generator in named else set()
    has |= {generator} & params
    return any(
        isinstance(node, ast.Call) and last_name(node.func) in taking and _given(node) & has for node in nodes
    )


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a `with`, a loop or `next()` binds."""
    match node:
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from plain_names(target)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from plain_names(target)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="next"))):
            yield name


def _given(call: ast.Call) -> set[str]:
    """The names that a call is given first, or is a method of."""
    base = call.func.value if isinstance(call.func, ast.Attribute) else None
    return plain_names(base or ast.Constant(None)) | {
        name for each in call.args[:1] for name in plain_names(each)
    }
