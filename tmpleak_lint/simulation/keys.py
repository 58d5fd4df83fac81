"""Single keys while something is played: space, the right arrow, q.

In: the stream that is read, a terminal or not. Out: a `Keys` whose `wait` sleeps until a key or the end of a time.
Where the stream is no terminal, it only sleeps. The terminal's own settings are back afterwards, whatever ends the
body. Not handled: keys of more than one character but the arrows, which end what they begin.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol, TextIO


class Key(StrEnum):
    """What was pressed; anything else is no key."""

    PAUSE = "pause"
    STEP = "step"
    END = "end"


class Keys(Protocol):
    """Waits for a key for so many seconds at most; None of them waits for as long as it takes."""

    listening: bool

    def wait(self, seconds: float | None) -> Key | None: ...


_MEANT = {b" ": Key.PAUSE, b"\x1b[C": Key.STEP, b"\x1bOC": Key.STEP, b"q": Key.END, b"Q": Key.END}


class _Deaf:
    """No keyboard: time passes."""

    listening = False

    def wait(self, seconds: float | None) -> Key | None:
        time.sleep(seconds or 0)
        return None


@contextmanager
def keys(stream: TextIO) -> Iterator[Keys]:
    """The keys of a terminal for the body of the `with`."""
    if not stream.isatty():
        yield _Deaf()
    elif sys.platform == "win32":
        yield _Console()
    else:
        import termios
        import tty

        number = stream.fileno()
        before = termios.tcgetattr(number)
        tty.setcbreak(number, termios.TCSANOW)
        try:
            yield _Terminal(number)
        finally:
            termios.tcsetattr(number, termios.TCSANOW, before)


class _Terminal:
    """A POSIX terminal that hands over each key at once."""

    listening = True

    def __init__(self, number: int) -> None:
        self._number = number

    def wait(self, seconds: float | None) -> Key | None:
        import select

        ready, _, _ = select.select([self._number], [], [], seconds)
        # What came in one piece is one key: an arrow sends three bytes.
        return _MEANT.get(os.read(self._number, 16)) if ready else None


class _Console:
    """The console of Windows, which can only be asked."""

    listening = True

    def wait(self, seconds: float | None) -> Key | None:
        if sys.platform != "win32":
            raise AssertionError("another system has a terminal")
        import msvcrt

        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            if msvcrt.kbhit():
                pressed = msvcrt.getch()
                if pressed in (b"\x00", b"\xe0"):
                    return Key.STEP if msvcrt.getch() == b"M" else None
                return _MEANT.get(pressed)
            time.sleep(0.02)
        return None
