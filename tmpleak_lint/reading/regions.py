"""One module's source, parsed into libcst's nodes only where somebody asks for a body.

Comes in: a file's bytes. Goes out: a `SourceModule`: its skeleton at once, the graph of a def, of a class body or
of the module's own statements on demand, each parsed from its own lines (the region) with rows as in the file.
Raises `Unreadable` with a row and a reason where the file can't be decoded or parsed.
Does not handle: what names mean (`analysis` does).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from tmpleak_lint.bounds import (
    MAX_FILE_TOKENS,
    MAX_FORMATTED,
    MAX_HEAD,
    MAX_TOKENS,
)
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.knowledge.model import Deletes, Registers
from tmpleak_lint.knowledge.pieces import creator_pieces
from tmpleak_lint.knowledge.words import DELETING_WORDS
from tmpleak_lint.model import Location, Span
from tmpleak_lint.reading.bodiless import hardest_formatted, with_fields_alone, without_bodies
from tmpleak_lint.reading.bulk import without_bulk
from tmpleak_lint.reading.decoding import Undecodable, decode, source_lines
from tmpleak_lint.reading.hardness import too_hard
from tmpleak_lint.reading.skeleton import ClassOutline, DefOutline, Skeleton, outline

if TYPE_CHECKING:
    from tmpleak_lint.flow.build import Statement
    from tmpleak_lint.flow.nodes import Positions

TOO_DEEP = "nested too deeply to be parsed"
# Indentation is counted anew after a form feed; libcst counts it as a column, or refuses.
_FORM_FEED = re.compile(r"^[ \t]*\f[ \t\f]*", re.MULTILINE)
# Where a line begins with backslashes, the first one that isn't at its very start says how far what comes is indented;
# libcst takes the last line's word, and refuses it or puts what comes into another block.
_CONTINUED = re.compile(r"(?<!\\\n)^[ \t\f]*\\\n(?:[ \t\f]*\\\n)*[ \t\f]*", re.MULTILINE)
# libcst's messages count rows in the region.
_WHERE = re.compile(r"^(?:parser|tokenizer) error: (?:error at \d+:\d+: )?")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def _count_tokens(text: str, most: int) -> int:
    """The number of tokens in a text, as long as there are no more than `most`; four line ends cost a parser as much as
    one of the others, and a string is one, whatever it holds, but for the fields of an f-string."""
    if len(text) <= most:
        return len(text)
    found = _token_like(text, most)
    return found if found <= most else _token_like(with_fields_alone(text), most)


def _token_like(text: str, most: int) -> int:
    return text.count("\n") // 4 + sum(1 for _ in islice(_TOKEN.finditer(text), most + 1))


def _too_much(text: str, most: int, where: str) -> str | None:
    """What a text has more of than a parser may be given; None where it may have all of it."""
    if _count_tokens(text, most) > most:
        return f"more than {most:,} tokens in one {where}"
    if text.count("{") * len(text) > MAX_FORMATTED and hardest_formatted(text) > MAX_FORMATTED:
        return f"more than {MAX_FORMATTED:,} fields times characters in one f-string"
    return None


def _syntax(message: str) -> str:
    """A parser's message as a reason: what is wrong, where it says more than that something is."""
    return "invalid syntax" if message == "invalid syntax" else f"invalid syntax ({message})"


_WORD = re.compile(r"\w+")
# A temp file that a parameter has by default: it is made once, where the def stands.
_DEF = re.compile(r"^[ \t]*(?:async[ \t]+)?def\b", re.MULTILINE)
_CREATORS = "|".join(map(re.escape, creator_pieces()))
_ARGUMENTS = r"""\((?:[^()"']|"[^"\\]*"|'[^'\\]*')*\)"""
# The patterns here begin with a character, for that is looked for in one go.
_DEFAULT = re.compile(rf"=(?<![=!<>]=)[ \t]*((?:\w+\.)*(?:{_CREATORS})\w*{_ARGUMENTS})(?=[ \t]*[,)])")

