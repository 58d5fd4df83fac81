"""From libcst to graph: the statements of one body, and the bodies nested in it.

Comes in: a libcst body with its positions (`flow.positions`). Goes out: a `Code` with its nodes.
Does not handle: what an operation means for a file (that is `analysis`); annotations (they are not
evaluated here, whatever the version of Python does with them); `type` statements bind their name only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.depth import room_for_recursion
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.leaving import ControlBuilder
from tmpleak_lint.flow.literals import FROM_IMPORTS, IMPORTS, dotted_text, literal
from tmpleak_lint.flow.nodes import Label, Positions, tidy
from tmpleak_lint.flow.patterns import captures, irrefutable, values_of
from tmpleak_lint.model import Span

Statement = cst.BaseStatement | cst.BaseSmallStatement


def build_function(node: cst.FunctionDef, qualname: str, positions: Positions) -> Code:
    """Lower one def, with everything nested in it."""
    with room_for_recursion():
        return Builder.for_function(node, qualname, positions)


def build_body(
    statements: Sequence[Statement], name: str, kind: Kind, span: Span, positions: Positions
) -> Code:
    """Lower a module's or class's own statements.

    Their names are those of the module or class: `local_names` holds only what comprehensions bind.
    """
    code = Code(name=name, qualname=name, kind=kind, span=span)
    with room_for_recursion():
        return Builder(code, positions).finish(statements)


class Builder(ControlBuilder):
    """Lowers the statements of one body, in evaluation order (the table at the end of the file)."""

    def __init__(self, code: Code, positions: Positions) -> None:
        super().__init__(code, positions)
        self._result = code.result = self.new_temp()
        self._return_label = Label()
        self._globals: set[str] = set()
        self._nonlocals: set[str] = set()

    @classmethod
    def for_function(cls, node: cst.FunctionDef, qualname: str, positions: Positions) -> Code:
        code = Code(
            name=node.name.value,
            qualname=qualname,
            kind=Kind.FUNCTION,
            span=positions(node),
            params=tuple(_parameters(node.params)),
            decorators=tuple(dotted_text(d.decorator) for d in node.decorators),
            is_async=node.asynchronous is not None,
        )
        return cls(code, positions).finish(_statements(node.body))

    def lambda_code(self, node: cst.Lambda) -> Code:
        code = Code(
            name="<lambda>",
            qualname=f"{self.code.qualname}.<lambda>",
            kind=Kind.LAMBDA,
            span=self.span(node),
            params=tuple(_parameters(node.params)),
        )
        builder = Builder(code, self.positions)
        # What a comprehension around it binds keeps its renamed form inside, unless a parameter hides it.
        builder._renamed = (*self._renamed, {p.name: p.name for p in code.params})
        builder._comprehensions = self._comprehensions
        builder._return_value(builder.value(node.body), self.span(node.body))
        return builder.finish([])

    # -- the whole body ---------------------------------------------------------------------------

    def finish(self, statements: Sequence[Statement]) -> Code:
        code = self.code
        self.block(statements)
        end = self._end_span(statements)
        if code.kind is not Kind.LAMBDA:
            self.emit(g.Move(self._result, self.const(None, end)), end)
        self.place_label(self._return_label, end)
        exit_ok = self.emit(g.Exit(raised=False), end, falls=False)
        self.place_label(self.error_label, end)
        exit_error = self.emit(g.Exit(raised=True), end, falls=False)
        code.nodes, (code.exit_ok, code.exit_error) = tidy(self.nodes, (exit_ok, exit_error))
        code.nested = tuple(self.nested)
        code.classes = tuple(self.classes)
        code.is_generator = self.saw_yield
        code.tested = frozenset(self.tested)
        code.tail = tuple(_tail(statements, self.span))
        code.global_names = frozenset(self._globals)
        code.nonlocal_names = frozenset(self._nonlocals)
        if code.kind in (Kind.FUNCTION, Kind.LAMBDA):
            own = self.bound | {p.name for p in code.params}
            code.local_names = frozenset(own - self._globals - self._nonlocals)
        else:
            code.local_names = frozenset(name for name in self.bound if "@" in name)
        return code

    def _end_span(self, statements: Sequence[cst.CSTNode]) -> Span:
        if not statements:
            return self.code.span
        end = self.span(statements[-1]).end
        return Span(end, end)

    # -- statements -------------------------------------------------------------------------------

    def block(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if statement.__class__ is cst.SimpleStatementLine:
                for small in statement.body:
                    self.statement(small)
            else:
                self.statement(statement)

    def suite(self, body: cst.BaseSuite) -> None:
        self.block(_statements(body))

    def statement(self, node: cst.CSTNode) -> None:
        lower = STATEMENTS.get(type(node))
        if lower is not None:
            lower(self, node)

    def _expr(self, node: cst.Expr) -> None:
        if isinstance(node.value, cst.GeneratorExp):
            self.value(node.value.for_in.iter)  # nobody asks it for anything: nothing else of it runs
        else:
            self.value(node.value)

    def _assign(self, node: cst.Assign) -> None:
        src = self.value(node.value)
        for target in node.targets:
            self.assign(target.target, src, self.span(node))

    def _ann_assign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value), self.span(node))
        elif isinstance(node.target, cst.Name):
            self.bound.add(node.target.value)
        elif isinstance(node.target, cst.Attribute):
            self.value(node.target.value)
        elif isinstance(node.target, cst.Subscript):
            self.value(node.target.value)
            self.subscript(node.target)

    def _aug_assign(self, node: cst.AugAssign) -> None:
        self.augmented(node, self.span(node))

    def _return(self, node: cst.Return) -> None:
        span = self.span(node)
        self._return_value(self.value(node.value) if node.value is not None else self.const(None, span), span)

    def _return_value(self, value: g.Temp, span: Span) -> None:
        self.emit(g.Move(self._result, value), span)
        self.emit(g.Return(self._result), span)
        self.leave(0, "return", self._return_label, span)

    def _raise(self, node: cst.Raise) -> None:
        span = self.span(node)
        if node.exc is None:
            error = self.handled_error()
            if error is not None:
                self.emit(g.Reraise(error), span, falls=False)
                return
            src = self.const(RuntimeError, span)
        else:
            src = self.value(node.exc)
            if node.cause is not None:
                self.value(node.cause.item)
        self.emit(g.Raise(src), span, falls=False)

    def _assert(self, node: cst.Assert) -> None:
        holds, fails = Label(), Label()
        span = self.span(node)
        self.condition(node.test, holds, fails)
        self.place_label(fails, span)
        said = self.value(node.msg) if node.msg is not None else None
        self.emit(g.Raise(self.const(AssertionError, span), "assert", said), span, falls=False)
        self.place_label(holds, span)

    def _del(self, node: cst.Del) -> None:
        self.delete(node.target, self.span(node))

    def _global(self, node: cst.Global) -> None:
        self._globals.update(item.name.value for item in node.names)

    def _nonlocal(self, node: cst.Nonlocal) -> None:
        self._nonlocals.update(item.name.value for item in node.names)

    def _type_alias(self, node: cst.TypeAlias) -> None:
        span = self.span(node)
        self.store(node.name.value, self.const(..., span), span)

    def _import(self, node: cst.Import) -> None:
        span = self.span(node)
        for alias in node.names:
            dotted = dotted_text(alias.name)
            dest = self.new_temp()
            if alias.asname is not None:
                self.emit(g.Import(dest, dotted, None, 0), span)
                self.assign(alias.asname.name, dest, span)
            else:
                top = dotted.split(".")[0]
                self.emit(g.Import(dest, top, None, 0), span)
                self.store(top, dest, span)

    def _import_from(self, node: cst.ImportFrom) -> None:
        span = self.span(node)
        module = dotted_text(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self.emit(g.Import(self.new_temp(), module, "*", level), span)
            return
        for alias in node.names:
            name = dotted_text(alias.name)
            dest = self.new_temp()
            self.emit(g.Import(dest, module, name, level), span)
            if alias.asname is not None:
                self.assign(alias.asname.name, dest, span)
            else:
                self.store(name, dest, span)

    def _if(self, node: cst.If) -> None:
        after = Label()
        branch: cst.If | cst.Else | None = node
        while isinstance(branch, cst.If):  # elif by elif: a chain may be longer than recursion goes
            then, other = Label(), Label()
            span = self.span(branch.test)
            self.condition(branch.test, then, other)
            self.place_label(then, span)
            with self.at("if", branch):
                self.suite(branch.body)
            self.jump_to(after)
            self.place_label(other, span)
            last, branch = branch, branch.orelse
        if branch is not None:
            with self.at("if", last):
                self.suite(branch.body)
        self.place_label(after, self.span(node))

    # -- definitions and match --------------------------------------------------------------------

    def _function(self, node: cst.FunctionDef) -> None:
        span = self.span(node.name)
        decorators = [self.value(d.decorator) for d in node.decorators]
        defaults = self.defaults(node.params)
        code = Builder.for_function(node, f"{self.code.qualname}.{node.name.value}", self.positions)
        self.nested.append(code)
        dest = self.new_temp()
        self.emit(g.MakeFunction(dest, code, defaults), span)
        self._decorate(decorators, dest, node.name.value, span)

    def _class(self, node: cst.ClassDef) -> None:
        """The class's own statements are a body of their own; here is only that it is made, and may fail."""
        span = self.span(node.name)
        decorators = [self.value(d.decorator) for d in node.decorators]
        self.arguments((*node.bases, *node.keywords))
        shape = class_shape(node, f"{self.code.qualname}.{node.name.value}", self.positions)
        self.classes.append(shape)
        dest = self.new_temp()
        self.emit(g.MakeClass(dest, shape), span)
        self._decorate(decorators, dest, node.name.value, span)

    def _decorate(self, decorators: Sequence[g.Temp], made: g.Temp, name: str, span: Span) -> None:
        """Decorators are called, last first; the name keeps meaning the def itself.

        What a decorator makes of it is known by the decorator's name only (`Code.decorators`).
        """
        for decorator in reversed(decorators):
            self.emit(g.Call(self.new_temp(), decorator, (g.Argument(made),)), span)
        self.store(self.resolve_name(name), made, span)

    def _match(self, node: cst.Match) -> None:
        subject = self.value(node.subject)
        after = Label()
        for case in node.cases:
            skipped = Label()
            span = self.span(case.pattern)
            if (plain := values_of(case.pattern)) is not None:
                self._matches_one(subject, plain, span, skipped)
            elif not irrefutable(case.pattern):
                self.divert(self.emit(g.Choice("pattern matches"), span), skipped)
            for name, whole in captures(case.pattern):
                self.store(self.resolve_name(name), subject if whole else self.const(..., span), span)
            if case.guard is not None:
                holds = Label()
                self.condition(case.guard, holds, skipped)
                self.place_label(holds, span)
            with self.at("if", case):
                self.suite(case.body)
            self.jump_to(after)
            self.place_label(skipped, span)
        self.place_label(after, self.span(node))

    def _matches_one(
        self, subject: g.Temp, values: Sequence[cst.BaseExpression], span: Span, skipped: Label
    ) -> None:
        """`case "a" | "b":` asks what `subject in ("a", "b")` does."""
        wanted = [self.value(value) for value in values]
        result = self.new_temp()
        if len(wanted) == 1:
            self.emit(g.Compare(result, "==", subject, wanted[0]), span)
        else:
            listed = self.new_temp()
            self.emit(g.Build(listed, "tuple", tuple(wanted)), span)
            self.emit(g.Compare(result, "in", subject, listed), span)
        self.divert(self.emit(g.Branch(result), span), skipped)


