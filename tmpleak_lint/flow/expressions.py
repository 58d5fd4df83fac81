"""From libcst to graph: expressions in evaluation order, conditions with their short cuts, targets.

Comes in: libcst expressions. Goes out: operations appended to the body under construction.
A comprehension is lowered as the loop that it is, its targets renamed so that they stay its own;
a generator expression as if it were consumed at once, which is what nearly all of them are.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Callable, Sequence

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
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


def dotted_text(node: cst.CSTNode | None) -> str:
    """`a.b.c` of a name, an attribute chain, or what is called or subscripted there; else ""."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=value, attr=attr):
            head = dotted_text(value)
            return f"{head}.{attr.value}" if head else ""
        case cst.Call(func=func):
            return dotted_text(func)
        case cst.Subscript(value=value):
            return dotted_text(value)
    return ""


class ExpressionBuilder(NodeBuilder):
    """Lowers expressions: each gives the temporary that holds its value."""

    _renamed: tuple[dict[str, str], ...] = ()
    _comprehensions = 0

    @abstractmethod
    def lambda_code(self, node: cst.Lambda) -> Code:
        """Lower a lambda into a body of its own."""

    # -- names and literals -----------------------------------------------------------------------

    def resolve_name(self, name: str) -> str:
        for scope in reversed(self._renamed):
            if name in scope:
                return scope[name]
        return name

    @staticmethod
    def literal(node: cst.CSTNode | None) -> object:
        """The value of a simple literal, or `...` when it is none."""
        match node:
            case cst.Name(value="None"):
                return None
            case cst.Name(value="True"):
                return True
            case cst.Name(value="False"):
                return False
            case cst.Integer() | cst.SimpleString():
                try:
                    value: object = ast.literal_eval(node.value)
                except (ValueError, SyntaxError):  # a string prefix newer than this interpreter
                    return ...
                return value
            case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value=digits)):
                return -int(digits.replace("_", ""), 0)
            case cst.ConcatenatedString():
                value = node.evaluated_value
                return value if value is not None else ...
        return ...

    def is_nonempty(self, node: cst.BaseExpression) -> bool:
        """A literal with at least one element, or `range` of a positive literal: loops over it run."""
        match node:
            case cst.Tuple(elements=elements) | cst.List(elements=elements) | cst.Set(elements=elements):
                return any(isinstance(e, cst.Element) for e in elements)
            case cst.Dict(elements=elements):
                return any(isinstance(e, cst.DictElement) for e in elements)
            case cst.SimpleString():
                return bool(self.literal(node))
            case cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=stop)]):
                count = self.literal(stop)
                return isinstance(count, int) and count > 0
            case cst.Call(func=cst.Name(value="enumerate" | "reversed" | "sorted" | "list" | "tuple"), args=[first, *_]):
                return self.is_nonempty(first.value)
        return False

    # -- values -----------------------------------------------------------------------------------

    def value(self, node: cst.BaseExpression) -> g.Temp:
        """Lower node; the temporary holds its value."""
        span = self.span(node)
        literal = self.literal(node)
        if literal is not ...:
            return self._dest(lambda dest: g.Const(dest, literal), span)
        match node:
            case cst.Name(value=name):
                return self._dest(lambda dest: g.Load(dest, self.resolve_name(name)), span)
            case cst.Attribute(value=inner, attr=attr):
                obj = self.value(inner)
                return self._dest(lambda dest: g.GetAttr(dest, obj, attr.value), span)
            case cst.Call():
                return self._call(node, span)
            case cst.Subscript(value=inner):
                return self._subscript(node, self.value(inner), span)
            case cst.Await(expression=inner):
                src = self.value(inner)
                return self._dest(lambda dest: g.Await(dest, src), span)
            case cst.Yield():
                return self._yield(node, span)
            case cst.NamedExpr(target=target, value=inner):
                src = self.value(inner)
                self.assign(target, src, span)
                return src
            case cst.Lambda():
                self.defaults(node.params)
                code = self.lambda_code(node)
                self.nested.append(code)
                return self._dest(lambda dest: g.MakeFunction(dest, code), span)
            case cst.IfExp():
                return self._conditional(node, span)
            case cst.BooleanOperation():
                return self._short_cut(node, span)
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                src = self.value(inner)
                return self._dest(lambda dest: g.Not(dest, src), span)
            case cst.UnaryOperation(expression=inner):
                src = self.value(inner)
                return self._dest(lambda dest: g.Binary(dest, "unary", src, src), span)
            case cst.BinaryOperation(left=left, operator=operator, right=right):
                a, b = self.value(left), self.value(right)
                return self._dest(lambda dest: g.Binary(dest, type(operator).__name__, a, b), span)
            case cst.Comparison():
                return self._comparison(node, span)
            case cst.Tuple(elements=elements):
                return self._display("tuple", elements, span)
            case cst.List(elements=elements):
                return self._display("list", elements, span)
            case cst.Set(elements=elements):
                return self._display("set", elements, span)
            case cst.Dict():
                return self._dict(node, span)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
                return self._comprehension(node, span)
            case cst.FormattedString(parts=parts):
                return self._text(parts, span)
            case cst.ConcatenatedString(left=left, right=right):
                a, b = self.value(left), self.value(right)
                return self._dest(lambda dest: g.Text(dest, (a, b)), span)
            case cst.StarredElement(value=inner):
                return self.value(inner)
        parts_of = getattr(node, "parts", None)
        if parts_of is not None:  # t-strings: fields are evaluated like those of an f-string
            return self._text(parts_of, span)
        return self._dest(lambda dest: g.Const(dest, ...), span)

    def _dest(self, make: Callable[[g.Temp], g.Op], span: Span) -> g.Temp:
        dest = self.new_temp()
        self.emit(make(dest), span)
        return dest

    def _call(self, node: cst.Call, span: Span) -> g.Temp:
        func = self.value(node.func)
        args = []
        for arg in node.args:
            keyword = arg.keyword.value if arg.keyword is not None else None
            args.append(g.Argument(self.value(arg.value), keyword, arg.star))
        return self._dest(lambda dest: g.Call(dest, func, tuple(args)), span)

    def index(self, element: cst.SubscriptElement) -> g.Temp:
        part = element.slice
        if isinstance(part, cst.Index):
            return self.value(part.value)
        assert isinstance(part, cst.Slice)
        bounds = tuple(self.value(b) for b in (part.lower, part.upper, part.step) if b is not None)
        return self._dest(lambda dest: g.Build(dest, "slice", bounds), self.span(element))

    def _subscript(self, node: cst.Subscript, obj: g.Temp, span: Span) -> g.Temp:
        indices = tuple(self.index(e) for e in node.slice)
        if len(indices) == 1:
            index = indices[0]
        else:
            index = self._dest(lambda dest: g.Build(dest, "tuple", indices), span)
        return self._dest(lambda dest: g.GetItem(dest, obj, index), span)

    def _yield(self, node: cst.Yield, span: Span) -> g.Temp:
        self.saw_yield = True
        match node.value:
            case None:
                src = self._dest(lambda dest: g.Const(dest, None), span)
            case cst.From(item=item):
                src = self.value(item)
            case value:
                src = self.value(value)
        delegates = isinstance(node.value, cst.From)
        return self._dest(lambda dest: g.Yield(dest, src, delegates), span)

    def _conditional(self, node: cst.IfExp, span: Span) -> g.Temp:
        then, other, after = Label(), Label(), Label()
        dest = self.new_temp()
        self.condition(node.test, then, other)
        self.place_label(then, span)
        self.emit(g.Move(dest, self.value(node.body)), span)
        self.jump_to(after)
        self.place_label(other, span)
        self.emit(g.Move(dest, self.value(node.orelse)), span)
        self.place_label(after, span)
        return dest

    def _short_cut(self, node: cst.BooleanOperation, span: Span) -> g.Temp:
        dest = self.new_temp()
        after, onward = Label(), Label()
        self.emit(g.Move(dest, self.value(node.left)), span)
        self._note_tested(node.left)
        branch = self.emit(g.Branch(dest), self.span(node.left))
        if isinstance(node.operator, cst.Or):
            self.divert(branch, onward)
            self.jump_to(after)
        else:
            self.divert(branch, after)
            self.jump_to(onward)
        self.place_label(onward, span)
        self.emit(g.Move(dest, self.value(node.right)), span)
        self.place_label(after, span)
        return dest

    def _comparison(self, node: cst.Comparison, span: Span) -> g.Temp:
        left = self.value(node.left)
        result = left
        for target in node.comparisons:
            right = self.value(target.comparator)
            operator = _COMPARISONS[type(target.operator)]
            a, b = left, right
            result = self._dest(lambda dest: g.Compare(dest, operator, a, b), span)  # noqa: B023
            left = right
        return result

    def _display(self, kind: str, elements: Sequence[cst.BaseElement], span: Span) -> g.Temp:
        items = tuple(self.value(e.value) for e in elements)
        starred = tuple(i for i, e in enumerate(elements) if isinstance(e, cst.StarredElement))
        return self._dest(lambda dest: g.Build(dest, kind, items, (), starred), span)

    def _dict(self, node: cst.Dict, span: Span) -> g.Temp:
        keys, items, starred = [], [], []
        for position, element in enumerate(node.elements):
            if isinstance(element, cst.DictElement):
                keys.append(self.value(element.key))
            else:
                keys.append(self._dest(lambda dest: g.Const(dest, ...), span))
                starred.append(position)
            items.append(self.value(element.value))
        return self._dest(lambda dest: g.Build(dest, "dict", tuple(items), tuple(keys), tuple(starred)), span)

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
        return self._dest(lambda dest: g.Text(dest, tuple(pieces)), span)

    # -- comprehensions ---------------------------------------------------------------------------

    def _comprehension(
        self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp, span: Span
    ) -> g.Temp:
        kind = {cst.ListComp: "list", cst.SetComp: "set", cst.DictComp: "dict"}.get(type(node), "list")
        container = self._dest(lambda dest: g.Build(dest, kind, ()), span)
        self._comp_for(node, node.for_in, container)
        return container

    def _comp_for(self, node: cst.BaseComp, clause: cst.CompFor, container: g.Temp) -> None:
        span = self.span(clause.iter)
        awaits = clause.asynchronous is not None
        iterator, element = self.new_temp(), self.new_temp()
        src = self.value(clause.iter)
        self.emit(g.Iterate(iterator, src, self.is_nonempty(clause.iter), awaits), span)
        head, after = Label(), Label()
        self.place_label(head, span)
        self.divert(self.emit(g.Next(element, iterator, awaits), span), after)
        self._comprehensions += 1
        scope = {name: f"{name}@{self._comprehensions}" for name in _target_names(clause.target)}
        outer = self._renamed
        self._renamed = (*outer, scope)
        self.assign(clause.target, element, self.span(clause.target))
        for test in clause.ifs:
            holds = Label()
            self.condition(test.test, holds, head)
            self.place_label(holds, self.span(test))
        if clause.inner_for_in is not None:
            self._comp_for(node, clause.inner_for_in, container)
        elif isinstance(node, cst.DictComp):
            self.value(node.key)
            self.emit(g.Add(container, self.value(node.value)), self.span(node.value))
        else:
            elt = node.elt  # type: ignore[attr-defined]
            self.emit(g.Add(container, self.value(elt)), self.span(elt))
        self.jump_to(head)
        self._renamed = outer
        self.place_label(after, span)

    # -- conditions -------------------------------------------------------------------------------

    def condition(self, node: cst.BaseExpression, holds: Label, fails: Label) -> None:
        """Evaluate a condition for control only: and, or and not become edges."""
        match node:
            case cst.UnaryOperation(operator=cst.Not(), expression=inner):
                self.condition(inner, fails, holds)
                return
            case cst.BooleanOperation(left=left, operator=cst.And(), right=right):
                onward = Label()
                self.condition(left, onward, fails)
                self.place_label(onward, self.span(left))
                self.condition(right, holds, fails)
                return
            case cst.BooleanOperation(left=left, operator=cst.Or(), right=right):
                onward = Label()
                self.condition(left, holds, onward)
                self.place_label(onward, self.span(left))
                self.condition(right, holds, fails)
                return
        self._note_tested(node)
        if not self.open:
            return
        branch = self.emit(g.Branch(self.value(node)), self.span(node))
        self.divert(branch, fails)
        self.jump_to(holds)

    def _note_tested(self, node: cst.CSTNode) -> None:
        """Names that a condition reads: their literal values are worth following."""
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, cst.Name):
                self.tested.add(self.resolve_name(part.value))
            elif isinstance(part, cst.Attribute):
                self.tested.add(dotted_text(part))
            stack.extend(part.children)

    # -- targets ----------------------------------------------------------------------------------

    def assign(self, target: cst.BaseExpression, src: g.Temp, span: Span) -> None:
        match target:
            case cst.Name(value=name):
                self.emit(g.Store(self.resolve_name(name), src), span)
            case cst.Attribute(value=obj, attr=attr):
                self.emit(g.SetAttr(self.value(obj), attr.value, src), span)
            case cst.Subscript(value=inner):
                obj = self.value(inner)
                indices = tuple(self.index(e) for e in target.slice)
                index = indices[0] if len(indices) == 1 else self._dest(lambda d: g.Build(d, "tuple", indices), span)
                self.emit(g.SetItem(obj, index, src), span)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                star = next((i for i, e in enumerate(elements) if isinstance(e, cst.StarredElement)), None)
                dests = tuple(self.new_temp() for _ in elements)
                self.emit(g.Unpack(src, dests, star), span)
                for element, dest in zip(elements, dests, strict=True):
                    self.assign(element.value, dest, span)
            case cst.StarredElement(value=inner):
                self.assign(inner, src, span)

    def defaults(self, params: cst.Parameters) -> None:
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            if param.default is not None and self.literal(param.default) is ...:
                self.value(param.default)


def _target_names(target: cst.BaseExpression) -> list[str]:
    match target:
        case cst.Name(value=name):
            return [name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return [name for e in elements for name in _target_names(e.value)]
        case cst.StarredElement(value=inner):
            return _target_names(inner)
    return []
