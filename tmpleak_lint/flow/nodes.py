"""Putting nodes together: labels, dangling edges, and the frames of the control stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import libcst as cst

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code, Node, Op, Place
from tmpleak_lint.model import Span

# Operations that can run code which raises; the knowledge tables say which of them really do.
_RAISING = (
    g.Call, g.Raise, g.Reraise, g.Await, g.Yield, g.Iterate, g.Next, g.Enter, g.Leave, g.Load, g.GetItem, g.Unpack,
)  # fmt: skip


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

    kind: str
    failed: Label | None = None
    cleanup: Callable[[Label], None] | None = None
    break_to: Label | None = None
    continue_to: Label | None = None
    error: g.Temp | None = None
    place: Place | None = None


class NodeBuilder:
    """Emits nodes in order and keeps the edges that still dangle."""

    def __init__(self, code: Code, positions: Callable[[cst.CSTNode], Span]) -> None:
        self.code = code
        self.positions = positions
        self.nodes: list[Node] = []
        self.open: list[tuple[int, str]] = [(-1, "entry")]
        self.frames: list[Frame] = []
        self.place: Place | None = None
        self.error_label = Label()
        self.nested: list[Code] = []
        self.classes: list[g.ClassShape] = []
        self.tested: set[str] = set()
        self.saw_yield = False
        self._temps = 0
        self._copies_alive: list[Label] = []

    def span(self, node: cst.CSTNode) -> Span:
        return self.positions(node)

    def new_temp(self) -> g.Temp:
        self._temps += 1
        return self._temps

    @property
    def reachable(self) -> bool:
        return bool(self.open)

    def emit(self, op: Op, span: Span, *, falls: bool = True) -> int:
        """Append a node; what dangles leads to it, and unless it never falls through its next dangles."""
        index = len(self.nodes)
        self.nodes.append(Node(op, span, place=self.place))
        self._connect(self.open, index)
        self.open = [(index, "next")] if falls else []
        if isinstance(op, _RAISING):
            self._attach(index, "exc", self._failure_label())
        return index

    def place_label(self, label: Label, span: Span, *, expected: bool = False) -> None:
        """Continue here: whatever jumped to the label, and whatever dangles, comes together.

        Where nothing leads the label stays unplaced, unless a jump to it is still to come (`expected`).
        """
        if not label.pending and not self.open and not expected:
            return
        index = len(self.nodes)
        self.nodes.append(Node(g.Jump(), span, place=self.place))
        self._connect(self.open, index)
        self._connect(label.pending, index)
        label.pending = []
        label.index = index
        self.open = [(index, "next")]

    def jump_to(self, label: Label) -> None:
        for index, slot in self.open:
            self._attach(index, slot, label)
        self.open = []

    def divert(self, index: int, label: Label) -> None:
        """The alt edge of a node leads to label."""
        self._attach(index, "alt", label)

    def _attach(self, index: int, slot: str, label: Label) -> None:
        if index < 0:
            # The entry: give the jump a node to stand on.
            self.nodes.append(Node(g.Jump(), self.code.span))
            index, slot = len(self.nodes) - 1, "next"
        if label.index != NO_EDGE:
            setattr(self.nodes[index], slot, label.index)
        else:
            label.pending.append((index, slot))

    def _connect(self, edges: Sequence[tuple[int, str]], target: int) -> None:
        for index, slot in edges:
            if index >= 0:
                setattr(self.nodes[index], slot, target)

    def _failure_label(self) -> Label:
        for frame in reversed(self.frames):
            if frame.failed is not None:
                return frame.failed
        return self.error_label

    def handled_error(self) -> g.Temp | None:
        for frame in reversed(self.frames):
            if frame.error is not None:
                return frame.error
        return None

    @contextmanager
    def frame(self, frame: Frame) -> Iterator[None]:
        self.frames.append(frame)
        yield
        self.frames.pop()

    @contextmanager
    def at(self, kind: str, node: cst.CSTNode, handlers: tuple[str, ...] = ()) -> Iterator[None]:
        outer = self.place
        self.place = Place(kind, self.span(node), outer, handlers)
        yield
        self.place = outer

    @contextmanager
    def aside(self, frames: list[Frame], place: Place | None) -> Iterator[None]:
        """Emit code out of line, under other frames, and come back to where we were."""
        saved = self.open, self.frames, self.place
        self.open, self.frames, self.place = [], frames, place
        yield
        self.open, self.frames, self.place = saved
