"""Small changes of code, as mutation testing makes them: all that could be made in a file.

In: the path of a module. Out: its tree, and changes of it: another comparison, `and` for `or`, another constant, no
`not`, a statement or keyword left out, nothing returned where something is. Annotations, imports, raised errors and
texts for people are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OTHER = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


_LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Assert, ast.Raise, ast.JoinedStr)


@dataclass(frozen=True, eq=False)
class Change:
    """One change: `field` of `node` becomes `new`; at `place`, if it is a list. `inside`: it stands in a function."""

    path: Path
    row: int
    what: str
    node: ast.AST
    field: str
    place: int | None
    new: Any
    inside: bool

    def make(self) -> None:
        """Change the tree."""
        if self.place is None:
            setattr(self.node, self.field, self.new)
        elif self.new is None:
            del getattr(self.node, self.field)[self.place]
        else:
            getattr(self.node, self.field)[self.place] = self.new

    def __str__(self) -> str:
        line = self.path.read_text(encoding="utf-8").splitlines()[self.row - 1].strip()
        return f"{self.path.relative_to(ROOT)}:{self.row}: {self.what}: {line}"


def changes_of(path: Path) -> tuple[ast.Module, list[Change]]:
    """A file's tree, and all changes of it."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return tree, [*_changes(tree, path, inside=False)]


def _changes(node: ast.AST, path: Path, *, inside: bool) -> Iterator[Change]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params", "decorator_list", "bases"):
            continue
        within = inside or (
            name == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        )
        many = value if isinstance(value, list) else [value]
        for at, child in enumerate(many):
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            place = at if isinstance(value, list) else None
            for what, new in _others(child):
                yield Change(path, _row(child, node), what, node, name, place, new, within)
            yield from _changes(child, path, inside=within)
    if isinstance(node, ast.Call) and len(node.args) + len(node.keywords) > 1:
        for at, keyword in enumerate(node.keywords):
            yield Change(
                path, _row(keyword, node), f"without {keyword.arg}", node, "keywords", at, None, inside
            )


def _row(node: ast.AST, parent: ast.AST) -> int:
    return int(getattr(node, "lineno", 0) or getattr(parent, "lineno", 1))


def _others(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in place of a node."""
    match node:
        case ast.Constant(value=bool() as value):
            yield f"{not value}", _at(node, ast.Constant(not value))
        case ast.Constant(value=int() as value):
            yield f"{value + 1}", _at(node, ast.Constant(value + 1))
        case ast.Constant(value=str() as value) if value:
            yield f"{value + 'X'!r}", _at(node, ast.Constant(value + "X"))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "without not", operand
        case ast.Return(value=ast.expr() as value) if not (
            isinstance(value, ast.Constant) and not value.value
        ):
            yield "return None", _at(node, ast.Return(_at(node, ast.Constant(None))))
        case ast.If() | ast.While() | ast.IfExp():
            pass  # its test is changed
        case ast.Break():
            yield "continue", _at(node, ast.Continue())
        case ast.Continue():
            yield "break", _at(node, ast.Break())
        case (
            ast.Expr(value=ast.Call())
            | ast.AugAssign()
            | ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
        ):
            yield "left out", _at(node, ast.Pass())
        case ast.cmpop() | ast.boolop() | ast.operator() if type(node) in OTHER:
            yield OTHER[type(node)].__name__, OTHER[type(node)]()
        case ast.comprehension(ifs=[_, *_]):
            yield "without if", ast.comprehension(node.target, node.iter, [], node.is_async)


def _at(old: ast.AST, new: ast.AST) -> Any:
    return ast.copy_location(new, old)
