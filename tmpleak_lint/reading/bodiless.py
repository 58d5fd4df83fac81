"""A module's text without the bodies and parameters of its functions: all that an outline looks at, in half the time.

Comes in: a module's text. Goes out: a text of as many lines in which every outermost function or method has no
parameters, and one `pass` on its last line for a body, so that `ast` gives the same outline for it, rows included. None
where lines alone don't tell where a body ends (tabs, form feeds, a header that never does): then the whole text has to
be parsed.
"""

from __future__ import annotations

import re
from functools import cache

# String literals and comments: neither brackets nor indentation count in them. One that isn't closed ends with its line
# or the text: else it would be looked through to there from each quotation mark in it.
_OPAQUE = re.compile(
    r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(?:""")?'
    r"|'''[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+(?:''')?"
    r'|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?'
    r"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?"
    r"|#[^\n]*",
    re.DOTALL,
)
_INSIDE = "\x01"  # what a line that begins inside a string starts with
_DEF = re.compile(r"^( *)(?:async +)?def ", re.MULTILINE)
_NAMED = re.compile(r" *\w+")
_PLAIN_HEADER = re.compile(r" *\w+ *\([^()\[\]{}]*\)(?: *-> *[\w.]+)? *:")
_MARK = re.compile(r"[()\[\]{}:]|(?<!\\)\n")
_REST = re.compile(r" *[^ \n]")
_FORMATTED = re.compile(r"[fFtT][rR]?\Z")  # where a string begins whose braces hold code
_BRACES = re.compile(r"\{\{?|\}\}?")


def without_bodies(text: str) -> str | None:
    """The text with `pass` for the bodies of its functions, None where that can't be told line by line."""
    if any(odd in text for odd in ("\t", "\f", "\r", _INSIDE)):
        return None
    lines = text.split("\n")
    code = without_strings(text)
    row = counted = 0  # rows of the code in front of an offset
    found = _DEF.search(code)
    while found is not None:
        colon = _end_of_header(code, found.end())
        if colon is None:
            return None
        first = code.find("\n", colon) + 1
        end = first
        if first and _REST.match(code, colon + 1) is None:
            indent = len(found[1])
            end = _end_of_body(code, first, indent)
            last = first + len(code[first:end].rstrip())
            if last == first:
                return None
            row += code.count("\n", counted, found.start())
            rows = code.count("\n", found.start(), first)
            named = _NAMED.match(code, found.end())
            if named is not None:
                lines[row : row + rows] = [f"{found[0]}{named[0]}():", *[""] * (rows - 1)]
            row += rows
            counted = last
            blank = code.count("\n", first, last)
            lines[row : row + blank] = [""] * blank
            row += blank
            lines[row] = " " * indent + " pass"
        found = _DEF.search(code, end) if end else None
    return "\n".join(lines)


def without_strings(text: str) -> str:
    """The code of a text, on as many lines: a 0 for every string, nothing for comments."""
    return _OPAQUE.sub(_blank, text)


def with_fields_alone(text: str) -> str:
    """As `without_strings`, but what stands in the braces of f-strings and t-strings is there: it is parsed."""
    return _OPAQUE.sub(_fields, text)


def hardest_formatted(text: str) -> int:
    """The most that an f-string of a text has of fields times characters. Python's parser, up to 3.11, goes through all
    that stands in front of each field."""
    return max((found[0].count("{") * len(found[0]) for found in _OPAQUE.finditer(text)), default=0)


def _blank(opaque: re.Match[str]) -> str:
    """What stands for a string or comment: it is code (or none), on as many lines."""
    found = opaque[0]
    return "" if found[0] == "#" else "0" + f"\n{_INSIDE}" * found.count("\n")


def _fields(opaque: re.Match[str]) -> str:
    """What is code of a string or comment, on as many lines."""
    found, start = opaque[0], opaque.start()
    if (
        found[0] == "#"
        or "{" not in found
        or _FORMATTED.search(opaque.string, max(start - 2, 0), start) is None
    ):
        return _blank(opaque)
    kept, depth, begun = ["0"], 0, 0
    for brace in _BRACES.finditer(found):
        if depth == 0 and brace[0] != "{":
            continue  # doubled ones are text
        width = len(brace[0]) if brace[0][0] == "{" else -len(brace[0])
        if depth == 0:
            begun = brace.start()
        depth = max(depth + width, 0)
        if depth == 0:
            kept.append(found[begun : brace.end()])
    if depth:
        kept.append(found[begun:])
    code = " ".join(kept)
    return code + f"\n{_INSIDE}" * (found.count("\n") - code.count("\n"))


def _end_of_header(code: str, start: int) -> int | None:
    """Where the colon of a def stands, None when its line ends without one."""
    plain = _PLAIN_HEADER.match(code, start)
    if plain is not None:
        return plain.end() - 1
    depth = 0
    for mark in _MARK.finditer(code, start):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
        elif depth == 0:
            return mark.start() if mark[0] == ":" else None
    return None


def _end_of_body(code: str, start: int, indent: int) -> int:
    """The start of the first line after a body that is indented no deeper than its def."""
    for line in _dedent(indent).finditer(code, start):
        if code[line.start() - 2] != "\\" and not _is_open(code[start : line.start()]):
            return line.start()
    return len(code)


@cache
def _dedent(indent: int) -> re.Pattern[str]:
    return re.compile(rf"^ {{0,{indent}}}[^ \n{_INSIDE}]", re.MULTILINE)


def _is_open(code: str) -> bool:
    """Whether a bracket of the code isn't closed."""
    return any(code.count(opening) != code.count(closing) for opening, closing in ("()", "[]", "{}"))
