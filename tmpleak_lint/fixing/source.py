"""A file as the rewrites see it: its text by rows, its statements with the blocks they stand in.

In: bytes. Out: a `Source`. `ast` gives the statements; their columns are turned into code points. Raises
`Unfit` when the file can't be given back byte for byte, or when this Python can't parse its syntax.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Iterable, Iterator, KeysView
from dataclasses import dataclass
from functools import cached_property

from tmpleak_lint.fixing.names import bound_by, tail_of
from tmpleak_lint.fixing.older import is_for_python_2
from tmpleak_lint.fixing.refusals import Refusal
from tmpleak_lint.knowledge.model import Closing, Creates, Enters, Makes, Opens, OpensNamed, Shape
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.model import Location, Span
from tmpleak_lint.reading.decoding import Undecodable, decode, source_encoding

_WORD = re.compile(r"\w+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLOCKS = ("body", "orelse", "finalbody")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module | ast.Lambda

_WIDTHS = (79, 88, 100, 120)  # of the rows that formatters write
USUAL_WIDTH = 88
_HANDLES = SHIPPED.tails_where(Creates, lambda creates: creates.shape in (Shape.HANDLE, Shape.SELF_DELETING))
_ENTERING = SHIPPED.tails(Enters, Closing)


class Unfit(Refusal):
    """This file, or this place in it, is not one that rewrites understand; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A list of statements, and the node and field that hold it."""

    statements: list[ast.stmt]
    owner: ast.AST
    field: str

    def index(self, statement: ast.stmt) -> int:
        return next(i for i, each in enumerate(self.statements) if each is statement)


def names_read(nodes: Iterable[ast.AST]) -> Counter[str]:
    """Names that code reads, or has in a short text (an annotation, `__all__`), and how often."""
    found: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            found.update(_WORD.findall(node.value))
    return found


class Source:
    """One file's text with its tree."""

    def __init__(self, data: bytes) -> None:
        try:
            self.text = decode(data)
        except Undecodable as error:
            raise Unfit(str(error)) from None
        self._encoding = source_encoding(data)
        if self.encoded(self.text) != data:
            raise Unfit("its text can't be given back byte for byte")
        ends = [match.end() for match in _LINE_END.finditer(self.text)]
        self._starts = [0, *ends]
        self.ends_with_newline = not self.text or self._starts[-1] == len(self.text)
        self.last_row = len(self._starts) - (1 if self.ends_with_newline else 0)
        first_end = _LINE_END.search(self.text)
        self.newline = first_end[0] if first_end is not None else "\n"
        try:
            self.tree = ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise Unfit("this Python can't parse it") from None
        self.parents: dict[ast.AST, ast.AST] = {}
        self.blocks: dict[ast.stmt, Block] = {}
        self._note_parents()

    def _note_parents(self) -> None:
        """Who each node belongs to, and each statement; one pass over the tree, the outer before the inner."""
        waiting: deque[ast.AST] = deque([self.tree])
        while waiting:
            node = waiting.popleft()
            for name in node._fields:
                part = getattr(node, name, None)
                if isinstance(part, list):
                    children = [child for child in part if isinstance(child, ast.AST)]
                    if name in _BLOCKS and children and isinstance(children[0], ast.stmt):
                        block = Block(part, node, name)
                        self.blocks.update((statement, block) for statement in part)
                elif isinstance(part, ast.AST) and name != "ctx":  # one object says it of all names
                    children = [part]
                else:
                    continue
                for child in children:
                    self.parents[child] = node
                waiting += children

    @property
    def nodes(self) -> KeysView[ast.AST]:
        """Every node of the tree but the module itself, the outer before the inner."""
        return self.parents.keys()

    @cached_property
    def reads(self) -> Counter[str]:
        """How often the text reads each name."""
        return names_read(self.nodes)

    def encoded(self, text: str) -> bytes:
        """The bytes of a text in this file's encoding, byte order mark included. Raises `Unfit`."""
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            raise Unfit(f"the new text can't be written in {self._encoding}") from None

    # -- places -----------------------------------------------------------------------------------

    def row_start(self, row: int) -> int:
        return self._starts[row - 1] if row <= len(self._starts) else len(self.text)

    def line(self, row: int) -> str:
        """A row without its end."""
        return self.text[self.row_start(row) : self.row_start(row + 1)].rstrip("\r\n")

    def offset(self, place: Location) -> int:
        return min(self.row_start(place.row) + place.column - 1, len(self.text))

    def location(self, offset: int) -> Location:
        row = bisect_right(self._starts, offset)
        return Location(row, offset - self._starts[row - 1] + 1)

    def column(self, row: int, utf8: int) -> int:
        """Code points before a column that `ast` counts in bytes."""
        line = self.line(row)
        return (
            utf8
            if line.isascii()
            else len(line.encode("utf-8", "surrogatepass")[:utf8].decode("utf-8", "replace"))
        )

    def span(self, node: ast.AST) -> Span:
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return Span(
            Location(first, self.column(first, node.col_offset) + 1),  # type: ignore[attr-defined]
            Location(last, self.column(last, node.end_col_offset) + 1),  # type: ignore[attr-defined]
        )

    def code(self, node: ast.AST) -> str:
        span = self.span(node)
        return self.text[self.offset(span.start) : self.offset(span.end)]

    # -- statements -------------------------------------------------------------------------------

    def first_row(self, statement: ast.AST) -> int:
        """The row a statement begins on, its decorators included."""
        decorators = getattr(statement, "decorator_list", ())
        row: int = min([statement.lineno, *(d.lineno for d in decorators)])  # type: ignore[attr-defined]
        return row

    def last_row_of(self, statement: ast.AST) -> int:
        row: int = statement.end_lineno  # type: ignore[attr-defined]
        return row

    def indentation(self, statement: ast.stmt) -> str:
        """What stands before a statement on its row. Raises `Unfit` when that is more than blanks."""
        row = self.first_row(statement)
        before = self.line(row)[: self.column(row, statement.col_offset)]
        before = before[before.rfind("\f") + 1 :]
        if before.strip(" \t"):
            raise Unfit("the statement shares its line with another")
        return before

    def alone(self, statement: ast.stmt) -> bool:
        """Whether nothing but a comment shares the rows of a statement."""
        row, last = self.first_row(statement), self.last_row_of(statement)
        before = self.line(row)[: self.column(row, statement.col_offset)] if row == statement.lineno else ""
        after = self.line(last)[self.column(last, statement.end_col_offset or 0) :].strip(" \t\f")
        return not before.strip(" \t\f") and (not after or after.startswith("#"))

    @cached_property
    def unit(self) -> str:
        """One level of indentation, as the file has it."""
        for block in dict.fromkeys(self.blocks.values()):
            if isinstance(block.owner, ast.Module):
                continue
            owner, inner = block.owner, block.statements[0]
            if not hasattr(owner, "lineno") or inner.lineno == owner.lineno:
                continue
            outer = self.line(owner.lineno)
            outer = outer[: len(outer) - len(outer.lstrip(" \t"))]
            line = self.line(self.first_row(inner))
            blank = line[: len(line) - len(line.lstrip(" \t"))]
            if blank.startswith(outer) and len(blank) > len(outer):
                return blank[len(outer) :]
        return "    "

    @cached_property
    def opens_by_with(self) -> bool:
        """Whether the code opens files by `with` and by nothing else, as linters ask for."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _opens(node.func):
                above = self.parents.get(node)
                entered = isinstance(above, ast.Call) and tail_of(above.func) in _ENTERING
                if not entered and not isinstance(above, ast.withitem | ast.Return):
                    return False
        return True

    @cached_property
    def is_for_python_2(self) -> bool:
        """Whether Python 2 is to run it, too."""
        return is_for_python_2(self.nodes)

    @cached_property
    def widest(self) -> int:
        """How wide rows may be, as far as the file shows: the usual width that none of its code goes beyond."""
        code = [
            len(self.line(row).rstrip())
            for row in range(1, self.last_row + 1)
            if "#" not in self.line(row) and row not in self.rows_within_strings
        ]
        return next((width for width in _WIDTHS if max(code, default=0) <= width), USUAL_WIDTH)

    @cached_property
    def quote(self) -> str:
        """The quotation mark that the file uses most."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'

    def in_one_row(self, call: ast.expr, head: str) -> str:
        """A call whose arguments stand in rows of their own, as it is written where it fits into one row behind a head;
        "" where it doesn't, or is written otherwise."""
        span = self.span(call)
        rows = [self.line(row) for row in range(span.start.row, span.end.row + 1)]
        first = rows[0][span.start.column - 1 :].rstrip()
        inner = [row.strip() for row in rows[1:-1]]
        if len(rows) != 3 or not first.endswith("(") or inner[0].endswith(",") or "#" in inner[0]:
            return ""
        if rows[-1].strip()[:1] != ")":
            return ""
        whole = f"{first}{inner[0]})"
        as_it_was = span.start.column - 1 + len(whole) + len(rows[-1].rstrip()[span.end.column - 1 :])
        width = self.widest if self.widest > _WIDTHS[0] or as_it_was <= USUAL_WIDTH else USUAL_WIDTH
        return whole if len(head) + len(whole) <= width else ""

    @cached_property
    def rows_of_statements(self) -> frozenset[int]:
        """Rows in which a statement or a handler begins: what a reader counts, however many rows each takes."""
        kinds = (ast.stmt, ast.ExceptHandler)
        return frozenset(node.lineno for node in self.nodes if isinstance(node, kinds))

    @cached_property
    def rows_within_strings(self) -> frozenset[int]:
        """Rows that begin inside a string literal: their blanks are part of it."""
        rows: set[int] = set()
        opened: list[int] = []
        starts = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "TSTRING_START", -1)
        ends = getattr(tokenize, "FSTRING_END", -1), getattr(tokenize, "TSTRING_END", -1)
        lines = [
            self.text[start:end]
            for start, end in zip(self._starts, [*self._starts[1:], len(self.text)], strict=True)
        ]
        try:
            for token in tokenize.generate_tokens(
                io.StringIO("".join(_plain(line) for line in lines), "").readline
            ):
                if token.type == tokenize.STRING:
                    rows.update(range(token.start[0] + 1, token.end[0] + 1))
                elif token.type in starts:
                    opened.append(token.start[0])
                elif token.type in ends:
                    rows.update(range(opened.pop() + 1, token.end[0] + 1))
        except (tokenize.TokenError, SyntaxError):
            raise Unfit("its strings can't be told apart") from None
        return frozenset(rows)

    def innermost(self, place: Location) -> ast.stmt:
        """The innermost statement that holds a place. Raises `Unfit`."""
        found: ast.stmt | None = None
        body: list[ast.stmt] = self.tree.body
        while True:
            inner = next((s for s in body if self._holds(s, place)), None)
            if inner is None:
                break
            found = inner
            body = [s for block in blocks_of(inner) for s in block]
        if found is None:
            raise Unfit("the statement is not found in the tree")
        return found

    def _holds(self, statement: ast.stmt, place: Location) -> bool:
        if not self.first_row(statement) <= place.row <= self.last_row_of(statement):
            return False
        span = self.span(statement)
        return (
            Span(min(span.start, Location(self.first_row(statement), 1)), span.end).start <= place <= span.end
        )

    def blocks_or_handler(self, statement: ast.stmt) -> list[ast.stmt]:
        """The list of statements that a statement stands in, be it of a handler or of a case."""
        if statement in self.blocks:
            return self.blocks[statement].statements
        body: list[ast.stmt] = getattr(self.parents[statement], "body", [])
        return body

    def scope_of(self, node: ast.AST) -> Scope:
        """The function, class or module whose own code this is."""
        at = self.parents.get(node)
        while at is not None and not isinstance(at, Function | ast.ClassDef | ast.Module | ast.Lambda):
            at = self.parents.get(at)
        return at if at is not None else self.tree

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        at = self.parents.get(node)
        while at is not None:
            yield at
            at = self.parents.get(at)


