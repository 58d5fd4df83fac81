"""What can be read off an expression without running it: literal values, dotted names, loops that surely run.

Comes in: libcst expressions. Goes out: plain values; `...` stands for "no literal".
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import libcst as cst

from tmpleak_lint.knowledge.model import Collects, Handling, Holds
from tmpleak_lint.knowledge.table import SHIPPED

# `import` and `from ... import`, each with its lazy form, which libcst knows since 1.9.
IMPORTS: tuple[type[cst.CSTNode], ...] = (cst.Import, getattr(cst, "LazyImport", cst.Import))
FROM_IMPORTS: tuple[type[cst.CSTNode], ...] = (cst.ImportFrom, getattr(cst, "LazyImportFrom", cst.ImportFrom))

_NAMES = {"None": None, "True": True, "False": False, "__debug__": True}
# The escapes of nearly all strings; the others are left to `ast`.
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "\n": ""}
_ESCAPE = re.compile(r"\\([ntr\\'\"\n])")
_RARE_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[^ntr\\'\"\n]")
# Builtins that give as many elements as their first argument has.
_SAME_LENGTH = SHIPPED.tails_where(Collects, lambda collects: collects.all_of_them)
_VIEWS = SHIPPED.tails_where(
    Holds, lambda holds: holds.how in (Handling.VIEWS, Handling.COPIES, Handling.PAIRS, Handling.KEYS)
)


def dotted_text(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a name, an attribute chain, or what is called or subscripted there; else ""."""
    tail: list[str] = []
    part: Any = node
    while part is not None:
        kind = part.__class__
        if kind is cst.Name:
            return ".".join([part.value, *reversed(tail)])
        if kind is cst.Attribute:
            tail.append(part.attr.value)
        elif kind is not cst.Call and kind is not cst.Subscript:
            break
        part = part.func if kind is cst.Call else part.value
    return ""


def literal(node: cst.CSTNode | None) -> object:
    """The value of a simple literal, or `...` when it is none."""
    read = _READERS.get(node.__class__)
    return ... if read is None else read(node)


def _name(node: cst.Name) -> object:
    return _NAMES.get(node.value, ...)


def _integer(node: cst.Integer) -> object:
    try:
        return int(node.value, 0)
    except ValueError:  # more digits than this interpreter converts
        return ...


def _negative(node: cst.UnaryOperation) -> object:
    if node.operator.__class__ is not cst.Minus or node.expression.__class__ is not cst.Integer:
        return ...
    number = literal(node.expression)
    return -number if isinstance(number, int) else ...


def _adjacent(node: cst.ConcatenatedString) -> object:
    values = []
    for part in adjacent_parts(node):
        values.append(literal(part))
        if values[-1] is ...:
            return ...
    return joined(values)


def adjacent_parts(node: cst.ConcatenatedString) -> list[cst.CSTNode]:
    """The strings that stand beside each other, in order: libcst has them within each other, as deep as there are."""
    parts: list[cst.CSTNode] = []
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(rest.left)
        rest = rest.right
    return [*parts, rest]


def joined(values: Sequence[object]) -> object:
    """The literal that such strings are together, `...` where they are none."""
    texts = [each for each in values if isinstance(each, str)]
    if len(texts) == len(values):
        return "".join(texts)
    data = [each for each in values if isinstance(each, bytes)]
    return b"".join(data) if len(data) == len(values) else ...


def _string(node: cst.SimpleString) -> object:
    text = node.value
    body = text.lstrip("rRbBuU")
    prefix = text[: len(text) - len(body)].lower()
    if "\r" not in body and prefix in ("", "r", "u"):
        width = 3 if body[:3] in ('"""', "'''") else 1
        inner = body[width:-width]
        if prefix == "r" or "\\" not in inner:
            return inner
        if not _RARE_ESCAPE.search(inner):
            return _ESCAPE.sub(lambda m: _ESCAPES[m[1]], inner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the business of another linter
        try:
            value: object = ast.literal_eval(text)
        except (ValueError, SyntaxError):  # a prefix newer than this interpreter
            return ...
    return value


_READERS: Mapping[type | None, Callable[[Any], object]] = {
    cst.Name: _name,
    cst.SimpleString: _string,
    cst.Integer: _integer,
    cst.UnaryOperation: _negative,
    cst.ConcatenatedString: _adjacent,
}


def surely_nonempty(node: cst.BaseExpression) -> bool:
    """A literal with at least one element, `range` of literals, a builtin around one: a loop over it runs."""
    if isinstance(node, cst.Tuple | cst.List | cst.Set):
        return any(isinstance(e, cst.Element) for e in node.elements)
    if isinstance(node, cst.Dict):
        return any(isinstance(e, cst.DictElement) for e in node.elements)
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = literal(node)
        return value is not ... and bool(value)
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            return _call_nonempty(node.func.value, node.args)
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _VIEWS and not node.args:
            return isinstance(node.func.value, cst.Dict) and surely_nonempty(node.func.value)
    return False


def _call_nonempty(name: str, args: Sequence[cst.Arg]) -> bool:
    if not args or any(a.star for a in args):
        return False
    if name == "range":
        return _range_runs([literal(a.value) for a in args])
    return name in _SAME_LENGTH and surely_nonempty(args[0].value)


def _range_runs(bounds: Sequence[object]) -> bool:
    numbers = [b for b in bounds if isinstance(b, int)]
    if len(numbers) != len(bounds) or not 1 <= len(numbers) <= 3 or numbers[2:] == [0]:
        return False
    return bool(range(*numbers))
