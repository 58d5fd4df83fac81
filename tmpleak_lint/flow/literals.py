"""What can be read off an expression without running it: literal values, dotted names, loops that surely run.

Comes in: libcst expressions. Goes out: plain values; `...` stands for "no literal".
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

import libcst as cst

_NAMES = {"None": None, "True": True, "False": False, "__debug__": True}
# Builtins that give as many elements as their first argument has.
_SAME_LENGTH = frozenset({"enumerate", "reversed", "sorted", "list", "tuple", "iter"})
_VIEWS = frozenset({"items", "keys", "values"})


def dotted_text(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a name, an attribute chain, or what is called or subscripted there; else ""."""
    tail: list[str] = []
    while node is not None:
        if isinstance(node, cst.Name):
            return ".".join([node.value, *reversed(tail)])
        if isinstance(node, cst.Attribute):
            tail.append(node.attr.value)
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        elif isinstance(node, cst.Subscript):
            node = node.value
        else:
            break
    return ""


def literal(node: cst.CSTNode | None) -> object:
    """The value of a simple literal, or `...` when it is none."""
    if isinstance(node, cst.Name):
        return _NAMES.get(node.value, ...)
    if isinstance(node, cst.SimpleString):
        return _string(node.value)
    if isinstance(node, cst.Integer):
        return _integer(node.value)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        number = literal(node.expression) if isinstance(node.expression, cst.Integer) else ...
        return -number if isinstance(number, int) else ...
    if isinstance(node, cst.ConcatenatedString):
        left, right = literal(node.left), literal(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, bytes) and isinstance(right, bytes):
            return left + right
    return ...


def _integer(digits: str) -> object:
    try:
        return int(digits, 0)
    except ValueError:  # more digits than this interpreter converts
        return ...


def _string(text: str) -> object:
    quote = next(i for i, character in enumerate(text) if character in "\"'")
    prefix, body = text[:quote].lower(), text[quote:]
    if ("\\" not in body or "r" in prefix) and "\r" not in body and prefix in ("", "r", "u"):
        width = 3 if body[:3] in ('"""', "'''") else 1
        return body[width:-width]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the business of another linter
        try:
            value: object = ast.literal_eval(text)
        except (ValueError, SyntaxError):  # a prefix newer than this interpreter
            return ...
    return value


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
