"""A function's own text as a tree, and what can be read off it.

Comes in: the code of a function of the project, or nodes of its tree. Goes out: nodes, names, and whether it waits for
what it has started.
"""

from __future__ import annotations

import ast
import re
import textwrap
from typing import TYPE_CHECKING

from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, Limited, Waits
from tmpleak_lint.knowledge.table import SHIPPED

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Module
    from tmpleak_lint.model import Span


def is_waited_for(started: ast.Call, tree: list[ast.AST]) -> bool:
    """Whether a body waits, under no condition of its own and without a limit, for what it has started and named, or
    has a `with` around it, whose end waits."""
    if any(
        item.context_expr is started for node in tree if isinstance(node, ast.With) for item in node.items
    ):
        return True
    names = {
        target.id
        for node in tree
        if isinstance(node, ast.Assign) and node.value is started
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    under_condition = {
        id(inner)
        for node in tree
        if isinstance(node, ast.If | ast.IfExp | ast.For | ast.While | ast.ExceptHandler | ast.BoolOp)
        for inner in ast.walk(node)
        if not any(each is started for each in ast.walk(node))
    }
    return any(
        isinstance(node, ast.Call)
        and id(node) not in under_condition
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in names
        and is_endless(node.func.attr, len(node.args))
        and not node.keywords
        for node in tree
    )


def is_endless(method: str, given: int) -> bool:
    """Whether a method that is given so many arguments comes back, or raises, only when what it waits for is over."""
    row = SHIPPED.model(f"{ANY}.{method}")
    limited = row.effect(Limited)
    return row.effect(Waits) is not None and limited is not None and given <= limited.at


def words_in(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower()))


def last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def root_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def plain_names(value: ast.AST) -> set[str]:
    """Names that a value is or holds, not what calls make of them."""
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return {name for each in value.elts for name in plain_names(each)}
    if isinstance(value, ast.Dict):
        return {name for each in value.values for name in plain_names(each)}
    return set()


def text_of(module: Module, code: Code) -> str:
    rows = module.source.lines[code.span.start.row - 1 : code.span.end.row]
    return "\n".join(row.rstrip("\r\n") for row in rows)


def text_at(module: Module, span: Span) -> str:
    """What stands in a piece of a module's text."""
    rows = [row.rstrip("\r\n") for row in module.source.lines[span.start.row - 1 : span.end.row]]
    rows[-1:] = [row[: span.end.column - 1] for row in rows[-1:]]
    return "\n".join(rows)[span.start.column - 1 :]


def nested_in(code: Code) -> list[Code]:
    found = list(code.nested)
    for inner in found:  # which grows meanwhile
        found += inner.nested
    return found


def tree_of(text: str, code: Code) -> list[ast.AST] | None:
    """The nodes of a body's own text, decorators left out; None when it doesn't parse by itself."""
    dedented = textwrap.dedent(text)
    try:
        tree = ast.parse(dedented)
    except SyntaxError:
        at = dedented.find("lambda")
        return _lambda_of(dedented[at:]) if at >= 0 else None
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.FunctionDef | ast.AsyncFunctionDef):
        return [node for each in tree.body[0].body for node in ast.walk(each)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda) and code.name == "<lambda>":
            return list(ast.walk(node.body))
    return None


def _lambda_of(text: str) -> list[ast.AST] | None:
    for end in range(len(text), 0, -1):
        try:
            node = ast.parse(text[:end], mode="eval").body
        except SyntaxError:
            continue
        return list(ast.walk(node.body)) if isinstance(node, ast.Lambda) else None
    return None