def class_shape(node: cst.ClassDef, qualname: str, positions: Positions) -> g.ClassShape:
    """A class statement nested in a function: its methods are lowered with it."""
    methods: dict[str, Code] = {}
    own: list[Statement] = []
    for statement in _statements(node.body):
        if isinstance(statement, cst.FunctionDef):
            name = statement.name.value
            methods[name] = Builder.for_function(statement, f"{qualname}.{name}", positions)
        else:
            own.append(statement)
    body = build_body(own, qualname, Kind.CLASS, positions(node), positions)
    bases = tuple(dotted_text(b.value) for b in node.bases)
    return g.ClassShape(node.name.value, qualname, positions(node), bases, body, methods)


def _parameters(node: cst.Parameters) -> Iterator[g.Param]:
    def param(p: cst.Param, kind: g.Passed) -> g.Param:
        known = literal(p.default) if p.default is not None else None
        named = dotted_text(p.default) if isinstance(p.default, cst.Name | cst.Attribute) else ""
        return g.Param(p.name.value, kind, known, p.default is not None, named)

    for p in (*node.posonly_params, *node.params):
        yield param(p, "pos")
    if isinstance(node.star_arg, cst.Param):
        yield param(node.star_arg, "*")
    for p in node.kwonly_params:
        yield param(p, "kw")
    if isinstance(node.star_kwarg, cst.Param):
        yield param(node.star_kwarg, "**")


