"""Colours and links of the text formats: every escape sequence that is printed is made here.

In: text that may hold anything. Out: the same text made safe (see `text.visible`), inside colour or
link sequences when the context allows them and bare otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from tmpleak_lint.logs import leading
from tmpleak_lint.model import Finding, Step
from tmpleak_lint.reporting import RenderContext
from tmpleak_lint.reporting.text import position, visible
from tmpleak_lint.suppression.names import absolute, is_real_file, relative

_RESET = "\x1b[0m"
_STYLES = {
    "plain": "",
    "path": "\x1b[1m",
    "code": "\x1b[1;31m",
    "message": "\x1b[1m",
    "rail": "\x1b[34m",
    "created": "\x1b[1;36m",
    "risky": "\x1b[1;33m",
    "left": "\x1b[1;31m",
    "calm": "\x1b[36m",
    "help": "\x1b[1;32m",
    "note": "\x1b[2m",
}


_SEQUENCE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


def uncoloured(painted: str) -> str:
    """The text without the sequences that `Paint` puts around it: what takes room on a line."""
    return _SEQUENCE.sub("", painted)


class Paint:
    """Paints text for one context."""

    __slots__ = ("_color", "_links")

    def __init__(self, context: RenderContext) -> None:
        self._color = context.color
        self._links = context.links

    def __call__(self, style: str, text: str) -> str:
        """Return `text`, made safe, in the named style."""
        return self.raw(style, visible(text))

    def raw(self, style: str, safe: str) -> str:
        """Return `safe`, which has been made visible already, in the named style."""
        return f"{_STYLES[style]}{safe}{_RESET}" if self._color and safe and _STYLES[style] else safe

    def link(self, filename: str, shown: str) -> str:
        """Return `shown` as a link to the file where links are wanted."""
        if not self._links or not is_real_file(filename):
            return shown
        target = "file://" + quote(Path(absolute(filename)).as_posix().encode("utf-8", "surrogateescape"))
        return f"\x1b]8;;{target}\x1b\\{shown}\x1b]8;;\x1b\\"


def place(item: Finding | Step, context: RenderContext, paint: Paint) -> str:
    """Return `path:row:column` in colour, as a link where that is wanted."""
    path = leading(relative(item.filename, context.base))
    return paint.link(item.filename, paint("path", path) + paint("plain", position(item)))
