"""The graph of a body whose text has moved up or down, as it would be if it were parsed there.

In: a `Code`, by how many rows it has moved. Out: another `Code`; nothing in it is shared with the first that either of
them could change. Not handled: a text that has changed (that is parsed anew).
"""

from __future__ import annotations

from dataclasses import replace

from tmpleak_lint.flow.graph import ClassShape, Code, MakeClass, MakeFunction, Node, Op, Place
from tmpleak_lint.model import Location, Span


def shifted(code: Code, rows: int) -> Code:
    """The same graph, so many rows further down."""
    return _Shift(rows).code(code)


class _Shift:
    """One body and all in it: what two nodes share, their counterparts share, too."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._codes: dict[Code, Code] = {}
        self._shapes: dict[ClassShape, ClassShape] = {}
        self._places: dict[Place, Place] = {}

    def code(self, code: Code) -> Code:
        found = self._codes.get(code)
        if found is None:
            found = self._codes[code] = replace(
                code,
                span=self._span(code.span),
                nodes=[],
                nested=tuple(map(self.code, code.nested)),
                classes=tuple(map(self._shape, code.classes)),
                tail=tuple((first + self._rows, last + self._rows, kind) for first, last, kind in code.tail),
            )
            found.nodes += [
                Node(
                    self._op(node.op), self._span(node.span), node.next, node.alt, node.exc, self._place(node.place),
                    node.index,
                )
                for node in code.nodes
            ]  # fmt: skip
        return found

    def _op(self, op: Op) -> Op:
        if isinstance(op, MakeFunction):
            return MakeFunction(op.dest, self.code(op.code), op.defaults)
        if isinstance(op, MakeClass):
            return MakeClass(op.dest, self._shape(op.shape))
        return op

    def _shape(self, shape: ClassShape) -> ClassShape:
        found = self._shapes.get(shape)
        if found is None:
            found = self._shapes[shape] = replace(
                shape,
                span=self._span(shape.span),
                body=None if shape.body is None else self.code(shape.body),
                methods={name: self.code(method) for name, method in shape.methods.items()},
            )
        return found

    def _place(self, place: Place | None) -> Place | None:
        if place is None:
            return None
        found = self._places.get(place)
        if found is None:
            outer = self._place(place.outer)
            found = self._places[place] = Place(place.kind, self._span(place.span), outer, place.handlers)
        return found

    def _span(self, span: Span) -> Span:
        start, end = span.start, span.end
        return Span(
            Location(start.row + self._rows, start.column), Location(end.row + self._rows, end.column)
        )
