"""Unified differences in colour, as git and pagers show them.

In: a difference as text, made safe by whoever prints it. Out: the same with each line in the colour of its sign.
"""

from __future__ import annotations

_RESET = "\x1b[0m"
_HEADERS = ("--- ", "+++ ")
_BY_SIGN = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_HEADER = "\x1b[1m"


def painted(text: str) -> str:
    """The difference in colour. Lines keep their ends outside of the colour."""
    return "\n".join(_painted(line) for line in text.split("\n"))


def _painted(line: str) -> str:
    style = _HEADER if line.startswith(_HEADERS) else _BY_SIGN.get(line[:1], "")
    bare = line.removesuffix("\r")
    return f"{style}{bare}{_RESET}{line[len(bare) :]}" if style else line
