"""What libcst's parser would not survive, or not end: it recurses on the C stack, which nobody can catch, for each
bracket, operator and elif, and is quadratic in what stands in a row.

Comes in: a text. Goes out: the row (from 0) where it has more of such than a bound, and the reason; None where it may
be parsed.
"""

from __future__ import annotations

import re

from tmpleak_lint.bounds import MAX_ALTERNATIVES, MAX_BRACKETS, MAX_CHAIN
from tmpleak_lint.reading.bodiless import with_fields_alone

_BRACKETS = re.compile(r"[()\[\]{}]")
_IF = re.compile(r"^([ \t]*)(if|elif)\b", re.MULTILINE)
# What a row of attributes, calls and items is made of, and what ends it.
_LINK = re.compile(r"\.\s*[^\W\d]\w*|\w+|[()\[\]{}]|\\\n|\n|[^\w\s]")
# Of two operands, of one, of three (`else`), and `lambda`: what stands in each other without brackets.
_OPERATORS = ("+", "-", "*", "/", "%", "|", "&", "^", "@", "~", "<<", ">>")
_NAMED_OPERATORS = ("and", "or", "not", "else", "lambda", "await", "yield")
_JOINED = re.compile(
    rf"\*\*?|//?|<<|>>|[-+%|&^@~]|\b(?:{'|'.join(_NAMED_OPERATORS)})\b|[()\[\]{{}},;:=]|\\\n|\n"
)
_ENDING = frozenset(",;:=")


def too_hard(text: str) -> tuple[int, str] | None:
    """How many rows further down a text has too much for the parser, and of what."""
    if (
        _too_deep(text) is None
        and not _may_be_too_long(text)
        and _too_far(text) is None
        and text.count("elif") <= MAX_ALTERNATIVES
    ):
        return None
    code = with_fields_alone(
        text
    )  # strings and comments may hold as many brackets, dashes and words as they like
    for what, where in (
        (f"more than {MAX_BRACKETS} nested brackets", _too_deep(code)),
        (f"more than {MAX_CHAIN} operators in a row", _too_long(code)),
        (f"more than {MAX_CHAIN:,} attributes, calls and items of each other", _too_far(code)),
        (f"more than {MAX_ALTERNATIVES:,} elif in a row", _too_many(code)),
    ):
        if where is not None:
            return code.count("\n", 0, where), what
    return None


def _too_deep(text: str) -> int | None:
    """Where a text has more brackets within each other than libcst's parser survives."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += 1 if match[0] in "([{" else -1
        if depth > MAX_BRACKETS:
            return match.start()
    return None


def _may_be_too_long(text: str) -> bool:
    """Whether a text has so many operators, or what looks like them, that they may stand in one row."""
    if len(text) <= MAX_CHAIN:
        return False
    return sum(map(text.count, _OPERATORS + _NAMED_OPERATORS)) > MAX_CHAIN


def _too_long(text: str) -> int | None:
    """Where a chain of operators gets so long that libcst's parser takes too long for it.

    Whatever stands in brackets, as an argument or an index, is a chain of its own and ends none. A comma or colon does,
    but for those between a `lambda` and its body.
    """
    if not _may_be_too_long(text):
        return None
    lengths = [0]  # of the chain that goes on, by the brackets around it
    heads = [0]  # of lambdas whose colon is still to come, by the same
    for match in _JOINED.finditer(text):
        token = match[0]
        if token in "([{":
            lengths.append(0)
            heads.append(0)
        elif token in ")]}":
            if len(lengths) > 1:
                lengths.pop()
                heads.pop()
        elif token in _ENDING:
            if not heads[-1]:
                lengths[-1] = 0
            elif token == ":":
                heads[-1] -= 1
        elif token == "\n":
            if len(lengths) == 1:
                lengths[-1] = heads[-1] = 0
        elif token != "\\\n":
            lengths[-1] += 1
            heads[-1] += token == "lambda"
            if lengths[-1] > MAX_CHAIN:
                return match.start()
    return None


def _too_far(text: str) -> int | None:
    """Where attributes, calls and items of what stands before them are so many in a row that the parser of libcst,
    which is quadratic in them, takes too long (Python's own gives up at some three thousand)."""
    if text.count(".") + text.count("(") + text.count("[") <= MAX_CHAIN:
        return None
    lengths = [0]  # of the row that goes on, by the brackets around it
    goes_on = False  # whether what comes may be of what was there
    for match in _LINK.finditer(text):
        token = match[0]
        if token[0] == ".":
            lengths[-1] += 1
        elif token in "([{":
            lengths[-1] = lengths[-1] + 1 if goes_on else 0
            lengths.append(0)
            goes_on = False
        elif token in ")]}":
            if len(lengths) > 1:
                lengths.pop()
            goes_on = True
        elif token == "\n":
            if len(lengths) == 1:
                lengths[-1], goes_on = 0, False
        else:
            lengths[-1] = 0
            goes_on = token.isidentifier() or token[0] == "0"  # a name; what stands for a string
        if lengths[-1] > MAX_CHAIN:
            return match.start()
    return None


def _too_many(text: str) -> int | None:
    """Where an `if` has more `elif` than libcst's parser survives, and than CPython compiles."""
    found: dict[str, int] = {}
    for match in _IF.finditer(text):
        indent = match[1]
        found[indent] = found.get(indent, 0) + 1 if match[2] == "elif" else 0
        if found[indent] > MAX_ALTERNATIVES:
            return match.start()
    return None
