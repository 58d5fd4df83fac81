"""Loops, try and with: the statements that control may leave early, and what leaving each of them costs.

Comes in: libcst statements. Goes out: their operations, and the edges of every way out.

The control stack holds a `Frame` for every statement that has something to say when control leaves it.
A `return`, `break` or `continue` walks the stack outwards and runs, for every frame that it leaves, a copy
of the cleanup made for just this way of leaving, as CPython's compiler does:

    try:                body ......... normal -----> [finally, copy 1] --> after
        return x             return --------------> [finally, copy 2] --> function's exit
    finally:                 raises --------------> [finally, copy 3] --> re-raise
        cleanup()

Copies are memoised by (frame, kind of leaving, target). Finally bodies nested in finally bodies would
multiply; from the fourth level on there is one copy, and the way of leaving travels in a temporary.

Not modelled: that `except ... as name` forgets the name also where the handler is left early.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import libcst as cst

from tmpleak_lint.bounds import FINALLY_NESTING
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.expressions import ExpressionBuilder
from tmpleak_lint.flow.graph import NO_EDGE, Code
from tmpleak_lint.flow.literals import dotted_text, surely_nonempty
from tmpleak_lint.flow.nodes import Frame, Label, Positions
from tmpleak_lint.model import Span

# `except*` with one of these leaves nothing of a group unhandled.
_EVERYTHING = frozenset({"Exception", "BaseException", "ExceptionGroup", "BaseExceptionGroup"})

_Handlers = Sequence[cst.ExceptHandler | cst.ExceptStarHandler]


@dataclass(slots=True)
class _SharedFinally:
    """The one copy of a deeply nested finally body: which way of leaving goes on where.

    `selector` holds the number of the way, `error` what a bare `raise` in the body raises again.
    """

    label: Label
    selector: g.Temp
    error: g.Temp
    ways: list[Label] = field(default_factory=list)


class ControlBuilder(ExpressionBuilder):
    """Lowers the statements that have frames."""

    def __init__(self, code: Code, positions: Positions) -> None:
        super().__init__(code, positions)
        self._finally_depth = 0
        # The frame and the target are kept with the copy, so that their ids stay theirs.
        self._copies: dict[tuple[int, str, int], tuple[Label, Frame, Label]] = {}

    @abstractmethod
    def suite(self, body: cst.BaseSuite) -> None:
        """Lower the statements of a block."""

    # -- loops ------------------------------------------------------------------------------------

    def while_(self, node: cst.While) -> None:
        head, body, other = Label(), Label(), Label()
        span = self.span(node.test)
        self.place_label(head, span)
        self.condition(node.test, body, other)
        self.place_label(body, span)
        self._turns(node, head, other, span)

    def for_(self, node: cst.For) -> None:
        head, other = Label(), Label()
        awaits = node.asynchronous is not None
        iterator, element = self.new_temp(), self.new_temp()
        src = self.value(node.iter)
        span = self.span(node.iter)
        self.emit(g.Iterate(iterator, src, surely_nonempty(node.iter), awaits), span)
        self.place_label(head, span)
        self.divert(self.emit(g.Next(element, iterator, awaits), span), other)
        self._turns(node, head, other, span, element)

    def _turns(
        self, node: cst.While | cst.For, head: Label, other: Label, span: Span, element: g.Temp | None = None
    ) -> None:
        """The body of a loop, which ends at its head; then its `else`, to which the head leads at last."""
        after = Label()
        with self.frame(Frame("loop", break_to=after, continue_to=head)), self.at("loop", node):
            if isinstance(node, cst.For) and element is not None:
                self.assign(node.target, element, self.span(node.target))
            self.suite(node.body)
        self.jump_to(head)
        self.place_label(other, span)
        if node.orelse is not None:
            self.suite(node.orelse.body)
        self.place_label(after, self.span(node))

    def break_(self, node: cst.Break) -> None:
        self._leave_loop(node, "break")

    def continue_(self, node: cst.Continue) -> None:
        self._leave_loop(node, "continue")

    def _leave_loop(self, node: cst.CSTNode, kind: Literal["break", "continue"]) -> None:
        span = self.span(node)
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            if frame.kind == "loop":
                target = frame.break_to if kind == "break" else frame.continue_to
                assert target is not None
                self.emit(g.Jump(kind), span)
                self.leave(depth + 1, kind, target, span)
                return

    # -- leaving ----------------------------------------------------------------------------------

    def leave(self, depth: int, kind: str, target: Label, span: Span) -> None:
        """Leave frames[depth:], innermost first, then go on at target."""
        frames = self.frames
        to_run = [top for top in range(len(frames) - 1, depth - 1, -1) if frames[top].cleanup is not None]
        labels = [self._copy_label(frames[top], kind, target) for top in to_run]
        labels.append(target)
        self.jump_to(labels[0])
        for position, top in enumerate(to_run):
            label, frame = labels[position], frames[top]
            if label.index != NO_EDGE:
                return  # made before, with all that follows it
            with self.aside(frames[:top], frame.place):
                self.place_label(label, span, expected=True)
                assert frame.cleanup is not None
                frame.cleanup(labels[position + 1])

    def _copy_label(self, frame: Frame, kind: str, target: Label) -> Label:
        key = (id(frame), kind, id(target))
        if key not in self._copies:
            self._copies[key] = (Label(), frame, target)
        return self._copies[key][0]

    # -- try --------------------------------------------------------------------------------------

    def try_(self, node: cst.Try | cst.TryStar) -> None:
        if node.finalbody is None:
            self._try_except(node)
            return
        body = node.finalbody
        span = self.span(body)
        failed, after = Label(), Label()
        deep = self._finally_depth >= FINALLY_NESTING
        shared = _SharedFinally(Label(), self.new_temp(), self.new_temp()) if deep else None

        def run(onward: Label) -> None:
            """One copy of the finally body, then on; or, too deep, remember the way and share the copy."""
            if shared is None:
                self._finally_copy(body)
                self.jump_to(onward)
                return
            self.emit(g.Const(shared.selector, len(shared.ways)), span)
            error = self.handled_error()
            if error is not None:
                self.emit(g.Move(shared.error, error), span)
            else:
                self.emit(g.Const(shared.error, RuntimeError), span)
            shared.ways.append(onward)
            self.jump_to(shared.label)

        with self.frame(Frame("finally", failed=failed, cleanup=run, place=self.place)):
            if node.handlers:
                self._try_except(node)
            else:
                with self.at("try", node):
                    self.suite(node.body)
        if self.reachable:
            run(after)
        if failed.pending:
            self.place_label(failed, span)
            error, again = self.new_temp(), Label()
            self.emit(g.Caught(error), span)
            with self.frame(Frame("handler", error=error)):
                run(again)
            self.place_label(again, span, expected=True)
            self.emit(g.Reraise(error), span, falls=False)
        if shared is not None and shared.label.pending:
            self.place_label(shared.label, span)
            with self.frame(Frame("handler", error=shared.error)):
                self._finally_copy(body)
            self._go_where_selected(shared, span)
        self.place_label(after, self.span(node))

    def _finally_copy(self, body: cst.Finally) -> None:
        self._finally_depth += 1
        with self.at("finally", body):
            self.suite(body.body)
        self._finally_depth -= 1

    def _go_where_selected(self, shared: _SharedFinally, span: Span) -> None:
        for number, onward in enumerate(shared.ways[:-1]):
            wanted, same, other = self.const(number, span), self.new_temp(), Label()
            self.emit(g.Compare(same, "==", shared.selector, wanted), span)
            self.divert(self.emit(g.Branch(same), span), other)
            self.jump_to(onward)
            self.place_label(other, span)
        self.jump_to(shared.ways[-1])

    def _try_except(self, node: cst.Try | cst.TryStar) -> None:
        dispatch, after = Label(), Label()
        span = self.span(node)
        listed = tuple(name for h in node.handlers for name in _type_names(h.type))
        with self.frame(Frame("try", failed=dispatch)), self.at("try", node, listed):
            self.suite(node.body)
        if node.orelse is not None:
            with self.at("else", node):
                self.suite(node.orelse.body)
        self.jump_to(after)
        self.place_label(dispatch, span)
        error = self.new_temp()
        self.emit(g.Caught(error), span)
        if isinstance(node, cst.TryStar):
            self._star_handlers(node, error, after)
        else:
            for handler in node.handlers:
                unmatched = self._matches(handler, error)
                with self.frame(Frame("handler", error=error)):
                    self._handler_body(handler, error)
                self.jump_to(after)
                self.place_label(unmatched, self.span(handler))
            if self.reachable:
                self.emit(g.Reraise(error), span, falls=False)
        self.place_label(after, span)

    def _star_handlers(self, node: cst.TryStar, error: g.Temp, after: Label) -> None:
        """Every clause of `except*` takes its part of the group; what is left or raised anew is raised last.

        The clauses are lowered twice: once as long as none of them has raised, and once more from the second
        one on for when one has, from where the end is always an exception.

            body raises --> clause 1 --> clause 2 --> anything left? --> after
                                |  raises    |  raises      +--> re-raise
                                v            v
                            clause 2' -------+--> raise
        """
        span = self.span(node)
        raised = self.new_temp()
        count = len(node.handlers)
        failed = [Label() for _ in range(count + 1)]
        for failing in (False, True):
            done = after
            if failing:
                done = Label()
                self.open = []
            for position, handler in enumerate(node.handlers):
                if failing and position == 0:
                    continue
                if failing:
                    self._join_failed(failed[position], raised, span)
                unmatched = self._matches(handler, error)
                with self.frame(Frame("handler", failed=failed[position + 1], error=error)):
                    self._handler_body(handler, error)
                if not _EVERYTHING.isdisjoint(_type_names(handler.type)):
                    self.jump_to(done)
                elif not failing:
                    rest = self.emit(g.Choice("nothing is left to handle"), self.span(handler))
                    self.divert(rest, unmatched)
                    self.jump_to(done)
                self.place_label(unmatched, self.span(handler))
            if not failing:
                self.emit(g.Reraise(error), span, falls=False)
            else:
                self._join_failed(failed[count], raised, span)
                self.place_label(done, span)
                self.emit(g.Reraise(raised), span, falls=False)

    def _join_failed(self, failed: Label, raised: g.Temp, span: Span) -> None:
        """A clause raised: take note of the exception, then go on where the clauses before it go on."""
        onward = Label()
        self.jump_to(onward)
        self.place_label(failed, span)
        if self.reachable:
            self.emit(g.Caught(raised), span)
        self.place_label(onward, span)

    def _matches(self, handler: cst.ExceptHandler | cst.ExceptStarHandler, error: g.Temp) -> Label:
        """Control goes on where the clause takes the exception; the label stands for where it doesn't."""
        span = self.span(handler)
        unmatched = Label()
        if handler.type is None:
            self.emit(g.Catches(error, None), span)
            return unmatched
        types = self.value(handler.type)
        test = self.emit(g.Catches(error, types), Span(span.start, self.span(handler.type).end))
        self.divert(test, unmatched)
        return unmatched

    def _handler_body(self, handler: cst.ExceptHandler | cst.ExceptStarHandler, error: g.Temp) -> None:
        span = self.span(handler)
        with self.at("handler", handler, tuple(_type_names(handler.type))):
            name = _bound_name(handler)
            if name is not None:
                assert handler.type is not None
                self.store(self.resolve_name(name), error, Span(span.start, self.span(handler.type).end))
            self.suite(handler.body)
            if name is not None:
                self.emit(g.Forget(self.resolve_name(name)), span, fails=False)

    # -- with -------------------------------------------------------------------------------------

    def with_(self, node: cst.With) -> None:
        self._with_items(node, node.items)

    def _with_items(self, node: cst.With, items: Sequence[cst.WithItem]) -> None:
        """Each further item stands in the body of the one before it."""
        if not items:
            with self.at("with", node):
                self.suite(node.body)
            return
        item = items[0]
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
            self._with_items(node, items[1:])
        if self.reachable:
            leave(after)
        if failed.pending:
            self.place_label(failed, span)
            error = self.new_temp()
            self.emit(g.Caught(error), span)
            self.divert(self.emit(g.Leave(manager, error, awaits), span), after)
            self.emit(g.Reraise(error), span, falls=False)
        self.place_label(after, span)


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
