"""The watchdog over pieces of work: one that takes the machine costs itself, not the run.

Comes in: a process and when it began with what it is at. Goes out: why that is to be ended, "" as long as it isn't;
what is done in this very process (`--jobs 1`, or too few files for workers) is broken off by an alarm. The budgets of
an analysis are counted in steps (`bounds`), so that its verdicts hang on no clock; this is for what no budget
foresees: a parser that goes round in a circle, a file system that doesn't answer. Its limits are far beyond what any
budget allows.

Not handled: of another process, where there is no `/proc`, nothing but the time that has passed is known; in this
one, a call into C that doesn't come back isn't broken off, nor anything where there are no alarms (Windows), in other
threads than the first, or where the program that runs us has an alarm of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import NamedTuple

from tmpleak_lint.bounds import WATCHED_MEGABYTES, WATCHED_SECONDS, WATCHED_WAIT

LOOK = 1.0  # seconds between two looks


class Limits(NamedTuple):
    """What a piece of work may take: seconds of a processor, seconds in all, megabytes beyond those its process began
    with (a forked one begins with all that its parent holds)."""

    seconds: float = WATCHED_SECONDS
    wait: float = WATCHED_WAIT
    megabytes: float = WATCHED_MEGABYTES


@dataclass(slots=True)
class Watch:
    """One worker: `began` and `used` are the time and the seconds of a processor at which it began with what it is
    at, `inherited` the megabytes that it was started with."""

    pid: int | None
    began: float = 0.0
    used: float = 0.0
    inherited: float = field(init=False)

    def __post_init__(self) -> None:
        self.inherited = _megabytes(self.pid)

    def begin(self) -> None:
        """It begins with another piece of work."""
        self.began = time.monotonic()
        self.used = _seconds(self.pid)

    def objects(self, limits: Limits) -> str:
        """Why what it is at is to be ended, "" if it isn't."""
        if _seconds(self.pid) - self.used > limits.seconds:
            return f"more than {limits.seconds:,g} seconds of a processor"
        if time.monotonic() - self.began > limits.wait:
            return f"more than {limits.wait:,g} seconds"
        if _megabytes(self.pid) - self.inherited > limits.megabytes:
            return f"more than {limits.megabytes:,g} MB"
        return ""


class Ended(BaseException):
    """What is done in this process takes too much, and is broken off: it says of what."""


@contextlib.contextmanager
def alarm(limits: Limits) -> Iterator[None]:
    """What is done meanwhile ends in `Ended` once it takes more than it may, looked at once a second."""
    if not _may_set_alarm():
        yield
        return
    watch = Watch(os.getpid())
    watch.begin()

    def look(number: int, frame: FrameType | None) -> None:
        if reason := watch.objects(limits):
            raise Ended(reason)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def ended_by_watchdog(reason: object) -> str:
    """What became of a piece of work that it ended, for who reports that."""
    return f"was ended by the watchdog: {reason}"


def _may_set_alarm() -> bool:
    """Whether there are alarms here, and nobody else has set one."""
    import threading

    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    )


def _seconds(pid: int | None) -> float:
    """The seconds of a processor that a process has had, 0 where that isn't known."""
    if pid == os.getpid():
        return time.process_time()
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _megabytes(pid: int | None) -> float:
    """The memory that a process has, 0 where that isn't known."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