def _statements(body: cst.BaseSuite) -> Sequence[Statement]:
    if isinstance(body, cst.IndentedBlock):
        return body.body
    assert isinstance(body, cst.SimpleStatementSuite)
    return body.body


def _chosen(node: cst.If, holds: bool) -> Sequence[cst.CSTNode]:
    """The statements of the branch that is always taken."""
    if holds:
        return _statements(node.body)
    if isinstance(node.orelse, cst.If):
        return [node.orelse]
    return _statements(node.orelse.body) if node.orelse is not None else ()


def _tail(statements: Sequence[cst.CSTNode], span_of: Positions) -> Iterator[tuple[int, int, str]]:
    """The last statements, last first; the inside of a trailing with, if or try counts as the end too.

    Where a condition is a constant, what it decides for stands there alone."""
    for node in reversed(statements[-8:]):
        if isinstance(node, cst.If) and (known := literal(node.test)) is not ...:
            inside = _chosen(node, bool(known))
            yield from _tail(inside, span_of)
            if all(isinstance(each, cst.SimpleStatementLine) for each in inside):
                continue
            return
        if isinstance(node, cst.SimpleStatementLine):
            for small in reversed(node.body):
                span = span_of(small)
                yield span.start.row, span.end.row, type(small).__name__
            continue
        if isinstance(node, cst.If | cst.For):
            span = span_of(node)
            yield span.start.row, span.end.row, type(node).__name__
        if isinstance(node, cst.With | cst.Try | cst.If):
            yield from _tail(_statements(node.body), span_of)
        return


STATEMENTS: Mapping[type[cst.CSTNode], Callable[[Builder, Any], None]] = {
    cst.Expr: Builder._expr,
    cst.Assign: Builder._assign,
    cst.AnnAssign: Builder._ann_assign,
    cst.AugAssign: Builder._aug_assign,
    cst.Return: Builder._return,
    cst.Raise: Builder._raise,
    cst.Assert: Builder._assert,
    cst.Del: Builder._del,
    cst.Global: Builder._global,
    cst.Nonlocal: Builder._nonlocal,
    cst.TypeAlias: Builder._type_alias,
    **dict.fromkeys(IMPORTS, Builder._import),
    **dict.fromkeys(FROM_IMPORTS, Builder._import_from),
    cst.If: Builder._if,
    cst.While: Builder.while_,
    cst.For: Builder.for_,
    cst.Break: Builder.break_,
    cst.Continue: Builder.continue_,
    cst.Try: Builder.try_,
    cst.TryStar: Builder.try_,
    cst.With: Builder.with_,
    cst.FunctionDef: Builder._function,
    cst.ClassDef: Builder._class,
    cst.Match: Builder._match,
}
