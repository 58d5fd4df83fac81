"""Conditions and everything that evaluates only some of its parts: and, or, not, chains, `a if c else b`.

Comes in: libcst expressions. Goes out: edges for what a condition decides, a temporary for what it is worth.

A part that is not evaluated is not on the path; a part that was found false is not tested a second time:

    if a and b or c:        a --true--> b --true--> holds
                            |           |
                            +--false----+--false--> c --true--> holds
                                                    +---false--> fails
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import cast

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.literals import dotted_text, literal
from tmpleak_lint.flow.nodes import Label, NodeBuilder
from tmpleak_lint.model import Span

_COMPARISONS: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
}

_WITHOUT_PARTS = frozenset({cst.Integer, cst.Float, cst.SimpleString, *_COMPARISONS})
# Fields that hold no expression, in any node.
_TRIVIA = (
    "whitespace", "lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "comma", "colon", "equal",
    "dot", "separator",
)  # fmt: skip


class ConditionBuilder(NodeBuilder):
    """Lowers what decides where control goes."""

    _renamed: tuple[dict[str, str], ...] = ()

    @abstractmethod
    def value(self, node: cst.BaseExpression) -> g.Temp:
        """Lower node; the temporary holds its value."""

    def resolve_name(self, name: str) -> str:
        """The name as the graph has it: a comprehension's own targets are renamed."""
        for scope in reversed(self._renamed):
            if name in scope:
                return scope[name]
        return name

    # -- for control ------------------------------------------------------------------------------

    def condition(self, node: cst.BaseExpression, holds: Label, fails: Label) -> None:
        """Evaluate node and go to holds or fails; nothing dangles afterwards."""
        if node.__class__ is cst.Comparison:
            self._compared(node, holds, fails)
        elif isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            self.condition(node.expression, fails, holds)
        elif isinstance(node, cst.BooleanOperation):
            onward = Label()
            if isinstance(node.operator, cst.And):
                self.condition(node.left, onward, fails)
            else:
                self.condition(node.left, holds, onward)
            self.place_label(onward, self.span(node.right))
            self.condition(node.right, holds, fails)
        elif isinstance(node, cst.IfExp):
            then, other = Label(), Label()
            self.condition(node.test, then, other)
            self.place_label(then, self.span(node.body))
            self.condition(node.body, holds, fails)
            self.place_label(other, self.span(node.orelse))
            self.condition(node.orelse, holds, fails)
        elif (known := literal(node)) is not ...:
            self.jump_to(holds if known else fails)
        else:
            self._note_tested(node)
            self._decide(self.value(node), holds, fails, self.span(node))

    def _compared(self, node: cst.Comparison, holds: Label, fails: Label) -> None:
        self._note_tested(node)
        if len(node.comparisons) > 1:
            self._chain(node, lambda result, span: self._decide(result, holds, fails, span), fails)
        else:
            self._decide(self.value(node), holds, fails, self.span(node))

    def _decide(self, cond: g.Temp, holds: Label, fails: Label, span: Span) -> None:
        self.divert(self.emit(g.Branch(cond), span), fails)
        self.jump_to(holds)

    def _chain(self, node: cst.Comparison, last: Callable[[g.Temp, Span], None], fails: Label) -> None:
        """`a < b < c`: c is evaluated only where `a < b` holds; the last result is handed to `last`."""
        left = self.value(node.left)
        span = self.span(node)
        for position, target in enumerate(node.comparisons):
            right = self.value(target.comparator)
            result = self.new_temp()
            self.emit(g.Compare(result, _COMPARISONS[type(target.operator)], left, right), span)
            if position == len(node.comparisons) - 1:
                last(result, span)
            else:
                self.divert(self.emit(g.Branch(result), span), fails)
                left = right

    def _note_tested(self, node: cst.CSTNode) -> None:
        """Names that a condition reads: their literal values are worth following."""
        stack = [node]
        while stack:
            part = stack.pop()
            kind = part.__class__
            if kind is cst.Name:
                self.tested.add(self.resolve_name(cast(cst.Name, part).value))
            elif kind is cst.Attribute:
                self.tested.add(dotted_text(part))
                stack.append(cast(cst.Attribute, part).value)
            elif kind not in _WITHOUT_PARTS:
                stack.extend(expressions_in(part))

    # -- for a value ------------------------------------------------------------------------------

    def comparison(self, node: cst.Comparison, span: Span) -> g.Temp:
        if len(node.comparisons) == 1:
            target = node.comparisons[0]
            left, right = self.value(node.left), self.value(target.comparator)
            if isinstance(target.operator, cst.In | cst.NotIn) and isinstance(
                target.comparator, cst.List | cst.Set
            ):
                # Nobody else has it, so what it is listed in says nothing: `x in [1, 2]` is `x in (1, 2)`.
                listed = self.nodes[-1].op
                assert isinstance(listed, g.Build)
                self.nodes[-1].op = replace(listed, kind="tuple")
            dest = self.new_temp()
            self.emit(g.Compare(dest, _COMPARISONS[type(target.operator)], left, right), span)
            return dest
        dest = self.new_temp()
        fails, after = Label(), Label()
        self._chain(node, lambda result, at: self._move(dest, result, at), fails)
        self.jump_to(after)
        self.place_label(fails, span)
        self.emit(g.Const(dest, False), span)
        self.place_label(after, span)
        return dest

    def short_cut(self, node: cst.BooleanOperation, span: Span) -> g.Temp:
        dest, after = self.new_temp(), Label()
        self._into(node, dest, after)
        self.place_label(after, span)
        return dest

    def _into(self, node: cst.BaseExpression, dest: g.Temp, after: Label) -> None:
        """The value of node goes to dest, control to after."""
        if isinstance(node, cst.BooleanOperation):
            onward = Label()
            if isinstance(node.operator, cst.And):
                self._tested_into(node.left, dest, onward, after)
            else:
                self._tested_into(node.left, dest, after, onward)
            self.place_label(onward, self.span(node.right))
            self._into(node.right, dest, after)
            return
        self._move(dest, self.value(node), self.span(node))
        self.jump_to(after)

    def _tested_into(self, node: cst.BaseExpression, dest: g.Temp, holds: Label, fails: Label) -> None:
        """The value of node goes to dest, control to holds or fails, as it is true or false."""
        if isinstance(node, cst.BooleanOperation):
            onward = Label()
            if isinstance(node.operator, cst.And):
                self._tested_into(node.left, dest, onward, fails)
            else:
                self._tested_into(node.left, dest, holds, onward)
            self.place_label(onward, self.span(node.right))
            self._tested_into(node.right, dest, holds, fails)
            return
        span = self.span(node)
        self._note_tested(node)
        self._move(dest, self.value(node), span)
        self._decide(dest, holds, fails, span)

    def conditional(self, node: cst.IfExp, span: Span) -> g.Temp:
        then, other, after = Label(), Label(), Label()
        dest = self.new_temp()
        self.condition(node.test, then, other)
        self.place_label(then, span)
        self._move(dest, self.value(node.body), span)
        self.jump_to(after)
        self.place_label(other, span)
        self._move(dest, self.value(node.orelse), span)
        self.place_label(after, span)
        return dest

    def _move(self, dest: g.Temp, src: g.Temp, span: Span) -> None:
        self.emit(g.Move(dest, src), span)


def expressions_in(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The direct parts of node that can hold an expression (libcst's `children` visits every blank)."""
    parts: list[cst.CSTNode] = []
    for name in part_fields(type(node)):
        part = getattr(node, name)
        kind = part.__class__
        if kind is list or kind is tuple:
            parts += [each for each in part if _is_node(each.__class__)]
        elif _is_node(kind):
            parts.append(part)
    return parts


@cache
def _is_node(kind: type) -> bool:
    """libcst's classes are abstract ones, of which `isinstance` takes ten times as long to say it."""
    return issubclass(kind, cst.CSTNode)


@cache
def part_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a node that can hold a part of it which isn't blank."""
    return tuple(name for name in kind.__dataclass_fields__ if not name.startswith(_TRIVIA))
