"""Whether a helper that makes a file gives, on another way, what it was given: that isn't to be deleted.

In: the helper's module and body, the last names of what makes files, where in a tuple the file stands. Out: yes or no,
read off the variables that its `return`s name. Not handled: what a helper of the helper gives.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.fixing.comparing.trees import text_of, tree_of
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.flow.graph import Code


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
