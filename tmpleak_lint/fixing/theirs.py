"""Whether a helper that makes a file gives, on another way, what it was given: that isn't to be deleted.

In: the helper's module and body, the last names of what makes files, where in a tuple the file stands. Out: yes or no,
read off the variables that its `return`s name; and what the head of a helper says of a parameter. Not handled: what a
helper of the helper gives.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.fixing.comparing.trees import text_of, tree_of
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.flow.graph import Code

_PATHS = frozenset({"str", "Path", "PathLike", "Optional", "Union", "None", "AnyStr", "StrPath"})
"""What an annotation of a path or a text is made of."""


def gives_theirs(module: Module, code: Code, makers: frozenset[str], place: int) -> bool:
    """Whether it returns something that hangs on its parameters, and on nothing that it makes."""
    tree = tree_of(text_of(module, code), code) or []
    theirs, made = _followed(tree, {param.name for param in code.params} - {"self", "cls"}, makers)
    for node in tree:
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        value = node.value
        if isinstance(value, ast.Tuple) and len(value.elts) > place:
            value = value.elts[place]
        named = names_in(value)
        if named & theirs and not (named & made or _called(value) & makers):
            return bool(made)
    return False


def _followed(
    tree: Sequence[ast.AST], given: set[str], makers: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The variables of a function that hang on what it was given alone, and those that hang on what it makes."""
    theirs, made = set(given), set[str]()
    bound = [node for node in tree if isinstance(node, ast.Assign)]
    for each in sorted(bound, key=lambda node: node.lineno):
        names = {name for target in each.targets for node in ast.walk(target) for name in bound_by(node)}
        if _called(each.value) & makers or names_in(each.value) & made:
            made |= names
        elif names_in(each.value) & theirs:
            theirs |= names
    return frozenset(theirs - made), frozenset(made)


def _called(node: ast.AST) -> frozenset[str]:
    return frozenset(tail_of(n.func) for n in ast.walk(node) if isinstance(n, ast.Call))


def head_of(module: Module, code: Code) -> ast.arguments | None:
    """The parameters of a function as they are written; None where its text doesn't parse by itself."""
    try:
        tree = ast.parse(textwrap.dedent(text_of(module, code)))
    except SyntaxError:
        return None
    heads = (node.args for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return next(heads, None)


def says_path(annotation: ast.expr) -> bool:
    """Whether an annotation is that of a path or a text, and of nothing else but None."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return False
    used = {
        str(node.value) if isinstance(node, ast.Constant) else tail_of(node)
        for node in ast.walk(annotation)
        if isinstance(node, ast.Name | ast.Constant)
        or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
    }
    modules = {
        node.value.id
        for node in ast.walk(annotation)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return bool(used - modules) and used - modules <= _PATHS
