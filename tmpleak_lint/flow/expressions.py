"""From libcst to graph: expressions in evaluation order.

Comes in: libcst expressions. Goes out: operations appended to the body under construction, and for each
expression the temporary that holds its value.

A comprehension is lowered as the loop that it is, its targets renamed (`name@1`) so that they stay its own;
a generator expression as if it were consumed at once and to its end, which is what nearly all of them are.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.literals import adjacent_parts, dotted_text, joined, literal, surely_nonempty
from tmpleak_lint.flow.nodes import Label
from tmpleak_lint.flow.targets import TargetBuilder, target_names
from tmpleak_lint.model import Span

__all__ = ["ExpressionBuilder", "dotted_text"]

_Comprehension = cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp
_DISPLAYS: Mapping[type[cst.CSTNode], g.Display] = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}
_BUILDS: Mapping[type[cst.CSTNode], g.Display] = {cst.SetComp: "set", cst.DictComp: "dict"}


class ExpressionBuilder(TargetBuilder):
    """Lowers expressions, one method a kind (the table at the end of the file)."""

    _comprehensions = 0

    @abstractmethod
    def lambda_code(self, node: cst.Lambda) -> Code:
        """Lower a lambda into a body of its own."""

    def value(self, node: cst.BaseExpression) -> g.Temp:
        """Lower node; the temporary holds its value."""
        lower = _VALUES.get(node.__class__)
        if lower is not None:
            return lower(self, node, self.span(node))
        parts = getattr(node, "parts", None)
        if parts is not None:  # a t-string: its fields are evaluated as those of an f-string are
            return self._text(parts, self.span(node))
        return self.const(..., self.span(node))

    # -- names, attributes, calls -----------------------------------------------------------------

    def _constant(self, node: cst.BaseExpression, span: Span) -> g.Temp:
        return self.const(literal(node), span)

    def _name(self, node: cst.Name, span: Span) -> g.Temp:
        known = literal(node)
        if known is not ...:
            return self.const(known, span)
        dest = self.new_temp()
        self.emit(g.Load(dest, self.resolve_name(node.value)), span)
        return dest

    def _attribute(self, node: cst.Attribute, span: Span) -> g.Temp:
        obj = self.value(node.value)
        dest = self.new_temp()
        self.emit(g.GetAttr(dest, obj, node.attr.value), span)
        return dest

    def _subscript(self, node: cst.Subscript, span: Span) -> g.Temp:
        obj = self.value(node.value)
        index = self.subscript(node)
        dest = self.new_temp()
        self.emit(g.GetItem(dest, obj, index), span)
        return dest

    def _call(self, node: cst.Call, span: Span) -> g.Temp:
        func = self.value(node.func)
        args = self.arguments(node.args)
        dest = self.new_temp()
        self.emit(g.Call(dest, func, args), span)
        return dest

    def arguments(self, args: Sequence[cst.Arg]) -> tuple[g.Argument, ...]:
        """Positional arguments first, `*more` among them, then keywords: in that order they are evaluated."""
        lowered = []
        for arg in sorted(args, key=_is_keyword):
            keyword = arg.keyword.value if arg.keyword is not None else None
            lowered.append(g.Argument(self.value(arg.value), keyword, arg.star))
        return tuple(lowered)

    def _await(self, node: cst.Await, span: Span) -> g.Temp:
        src = self.value(node.expression)
        dest = self.new_temp()
        self.emit(g.Await(dest, src), span)
        return dest

    def _yield(self, node: cst.Yield, span: Span) -> g.Temp:
        self.saw_yield = True
        delegates = isinstance(node.value, cst.From)
        if node.value is None:
            src = self.const(None, span)
        else:
            src = self.value(node.value.item if isinstance(node.value, cst.From) else node.value)
        dest = self.new_temp()
        self.emit(g.Yield(dest, src, delegates), span)
        return dest

    def _walrus(self, node: cst.NamedExpr, span: Span) -> g.Temp:
        src = self.value(node.value)
        self.assign(node.target, src, span)
        return src

    def _lambda(self, node: cst.Lambda, span: Span) -> g.Temp:
        defaults = self.defaults(node.params)
        code = self.lambda_code(node)
        self.nested.append(code)
        dest = self.new_temp()
        self.emit(g.MakeFunction(dest, code, defaults), span)
        return dest

    def defaults(self, params: cst.Parameters) -> tuple[tuple[str, g.Temp], ...]:
        """Defaults are evaluated where the function is made; a literal does nothing there."""
        return tuple(
            (param.name.value, self.value(param.default))
            for param in (*params.posonly_params, *params.params, *params.kwonly_params)
            if param.default is not None and literal(param.default) is ...
        )

    # -- operators --------------------------------------------------------------------------------

    def _unary(self, node: cst.UnaryOperation, span: Span) -> g.Temp:
        known = literal(node)
        if known is not ...:
            return self.const(known, span)
        src = self.value(node.expression)
        dest = self.new_temp()
        if isinstance(node.operator, cst.Not):
            self.emit(g.Not(dest, src), span)
        else:
            self.emit(g.Binary(dest, "unary", src, src), span)
        return dest

    def _binary(self, node: cst.BinaryOperation, span: Span) -> g.Temp:
        # A chain of operators leans to the left, as deep as it is long: go down it without recursion.
        chain = [node]
        while isinstance(chain[-1].left, cst.BinaryOperation):
            chain.append(chain[-1].left)
        left = self.value(chain[-1].left)
        for part in reversed(chain):
            right = self.value(part.right)
            dest = self.new_temp()
            self.emit(g.Binary(dest, type(part.operator).__name__, left, right), self.span(part))
            left = dest
        return left

    # -- displays and strings ---------------------------------------------------------------------

    def _display(self, node: cst.Tuple | cst.List | cst.Set, span: Span) -> g.Temp:
        items = tuple(self.value(e.value) for e in node.elements)
        starred = tuple(i for i, e in enumerate(node.elements) if isinstance(e, cst.StarredElement))
        dest = self.new_temp()
        self.emit(g.Build(dest, _DISPLAYS[type(node)], items, (), starred), span)
        return dest

    def _dict(self, node: cst.Dict, span: Span) -> g.Temp:
        keys, items, starred = [], [], []
        for position, element in enumerate(node.elements):
            if isinstance(element, cst.DictElement):
                keys.append(self.value(element.key))
            else:
                keys.append(self.const(..., span))
                starred.append(position)
            items.append(self.value(element.value))
        dest = self.new_temp()
        self.emit(g.Build(dest, "dict", tuple(items), tuple(keys), tuple(starred)), span)
        return dest

    def _starred(self, node: cst.StarredElement, span: Span) -> g.Temp:
        return self.value(node.value)

    def _formatted(self, node: cst.FormattedString, span: Span) -> g.Temp:
        return self._text(node.parts, span)

    def _text(self, parts: Sequence[cst.CSTNode], span: Span) -> g.Temp:
        pieces: list[str | g.Temp] = []
        for part in parts:
            expression = getattr(part, "expression", None)
            if expression is not None:
                pieces.append(self.value(expression))
                spec = getattr(part, "format_spec", None)
                if spec:
                    pieces.append(self._text(spec, span))
            else:
                pieces.append(str(getattr(part, "value", "")))
        dest = self.new_temp()
        self.emit(g.Text(dest, tuple(pieces)), span)
        return dest

    def _adjacent(self, node: cst.ConcatenatedString, span: Span) -> g.Temp:
        # They stand within each other, as deep as there are: go down without recursion, and read each of them once.
        parts = adjacent_parts(node)
        values = [literal(part) for part in parts]
        first = len(parts) - 1
        while first > 0 and joined(values[first - 1 : first + 1]) is not ...:
            first -= 1  # what is a literal from here to the end
        pairs: list[cst.ConcatenatedString] = []
        rest: cst.BaseExpression = node
        while len(pairs) < first and isinstance(rest, cst.ConcatenatedString):
            pairs.append(rest)
            rest = rest.right
        lefts = [self.value(pair.left) for pair in pairs]
        known = joined(values[first:])
        right = self.value(rest) if known is ... else self.const(known, self.span(rest))
        for pair, left in zip(reversed(pairs), reversed(lefts), strict=True):
            dest = self.new_temp()
            self.emit(g.Text(dest, (left, right)), self.span(pair))
            right = dest
        return right

    # -- comprehensions ---------------------------------------------------------------------------

    def _comprehension(self, node: _Comprehension, span: Span) -> g.Temp:
        container = self.new_temp()
        self.emit(g.Build(container, _BUILDS.get(type(node), "list"), ()), span)
        outer = self._renamed
        self._comp_for(node, node.for_in, container)
        self._renamed = outer
        return container

    def _comp_for(self, node: _Comprehension, clause: cst.CompFor, container: g.Temp) -> None:
        """One `for` with its ifs; only the first source belongs to the scope around."""
        span = self.span(clause.iter)
        awaits = clause.asynchronous is not None
        iterator, element = self.new_temp(), self.new_temp()
        src = self.value(clause.iter)
        self.emit(g.Iterate(iterator, src, surely_nonempty(clause.iter), awaits), span)
        head, after = Label(), Label()
        self.place_label(head, span)
        self.divert(self.emit(g.Next(element, iterator, awaits), span), after)
        self._comprehensions += 1
        scope = {name: f"{name}@{self._comprehensions}" for name in target_names(clause.target)}
        self._renamed = (*self._renamed, scope)
        self.assign(clause.target, element, self.span(clause.target))
        for test in clause.ifs:
            holds = Label()
            self.condition(test.test, holds, head)
            self.place_label(holds, self.span(test))
        if clause.inner_for_in is not None:
            self._comp_for(node, clause.inner_for_in, container)
        else:
            if isinstance(node, cst.DictComp):
                self.value(node.key)
            made = node.value if isinstance(node, cst.DictComp) else node.elt
            self.emit(g.Add(container, self.value(made)), self.span(made))
        self.jump_to(head)
        self.place_label(after, span)


def _is_keyword(arg: cst.Arg) -> bool:
    return arg.keyword is not None or arg.star == "**"


_VALUES: Mapping[type[cst.CSTNode], Callable[[ExpressionBuilder, Any, Span], g.Temp]] = {
    cst.Integer: ExpressionBuilder._constant,
    cst.SimpleString: ExpressionBuilder._constant,
    cst.Name: ExpressionBuilder._name,
    cst.Attribute: ExpressionBuilder._attribute,
    cst.Subscript: ExpressionBuilder._subscript,
    cst.Call: ExpressionBuilder._call,
    cst.Await: ExpressionBuilder._await,
    cst.Yield: ExpressionBuilder._yield,
    cst.NamedExpr: ExpressionBuilder._walrus,
    cst.Lambda: ExpressionBuilder._lambda,
    cst.IfExp: ExpressionBuilder.conditional,
    cst.BooleanOperation: ExpressionBuilder.short_cut,
    cst.Comparison: ExpressionBuilder.comparison,
    cst.UnaryOperation: ExpressionBuilder._unary,
    cst.BinaryOperation: ExpressionBuilder._binary,
    cst.Tuple: ExpressionBuilder._display,
    cst.List: ExpressionBuilder._display,
    cst.Set: ExpressionBuilder._display,
    cst.Dict: ExpressionBuilder._dict,
    cst.StarredElement: ExpressionBuilder._starred,
    cst.FormattedString: ExpressionBuilder._formatted,
    cst.ConcatenatedString: ExpressionBuilder._adjacent,
    cst.ListComp: ExpressionBuilder._comprehension,
    cst.SetComp: ExpressionBuilder._comprehension,
    cst.DictComp: ExpressionBuilder._comprehension,
    cst.GeneratorExp: ExpressionBuilder._comprehension,
}
