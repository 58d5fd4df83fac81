"""The same bodies by another way: the whole file through libcst, and `ast` for where calls stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.build import build_function
from tmpleak_lint.flow.graph import Code, Place
from tmpleak_lint.flow.positions import positions_of
from tmpleak_lint.flow.printing import print_graph
from tmpleak_lint.model import Span
from tmpleak_lint.reading.decoding import decode
from tmpleak_lint.reading.skeleton import DefOutline

Box = tuple[int, int, int, int]


def describe(code: Code) -> str:
    """A graph with every position in it, the bodies nested in it included."""
    lines = [print_graph(code), f"{code.qualname} {_box(code.span)} {code.decorators}"]
    lines += [f"{type(n.op).__name__} {_box(n.span)} {list(_places(n.place))}" for n in code.nodes]
    lines += [describe(inner) for inner in code.nested]
    for shape in code.classes:
        lines.append(f"class {shape.qualname} {_box(shape.span)} {shape.bases}")
        lines += [describe(method) for method in shape.methods.values()]
    return "\n".join(lines)


def function_of_whole_file(data: bytes, known: DefOutline) -> Code:
    """The graph of a def whose file libcst parsed from the first line to the last."""
    module = cst.parse_module(decode(data))
    positions = positions_of(module)
    defs = _Defs()
    module.visit(defs)
    for node in defs.found:
        rows = [positions(node).start.row, *(positions(d).start.row for d in node.decorators)]
        if min(rows) == known.first_row:
            return build_function(node, known.qualname.split("@")[0], positions)
    raise LookupError(known.qualname)


class _Defs(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[cst.FunctionDef] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.found.append(node)


def calls_of(code: Code) -> list[Box]:
    """Where the calls of a body stand, in order."""
    return sorted({_box(node.span) for node in code.nodes if isinstance(node.op, g.Call)})


def calls_outside_defs(data: bytes, class_name: str | None) -> list[Box]:
    """Where `ast` sees calls in a class body or, without a name, in the module: not those in defs and classes."""
    text = decode(data)
    body: list[ast.stmt] = ast.parse(text).body
    if class_name is not None:
        (body,) = [
            n.body for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef) and n.name == class_name
        ]
    lines = text.splitlines()
    return sorted(_box_of_ast(call, lines) for statement in body for call in _calls(statement))


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    if isinstance(node, ast.Call):
        yield node
    for inner in ast.iter_child_nodes(node):
        yield from _calls(inner)


def _box_of_ast(node: ast.expr, lines: list[str]) -> Box:
    """Columns of `ast` count bytes of UTF-8 from 0, ours count code points from 1."""

    def column(row: int, offset: int) -> int:
        return len(lines[row - 1].encode()[:offset].decode()) + 1

    end_row, end_offset = node.end_lineno or 0, node.end_col_offset or 0
    return node.lineno, column(node.lineno, node.col_offset), end_row, column(end_row, end_offset)


def _box(span: Span) -> Box:
    return span.start.row, span.start.column, span.end.row, span.end.column


def _places(place: Place | None) -> Iterator[tuple[str, Box]]:
    while place is not None:
        yield place.kind, _box(place.span)
        place = place.outer