def blocks_of(node: ast.AST) -> list[list[ast.stmt]]:
    """The blocks directly below a compound statement, handlers and cases included."""
    found = [
        b
        for name in _BLOCKS
        if isinstance(b := getattr(node, name, None), list) and b and isinstance(b[0], ast.stmt)
    ]
    for name in ("handlers", "cases"):
        for each in getattr(node, name, ()):
            found.append(each.body)
    return found


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what lies below it, bodies of inner functions and classes left out."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if each is node or not isinstance(each, _SCOPES):
            waiting += reversed(list(ast.iter_child_nodes(each)))


def meant_within(scope: ast.AST) -> frozenset[str]:
    """The names that inner functions and classes of a scope take from it, or hide by a parameter: what they bind in
    their own bodies is none of its business."""
    meant: set[str] = set()
    for inner in own_nodes(scope):
        if inner is scope or not isinstance(inner, _SCOPES):
            continue
        own = list(own_nodes(inner))
        outer = {name for n in own if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
        bound = {name for n in own if n is not inner for name in bound_by(n)} - outer
        named = {n.id for n in own if isinstance(n, ast.Name)} | {
            n.arg for n in own if isinstance(n, ast.arg)
        }
        is_function = isinstance(inner, Function)
        meant |= (named - bound if is_function else named) | outer | meant_within(inner)
    return frozenset(meant)


def head_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and what it does itself: without what stands in its blocks."""
    yield statement
    for part in ast.iter_child_nodes(statement):
        if not isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from own_nodes(part)


def _opens(function: ast.expr) -> bool:
    """Whether a function opens a file, by its name, and gives its handle."""
    if tail_of(function) in _HANDLES:
        return True
    match function:
        case ast.Name(id="open"):
            return True
        case ast.Attribute(value=ast.Name(id=name), attr="open"):
            row = SHIPPED.model(f"{name}.open")
            return any(row.effect(kind) is not None for kind in (Opens, OpensNamed, Makes))
        case ast.Attribute(value=ast.Call(func=made), attr="open"):
            return tail_of(made) == "Path"
    return False


def _plain(line: str) -> str:
    return _LINE_END.sub("\n", line)
