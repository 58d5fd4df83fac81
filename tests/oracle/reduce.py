"""Make a program smaller while it keeps a property: a statement-deleting reducer.

In: source text and a predicate over source text. Out: text on which the predicate still holds and from
which no single step (delete a statement, unwrap a compound statement, drop a clause, a decorator or a
parameter's use) can be taken. The predicate also decides what counts as a valid program: it says no to what
doesn't run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def reduce(source: str, keeps: Callable[[str], bool], most: int = 600) -> str:
    """The smallest program found within `most` evaluations of the predicate."""
    tries = 0
    current = source
    progress = True
    while progress:
        progress = False
        for candidate in smaller(current):
            if tries == most:
                return current
            tries += 1
            if keeps(candidate):
                current, progress = candidate, True
                break
    return current


def smaller(source: str) -> Iterator[str]:
    """Every program one step smaller, the biggest steps first."""
    seen = {source}
    count = len(list(spots(ast.parse(source))))
    for number in range(count):
        for step in ("delete", "unwrap", "unwrap else"):
            tree = ast.parse(source)
            block, place = list(spots(tree))[number]
            if apply(block, place, step):
                fill(tree)
                text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
                if text not in seen and valid(text):
                    seen.add(text)
                    yield text


def spots(tree: ast.AST) -> Iterator[tuple[list[ast.AST], int]]:
    """Every statement, handler and case, as a list and a place in it; outer ones first, last ones first."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop(0)
        for name in BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                for place in reversed(range(len(block))):
                    yield block, place
                waiting.extend(block)


def apply(block: list[ast.AST], place: int, step: str) -> bool:
    """Take one step on the tree; False when it makes no sense there."""
    node = block[place]
    if step == "delete":
        del block[place]
        return True
    if isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.match_case)
    ):
        return False
    inner = getattr(node, "body", None)
    if step == "unwrap else":
        inner = getattr(node, "finalbody", None) or getattr(node, "orelse", None)
    if not isinstance(inner, list) or not inner:
        return False
    block[place : place + 1] = inner
    return True


def fill(tree: ast.AST) -> None:
    """Give emptied blocks a `pass` and turn a `try` without clauses into its body's twin."""
    for node in ast.walk(tree):
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            setattr(node, "body", [ast.Pass()])  # noqa: B010  (many kinds of node have one)
        if isinstance(node, ast.Try) and not node.handlers:
            node.orelse = []
            if not node.finalbody:
                node.finalbody = [ast.Pass()]
        if isinstance(node, ast.ImportFrom):
            node.level = 0


def valid(text: str) -> bool:
    try:
        compile(text, "<candidate>", "exec")
    except SyntaxError:
        return False
    return True
