"""Putting nodes together: labels, dangling edges, the frames of the control stack, and the final tidying.

Comes in: operations, one at a time, from the builders above. Goes out: the finished list of nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Clause, Code, Node, Op, Place
from tmpleak_lint.model import Span

Positions = Callable[[cst.CSTNode], Span]

# Operations that can run code which raises; the knowledge tables say which of them really do.
# Attribute reads and writes, operators, comparisons, displays, formatting and the test of a condition run
# code of the program too, but hardly any that fails: they have no exceptional edge.
_RAISING = frozenset({
    g.Call, g.Raise, g.Reraise, g.Await, g.Yield, g.Iterate, g.Next, g.Enter, g.Leave, g.Load, g.Forget,
    g.GetItem, g.Unpack, g.Import, g.MakeClass,
})  # fmt: skip


@dataclass(eq=False, slots=True)
class Label:
    """A place to jump to; `pending` are the edges that wait for it to be placed."""

    index: int = NO_EDGE
    pending: list[tuple[int, str]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Frame:
    """One statement that control may leave early.

    failed: where exceptions raised inside go. cleanup: emits what runs when control leaves by return, break
    or continue, then goes on at the label it is given. error: the exception that a bare raise re-raises.
    """

    kind: Clause
    failed: Label | None = None
    cleanup: Callable[[Label], None] | None = None
    break_to: Label | None = None
    continue_to: Label | None = None
    error: g.Temp | None = None
    place: Place | None = None


class NodeBuilder:
    """Emits nodes in order and keeps the edges that still dangle.

    Statements that nothing leads to are emitted all the same (a `yield` there still makes a generator) and
    dropped by `tidy`.
    """

    def __init__(self, code: Code, positions: Positions) -> None:
        self.code = code
        self.span = self.positions = positions
        self.nodes: list[Node] = []
        self.open: list[tuple[int, str]] = []
        self.frames: list[Frame] = []
        self.place: Place | None = None
        self.error_label = Label()
        self.failure = self.error_label
        self.nested: list[Code] = []
        self.classes: list[g.ClassShape] = []
        self.bound: set[str] = set()
        self.tested: set[str] = set()
        self.saw_yield = False
        self._temps = 0
        self.emit(g.Jump(), code.span)

    def new_temp(self) -> g.Temp:
        self._temps += 1
        return self._temps

    @property
    def reachable(self) -> bool:
        return bool(self.open)

    def emit(self, op: Op, span: Span, *, falls: bool = True, fails: bool = True) -> int:
        """Append a node and give its number.

        What dangles leads to it; its own next dangles, unless it never `falls` through. An operation that can
        raise does so towards the innermost frame that catches, unless here it never `fails`.
        """
        nodes = self.nodes
        index = len(nodes)
        node = Node(op, span, place=self.place)
        nodes.append(node)
        for source, slot in self.open:
            setattr(nodes[source], slot, index)
        self.open = [(index, "next")] if falls else []
        if fails and op.__class__ in _RAISING:
            failure = self.failure
            if failure.index != NO_EDGE:
                node.exc = failure.index
            else:
                failure.pending.append((index, "exc"))
        return index

    def const(self, value: object, span: Span) -> g.Temp:
        dest = self.new_temp()
        self.emit(g.Const(dest, value), span)
        return dest

    def store(self, name: str, src: g.Temp, span: Span) -> None:
        self.bound.add(name)
        self.emit(g.Store(name, src), span)

    def place_label(self, label: Label, span: Span, *, expected: bool = False) -> None:
        """Continue here: whatever jumped to the label, and whatever dangles, comes together.

        Where nothing leads the label stays unplaced, unless a jump to it is still to come (`expected`).
        """
        if not label.pending and not self.open and not expected:
            return
        index = self.emit(g.Jump(), span)
        for source, slot in label.pending:
            setattr(self.nodes[source], slot, index)
        label.pending = []
        label.index = index

    def jump_to(self, label: Label) -> None:
        """What dangles leads to label, and nothing dangles any more."""
        for index, slot in self.open:
            self._attach(index, slot, label)
        self.open = []

    def divert(self, index: int, label: Label) -> None:
        """The alt edge of a node leads to label."""
        self._attach(index, "alt", label)

    def _attach(self, index: int, slot: str, label: Label) -> None:
        if label.index != NO_EDGE:
            setattr(self.nodes[index], slot, label.index)
        else:
            label.pending.append((index, slot))

    # -- frames and places ------------------------------------------------------------------------

    def handled_error(self) -> g.Temp | None:
        """The exception being handled here, which a bare `raise` raises again."""
        for frame in reversed(self.frames):
            if frame.error is not None:
                return frame.error
        return None

    @contextmanager
    def frame(self, frame: Frame) -> Iterator[None]:
        failure = self.failure
        self.frames.append(frame)
        self.failure = frame.failed or failure
        yield
        self.frames.pop()
        self.failure = failure

    @contextmanager
    def at(self, kind: Clause, node: cst.CSTNode, handlers: tuple[str, ...] = ()) -> Iterator[None]:
        outer = self.place
        self.place = Place(kind, self.span(node), outer, handlers)
        yield
        self.place = outer

    @contextmanager
    def aside(self, frames: list[Frame], place: Place | None) -> Iterator[None]:
        """Emit code out of line, under other frames, and come back to where we were."""
        saved = self.open, self.frames, self.place, self.failure
        self.open, self.frames, self.place = [], frames, place
        self.failure = next((f.failed for f in reversed(frames) if f.failed is not None), self.error_label)
        yield
        self.open, self.frames, self.place, self.failure = saved


def tidy(nodes: list[Node], exits: tuple[int, int]) -> tuple[list[Node], tuple[int, int]]:
    """Drop joins and what cannot be reached; the entry comes first, the exits stay.

    A join (a Jump that stands for no statement) is skipped by leading its predecessors to its successor;
    only an endless loop without any operation keeps one.
    """
    ends = _ends_of_joins(nodes)
    for node in nodes:
        if node.next != NO_EDGE:
            node.next = ends[node.next]
        if node.alt != NO_EDGE:
            node.alt = ends[node.alt]
        if node.exc != NO_EDGE:
            node.exc = ends[node.exc]
    entry = ends[0]
    seen = {NO_EDGE, entry, *exits}
    stack = [entry]
    while stack:
        node = nodes[stack.pop()]
        for way in (node.next, node.alt, node.exc):
            if way not in seen:
                seen.add(way)
                stack.append(way)
    order = [entry, *sorted(seen - {NO_EDGE, entry})]
    number = {index: position for position, index in enumerate(order)}
    number[NO_EDGE] = NO_EDGE
    for position, index in enumerate(order):
        node = nodes[index]
        node.index = position
        node.next, node.alt, node.exc = number[node.next], number[node.alt], number[node.exc]
    return [nodes[index] for index in order], (number[exits[0]], number[exits[1]])


def _ends_of_joins(nodes: list[Node]) -> list[int]:
    """For every node the one that control arrives at when it is led there."""
    ends = [NO_EDGE] * len(nodes)
    # Most joins lead forward: from the back, their ends are known already.
    for start in range(len(nodes) - 1, -1, -1):
        if not _is_join(nodes[start]):
            ends[start] = start
            continue
        passed: list[int] = []
        way = start
        while ends[way] == NO_EDGE and _is_join(nodes[way]) and way not in passed:
            passed.append(way)
            way = nodes[way].next
        end = ends[way] if ends[way] != NO_EDGE else way
        for index in (way, *passed):
            ends[index] = end
    return ends


def _is_join(node: Node) -> bool:
    return isinstance(node.op, g.Jump) and not node.op.what and node.next != NO_EDGE
