"""Makes untrusted text safe for a terminal, and measures how wide it is there.

In: file names, source lines and messages, which may hold anything a file may hold. Out: text in which
no character moves the cursor, changes colours, reorders its neighbours or starts a new line; and the
number of terminal cells that text takes. Tabs in source lines are the caller's to expand first. Not
handled: characters that merely look like others.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache

from tmpleak_lint.logs import defused, defused_line
from tmpleak_lint.model import Finding, Step

# Cc control, Cf format (bidi overrides, zero-width joiners, tags), Zl/Zp separators, Cs lone surrogates.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_ZERO_WIDTH_CATEGORIES = frozenset({"Mn", "Me"})
_CONTROL_PICTURES = 0x2400  # U+2400 pictures NUL, U+241B pictures ESC, and so on
_KEPT = re.compile(r"(?:[^\t\r\n]|\r(?!\n))+")
_GIT = {ord(sign): f"\\{letter}" for sign, letter in zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True)}
_DELETE, _DELETE_PICTURE = 0x7F, "\u2421"


@lru_cache(maxsize=1024)
def _shown(character: str) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(_CONTROL_PICTURES + point)
    if point == _DELETE:
        return _DELETE_PICTURE
    if 0xDC80 <= point <= 0xDCFF:  # a byte that was no UTF-8, as os.fsdecode keeps it
        return f"<0x{point - 0xDC00:02X}>"
    if unicodedata.category(character) in _HIDDEN_CATEGORIES:
        return f"<U+{point:04X}>"
    return character


def visible(text: str) -> str:
    """Return `text` with every control, format and separator character replaced by a printable sign.

    >>> visible("a\\x1b[2J\\nb")
    'a␛[2J␊b'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_shown, text))
    return defused(text)


def visible_lines(text: str) -> str:
    """Return `text` as `visible` does, line for line, with its line ends and tabs as they are."""
    return "\n".join(map(defused_line, _KEPT.sub(lambda found: visible(found[0]), text).split("\n")))


def git_quoted(name: str) -> str:
    """Return a file's name as git writes it in a diff: quoted where it holds what could be misread."""
    if visible(name) == name and not {'"', "\\"} & set(name):
        return name
    signs = (
        _GIT.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in os.fsencode(name)
    )
    return f'"{"".join(signs)}"'


@lru_cache(maxsize=1024)
def _cells(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH_CATEGORIES:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """Return how many terminal cells `text` takes; it must have gone through `visible`."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


_MARKS = re.compile(r"([\\*_{}\[\]<>#|~&])")


def in_markdown(text: str) -> str:
    """Return `text` with what Markdown would take for its own signs escaped; what stands between backticks is code
    already."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner
        return _MARKS.sub(r"\\\1", text.replace("\n", " ")).replace("`", r"\`")
    return "`".join(part if number % 2 else _MARKS.sub(r"\\\1", part) for number, part in enumerate(parts))


def position(item: Finding | Step) -> str:
    """Return `:row:column`, after `:cell N` in a notebook; what comes behind the path."""
    cell = "" if item.cell is None else f":cell {item.cell}"
    return f"{cell}:{item.span.start.row}:{item.span.start.column}"
