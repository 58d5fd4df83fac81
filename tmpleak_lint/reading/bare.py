"""libcst's nodes without blanks: what reads a body's text by another parser makes these.

Each function here makes nodes of the class that it is named after, from the fields that `flow.build` looks at. Such a
node can't be written out, visited or compared.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import libcst as cst

from tmpleak_lint.flow.conditions import part_fields


def _setter(kind: Any, name: str) -> Callable[[Any, object], None]:
    """What sets a field of a node, frozen as it is."""
    member = getattr(kind, name, None)
    put: Callable[[Any, object], None] | None = getattr(member, "__set__", None)
    return (lambda node, value: object.__setattr__(node, name, value)) if put is None else put


def maker(kind: Any, *fields: str) -> Callable[..., Any]:
    """What makes nodes of a class from the values of these fields; the others that hold parts hold none."""
    given = tuple(_setter(kind, name) for name in fields)
    is_part = not issubclass(kind, cst.BaseStatement | cst.BaseSmallStatement | cst.BaseSuite)
    others = (
        name for name in (part_fields(kind) if is_part else ()) if name not in fields and name != "__slots__"
    )
    empty = tuple(_setter(kind, name) for name in others)
    new = object.__new__

    def make(*values: object) -> Any:
        node = new(kind)
        for put, value in zip(given, values, strict=True):
            put(node, value)
        for put in empty:
            put(node, None)
        return node

    return make


SimpleStatementLine = maker(cst.SimpleStatementLine, "body")
IndentedBlock = maker(cst.IndentedBlock, "body")
SimpleStatementSuite = maker(cst.SimpleStatementSuite, "body")
FunctionDef = maker(cst.FunctionDef, "name", "params", "body", "decorators", "asynchronous")
ClassDef = maker(cst.ClassDef, "name", "bases", "keywords", "body", "decorators")
Decorator = maker(cst.Decorator, "decorator")
If = maker(cst.If, "test", "body", "orelse")
Else = maker(cst.Else, "body")
While = maker(cst.While, "test", "body", "orelse")
For = maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
With = maker(cst.With, "items", "body", "asynchronous")
WithItem = maker(cst.WithItem, "item", "asname")
AsName = maker(cst.AsName, "name")
Try = maker(cst.Try, "body", "handlers", "orelse", "finalbody")
ExceptHandler = maker(cst.ExceptHandler, "type", "name", "body")
Finally = maker(cst.Finally, "body")
Match = maker(cst.Match, "subject", "cases")
MatchCase = maker(cst.MatchCase, "pattern", "guard", "body")
MatchAs = maker(cst.MatchAs, "pattern", "name")
MatchStar = maker(cst.MatchStar, "name")
MatchOr = maker(cst.MatchOr, "patterns")
MatchOrElement = maker(cst.MatchOrElement, "pattern")
MatchMapping = maker(cst.MatchMapping, "elements", "rest")
MatchMappingElement = maker(cst.MatchMappingElement, "pattern")
MatchList = maker(cst.MatchList, "patterns")
MatchSequenceElement = maker(cst.MatchSequenceElement, "value")
MatchClass = maker(cst.MatchClass, "patterns", "kwds")
MatchKeywordElement = maker(cst.MatchKeywordElement, "pattern")
MatchValue = maker(cst.MatchValue, "value")
MatchSingleton = maker(cst.MatchSingleton, "value")
Expr = maker(cst.Expr, "value")
Assign = maker(cst.Assign, "targets", "value")
AssignTarget = maker(cst.AssignTarget, "target")
AnnAssign = maker(cst.AnnAssign, "target", "value")
AugAssign = maker(cst.AugAssign, "target", "operator", "value")
Return = maker(cst.Return, "value")
Raise = maker(cst.Raise, "exc", "cause")
From = maker(cst.From, "item")
Assert = maker(cst.Assert, "test", "msg")
Del = maker(cst.Del, "target")
Global = maker(cst.Global, "names")
Nonlocal = maker(cst.Nonlocal, "names")
NameItem = maker(cst.NameItem, "name")
Import = maker(cst.Import, "names")
ImportFrom = maker(cst.ImportFrom, "module", "names", "relative")
ImportAlias = maker(cst.ImportAlias, "name", "asname")
Pass = maker(cst.Pass)
Break = maker(cst.Break)
Continue = maker(cst.Continue)
Name = maker(cst.Name, "value")
SimpleString = maker(cst.SimpleString, "value")
Integer = maker(cst.Integer, "value")
Float = maker(cst.Float)
Imaginary = maker(cst.Imaginary)
Ellipsis = maker(cst.Ellipsis)
Attribute = maker(cst.Attribute, "value", "attr")
Subscript = maker(cst.Subscript, "value", "slice")
SubscriptElement = maker(cst.SubscriptElement, "slice")
Index = maker(cst.Index, "value", "star")
Slice = maker(cst.Slice, "lower", "upper", "step")
Call = maker(cst.Call, "func", "args")
Arg = maker(cst.Arg, "value", "keyword", "star")
Await = maker(cst.Await, "expression")
Yield = maker(cst.Yield, "value")
NamedExpr = maker(cst.NamedExpr, "target", "value")
Lambda = maker(cst.Lambda, "params", "body")
Parameters = maker(cst.Parameters, "posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg")
Param = maker(cst.Param, "name", "default")
IfExp = maker(cst.IfExp, "test", "body", "orelse")
BooleanOperation = maker(cst.BooleanOperation, "left", "operator", "right")
Comparison = maker(cst.Comparison, "left", "comparisons")
ComparisonTarget = maker(cst.ComparisonTarget, "operator", "comparator")
UnaryOperation = maker(cst.UnaryOperation, "operator", "expression")
BinaryOperation = maker(cst.BinaryOperation, "left", "operator", "right")
Tuple = maker(cst.Tuple, "elements")
List = maker(cst.List, "elements")
Set = maker(cst.Set, "elements")
Dict = maker(cst.Dict, "elements")
Element = maker(cst.Element, "value")
StarredElement = maker(cst.StarredElement, "value")
DictElement = maker(cst.DictElement, "key", "value")
StarredDictElement = maker(cst.StarredDictElement, "value")
GeneratorExp = maker(cst.GeneratorExp, "elt", "for_in")
ListComp = maker(cst.ListComp, "elt", "for_in")
SetComp = maker(cst.SetComp, "elt", "for_in")
DictComp = maker(cst.DictComp, "key", "value", "for_in")
CompFor = maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
CompIf = maker(cst.CompIf, "test")

ASYNC, STAR = cst.Asynchronous(), cst.ImportStar()
AND, OR = cst.And(), cst.Or()
BINARY: Mapping[type[ast.AST], cst.CSTNode] = {
    ast.Add: cst.Add(),
    ast.Sub: cst.Subtract(),
    ast.Mult: cst.Multiply(),
    ast.MatMult: cst.MatrixMultiply(),
    ast.Div: cst.Divide(),
    ast.FloorDiv: cst.FloorDivide(),
    ast.Mod: cst.Modulo(),
    ast.Pow: cst.Power(),
    ast.LShift: cst.LeftShift(),
    ast.RShift: cst.RightShift(),
    ast.BitOr: cst.BitOr(),
    ast.BitAnd: cst.BitAnd(),
    ast.BitXor: cst.BitXor(),
}
IN_PLACE: Mapping[type[ast.AST], cst.CSTNode] = {
    operator: getattr(cst, f"{type(node).__name__}Assign")() for operator, node in BINARY.items()
}
UNARY: Mapping[type[ast.AST], cst.CSTNode] = {
    ast.Not: cst.Not(),
    ast.USub: cst.Minus(),
    ast.UAdd: cst.Plus(),
    ast.Invert: cst.BitInvert(),
}
COMPARES: Mapping[type[ast.AST], cst.CSTNode] = {
    ast.Eq: cst.Equal(),
    ast.NotEq: cst.NotEqual(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.In: cst.In(),
    ast.NotIn: cst.NotIn(),
}
