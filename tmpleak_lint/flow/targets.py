"""What stands on the left of an assignment, after `del`, `for`, `as`: names, attributes, items, tuples.

Comes in: libcst target expressions and the temporary that holds what is assigned. Goes out: stores.
"""

from __future__ import annotations

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.conditions import ConditionBuilder
from tmpleak_lint.model import Span


class TargetBuilder(ConditionBuilder):
    """Lowers assignment to, deletion of and in-place operation on targets."""

    def assign(self, target: cst.BaseExpression, src: g.Temp, span: Span) -> None:
        match target:
            case cst.Name(value=name):
                self.store(self.resolve_name(name), src, span)
            case cst.Attribute(value=obj, attr=attr):
                self.emit(g.SetAttr(self.value(obj), attr.value, src), span)
            case cst.Subscript(value=inner):
                container = self.value(inner)
                self.emit(g.SetItem(container, self.subscript(target), src), span)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                star = next((i for i, e in enumerate(elements) if isinstance(e, cst.StarredElement)), None)
                dests = tuple(self.new_temp() for _ in elements)
                self.emit(g.Unpack(src, dests, star), span)
                for element, dest in zip(elements, dests, strict=True):
                    self.assign(element.value, dest, span)

    def augmented(self, node: cst.AugAssign, span: Span) -> None:
        """`target op= value`: what the target stands in is evaluated once, before the value."""
        operator = type(node.operator).__name__.removesuffix("Assign") + "="
        target, dest = node.target, self.new_temp()
        match target:
            case cst.Attribute(value=inner, attr=attr):
                obj, left = self.value(inner), self.new_temp()
                self.emit(g.GetAttr(left, obj, attr.value), self.span(target))
                self.emit(g.Binary(dest, operator, left, self.value(node.value)), span)
                self.emit(g.SetAttr(obj, attr.value, dest), span)
            case cst.Subscript(value=inner):
                obj = self.value(inner)
                index, left = self.subscript(target), self.new_temp()
                self.emit(g.GetItem(left, obj, index), self.span(target))
                self.emit(g.Binary(dest, operator, left, self.value(node.value)), span)
                self.emit(g.SetItem(obj, index, dest), span)
            case _:
                left = self.value(target)
                self.emit(g.Binary(dest, operator, left, self.value(node.value)), span)
                self.assign(target, dest, span)

    def delete(self, target: cst.BaseExpression, span: Span) -> None:
        match target:
            case cst.Name(value=name):
                self.bound.add(self.resolve_name(name))
                self.emit(g.Forget(self.resolve_name(name)), span)
            case cst.Attribute(value=obj, attr=attr):
                self.emit(g.Remove(self.value(obj), attr.value), span)
            case cst.Subscript(value=inner):
                container = self.value(inner)
                self.subscript(target)
                self.emit(g.Remove(container, None), span)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for item in elements:
                    self.delete(item.value, span)

    def subscript(self, node: cst.Subscript) -> g.Temp:
        """What stands between the brackets: one index, or a tuple of them."""
        indices = tuple(self._index(element) for element in node.slice)
        if len(indices) == 1 and not _is_starred(node.slice[0]):
            return indices[0]
        starred = tuple(i for i, element in enumerate(node.slice) if _is_starred(element))
        dest = self.new_temp()
        self.emit(g.Build(dest, "tuple", indices, (), starred), self.span(node))
        return dest

    def _index(self, element: cst.SubscriptElement) -> g.Temp:
        part = element.slice
        if isinstance(part, cst.Index):
            return self.value(part.value)
        assert isinstance(part, cst.Slice)
        bounds = tuple(self.value(b) for b in (part.lower, part.upper, part.step) if b is not None)
        dest = self.new_temp()
        self.emit(g.Build(dest, "slice", bounds), self.span(element))
        return dest


def _is_starred(element: cst.SubscriptElement) -> bool:
    return isinstance(element.slice, cst.Index) and bool(element.slice.star)


def target_names(target: cst.BaseExpression) -> list[str]:
    """The names that an assignment to target binds, from left to right."""
    match target:
        case cst.Name(value=name):
            return [name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for e in elements for name in target_names(e.value)]
    return []
