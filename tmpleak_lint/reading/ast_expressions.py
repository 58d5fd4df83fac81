"""Expressions as libcst's nodes, read by Python's own parser.

Comes in: expressions of `ast`. Goes out: nodes without blanks (`reading.bare`), and where they stand
(`reading.places`). Fields of f-strings are parsed by libcst, since `ast` knows where they stand since Python 3.12 only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import libcst as cst

from tmpleak_lint.flow.positions import offsets_of
from tmpleak_lint.reading import bare
from tmpleak_lint.reading.places import Places, Unlike


class ExpressionReader(Places):
    """Reads expressions, one method a kind (the table at the end of the file)."""

    def expression(self, node: ast.expr) -> Any:
        read = _EXPRESSIONS.get(node.__class__)
        if read is None:
            raise Unlike
        made = read(self, node)
        if node.__class__ not in _PLACED:
            self._found[id(made)] = node
        return made

    def _or_none(self, node: ast.expr | None) -> Any:
        return None if node is None else self.expression(node)

    def _load(self, node: ast.Name) -> Any:
        return bare.Name(node.id)

    def _constant(self, node: ast.Constant) -> Any:
        value: Any = node.value
        kind = value.__class__
        if kind is str:
            is_plain = not ("\\" in value or "'" in value or "\r" in value)
            return bare.SimpleString(f"'''{value}'''" if is_plain else repr(value))
        if kind is int:
            return bare.Integer(hex(value))
        if kind is bytes:
            return bare.SimpleString(repr(value))
        return (
            bare.Float()
            if kind is float
            else bare.Imaginary()
            if kind is complex
            else (bare.Ellipsis() if value is ... else bare.Name(str(value)))
        )

    def _attribute(self, node: ast.Attribute) -> Any:
        return bare.Attribute(self.expression(node.value), bare.Name(node.attr))

    def _subscript(self, node: ast.Subscript) -> Any:
        value = self.expression(node.value)
        index = node.slice
        if isinstance(index, ast.Tuple) and index.elts and not self._has_own_parentheses(index, index.elts):
            return bare.Subscript(value, [self._index(part) for part in index.elts])
        return bare.Subscript(value, [self._index(index)])

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            bounds = self._or_none(node.lower), self._or_none(node.upper), self._or_none(node.step)
            made = bare.SubscriptElement(bare.Slice(*bounds))
            end = self._end(node)
            # To libcst a blank behind the colon is the colon's.
            is_open = self._text[end - 1] == ":"
            self._found[id(made)] = (self._start(node), self._behind_blanks(end)) if is_open else node
            return made
        if isinstance(node, ast.Starred):
            return bare.SubscriptElement(bare.Index(self.expression(node.value), "*"))
        return bare.SubscriptElement(bare.Index(self.expression(node), None))

    def _call(self, node: ast.Call) -> Any:
        func = self.expression(node.func)
        return bare.Call(func, [*self._arguments(node.args), *self._keywords(node.keywords)])

    def _arguments(self, nodes: Sequence[ast.expr]) -> list[Any]:
        return [
            bare.Arg(self.expression(node.value), None, "*")
            if isinstance(node, ast.Starred)
            else bare.Arg(self.expression(node), None, "")
            for node in nodes
        ]

    def _keywords(self, nodes: Sequence[ast.keyword]) -> list[Any]:
        return [
            bare.Arg(self.expression(node.value), None, "**")
            if node.arg is None
            else bare.Arg(self.expression(node.value), bare.Name(node.arg), "")
            for node in nodes
        ]

    def _await(self, node: ast.Await) -> Any:
        return bare.Await(self.expression(node.value))

    def _yield(self, node: ast.Yield) -> Any:
        return bare.Yield(self._or_none(node.value))

    def _yield_from(self, node: ast.YieldFrom) -> Any:
        return bare.Yield(bare.From(self.expression(node.value)))

    def _walrus(self, node: ast.NamedExpr) -> Any:
        return bare.NamedExpr(self.expression(node.target), self.expression(node.value))

    def _lambda(self, node: ast.Lambda) -> Any:
        return bare.Lambda(self._parameters(node.args), self.expression(node.body))

    def _parameters(self, node: ast.arguments) -> Any:
        positional = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
        pairs = [
            self._parameter(each, default)
            for each, default in zip(positional, [*defaults, *node.defaults], strict=True)
        ]
        named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        only = len(node.posonlyargs)
        return bare.Parameters(
            pairs[:only],
            pairs[only:],
            None if node.vararg is None else self._parameter(node.vararg, None),
            [self._parameter(each, default) for each, default in named],
            None if node.kwarg is None else self._parameter(node.kwarg, None),
        )

    def _parameter(self, node: ast.arg, default: ast.expr | None) -> Any:
        return bare.Param(bare.Name(node.arg), self._or_none(default))

    def _conditional(self, node: ast.IfExp) -> Any:
        return bare.IfExp(
            self.expression(node.test), self.expression(node.body), self.expression(node.orelse)
        )

    def _boolean(self, node: ast.BoolOp) -> Any:
        operator = bare.AND if isinstance(node.op, ast.And) else bare.OR
        left = self.expression(node.values[0])
        for value in node.values[1:]:
            left = bare.BooleanOperation(left, operator, self.expression(value))
        return left

    def _comparison(self, node: ast.Compare) -> Any:
        left = self.expression(node.left)
        return bare.Comparison(
            left,
            [
                bare.ComparisonTarget(bare.COMPARES[operator.__class__], self.expression(right))
                for operator, right in zip(node.ops, node.comparators, strict=True)
            ],
        )

    def _unary(self, node: ast.UnaryOp) -> Any:
        return bare.UnaryOperation(bare.UNARY[node.op.__class__], self.expression(node.operand))

    def _binary(self, node: ast.BinOp) -> Any:
        left = self.expression(node.left)
        return bare.BinaryOperation(left, bare.BINARY[node.op.__class__], self.expression(node.right))

    def _elements(self, nodes: Sequence[ast.expr]) -> list[Any]:
        return [
            self.expression(node) if isinstance(node, ast.Starred) else bare.Element(self.expression(node))
            for node in nodes
        ]

    def _starred(self, node: ast.Starred) -> Any:
        return bare.StarredElement(self.expression(node.value))

    def _list(self, node: ast.List) -> Any:
        return bare.List(self._elements(node.elts))

    def _set(self, node: ast.Set) -> Any:
        return bare.Set(self._elements(node.elts))

    def _dict(self, node: ast.Dict) -> Any:
        return bare.Dict([
            bare.StarredDictElement(self.expression(value))
            if key is None
            else bare.DictElement(self.expression(key), self.expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ])  # fmt: skip

    def _tuple(self, node: ast.Tuple) -> Any:
        made = bare.Tuple(self._elements(node.elts))
        own = self._has_own_parentheses(node, node.elts)
        self._found[id(made)] = self._between_parentheses(node, node.elts) if own else node
        return made

    def _generator(self, node: ast.GeneratorExp) -> Any:
        made = bare.GeneratorExp(self.expression(node.elt), self._clauses(node.generators))
        last = node.generators[-1]
        end = self._ends_between(self._end(last.ifs[-1] if last.ifs else last.iter), self._end(node))
        self._found[id(made)] = (self._behind_blanks(self._start(node) + 1), end)
        return made

    def _list_comp(self, node: ast.ListComp) -> Any:
        return bare.ListComp(self.expression(node.elt), self._clauses(node.generators))

    def _set_comp(self, node: ast.SetComp) -> Any:
        return bare.SetComp(self.expression(node.elt), self._clauses(node.generators))

    def _dict_comp(self, node: ast.DictComp) -> Any:
        return bare.DictComp(
            self.expression(node.key), self.expression(node.value), self._clauses(node.generators)
        )

    def _clauses(self, nodes: Sequence[ast.comprehension]) -> Any:
        inner = None
        for node in reversed(nodes):
            target, source = self.expression(node.target), self.expression(node.iter)
            tests = []
            for test in node.ifs:
                tests.append(bare.CompIf(self.expression(test)))
                self._found[id(tests[-1])] = test
            inner = bare.CompFor(target, source, tests, inner, bare.ASYNC if node.is_async else None)
        return inner

    def _formatted(self, node: ast.JoinedStr) -> Any:
        start, end = self._start(node), self._end(node)
        try:
            module = cst.parse_module(f"({self._text[start:end]})\n")
        except cst.ParserSyntaxError:
            raise Unlike from None
        self._kept.append(module)
        for key, (first, last) in offsets_of(module)[0].items():
            self._found[key] = (first + start - 1, last + start - 1)
        statement: Any = module.body[0]
        return statement.body[0].value


_EXPRESSIONS: Mapping[type[ast.AST], Callable[[ExpressionReader, Any], Any]] = {
    ast.Name: ExpressionReader._load,
    ast.Constant: ExpressionReader._constant,
    ast.Attribute: ExpressionReader._attribute,
    ast.Subscript: ExpressionReader._subscript,
    ast.Call: ExpressionReader._call,
    ast.Await: ExpressionReader._await,
    ast.Yield: ExpressionReader._yield,
    ast.YieldFrom: ExpressionReader._yield_from,
    ast.NamedExpr: ExpressionReader._walrus,
    ast.Lambda: ExpressionReader._lambda,
    ast.IfExp: ExpressionReader._conditional,
    ast.BoolOp: ExpressionReader._boolean,
    ast.Compare: ExpressionReader._comparison,
    ast.UnaryOp: ExpressionReader._unary,
    ast.BinOp: ExpressionReader._binary,
    ast.Tuple: ExpressionReader._tuple,
    ast.List: ExpressionReader._list,
    ast.Set: ExpressionReader._set,
    ast.Dict: ExpressionReader._dict,
    ast.Starred: ExpressionReader._starred,
    ast.JoinedStr: ExpressionReader._formatted,
    ast.GeneratorExp: ExpressionReader._generator,
    ast.ListComp: ExpressionReader._list_comp,
    ast.SetComp: ExpressionReader._set_comp,
    ast.DictComp: ExpressionReader._dict_comp,
}
_PLACED = frozenset({ast.Tuple, ast.GeneratorExp, ast.JoinedStr})  # these say themselves where they stand
