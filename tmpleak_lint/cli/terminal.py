"""What the terminal can do: colour, links, line drawing, width; and the progress bar.

In: the stream, the environment, `--color`. Out: answers, and on stderr a bar that is gone when the run ends.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TextIO

from tmpleak_lint.reporting import DRAWING

_LINKING_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"})
_LINKING_MARKS = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID", "DOMTERM")
_FIRST_LINKING_VTE = 5000
BAR_AFTER = 1.0  # seconds of silence first: most runs end sooner
BAR_EVERY = 0.1  # seconds between two drawings
BAR_CELLS = 30


def wants_color(choice: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Is the stream to be coloured? `--color` decides, then NO_COLOR and FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def can_link(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Is the stream a terminal known to show links?"""
    if not stream.isatty() or environment.get("TERM") == "dumb":
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _LINKING_PROGRAMS
        or any(mark in environment for mark in _LINKING_MARKS)
        or (vte.isdecimal() and int(vte) >= _FIRST_LINKING_VTE)
    )


def can_draw(stream: TextIO) -> bool:
    """Can the stream take the lines that a path is drawn with? Not in ASCII or Latin-1, say."""
    try:
        DRAWING.encode(stream.encoding or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def width_of(stream: TextIO) -> int:
    """Cells in a line of the terminal; 100 where there is none, so that output does not vary."""
    if not stream.isatty():
        return 100
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


class Progress:
    """A bar on a terminal, drawn once a run has lasted a second; call it with the units of work done and in all."""

    def __init__(self, stream: TextIO, wanted: bool) -> None:
        self._stream = stream
        self._next = time.monotonic() + BAR_AFTER if wanted and stream.isatty() else float("inf")
        self._widest = 0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + BAR_EVERY
        filled = BAR_CELLS * done // max(total, 1)
        bar = "#" * filled + "." * (BAR_CELLS - filled)
        line = f"[{bar}] {100 * done // max(total, 1):3} %"
        self._widest = max(self._widest, len(line))
        self._stream.write(f"\r{line}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._widest:
            self._stream.write("\r" + " " * self._widest + "\r")
            self._stream.flush()
            self._widest = 0
