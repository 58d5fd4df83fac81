"""The skeleton of a module whose syntax is newer than the Python we run on: by libcst, which knows it already.

Comes in: a text that `ast` refuses. Goes out: its skeleton, or None when libcst refuses it too. Only this case pays
for parsing the whole file with libcst.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import UnionType

import libcst as cst

from tmpleak_lint.flow.literals import FROM_IMPORTS, IMPORTS, dotted_text, literal
from tmpleak_lint.flow.positions import positions_of
from tmpleak_lint.model import Span
from tmpleak_lint.reading.skeleton import (
    ClassOutline,
    DefOutline,
    ImportedName,
    Prepared,
    Skeleton,
    table_of,
)


def outline_with_libcst(text: str) -> Skeleton | None:
    """The skeleton of a module, None when libcst can't parse it either."""
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError:
        return None
    skeleton = Skeleton()
    _Outliner(module, skeleton).module(module.body)
    return skeleton


class _Outliner:
    def __init__(self, module: cst.Module, skeleton: Skeleton) -> None:
        self._span = positions_of(module, 0)
        self._skeleton = skeleton

    def module(self, body: Sequence[cst.BaseStatement]) -> None:
        skeleton = self._skeleton
        for statement in _flat(body):
            match statement:
                case cst.CSTNode() if isinstance(statement, IMPORTS):
                    for alias in statement.names:  # type: ignore[attr-defined]
                        dotted = dotted_text(alias.name)
                        bound = _as_name(alias) or dotted.split(".")[0]
                        module = dotted if alias.asname is not None else bound
                        skeleton.add_import(bound, ImportedName(module, None, 0))
                case cst.CSTNode() if isinstance(statement, FROM_IMPORTS):
                    self._import_from(statement)  # type: ignore[arg-type]
                case cst.FunctionDef():
                    self._def(statement, "", None)
                case cst.ClassDef():
                    self._class(statement, "")
                case cst.Assign(targets=targets, value=value):
                    for target in targets:
                        self._bind(target.target, value)
                case cst.AnnAssign(target=target, value=value) if value is not None:
                    self._bind(target, value)
                case cst.AugAssign(target=target):
                    self._bind(target, None)

    def _import_from(self, node: cst.ImportFrom) -> None:
        source = dotted_text(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self._skeleton.star_imports.append(ImportedName(source, "*", level))
            return
        for alias in node.names:
            name = dotted_text(alias.name)
            self._skeleton.add_import(_as_name(alias) or name, ImportedName(source, name, level))

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        skeleton = self._skeleton
        if isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self._bind(element.value, None)
        elif isinstance(target, cst.Name):
            name = target.value
            skeleton.bindings[name] = skeleton.bindings.get(name, 0) + 1
            constant = literal(value) if value is not None else ...
            if constant is not ...:
                skeleton.constants.setdefault(name, constant)
            elif isinstance(value, cst.Name | cst.Attribute):
                skeleton.aliases.setdefault(name, dotted_text(value))
            elif isinstance(value, cst.Lambda):
                skeleton.lambdas.add(name)
            elif (table := table_of(_by_ast(value, _TABLES))) is not None:
                skeleton.tables.setdefault(name, table)
            elif (prepared := _prepared(value)) is not None:
                skeleton.prepared.setdefault(name, prepared)
            skeleton.add_choice(name, _by_ast(value, _CHOOSING) if constant is ... else None)

    def _rows(self, node: cst.FunctionDef | cst.ClassDef) -> tuple[Span, int]:
        span = self._span(node)
        first = min([span.start.row, *(self._span(d).start.row for d in node.decorators)])
        return span, first

    def _def(self, node: cst.FunctionDef, prefix: str, owner: str | None) -> None:
        skeleton = self._skeleton
        qualname = f"{prefix}{node.name.value}"
        known = skeleton.defs.get(qualname)
        if known is not None:
            skeleton.defs[f"{qualname}@{known.first_row}"] = known
        span, first = self._rows(node)
        skeleton.defs[qualname] = DefOutline(
            node.name.value,
            qualname,
            owner,
            first,
            span.end.row,
            span.start.column - 1,
            tuple(dotted_text(d.decorator) for d in node.decorators),
        )

    def _class(self, node: cst.ClassDef, prefix: str) -> None:
        qualname = f"{prefix}{node.name.value}"
        span, first = self._rows(node)
        shape = ClassOutline(
            node.name.value,
            qualname,
            tuple(dotted_text(b.value) for b in node.bases),
            first,
            span.end.row,
            span.start.column - 1,
            decorators=tuple(dotted_text(d.decorator) for d in node.decorators),
        )
        self._skeleton.classes[qualname] = shape
        for statement in _flat(node.body.body):
            match statement:
                case cst.FunctionDef():
                    self._def(statement, f"{qualname}.", qualname)
                    shape.methods[statement.name.value] = f"{qualname}.{statement.name.value}"
                case cst.ClassDef():
                    self._class(statement, f"{qualname}.")
                case cst.Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target.target, cst.Name):
                            known = shape.methods.get(dotted_text(value))
                            if known is not None:
                                shape.methods[target.target.value] = known
                            shape.attributes.setdefault(target.target.value, literal(value))
                            alias = _alias(value)
                            if alias:
                                shape.aliases.setdefault(target.target.value, alias)
                                if _bare(value) is not value:
                                    shape.statics.add(target.target.value)
                            elif (table := table_of(_by_ast(value, _TABLES))) is not None:
                                shape.tables.setdefault(target.target.value, table)
                            elif (prepared := _prepared(_bare(value))) is not None:
                                shape.prepared.setdefault(target.target.value, prepared)
                case cst.AnnAssign(target=cst.Name(value=name), value=value):
                    shape.attributes.setdefault(name, literal(value) if value is not None else ...)


