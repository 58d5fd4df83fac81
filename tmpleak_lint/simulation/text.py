"""Text of strangers made safe to show: what would move the cursor or reorder the line becomes visible.

In: any text from a source file. Out: the same text where control characters, line and paragraph
separators, lone surrogates and the marks that change reading direction stand as `\\u202e`-like escapes. A
tab becomes four spaces.
"""

from __future__ import annotations

import unicodedata

from tmpleak_lint.logs import defused

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_HARMLESS = frozenset({"\u200d"})  # the joiner inside emoji


def visible(text: str) -> str:
    """`text` with every hidden or reordering character written out."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_shown(character) for character in text)
    return defused(text)


def _shown(character: str) -> str:
    if character == "\t":
        return "    "
    if character in _HARMLESS or unicodedata.category(character) not in _HIDDEN:
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def width(text: str) -> int:
    """The cells of a terminal that a text takes."""
    return sum(map(_cells, text))


def cut(text: str, cells: int) -> str:
    """As much of the text as fits into so many cells of a terminal: wide characters take two, marks none."""
    used = 0
    for position, character in enumerate(text):
        used += _cells(character)
        if used > cells:
            return text[:position]
    return text


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("F", "W") else 1
