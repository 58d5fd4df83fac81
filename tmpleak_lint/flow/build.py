"""From libcst to graph: statements, and the stack that knows what leaving each of them costs.

Comes in: a libcst body with its positions (`reading.regions`). Goes out: a `Code` with its nodes.
Does not handle: what an operation means for a file (that is `ownership`).

The control stack holds a `Frame` for every statement that has something to say when control leaves it.
A `return`, `break` or `continue` walks the stack outwards and runs, for every frame that it leaves, a copy
of the cleanup made for just this way of leaving, as CPython's compiler does:

    try:                body ......... normal -----> [finally, copy 1] --> after
        return x             return --------------> [finally, copy 2] --> function's exit
    finally:                 raises --------------> [finally, copy 3] --> re-raise
        cleanup()

Copies are memoised by (frame, kind of leaving, target). Finally bodies nested in finally bodies would
multiply; from the fourth level on there is one copy, and the way of leaving travels in a temporary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.expressions import ExpressionBuilder, dotted_text
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.nodes import Frame, Label
from tmpleak_lint.flow.scopes import bound_names
from tmpleak_lint.model import Span

FINALLY_NESTING = 3

Positions = Callable[[cst.CSTNode], Span]


def build_function(
    node: cst.FunctionDef, qualname: str, positions: Positions, *, enclosing: frozenset[str] = frozenset()
) -> Code:
    """Lower one def, with everything nested in it."""
    return Builder.for_function(node, qualname, positions)


def build_body(
    statements: Sequence[cst.BaseStatement], name: str, kind: Kind, span: Span, positions: Positions
) -> Code:
    """Lower a module's or class's own statements."""
    code = Code(name=name, qualname=name, kind=kind, span=span)
    return Builder(code, positions).finish(statements)


@dataclass(slots=True)
class _SharedFinally:
    """The one copy of a deeply nested finally body: which way of leaving goes on where."""

    label: Label
    selector: g.Temp
    ways: list[Label] = field(default_factory=list)


class Builder(ExpressionBuilder):
    """Lowers the statements of one body, in evaluation order."""

    def __init__(self, code: Code, positions: Positions) -> None:
        super().__init__(code, positions)
        self._result = self.new_temp()
        self._return_label = Label()
        self._finally_depth = 0
        self._copies: dict[tuple[int, str, int], Label] = {}
        self._keep: list[Frame] = []  # frames whose id() is a key in _copies stay alive

    @classmethod
    def for_function(cls, node: cst.FunctionDef, qualname: str, positions: Positions) -> Code:
        names, globals_, nonlocals = bound_names(node.body)
        params = tuple(cls.parameters(node.params))
        code = Code(
            name=node.name.value,
            qualname=qualname,
            kind=Kind.FUNCTION,
            span=positions(node),
            params=params,
            local_names=(names | {p.name for p in params}) - globals_ - nonlocals,
            global_names=globals_,
            nonlocal_names=nonlocals,
            decorators=tuple(dotted_text(d.decorator) for d in node.decorators),
            is_async=node.asynchronous is not None,
        )
        return cls(code, positions).finish(_statements(node.body))

    @classmethod
    def for_lambda(cls, node: cst.Lambda, qualname: str, positions: Positions) -> Code:
        params = tuple(cls.parameters(node.params))
        code = Code(
            name="<lambda>",
            qualname=qualname,
            kind=Kind.LAMBDA,
            span=positions(node),
            params=params,
            local_names=frozenset(p.name for p in params),
        )
        builder = cls(code, positions)
        span = positions(node.body)
        value = builder.value(node.body)
        builder.emit(g.Return(value), span)
        builder.emit(g.Move(builder._result, value), span)
        builder.jump_to(builder._return_label)
        return builder.finish([])

    @staticmethod
    def parameters(node: cst.Parameters) -> Iterator[g.Param]:
        def param(p: cst.Param, kind: str) -> g.Param:
            literal = ExpressionBuilder.literal(p.default) if p.default is not None else None
            return g.Param(p.name.value, kind, literal, p.default is not None)

        for p in (*node.posonly_params, *node.params):
            yield param(p, "pos")
        if isinstance(node.star_arg, cst.Param):
            yield param(node.star_arg, "*")
        for p in node.kwonly_params:
            yield param(p, "kw")
        if isinstance(node.star_kwarg, cst.Param):
            yield param(node.star_kwarg, "**")

    # -- the whole body ---------------------------------------------------------------------------

    def finish(self, statements: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> Code:
        code = self.code
        self.block(statements)
        if code.kind is not Kind.LAMBDA:
            end = self.end_span(statements)
            none = self.new_temp()
            self.emit(g.Const(none, None), end)
            self.emit(g.Move(self._result, none), end)
        else:
            end = code.span
        self.place_label(self._return_label, end)
        code.exit_ok = self.emit(g.Exit(raised=False), end, falls=False)
        self.place_label(self.error_label, end)
        code.exit_error = self.emit(g.Exit(raised=True), end, falls=False)
        code.nodes = self.nodes
        code.nested = tuple(self.nested)
        code.classes = tuple(self.classes)
        code.is_generator = self.saw_yield
        code.tested = frozenset(self.tested)
        code.tail = tuple(self._tail(statements))
        return code

    @property
    def result_temp(self) -> g.Temp:
        return self._result

    def end_span(self, statements: Sequence[cst.CSTNode]) -> Span:
        if not statements:
            return self.code.span
        span = self.span(statements[-1])
        return Span(span.end, span.end)

    def _tail(self, statements: Sequence[cst.CSTNode]) -> Iterator[tuple[int, int, str]]:
        """The last statements, last first; the inside of a trailing with, if or try counts as the end too."""
        for node in reversed(statements[-8:]):
            if isinstance(node, cst.SimpleStatementLine):
                for small in reversed(node.body):
                    span = self.span(small)
                    yield span.start.row, span.end.row, type(small).__name__
                continue
            if isinstance(node, cst.If | cst.With | cst.Try | cst.For):
                if not isinstance(node, cst.With) and not isinstance(node, cst.Try):
                    span = self.span(node)
                    yield span.start.row, span.end.row, type(node).__name__
                if isinstance(node, cst.With | cst.Try | cst.If):
                    yield from self._tail(_statements(node.body))
            return

    # -- statements -------------------------------------------------------------------------------

    def block(self, statements: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> None:
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self.statement(small)
            else:
                self.statement(statement)

    def suite(self, body: cst.BaseSuite) -> None:
        self.block(_statements(body))

    def statement(self, node: cst.CSTNode) -> None:
        lower = _STATEMENTS.get(type(node))
        if lower is not None:
            lower(self, node)

    def _expr(self, node: cst.Expr) -> None:
        self.value(node.value)

    def _assign(self, node: cst.Assign) -> None:
        src = self.value(node.value)
        for target in node.targets:
            self.assign(target.target, src, self.span(node))

    def _ann_assign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value), self.span(node))

    def _aug_assign(self, node: cst.AugAssign) -> None:
        span = self.span(node)
        left = self.value(node.target)
        right = self.value(node.value)
        dest = self.new_temp()
        self.emit(g.Binary(dest, type(node.operator).__name__.removesuffix("Assign") + "=", left, right), span)
        self.assign(node.target, dest, span)

    def _return(self, node: cst.Return) -> None:
        span = self.span(node)
        if node.value is not None:
            value = self.value(node.value)
        else:
            value = self.new_temp()
            self.emit(g.Const(value, None), span)
        self.emit(g.Move(self._result, value), span)
        self.emit(g.Return(self._result), span)
        self._leave(0, "return", self._return_label, span)

    def _raise(self, node: cst.Raise) -> None:
        span = self.span(node)
        if node.exc is None:
            error = self.handled_error()
            if error is not None:
                self.emit(g.Reraise(error), span, falls=False)
                return
            src = self.new_temp()
            self.emit(g.Const(src, RuntimeError), span)
        else:
            src = self.value(node.exc)
            if node.cause is not None:
                self.value(node.cause.item)
        self.emit(g.Raise(src), span, falls=False)

    def _assert(self, node: cst.Assert) -> None:
        holds, fails = Label(), Label()
        self.condition(node.test, holds, fails)
        self.place_label(fails, self.span(node))
        if node.msg is not None:
            self.value(node.msg)
        src = self.new_temp()
        self.emit(g.Const(src, AssertionError), self.span(node))
        self.emit(g.Raise(src, "assert"), self.span(node), falls=False)
        self.place_label(holds, self.span(node))

    def _del(self, node: cst.Del) -> None:
        self._delete(node.target, self.span(node))

    def _delete(self, target: cst.BaseExpression, span: Span) -> None:
        match target:
            case cst.Name(value=name):
                self.emit(g.Forget(self.resolve_name(name)), span)
            case cst.Attribute(value=obj, attr=attr):
                self.emit(g.Remove(self.value(obj), attr.value), span)
            case cst.Subscript(value=obj):
                container = self.value(obj)
                for element in target.slice:
                    self.index(element)
                self.emit(g.Remove(container, None), span)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for item in elements:
                    self._delete(item.value, span)

    def _import(self, node: cst.Import) -> None:
        for alias in node.names:
            dotted = dotted_text(alias.name)
            dest = self.new_temp()
            if alias.asname is not None:
                self.emit(g.Import(dest, dotted, None, 0), self.span(node))
                self.assign(_as_name(alias.asname), dest, self.span(node))
            else:
                self.emit(g.Import(dest, dotted.split(".")[0], None, 0), self.span(node))
                self.emit(g.Store(self.resolve_name(dotted.split(".")[0]), dest), self.span(node))

    def _import_from(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        module = dotted_text(node.module) if node.module is not None else ""
        for alias in node.names:
            name = dotted_text(alias.name)
            dest = self.new_temp()
            self.emit(g.Import(dest, module, name, len(node.relative)), self.span(node))
            if alias.asname is not None:
                self.assign(_as_name(alias.asname), dest, self.span(node))
            else:
                self.emit(g.Store(self.resolve_name(name), dest), self.span(node))

    def _if(self, node: cst.If) -> None:
        then, other, after = Label(), Label(), Label()
        self.condition(node.test, then, other)
        self.place_label(then, self.span(node.test))
        with self.at("if", node):
            self.suite(node.body)
        self.jump_to(after)
        self.place_label(other, self.span(node.test))
        if isinstance(node.orelse, cst.If):
            self._if(node.orelse)
        elif node.orelse is not None:
            with self.at("if", node):
                self.suite(node.orelse.body)
        self.place_label(after, self.span(node))

    def _while(self, node: cst.While) -> None:
        head, body, other, after = Label(), Label(), Label(), Label()
        self.place_label(head, self.span(node.test))
        self.condition(node.test, body, other)
        self.place_label(body, self.span(node.test))
        with self.frame(Frame("loop", break_to=after, continue_to=head)), self.at("loop", node):
            self.suite(node.body)
        self.jump_to(head)
        self.place_label(other, self.span(node.test))
        if node.orelse is not None:
            self.suite(node.orelse.body)
        self.place_label(after, self.span(node))

    def _for(self, node: cst.For) -> None:
        head, other, after = Label(), Label(), Label()
        awaits = node.asynchronous is not None
        iterator, element = self.new_temp(), self.new_temp()
        src = self.value(node.iter)
        span = self.span(node.iter)
        self.emit(g.Iterate(iterator, src, self.is_nonempty(node.iter), awaits), span)
        self.place_label(head, span)
        step = self.emit(g.Next(element, iterator, awaits), span)
        self.divert(step, other)
        with self.frame(Frame("loop", break_to=after, continue_to=head)), self.at("loop", node):
            self.assign(node.target, element, self.span(node.target))
            self.suite(node.body)
        self.jump_to(head)
        self.place_label(other, span)
        if node.orelse is not None:
            self.suite(node.orelse.body)
        self.place_label(after, self.span(node))

    def _break(self, node: cst.Break) -> None:
        self._leave_loop(node, "break")

    def _continue(self, node: cst.Continue) -> None:
        self._leave_loop(node, "continue")

    def _leave_loop(self, node: cst.CSTNode, kind: str) -> None:
        span = self.span(node)
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            if frame.kind == "loop":
                target = frame.break_to if kind == "break" else frame.continue_to
                assert target is not None
                self.emit(g.Jump(kind), span)
                self._leave(depth + 1, kind, target, span)
                return

    # -- leaving ----------------------------------------------------------------------------------

    def _leave(self, depth: int, kind: str, target: Label, span: Span) -> None:
        """Leave frames[depth:], innermost first, then go on at target."""
        self.jump_to(self._way_out(len(self.frames) - 1, depth, kind, target, span))

    def _way_out(self, top: int, depth: int, kind: str, target: Label, span: Span) -> Label:
        """The label from which frames[depth..top] are left towards target, made on first use."""
        while top >= depth and self.frames[top].cleanup is None:
            top -= 1
        if top < depth:
            return target
        frame = self.frames[top]
        key = (id(frame), kind, id(target))
        if key in self._copies:
            return self._copies[key]
        self._keep.append(frame)
        label = self._copies[key] = Label()
        self._copies_alive.append(target)
        onward_frames = self.frames[:top]
        with self.aside(onward_frames, frame.place):
            onward = self._way_out(top - 1, depth, kind, target, span)
            self.place_label(label, span, expected=True)
            cleanup = frame.cleanup
            assert cleanup is not None
            cleanup(onward)
        return label

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        if node.finalbody is None:
            self._try_except(node)
            return
        body = node.finalbody
        failed = Label()
        deep = self._finally_depth >= FINALLY_NESTING
        shared = _SharedFinally(Label(), self.new_temp()) if deep else None

        def run(onward: Label) -> None:
            """One copy of the finally body, then on; or, too deep, remember the way and share the copy."""
            if shared is None:
                self._finally_copy(body)
                self.jump_to(onward)
                return
            self.emit(g.Const(shared.selector, len(shared.ways)), self.span(body))
            shared.ways.append(onward)
            self.jump_to(shared.label)

        with self.frame(Frame("finally", failed=failed, cleanup=run, place=self.place)):
            if node.handlers:
                self._try_except(node)
            else:
                with self.at("try", node):
                    self.suite(node.body)
        after = Label()
        if self.reachable:
            run(after)
        if failed.pending:
            self.place_label(failed, self.span(body))
            error = self.new_temp()
            self.emit(g.Caught(error), self.span(body))
            again = Label()
            with self.frame(Frame("handler", error=error)):
                run(again)
            self.place_label(again, self.span(body))
            self.emit(g.Reraise(error), self.span(body), falls=False)
        if shared is not None and shared.label.pending:
            self.place_label(shared.label, self.span(body))
            self._finally_copy(body)
            for number, onward in enumerate(shared.ways):
                self._when_selected(shared.selector, number, onward, self.span(body))
            self.open.clear()
        self.place_label(after, self.span(node))

    def _finally_copy(self, body: cst.Finally) -> None:
        self._finally_depth += 1
        with self.at("finally", body):
            self.suite(body.body)
        self._finally_depth -= 1

    def _when_selected(self, selector: g.Temp, number: int, onward: Label, span: Span) -> None:
        wanted, same = self.new_temp(), self.new_temp()
        self.emit(g.Const(wanted, number), span)
        self.emit(g.Compare(same, "==", selector, wanted), span)
        branch = self.emit(g.Branch(same), span)
        other = Label()
        self.divert(branch, other)
        self.jump_to(onward)
        self.place_label(other, span)

    def _try_except(self, node: cst.Try | cst.TryStar) -> None:
        dispatch, after = Label(), Label()
        listed = tuple(name for h in node.handlers for name in _type_names(h.type))
        with self.frame(Frame("try", failed=dispatch)), self.at("try", node, listed):
            self.suite(node.body)
        if node.orelse is not None:
            with self.at("else", node):
                self.suite(node.orelse.body)
        self.jump_to(after)
        if not dispatch.pending:
            self.place_label(after, self.span(node))
            return
        self.place_label(dispatch, self.span(node))
        error = self.new_temp()
        self.emit(g.Caught(error), self.span(node))
        for handler in node.handlers:
            self._handler(handler, error, after)
        if self.reachable:
            self.emit(g.Reraise(error), self.span(node), falls=False)
        self.place_label(after, self.span(node))

    def _handler(self, handler: cst.ExceptHandler | cst.ExceptStarHandler, error: g.Temp, after: Label) -> None:
        span = self.span(handler)
        head = Span(span.start, self.span(handler.type).end) if handler.type is not None else span
        types = self.value(handler.type) if handler.type is not None else None
        unmatched = Label()
        test = self.emit(g.Catches(error, types), head)
        self.divert(test, unmatched)
        with self.frame(Frame("handler", error=error)), self.at("handler", handler, tuple(_type_names(handler.type))):
            name = _bound_name(handler)
            if name is not None:
                self.emit(g.Store(self.resolve_name(name), error), head)
            self.suite(handler.body)
            if name is not None:
                self.emit(g.Forget(self.resolve_name(name)), span)
        self.jump_to(after)
        self.place_label(unmatched, head)
        if types is None:
            self.open.clear()  # a bare except leaves nothing unmatched

    def _with(self, node: cst.With) -> None:
        self._with_items(node, list(node.items))

    def _with_items(self, node: cst.With, items: list[cst.WithItem]) -> None:
        if not items:
            with self.at("with", node):
                self.suite(node.body)
            return
        item, rest = items[0], items[1:]
        span = self.span(item.item)
        awaits = node.asynchronous is not None
        manager = self.value(item.item)
        entered = self.new_temp()
        self.emit(g.Enter(entered, manager, awaits), span)
        failed, after = Label(), Label()

        def leave(onward: Label) -> None:
            self.emit(g.Leave(manager, None, awaits), span)
            self.jump_to(onward)

        with self.frame(Frame("with", failed=failed, cleanup=leave, place=self.place)):
            if item.asname is not None:
                self.assign(item.asname.name, entered, self.span(item.asname.name))
            self._with_items(node, rest)
        if self.reachable:
            leave(after)
        if failed.pending:
            self.place_label(failed, span)
            error = self.new_temp()
            self.emit(g.Caught(error), span)
            exit_ = self.emit(g.Leave(manager, error, awaits), span)
            self.divert(exit_, after)
            self.emit(g.Reraise(error), span, falls=False)
        self.place_label(after, span)

    # -- definitions and match --------------------------------------------------------------------

    def _function(self, node: cst.FunctionDef) -> None:
        span = self.span(node.name)
        decorators = [self.value(d.decorator) for d in node.decorators]
        self.defaults(node.params)
        dest = self.new_temp()
        code = Builder.for_function(node, f"{self.code.qualname}.{node.name.value}", self.positions)
        self.nested.append(code)
        self.emit(g.MakeFunction(dest, code), span)
        # The name keeps meaning the def itself: what a decorator makes of it is known by its name only.
        for decorator in reversed(decorators):
            self.emit(g.Call(self.new_temp(), decorator, (g.Argument(dest),)), span)
        self.emit(g.Store(self.resolve_name(node.name.value), dest), span)

    def lambda_code(self, node: cst.Lambda) -> Code:
        return Builder.for_lambda(node, f"{self.code.qualname}.<lambda>", self.positions)

    def _class(self, node: cst.ClassDef) -> None:
        span = self.span(node.name)
        for base in node.bases:
            self.value(base.value)
        qualname = f"{self.code.qualname}.{node.name.value}"
        dest = self.new_temp()
        shape = class_shape(node, qualname, self.positions)
        self.classes.append(shape)
        self.emit(g.MakeClass(dest, shape), span)
        self.emit(g.Store(self.resolve_name(node.name.value), dest), span)

    def _match(self, node: cst.Match) -> None:
        subject = self.value(node.subject)
        after = Label()
        for case in node.cases:
            skipped = Label()
            span = self.span(case.pattern)
            if not _irrefutable(case):
                self.divert(self.emit(g.Choice("pattern matches"), span), skipped)
            for name, whole in _captures(case.pattern):
                if whole:
                    self.emit(g.Store(self.resolve_name(name), subject), span)
                else:
                    part = self.new_temp()
                    self.emit(g.Const(part, ...), span)
                    self.emit(g.Store(self.resolve_name(name), part), span)
            if case.guard is not None:
                holds = Label()
                self.condition(case.guard, holds, skipped)
                self.place_label(holds, span)
            with self.at("if", case):
                self.suite(case.body)
            self.jump_to(after)
            self.place_label(skipped, span)
        self.place_label(after, self.span(node))


def class_shape(node: cst.ClassDef, qualname: str, positions: Positions) -> g.ClassShape:
    """A class statement nested in a function: its methods are lowered with it."""
    methods: dict[str, Code] = {}
    own: list[cst.BaseStatement | cst.BaseSmallStatement] = []
    for statement in _statements(node.body):
        if isinstance(statement, cst.FunctionDef):
            name = statement.name.value
            methods[name] = Builder.for_function(statement, f"{qualname}.{name}", positions)
        else:
            own.append(statement)
    body = build_body(own, qualname, Kind.CLASS, positions(node), positions)
    bases = tuple(dotted_text(b.value) for b in node.bases)
    return g.ClassShape(node.name.value, qualname, positions(node), bases, body, methods)


def _statements(body: cst.BaseSuite) -> Sequence[cst.BaseStatement | cst.BaseSmallStatement]:
    if isinstance(body, cst.IndentedBlock):
        return body.body
    assert isinstance(body, cst.SimpleStatementSuite)
    return body.body


def _as_name(asname: cst.AsName) -> cst.BaseExpression:
    return asname.name


def _bound_name(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> str | None:
    if handler.name is None or not isinstance(handler.name.name, cst.Name):
        return None
    return handler.name.name.value


def _type_names(node: cst.BaseExpression | None) -> Iterator[str]:
    if node is None:
        yield ""
    elif isinstance(node, cst.Tuple):
        for element in node.elements:
            yield dotted_text(element.value)
    else:
        yield dotted_text(node)


def _irrefutable(case: cst.MatchCase) -> bool:
    pattern = case.pattern
    return isinstance(pattern, cst.MatchAs) and pattern.pattern is None


def _captures(pattern: cst.CSTNode) -> Iterator[tuple[str, bool]]:
    """Names that a pattern binds, and whether to the whole subject."""
    if isinstance(pattern, cst.MatchAs) and pattern.name is not None:
        yield pattern.name.value, True
    stack: list[cst.CSTNode] = list(pattern.children)
    while stack:
        node = stack.pop()
        if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
            yield node.name.value, False
        elif isinstance(node, cst.MatchMapping) and node.rest is not None:
            yield node.rest.value, False
        stack.extend(node.children)
    if isinstance(pattern, cst.MatchMapping) and pattern.rest is not None:
        yield pattern.rest.value, False


_STATEMENTS: Mapping[type[cst.CSTNode], Callable[[Builder, object], None]] = {
    cst.Expr: Builder._expr,
    cst.Assign: Builder._assign,
    cst.AnnAssign: Builder._ann_assign,
    cst.AugAssign: Builder._aug_assign,
    cst.Return: Builder._return,
    cst.Raise: Builder._raise,
    cst.Assert: Builder._assert,
    cst.Del: Builder._del,
    cst.Import: Builder._import,
    cst.ImportFrom: Builder._import_from,
    cst.If: Builder._if,
    cst.While: Builder._while,
    cst.For: Builder._for,
    cst.Break: Builder._break,
    cst.Continue: Builder._continue,
    cst.Try: Builder._try,
    cst.TryStar: Builder._try,
    cst.With: Builder._with,
    cst.FunctionDef: Builder._function,
    cst.ClassDef: Builder._class,
    cst.Match: Builder._match,
}  # type: ignore[assignment]