_TABLES = cst.Dict | cst.Tuple | cst.List | cst.Call
_CHOOSING = cst.Name | cst.Attribute | cst.IfExp | cst.BooleanOperation


def _by_ast(value: cst.BaseExpression | None, kinds: UnionType) -> ast.expr | None:
    """An expression of one of these kinds as `ast` reads it; None for another, or where its syntax is too new."""
    if not isinstance(value, kinds):
        return None
    try:
        return ast.parse(cst.Module([]).code_for_node(value), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _as_name(alias: cst.ImportAlias) -> str:
    return dotted_text(alias.asname.name) if alias.asname is not None else ""


def _alias(value: cst.BaseExpression) -> str:
    """What a class attribute is another name for (`os.unlink`, `staticmethod(os.unlink)`), "" for anything else."""
    value = _bare(value)
    named = isinstance(value, cst.Name | cst.Attribute) and literal(value) is ...  # True is a name there
    return dotted_text(value) if named else ""


def _bare(value: cst.BaseExpression) -> cst.BaseExpression:
    """What a class attribute is without the `staticmethod` around it."""
    if isinstance(value, cst.Call) and dotted_text(value) == "staticmethod" and value.args:
        return value.args[0].value
    return value


def _prepared(value: cst.BaseExpression | None) -> Prepared | None:
    """A call whose first argument is a name: what it gives may be that callable, with arguments."""
    if not isinstance(value, cst.Call):
        return None
    # As in ast, what is starred stands among the others of its kind.
    given = [each for each in value.args if each.keyword is None and each.star != "**"]
    first = _alias(given[0].value) if given and not given[0].star else ""
    if not first:
        return None
    keywords = tuple(
        (each.keyword.value if each.keyword is not None else "", literal(each.value))
        for each in value.args
        if each.keyword is not None or each.star == "**"
    )
    args = tuple(... if each.star else literal(each.value) for each in given[1:])
    return Prepared(dotted_text(value), first, args, keywords)


def _flat(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """Statements of a body, those in its compound statements included (not in defs and classes)."""
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
            continue
        yield statement
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            continue
        stack = [getattr(statement, "body", None), *getattr(statement, "handlers", ())]
        stack += [getattr(statement, "orelse", None), getattr(statement, "finalbody", None)]
        stack += getattr(statement, "cases", ())
        for part in stack:
            if isinstance(part, cst.If):
                yield from _flat([part])
            elif part is not None:
                inner = part.body
                yield from _flat(inner.body if isinstance(inner, cst.IndentedBlock) else inner)
