"""A region's text as libcst's nodes and their positions, read by Python's own parser: a quarter of what libcst takes.

Comes in: the text of a region. Goes out: its statements in libcst's own node classes, as `flow.build` takes them, and
where each of them stands, as `flow.positions` would say it. None where only libcst will do: text that this Python
refuses, `except*`, `type`, t-strings, names that Python spells otherwise than they are written. The nodes hold
what the builder looks at and nothing else.

What `ast` doesn't keep is looked up in the text: where `finally` and the name of a def stand, which statements share a
line.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tmpleak_lint.flow.build import Statement
from tmpleak_lint.flow.depth import room_for_recursion
from tmpleak_lint.flow.nodes import Positions
from tmpleak_lint.reading import bare
from tmpleak_lint.reading.ast_expressions import ExpressionReader
from tmpleak_lint.reading.places import Bytes, Place, Unlike

_SEMICOLON = re.compile(r"(?:[ \t\f]|\\\n)*;(?:[ \t\f]|\\\n)*")
_FINALLY = re.compile(r"^[ \t\f]*(finally)\b", re.MULTILINE)
_CASE = re.compile(r"^[ \t\f]*(case)\b", re.MULTILINE)
_KEYWORDS = re.compile(r"(?:(?:async|def|class)\b(?:[ \t\f]|\\\n)*)+")


def statements_of(text: str, row_offset: int = 0) -> tuple[Sequence[Statement], Positions] | None:
    """The statements of a text and the span of each node, by rows that begin `row_offset` further down."""
    if "\r" in text or not (text.isascii() or unicodedata.is_normalized("NFKC", text)):
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    reader = StatementReader(text, row_offset)
    try:
        with room_for_recursion():
            return reader.lines(tree.body)[0], reader.span_of
    except Unlike:
        return None


class StatementReader(ExpressionReader):
    """Reads statements (the tables at the end of the file)."""

    def lines(self, body: Sequence[ast.stmt]) -> tuple[list[Statement], Bytes]:
        """The statements of a block, those that share a line together; where the last one ends."""
        made: list[Any] = []
        line: list[Any] = []
        end = (0, 0)
        for position, statement in enumerate(body):
            read = _SIMPLE.get(statement.__class__)
            if read is None:
                compound = _COMPOUND.get(statement.__class__)
                if compound is None:
                    raise Unlike
                node, end = compound(self, statement)
                self._found[id(node)] = (statement.lineno, statement.col_offset, *end)
                made.append(node)
                line = []
                continue
            small = read(self, statement)
            self._found[id(small)] = statement
            end = (statement.end_lineno or 0, statement.end_col_offset or 0)
            if line and self._shares_line(body[position - 1], statement):
                line.append(small)
                first = self._found[id(made[-1])]
                assert isinstance(first, tuple)
                self._found[id(made[-1])] = (first[0], first[1], *end)
            else:
                line = [small]
                whole = bare.SimpleStatementLine(line)
                self._found[id(whole)] = (statement.lineno, statement.col_offset, *end)
                made.append(whole)
        return made, end

    def _shares_line(self, first: ast.stmt, second: ast.stmt) -> bool:
        last = first.end_lineno or 0
        if last != second.lineno and not self._lines[last - 1].endswith("\\"):
            return False
        between = _SEMICOLON.match(self._text, self._end(first))
        return between is not None and between.end() == self._start(second)

    def _suite(self, body: Sequence[ast.stmt]) -> tuple[Any, Bytes]:
        """The body of a compound statement: a block, or what stands behind its colon."""
        lines, end = self.lines(body)
        first = body[0]
        if first.__class__ in _SIMPLE:
            if self._lines[first.lineno - 1][: first.col_offset].strip(" \t\f"):
                return bare.SimpleStatementSuite([small for line in lines for small in line.body]), end  # type: ignore[union-attr]
            if self._lines[first.lineno - 2].endswith("\\"):  # of a line that goes on here, or of a comment
                raise Unlike
        return bare.IndentedBlock(lines), end

    def _named(self, node: Any) -> Any:
        """The name of a def or class, with its position."""
        made = bare.Name(node.name)
        keywords = _KEYWORDS.match(self._text, self._start(node))
        if keywords is None:
            raise Unlike
        self._found[id(made)] = (keywords.end(), keywords.end() + len(node.name))
        return made

    def _decorators(self, node: Any) -> list[Any]:
        return [bare.Decorator(self.expression(each)) for each in node.decorator_list]

    def _function(self, node: Any) -> tuple[Any, Bytes]:
        body, end = self._suite(node.body)
        awaits = bare.ASYNC if isinstance(node, ast.AsyncFunctionDef) else None
        params = self._parameters(node.args)
        return bare.FunctionDef(self._named(node), params, body, self._decorators(node), awaits), end

    def _class(self, node: ast.ClassDef) -> tuple[Any, Bytes]:
        body, end = self._suite(node.body)
        bases, keywords = self._arguments(node.bases), self._keywords(node.keywords)
        return bare.ClassDef(self._named(node), bases, keywords, body, self._decorators(node)), end

    def _if(self, node: ast.If) -> tuple[Any, Bytes]:
        test = self.expression(node.test)
        body, end = self._suite(node.body)
        orelse = None
        if node.orelse:
            first = node.orelse[0]
            if isinstance(first, ast.If) and self._lines[first.lineno - 1].startswith(
                "elif", first.col_offset
            ):
                orelse, end = self._if(first)
                self._found[id(orelse)] = (first.lineno, first.col_offset, *end)
            else:
                orelse, end = self._else(node.orelse)
        return bare.If(test, body, orelse), end

    def _else(self, body: Sequence[ast.stmt]) -> tuple[Any, Bytes]:
        suite, end = self._suite(body)
        return bare.Else(suite), end

    def _while(self, node: ast.While) -> tuple[Any, Bytes]:
        test = self.expression(node.test)
        body, end = self._suite(node.body)
        orelse = None
        if node.orelse:
            orelse, end = self._else(node.orelse)
        return bare.While(test, body, orelse), end

    def _for(self, node: Any) -> tuple[Any, Bytes]:
        target, source = self.expression(node.target), self.expression(node.iter)
        body, end = self._suite(node.body)
        orelse = None
        if node.orelse:
            orelse, end = self._else(node.orelse)
        awaits = bare.ASYNC if isinstance(node, ast.AsyncFor) else None
        return bare.For(target, source, body, orelse, awaits), end

    def _with(self, node: Any) -> tuple[Any, Bytes]:
        items = []
        for item in node.items:
            bound = item.optional_vars
            asname = None if bound is None else bare.AsName(self.expression(bound))
            items.append(bare.WithItem(self.expression(item.context_expr), asname))
        body, end = self._suite(node.body)
        return bare.With(items, body, bare.ASYNC if isinstance(node, ast.AsyncWith) else None), end

    def _try(self, node: ast.Try) -> tuple[Any, Bytes]:
        body, end = self._suite(node.body)
        handlers = []
        for handler in node.handlers:
            kind = None if handler.type is None else self.expression(handler.type)
            name = None if handler.name is None else bare.AsName(bare.Name(handler.name))
            inner, end = self._suite(handler.body)
            made = bare.ExceptHandler(kind, name, inner)
            self._found[id(made)] = (handler.lineno, handler.col_offset, *end)
            handlers.append(made)
        orelse = final = None
        if node.orelse:
            orelse, end = self._else(node.orelse)
        if node.finalbody:
            keyword = _FINALLY.search(self._text, self._at(*end), self._start(node.finalbody[0]))
            inner, end = self._suite(node.finalbody)
            if keyword is None:
                raise Unlike
            final = bare.Finally(inner)
            self._found[id(final)] = (keyword.start(1), self._at(*end))
        return bare.Try(body, handlers, orelse, final), end

    def _match(self, node: ast.Match) -> tuple[Any, Bytes]:
        subject = self.expression(node.subject)
        behind, end = self._end(node.subject), (0, 0)
        cases = []
        for case in node.cases:
            keyword = _CASE.search(self._text, behind, self._start(case.pattern))
            if keyword is None:
                raise Unlike
            pattern = self._pattern(case.pattern)
            self._found[id(pattern)] = self._place_of(case.pattern, keyword.end())
            guard = self._or_none(case.guard)
            body, end = self._suite(case.body)
            behind = self._at(*end)
            cases.append(bare.MatchCase(pattern, guard, body))
            self._found[id(cases[-1])] = (keyword.start(1), behind)
        return bare.Match(subject, cases), end

    def _pattern(self, node: ast.pattern) -> Any:
        """A pattern, with what it binds and the constants that it stands for; no classes and keys."""
        if isinstance(node, ast.MatchAs):
            inner = None if node.pattern is None else self._pattern(node.pattern)
            return bare.MatchAs(inner, None if node.name is None else bare.Name(node.name))
        if isinstance(node, ast.MatchOr):
            return bare.MatchOr([bare.MatchOrElement(self._pattern(each)) for each in node.patterns])
        if isinstance(node, ast.MatchSequence):
            return bare.MatchList(self._patterns(node.patterns))
        if isinstance(node, ast.MatchMapping):
            rest = None if node.rest is None else bare.Name(node.rest)
            return bare.MatchMapping(
                [bare.MatchMappingElement(self._pattern(each)) for each in node.patterns], rest
            )
        if isinstance(node, ast.MatchClass):
            named = [bare.MatchKeywordElement(self._pattern(each)) for each in node.kwd_patterns]
            return bare.MatchClass(self._patterns(node.patterns), named)
        if isinstance(node, ast.MatchSingleton):
            constant = bare.Name(str(node.value))
            self._found[id(constant)] = node
            return bare.MatchSingleton(constant)
        assert isinstance(node, ast.MatchValue)
        return bare.MatchValue(self.expression(node.value))

    def _patterns(self, nodes: Sequence[ast.pattern]) -> list[Any]:
        return [
            bare.MatchStar(None if each.name is None else bare.Name(each.name))
            if isinstance(each, ast.MatchStar)
            else bare.MatchSequenceElement(self._pattern(each))
            for each in nodes
        ]

    def _place_of(self, node: ast.pattern, behind: int) -> Place:
        """Where a whole pattern stands that comes `behind` its keyword: to libcst the parentheses of a sequence aren't
        part of it, those around a constant are."""
        if isinstance(node, ast.MatchSequence) and self._has_own_parentheses(node, node.patterns):
            return self._between_parentheses(node, node.patterns)
        is_constant = isinstance(node, ast.MatchValue | ast.MatchSingleton)
        if is_constant and "(" in self._text[behind : self._start(node)]:
            raise Unlike
        return node

    def _expr(self, node: ast.Expr) -> Any:
        return bare.Expr(self.expression(node.value))

    def _assign(self, node: ast.Assign) -> Any:
        targets = [bare.AssignTarget(self.expression(target)) for target in node.targets]
        return bare.Assign(targets, self.expression(node.value))

    def _ann_assign(self, node: ast.AnnAssign) -> Any:
        return bare.AnnAssign(self.expression(node.target), self._or_none(node.value))

    def _aug_assign(self, node: ast.AugAssign) -> Any:
        operator = bare.IN_PLACE[node.op.__class__]
        return bare.AugAssign(self.expression(node.target), operator, self.expression(node.value))

    def _return(self, node: ast.Return) -> Any:
        return bare.Return(self._or_none(node.value))

    def _raise(self, node: ast.Raise) -> Any:
        cause = None if node.cause is None else bare.From(self.expression(node.cause))
        return bare.Raise(self._or_none(node.exc), cause)

    def _assert(self, node: ast.Assert) -> Any:
        return bare.Assert(self.expression(node.test), self._or_none(node.msg))

    def _delete(self, node: ast.Delete) -> Any:
        targets = [self.expression(target) for target in node.targets]
        return bare.Del(
            targets[0] if len(targets) == 1 else bare.Tuple([bare.Element(each) for each in targets])
        )

    def _global(self, node: ast.Global) -> Any:
        return bare.Global([bare.NameItem(bare.Name(name)) for name in node.names])

    def _nonlocal(self, node: ast.Nonlocal) -> Any:
        return bare.Nonlocal([bare.NameItem(bare.Name(name)) for name in node.names])

    def _aliases(self, names: Sequence[ast.alias]) -> list[Any]:
        return [
            bare.ImportAlias(
                bare.Name(each.name), None if each.asname is None else bare.AsName(bare.Name(each.asname))
            )
            for each in names
        ]

    def _import(self, node: ast.Import) -> Any:
        return bare.Import(self._aliases(node.names))

    def _import_from(self, node: ast.ImportFrom) -> Any:
        module = None if node.module is None else bare.Name(node.module)
        names = bare.STAR if node.names[0].name == "*" else self._aliases(node.names)
        return bare.ImportFrom(module, names, [None] * node.level)

    def _pass(self, node: ast.Pass) -> Any:
        return bare.Pass()

    def _break(self, node: ast.Break) -> Any:
        return bare.Break()

    def _continue(self, node: ast.Continue) -> Any:
        return bare.Continue()


_SIMPLE: Mapping[type[ast.AST], Callable[[StatementReader, Any], Any]] = {
    ast.Expr: StatementReader._expr,
    ast.Assign: StatementReader._assign,
    ast.AnnAssign: StatementReader._ann_assign,
    ast.AugAssign: StatementReader._aug_assign,
    ast.Return: StatementReader._return,
    ast.Raise: StatementReader._raise,
    ast.Assert: StatementReader._assert,
    ast.Delete: StatementReader._delete,
    ast.Global: StatementReader._global,
    ast.Nonlocal: StatementReader._nonlocal,
    ast.Import: StatementReader._import,
    ast.ImportFrom: StatementReader._import_from,
    ast.Pass: StatementReader._pass,
    ast.Break: StatementReader._break,
    ast.Continue: StatementReader._continue,
}
_COMPOUND: Mapping[type[ast.AST], Callable[[StatementReader, Any], tuple[Any, Bytes]]] = {
    ast.FunctionDef: StatementReader._function,
    ast.AsyncFunctionDef: StatementReader._function,
    ast.ClassDef: StatementReader._class,
    ast.If: StatementReader._if,
    ast.While: StatementReader._while,
    ast.For: StatementReader._for,
    ast.AsyncFor: StatementReader._for,
    ast.With: StatementReader._with,
    ast.AsyncWith: StatementReader._with,
    ast.Try: StatementReader._try,
    ast.Match: StatementReader._match,
}