# One that stands among what a decorator is given: `@pytest.mark.parametrize("path", [mkdtemp()])`.
_GIVEN = re.compile(rf"[\s\[(,=]((?:\w+\.)*(?:{_CREATORS})\w*{_ARGUMENTS})(?=[\s\[\]),])")
_GLOBAL = re.compile(r"\n[ \t]+global[ \t]+([\w ,\t]+)")
_DECORATED = re.compile(r"\n[ \t]*@\w[^\n]*\(")


def _names_deletion(text: str) -> bool:
    """Whether a text names what deletes a file, or has something run in the end."""
    from tmpleak_lint.knowledge.table import SHIPPED  # few modules make a file by default

    return not SHIPPED.tails(Deletes, Registers).union(DELETING_WORDS).isdisjoint(_WORD.findall(text))


class Unreadable(Exception):
    """A file that can't be analysed: the row (from 1), the column and the reason."""

    def __init__(self, row: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row
        self.column = column
        self.reason = reason


def _outline_of_neighbour(text: str) -> Skeleton | None:
    """The outline of a text by all but its bodies, None where that doesn't do."""
    reduced = without_bodies(text)
    if reduced is None:
        return None
    code = without_bulk(reduced)
    if _too_much(code, MAX_FILE_TOKENS, "file") is not None:
        return None
    try:
        return outline(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # whatever it is, the whole text will tell


class SourceModule:
    """A module's text, its skeleton, and the graphs of its bodies as they are asked for.

    `before` is what the file was until now: a def that reads the same there is parsed once for both. Of a `neighbour`,
    which is not reported on, only bodies that are asked for have to be valid.
    """

    def __init__(
        self, data: bytes, filename: str, *, neighbour: bool = False, before: SourceModule | None = None
    ) -> None:
        self.filename = filename
        try:
            self.text = decode(data)
        except Undecodable as error:
            raise Unreadable(error.row, 1, str(error)) from None
        self.lines = source_lines(self.text)
        self._codes: dict[str, Code | None] = {}
        self._before = before
        if before is not None:
            before._before = None  # one text in place of another, not a chain of all that there were
        self._refused: dict[str, Unreadable] = {}
        self.is_python = False  # whether the Python that runs this takes all of it
        outlined = _outline_of_neighbour(self.text) if neighbour else None
        self.skeleton = outlined or self._outline()
        self._is_checked = outlined is None

    @cached_property
    def _code(self) -> str:
        """What is parsed: its rows and columns are those of the text."""
        return without_bulk(self.text)

    @cached_property
    def _code_lines(self) -> list[str]:
        return self.lines if self._code is self.text else source_lines(self._code)

    def is_text_of(self, data: bytes) -> bool:
        """Whether these bytes hold the same text."""
        try:
            return decode(data) == self.text
        except Undecodable:
            return False

    def check_whole(self) -> None:
        """Raise `Unreadable` unless all of the text can be parsed, bodies of a neighbour included."""
        if not self._is_checked:
            self.skeleton = self._outline()
            self._is_checked = True

    def _outline(self) -> Skeleton:
        if (reason := _too_much(self._code, MAX_FILE_TOKENS, "file")) is not None:
            return self._outline_of_headers(reason)
        try:
            skeleton = outline(self._code)
            self.is_python = True
            return skeleton
        except SyntaxError as error:
            if self._code is not self.text:
                self._code, self._code_lines = self.text, self.lines
                return self._outline()
            return self._outline_newer_syntax(error)
        except ValueError as error:
            raise Unreadable(1, 1, str(error)) from None
        except (RecursionError, MemoryError):
            return self._outline_of_headers(TOO_DEEP)

    def _outline_of_headers(self, reason: str) -> Skeleton:
        """The outline of a text that is too much to be parsed as a whole, by all but its bodies: what is too much costs
        the body that it stands in. Raises `Unreadable` with the reason where it stands in none."""
        reduced = without_bodies(self._code)
        if reduced is None or _too_much(reduced, MAX_FILE_TOKENS, "file") is not None:
            raise Unreadable(1, 1, reason)
        try:
            return outline(reduced)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise Unreadable(1, 1, reason) from None

    def _outline_newer_syntax(self, error: SyntaxError) -> Skeleton:
        """`ast` of this Python refuses: if libcst doesn't, the syntax is merely newer than we run on."""
        from tmpleak_lint.reading.newer_syntax import outline_with_libcst

        self._check(self.text, 1)
        if "too many nested" in (error.msg or ""):
            raise Unreadable(error.lineno or 1, error.offset or 1, TOO_DEEP) from None
        skeleton = outline_with_libcst(_plainly_indented(self.text))
        if skeleton is None:
            raise Unreadable(error.lineno or 1, max(error.offset or 1, 1), _syntax(error.msg)) from None
        return skeleton

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def outside_defs(self) -> list[str]:
        """The lines of the module, those of its defs emptied."""
        lines = list(self.lines)
        for known in self.skeleton.defs.values():
            lines[known.first_row - 1 : known.last_row] = [""] * (known.last_row - known.first_row + 1)
            for row, _, call in self._made_by_default(known):
                lines[row - 1] = call
        return lines

    # -- bodies -----------------------------------------------------------------------------------

    def function(self, qualname: str) -> Code | None:
        """The graph of an outermost def, None when there is none of that name."""
        if qualname in self._refused:
            raise self._refused[qualname]
        if qualname not in self._codes:
            known = self.skeleton.defs.get(qualname)
            try:
                self._codes[qualname] = self._parse_def(known) if known is not None else None
            except Unreadable as error:
                self._refused[qualname] = error
                raise
        return self._codes[qualname]

    def class_body(self, qualname: str) -> Code | None:
        """The graph of a class's own statements (its defs left out)."""
        key = f"class {qualname}"
        if key not in self._codes:
            known = self.skeleton.classes.get(qualname)
            self._codes[key] = self._parse_class(known) if known is not None else None
        return self._codes[key]

    @cached_property
    def module_body(self) -> Code:
        """The graph of the module's own statements (defs and classes left out)."""
        blanked = list(self._code_lines)
        for known in self.skeleton.defs.values():
            if known.owner is None:
                self._blank(blanked, known)
        for shape in self.skeleton.classes.values():
            if "." not in shape.qualname:
                self._blank(blanked, shape)
        text = _plainly_indented("\n".join(blanked) + "\n")
        return self._parse_body(text, "<module>", Kind.MODULE)

    def _parse_def(self, known: DefOutline) -> Code:
        import libcst as cst

        from tmpleak_lint.flow.build import build_function

        text, offset = self._slice(known.first_row, known.last_row)
        if (
            self._before is not None
            and (code := self._before.moved(known.qualname, text, offset)) is not None
        ):
            return code
        body, positions = self._parse(text, offset)
        node: cst.CSTNode = body[0]
        if isinstance(node, cst.If):
            assert isinstance(node.body, cst.IndentedBlock)
            node = node.body.body[0]
        if not isinstance(node, cst.FunctionDef):
            raise Unreadable(known.first_row, 1, "a def that doesn't start on a line of its own")
        return build_function(node, known.qualname.split("@")[0], positions)

    def moved(self, qualname: str, text: str, offset: int) -> Code | None:
        """The graph of a def as it would be in another text, where its lines are these and stand there; None where they
        aren't those of this one."""
        from tmpleak_lint.flow.shifting import shifted

        known = self.skeleton.defs.get(qualname)
        own, at = self._slice(known.first_row, known.last_row) if known is not None else ("", 0)
        if known is None or own != text:
            return None
        try:
            code = self.function(qualname)
        except Unreadable:
            return None  # the other text says in which of its rows
        return shifted(code, offset - at) if code is not None else None

    @cached_property
    def _inside_class(self) -> dict[str, list[DefOutline | ClassOutline]]:
        """The defs and classes right inside of each class."""
        found: dict[str, list[DefOutline | ClassOutline]] = {}
        for known in self.skeleton.defs.values():
            if known.owner is not None:
                found.setdefault(known.owner, []).append(known)
        for inner in self.skeleton.classes.values():
            found.setdefault(inner.qualname.rpartition(".")[0], []).append(inner)
        return found

    def _parse_class(self, shape: ClassOutline) -> Code | None:
        blanked = list(self._code_lines)
        for known in self._inside_class.get(shape.qualname, ()):
            self._blank(blanked, known)
        text, offset = self._slice(shape.first_row, shape.last_row, blanked)
        import libcst as cst

        from tmpleak_lint.flow.build import build_body

        body, positions = self._parse(text, offset)
        node: cst.CSTNode = body[0]
        if isinstance(node, cst.If):
            assert isinstance(node.body, cst.IndentedBlock)
            node = node.body.body[0]
        if not isinstance(node, cst.ClassDef):
            return None
        return build_body(node.body.body, shape.qualname, Kind.CLASS, positions(node), positions)

    def _parse_body(self, text: str, name: str, kind: Kind) -> Code:
        from tmpleak_lint.flow.build import build_body

        body, positions = self._parse(text, 0)
        last = max(len(self.lines), 1)
        span = Span(Location(1, 1), Location(last, len(self.lines[-1]) + 1 if self.lines else 1))
        return build_body(body, name, kind, span, positions)

    def _slice(self, first: int, last: int, lines: list[str] | None = None) -> tuple[str, int]:
        """The lines of a region as a module of its own, and what to add to its rows."""
        own = lines or self._code_lines
        while first > 1 and _CONTINUED.fullmatch(own[first - 2] + "\n"):  # its indentation stands there
            first -= 1
        body = _plainly_indented("\n".join(own[first - 1 : last]) + "\n")
        if body.lstrip("\n")[:1] in " \t":
            return "if 1:\n" + body, first - 2
        return body, first - 1

    def _blank(self, lines: list[str], known: DefOutline | ClassOutline) -> None:
        """Replace a def by `pass` on the same rows, so that what surrounds it keeps its positions. Temp files that its
        parameters have by default are made by what surrounds it."""
        first = known.first_row - 1
        line = self.lines[first]
        indentation = line[: len(line) - len(line.lstrip(" \t\f"))]
        lines[first] = f"{indentation}pass"
        for row in range(first + 1, known.last_row):
            lines[row] = ""
        if isinstance(known, DefOutline):
            for row, column, call in self._made_by_default(known):
                lines[row - 1] = f"{indentation}pass;".ljust(column) + call

    @cached_property
    def bound_by_functions(self) -> frozenset[str]:
        """The variables of the module that functions bind: what they are is no constant."""
        names = (name for stated in _GLOBAL.findall(self.text) for name in stated.split(","))
        return frozenset(name.strip() for name in names)

    @cached_property
    def _has_given(self) -> bool:
        return _DECORATED.search(f"\n{self.text}") is not None and _GIVEN.search(self.text) is not None

    def _given_to_decorators(self, known: DefOutline) -> Iterator[tuple[int, int, str]]:
        """Row, column and text of the first call of a creator in each line of a def's decorators."""
        if not self._has_given or _DEF.match(self.lines[known.first_row - 1]):
            return
        found = []
        for row in range(known.first_row, known.last_row + 1):
            line = self.lines[row - 1]
            if _DEF.match(line):
                break
            match = _GIVEN.search(line)
            usual = match is not None and _DEFAULT.search(line) is None and "lambda" not in line
            if match is not None and usual and match.start(1) >= known.column + len("pass;"):
                found.append((row, match.start(1), match[1]))
        if found and not self._deletes(known):
            yield from found

    def _deletes(self, known: DefOutline) -> bool:
        """Whether a def, or its class, is seen to delete anything."""
        owner = self.skeleton.classes.get(known.owner) if known.owner is not None else None
        around = owner if owner is not None else known
        return _names_deletion("\n".join(self.lines[around.first_row - 1 : around.last_row]))

    @cached_property
    def _has_defaults(self) -> bool:
        return _DEFAULT.search(self.text) is not None

    def _made_by_default(self, known: DefOutline) -> Iterator[tuple[int, int, str]]:
        """Row, column and text of the calls of creators that are defaults of parameters, or stand among what a
        decorator is given, where neither the def nor its class is seen to delete anything."""
        if not self._has_defaults and not self._has_given:
            return
        yield from self._given_to_decorators(known)
        head = []
        for row in range(known.first_row, min(known.first_row + MAX_HEAD, known.last_row) + 1):
            head.append(self.lines[row - 1])
            text = "\n".join(head)
            if _DEF.search(text) and text.count("(") == text.count(")"):
                break
        if not any(_DEFAULT.search(line) for line in head):
            return
        if self._deletes(known):
            return
        for row, line in enumerate(head, start=known.first_row):
            found = _DEFAULT.search(line)
            if found is not None and found.start(1) > known.column + len("pass;"):
                yield row, found.start(1), found[1]

    @staticmethod
    def _check(text: str, first_row: int) -> None:
        found = too_hard(text)
        if found is not None:
            raise Unreadable(first_row + found[0], 1, found[1])

    def _parse(self, text: str, offset: int) -> tuple[Sequence[Statement], Positions]:
        """The statements of a text whose rows begin so much further down, and where they stand."""
        import libcst as cst

        from tmpleak_lint.flow.positions import positions_of
        from tmpleak_lint.reading.from_ast import statements_of

        first_row = offset + 1
        self._check(text, first_row)
        if (reason := _too_much(text, MAX_TOKENS, "body")) is not None:
            raise Unreadable(first_row, 1, reason)
        try:
            with parser_trusted():
                found = statements_of(text, offset)
                if found is not None:
                    return found
                module = cst.parse_module(text)
            return module.body, positions_of(module, offset)
        except cst.ParserSyntaxError as error:
            row = first_row + error.raw_line - 1
            reason = _WHERE.sub("", error.message)
            told = f"refused by libcst ({reason})" if self.is_python else _syntax(reason)
            raise Unreadable(row, error.raw_column + 1, told) from None
        except (RecursionError, MemoryError):
            raise Unreadable(first_row, 1, TOO_DEEP) from None


@contextlib.contextmanager
def parser_trusted() -> Iterator[None]:
    """Spare the nodes that libcst's parser makes the check of what a node made by hand may lack: an eighth of its time.

    Another thread that makes nodes meanwhile makes them unchecked; nothing else changes for it. Python forgets what it
    knows of all node classes at either end: who parses much has this around it all.
    """
    from libcst import CSTNode

    check = CSTNode.__post_init__
    if check is _unchecked:
        yield
        return
    CSTNode.__post_init__ = _unchecked  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        CSTNode.__post_init__ = check  # type: ignore[method-assign]


def _unchecked(node: object) -> None:
    """What is made is right."""


def _plainly_indented(text: str) -> str:
    """Source that means the same, with the indentation of each line as Python counts it: without form feeds, and
    without lines that only say by a backslash how the next one is indented. (In a string such a line becomes empty.)"""
    if "\f" in text:
        text = _FORM_FEED.sub(_after_form_feed, text)
    return _CONTINUED.sub(_after_continued, text) if "\\\n" in text else text


def _after_form_feed(match: re.Match[str]) -> str:
    return match[0].rpartition("\f")[2]


def _after_continued(match: re.Match[str]) -> str:
    *continued, last = match[0].split("\\\n")
    return "\n" * len(continued) + next(filter(None, continued), last)
