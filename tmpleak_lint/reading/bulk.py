"""Bulk data in source text: long literals of nothing but constants, taken out before anybody parses them.

Comes in: a module's text. Goes out: a text of the same rows and columns in which a long run of elements of a display
(`0: "a", 1: "b", ...`), or of strings that are joined (`"a" "b" ...`), is blank but for its ends. A generated table of
a hundred thousand entries costs a parser a gigabyte, and says no more of temp files than one of two; libcst refuses
three thousand strings in a row. Not handled: what has names, calls or operators in it.
"""

from __future__ import annotations

import re
from functools import cache

from tmpleak_lint.bounds import BULK

_LEAST = 300 * BULK  # characters: there is nothing in shorter texts that is worth looking for it
_LEAST_QUOTES = 10 * BULK
# A text doesn't begin like what stands between two of them: so none is found between the end of one and the next.
_STRING = r"[rbuRBU]{0,2}(?:\"(?![\s,:])(?:[^\"\\\n]|\\[^\n])*+\"|'(?![\s,:])(?:[^'\\\n]|\\[^\n])*+')"
_CONSTANT = rf"(?:{_STRING}|[-+]?\d[\w.]*+(?:(?<=[eE])[-+]\d+)?|\b(?:True|False|None)\b)"
_GROUP = rf"[(\[]\s*+(?:{_CONSTANT}\s*+(?:,\s*+|(?=[)\]])))*+[)\]]"
_ELEMENT = rf"(?:{_CONSTANT}|{_GROUP})"
_ENTRY = rf"{_ELEMENT}(?:\s*+:\s*+{_ELEMENT})?\s*+,\s*+"
# Both begin with a character that is looked for in one go: the one in front of the first element, the one that ends the
# first of the strings.
_RUN = rf"[\[({{,]\s*+{_ENTRY}((?:{_ENTRY}){{{BULK},}}+)"
_NEXT = rf"[ \t]*+(?:\r?\n[ \t]*+)*+{_STRING}"
_JOINED = rf"[\"']{_NEXT}((?:{_NEXT}){{{5 * BULK},}}+)"
_compiled = cache(re.compile)  # few texts are so long, and these two are the dearest of all patterns
_SHOWN = re.compile(r"[^\r\n]+")


def without_bulk(text: str) -> str:
    """The text without its bulk data; the same one where there is none."""
    if text.count('"') + text.count("'") > _LEAST_QUOTES:
        text = _compiled(_JOINED).sub(_blanked, text)
    return text if len(text) < _LEAST else _compiled(_RUN).sub(_blanked, text)


def _blanked(match: re.Match[str]) -> str:
    """Lines that hold nothing else are empty then; what stands behind on the last one stays where it is."""
    whole, start = match[0], match.start(1) - match.start()
    last = max(whole.rfind("\n", start), whole.rfind("\r", start), start - 1) + 1
    return whole[:start] + _SHOWN.sub("", whole[start:last]) + " " * (len(whole) - last)
