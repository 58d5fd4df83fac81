"""Where each node of a libcst tree stands in its file.

Comes in: a parsed module (a whole file, or a region of one with the offset of its first row and column).
Goes out: a function from node to `Span`, equal to libcst's own PositionProvider, at a fraction of its cost.

libcst keeps no positions: they are found by writing the tree out again and watching where each node lands.
Here the writing only appends to a log, nodes and pieces of text in the order in which they come, and one
pass over the log turns it into offsets; a `Span` is made when somebody asks for it.

Columns count code points, a tab is one. libcst drops form feeds that stand before the first token of a
line, or takes them for indentation: columns (never rows) can be off by the number of form feeds there.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from tmpleak_lint.flow.depth import room_for_recursion
from tmpleak_lint.model import Location, Span

# Half of all nodes, and nobody asks where a blank is.
_BLANKS = frozenset({cst.SimpleWhitespace, cst.Newline, cst.TrailingWhitespace, cst.ParenthesizedWhitespace})
_NEWLINE = re.compile(r"\r\n?|\n")


class _Inner:
    """Between entry and exit the node's own text is written, without the whitespace that it carries."""

    __slots__ = ("log", "mark")

    def __init__(self, log: list[Any], mark: tuple[object, ...]) -> None:
        self.log = log
        self.mark = mark

    def __enter__(self) -> None:
        self.log.append(self.mark)

    def __exit__(self, *error: object) -> None:
        self.log.append(self.mark)


class _Log(CodegenState):
    """A codegen state whose hooks all append to one list."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.log: list[Any] = []
        hooks: Any = self
        hooks.tokens = self.log  # the module's codegen asks whether anything was written
        # The bound method of a list, called by libcst itself: no Python frame per node or token.
        hooks.before_codegen = hooks.after_codegen = hooks.add_token = self.log.append

    def add_indent_tokens(self) -> None:
        self.log.extend(self.indent_tokens)

    def pop_trailing_newline(self) -> None:
        """The last newline was written after everything that has a position."""

    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> AbstractContextManager[None]:
        return _Inner(self.log, (node, start_node, end_node))


def _write(self: cst.CSTNode, state: CodegenState, **how: Any) -> None:
    """libcst's own `_codegen`, but that it calls a function and not a bound method."""
    state.before_codegen(self)
    type(self)._codegen_impl(self, state, **how)
    state.after_codegen(self)


_AS_SHIPPED = cst.CSTNode._codegen


@contextmanager
def _written_without_c_stack() -> Iterator[None]:
    """Python 3.12 bounds its C stack at 1,500 calls, whatever the recursion limit says, and takes two of them for
    each level that libcst writes, since it calls a method with `**`: a chain of 700 operators would be too deep."""
    node: Any = cst.CSTNode
    if sys.version_info[:2] != (3, 12):
        yield
        return
    node._codegen = _write
    try:
        yield
    finally:
        node._codegen = _AS_SHIPPED


def _offsets(log: list[Any]) -> tuple[dict[int, tuple[int, int]], list[int]]:
    found: dict[int, tuple[int, int]] = {}
    rows = [0]
    open_nodes: list[object] = [None]
    starts = [0]
    offset = 0
    for item in log:
        kind = item.__class__
        if kind is str:
            if "\n" in item or "\r" in item:
                rows += [offset + newline.end() for newline in _NEWLINE.finditer(item)]
            offset += len(item)
        elif kind in _BLANKS:
            continue
        elif item is not open_nodes[-1]:
            open_nodes.append(item)
            starts.append(offset)
        else:
            open_nodes.pop()
            start = starts.pop()
            if kind is tuple:
                mark: Any = item
                node, start_node, end_node = mark
                begin = start if start_node is None else found[id(start_node)][0]
                end = offset if end_node is None else found[id(end_node)][1]
                found[id(node)] = (begin, end)
            elif id(item) not in found:
                found[id(item)] = (start, offset)
    return found, rows


def offsets_of(module: cst.Module) -> tuple[dict[int, tuple[int, int]], list[int]]:
    """Start and end offset of every node of a module by its id, and the offsets that rows start at."""
    state = _Log(module)
    with room_for_recursion(), _written_without_c_stack():
        module._codegen(state)
    return _offsets(state.log)


def positions_of(
    module: cst.Module, row_offset: int = 0, column_offset: int = 0
) -> Callable[[cst.CSTNode], Span]:
    """The span of each node of `module`: rows and columns from 1, in code points, the end exclusive.

    `row_offset` and `column_offset` are added to every row and column (a region that was cut out of a file).
    Raises KeyError for a node of another tree, and for blanks.
    """
    found, starts = offsets_of(module)
    spans: dict[int, Span] = {}
    locations: dict[int, Location] = {}  # a node begins where its first part does, so half of them come twice

    def location(offset: int) -> Location:
        known = locations.get(offset)
        if known is None:
            row = bisect_right(starts, offset)
            known = Location(row + row_offset, offset - starts[row - 1] + 1 + column_offset)
            locations[offset] = known
        return known

    def span_of(node: cst.CSTNode) -> Span:
        key = id(node)
        span = spans.get(key)
        if span is None:
            if key not in found:
                # Naming the module here also keeps the tree alive, as long as its ids are keys.
                raise KeyError(f"{type(node).__name__} isn't part of this {type(module).__name__}")
            start, end = found[key]
            span = spans[key] = Span(location(start), location(end))
        return span

    return span_of
